"""What the end-to-end tests share: the program, fake workers, a directory that is gone afterwards."""
import csv
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["DYNO_BUILD"])
SOURCE = pathlib.Path(os.environ["DYNO_SOURCE"])
DYNO = BUILD / "bin" / "dyno"
HERE = pathlib.Path(__file__).resolve().parent
SANITIZED = bool(os.environ.get("DYNO_SANITIZE"))


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="dyno-test-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.workers = self.dir / "workers"
        self.workers.mkdir()
        shutil.copy(HERE / "fake_worker.py", self.workers / "fake")
        self.out = self.dir / "out"
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("DYNO_")}
        self.env["TMPDIR"] = str(self.dir)  # what a killed dyno leaves behind goes with it

    def dyno(self, *args, env=None, timeout=120):
        return subprocess.run([DYNO, *map(str, args)], cwd=self.dir, env={**self.env, **(env or {})},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=timeout)

    def run_fake(self, *args, **keys):
        return self.dyno("run", *args, "--workers", self.workers, "--out", self.out, **keys)

    def suite(self, text):
        path = self.dir / "t.ini"
        path.write_text(text)
        return path

    def expect(self, result, code, stdout=None, stderr=None):
        told = f"\nargs: {result.args}\nexit: {result.returncode}\nstdout: {result.stdout}\nstderr: {result.stderr}"
        self.assertEqual(result.returncode, code, told)
        if stdout is not None:
            self.assertRegex(result.stdout, stdout, told)
        if stderr is not None:
            self.assertRegex(result.stderr, stderr, told)

    def refused(self, sentence, *args, code=64, **keys):
        """One sentence on stderr, which begins with dyno:, nothing on stdout."""
        result = self.dyno(*args, **keys)
        self.expect(result, code, r"\A\Z", r"\Adyno: .*\n\Z")
        self.assertIn(sentence, result.stderr)

    def rows(self, name, out=None):
        with open((out or self.out) / name, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, strict=True))
        for row in rows:
            self.assertNotIn(None, row)
            self.assertNotIn(None, row.values())
        return rows

    def json(self, name):
        return json.loads((self.out / name).read_text())


def main():
    if not DYNO.exists():
        print(f"{DYNO} is not built")
        raise SystemExit(1)
    unittest.main(verbosity=1)
