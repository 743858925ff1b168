#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`tvp gbench`: the cells of a run as an ordinary Google Benchmark program."""
import csv
import json
import os
import re

from tvp_case import EXECUTORS, TvpCase, main

# The names that Google Benchmark gives to benchmarks with a clock of their own end like this.
SUFFIX = "/manual_time"


def planned_cells(text):
    """The names of the cells that `tvp run --dry-run` shows, without those that it skips."""
    for line in text.splitlines():
        group = re.fullmatch(r"  (\S+?)(?:, with .*)?", line)
        if group:
            experiment, workload, placement, *changed = group[1].split("/")
        of_executor = re.fullmatch(r"    (\S+) +workers ([0-9 ]+)(?:  placed (\S+))?(  \(the same cell 2 times\))?", line)
        for workers in of_executor[2].split() if of_executor else ():
            for replicate in ("#a", "#b") if of_executor[4] else ("",):
                yield "/".join([experiment, workload, of_executor[1], workers, of_executor[3] or placement, *changed]) + replicate


class Gbench(TvpCase):
    def setUp(self):
        super().setUp()
        # the default plan grows with the machine; that of two CPUs is the same in all that is looked at here
        self.two_cpus = {"preexec_fn": lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])}

    def gbench(self, *arguments):
        return self.tvp("gbench", *arguments, **self.two_cpus)

    def benchmarks(self, document, count):
        benchmarks = json.loads(document)["benchmarks"]
        self.assertEqual(len(benchmarks), count)
        for benchmark in benchmarks:
            self.assertNotIn("error_occurred", benchmark)
            self.assertGreater(benchmark["real_time"], 0)
            self.assertGreater(benchmark["iterations"], 0)
        return benchmarks

    def test_cells_are_those_of_a_run(self):
        listed = self.gbench("--benchmark_list_tests")
        self.assert_status(0, listed)
        self.assert_nothing_left()
        pools = {entry["name"] for entry in json.loads(self.tvp("list", "--json").out)["experiments"] if entry["pool"]}
        planned = self.tvp("run", "--dry-run", **self.two_cpus)
        self.assert_status(0, planned)
        cells = [cell for cell in planned_cells(planned.out) if cell.partition("/")[0] not in pools]
        self.assertGreater(len(cells), 50)
        self.assertEqual(listed.out.splitlines(), [cell + SUFFIX for cell in cells])

    def test_what_is_left_out(self):
        """What is over a pool, and what is there only if an experiment is asked for by its name."""
        names = self.gbench("--benchmark_list_tests").out.splitlines()
        listed = json.loads(self.tvp("list", "--json").out)
        pools = {experiment["name"] for experiment in listed["experiments"] if experiment["pool"]}
        self.assertTrue(pools)
        self.assertTrue(pools.isdisjoint(name.split("/")[0] for name in names))
        subjects = {subject["name"] for subject in listed["subjects"]}
        self.assertTrue(subjects)
        self.assertTrue(subjects.isdisjoint(name.split("/")[2] for name in names))
        named = self.tvp("run", "create", "first-write", "--dry-run", **self.two_cpus).out
        self.assertIn("\n  create/noop/same-core/memory_mib=16,", named)
        self.assertIn("\nfirst-write:", named)
        self.assertEqual([name for name in names if name.startswith(("create/", "first-write/")) and "=" in name], [])

    def test_one_cell_of_each_executor(self):
        finished = self.gbench("--benchmark_filter=^scaling/primes/[a-z]+/1/none/", "--benchmark_format=json",
                               "--benchmark_min_time=0.02")
        self.assert_status(0, finished)
        executors = ("serial", "thread", "fork")
        benchmarks = self.benchmarks(finished.out, len(executors))
        self.assertEqual([benchmark["name"] for benchmark in benchmarks],
                         ["scaling/primes/%s/1/none%s" % (executor, SUFFIX) for executor in executors])
        for benchmark in benchmarks:
            # Google Benchmark's own CPU time leaves out what other processes use; this counter must not
            self.assertGreater(benchmark["workers_cpu_ns"], 0)
            self.assertLess(benchmark["workers_cpu_ns"], 3 * benchmark["real_time"], benchmark)
            self.assertGreater(benchmark["ops_per_second"], 0)
        self.assert_nothing_left()

    def test_creating(self):
        finished = self.gbench("--benchmark_filter=^create/.*/same-core/", "--benchmark_format=json",
                               "--benchmark_min_time=0.02")
        self.assert_status(0, finished)
        times = {benchmark["name"].split("/")[2]: benchmark["real_time"]
                 for benchmark in self.benchmarks(finished.out, len(EXECUTORS))}
        self.assertLess(times["thread"], times["fork"])
        self.assert_nothing_left()

    def test_flags(self):
        finished = self.gbench("--benchmark_filter=^harness/", "--benchmark_out=out.json",
                               "--benchmark_out_format=json", "--benchmark_format=csv", "--benchmark_repetitions=3",
                               "--benchmark_min_time=0.01")
        self.assert_status(0, finished)
        with open(self.scratch.path("out.json"), encoding="utf-8") as file:
            document = file.read()
        names = {entry["run_type"] for entry in json.loads(document)["benchmarks"]}
        self.assertEqual(names, {"iteration", "aggregate"})
        self.assertEqual(json.loads(document)["context"]["tvp_version"], self.tvp("--version").out.split()[1])
        rows = [row for row in csv.reader(finished.out.splitlines()) if row and row[0].startswith("harness/")]
        self.assertGreaterEqual(len(rows), 3)

    def test_filter_that_finds_nothing(self):
        finished = self.gbench("--benchmark_filter=^xyzzy$")
        self.assertEqual(finished.out, "")
        self.assertIn("xyzzy", finished.err)

    def test_help(self):
        finished = self.gbench("--help")
        self.assert_status(0, finished)
        self.assertRegex(finished.out, r"\AUsage: tvp gbench .*\n(.*\n)*.*\bpool\b(.*\n)*.*--benchmark_filter")
        self.assert_nothing_left()

    def test_unknown_flag(self):
        finished = self.gbench("--benchmark_xyzzy=1")
        self.assertNotEqual(finished.status, 0)
        self.assertEqual(finished.out, "")
        self.assertIn("--benchmark_xyzzy", finished.err)


if __name__ == "__main__":
    main()
