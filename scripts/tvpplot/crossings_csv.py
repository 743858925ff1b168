# SPDX-License-Identifier: MIT
"""Reads crossings.csv, which not every run has: where a cell begins to be better than its reference."""
from .model import Crossing
from .summary_csv import AGAIN, WORKERS_MAX
from .table import read_table

ROWS_MAX = 20_000
STATUSES = ("crossed", "always", "never", "unclear")
KEY_COLUMNS = ("experiment", "workload", "executor", "placement", "params", "figure", "parameter")
COLUMNS = KEY_COLUMNS + ("run_id", "workers", "unit", "value", "low", "high", "blocks", "status")


def load_crossings(folder, run_id):
    crossings = []
    seen = set()
    for line in read_table(folder, "crossings.csv", COLUMNS, run_id, ROWS_MAX, AGAIN):
        crossing = _crossing(line)
        key = tuple(line.values[name] for name in KEY_COLUMNS) + (crossing.workers,)
        if key in seen:
            line.fail("params", "is in an earlier row already, with all else the same")
        seen.add(key)
        crossings.append(crossing)
    return crossings


def _crossing(line):
    for name in ("experiment", "workload", "executor", "figure", "parameter"):
        line.text(name)
    status = line.choice("status", STATUSES)
    estimate = line.bounded("value", "low", "high", 1e18)
    if (status == "crossed") != bool(estimate.value):
        line.fail("value", "does not go with status %s" % status)
    return Crossing(
        workers=line.count("workers", 1, WORKERS_MAX),
        blocks=line.count("blocks"),
        unit=line.values["unit"],
        estimate=estimate,
        status=status,
        **{name: line.values[name] for name in KEY_COLUMNS}
    )
