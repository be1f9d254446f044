/* The planner's tests need the wording of a policy only, and none of hwloc. */
#include "run/pin.h"

#include <ctype.h>
#include <string.h>

bool dyno_pin_valid(const char *policy)
{
    static const char *const words[] = {"compact", "scatter", "core", "none"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(policy, words[i]) == 0) return true;
    return isdigit((unsigned char)policy[0]) && policy[strspn(policy, "0123456789,-")] == '\0';
}
