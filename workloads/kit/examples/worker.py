#!/usr/bin/env python3
"""A worker of dyno without the C kit: the contender `python` for the workload `fib`.

It speaks protocol version 1 (see ../PROTOCOL.md) with the standard library only. To measure it beside the others:

    DYNO_WORKERS=DIRECTORY-OF-THIS-FILE dyno run -p workload=fib -p n=20 ...
"""

import os
import sys
import time

LOWEST, HIGHEST = 1, 92


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def expected(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def describe(say):
    say("dyno 1")
    say("worker dyno-python-example 1")
    say("contender python plain Python functions on one thread")
    say("workload fib compute the n-th Fibonacci number by naive double recursion")
    say(f"param fib n int 20 {LOWEST}..{HIGHEST} which Fibonacci number")
    say("metric fib time s lower seconds for one execution")
    say("threads python fib 1 1")
    say("end")


def refuse(sentence):
    sys.exit(f"{sys.argv[0]}: {sentence}")  # one sentence on stderr, exit status 1


def read_request():
    """The request as a dictionary; params by their own name in the dictionary `params`."""
    if sys.stdin.readline() != "dyno 1\n":
        refuse('the request does not begin with "dyno 1"')
    request = {"params": {}, "cpu": []}
    for line in sys.stdin:
        if not line.endswith("\n"):
            break
        if line == "go\n":
            return request
        key, _, value = line[:-1].partition(" ")
        if key == "param":
            name, _, value = value.partition(" ")
            request["params"][name] = value
        elif key == "cpu":
            request["cpu"].append(int(value))
        elif key in ("contender", "workload", "threads", "seed", "warmup", "time", "samples"):
            request[key] = value
        else:
            refuse(f'"{line[:-1]}" is no line of a request')
    refuse('the request ends before "go"')


def check_request(request):
    if request.get("contender") != "python" or request.get("workload") != "fib":
        refuse("only the contender python and the workload fib are known here")
    if request.get("threads", "1") != "1":
        refuse("this contender takes one thread")
    for name, value in request["params"].items():
        if name != "n":
            refuse(f"workload fib has no parameter {name}")
        if not value.isdecimal() or not LOWEST <= int(value) <= HIGHEST:
            refuse(f"n = {value} is outside of what is accepted: {LOWEST}..{HIGHEST}")


def bind(cpus, say):
    if not cpus:
        return
    try:
        os.sched_setaffinity(0, {cpus[0]})
    except OSError as error:
        say(f"note thread 0 could not be bound to CPU {cpus[0]}: {error.strerror}")
    if os.sched_getaffinity(0) == {cpus[0]}:
        say(f"bound 0 {cpus[0]}")


def timed(n):
    start = time.perf_counter()
    answer = fib(n)
    return time.perf_counter() - start, answer


def run(say):
    request = read_request()
    check_request(request)
    n = int(request["params"].get("n", "20"))
    say("dyno 1")
    bind(request["cpu"], say)
    warm_until = time.perf_counter() + float(request.get("warmup", "0"))
    timed(n)
    while time.perf_counter() < warm_until:
        timed(n)
    measured, index = 0.0, 0
    while index == 0 or (index < int(request.get("samples", "10")) and measured < float(request.get("time", "1"))):
        seconds, answer = timed(n)
        if answer != expected(n):
            say(f"verdict wrong fib({n}) came out as {answer} and is {expected(n)}")
            break
        say(f"sample {index} time {seconds!r}")
        measured, index = measured + seconds, index + 1
    else:
        say(f"verdict ok {index} samples")
    say("end")


def main():
    if sys.argv[1:] not in (["describe"], ["run"]):
        print(f'{sys.argv[0]}: a worker takes one argument, "describe" or "run"', file=sys.stderr)
        return 64
    fd = os.environ.get("DYNO_FD", "3")
    try:
        out = os.fdopen(int(fd), "w", buffering=1, encoding="utf-8")
    except (OSError, ValueError):
        print(f"{sys.argv[0]}: descriptor {fd} is not open; by hand, try: {sys.argv[0]} describe 3>&1", file=sys.stderr)
        return 64
    with out:
        (describe if sys.argv[1] == "describe" else run)(lambda line: print(line, file=out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
