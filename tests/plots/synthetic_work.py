#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Writes made-up runs of `io`, `oversubscribe` and `placement`: plausible numbers, no measurement.

    python3 synthetic_work.py FOLDER     one sub-folder a case
"""
import math
import os
import sys

import synthetic
from synthetic import around

QUESTIONS = {
    "io": "How much waiting can be done at a time, and what does each who waits cost?",
    "oversubscribe": "What do more workers than cores cost?",
    "placement": "Does it matter where workers run?",
}
UNITS = {"throughput": "1/s", "memory": "KiB", "cpu-time": "ns", "switches": "/op"}
# operations per second of one worker, of all there can be; KiB of a worker
WAITING = {"sleep": (920, 2e6, 12), "file-read": (150_000, 520_000, 25), "echo": (56_000, 170_000, 16),
           "crawl": (430, 14_000, 57), "file-write": (190_000, 600_000, 80)}
WORKING = {"primes": 51_000, "sort": 9_400, "triad": 2_100}
# throughput and memory over those of a thread
EXECUTORS = {"thread": (1, 1), "fork": (0.85, 6), "forkserver": (0.84, 7), "spawn": (0.8, 11),
             "event-loop": (1.8, 0.01)}
PLACED = {"compact": 1.02, "scatter": 1.05, "smt": 0.62, "numa": 0.97, "same-core": 0.51}
PARAMS = {"sleep": "us=1000", "echo": "bytes=64;delay_us=0;port=0", "triad": "kib=65536;pages=system",
          "crawl": "pages=1024;seeds=256;links=8;bytes=1024;delay_us=2000;latency=fixed;port=0"}
SMT = "no core here has two usable hardware threads"


class Folder(synthetic.Folder):
    def __init__(self, seed=51, run_id="20250701T100000Z-79a0eef", **options):
        super().__init__(seed, run_id, **options)
        self.run["experiments"] = [{"name": name, "question": text} for name, text in QUESTIONS.items()]

    def cell(self, experiment, workload, executor, workers, figure, value, placement="none", variant=""):
        row = self.add(experiment, workload, executor, workers, figure, placement, variant, unit=UNITS[figure])
        row["params"] = ";".join(filter(None, (PARAMS.get(workload, ""), variant)))
        value *= self.random.uniform(0.97, 1.03)
        row["median"], row["median_low"], row["median_high"] = around(value, self.random.uniform(0.01, 0.06))
        return row

    def compare(self, row, baseline, ratio):
        ratio *= self.random.uniform(0.99, 1.01)
        row["baseline"] = baseline["cell"]
        row["ratio"], row["ratio_low"], row["ratio_high"] = around(ratio, self.random.uniform(0.005, 0.05))

    def io(self, workloads=WAITING, executors=EXECUTORS, levels=(2, 8, 32, 128), variants=("",)):
        for workload in workloads:
            rate, most, kib = WAITING.get(workload, WAITING["echo"])
            for executor in executors:
                faster, larger = EXECUTORS.get(executor, (1, 3))
                for workers in levels:
                    for variant in variants:
                        values = (min(rate * workers, most) * faster, kib * larger, 1e9 / rate, faster * 1.02)
                        for figure, value in zip(UNITS, values):
                            self.cell("io", workload, executor, workers, figure, value, variant=variant)
        return self

    def oversubscribe(self, workloads=WORKING, executors=("thread", "fork"), levels=(2, 4, 8, 16, 32, 64)):
        for workload in workloads:
            for executor in executors:
                first = None
                for workers in levels:
                    ratio = 1 - 0.02 * math.log2(workers / levels[0])
                    row = self.cell("oversubscribe", workload, executor, workers, "throughput",
                                    WORKING.get(workload, 1000) * ratio)
                    if first:
                        self.compare(row, first, ratio)
                    first = first or row
        return self

    def placement(self, workloads=("primes", "triad", "pointer-chase", "echo"), executors=("thread", "fork"),
                  placements=tuple(PLACED), workers=2):
        for workload in workloads:
            bases = {executor: self.cell("placement", workload, executor, workers, "throughput", 50_000)
                     for executor in executors}
            for placement in placements:
                for executor in executors:
                    ratio = PLACED.get(placement, 1.1)
                    row = self.cell("placement", workload, executor, workers, "throughput", 50_000 * ratio, placement)
                    self.compare(row, bases[executor], ratio)
        # All placements are compared with one another: they are of one group.
        for row in self.rows:
            if row["experiment"] == "placement":
                row["group"] = "placement/%s/all" % row["workload"]
        return self

    def without(self, status, reason, **wanted):
        """Takes the numbers of these cells away."""
        for row in self.rows:
            if all(row[name] == value for name, value in wanted.items()):
                self.fail(row, status, reason)
        return self

    def without_intervals(self):
        for row in self.rows:
            row.update(dict.fromkeys([name for name in row if name.endswith(("_low", "_high"))], ""))
        return self


def everything(**options):
    return Folder(**options).io().oversubscribe().placement()


def small():
    return Folder().io(("echo", "sleep")).oversubscribe(("sort",)).placement(("triad", "echo"))


def plain():
    """As a run without options has them."""
    folder = Folder().io(("echo", "crawl"), ("thread", "fork", "event-loop"), (32,))
    return folder.oversubscribe(("primes",), levels=(2, 16)).placement(("primes",), placements=("compact", "same-core"))


def failures():
    folder = Folder().io(("echo", "crawl", "sleep")).oversubscribe(("primes", "sort")).placement(("primes", "echo"))
    folder.without("skipped", SMT, placement="smt")
    folder.without("failed", "worker 20: fork: Resource temporarily unavailable", executor="fork", workers=32)
    folder.without("failed", "no", experiment="placement", workload="echo", executor="thread", placement="none")
    folder.without("failed", "the server has ended", experiment="io", workload="crawl")
    for row in folder.rows:
        if row["workload"] == "echo" and row["executor"] == "thread" and row["placement"] not in ("none", "smt"):
            row.update(ratio="", ratio_low="", ratio_high="")
        if row["executor"] == "event-loop" and row["figure"] == "memory" and row["workers"] == 2:
            row.update(median="0", median_low="0", median_high="0")
    return folder


def many_cores():
    folder = Folder(cores=64)
    levels = (64, 128, 192, 256, 512, 1024, 4096)
    folder.io(("echo",), (*EXECUTORS, "io-uring"), levels, ("", "block=4"))
    folder.oversubscribe([*WORKING, "nbody"], (*EXECUTORS,), (64, 128, 256, 512, 1024, 2048))
    return folder.placement([*WORKING, "echo", "crawl"], ("thread", "fork", "spawn"), [*PLACED, "spread-out"], 64)


def hostile():
    folder = Folder().io(("echo", "sleep")).oversubscribe(("primes",)).placement(("primes", "echo"))
    for row in folder.rows:
        row["params"] += r";$x^{2=\u202e\frac;<b>=" + "y" * 300
        row["workload"] = {"primes": r"$\frac{1}{0}$" + "\u202e測試" * 30, "echo": "e" * 300}.get(
            row["workload"], row["workload"])
        row["executor"] = row["executor"].replace("fork", "$\\fork{\x1b]0;x\x07" + "z" * 90)
        row["placement"] = row["placement"].replace("scatter", "$_{\u202e" + "s" * 90)
    folder.run["experiments"] = [{"name": name, "question": "What $does_{it cost\x07 " + "very " * 60 + "?"}
                                 for name in QUESTIONS]
    return folder


CASES = {"everything": everything, "plain": plain, "failures": failures, "many-cores": many_cores, "hostile": hostile}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    for name, case in CASES.items():
        print(case().write(os.path.join(sys.argv[1], name)))


if __name__ == "__main__":
    main()
