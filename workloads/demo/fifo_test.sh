#!/bin/sh
# Drives the demonstration with real mkfifo and echo. Usage: fifo_test.sh DEMO-PROGRAM
set -u

demo=$(realpath "$1") || exit 1
scratch=$(mktemp -d) || exit 1
reader=
# shellcheck disable=SC2317 # called by the trap
clean() {
    [ -n "$reader" ] && kill "$reader" 2>/dev/null
    rm -rf "$scratch"
}
trap clean EXIT
trap 'exit 1' INT TERM
cd "$scratch" || exit 1
failures=0
fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# expect NAME STATUS OUTPUT-FILE: waits for the reader and compares.
expect() {
    wait "$reader"
    status=$?
    reader=
    [ "$status" -eq "$2" ] || fail "$1: exit status $status, expected $2: $(cat err)"
    cmp -s "$3" out || fail "$1: printed '$(cat out)', expected '$(cat "$3")'"
    [ -s err ] && [ "$2" -eq 0 ] && fail "$1: said on stderr: $(cat err)"
}
start() {
    rm -f p1 p2 out err
    mkfifo p1 p2
    "$demo" "$@" >out 2>err &
    reader=$!
}
wait_for_lines() { # until out has so many lines; the reader's death ends it
    while [ "$(wc -l <out)" -lt "$1" ] && kill -0 "$reader" 2>/dev/null; do
        sleep 0.01
    done
}
repeat() { # TEXT TIMES
    i=0
    while [ "$i" -lt "$2" ]; do
        printf %s "$1"
        i=$((i + 1))
    done
}
hundred=$(repeat 0123456789 10)

# Several writers that come and go; the one that has enough first is first.
start p1 p2 --chars 100
echo "$hundred" >p2
wait_for_lines 1
[ "$(wc -l <out)" -eq 1 ] || fail "come and go: the second future has not been printed at once"
i=0
while [ "$i" -lt 9 ]; do
    echo 123456789 >p1
    i=$((i + 1))
done
sleep 0.05
[ "$(wc -l <out)" -eq 1 ] || fail "come and go: 90 characters were taken for 100"
echo 123456789 >p1
{
    echo "Future2 finished with $hundred"
    printf 'Future1 finished with '
    i=0
    while [ "$i" -lt 10 ]; do
        echo 123456789
        i=$((i + 1))
    done
} >expected
expect "come and go" 0 expected

# The other order, options in front, one write that is far longer, no newline at its end, one that holds newlines.
start --chars=100 p1 p2
repeat abcdefghij 50 >long
cat long >p1
wait_for_lines 1
printf 'one\ntwo\n%s' "$hundred" >p2
{
    printf 'Future1 finished with '
    cat long
    echo
    printf 'Future2 finished with one\ntwo\n%s\n' "$hundred"
} >expected
expect "the other order" 0 expected

# A writer that stays and writes in pieces, options in the middle, the default of 100.
start p1 -- p2
{
    i=0
    while [ "$i" -lt 20 ]; do
        printf 'xyz--'
        i=$((i + 1))
        [ "$i" -eq 10 ] && sleep 0.03
    done
} >p1
echo "$hundred" >p2
{
    echo "Future1 finished with $(repeat xyz-- 20)"
    echo "Future2 finished with $hundred"
} >expected
expect "pieces" 0 expected

# One character is enough when one is asked for; binary bytes come through.
start p1 --chars 1 p2
printf '\0' >p1
wait_for_lines 1
printf '\377\n' >p2
{
    printf 'Future1 finished with \0\n'
    printf 'Future2 finished with \377\n'
} >expected
expect "binary" 0 expected

# Ctrl-C. A shell without job control starts background programs with SIGINT ignored; the program must not care.
start p1 p2
echo "$hundred" >p1
wait_for_lines 1
kill -INT "$reader"
echo "Future1 finished with $hundred" >expected
expect "interrupt" 130 expected

# refused STATUS WORD ARGUMENT...: one sentence on stderr that holds the word, nothing on stdout.
refused() {
    wanted=$1 word=$2
    shift 2
    "$demo" "$@" >out 2>err </dev/null
    status=$?
    [ "$status" -eq "$wanted" ] || fail "'$*': exit status $status, expected $wanted"
    [ -s out ] && fail "'$*': said on stdout: $(cat out)"
    [ "$(wc -l <err)" -eq 1 ] || fail "'$*': not one line on stderr: $(cat err)"
    grep -q -e "$word" err || fail "'$*': no '$word' in: $(cat err)"
}
echo text >file
ln p1 linked
refused 64 "the two FIFOs are missing"
refused 64 "the second FIFO is missing" p1
refused 64 "'file' is one argument too many" p1 p2 file
refused 64 "'0'" p1 p2 --chars 0
refused 64 "'-5'" p1 p2 --chars -5
refused 64 "'10x'" p1 p2 --chars 10x
refused 64 "''" p1 p2 --chars=
refused 64 "'99999999999999999999'" p1 p2 --chars 99999999999999999999
refused 64 "needs a value" p1 p2 --chars
refused 64 "'--bytes'" p1 p2 --bytes
refused 64 "the same FIFO" p1 linked
refused 1 "no FIFO 'missing'" p1 missing
refused 1 "'file' is a regular file" file p2
refused 1 "'.' is a directory" p1 .
chmod 0 p2
if [ "$(id -u)" -eq 0 ]; then # root may read everything, unless it gives that up
    printf '#!/bin/sh\nexec setpriv --bounding-set=%s --inh-caps=%s %s "$@"\n' \
        -dac_override,-dac_read_search -dac_override,-dac_read_search "$demo" >unprivileged
    chmod +x unprivileged
    demo=./unprivileged
fi
refused 1 "no permission" p1 p2
"$demo" --help >out || fail "--help: exit status $?"
grep -q '^usage: ' out || fail "--help: no usage"

[ "$failures" -eq 0 ] && echo "all good"
exit "$((failures > 0))"
