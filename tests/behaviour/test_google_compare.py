#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Google Benchmark's own compare.py reads gbench.json and the output of `tvp gbench`; what failed is never a 0 there.

compare.py is in Debian's libbenchmark-tools, and wants scipy. COMPARE_PY names another one.
"""
import json
import os
import resource
import shutil
import signal
import subprocess
import unittest

from tvp_case import BARE, TOP, TVP_TEST, Run, Scratch, TvpCase, main

BLOCKS = 3


def find_compare():
    """The path of compare.py, or None."""
    candidates = [os.environ.get("COMPARE_PY")]
    if shutil.which("dpkg"):
        listed = subprocess.run(["dpkg", "-L", "libbenchmark-tools"], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True)
        candidates += [line for line in listed.stdout.splitlines() if line.endswith("/compare.py")]
    candidates += ["/usr/share/benchmark/compare.py", "/usr/share/googlebenchmark/tools/compare.py",
                   "/usr/share/benchmark/tools/compare.py", "/usr/local/share/googlebenchmark/tools/compare.py"]
    return next((path for path in candidates if path and os.path.isfile(path)), None)


def find_python():
    """A Python that has what compare.py imports, or None."""
    found = subprocess.run([os.path.join(TOP, "scripts", "python-with"), "numpy", "scipy"], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True)
    return found.stdout.strip() or None


COMPARE = find_compare()
PYTHON = find_python() if COMPARE else None


@unittest.skipUnless(COMPARE, "compare.py is not installed (on Debian: libbenchmark-tools)")
@unittest.skipUnless(PYTHON or not COMPARE, "no Python with numpy and scipy, which compare.py wants")
class CompareCase(TvpCase):
    def compare(self, *arguments):
        """What compare.py finds: a list with the name, measurements and statistics of each benchmark."""
        dump = self.scratch.path("found.json")
        finished = self.scratch.command(PYTHON, "-B", COMPARE, "--no-color", "-d", dump, *arguments)
        self.assertEqual(finished.status, 0, "compare.py said: %s%s" % (finished.out[-500:], finished.err))
        with open(dump, encoding="utf-8") as file:
            found = [item for item in json.load(file) if item["run_type"] != "aggregate"]
        os.unlink(dump)
        self.assertTrue(found)
        for item in found:
            for measurement in item["measurements"]:
                self.assertGreater(measurement["real_time"], 0, item["name"])
                self.assertGreater(measurement["real_time_other"], 0, item["name"])
        return found

    @staticmethod
    def read(path):
        with open(path, encoding="utf-8") as file:
            return json.load(file)


class Runs(CompareCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = Scratch(TVP_TEST)
        cls.addClassCleanup(cls.shared.close)
        common = ("--placement", "none", "--workers", "1", "--budget", "60s", "--max-blocks", BLOCKS)
        good = ("run", "create", *BARE, "--executors", "thread,fork") + common
        failing = ("run", "scaling", "--executors", "thread,fork", "--workloads", "noop,crash,wrong") + common
        cls.said = {name: cls.shared.run(*arguments, "--out", name)
                    for name, arguments in {"a": good, "b": good, "failing": failing, "again": failing}.items()}

    def setUp(self):
        super().setUp()
        for finished in self.said.values():
            self.assert_status(0, finished)

    def file(self, name):
        return self.shared.path(name, "gbench.json")

    def real_times(self, name, cell):
        return [entry["real_time"] for entry in self.read(self.file(name))["benchmarks"] if entry["name"] == cell]

    def test_benchmarks(self):
        """Every cell of both runs, block by block."""
        found = {item["name"]: item for item in self.compare("benchmarks", self.file("a"), self.file("b"))}
        self.assertEqual(set(found), set(Run(self.shared.path("a")).cells))
        for cell, item in found.items():
            self.assertEqual([m["real_time"] for m in item["measurements"]], self.real_times("a", cell))
            self.assertEqual([m["real_time_other"] for m in item["measurements"]], self.real_times("b", cell))
            self.assertEqual(len(item["measurements"]), BLOCKS)
            self.assertEqual(item["time_unit"], "ns")
            self.assertTrue(0 <= item["utest"]["time_pvalue"] <= 1, item["utest"])

    def test_filters(self):
        """One cell of a run against another."""
        thread, fork = "create/noop/thread/1/none", "create/noop/fork/1/none"
        (item,) = self.compare("filters", self.file("a"), thread, fork)
        self.assertEqual([m["real_time"] for m in item["measurements"]], self.real_times("a", thread))
        self.assertEqual([m["real_time_other"] for m in item["measurements"]], self.real_times("a", fork))
        for m in item["measurements"]:
            self.assertAlmostEqual(m["time"], (m["real_time_other"] - m["real_time"]) / m["real_time"])

    def test_failed(self):
        """Cells that failed are not there, and do not get in the way of the others."""
        run = Run(self.shared.path("failing"))
        written = self.read(self.file("failing"))
        failed = {row["cell"] for row in run.samples if row["status"] == "failed"}
        self.assertTrue({row["workload"] for row in run.samples if row["cell"] in failed} >= {"crash", "wrong"})
        self.assertEqual({entry["name"] for entry in written["tvp_failed"]}, failed)
        for other in ("failing", "again"):
            found = self.compare("benchmarks", self.file("failing"), self.file(other))
            self.assertEqual({item["name"] for item in found}, set(run.cells) - failed)
        (item,) = self.compare("filters", self.file("failing"), "scaling/noop/thread/", "scaling/noop/fork/")
        self.assertEqual(len(item["measurements"]), BLOCKS)

    def test_failed_against_good(self):
        """Two runs that have only their controls in common."""
        found = self.compare("benchmarks", self.file("a"), self.file("failing"))
        shared = set(Run(self.shared.path("a")).cells) & set(Run(self.shared.path("failing")).cells)
        self.assertEqual({item["name"] for item in found}, shared)


class Gbench(CompareCase):
    REPETITIONS = 2

    def gbench(self, out, filter_regex, **how):
        finished = self.scratch.run("gbench", "--benchmark_filter=" + filter_regex, "--benchmark_min_time=0.01",
                                    "--benchmark_repetitions=%d" % self.REPETITIONS, "--benchmark_out=" + out, **how)
        self.assert_status(0, finished)
        return finished

    def iterations(self, name):
        return [entry for entry in self.read(self.scratch.path(name))["benchmarks"] if entry["run_type"] == "iteration"]

    def test_benchmarks_and_filters(self):
        for name in ("a.json", "b.json"):
            self.gbench(name, "^(create/noop|scaling/primes)/(thread|fork)/1/none")
        a, b = self.scratch.path("a.json"), self.scratch.path("b.json")
        names = {entry["name"] for entry in self.iterations("a.json")}
        self.assertEqual(len(names), 4)
        found = {item["name"]: item for item in self.compare("benchmarks", a, b)}
        self.assertEqual(set(found), names)
        for item in found.values():
            self.assertEqual(len(item["measurements"]), self.REPETITIONS)
        (item,) = self.compare("filters", a, "create/noop/thread/1/none", "create/noop/fork/1/none")
        self.assertEqual(len(item["measurements"]), self.REPETITIONS)

    def test_failed(self):
        """A benchmark that fails, here for want of room for its data, is told on the terminal and compared nowhere."""

        def leave_no_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (256 << 10, 256 << 10))

        finished = self.gbench("failing.json", "^scaling/(primes|triad|compress)/(serial|thread)/1/none",
                               preexec_fn=leave_no_room)
        self.assertRegex(finished.out, r"scaling/compress/thread/1/none\S* +ERROR OCCURRED: '.*File too large")
        path = self.scratch.path("failing.json")
        found = self.compare("benchmarks", path, path)
        self.assertEqual({item["name"].split("/")[1] for item in found}, {"primes", "triad"})
        for entry in self.iterations("failing.json"):
            self.assertNotEqual(entry.get("real_time"), 0, entry["name"])


if __name__ == "__main__":
    main()
