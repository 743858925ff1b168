# SPDX-License-Identifier: MIT
"""Reads fits.csv, which not every run has: what a figure is at 0 of a parameter, and by how much it grows with it."""
from .model import Fit
from .summary_csv import AGAIN, WORKERS_MAX
from .table import LARGEST, read_table

ROWS_MAX = 20_000
STATUSES = ("fitted", "unclear")
MOST = 1e18
KEY_COLUMNS = ("experiment", "workload", "executor", "placement", "params", "figure", "parameter")
TEXT_COLUMNS = KEY_COLUMNS + ("fixed_unit", "slope_unit", "status")
COLUMNS = TEXT_COLUMNS + tuple(
    "run_id workers least most levels fixed fixed_low fixed_high slope slope_low slope_high off blocks".split()
)


def load_fits(folder, run_id):
    fits = []
    seen = set()
    for line in read_table(folder, "fits.csv", COLUMNS, run_id, ROWS_MAX, AGAIN):
        fit = _fit(line)
        key = tuple(line.values[name] for name in KEY_COLUMNS) + (fit.workers,)
        if key in seen:
            line.fail("params", "is in an earlier row already, with all else the same")
        seen.add(key)
        fits.append(fit)
    return fits


def _fit(line):
    for name in ("experiment", "workload", "executor", "figure", "parameter"):
        line.text(name)
    status = line.choice("status", STATUSES)
    fit = Fit(
        workers=line.count("workers", 1, WORKERS_MAX),
        levels=line.count("levels"),
        least=line.count("least", 0, LARGEST),
        most=line.count("most", 0, LARGEST),
        fixed=_estimate(line, "fixed"),
        slope=_estimate(line, "slope"),
        off=line.number("off", 0, MOST, 0),
        blocks=line.count("blocks"),
        **{name: line.values[name] for name in TEXT_COLUMNS}
    )
    for name, estimate in (("fixed", fit.fixed), ("slope", fit.slope)):
        if (status == "fitted") != (estimate.value is not None):
            line.fail(name, "does not go with status %s" % status)
    if fit.least > fit.most:
        line.fail("least", "is above most")
    return fit


def _estimate(line, column):
    """A line may go below 0, and rise by next to nothing."""
    return line.bounded(column, column + "_low", column + "_high", MOST, -MOST, 0)
