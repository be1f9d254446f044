#!/usr/bin/env python3
"""A result directory as other people's tools read it: Python's csv and json, miller, gnuplot. And results/README.md
names every column and key that is there."""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile

TEXT_SAMPLES = {"run", "workload", "family", "contender", "params", "pin", "cpus", "metric", "unit", "better", "status",
                "detail"}
SEPARATE = "mix=\"a,\nb\";size=64"


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, strict=True))
    for row in rows:
        assert None not in row and None not in row.values(), f"{path}: a row is longer or shorter than the header"
        for name, text in row.items():
            if name not in TEXT_SAMPLES and text != "":
                float(text)
    return rows


def check_samples(rows):
    fib = [row for row in rows if row["workload"] == "fib" and row["metric"] == "time"]
    assert [float(row["value"]) for row in fib] == [0.25, 0.5, 0.75]
    assert {row["params"] for row in rows if row["workload"] == "storm"} == {SEPARATE}
    died = [row for row in rows if row["status"] == "signal" and row["metric"] == "throughput"]
    assert len(died) == 1 and died[0]["value"] == "" and died[0]["detail"] == 'died by "SIGSEGV",\nin a dream'


def check_summary(rows):
    primary = {row["contender"]: row for row in rows if row["primary"] == "1"}
    assert set(primary) == {"serial", "engine", "malloc"}
    assert float(primary["serial"]["median"]) == 0.5 and primary["serial"]["ci_low"] == ""
    assert primary["malloc"]["status"] == "signal" and float(primary["malloc"]["median"]) == 1.5
    assert primary["engine"]["status"] == "not-run" and primary["engine"]["median"] == ""


def check_miller(directory):
    if not shutil.which("mlr"):
        print("miller is not installed: its part was left out")
        return
    command = ["mlr", "--icsv", "--ojson", "filter", '$metric == "time"', "then", "stats1", "-a", "median,count", "-f",
               "value", os.path.join(directory, "samples.csv")]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert answer == [{"value_median": 0.5, "value_count": 3}], answer


def check_gnuplot(directory):
    if not shutil.which("gnuplot"):
        print("gnuplot is not installed: its part was left out")
        return
    script = ('set datafile separator comma; set datafile columnheaders; '
              'stats ARG1 using (strcol("contender") eq "serial" && strcol("primary") eq "1" ? column("median") : NaN) '
              'nooutput; print STATS_records, STATS_max')
    with tempfile.NamedTemporaryFile("w", suffix=".gp") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(["gnuplot", "-d", "-c", file.name, os.path.join(directory, "summary.csv")], check=True,
                              capture_output=True, text=True)
    assert done.stderr.split() == ["1.0", "0.5"] or done.stderr.split() == ["1", "0.5"], done.stderr


def check_documented(readme, names):
    with open(readme, encoding="utf-8") as file:
        text = file.read()
    missing = [name for name in names if f"`{name}`" not in text]
    assert not missing, f"{readme} says nothing of {missing}"


def main(program, readme):
    directory = tempfile.mkdtemp(prefix="dyno-load-")
    try:
        subprocess.run([program, directory], check=True)
        samples = rows_of(os.path.join(directory, "samples.csv"))
        summary = rows_of(os.path.join(directory, "summary.csv"))
        check_samples(samples)
        check_summary(summary)
        check_miller(directory)
        check_gnuplot(directory)
        with open(os.path.join(directory, "run.json"), encoding="utf-8") as file:
            run = json.load(file)
        metrics = [row["metric"] for row in samples if row["sample"] == "" and "." not in row["metric"]]
        resources = [name for name in metrics if name != "throughput"]
        check_documented(readme, [*samples[0], *summary[0], *run, *run["cells"][0], *resources])
    finally:
        shutil.rmtree(directory)


main(*sys.argv[1:])
