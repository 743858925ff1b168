#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Writes made-up runs of the experiments over a pool: plausible numbers, no measurement.

    python3 synthetic_farm.py FOLDER     one sub-folder a case
"""
import csv
import heapq
import math
import os
import sys

import synthetic
from synthetic import around

INITIAL = {
    "entry": "map", "schedule": "auto", "chunk": 0, "payload": "auto", "recycle": 0, "spin_us": 1000000, "tasks": 0,
}
QUESTIONS = {
    "dispatch": "What does it cost to hand a task to a pool and to get its result?",
    "granularity": "How long must a task be for a pool to pay?",
    "payload": "What does it cost to move a task's data?",
    "imbalance": "How well do schedules share out tasks of unequal length?",
    "round-trip": "What does it cost to wake sleeping workers?",
}
FIGURES = {
    "dispatch": ["task"],
    "granularity": ["throughput"],
    "payload": ["task"],
    "imbalance": ["over-ideal", "idle"],
    "round-trip": ["call", "over-futex"],
}
OWN = ("serial", "thread", "fork", "forkserver", "spawn")
PYTHON = ("python-thread", "python-fork", "python-forkserver", "python-spawn", "python-executor")
PEERS = ("openmp", "tbb", "glib", "libuv") + PYTHON
# ns: handing over a chunk of a map, one task of a stream, one task and back; None: it has no such call
COSTS = {
    "serial": (0.2, 1.4, 1.6),
    "thread": (7.6, 44, 1450),
    "fork": (8.0, 46, 1520),
    "forkserver": (8.1, 47, 1530),
    "spawn": (8.3, 48, 1580),
    "openmp": (22, 130, None),
    "tbb": (34, 75, None),
    "glib": (None, 410, None),
    "libuv": (None, 720, None),
    "python-thread": (14_000, 31_000, 48_000),
    "python-fork": (26_000, 52_000, 88_000),
    "python-forkserver": (26_500, 53_000, 91_000),
    "python-spawn": (27_000, 52_500, 90_000),
    "python-executor": (61_000, 84_000, 145_000),
}
CHUNKS = (1, 4, 16, 64, 256, 1024, 4096, 0)
MODES = {"shared": (9, 0.03), "pointer": (9, 0.03), "copy": (14, 0.22), "pipe": (2600, 0.9)}  # ns, ns per byte
LENGTHS = [100 * 10 ** (i / 2) for i in range(13)]
CREATE = {"thread": 14_200, "fork": 121_000, "forkserver": 140_000, "spawn": 563_000}
SCHEDULES = ("dynamic", "guided", "static")
SHARED_OUT = ({"recycle": 0}, {"schedule": "dynamic", "chunk": 1, "recycle": 1})
CROSSINGS = (
    "schema,run_id,machine_id,experiment,workload,executor,workers,placement,params,figure,parameter,unit,value,low,"
    "high,blocks,status"
).split(",")
TIMELINE = "schema,run_id,machine_id,cell,block,worker,first,tasks,begin_ns,end_ns".split(",")


class Folder(synthetic.Folder):
    """Also writes crossings.csv and timeline.csv."""

    def __init__(self, seed, run_id, workers=2, executors=OWN + PEERS, **options):
        super().__init__(seed, run_id, cores=workers, **options)
        self.workers = workers
        self.executors = executors
        self.crossings = []
        self.events = []
        self.run["experiments"] += [
            {"name": name, "question": text, "figures": [
                {"name": figure, "summary": "what %s means, in words" % figure} for figure in FIGURES[name]
            ]}
            for name, text in QUESTIONS.items()
        ]

    def cell(self, experiment, workload, executor, figure, value, own=None, width=None, placement="none", **settings):
        """`own`: the workload's parameters."""
        own = own or {}
        changed = [item for item in {**own, **settings}.items() if item[1] != INITIAL.get(item[0])]
        params = ";".join("%s=%s" % item for item in {**own, **INITIAL, **settings}.items())
        workers = 1 if executor == "serial" else self.workers
        variant = ";".join("%s=%s" % item for item in changed)
        row = self.add(experiment, workload, executor, workers, figure, placement, variant, params=params, unit="ns")
        if width is None:
            width = self.random.uniform(0.008, 0.04)
        row["median"], row["median_low"], row["median_high"] = around(value, width)
        return row

    def dispatch(self):
        work = 0.9
        for chunk in CHUNKS:
            for name in self.executors:
                cost = COSTS.get(name, (300, 900, 9000))[0]
                if cost is None:
                    continue
                share = work if name == "serial" else work / min(self.workers, 2)
                floor = 38 if name.startswith("python") else share
                least = 1 / max(1, chunk or 512)
                schedule = "dynamic" if chunk else "auto"
                value = (floor + cost * least) * self.random.uniform(0.97, 1.03)
                self.cell("dispatch", "square", name, "task", value, schedule=schedule, chunk=chunk)
        for entry, which, factor in (("apply", 2, 1), ("apply-async", 1, 1), ("imap-unordered", 1, 1.4)):
            for name in self.executors:
                cost = COSTS.get(name, (300, 900, 9000))[which]
                if cost is not None:
                    self.cell("dispatch", "square", name, "task", cost * factor, entry=entry)

    def round_trip(self):
        for placement, ratio in (("same-core", 1.6), ("scatter", 1.15)):
            for name in self.executors:
                if name in PEERS or name == "serial":
                    continue
                ratio *= self.random.uniform(1, 1.05)
                options = {"schedule": "dynamic", "chunk": 1, "spin_us": 0, "tasks": 1}
                options.update(width=0.06, placement=placement)
                self.cell("round-trip", "square", name, "call", 7300 * ratio, **options)
                self.cell("round-trip", "square", name, "over-futex", ratio, **options)["unit"] = "x"

    def granularity(self, crossing=None):
        for recycle in (0, 1):
            for name in [name for name in self.executors if name not in PEERS]:
                if name == "serial" and recycle:
                    continue
                overhead = 70 * COSTS.get(name, (20,))[0] if not recycle else CREATE.get(name, 30000) + 1000
                self._granularity_line(name, recycle, overhead)
                if name != "serial":
                    self._crossing(name, recycle, overhead, crossing)

    def _granularity_line(self, name, recycle, overhead):
        for length in LENGTHS:
            length = int(length)
            speedup = 1.0 if name == "serial" else length / (length + overhead) * self.workers
            speedup *= self.random.uniform(0.97, 1.0)
            row = self.cell("granularity", "busy", name, "throughput", 1e9 / length * speedup,
                            {"length_ns": length, "spread": "even"}, **SHARED_OUT[recycle])
            row["unit"] = "1/s"
            if name != "serial":
                row["reference"] = row["cell"].replace("/%s/%d/" % (name, self.workers), "/serial/1/")
                row["speedup"], row["speedup_low"], row["speedup_high"] = around(speedup, 0.03)

    def _crossing(self, name, recycle, overhead, status):
        params = ";".join("%s=%s" % item for item in dict(INITIAL, **SHARED_OUT[recycle]).items())
        row = dict.fromkeys(CROSSINGS, "")
        row.update(
            schema=1, run_id=self.run["run_id"], machine_id=self.run["machine_id"], experiment="granularity",
            workload="busy", executor=name, workers=self.workers, placement="none", params="spread=even;" + params,
            figure="throughput", parameter="length_ns", unit="ns", blocks=self.blocks, status=status or "crossed",
        )
        if row["status"] == "crossed":
            value = overhead / (self.workers - 1)
            row["value"], row["low"], row["high"] = around(value, self.random.uniform(0.03, 0.2))
        self.crossings.append(row)

    def payload(self, sizes=(8, 64, 512, 4096, 32768, 262144, 1048576)):
        for size in sizes:
            for name in self.executors:
                if name in PEERS:
                    continue
                for mode, (fixed, per_byte) in MODES.items():
                    if mode not in {"serial": ("pointer",), "thread": MODES}.get(name, ("shared", "copy", "pipe")):
                        continue
                    value = (fixed + per_byte * size) * self.random.uniform(0.97, 1.03)
                    if name == "serial":
                        value = 2 + 0.05 * size
                    self.cell("payload", "checksum", name, "task", value, {"bytes": size}, payload=mode)

    def imbalance(self, tasks=400, schedules=SCHEDULES):
        for spread in ("even", "lognormal", "giant"):
            lengths = self._lengths(spread, tasks)
            ideal = max(sum(lengths) / self.workers, max(lengths))
            for schedule in schedules:
                for name in self.executors:
                    if name in PEERS or name == "serial":
                        continue
                    events = self._schedule(schedule, lengths)
                    makespan = max(event[4] for event in events)
                    idle = 1 - sum(event[4] - event[3] for event in events) / makespan / self.workers
                    own = {"length_ns": 10000, "spread": spread}
                    settings = {"schedule": schedule, "chunk": int(schedule in ("dynamic", "guided"))}
                    settings["tasks"] = tasks // self.workers
                    row = self.cell("imbalance", "busy", name, "over-ideal", makespan / ideal, own, 0.02, **settings)
                    row["unit"] = "x"
                    idle = self.cell("imbalance", "busy", name, "idle", max(idle, 0.001), own, 0.1, **settings)
                    idle["unit"] = "share"
                    self.events += [[row["cell"], 7] + event for event in events]

    def _lengths(self, spread, tasks):
        if spread == "lognormal":
            return [10000 * math.exp(self.random.gauss(-0.5, 1)) for _ in range(tasks)]
        lengths = [10000 * self.random.uniform(0.99, 1.01) for _ in range(tasks)]
        if spread == "giant":
            lengths[tasks // 3] = tasks * 10000 / self.workers * 0.8
        return lengths

    def _schedule(self, schedule, lengths):
        """[worker, first task, tasks, begin, end] of each event."""
        workers = self.workers
        events = []
        free = [(self.random.uniform(0, 9000), worker) for worker in range(workers)]
        if schedule in ("static", "chunked"):
            for at, worker in free:
                each = -(-len(lengths) // workers)
                own = range(worker * each, min((worker + 1) * each, len(lengths)))
                if schedule == "chunked":
                    own = range(worker, len(lengths), workers)
                for task in own:
                    events.append([worker, task, 1, int(at), int(at + lengths[task])])
                    at += lengths[task] + self.random.uniform(50, 300)
            return events
        heapq.heapify(free)
        for task, length in enumerate(lengths):
            at, worker = heapq.heappop(free)
            events.append([worker, task, 1, int(at), int(at + length)])
            heapq.heappush(free, (at + length + self.random.uniform(50, 300), worker))
        return events

    def write(self, path):
        super().write(path)
        if self.crossings:
            self._write_csv(path, "crossings.csv", CROSSINGS, [row.values() for row in self.crossings])
        if self.events:
            start = [1, self.run["run_id"], self.run["machine_id"]]
            self._write_csv(path, "timeline.csv", TIMELINE, (start + event for event in self.events))
        return path

    @staticmethod
    def _write_csv(path, name, header, rows):
        with open(os.path.join(path, name), "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)

    def everything(self):
        self.dispatch()
        self.round_trip()
        self.granularity()
        self.payload()
        self.imbalance(100 if self.workers == 2 else 1280)
        return self


def two_cores():
    return Folder(11, "20250201T100000Z-79a0eef").everything()


def sixty_four_cores():
    folder = Folder(12, "20250202T100000Z-79a0eef", 64, machine="x86-64-epyc-9754-64c-77aa01")
    return folder.everything()


def one_executor():
    return Folder(13, "20250203T100000Z-79a0eef", executors=("thread",)).everything()


def no_peers():
    return Folder(14, "20250204T100000Z-79a0eef", executors=OWN).everything()


def many_executors():
    """Unknown names are drawn too."""
    names = OWN + ("clone", "vfork", "zygote", "a-name-that-is-much-too-long-to-be-drawn") + PEERS
    return Folder(15, "20250205T100000Z-79a0eef", executors=names).everything()


def no_crossing():
    folder = Folder(16, "20250206T100000Z-79a0eef", executors=OWN)
    folder.granularity("never")
    for row, status in zip(folder.crossings, ("always", "unclear", "never", "always")):
        row["status"] = status
    return folder


def failures():
    """One executor refused, some cells failed, no intervals on some."""
    folder = two_cores()
    folder.run["run_id"] = "20250207T100000Z-79a0eef"
    for row in folder.rows + folder.crossings:
        row["run_id"] = folder.run["run_id"]
    for row in folder.rows:
        if row["executor"] == "spawn":
            folder.fail(row, "failed", "posix_spawn: Resource temporarily unavailable")
        elif row["executor"] == "fork" and "chunk=16;" in row["params"]:
            folder.fail(row, "skipped", "no room")
        elif row["executor"] == "thread":
            for column in ("median", "speedup"):
                row[column + "_low"] = row[column + "_high"] = ""
    return folder


def hostile():
    folder = Folder(17, "20250208T100000Z-79a0eef", executors=("thread", "fork", "$\\spawn{\x1b]0;x\x07")).everything()
    for row in folder.rows + folder.crossings:
        row["params"] += r";$x^{2=\u202e\frac;<b>=" + "y" * 300
        row["workload"] = r"$\frac{1}{0}$"
    return folder


CASES = {
    "two-cores": two_cores,
    "sixty-four-cores": sixty_four_cores,
    "one-executor": one_executor,
    "no-peers": no_peers,
    "many-executors": many_executors,
    "no-crossing": no_crossing,
    "failures": failures,
    "hostile": hostile,
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    for name, case in CASES.items():
        print(case().write(os.path.join(sys.argv[1], name)))


if __name__ == "__main__":
    main()
