#!/usr/bin/env python3
"""Checks that a worker program keeps to dyno's worker protocol (PROTOCOL.md), and that its answers are right.

Asks it to describe itself, then runs each contender on each workload and reads every line strictly. Without a CELL every
workload is run with its defaults. Needs the standard library only.
"""

import argparse
import itertools
import os
import re
import subprocess
import sys
import tempfile

NAME = r"[a-z0-9][a-z0-9._+-]{0,62}"
DESCRIBE = {
    "worker": rf"{NAME} \S+",
    "contender": rf"({NAME}) .+",
    "preload": rf"({NAME}) (\S.*)",
    "workload": rf"({NAME}) {NAME} .+",
    "param": rf"({NAME}) ({NAME}) (int|size|real|word) (\S+) (\S+) .+",
    "metric": rf"({NAME}) ({NAME}) (\S+) (lower|higher|none) .+",
    "threads": rf"({NAME}) ({NAME}) (\d+) (\d+)",
    "lacks": rf"({NAME}) ({NAME}|\*) .+",
}
NUMBER = r"-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?"
RUN = {
    "bound": r"\d+ \d+",
    "sample": rf"(\d+) ({NAME}) ({NUMBER})",
    "counter": rf"{NAME} {NUMBER}",
    "note": r".+",
    "verdict": r"(ok|wrong|unable) (.+)",
}


class Violation(Exception):
    pass


def talk(program, argument, request, limit, preload=None):
    """The lines a worker says between `dyno 1` and `end`, its exit status checked."""
    with tempfile.TemporaryFile() as answers:
        environment = dict(os.environ, DYNO_FD=str(answers.fileno()))
        if preload:
            environment["LD_PRELOAD"] = preload
        try:
            worker = subprocess.run([program, argument], input=request.encode(), env=environment, timeout=limit,
                                    pass_fds=[answers.fileno()], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        except subprocess.TimeoutExpired:
            raise Violation(f"{argument}: no end within {limit} s") from None
        answers.seek(0)
        said = answers.read()
    if worker.returncode != 0:
        raise Violation(f"{argument}: exit status {worker.returncode}: {worker.stderr.decode(errors='replace').strip()}")
    lines = said.decode().split("\n")
    if lines[-1] != "" or lines[:1] != ["dyno 1"] or lines[-2:-1] != ["end"]:
        raise Violation(f"{argument}: the answer is not framed by \"dyno 1\" and \"end\": {lines[:1]} ... {lines[-2:]}")
    if any(len(line.encode()) > 4095 for line in lines):
        raise Violation(f"{argument}: a line is longer than 4096 bytes")
    return lines[1:-2]


def parse(lines, forms):
    for line in lines:
        key, _, rest = line.partition(" ")
        match = re.fullmatch(forms[key], rest) if key in forms else None
        if match is None:
            raise Violation(f"malformed line: {line!r}")
        yield key, match.groups()


def describe(program):
    """contenders {name: preload}, workloads {name: {"params", "metrics"}}, threads and lacks by (contender, workload)."""
    contenders, workloads, threads, lacks = {}, {}, {}, set()
    for key, field in parse(talk(program, "describe", "", 10), DESCRIBE):
        if key == "contender":
            contenders[field[0]] = None
        elif key == "preload":
            contenders[field[0]] = field[1]
        elif key == "workload":
            workloads[field[0]] = {"params": {}, "metrics": []}
        elif key == "param":
            workloads[field[0]]["params"][field[1]] = field[3]
        elif key == "metric":
            workloads[field[0]]["metrics"].append(field[1])
        elif key == "threads":
            threads[field[:2]] = (int(field[2]), int(field[3]))
        elif key == "lacks":
            lacks |= {(field[0], w) for w in workloads if field[1] in ("*", w)}
    if not contenders or not workloads or not all(w["metrics"] for w in workloads.values()):
        raise Violation("describe: at least one contender, one workload, and one metric for each are needed")
    return contenders, workloads, threads, lacks


def run_cell(program, options, contender, preload, workload, metrics, params, threads, verdict):
    request = [f"dyno 1\ncontender {contender}\nworkload {workload}"]
    request += [f"param {name} {value}" for name, value in params.items()]
    request += [f"threads {threads}\nseed {options.seed}\nwarmup 0\ntime {options.time}\nsamples {options.samples}\ngo\n"]
    samples, verdicts = {}, []
    for key, field in parse(talk(program, "run", "\n".join(request), options.limit, preload), RUN):
        if key == "sample":
            if field[1] not in metrics or verdicts:
                raise Violation(f"sample of unknown metric {field[1]}, or after the verdict")
            samples.setdefault(int(field[0]), {})[field[1]] = float(field[2])
        elif key == "verdict":
            verdicts.append(field)
    if len(verdicts) != 1 or verdicts[0][0] != verdict:
        raise Violation(f"the verdict is {verdicts}, not {verdict}")
    if verdict == "ok" and (sorted(samples) != list(range(len(samples))) or not 1 <= len(samples) <= options.samples):
        raise Violation(f"the samples are numbered {sorted(samples)}, at most {options.samples} were asked for")
    if verdict == "ok" and not all(metrics[0] in sample for sample in samples.values()):
        raise Violation(f"a sample lacks the primary metric {metrics[0]}")


def cells(options, workloads):
    """(workload, params) for every CELL, lists of values multiplied out."""
    for text in options.cells or workloads:
        workload, *settings = text.split(":")
        if workload not in workloads:
            raise Violation(f"there is no workload {workload}; this worker has {' '.join(workloads)}")
        lists = [[(name, value) for value in values.split(",")]
                 for name, values in (setting.split("=") for setting in settings)]
        for chosen in itertools.product(*lists):
            yield workload, dict(workloads[workload]["params"], **dict(chosen))


def check(options):
    contenders, workloads, threads, lacks = describe(options.worker)
    done = 0
    for (workload, params), contender in itertools.product(cells(options, workloads), contenders):
        low, high = threads.get((contender, workload), (1, 1))
        for n in (int(t) for t in options.threads.split(",")):
            if n < low or (high and n > high):
                continue
            verdict = "unable" if (contender, workload) in lacks else options.expect
            try:
                run_cell(options.worker, options, contender, contenders[contender], workload,
                         workloads[workload]["metrics"], params, n, verdict)
            except Violation as violation:
                raise Violation(f"{contender} {workload} {params} threads={n}: {violation}") from None
            done += 1
    return done


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("worker", help="the program to check")
    parser.add_argument("cells", metavar="CELL", nargs="*", help="WORKLOAD[:PARAM=VALUE[,VALUE...]]...")
    parser.add_argument("--threads", default="1,2", help="numbers of threads to try, where they are accepted")
    parser.add_argument("--time", type=float, default=0.01, help="seconds to measure per cell")
    parser.add_argument("--samples", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=60, help="seconds after which a cell counts as hung")
    parser.add_argument("--expect", default="ok", choices=["ok", "wrong", "unable"])
    options = parser.parse_intermixed_args()
    try:
        done = check(options)
    except (Violation, OSError, UnicodeDecodeError) as problem:
        print(f"{options.worker}: {problem}", file=sys.stderr)
        return 1
    if done == 0:
        print(f"{options.worker}: no cell was run: no contender takes {options.threads} threads", file=sys.stderr)
        return 1
    print(f"{options.worker}: {done} cells, verdict {options.expect}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
