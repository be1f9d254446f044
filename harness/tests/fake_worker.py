#!/usr/bin/env python3
"""A worker that does what the name of its contender says: answers well, or in each way that a worker can go wrong.

Workload `act` has a parameter of every type; its metric is the size parameter n as a number, so that a test can tell
what came through. Workload `slow` takes as long for a sample as its parameter says.
"""
import os
import signal
import sys
import time

CONTENDERS = ["good", "other", "silent", "malformed", "version", "signal", "exit", "wrong", "unable", "nan", "noverdict",
              "stray", "sometimes", "absent"]


def say(line):
    os.write(int(os.environ.get("DYNO_FD", "3")), (line + "\n").encode())


def describe():
    say("dyno 1")
    say("worker fake 1.0")
    for name in CONTENDERS:
        say(f"contender {name} does what its name says")
    say("workload act test an act")
    say("param act n int 7 1..1000 a number")
    say("param act bytes size 4K 64..1G a size")
    say("param act share real 0.5 0..1 a share")
    say("param act word word a a|b|c a word")
    say("metric act value s lower the number back again")
    say("metric act count 1 none samples so far")
    say("workload slow test takes its time")
    say("param slow delay real 0.01 0..60 seconds for a sample")
    say("metric slow time s lower seconds for a sample")
    for name in CONTENDERS:
        say(f"threads {name} act 1 4")
        say(f"threads {name} slow 1 0")
    say("lacks absent * the part is missing")
    say("end")


def read_request():
    request = {"param": {}, "cpu": []}
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "go":
            return request
        if word == "param":
            name, value = rest.split(" ")
            request["param"][name] = value
        elif word == "cpu":
            request["cpu"].append(rest)
        else:
            request[word] = rest
    sys.exit(64)


def misbehave(name, request):
    if name == "silent":
        time.sleep(3600)
    if name == "malformed":
        say("smaple 0 value 1")
    if name == "nan":
        say("sample 0 value nan")
    if name == "signal":
        os.kill(os.getpid(), signal.SIGSEGV)
    if name == "sometimes" and int(request["seed"]) % 2 == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "exit":
        print("this is why", file=sys.stderr)
        sys.exit(3)


def act(request):
    n = int(request["param"]["n"])
    samples = min(int(request["samples"]), 3)
    for index in range(samples):
        say(f"sample {index} value {n + index / 1000}")
        say(f"sample {index} count {index + 1}")


def slow(request):
    delay, end = float(request["param"]["delay"]), time.monotonic() + float(request["time"]) + float(request["warmup"])
    for index in range(int(request["samples"])):
        start = time.monotonic()
        time.sleep(delay)
        say(f"sample {index} time {time.monotonic() - start}")
        if time.monotonic() >= end:
            break


def run():
    request = read_request()
    name = request["contender"]
    print("this is no protocol line")
    say("dyno 2" if name == "version" else "dyno 1")
    misbehave(name, request)
    (act if request["workload"] == "act" else slow)(request)
    if name == "noverdict":
        sys.exit(0)
    verdicts = {"wrong": "wrong 8 is not 7", "unable": "unable there is no such device"}
    say("verdict " + verdicts.get(name, "ok checked"))
    say("end")


if __name__ == "__main__":
    describe() if sys.argv[1:] == ["describe"] else run()
