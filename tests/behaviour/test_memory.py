#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Memory bandwidth and latency in a run: figures that can be computed again from what is beside them in samples.csv."""
from tvp_case import Run, TvpCase, main

TRIAD_BYTES = 24  # of an element: two reads and a write
TRIAD_ELEMENTS = 65536  # of an operation, or as many as whole sweeps over smaller arrays come to
CHASE_LOADS = 4093


class Memory(TvpCase):
    def measure(self, experiment, sizes, *arguments):
        self.assert_status(0, self.tvp("run", experiment, "--set", "kib=" + sizes, "--executors", "serial,thread,fork",
                                       "--workers", "1,2", "--budget", "1s", "--max-blocks", "2", "--out", experiment,
                                       *arguments))
        rows = Run(self.scratch.path(experiment)).samples
        return [row for row in rows if row["experiment"] == experiment]

    def assert_figure(self, rows, figure, unit, expected):
        """`expected`: what a row's value has to be."""
        self.assertEqual({(row["executor"], row["workers"]) for row in rows},
                         {("serial", "1"), ("thread", "1"), ("thread", "2"), ("fork", "1"), ("fork", "2")})
        for row in rows:
            self.assertEqual((row["status"], row["figure"], row["unit"]), ("ok", figure, unit), row["reason"])
            self.assertAlmostEqual(float(row["value"]) / expected(row), 1, 5)

    def test_bandwidth(self):
        def elements(row):
            kib = int(row["params"].split(";")[0].replace("kib=", ""))
            each = kib * 1024 // TRIAD_BYTES // 16 * 16
            return TRIAD_ELEMENTS if each >= TRIAD_ELEMENTS else -(-TRIAD_ELEMENTS // each) * each

        rows = self.measure("memory-bandwidth", "16,2048")
        self.assert_figure(rows, "bandwidth", "GB/s",
                           lambda row: int(row["ops"]) * elements(row) * TRIAD_BYTES / int(row["wall_ns"]))

    def test_latency(self):
        rows = self.measure("memory-latency", "16,4096")
        self.assert_figure(rows, "load", "ns", lambda row: int(row["wall_ns"]) * int(row["workers"])
                           / int(row["ops"]) / CHASE_LOADS)

    def test_what_memory_does_not_hold_is_skipped(self):
        if self.memory_gib() > 100:
            self.skipTest("this machine would hold all of it")
        rows = self.measure("memory-latency", "16,67108864")
        for row in rows:
            if row["params"].startswith("kib=16;"):
                self.assertEqual(row["status"], "ok", row["reason"])
            else:
                self.assertEqual(row["status"], "skipped")
                self.assertRegex(row["reason"], "it takes (65536|131072) MiB of memory, and may take")
        self.assertEqual(len({row["params"] for row in rows}), 2)

    def memory_gib(self):
        with open("/proc/meminfo", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("MemTotal:")) >> 20


if __name__ == "__main__":
    main()
