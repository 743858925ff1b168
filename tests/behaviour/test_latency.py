#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Experiment `latency`: what latency.csv has agrees with samples.csv, and the page says which quantiles are not known."""
import collections
import csv
import math

from tvp_case import Run, TvpCase, main

COLUMNS = "schema,run_id,machine_id,cell,block,batch,begin_ns,end_ns,low_ns,high_ns,count"
RATE, LENGTH_MS, SLEEP_US = 4000, 50, 300
OPERATIONS = RATE * LENGTH_MS // 1000
EXECUTORS = ("thread", "fork", "event-loop")


class Latency(TvpCase):
    def setUp(self):
        super().setUp()
        self.finished = self.tvp(
            "run", "latency", "--workloads", "sleep", "--executors", ",".join(EXECUTORS), "--workers", "8", "--set",
            "rate=%d" % RATE, "--set", "length_ms=%d" % LENGTH_MS, "--set", "us=%d" % SLEEP_US, "--set",
            "arrivals=even", "--budget", "3s", "--max-blocks", "2", "--out", "run")
        self.assert_status(0, self.finished)
        self.run_made = Run(self.scratch.path("run"))

    def bins(self):
        """(cell, block, batch) → rows, of latency.csv."""
        with open(self.scratch.path("run", "latency.csv"), newline="", encoding="utf-8") as stream:
            self.assertEqual(stream.readline().rstrip("\n"), COLUMNS)
            stream.seek(0)
            found = collections.defaultdict(list)
            for row in csv.DictReader(stream, strict=True):
                self.assertEqual(row["run_id"], self.run_made.json["run_id"])
                numbers = {name: int(row[name]) for name in ("begin_ns", "end_ns", "low_ns", "high_ns", "count")}
                found[row["cell"], row["block"], row["batch"]].append(numbers)
        return found

    def test_both_files_say_the_same(self):
        bins = self.bins()
        samples = [row for row in self.run_made.samples if row["experiment"] == "latency" and row["figure"] == "p50"]
        self.assertEqual(len({row["executor"] for row in samples}), len(EXECUTORS))
        self.assertEqual({(row["cell"], row["block"], row["batch"]) for row in samples}, set(bins))
        for sample in samples:
            rows = bins[sample["cell"], sample["block"], sample["batch"]]
            self.assertEqual(sum(row["count"] for row in rows), int(sample["ops"]))
            self.assertEqual(int(sample["ops"]), OPERATIONS)
            by_stretch = collections.Counter()
            for row in rows:
                by_stretch[row["begin_ns"], row["end_ns"]] += row["count"]
                self.assertGreater(row["high_ns"], SLEEP_US * 1000)  # nothing is over before it can be
                self.assertLessEqual(row["low_ns"], int(sample["wall_ns"]))
            stretch_ns = LENGTH_MS * 100000
            self.assertEqual(by_stretch, {(i * stretch_ns, (i + 1) * stretch_ns): OPERATIONS // 10 for i in range(10)})
            seen = 0
            for row in sorted(rows, key=lambda row: row["low_ns"]):
                seen += row["count"]
                if seen >= math.ceil(OPERATIONS / 2):
                    break
            self.assertTrue(row["low_ns"] <= float(sample["value"]) < row["high_ns"], (row, sample["value"]))

    def test_the_page_says_what_is_not_known(self):
        known = {row["figure"]: row["value"] != "" for row in self.run_made.samples if row["experiment"] == "latency"}
        self.assertEqual(known, {"p99": False, "p50": True, "p90": True, "p99.9": False, "achieved": True})
        lines = [line for line in self.finished.out.splitlines() if line.split()[:1] == ["thread"]]
        self.assertRegex(lines[0], "no p99")
        self.assertRegex(self.finished.out, r"Unknown    p99 of latency/sleep/\S+\s.*: ")
        self.assertNotIn("Skipped", self.finished.out)
        self.assertNotIn("p99.9", self.finished.out)


if __name__ == "__main__":
    main()
