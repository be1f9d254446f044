#!/usr/bin/env python3
"""What `dyno doctor` says of this machine, whatever machine this is."""
import json
import re
import shutil
import subprocess

from harness import DYNO, Case, main

CHECKS = ["CPUs", "CPU quota", "governor", "turbo", "hyper-threads", "huge pages", "ASLR", "load", "clock", "noise",
          "interruptions", "stolen time", "build", "gnuplot", "workers"]


class Doctor(Case):
    def doctor(self, *args, **env):
        return self.dyno("doctor", *args, env={"DYNO_WORKERS": str(self.workers), **env})

    def test_each_check_has_a_line_and_each_warning_a_remedy(self):
        result = self.doctor()
        self.expect(result, 0, None, r"\A\Z")
        self.assertNotIn("\033", result.stdout)
        lines = result.stdout.splitlines()
        for check in CHECKS:
            self.assertEqual(1, sum(re.match(rf"\[(ok|warn| -- )\] {{1,3}}{check} ", line) is not None for line in lines),
                             f"{check}\n{result.stdout}")
        for line, after in zip(lines, lines[1:]):
            self.assertEqual(line.startswith("[warn]"), after.lstrip().startswith("-> "), result.stdout)

    def test_json_says_the_same(self):
        result = self.doctor("--json")
        self.expect(result, 0)
        told = json.loads(result.stdout)
        self.assertEqual([f["name"] for f in told["findings"]][:len(CHECKS)], CHECKS)
        for finding in told["findings"]:
            self.assertIn(finding["level"], ["ok", "warn", "unknown"])
            self.assertEqual(finding["level"] == "warn", "remedy" in finding)
        environment = told["environment"]
        self.assertGreaterEqual(environment["cpu"]["logical"], 1)
        self.assertGreaterEqual(environment["after"]["steal_seconds"], environment["before"]["steal_seconds"])
        self.assertRegex(environment["libraries"]["hwloc"], r"^\d+\.\d+\.\d+$")

    def test_without_gnuplot_there_is_a_warning(self):
        result = self.doctor("--json", PATH=str(self.dir))
        findings = {f["name"]: f for f in json.loads(result.stdout)["findings"]}
        self.assertEqual(findings["gnuplot"]["level"], "warn")
        self.assertIsNone(json.loads(result.stdout)["environment"]["libraries"]["gnuplot"])

    def test_without_workers_it_can_not_work(self):
        alone = self.dir / "bin" / "dyno"  # away from the workers that came with it
        alone.parent.mkdir()
        shutil.copy(DYNO, alone)
        result = subprocess.run([alone, "doctor"], env={**self.env, "DYNO_WORKERS": str(self.dir / "none")}, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        self.expect(result, 1, r"\[bad\]  workers .*none")
        self.assertRegex(result.stdout, r"\n +-> ")

    def test_a_bad_worker_is_named(self):
        (self.workers / "mute").write_text("#!/bin/sh\necho 'out of luck' >&2\nexit 3\n")
        (self.workers / "mute").chmod(0o755)
        result = self.doctor()
        self.expect(result, 0, r"\[warn\] worker .*/mute: ended its description after 0 lines.*out of luck")

    def test_it_takes_no_argument(self):
        self.refused("doctor takes no argument, 'now' was given", "doctor", "now")


main()
