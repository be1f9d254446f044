#!/usr/bin/env python3
"""dyno list, for people and for programs."""
import json

from harness import Case, main


class List(Case):
    def test_workloads(self):
        result = self.dyno("list", "--workers", self.workers)
        self.expect(result, 0, "act: an act", r"\A\Z")
        self.assertRegex(result.stdout, r"-p n +int +7 +1\.\.1000 +a number")
        self.assertRegex(result.stdout, "absent +unavailable: the part is missing")
        self.assertRegex(result.stdout, r"good +does what its name says; threads 1\.\.4")

    def test_contenders_and_suites(self):
        self.expect(self.dyno("list", "contenders", "--workers", self.workers), 0, r"good +does what(.|\n)*act\n")
        self.expect(self.dyno("list", "suites"), 0, r"quick +\S.*\n(.|\n)*smoke +\S")

    def test_json(self):
        result = self.dyno("list", "--json", "--workers", self.workers)
        self.expect(result, 0)
        told = json.loads(result.stdout)
        offers = {(o["workload"], o["contender"]): o for o in told["offers"]}
        good = offers["act", "good"]
        self.assertEqual([p["name"] for p in good["params"]], ["n", "bytes", "share", "word"])
        self.assertEqual(good["metrics"][0], {"name": "value", "unit": "s", "better": "lower",
                                              "about": "the number back again", "primary": True})
        self.assertEqual((good["min_threads"], good["max_threads"], good["lacks"]), (1, 4, None))
        self.assertIsNone(offers["slow", "good"]["max_threads"])
        self.assertEqual(offers["slow", "absent"]["lacks"], "the part is missing")
        self.assertIn("smoke", [s["name"] for s in told["suites"]])

    def test_a_program_that_is_no_worker_is_a_warning(self):
        stray = self.workers / "stray"
        stray.write_text("#!/bin/sh\necho hello\n")
        stray.chmod(0o755)
        self.expect(self.dyno("list", "--workers", self.workers), 0, "act", "dyno: warning: .*stray")

    def test_the_environment_adds_workers(self):
        self.expect(self.dyno("list", env={"DYNO_WORKERS": str(self.workers)}), 0, r"(?s)fib: .*act: ")
        self.expect(self.dyno("list", "--workers", self.dir / "nowhere"), 1, r"\A\Z", "no worker that describes itself was found")

    def test_shipped_suites_fit_the_shipped_workers(self):
        for suite in ["smoke", "quick", "full"]:
            self.expect(self.dyno("run", suite, "--dry-run"), 0, r"\d+ cells")


main()
