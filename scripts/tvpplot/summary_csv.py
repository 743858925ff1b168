# SPDX-License-Identifier: MIT
"""Reads summary.csv: one row a cell and figure."""
import csv
import io
import os
import re

from .errors import PlotError
from .model import Estimate, Row
from .text import plain
from .textfile import read_text

ROWS_MAX = 50_000
WORKERS_MAX = 1_000_000
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
STATUSES = ("ok", "failed", "skipped", "invalid")


class _Line:
    """One row of a table, by column; knows where it stands."""

    def __init__(self, where, values):
        self.where = where
        self.values = values

    def fail(self, column, what):
        shown = plain(self.values[column], 40)
        raise PlotError('%s, column %s: "%s" %s' % (self.where, column, shown, what))

    def number(self, column, least, most):
        """None where it is empty. Apart from 0, sizes from 1e-12 to `most`."""
        text = self.values[column]
        if text == "":
            return None
        if len(text) > 40 or not NUMBER.fullmatch(text):
            self.fail(column, "is not a number")
        value = float(text)
        if not least <= value <= most or 0 < abs(value) < 1e-12:
            self.fail(column, "is out of range")
        return value

    def count(self, column, least=0, most=1 << 53):
        text = self.values[column]
        if not re.fullmatch(r"[0-9]{1,16}", text) and not (text == "" and least == 0):
            self.fail(column, "is not a whole number")
        if not least <= int(text or 0) <= most:
            self.fail(column, "is out of range")
        return int(text or 0)

    def estimate(self, column, most):
        value = self.number(column, 0, most)
        low = self.number(column + "_low", 0, most)
        high = self.number(column + "_high", 0, most)
        if value is None:
            return Estimate(None, None, None)
        if (low is None) != (high is None):
            self.fail(column + "_low", "is one end of an interval without the other")
        # A relative 1e-6, as the ends may have been rounded on their own.
        if low is not None and not low * (1 - 1e-6) <= value <= high * (1 + 1e-6):
            self.fail(column, "is outside its own interval")
        return Estimate(value, low, high)


TEXT_COLUMNS = tuple(
    "experiment group cell workload executor placement params figure unit "
    "baseline verdict reference status reason".split()
)
COLUMNS = TEXT_COLUMNS + tuple(
    "run_id workers blocks samples failed median median_low median_high ratio ratio_low ratio_high speedup speedup_low "
    "speedup_high efficiency efficiency_low efficiency_high".split()
)


def load_summary(folder, run_id):
    advice = "`tvp run` writes it; if the run has samples.csv, `tvp summary %s` does" % plain(folder, 200)
    text = read_text(folder, "summary.csv", advice)
    path = plain(os.path.join(folder, "summary.csv"), 200)
    # NUL is an error of its own in older Pythons only.
    if "\0" in text:
        raise PlotError("%s: contains a NUL character" % path)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = []
    seen = set()
    header = None
    try:
        for values in reader:
            if header is None:
                header = _check_header(path, values)
                continue
            line = _check_line(path, reader.line_num, header, values)
            row = _row(line, run_id)
            if (row.cell, row.figure) in seen:
                line.fail("cell", "has this figure in an earlier row already")
            seen.add((row.cell, row.figure))
            rows.append(row)
            if len(rows) > ROWS_MAX:
                raise PlotError("%s: has more than %d rows" % (path, ROWS_MAX))
    except csv.Error as error:
        raise PlotError("%s, row %d: not CSV: %s" % (path, reader.line_num, error)) from None
    if not rows:
        raise PlotError("%s: has no rows: nothing was measured" % path)
    return rows


def _check_header(path, header):
    for name in COLUMNS:
        if header.count(name) != 1:
            problem = "is missing" if name not in header else "is there twice"
            raise PlotError("%s, row 1: column %s %s; run `tvp summary` to write the file anew" % (path, name, problem))
    return header


def _check_line(path, number, header, values):
    where = "%s, row %d" % (path, number)
    if len(values) != len(header):
        raise PlotError("%s: has %d columns, not %d as the first row" % (where, len(values), len(header)))
    return _Line(where, dict(zip(header, values)))


def _row(line, run_id):
    values = line.values
    if values["run_id"] != run_id:
        line.fail("run_id", "is another run than run.json's")
    if values["status"] not in STATUSES:
        line.fail("status", "is not one of %s" % ", ".join(STATUSES))
    for name in ("experiment", "cell", "executor", "workload", "figure"):
        if not values[name]:
            line.fail(name, "is empty")
    return Row(
        workers=line.count("workers", 1, WORKERS_MAX),
        blocks=line.count("blocks"),
        samples=line.count("samples"),
        failed=line.count("failed"),
        median=line.estimate("median", 1e18),
        ratio=line.estimate("ratio", 1e12),
        speedup=line.estimate("speedup", 1e9),
        efficiency=line.estimate("efficiency", 1e9),
        **{name: values[name] for name in TEXT_COLUMNS}
    )
