#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Experiments over a pool, small: every way to hand tasks in, what is measured beside it, and tasks that fail."""
import collections
import csv
import os

from tvp_case import TVP_TEST, Run, TvpCase, main

POOLS = ("thread", "fork", "forkserver", "spawn")
USAGE = ("user_ns", "sys_ns", "minor_faults", "major_faults", "voluntary_switches", "involuntary_switches")


class FarmCase(TvpCase):
    def measure(self, *arguments, blocks=1):
        finished = self.tvp("run", *arguments, "--budget", "1s", "--max-blocks", blocks, "--out", "run")
        self.assert_status(0, finished)
        self.assert_nothing_left()
        self.said = finished
        return Run(self.scratch.path("run"))

    def assert_cells(self, run, experiment, count):
        """So many cells, each of which was measured."""
        rows = run.rows(experiment=experiment)
        self.assertEqual({(row["cell"], row["status"], row["reason"]) for row in rows if row["status"] != "ok"}, set())
        self.assertEqual(len({row["cell"] for row in rows}), count)
        for row in rows:
            self.assertGreater(float(row["wall_ns"]), 0, row)
            self.assertGreater(int(row["ops"]), 0, row)
        return rows


class Entries(FarmCase):
    def test_each_under_each_executor(self):
        entries = ("map", "map-async", "apply", "apply-async", "imap-unordered")
        run = self.measure("dispatch", "--executors", ",".join(POOLS), "--workers", "3", "--set",
                           "entry=" + ",".join(entries), "--set", "schedule=dynamic", "--set", "chunk=4")
        rows = self.assert_cells(run, "dispatch", len(entries) * len(POOLS))
        for row in rows:
            # Who lives on in a process of its own has not told yet what it has used: nothing, not 0.
            self.assertEqual([row[name] != "" for name in USAGE], [row["executor"] == "thread"] * len(USAGE), row)
            self.assertAlmostEqual(float(row["value"]) * int(row["ops"]) / float(row["wall_ns"]), 1, delta=1e-9)

    def test_outputs_are_brought_back(self):
        """With payloads that are not shared memory, by calls that each bring one output back."""
        run = self.measure("dispatch", "--executors", "thread,fork", "--set", "entry=apply,apply-async,imap-unordered",
                           "--set", "schedule=dynamic", "--set", "chunk=4", "--set", "payload=copy")
        self.assert_cells(run, "dispatch", 3 * 2)

    def test_bound(self):
        run = self.measure("dispatch", "--executors", "thread,fork,spawn", "--placement", "same-core", "--workers", "2",
                           "--set", "entry=map,apply", "--set", "schedule=static", "--set", "chunk=0")
        for row in self.assert_cells(run, "dispatch", 2 * 3):
            self.assertRegex(row["cpuset"], r"\A\d+\Z")


class Payloads(FarmCase):
    def test_what_an_executor_has_not_is_skipped(self):
        run = self.measure("payload", "--set", "bytes=9,70000")
        rows = run.rows(experiment="payload")
        states = {(row["executor"], row["params"]): (row["status"], row["reason"]) for row in rows}
        self.assertEqual(len(states), 2 * 2 * 4)
        for (executor, params), (status, reason) in states.items():
            refused = executor == "fork" and "payload=pointer" in params
            self.assertEqual(status, "skipped" if refused else "ok", (executor, params, reason))
            if refused:
                self.assertRegex(reason, "fork cannot follow a pointer")
        self.assertRegex(self.said.out, r"(?m)^Skipped +payload/checksum/fork/.*payload=pointer")


class RoundTrips(FarmCase):
    def test_beside_a_bare_one(self):
        run = self.measure("round-trip", "--executors", "thread,fork", "--workers", "2", "--placement", "same-core")
        rows = self.assert_cells(run, "round-trip", 2)
        figures = {(row["executor"], row["batch"], row["figure"]): float(row["value"]) for row in rows}
        for (executor, batch, figure), value in figures.items():
            if figure == "call":
                bare_ns = value / figures[executor, batch, "over-futex"]
                # Two system calls and two switches: no clock tick, and no second.
                self.assertGreater(bare_ns, 100)
                self.assertLess(bare_ns, 1e9)
        for row in rows:
            if row["figure"] == "call":  # a map of one task for each of the two workers
                self.assertAlmostEqual(float(row["wall_ns"]) / float(row["value"]), int(row["ops"]) / 2, delta=1e-3)


class Granularity(FarmCase):
    def test_a_worker_for_every_task(self):
        run = self.measure("granularity", "--workers", "1,2", "--set", "length_ns=1000", "--set", "recycle=1", "--set",
                           "schedule=dynamic", "--set", "chunk=1")
        self.assert_cells(run, "granularity", 1 + 2 * len(POOLS))

    def test_tasks_are_as_long_as_they_are_said_to_be(self):
        run = self.measure("granularity", "--executors", "serial", "--workers", "1", "--set",
                           "length_ns=10000,1000000", "--set", "recycle=0", "--set", "schedule=auto", "--set", "chunk=0")
        rows = self.assert_cells(run, "granularity", 2)
        rates = {length: max(float(row["value"]) for row in rows if "length_ns=%d;" % length in row["params"])
                 for length in (10000, 1000000)}
        self.assertGreater(rates[10000] / rates[1000000], 10)
        self.assertLess(rates[10000] / rates[1000000], 1000)


class Imbalance(FarmCase):
    TASKS = 24

    def events(self):
        with open(self.scratch.path("run", "timeline.csv"), encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
        events = collections.defaultdict(lambda: collections.defaultdict(list))
        for row in rows:
            self.assertEqual(row["block"], "0")
            events[row["cell"]][row["worker"]].append(
                tuple(int(row[name]) for name in ("begin_ns", "end_ns", "first", "tasks")))
        return events

    def test_timeline(self):
        run = self.measure("imbalance", "--workers", "2", "--set", "length_ns=2000", "--set", "tasks=%d" % self.TASKS,
                           blocks=2)
        rows = self.assert_cells(run, "imbalance", 3 * 3 * 2)
        events = self.events()
        self.assertEqual(set(events), {row["cell"] for row in rows})
        for cell, workers in events.items():
            done = []
            for claims in workers.values():
                for (begin_ns, end_ns, first, tasks), after in zip(claims, claims[1:] + [None]):
                    self.assertLessEqual(begin_ns, end_ns, cell)
                    if after:
                        self.assertLessEqual(end_ns, after[0], cell)
                    done += range(first, first + tasks)
            # Every task once, by either worker.
            self.assertEqual(sorted(done), list(range(2 * self.TASKS)), cell)
        for row in rows:
            value = float(row["value"])
            self.assertGreaterEqual(value, 0.99 if row["figure"] == "over-ideal" else 0, row)
            if row["figure"] != "over-ideal":  # 1: the other worker did it all
                self.assertLessEqual(value, 1, row)
            self.assertEqual(int(row["ops"]) % (2 * self.TASKS), 0)

    def test_others_have_none(self):
        self.measure("dispatch", "--executors", "thread", "--set", "entry=map", "--set", "chunk=4", "--set",
                     "schedule=static")
        self.assertNotIn("timeline.csv", os.listdir(self.scratch.path("run")))


class Failures(FarmCase):
    program = TVP_TEST

    def test_one_task_fails(self):
        reasons = {
            "error": r"1 of \d+ tasks failed",
            "wrong": r"task 1 of \d+ has a wrong result",
            "crash": r"died.* lost",
            "exit": r"died.* lost",
        }
        threads = dict(reasons, crash="signal 11", exit="exited with status 7")
        run = self.measure("granularity", "--workloads", "stumble", "--executors", "serial,thread,fork,spawn", "--set",
                           "how=" + ",".join(["not"] + list(reasons)), "--set", "recycle=0", "--set",
                           "schedule=dynamic", "--set", "chunk=2")
        rows = run.rows(experiment="granularity")
        self.assertEqual(len({row["cell"] for row in rows}), 5 * 4)
        for row in rows:
            how = row["params"].partition("how=")[2].partition(";")[0]
            if how == "not":
                self.assertEqual(row["status"], "ok", row)
                continue
            self.assertEqual((row["status"], row["value"]), ("failed", ""), row)
            if row["executor"] == "serial" and how == "error":
                self.assertRegex(row["reason"], "Numerical argument out of domain")
            else:
                self.assertRegex(row["reason"], (threads if row["executor"] in ("serial", "thread") else reasons)[how])


if __name__ == "__main__":
    main()
