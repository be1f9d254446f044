#!/usr/bin/env python3
"""Budgets, Ctrl-C, kill -9 and going on afterwards."""
import os
import pathlib
import re
import shlex
import signal
import subprocess
import time

from harness import DYNO, SANITIZED, Case, main

MANY = ["-p", "contender=good,other", "-p", "delay=0.01,0.02", "--processes", "5", "--time", "100ms", "-p", "warmup=0",
        "--seed", "3"]
CELLS, PROCESSES = 4, 20


class Stop(Case):
    def start(self, *args):
        return subprocess.Popen([DYNO, "run", "slow", *MANY, "--workers", self.workers, "--out", self.out, *args],
                                cwd=self.dir, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, start_new_session=True)

    def wait_for_data(self, process, finished):
        """Until that many processes are in samples.csv."""
        end = time.monotonic() + 60
        while time.monotonic() < end and process.poll() is None:
            path = self.out / "samples.csv"
            if path.exists() and path.read_text().count(",process_wall,") >= finished:
                return
            time.sleep(0.01)
        self.fail("no data came: " + str(process.communicate()))

    def measured(self):
        """Workload processes in samples.csv: each is there once."""
        keys = [(r["contender"], r["params"], r["round"]) for r in self.rows("samples.csv") if r["metric"] == "process_wall"]
        self.assertEqual(len(keys), len(set(keys)))
        return keys

    def test_a_budget_is_kept(self):
        for budget in [3, 5]:
            self.out = self.dir / str(budget)
            began = time.monotonic()
            result = self.run_fake("slow", *MANY, "--budget", f"{budget}s")
            taken = time.monotonic() - began
            self.expect(result, 0)
            part = 0.5 if SANITIZED else 0.1
            # the start of the program, the summary and a loaded machine stand outside of the schedule
            self.assertGreater(taken, budget * (1 - part))
            self.assertLess(taken, budget * (1 + part) + 1)
            rounds = {r["round"] for r in self.rows("samples.csv")}
            self.assertGreaterEqual(len(rounds), 2)

    def test_ctrl_c_leaves_whole_files_and_the_rest_can_be_run(self):
        process = self.start()
        self.wait_for_data(process, 3)
        os.killpg(process.pid, signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, stderr)
        self.assertIn("summary", stdout)
        self.assertRegex(stderr, r"interrupted; the data so far is kept")
        kept = self.measured()
        self.assertTrue(3 <= len(kept) < PROCESSES, len(kept))
        self.assertLessEqual({r["status"] for r in self.rows("summary.csv")}, {"ok", "not-run"})
        self.assertTrue(any(r["median"] for r in self.rows("summary.csv")))
        self.assertNotIn("signal", {r["status"] for r in self.rows("samples.csv")})
        # the command that was printed goes on
        command = shlex.split(re.search(r"^  (dyno run .*)$", stderr, re.M).group(1))
        result = self.dyno(*command[1:])
        self.expect(result, 0, None, f"{PROCESSES - len(kept)} process")
        self.assertEqual(self.measured()[:len(kept)], kept)
        self.assertEqual(len(self.measured()), PROCESSES)

    def test_sigterm_is_as_good(self):
        process = self.start()
        self.wait_for_data(process, 2)
        process.terminate()
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.rows("summary.csv")

    def test_kill_9_at_any_moment(self):
        for finished in [1, 4, 9]:
            process = self.start(*(["--resume"] if self.out.exists() else []))
            self.wait_for_data(process, finished)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=60)
            self.rows("samples.csv")
            self.assertGreaterEqual(len(self.measured()), finished)
        # torn in the middle of a row, as on a machine that lost power
        with open(self.out / "samples.csv", "r+b") as file:
            file.truncate(os.path.getsize(self.out / "samples.csv") - 25)
        result = self.run_fake("slow", *MANY, "--resume")
        self.expect(result, 0)
        self.assertEqual(len(self.measured()), PROCESSES)
        self.assertEqual(len(self.rows("summary.csv")) % CELLS, 0)

    def test_a_resume_of_another_run_is_refused(self):
        self.expect(self.run_fake("act", "-p", "contender=good", "--processes", "1"), 0)
        self.expect(self.run_fake("act", "-p", "contender=good", "-p", "n=8", "--processes", "1", "--resume"), 64, r"\A\Z",
                    r"\Adyno: ")

    def test_a_whole_run_resumed_measures_nothing_more(self):
        self.expect(self.run_fake("act", "-p", "contender=good", "--processes", "2"), 0)
        before = pathlib.Path(self.out / "samples.csv").read_bytes()
        self.expect(self.run_fake("act", "-p", "contender=good", "--processes", "2", "--resume"), 0)
        self.assertEqual((self.out / "samples.csv").read_bytes(), before)

    def test_resume_of_nothing_begins(self):
        self.expect(self.run_fake("act", "-p", "contender=good", "--processes", "1", "--resume"), 0, "good")

    def test_a_wrong_answer_is_not_forgotten_by_a_resume(self):
        args = ["act", "-p", "contender=good,wrong", "--processes", "1"]
        self.expect(self.run_fake(*args), 4)
        self.expect(self.run_fake(*args, "--resume"), 4)

    def test_a_budget_too_small_for_all_says_what_was_not_run(self):
        result = self.run_fake("slow", "-p", "contender=good,other", "-p", "delay=2", "--budget", "2500ms", "-p",
                               "warmup=0")
        self.assertIn(result.returncode, [0, 1], result.stderr)
        self.assertIn("not run: budget: slow by", result.stderr)


main()
