#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Writes made-up runs of `latency`: plausible numbers, no measurement. What every operation took is kept, as the truth.

    python3 synthetic_latency.py FOLDER     one sub-folder a case
"""
import math
import os
import sys

import synthetic

QUESTION = "How long do those wait who come when they like?"
FIGURES = ("p99", "p50", "p90", "p99.9")
COLUMNS = "schema,run_id,machine_id,cell,block,batch,begin_ns,end_ns,low_ns,high_ns,count".split(",")
BLOCKS = "schema,run_id,machine_id,block,start_ns,wall_ns,status,reason".split(",")
BATCHES, SLICES = 3, 10
MEANS = {"thread": 180e3, "fork": 210e3, "event-loop": 90e3}  # ns, at a low rate


def bucket(ns):
    """[low, high) of the bucket that counts it, sixteen to a factor of two."""
    if ns < 16:
        return ns, ns + 1
    width = 1 << (ns.bit_length() - 5)
    return ns // width * width, ns // width * width + width


class Folder(synthetic.Folder):
    """Also writes latency.csv and blocks.csv."""

    def __init__(self, seed, run_id, blocks=12, **options):
        super().__init__(seed, run_id, blocks, **options)
        summary = {"unit": "ns", "better": "lower", "summary": "what it is"}
        self.run["experiments"] = [{"name": "latency", "question": QUESTION,
                                    "figures": [dict(summary, name=name) for name in FIGURES]}]
        self.invalid = {}  # block → why
        self.truth = {}  # cell → (block, batch, slice) → what each operation took
        self.length_ms = {}
        self.tail = b""  # behind the rows, as a crash leaves it

    def cell(self, executor, rate=2000, length_ms=100, workload="echo", workers=32, took=None, skip=(), **settings):
        """`took`: (block, batch, slice) → what operations took on average."""
        params = {**settings, "rate": rate, "arrivals": "poisson", "length_ms": length_ms}
        params = ";".join("%s=%s" % item for item in params.items())
        for figure in FIGURES:
            row = self.add("latency", workload, executor, workers, figure, variant=params, unit="ns")
            row["median"], row["median_low"], row["median_high"] = synthetic.around(4e5, 0.02)
        self.length_ms[row["cell"]] = length_ms
        own = self.truth.setdefault(row["cell"], {})
        mean = MEANS.get(executor, 150e3) * (1 + rate / 20000)
        each = max(1, rate * length_ms // 1000 // SLICES)
        for block in range(self.blocks + 1 if self.tail else self.blocks):
            of_block = math.exp(self.random.gauss(0, 0.1))
            for batch in range(BATCHES):
                for i in range(SLICES):
                    if block not in skip:
                        usual = took(block, batch, i) if took else mean * of_block
                        own[block, batch, i] = [int(usual * math.exp(self.random.gauss(0, 0.5))) + 1
                                                for _ in range(each)]
        return row["cell"]

    def latencies(self, cell):
        """Ascending, of the blocks that count."""
        return sorted(ns for (block, _, _), own in self.truth[cell].items()
                      for ns in own if block not in self.invalid and block < self.run["blocks"])

    def bins(self):
        for cell, own in sorted(self.truth.items()):
            slice_ns = self.length_ms[cell] * 1000000 // SLICES
            for (block, batch, i), took in own.items():
                counts = {}
                for ns in took:
                    counts[bucket(ns)] = counts.get(bucket(ns), 0) + 1
                for (low, high), count in sorted(counts.items()):
                    yield block, [1, self.run["run_id"], self.run["machine_id"], '"%s"' % cell.replace('"', '""'), block,
                                  batch, i * slice_ns, (i + 1) * slice_ns, low, high, count]

    def write(self, path):
        super().write(path)
        with open(os.path.join(path, "latency.csv"), "wb") as file:
            file.write(",".join(COLUMNS).encode() + b"\n")
            for _, values in sorted(self.bins(), key=lambda item: item[0]):
                file.write(",".join(map(str, values)).encode() + b"\n")
            file.write(self.tail)
        with open(os.path.join(path, "blocks.csv"), "w", encoding="utf-8") as file:
            file.write(",".join(BLOCKS) + "\n")
            for block in range(self.blocks):
                why = self.invalid.get(block, "")
                file.write("1,%s,%s,%d,%d,%d,%s,%s\n" % (self.run["run_id"], self.run["machine_id"], block, block, 1,
                                                         "invalid" if why else "ok", why))
        return path


def two_cores():
    folder = Folder(41, "20250701T100000Z-79a0eef")
    for executor in MEANS:
        folder.cell(executor)
    return folder


def many_rates():
    folder = Folder(42, "20250702T100000Z-79a0eef", 24)
    for rate in (1000, 2000, 4000, 8000, 16000):
        for executor in ("thread", "fork", "forkserver", "spawn", "event-loop"):
            folder.cell(executor, rate, 40)
    folder.invalid = {3: "steal", 4: "steal", 11: "swap"}
    return folder


def failures():
    """An executor that is refused, one that fails in some blocks, too few blocks for bands, quantiles not known."""
    folder = Folder(43, "20250703T100000Z-79a0eef", 6)
    folder.cell("thread")
    folder.cell("fork", skip=(2, 3))
    folder.truth[folder.cell("spawn")].clear()
    for row in folder.rows:
        if row["executor"] == "spawn":
            folder.fail(row, "failed", "posix_spawn: Resource temporarily unavailable")
        elif row["figure"] == "p99":
            folder.fail(row, "skipped", "not measured in a cell like this")
    folder.invalid = {5: "steal"}
    return folder


def hostile():
    folder = Folder(44, "20250704T100000Z-79a0eef")
    for executor in ("thread", "$\\spawn{\x1b]0;x\x07", "a-way-with-a-name-that-is-much-too-long-to-be-drawn"):
        folder.cell(executor, workload=r"$\frac{1}{0}$ ../../etc", **{r"$x^{2=\u202e\frac;<b>": "y" * 300})
    return folder


CASES = {"two-cores": two_cores, "many-rates": many_rates, "failures": failures, "hostile": hostile}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    for name, case in CASES.items():
        print(case().write(os.path.join(sys.argv[1], name)))


if __name__ == "__main__":
    main()
