#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Writes made-up runs of `create` and `first-write`: plausible numbers, no measurement.

    python3 synthetic_create.py FOLDER     one sub-folder a case
"""
import csv
import os
import sys

import synthetic
from synthetic import around

INITIAL = {"memory_mib": 0, "thp": "off", "mappings": 0, "descriptors": 0, "cloexec": "on", "threads": 0}
PHASES = ("called", "started", "done", "reaped")
QUESTIONS = {
    "create": "What does it cost to bring a worker into being and to see it end?",
    "first-write": "What does a fork leave to be paid afterwards?",
}
FIGURES = {
    "create": ["reaped", "called", "started", "done", "seen", "creator-faults", "worker-faults"],
    "first-write": ["page", "called", "end", "faults"],
}
# ns until the call returned, first instruction, work done, reaped; and what a MiB of the parent's adds to all of them
SUBJECTS = {
    "serial": (170, 20, 160, 205, 0),
    "thread": (4700, 6050, 6300, 10500, 0),
    "forkserver": (31000, 98000, 118000, 151000, 0),
    "fork": (35000, 56000, 83000, 113000, 52000),
    "spawn": (48000, 684000, 699000, 735000, 2),
    "clone3-namespaces": (210000, 251000, 262000, 480000, 51000),
    "clone3-process": (33000, 52000, 77000, 106000, 52500),
    "clone3-thread": (3300, 5200, 5500, 9300, 0),
    "clone3-vfork": (21000, 12000, 12800, 25000, 0),
    "clone3-vm": (11000, 15000, 16000, 28000, 0),
    "fork-exec": (36000, 151000, 154000, 205000, 52800),
    "popen": (84000, 1010000, 1013000, 1130000, 1),
    "spawn-dynamic": (46000, 447000, 449000, 498000, 1),
    "spawn-static": (45000, 88000, 90000, 142000, 1),
    "system": (1049000, 940000, 943000, 1050000, 1),
    "thread-64k": (4500, 5800, 6100, 10200, 0),
    "thread-cold": (9100, 14900, 15200, 23800, 0),
    "thread-detached": (4800, 6000, 6250, 8900, 0),
    "vfork-exec": (39000, 79000, 81000, 131000, 0),
    "vfork-exit": (20000, 11000, 11700, 23000, 0),
}
EXECUTORS = ("serial", "thread", "fork", "forkserver", "spawn")
ALONG_MEMORY = ("thread", "fork", "forkserver", "spawn", "spawn-static", "vfork-exec", "vfork-exit", "fork-exec")
MEMORY = (1, 16, 64, 256, 1024, 4096)
LEVELS_MOST = {"forkserver": 256, "vfork-exit": 256, "thread": 1024, "spawn-static": 1024, "fork-exec": 256}
OTHERS = (
    {"mappings": 10000}, {"descriptors": 1000}, {"descriptors": 10000}, {"descriptors": 1000, "cloexec": "off"},
    {"descriptors": 10000, "cloexec": "off"}, {"threads": 16},
)
FITS = (
    "schema,run_id,machine_id,experiment,workload,executor,workers,placement,params,figure,parameter,least,most,levels,"
    "fixed,fixed_low,fixed_high,fixed_unit,slope,slope_low,slope_high,slope_unit,off,blocks,status"
).split(",")


class Folder(synthetic.Folder):
    """Also writes fits.csv."""

    def __init__(self, seed, run_id, **options):
        super().__init__(seed, run_id, **options)
        self.fits = []
        self.run["experiments"] = [
            {"name": name, "question": text, "figures": [
                {"name": figure, "summary": "what %s means, in words" % figure} for figure in FIGURES[name]
            ]}
            for name, text in QUESTIONS.items()
        ]

    def cell(self, experiment, executor, figure, value, placement, width=None, initial=None, **settings):
        initial = initial or INITIAL
        params = ";".join("%s=%s" % item for item in {**initial, **settings}.items())
        variant = ";".join("%s=%s" % item for item in settings.items() if item[1] != initial[item[0]])
        row = self.add(experiment, "noop", executor, 1, figure, placement, variant, params=params, unit="ns")
        width = self.random.uniform(0.01, 0.05) if width is None else width
        row["median"], row["median_low"], row["median_high"] = around(value, width)
        if executor != "thread":
            row["baseline"] = row["cell"].replace("/%s/" % executor, "/thread/")
        return row

    def subject(self, name, placement="same-core", scale=1.0, **settings):
        """A cell: four figures of one subject with one parent."""
        *life, per_mib = SUBJECTS.get(name, (40000, 60000, 70000, 90000, 3))
        more = per_mib * settings.get("memory_mib", 0) * (0.02 if settings.get("thp") == "on" else 1)
        exact = self.random.uniform(0.98, 1.02)
        for figure, value in zip(PHASES, life):
            kept = 0.75 if figure in ("called", "started") else 0.8 if figure == "done" else 1
            value = value * exact * scale + more * kept
            row = self.cell("create", name, figure, value, placement, **settings)
            if figure == "reaped" and name != "thread":
                row["ratio"], row["ratio_low"], row["ratio_high"] = around(value / SUBJECTS["thread"][3], 0.03)
        self.cell("create", name, "seen", value * 1.1, placement, **settings)
        faults = self.cell("create", name, "creator-faults", 12 + more / 500, placement, **settings)
        faults["unit"] = "1"

    def bare(self, names=tuple(SUBJECTS), placements=("none", "same-core")):
        for placement in placements:
            for name in names:
                self.subject(name, placement, 1.5 if placement == "none" else 1.0)

    def memory(self, names=ALONG_MEMORY, levels=MEMORY, fitted=True, **settings):
        for mib in levels:
            for name in names:
                if mib <= LEVELS_MOST.get(name, mib):
                    self.subject(name, memory_mib=mib, **settings)
        for name in names if fitted else ():
            self.fit(name, levels, **settings)

    def fit(self, name, levels, status="fitted", **settings):
        *_, fixed, per_mib = SUBJECTS.get(name, (90000, 3))
        row = dict.fromkeys(FITS, "")
        row.update(
            schema=1, run_id=self.run["run_id"], machine_id=self.run["machine_id"], experiment="create",
            workload="noop", executor=name, workers=1, placement="same-core", figure="reaped", parameter="memory_mib",
            params=";".join("%s=%s" % item for item in {**INITIAL, **settings}.items() if item[0] != "memory_mib"),
            least=0, most=max(levels), levels=len(levels) + 1, fixed_unit="ns", slope_unit="ns/MiB", blocks=self.blocks,
            status=status, off=0.08 if per_mib < 60000 else 0.4,
        )
        if status == "fitted":
            row["fixed"], row["fixed_low"], row["fixed_high"] = around(fixed, 0.03)
            row["slope"], row["slope_low"], row["slope_high"] = around(per_mib or 0.02, 0.02)
            if not per_mib:
                row["slope_low"] = "-0.03"
        self.fits.append(row)

    def others(self, names=ALONG_MEMORY, settings=OTHERS):
        for setting in settings:
            for name in names:
                scale = 1.0 + self.random.random() * 0.05
                if "mappings" in setting and name.startswith(("fork", "clone3-p")):
                    scale = 6.4
                if setting.get("descriptors") and not name.startswith(("thread", "vfork")):
                    scale = 1 + setting["descriptors"] / 4000
                self.subject(name, scale=scale, **setting)

    def first_write(self, sizes=((16, "off"), (64, "on"))):
        initial = dict(INITIAL, write="none")
        for mib, thp in sizes:
            for write in ("creator", "worker"):
                for name, page, end in (("thread", 10.4, 7100), ("fork", 760 if thp == "off" else 930, 700000)):
                    settings = {"memory_mib": mib, "thp": thp, "write": write}
                    end = end * mib / 16 if write == "worker" else end
                    for figure, value in (("page", page), ("called", 5000), ("end", end)):
                        self.cell("first-write", name, figure, value, "same-core", initial=initial, **settings)
                    row = self.cell("first-write", name, "faults", 1.008, "same-core", initial=initial, **settings)
                    row.update(unit="1")
                    if name == "thread":
                        row.update(median="0", median_low="0", median_high="0")

    def write(self, path):
        super().write(path)
        if self.fits:
            with open(os.path.join(path, "fits.csv"), "w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, FITS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(self.fits)
        return path

    def everything(self):
        self.bare()
        self.memory()
        self.memory(("fork",), (256, 1024), False, thp="on")
        self.others()
        self.first_write()
        return self

    def few_blocks(self):
        """No intervals, no lines."""
        self.run.update(aa={"ratio": 1.05, "low": None, "high": None, "proven": False}, blocks=3)
        for row in self.rows:
            row["blocks"] = 3
            for column in [name for name in row if name.endswith(("_low", "_high"))]:
                row[column] = ""
        self.fits = [dict(row, status="unclear", off="", blocks=3, **dict.fromkeys(FITS[14:17] + FITS[18:21], ""))
                     for row in self.fits]
        return self


def whole():
    folder = Folder(21, "20250401T100000Z-79a0eef").everything()
    folder.subject("stress-ng-fork")
    for row in folder.rows:
        if row["executor"] == "stress-ng-fork" and row["figure"] != "reaped":
            folder.fail(row, "skipped", "a cell like this does not have it")
    return folder


def default():
    folder = Folder(22, "20250402T100000Z-79a0eef")
    folder.bare(EXECUTORS)
    return folder


def few_blocks():
    return Folder(23, "20250403T100000Z-79a0eef").everything().few_blocks()


def no_memory():
    """The largest levels do not fit; one way to create is refused altogether."""
    folder = Folder(24, "20250404T100000Z-79a0eef").everything()
    for row in folder.rows:
        if "memory_mib=4096" in row["params"]:
            folder.fail(row, "skipped", "needs 4 GiB, more than half of the 7.4 GiB that are available")
        elif row["executor"] == "clone3-namespaces":
            folder.fail(row, "skipped", "clone3: Operation not permitted")
        elif row["executor"] == "fork-exec" and "memory_mib=64;" in row["params"]:
            folder.fail(row, "failed", "fork: Cannot allocate memory")
    return folder


def two_ways():
    folder = Folder(25, "20250405T100000Z-79a0eef")
    folder.bare(("thread", "fork"), ("same-core",))
    folder.memory(("thread", "fork"), (64, 1024))
    folder.others(("thread", "fork"), ({"threads": 16},))
    return folder


def grid():
    """Every memory with every number of threads, and no bare parent."""
    folder = Folder(26, "20250406T100000Z-79a0eef")
    for threads in (1, 4, 16):
        folder.memory(("thread", "fork", "spawn"), (16, 32, 64, 1024), threads=threads)
    return folder


def hostile():
    names = ("thread", "fork", "$\\spawn{\x1b]0;x\x07", "a-way-with-a-name-that-is-much-too-long-to-be-drawn")
    folder = Folder(27, "20250407T100000Z-79a0eef")
    folder.bare(names, ("same-core", "$x^{2=\u202e" + "y" * 100))
    folder.memory(names)
    folder.others(names)
    folder.first_write()
    for row in folder.rows + folder.fits:
        row["params"] += r";$x^{2=\u202e\frac;<b>=" + "y" * 300
        row["workload"] = r"$\frac{1}{0}$"
    return folder


CASES = {
    "whole": whole,
    "default": default,
    "few-blocks": few_blocks,
    "no-memory": no_memory,
    "two-ways": two_ways,
    "grid": grid,
    "hostile": hostile,
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    for name, case in CASES.items():
        print(case().write(os.path.join(sys.argv[1], name)))


if __name__ == "__main__":
    main()
