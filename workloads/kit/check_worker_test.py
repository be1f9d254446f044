#!/usr/bin/env python3
"""check_worker.py must refuse workers that break the protocol: each case is the example worker with one line changed."""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "examples", "worker.py"), encoding="utf-8") as source:
    EXAMPLE = source.read()

# what is replaced, by what, a part of the sentence that is expected
CASES = [
    ('say("dyno 1")', 'say("dyno 2")', "is not framed"),
    ('say("end")', "pass", "is not framed"),
    ('say("threads python fib 1 1")', 'say("threads python fib 1")', "malformed line"),
    ('say("metric fib time s lower seconds for one execution")', "pass", "at least one contender"),
    ("{seconds!r}", "nan", "malformed line"),
    ("sample {index} time", "sample {index} speed", "unknown metric"),
    ("sample {index} time", "sample 7 time", "are numbered"),
    ('say(f"verdict ok {index} samples")', "pass", "the verdict is []"),
    ("return n if n < 2", "return n if n < 3", "the verdict is [('wrong'"),
    ('say(f"verdict ok {index} samples")', "sys.exit(3)", "exit status 3"),
    ('say(f"verdict ok {index} samples")', "time.sleep(9)", "no end within"),
]


def outcome(text):
    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as worker:
        worker.write(text)
    os.chmod(worker.name, 0o700)
    try:
        return subprocess.run([sys.executable, os.path.join(HERE, "check_worker.py"), worker.name, "fib:n=5",
                               "--limit", "2"], capture_output=True, text=True, check=False)
    finally:
        os.unlink(worker.name)


def main():
    failed = 0
    for old, new, expected in [("\n\n\n", "\n\n\n", None)] + CASES:
        assert old in EXAMPLE, old
        result = outcome(EXAMPLE.replace(old, new))
        good = result.returncode == 0 if expected is None else result.returncode == 1 and expected in result.stderr
        if not good:
            failed += 1
            print(f"{old!r} -> {new!r}: expected {expected!r}, got {result.returncode}: {result.stderr}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
