/* Writes a result directory with everything awkward in it, for load_test.py to read with other people's tools. */
#include "fixture.h"

#include <stdio.h>

static int fail(const dyno_refusal *refusal)
{
    fprintf(stderr, "sample_run: %s\n", refusal->sentence);
    return 1;
}

static int append(dyno_results *results, dyno_refusal *refusal)
{
    const dyno_cell *cells = fixture_plan()->cells;
    const double fast[] = {0.25, 0.5, 0.75}, slow[] = {1, 2};
    int code = dyno_results_append(results, &cells[0], 0, 7, 0.5, fixture_good(&cells[0], fast, 3), refusal);
    if (code == DYNO_GOOD)
        code = dyno_results_append(results, &cells[2], 0, 7, 1, fixture_good(&cells[2], slow, 2), refusal);
    if (code == DYNO_GOOD)
        code = dyno_results_append(results, &cells[2], 1, 7, 2,
                                   fixture_bad(DYNO_SIGNALLED, "died by \"SIGSEGV\",\nin a dream"), refusal);
    return code == DYNO_GOOD ? dyno_results_finish(results, "failed", refusal) : code;
}

int main(int argc, char **argv)
{
    dyno_refusal refusal = {""};
    dyno_results *results;
    dyno_summary summary;
    if (argc != 2) return 64;
    if (dyno_results_open(argv[1], fixture_plan(), false, &results, &refusal) != DYNO_GOOD) return fail(&refusal);
    int code = append(results, &refusal);
    dyno_results_close(results);
    if (code != DYNO_GOOD || dyno_summarise(argv[1], &summary, &refusal) != DYNO_GOOD) return fail(&refusal);
    code = dyno_summary_write(argv[1], &summary, &refusal);
    dyno_summary_free(&summary);
    return code == DYNO_GOOD ? 0 : fail(&refusal);
}
