#!/usr/bin/env python3
"""What a user may type wrong, and what is told then."""
import subprocess

from harness import DYNO, SOURCE, Case, main


class Usage(Case):
    def test_commands(self):
        self.expect(self.dyno(), 64, stderr="usage: dyno COMMAND")
        self.refused("unknown command 'rnu', did you mean 'run'?", "rnu")
        self.refused("unknown command 'compare'", "compare")
        self.refused("unknown option '--frobnicate'", "--frobnicate")
        self.refused("unknown command 'lits', did you mean 'list'?", "help", "lits")

    def test_help_and_version(self):
        self.expect(self.dyno("--version"), 0, r"\Adyno \d+\.\d+\.\d+\n\Z", r"\A\Z")
        self.expect(self.dyno("--help"), 0, "usage: dyno COMMAND", r"\A\Z")
        self.expect(self.dyno("help"), 0, "usage: dyno COMMAND", r"\A\Z")
        for command in ["list", "run", "plot", "doctor", "demo"]:
            for args in [("help", command), (command, "--help")]:
                self.expect(self.dyno(*args), 0, f"usage: dyno {command}", r"\A\Z")

    def test_flags(self):
        self.refused("unknown option '--budgte', did you mean '--budget'?", "run", "fib", "--budgte", "2m")
        self.refused("unknown option '-x'", "run", "-x")
        self.refused("option '--out' needs a value", "run", "fib", "--out")
        self.refused("option '-p' needs a value", "run", "fib", "-p")
        self.refused("option '--quiet' takes no value", "run", "fib", "--quiet=yes")
        self.refused("unknown option '-x'", "run", "--quiet", "-xq")
        self.refused("option '-p' needs a value", "run", "-qp")
        self.refused("--resume needs --out", "run", "fib", "--resume")
        self.refused("unknown option '--jsno', did you mean '--json'?", "list", "--jsno")
        self.refused("no list of 'workload', did you mean 'workloads'?", "list", "workload")

    def test_values(self):
        def bad(sentence, *args):
            self.refused(sentence, "run", "act", "--workers", self.workers, "--out", self.out, *args)
            self.assertFalse(self.out.exists())

        bad("--budget=soon: budget = 'soon' is not accepted: a duration", "--budget", "soon")
        bad("--budget=-1m", "--budget", "-1m")
        bad("--processes=0: processes = '0' is not accepted: 1..10000", "--processes", "0")
        bad("--samples=x: samples = 'x' is not accepted", "--samples", "x")
        bad("--time=1d: time = '1d' is not accepted", "--time", "1d")
        bad("--seed=x", "--seed", "x")
        bad("--pin=compct: pin = 'compct' is not accepted: compact, scatter, core, none", "--pin", "compct")
        bad("-p n=0: n = '0' is outside of what is accepted: 1..1000", "-p", "n=0")
        bad("-p m=1: unknown key 'm'", "-p", "m=1")
        bad("-p n: accepted is KEY=VALUE", "-p", "n")
        bad("unknown contender 'goof', did you mean 'good'?", "-p", "contender=goof")
        bad("no cells to run: good runs with 1 to 4 threads: left out with threads 5 in act", "-p", "contender=good", "-p", "threads=5")

    def test_names(self):
        self.refused("unknown suite or workload 'smkoe', did you mean 'smoke'?", "run", "smkoe")
        self.refused("name a suite or a workload; suites: ", "run")
        self.refused("unknown workload 'actt', did you mean 'act'?", "run", "act", "actt", "--workers", self.workers)
        self.refused("'x.ini' is a second suite", "run", self.suite("[act]\n"), "x.ini", "--workers", self.workers)
        self.refused("nowhere.ini: No such file", "run", "nowhere.ini", "--workers", self.workers)

    def test_suite_files(self):
        def bad(text, sentence):
            self.refused("t.ini:" + sentence, "run", self.suite(text), "--workers", self.workers, "--out", self.out)

        bad("[act]\nnn=3\n", "2: unknown key 'nn', did you mean 'n'?")
        bad("[atc]\n", "1: unknown section 'atc'")
        bad("[act]\nword=d\n", "2: word = 'd' is not accepted: a|b|c")
        bad("[act]\nn=9..3\n", "2: n = '9..3' is an empty range")
        bad("[act]\n\nhm\n", "3: the line is neither")

    def test_nothing_available_is_a_failure(self):
        self.refused("no cells to run: act by absent is left out: the part is missing", "run", "act", "--workers",
                     self.workers, "-p", "contender=absent", code=1)
        self.refused("no worker that describes itself was found", "run", "act", "--workers", self.dir / "nowhere", code=1)

    def test_completion(self):
        def complete(*words):
            script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; _dyno; '
                      'printf "%s\\n" "${COMPREPLY[@]}"')
            done = subprocess.run(["bash", "-c", script, "bash", SOURCE / "harness/cli/completion.bash", DYNO, *words],
                                  env={**self.env, "DYNO_WORKERS": str(self.workers)}, stdout=subprocess.PIPE, text=True,
                                  check=True)
            return done.stdout.split()

        self.assertEqual(complete("ru"), ["run"])
        self.assertEqual(complete("run", "--bud"), ["--budget"])
        self.assertEqual(complete("run", "act"), ["act"])
        self.assertEqual(complete("run", "smo"), ["smoke"])
        self.assertEqual(complete("run", "act", "-p", "byt"), ["bytes="])
        self.assertEqual(complete("run", "act", "--pin", "sc"), ["scatter"])
        self.assertEqual(complete("list", "con"), ["contenders"])

    def test_demo(self):
        self.refused("say which", "demo")
        self.refused("unknown demonstration 'fif', did you mean 'fifo'?", "demo", "fif")


main()
