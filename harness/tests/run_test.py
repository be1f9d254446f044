#!/usr/bin/env python3
"""dyno run: results, exit codes, every way in which a worker can go wrong."""
import os
import shutil

from harness import SOURCE, Case, main

SHORT = ["--processes", "2", "--time", "20ms", "-p", "warmup=0", "-p", "time_limit=2"]


class Run(Case):
    def test_a_good_run(self):
        result = self.run_fake("act", *SHORT, "-p", "contender=good,other", "-p", "n=3,5", "-p", "threads=1..2",
                               "--seed", "11")
        self.expect(result, 0, r"(?s)good.*summary +\S+summary.csv", "16 processes in ")
        self.assertEqual(sorted(os.listdir(self.out)), ["env.json", "run.json", "samples.csv", "summary.csv"])
        summary = [r for r in self.rows("summary.csv") if r["primary"] == "1"]
        self.assertEqual(len(summary), 8)
        for row in summary:
            n = float(row["params"].split("n=")[1].split(";")[0])
            self.assertEqual(row["params"].split(";")[0], "bytes=4096")
            self.assertEqual((row["metric"], row["unit"], row["status"]), ("value", "s", "ok"))
            self.assertEqual((row["processes"], row["samples"]), ("2", "6"))
            self.assertAlmostEqual(float(row["median"]), n + 0.001)
            self.assertAlmostEqual(float(row["min"]), n)
            self.assertAlmostEqual(float(row["max"]), n + 0.002)
            self.assertLessEqual(float(row["ci_low"]), float(row["ci_high"]))
        samples = [r for r in self.rows("samples.csv") if r["metric"] == "value"]
        self.assertEqual(len(samples), 8 * 2 * 3)
        # contenders see the same inputs in a round, and other ones in the next
        seeds = {(r["round"], r["seed"]) for r in samples}
        self.assertEqual(len(seeds), 2)

    def test_a_suite_with_a_filter(self):
        suite = self.suite("[global]\nprocesses=1\n[act]\ncontender=good\nword=a,b\n[slow]\ncontender=good\ntime=20ms\n")
        self.expect(self.run_fake(suite, "slow"), 0)
        self.assertEqual({r["workload"] for r in self.rows("samples.csv")}, {"slow"})
        self.assertIn("word=a,b", self.json("run.json").get("source", (self.out / "run.json").read_text()))

    def test_each_way_to_fail_is_told_apart(self):
        for contender, status in [("silent", "timeout"), ("malformed", "malformed"), ("nan", "malformed"),
                                  ("version", "version"), ("signal", "signal"), ("exit", "exit"),
                                  ("noverdict", "malformed")]:
            with self.subTest(contender):
                self.out = self.dir / contender
                result = self.run_fake("act", *SHORT, "-p", "time_limit=1500ms", "-p", f"contender={contender},good")
                self.expect(result, 1, "good", rf"did not end well:\n  act by {contender}, .*: {status}: \S")
                rows = {(r["contender"]): r for r in self.rows("summary.csv") if r["primary"] == "1"}
                self.assertEqual(rows[contender]["status"], status)
                self.assertEqual((rows[contender]["median"], rows[contender]["ci_low"]), ("", ""))
                self.assertEqual(rows["good"]["status"], "ok")
                samples = [r for r in self.rows("samples.csv") if r["contender"] == contender and r["metric"] == "value"]
                self.assertTrue(all(r["value"] == "" for r in samples), samples)

    def test_a_wrong_answer_is_never_a_number(self):
        self.expect(self.run_fake("act", *SHORT, "-p", "contender=wrong,good"), 4, "good", "wrong: 8 is not 7")
        rows = {r["contender"]: r for r in self.rows("summary.csv") if r["primary"] == "1"}
        self.assertEqual((rows["wrong"]["status"], rows["wrong"]["median"]), ("wrong", ""))

    def test_unable_is_no_error_unless_there_is_nothing_else(self):
        self.expect(self.run_fake("act", *SHORT, "-p", "contender=unable,good"), 0, "good", "unable: there is no such device")
        self.out = self.dir / "alone"
        self.expect(self.run_fake("act", *SHORT, "-p", "contender=unable"), 1, None, "there is no such device")

    def test_an_unavailable_contender_is_a_note(self):
        self.expect(self.run_fake("act", *SHORT, "-p", "contender=absent,good"), 0, "good",
                    "note: act by absent is left out: the part is missing")

    def test_quiet_prints_results_only(self):
        self.expect(self.run_fake("act", *SHORT, "-p", "contender=absent,good", "--quiet"), 0, "good", r"\A\Z")

    def test_dry_run_measures_nothing(self):
        result = self.run_fake("act", *SHORT, "-p", "contender=good", "-p", "n=1..3", "--dry-run")
        self.expect(result, 0, r"(?s)act +good .*n=3.*3 cells, 2 processes each", r"\A\Z")
        self.assertFalse(self.out.exists())

    def test_results_are_not_written_over(self):
        self.expect(self.run_fake("act", *SHORT, "-p", "contender=good"), 0)
        before = (self.out / "samples.csv").read_bytes()
        self.expect(self.run_fake("act", *SHORT, "-p", "contender=good"), 64, None, "dyno: .*out")
        self.assertEqual((self.out / "samples.csv").read_bytes(), before)

    def test_a_cpu_that_is_not_there(self):
        result = self.run_fake("act", *SHORT, "-p", "contender=good", "--pin", "1000")
        self.expect(result, 64, r"\A\Z", "dyno: .*1000")

    def test_the_default_directory(self):
        result = self.dyno("run", "act", *SHORT, "--workers", self.workers, "-p", "contender=good")
        self.expect(result, 0, r"results +results/act-\d{8}-\d{6}\n")
        self.assertEqual(len(list((self.dir / "results").glob("act-*/summary.csv"))), 1)

    def test_the_worker_in_another_language(self):
        shutil.copy(SOURCE / "workloads/kit/examples/worker.py", self.workers / "example")
        listed = self.dyno("list", "--workers", self.workers, "--json")
        self.expect(listed, 0)
        import json
        names = {o["workload"] for o in json.loads(listed.stdout)["offers"]} - {"act", "slow"}
        self.assertTrue(names)
        result = self.run_fake(*names, "--processes", "2", "--time", "50ms")
        self.expect(result, 0)
        for row in self.rows("summary.csv"):
            self.assertEqual(row["status"], "ok")

    def test_the_shipped_workers(self):
        result = self.dyno("run", "smoke", "--out", self.out, "-p", "threads=1,2", "--all-metrics", timeout=280)
        self.expect(result, 0, "fib")
        rows = self.rows("summary.csv")
        self.assertEqual({r["status"] for r in rows}, {"ok"})
        for workload in ["fib", "nqueens", "matmul", "mergesort", "storm", "larson"]:
            self.assertIn(workload, {r["workload"] for r in rows})
        self.assertTrue(all(float(r["median"]) > 0 for r in rows if r["primary"] == "1"))


main()
