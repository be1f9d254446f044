#!/usr/bin/env python3
"""writer_death_test.py WORKER...: kills the writer of a FIFO worker in the middle of a transfer. The verdict must be
"unable", soon, and nothing may be left behind."""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

REQUEST = """dyno 1
contender {name}
workload fifo-fanin
param n 1000
param fifos 8
param messages 20000
param write_max 400
threads 2
seed 1
warmup 0
time 60
samples 100000
go
"""


def writer_of(pid):
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else None


def check(program):
    name = os.path.basename(program).rsplit("-", 1)[-1]
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryFile() as answers:
        worker = subprocess.Popen([program, "run"], stdin=subprocess.PIPE, cwd=scratch, pass_fds=[answers.fileno()],
                                  env=dict(os.environ, DYNO_FD=str(answers.fileno())))
        worker.stdin.write(REQUEST.format(name=name).encode())
        worker.stdin.close()
        writer, deadline = None, time.monotonic() + 30
        while writer is None and time.monotonic() < deadline:
            writer = writer_of(worker.pid)
        time.sleep(0.2)  # most likely it writes now; whenever it dies, the outcome must be the same
        writer = writer_of(worker.pid) or writer
        os.kill(writer, 9)
        try:
            status = worker.wait(60)
        except subprocess.TimeoutExpired:
            worker.kill()
            return f"{name}: hangs when its writer is dead"
        answers.seek(0)
        lines = answers.read().decode().splitlines()
        if status != 0 or not any(line.startswith("verdict unable the writer died") for line in lines):
            return f"{name}: status {status}, answers {lines}"
        if os.listdir(scratch):
            return f"{name}: left {os.listdir(scratch)}"
    return None


faults = [fault for fault in map(check, sys.argv[1:]) if fault]
print("\n".join(faults) or "all good")
sys.exit(1 if faults else 0)
