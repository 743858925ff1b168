# SPDX-License-Identifier: MIT
"""Reads summary.csv: one row a cell and figure."""
import os

from .errors import PlotError
from .model import Row
from .table import read_table
from .text import plain

ROWS_MAX = 50_000
WORKERS_MAX = 1_000_000
STATUSES = ("ok", "failed", "skipped", "invalid")
AGAIN = "run `tvp summary` to write the file anew"
TEXT_COLUMNS = tuple(
    "experiment group cell workload executor placement params figure unit "
    "baseline verdict reference status reason".split()
)
COLUMNS = TEXT_COLUMNS + tuple(
    "run_id workers blocks samples failed median median_low median_high ratio ratio_low ratio_high speedup speedup_low "
    "speedup_high efficiency efficiency_low efficiency_high".split()
)


def load_summary(folder, run_id):
    missing = "`tvp run` writes it; if the run has samples.csv, `tvp summary %s` does" % plain(folder, 200)
    rows = []
    seen = set()
    for line in read_table(folder, "summary.csv", COLUMNS, run_id, ROWS_MAX, AGAIN, missing):
        row = _row(line)
        if (row.cell, row.figure) in seen:
            line.fail("cell", "has this figure in an earlier row already")
        seen.add((row.cell, row.figure))
        rows.append(row)
    if not rows:
        path = plain(os.path.join(folder, "summary.csv"), 200)
        raise PlotError("%s: has no rows: nothing was measured" % path)
    return rows


def _row(line):
    line.choice("status", STATUSES)
    for name in ("experiment", "cell", "executor", "workload", "figure"):
        line.text(name)
    return Row(
        workers=line.count("workers", 1, WORKERS_MAX),
        blocks=line.count("blocks"),
        samples=line.count("samples"),
        failed=line.count("failed"),
        median=line.estimate("median", 1e18),
        ratio=line.estimate("ratio", 1e12),
        speedup=line.estimate("speedup", 1e9),
        efficiency=line.estimate("efficiency", 1e9),
        operations=line.count("operations") if "operations" in line.values else 0,
        **{name: line.values[name] for name in TEXT_COLUMNS}
    )
