#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Writes made-up runs of `scaling` that follow a law whose parameters are known, with their samples.

    python3 synthetic_laws.py FOLDER     one sub-folder a case
"""
import csv
import math
import os
import statistics
import sys

import synthetic

SAMPLE_COLUMNS = (
    "schema,run_id,machine_id,experiment,group,cell,workload,executor,workers,placement,params,block,position,batch,"
    "start_ns,ops,wall_ns,user_ns,sys_ns,minor_faults,major_faults,voluntary_switches,involuntary_switches,figure,"
    "value,unit,better,status,reason,cpuset,cpu"
).split(",")
COMMON = SAMPLE_COLUMNS[: SAMPLE_COLUMNS.index("block")]
TRUTH = {  # lambda, alpha, beta
    "thread": (0.99, 0.03, 0.0012),
    "fork": (0.98, 0.05, 0.0002),
    "forkserver": (0.98, 0.08, 0.0),
    "spawn": (0.97, 0.12, 0.003),
}
BATCHES = 3


def usl(workers, size, alpha, beta):
    return size * workers / (1 + alpha * (workers - 1) + beta * workers * (workers - 1))


class LawFolder(synthetic.Folder):
    """A made-up run that has samples.csv."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.samples = []
        self.run["experiments"][1]["figures"] = [{"name": "throughput", "summary": "operations per second"}]

    def workload(self, name, levels, speedup, executors=("thread", "fork"), cpu=0.99, noise=0.02, **options):
        """`speedup`: (executor, workers) → truth. `cpu`: CPU time over wall time of the serial code."""
        machine = [self.random.gauss(0, noise) for _ in range(self.blocks)]  # what all cells of a block have in common
        serial = self._cell(name, "serial", 1, 1.0, machine, cpu, noise, options)
        for executor in executors:
            for workers in levels:
                truth = speedup(executor, workers)
                busy = cpu * min(workers, self.run["environment"]["cores_usable"])
                row, values = self._cell(name, executor, workers, truth, machine, busy, noise, options)
                row["reference"] = serial[0]["cell"]
                self._add_estimates(row, values, serial[1], workers)

    def _cell(self, name, executor, workers, truth, machine, busy, noise, options):
        row = self.add("scaling", name, executor, workers, "throughput", unit="1/s", **options)
        values = []
        for block, common in enumerate(machine):
            own = [1000 * truth * math.exp(common + self.random.gauss(0, noise)) for _ in range(BATCHES)]
            values.append(statistics.median(own))
            for batch, value in enumerate(own):
                self._sample(row, block, batch, value, busy)
        row["median"] = repr(statistics.median(values))
        return row, values

    def _sample(self, row, block, batch, value, busy):
        sample = dict.fromkeys(SAMPLE_COLUMNS, "")
        sample.update({name: row[name] for name in COMMON + ["figure", "unit", "better"]})
        sample.update(block=block, position=0, batch=batch, start_ns=block * 10**9, ops=100, wall_ns=10**7,
                      user_ns=int(busy * 10**7), sys_ns=0, value=repr(value), status="ok")
        self.samples.append(sample)

    @staticmethod
    def _add_estimates(row, values, serial, workers):
        logs = [math.log(value / base) for value, base in zip(values, serial)]
        width = 2.1 * statistics.stdev(logs) / math.sqrt(len(logs)) if len(logs) > 5 else None
        centre = statistics.median(logs)
        for column, by in (("speedup", 1), ("efficiency", workers)):
            row[column] = repr(math.exp(centre) / by)
            if width is not None:
                row[column + "_low"], row[column + "_high"] = (
                    repr(math.exp(end) / by) for end in (centre - width, centre + width))

    def write(self, path):
        super().write(path)
        with open(os.path.join(path, "samples.csv"), "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, SAMPLE_COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.samples)
        return path


def law(executor, workers):
    return usl(workers, *TRUTH[executor])


def within(cores):
    """Work that computes: the law up to the cores, and a plateau beyond."""
    return lambda executor, workers: law(executor, min(workers, cores))


def eight_cores():
    folder = LawFolder(1, "20250114T093012Z-79a0eef", cores=8)
    folder.workload("primes", (1, 2, 3, 4, 6, 8, 12, 16), within(8), tuple(TRUTH))
    folder.workload("sleep", (1, 2, 3, 4, 6, 8, 12, 16), law, tuple(TRUTH), cpu=0.02)
    return folder


def two_cores():
    folder = LawFolder(2, "20250114T093012Z-79a0eef", cores=2)
    folder.workload("primes", (1, 2, 4, 8), within(2))
    folder.workload("sleep", (1, 2, 4, 8), law, cpu=0.02)
    return folder


def many_cores():
    folder = LawFolder(3, "20250115T110000Z-79a0eef", machine="x86-64-epyc-9754-64c-77aa01", cores=64)
    folder.workload("primes", synthetic.LEVELS_64 + (192, 256), within(64), tuple(TRUTH), noise=0.01)
    folder.workload("crawl", synthetic.LEVELS_64 + (192, 256),
                    lambda executor, workers: usl(workers, 1, 0.0004, 0.0000004), tuple(TRUTH), 0.02, 0.01)
    return folder


def many_workloads():
    folder = LawFolder(4, "20250116T110000Z-79a0eef", blocks=12, cores=4)
    for i in range(10):
        folder.workload("workload-%d" % i, (1, 2, 3, 4, 8), within(4), tuple(TRUTH))
    for placement in ("compact", "scatter"):
        folder.workload("primes", (1, 2, 3, 4, 8), within(4), placement=placement)
    return folder


CASES = {
    "eight-cores": eight_cores,
    "two-cores": two_cores,
    "many-cores": many_cores,
    "many-workloads": many_workloads,
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    for name, case in CASES.items():
        print(case().write(os.path.join(sys.argv[1], name)))


if __name__ == "__main__":
    main()
