#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Workers that stress-ng creates: what it says is taken as it is, and where it says nothing there is a reason."""
import os
import shutil
import unittest

from tvp_case import BARE, Run, TvpCase, main

# How many workers a batch has at least, so that what stress-ng counts of its start hardly matters.
TURNS = {"stress-ng-fork": 256, "stress-ng-vfork": 2048, "stress-ng-pthread": 512}
KIND = {"stress-ng-fork": "fork", "stress-ng-vfork": "vfork-exit", "stress-ng-pthread": "thread"}

# Stands for stress-ng: keeps what it is asked, and says that each creation took 20 us.
PRETENDER = """#!/bin/sh
echo "$*" >>"%(folder)s/asked"
while [ $# -gt 0 ]; do
	case $1 in
	--yaml) answer=$2 ;;
	--*-ops) ops=$2 ;;
	--fork | --vfork | --pthread) stressor=${1#--} ;;
	--quiet | --metrics) set -- "$1" "$@" ;;
	esac
	shift 2
done
seconds=$(awk -v ops="$ops" 'BEGIN { printf "%%f", ops * 0.00002 }')
%(more)s
cat >"$answer" <<END
---
system-info:
      hostname: secret
metrics:
    - stressor: $stressor
      bogo-ops: $ops
      bogo-ops-per-second-real-time: 1.0
      wall-clock-time: $seconds
      user-time: 0.5
...
END
"""


class StressNg(TvpCase):
    def run_create(self, *arguments, env=None):
        finished = self.tvp("run", "create", "--placement", "same-core", "--budget", "1s", "--max-blocks", "1", "--out",
                            "run", *BARE, *arguments, env=env)
        self.assert_status(0, finished)
        self.assert_nothing_left()
        run = Run(self.scratch.path("run"))
        self.assert_whole_blocks(run)
        return run

    def pretend(self, more=""):
        """A folder for PATH whose stress-ng is not one."""
        folder = self.scratch.path("bin")
        os.mkdir(folder)
        path = os.path.join(folder, "stress-ng")
        with open(path, "w", encoding="ascii") as file:
            file.write(PRETENDER % {"folder": self.scratch.folder, "more": more})
        os.chmod(path, 0o755)
        return {"PATH": folder + ":" + os.environ["PATH"]}

    def rows(self, run, figure="reaped"):
        return [row for row in run.rows(experiment="create", figure=figure) if row["executor"] in TURNS]

    def assert_measured(self, rows):
        """Disturbed or not."""
        self.assertTrue(rows)
        for row in rows:
            self.assertIn(row["status"], ("ok", "invalid"), row)
            self.assertNotEqual(row["value"], "")

    def test_its_word_is_taken(self):
        run = self.run_create("--executors", "thread," + ",".join(TURNS), env=self.pretend())
        rows = self.rows(run)
        self.assertEqual({row["executor"] for row in rows}, set(TURNS))
        self.assert_measured(rows)
        for row in rows:
            self.assertEqual(int(row["ops"]) % TURNS[row["executor"]], 0)
            self.assertAlmostEqual(float(row["value"]), 20000, delta=1)
            # Nothing is known of the workers but their number.
            self.assertEqual((row["user_ns"], row["sys_ns"], row["minor_faults"], row["cpu"]), ("", "", "", ""), row)
        for figure in ("called", "started", "done", "seen", "creator-faults", "worker-faults"):
            for row in self.rows(run, figure):
                self.assertEqual((row["status"], row["value"]), ("skipped", ""), row)
                self.assertRegex(row["reason"], "not measured in a cell like this")
        for row in run.summary:
            if row["executor"] in TURNS and row["figure"] == "reaped":
                self.assertEqual(row["baseline"], "create/noop/thread/1/same-core")

    def test_what_it_is_asked(self):
        """One instance of one stressor, one worker at a time, ended by their number, in the folder of temporary files."""
        self.run_create("--executors", ",".join(TURNS), env=self.pretend())
        stressors = set()
        with open(self.scratch.path("asked"), encoding="ascii") as file:
            asked = [line.split() for line in file]
        for quiet, metrics, *words in asked:
            self.assertEqual((quiet, metrics), ("--quiet", "--metrics"))
            options = dict(zip(words[::2], words[1::2]))
            self.assertRegex(options.pop("--yaml"), r"\A/proc/self/fd/\d+\Z")
            self.assertEqual((options.pop("--timeout"), options.pop("--temp-path")), ("10s", self.scratch.temporary))
            (stressor,) = [name[2:-4] for name in options if name.endswith("-ops")]
            self.assertEqual(int(options.pop("--%s-ops" % stressor)) % TURNS["stress-ng-" + stressor], 0)
            self.assertEqual(options, dict({"--" + stressor: "1"},
                                           **({"--pthread-max": "1"} if stressor == "pthread" else {})))
            stressors.add(stressor)
        self.assertEqual(stressors, {"fork", "vfork", "pthread"})

    def assert_fate(self, status, reason, more="", env=None):
        run = self.run_create("--executors", "thread,stress-ng-fork", env=env or self.pretend(more))
        rows = self.rows(run)
        self.assertTrue(rows)
        for row in rows:
            self.assertEqual((row["status"], row["value"]), (status, ""), row)
            self.assertRegex(row["reason"], reason)
        self.assert_measured(run.rows(executor="thread", figure="reaped"))

    def test_is_not_there(self):
        empty = self.scratch.path("empty")
        os.mkdir(empty)
        self.assert_fate("skipped", "stress-ng is not in PATH: install the package stress-ng", env={"PATH": empty})

    def test_says_nothing(self):
        self.assert_fate("skipped", "this version of stress-ng does not say how long it took", more="exit 0")

    def test_speaks_of_something_else(self):
        self.assert_fate("skipped", "this version of stress-ng does not say", more="stressor=brk")

    def test_fails(self):
        self.assert_fate("failed", "stress-ng exited with status 3", more="exit 3")

    def test_is_not_content(self):
        """Its exit status tells of more than the workers."""
        run = self.run_create("--executors", "stress-ng-fork", env=self.pretend("trap 'exit 2' EXIT"))
        self.assert_measured(self.rows(run))

    def test_dies(self):
        self.assert_fate("failed", "stress-ng was killed by signal 9", more="kill -9 $$")

    def test_gives_up(self):
        self.assert_fate("failed", r"stress-ng has created only 7 of 256 workers within 10 s", more="ops=7")

    def test_has_a_parent_of_its_own(self):
        finished = self.tvp("run", "create", "--executors", "fork,stress-ng-fork", "--set", "memory_mib=16",
                            "--placement", "same-core", "--dry-run", env=self.pretend())
        self.assert_status(0, finished)
        self.assertRegex(finished.out, r"stress-ng-fork workers 1  skipped: stress-ng-fork has a parent of its own, to "
                         "which the setting memory_mib does not apply")
        self.assertNotRegex(finished.out, r"(?m)^ +fork +workers 1  skipped")

    @unittest.skipUnless(shutil.which("stress-ng"), "stress-ng is not installed")
    def test_beside_ours(self):
        """The same system calls, and some more: neither a tenth of the time, nor a thousand times as much."""
        run = self.run_create("--executors", ",".join(list(TURNS) + sorted(KIND.values())))
        for theirs, ours in KIND.items():
            for executor in (theirs, ours):
                self.assert_measured(run.rows(executor=executor, figure="reaped"))
            ratio = run.median(executor=theirs, figure="reaped") / run.median(executor=ours, figure="reaped")
            self.assertGreater(ratio, 0.1, theirs)
            self.assertLess(ratio, 1000, theirs)


if __name__ == "__main__":
    main()
