#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Writes made-up runs of `memory-bandwidth` and `memory-latency`: plausible numbers, no measurement.

    python3 synthetic_memory.py FOLDER     one sub-folder a case
"""
import os
import sys

import synthetic
from synthetic import around

SIZES = (16, 32, 64, 256, 1024, 2048, 4096, 16384, 65536, 262144, 1048576)
QUESTIONS = {
    "memory-bandwidth": "How fast is memory read and written, alone and on all cores at once?",
    "memory-latency": "How long does a load take, alone and while all cores load?",
}
FIGURES = {"memory-bandwidth": ("triad", "bandwidth", "GB/s"), "memory-latency": ("pointer-chase", "load", "ns")}
# KiB of a worker's share of each cache, GB/s of one worker and ns per load where its memory fits
LEVELS = ((48, 240, 1.4), (2048, 110, 5), (32768, 30, 22), (1 << 40, 12, 95))
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE topology SYSTEM "hwloc2.dtd">\n<topology version="2.0">\n'


def topology(cores=2, l1=48, l2=2048, l3=32768):
    """As hwloc writes it, without what nobody reads; sizes in KiB."""
    def cache(level, kib, kind, inner):
        size = 'cache_size="%d" depth="%d" cache_linesize="64" cache_type="%d"' % (kib << 10, level, kind)
        return '<object type="L%dCache" os_index="0" %s>\n<info name="Inclusive" value="0"/>\n%s</object>\n' % (
            level, size, inner)

    core = '<object type="Core" os_index="%d"><object type="PU" os_index="%d"/></object>\n'
    own = [cache(2, l2, 0, cache(1, l1, 1, core % (i, i))) for i in range(cores)]
    inside = cache(3, l3, 0, "".join(own)) if l3 else "".join(own)
    return HEAD + '<object type="Machine" os_index="0">\n' + inside + "</object>\n</topology>\n"


class Folder(synthetic.Folder):
    """Also writes topology.xml."""

    def __init__(self, seed, run_id, xml=topology(), **options):
        super().__init__(seed, run_id, **options)
        self.xml = xml
        self.run["experiments"] = [
            {"name": name, "question": text, "figures": [{"name": FIGURES[name][1], "unit": FIGURES[name][2],
                                                          "better": "lower", "summary": "what it is"}]}
            for name, text in QUESTIONS.items()
        ]

    def curves(self, experiment, executors=("serial", "thread", "fork"), workers=(1, 2), sizes=SIZES, **settings):
        workload, figure, unit = FIGURES[experiment]
        for kib in sizes:
            for executor in executors:
                for count in (1,) if executor == "serial" else workers:
                    _, bandwidth, latency = next(level for level in LEVELS if kib <= level[0])
                    value = bandwidth * count**0.8 if figure == "bandwidth" else latency * count**0.2
                    value *= self.random.uniform(0.95, 1.05)
                    params = ";".join("%s=%s" % item for item in {"kib": kib, "pages": "system", **settings}.items())
                    row = self.add(experiment, workload, executor, count, figure, variant=params, unit=unit)
                    row["median"], row["median_low"], row["median_high"] = around(
                        value, self.random.uniform(0.005, 0.06))

    def both(self, **options):
        for experiment in FIGURES:
            self.curves(experiment, **options)
        return self

    def write(self, path):
        super().write(path)
        if self.xml is not None:
            with open(os.path.join(path, "topology.xml"), "w", encoding="utf-8") as file:
                file.write(self.xml)
        return path


def two_cores():
    return Folder(31, "20250601T100000Z-79a0eef").both()


def many_cores():
    folder = Folder(32, "20250602T100000Z-79a0eef", topology(64, 32, 1024, 262144), cores=64)
    folder.both(executors=("serial", "thread", "fork", "spawn"), workers=(1, 8, 64))
    for row in folder.rows:
        if "kib=1048576;" in row["params"] and row["workers"] == 64:
            folder.fail(row, "skipped", "it takes 65536 MiB of memory, and may take 30000 MiB")
    return folder


def failures():
    """A hole in a line, an executor that is refused, no intervals, no topology."""
    folder = Folder(33, "20250603T100000Z-79a0eef", None).both()
    for row in folder.rows:
        if row["executor"] == "fork" and (row["workers"] == 2 or "kib=1024;" in row["params"]):
            folder.fail(row, "failed", "fork: Resource temporarily unavailable")
        for column in [name for name in row if row["executor"] == "thread" and name.endswith(("_low", "_high"))]:
            row[column] = ""
    return folder


def hostile():
    folder = Folder(34, "20250604T100000Z-79a0eef", topology().replace("49152", "&#x202e;9"))
    folder.both(executors=("thread", "$\\spawn{\x1b]0;x\x07", "a-way-with-a-name-that-is-much-too-long-to-be-drawn"))
    for row in folder.rows:
        row["params"] += r";$x^{2=\u202e\frac;<b>=" + "y" * 300
        row["workload"] = r"$\frac{1}{0}$"
    return folder


CASES = {"two-cores": two_cores, "many-cores": many_cores, "failures": failures, "hostile": hostile}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    for name, case in CASES.items():
        print(case().write(os.path.join(sys.argv[1], name)))


if __name__ == "__main__":
    main()
