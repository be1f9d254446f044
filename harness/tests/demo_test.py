#!/usr/bin/env python3
"""dyno demo fifo, with real mkfifo and echo: writers come and go, both futures finish, the program ends."""
import os
import subprocess

from harness import BUILD, DYNO, Case, main

TEXT = "the quick brown fox jumps over the lazy dog "


class Demo(Case):
    def setUp(self):
        super().setUp()
        if not (BUILD / "libexec/dyno/demo/dyno-demo-fifo").exists():
            self.fail("the demonstration program is not built")
        self.pipes = [self.dir / "one", self.dir / "two"]
        for pipe in self.pipes:
            subprocess.run(["mkfifo", pipe], check=True)

    def start(self, *args):
        return subprocess.Popen([DYNO, "demo", "fifo", *self.pipes, *args], cwd=self.dir, env=self.env,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def echo(self, pipe, text):
        subprocess.run(["sh", "-c", 'echo "$1" > "$2"', "sh", text, pipe], check=True, timeout=30)

    def test_both_finish(self):
        process = self.start("--chars", "100")
        for _ in range(3):
            self.echo(self.pipes[1], TEXT)
        second = process.stdout.readline()
        self.assertRegex(second, r"^Future2 finished with .*quick brown fox")
        for _ in range(3):
            self.echo(self.pipes[0], TEXT.upper())
        stdout, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, stderr)
        self.assertRegex(stdout, r"Future1 finished with [^F]*QUICK BROWN FOX")

    def test_a_pipe_that_is_not_there(self):
        os.unlink(self.pipes[0])
        process = self.start()
        _, stderr = process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn("one", stderr)


main()
