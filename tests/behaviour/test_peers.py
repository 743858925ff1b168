#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The programs of the peers that were built here: what they answer, what they refuse, and that nothing outlives them."""
import contextlib
import functools
import glob
import os
import re
import signal
import subprocess
import sys
import unittest

from tvp_case import AT_ONCE_S, TOP, TVP, TvpCase, main, sanitizer

ENTRIES = ("map", "map-async", "apply", "apply-async", "imap-unordered")
WORKERS = 3

# Threads and processes beside the workers: who asks, Python's three threads of a pool, its tracker and its fork server.
BESIDE = {"openmp": (0, 1), "glib": (1, 1), "libuv": (1, 1), "python-thread": (4, 1), "python-fork": (4, 1),
          "python-spawn": (4, 2), "python-forkserver": (4, 3)}

OWNER = "import subprocess, sys; subprocess.Popen(sys.argv[1:]).wait()"


def peers():
    """The path and the entries, from the head of its source, of every peer that is here."""
    found = {}
    for source in sorted(glob.glob(os.path.join(TOP, "bench", "peer", "*.*"))):
        name = os.path.splitext(os.path.basename(source))[0]
        program = os.path.join(os.path.dirname(TVP), "tvp-peer-" + name)
        if os.path.exists(program):
            with open(source, encoding="utf-8") as file:
                found[name] = program, re.search(r"(?m)^[ *#]+entries: (.*)$", file.read()).group(1).split()
    return found


def of_each(test):
    """The test, for one peer after the other."""

    @functools.wraps(test)
    def tests(self):
        for name, (program, entries) in peers().items():
            with self.subTest(peer=name):
                test(self, name, program, entries)

    return tests


def sum_of_squares(tasks):
    return sum(number * number for number in range(tasks)) % 2 ** 64


@unittest.skipIf(sanitizer(TVP), "the peers are built without sanitizers")
@unittest.skipUnless(peers(), "no peer was found when tvp was built")
class Peers(TvpCase):
    def talk(self, program, workers, lines):
        """What it says to these lines, and then to the end of its input; that is to be its end."""
        path = self.scratch.path("input")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        with open(path, encoding="utf-8") as file:
            finished = self.scratch.command(program, workers, stdin=file)
        self.assertEqual((finished.status, finished.err), (0, ""))
        self.assert_no_processes()
        ready, *answers = finished.out.splitlines()
        self.assertEqual(ready, "ready")
        self.assertEqual(len(answers), len(lines), answers)
        return dict(zip(lines, answers))

    def assert_computed(self, answer, tasks):
        self.assertRegex(answer, r"^[1-9][0-9]* [0-9]+$")
        self.assertEqual(int(answer.split()[1]), sum_of_squares(tasks))

    @of_each
    def test_squares(self, name, program, entries):
        batches = [(entry, tasks, chunk) for entry in entries
                   for tasks, chunk in ((1, 1), (500, 0), (400, 1), (301, 7), (2, 1000))]
        answers = self.talk(program, WORKERS, ["%s %d %d" % batch for batch in batches])
        for batch in batches:
            self.assert_computed(answers["%s %d %d" % batch], batch[1])

    @of_each
    def test_refusals(self, name, program, entries):
        """Each leaves the peer as able as before."""
        wrong = [entry + " 10 1" for entry in ENTRIES if entry not in entries]
        wrong += ["", "sing 10 1", entries[0], entries[0] + " 10", entries[0] + " 10 1 1", "x" * 10000]
        wrong += [entries[0] + numbers for numbers in (" 0 1", " -1 1", " 1 -1", " 268435457 1", " 1 268435457",
                                                       " 1.5 1", " x 1", " 99999999999999999999 1")]
        good = entries[-1] + " 50 1"
        answers = self.talk(program, 1, wrong + [good])
        for line in wrong:
            self.assertRegex(answers[line], r"^error [ -~]+$", line)
        self.assert_computed(answers[good], 50)

    @of_each
    def test_wrong_usage(self, name, program, entries):
        wrong = [[]]
        if name in ("openmp", "glib", "python-thread"):  # the others have the same main
            wrong += [["0"], ["-1"], ["two"], ["2x"], [""], ["65537"], ["2", "2"]]
        for arguments in wrong:
            finished = self.scratch.command(program, *arguments)
            self.assertEqual((finished.status, finished.out), (2, ""), arguments)
            self.assert_one_line(finished.err, "usage: tvp-peer-%s WORKERS" % name)

    def test_more_workers_than_a_library_has(self):
        if "libuv" not in peers():
            self.skipTest("libuv is not here")
        finished = self.scratch.command(peers()["libuv"][0], "1025")
        self.assertEqual((finished.status, finished.out), (1, "error libuv has at most 1024 threads\n"))

    @contextlib.contextmanager
    def ready(self, program, *arguments, stdin=subprocess.PIPE):
        """It runs in the background, and its pool is up."""
        self.scratch.program = program
        with self.scratch.start(*arguments, stdin=stdin, text=True) as process:
            try:
                self.assertEqual(process.stdout.readline(), "ready\n")
                yield process
            finally:
                process.kill()
        self.assert_no_processes()

    @of_each
    def test_workers(self, name, program, entries):
        with self.ready(program, WORKERS) as process:
            threads, processes = len(os.listdir("/proc/%d/task" % process.pid)), len(self.scratch.processes())
            if name == "tbb":  # the others come when there is something to steal
                self.assertLessEqual(threads, WORKERS)
            elif name in BESIDE:
                in_processes = name.startswith("python-") and name != "python-thread"
                self.assertEqual(threads, BESIDE[name][0] + (0 if in_processes else WORKERS))
                self.assertEqual(processes, BESIDE[name][1] + (WORKERS if in_processes else 0))
            process.stdin.close()
            self.assertEqual(process.wait(timeout=AT_ONCE_S), 0)

    @of_each
    def test_killed_in_the_middle(self, name, program, entries):
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.ready(program, WORKERS) as process:
                process.stdin.write(entries[-1] + " 1000000 1\n")
                process.stdin.flush()
                process.send_signal(number)
                self.assertEqual(process.wait(timeout=AT_ONCE_S), -number)

    @of_each
    def test_owner_killed(self, name, program, entries):
        """Its input stays open, so it is not the end of that which ends it."""
        ours, theirs = os.pipe()
        try:
            with self.ready(sys.executable, "-c", OWNER, program, WORKERS, stdin=ours):
                pass
        finally:
            os.close(ours)
            os.close(theirs)


if __name__ == "__main__":
    main()
