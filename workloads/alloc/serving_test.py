#!/usr/bin/env python3
"""The malloc worker must not pass another library's figures off as a contender's: preloads are swapped on purpose."""

import os
import subprocess
import sys
import tempfile

REQUEST = """dyno 1
contender {contender}
workload larson
param n 100
param min_size 16
param max_size 64
param slots 10
param lifetime 50
threads 1
seed 1
warmup 0
time 0.001
samples 1
go
"""


def said(worker, argument, request="", preload=None):
    environment = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
    if preload:
        environment["LD_PRELOAD"] = preload
    with tempfile.TemporaryFile() as answers:
        environment["DYNO_FD"] = str(answers.fileno())
        subprocess.run([worker, argument], input=request.encode(), env=environment, timeout=60, check=True,
                       pass_fds=[answers.fileno()])
        answers.seek(0)
        return answers.read().decode().splitlines()


def verdict(worker, contender, preload):
    lines = said(worker, "run", REQUEST.format(contender=contender), preload)
    return next(line for line in lines if line.startswith("verdict ")).split(" ", 2)[1]


def main():
    worker = sys.argv[1]
    if os.environ.get("DYNO_SANITIZE"):
        print("a sanitizer stands in for malloc: no contender runs")
        return 77
    lines = said(worker, "describe")
    lacking = {line.split()[1] for line in lines if line.startswith("lacks ")}
    preloads = {line.split()[1]: line.split()[2] for line in lines if line.startswith("preload ")}
    preloads = {contender: library for contender, library in preloads.items() if contender not in lacking}
    expected = {("malloc", None): "ok"}
    for contender, library in preloads.items():
        expected[contender, library] = "ok"
        expected[contender, None] = "unable"
        expected["malloc", library] = "unable"
        for other in preloads.values():
            expected.setdefault((contender, other), "unable")
    wrong = [(pair, want, got) for pair, want in expected.items() if (got := verdict(worker, *pair)) != want]
    for pair, want, got in wrong:
        print(f"contender {pair[0]} with LD_PRELOAD={pair[1]}: verdict {got}, not {want}", file=sys.stderr)
    print(f"{len(expected)} pairs of contender and library, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
