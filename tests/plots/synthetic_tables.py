#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Writes made-up runs of `tables`: plausible numbers beside what others have published.

    python3 synthetic_tables.py FOLDER     one sub-folder a case
"""
import copy
import os
import sys

import synthetic
from synthetic import around

INITIAL = {"memory_mib": 0, "thp": "off", "mappings": 0, "descriptors": 0, "cloexec": "on", "threads": 0}
# µs until a worker is reaped, and what each MiB of its creator adds
COSTS = {
    "thread": (11, 0), "clone3-vfork": (12, 0), "vfork-exit": (28, 0), "fork": (105, 45), "fork-exec": (260, 44),
    "spawn-static": (85, 0), "vfork-exec": (82, 0),
}
LEVELS = {
    0: COSTS, 1: ("fork", "vfork-exit", "clone3-vfork", "fork-exec", "vfork-exec"),
    10: ("fork", "vfork-exit", "clone3-vfork", "fork-exec", "vfork-exec"), 16: ("fork-exec", "spawn-static"),
    64: ("fork-exec", "spawn-static"), 256: ("fork-exec", "spawn-static"), 1024: ("fork",),
}


def cell(executor, memory):
    return "tables/noop/%s/1/none%s" % (executor, "/memory_mib=%d" % memory if memory else "")


def table(name, title, unit, operations, columns, rows, cells, lines=("",), figure="reaped", ratio=None, decimals=1):
    return {
        "name": name, "title": title, "source": "Somebody, %s, 1999" % name, "note": "Not the same.", "unit": unit,
        "figure": figure, "operations": operations, "counted": "creations", "decimals": decimals,
        "ratio": {"of": ratio[0], "over": ratio[1]} if ratio else None, "lines": list(lines), "columns": list(columns),
        "rows": [{"machine": machine, "line": line, "values": list(values)} for machine, line, values in rows],
        "cells": [list(line) for line in cells],
    }


def by_memory(executors, levels):
    return [[cell(executor, memory) for memory in levels] for executor in executors]


LLNL = table(
    "llnl", "50,000 processes or threads", "s", 50000, ("fork", "pthread_create"),
    [("Example %d GHz" % i, "", (4.0 * i * i, 0.9 + i / 10)) for i in range(1, 9)] + [("Half a box", "", (20, None))],
    [[cell("fork", 0), cell("thread", 0)]], ratio=("fork", "pthread_create"),
)
TLPI = table(
    "tlpi", "100,000 processes, by memory", "s", 100000, ("1.70 MB", "2.70 MB", "11.70 MB"),
    [("Linux 2.6.27", "fork", (22.3, 26.4, 127)), ("Linux 2.6.27", "vfork", (3.5, 3.6, 3.5)),
     ("Linux 2.6.27", "clone", (3, 3, 2.9)), ("Linux 2.6.27", "fork + exec", (136, 146, 260)),
     ("Linux 2.6.27", "vfork + exec", (107, 108, 108))],
    by_memory(("fork", "vfork-exit", "clone3-vfork", "fork-exec", "vfork-exec"), (0, 1, 10)),
    ("fork", "vfork", "clone", "fork + exec", "vfork + exec"), decimals=2,
)
ROAD = table(
    "road", "a new program, by memory", "ms", 1, ("0 MiB", "16 MiB", "64 MiB", "256 MiB"),
    [("HotOS 2019", "posix_spawn", (0.5, 0.5, 0.5, 0.5))], by_memory(("spawn-static", "fork-exec"), (0, 16, 64, 256)),
    ("posix_spawn", "fork + exec"),
)
REDIS = table(
    "redis", "how long a fork stops its caller", "ms", 1, ("6.1 GB", "1 GB"),
    [("hardware", "", (80, 13)), ("old Xen", "", (1460, 239))], [[None, cell("fork", 1024)]], figure="called",
    decimals=0,
)


class Folder(synthetic.Folder):
    def __init__(self, seed, run_id, tables=(LLNL, TLPI, ROAD, REDIS), **options):
        super().__init__(seed, run_id, **options)
        self.run["experiments"] = [{
            "name": "tables", "question": "What do the known tables say of this machine?",
            "figures": [{"name": "reaped", "summary": "until it is reaped"}, {"name": "called", "summary": "the call"}],
            "published": copy.deepcopy(list(tables)),
        }]

    def tables(self, operations=60000):
        for memory, executors in LEVELS.items():
            for executor in executors:
                fixed, per_mib = COSTS[executor]
                for figure, share in (("reaped", 1), ("called", 0.4)):
                    self._cell(executor, memory, figure, share * (fixed + per_mib * memory), operations)

    def _cell(self, executor, memory, figure, microseconds, operations):
        variant = "memory_mib=%d" % memory if memory else ""
        params = ";".join("%s=%s" % item for item in {**INITIAL, "memory_mib": memory}.items())
        row = self.add("tables", "noop", executor, 1, figure, "none", variant, params=params, unit="ns")
        row["operations"] = operations
        width = self.random.uniform(0.01, 0.06)
        row["median"], row["median_low"], row["median_high"] = around(microseconds * 1000, width)
        if executor == "thread":
            row["baseline"] = cell("fork", 0)
            row["ratio"], row["ratio_low"], row["ratio_high"] = around(COSTS["thread"][0] / COSTS["fork"][0], width)


def whole():
    folder = Folder(1, "20250401T090000Z-79a0eef")
    folder.tables()
    return folder


def extrapolated():
    """What a short run gives: few creations, and no memory beyond 10 MiB."""
    folder = Folder(2, "20250402T090000Z-79a0eef", blocks=12)
    folder.tables(12400)
    for row in folder.rows:
        if row["executor"] == "fork-exec" and "memory_mib=64" in row["cell"]:
            folder.fail(row, "failed", "fork: Cannot allocate memory")
        elif "memory_mib=1024" in row["cell"]:
            folder.fail(row, "skipped", "it takes 1024 MiB of memory, and may take 900 MiB")
    return folder


def hostile():
    """Well-formed, but every text tries something."""
    evil = "$\\frac{1}{0}\x1b[31m\u202e <b>" + "long " * 40
    folder = Folder(3, "20250403T090000Z-79a0eef")
    folder.tables()
    for one in folder.run["experiments"][0]["published"]:
        one.update(name=evil, title=evil, source=evil * 3, counted=evil, lines=[evil + line for line in one["lines"]],
                   columns=[evil + column for column in one["columns"]], ratio=None)
        for row in one["rows"]:
            row.update(machine=evil, line=evil + row["line"], values=[value and 1e-12 for value in row["values"]])
    return folder


CASES = {"whole": whole, "extrapolated": extrapolated, "hostile": hostile}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    for name, case in CASES.items():
        print(case().write(os.path.join(sys.argv[1], name)))


if __name__ == "__main__":
    main()
