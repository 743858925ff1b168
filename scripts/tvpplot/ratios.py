# SPDX-License-Identifier: MIT
"""Ratios of cells to their baselines, as pictures show them: which there are, on what scale, and which are missing."""
import math
from dataclasses import replace

from . import forest_scale, page
from .model import Estimate
from .text import drawn, number

LEAST = 1.05  # how far a scale goes from 1 at least, so that noise does not look large
WHISKERS_MOST = 4.0  # times the outermost point: a whisker that is longer ends at the edge


def with_baselines(rows):
    """What others are compared with has no ratio in the table: it is 1 by definition."""
    names = baselines(rows)
    one = Estimate(1.0, None, None)
    return [
        replace(row, ratio=one) if row.cell in names and row.ratio.value is None and _measured(row) else row
        for row in rows
    ]


def baselines(rows):
    """The cells that others are compared with."""
    return {row.baseline for row in rows if row.baseline}


def has_point(row):
    return _measured(row) and row.ratio.value is not None and row.ratio.value > 0


def _measured(row):
    return row.status == "ok" and row.median.value is not None


def limits(rows):
    """Of a logarithmic scale for the ratios of all rows, with room for markers."""
    points = [row.ratio.value for row in rows] + [LEAST, 1 / LEAST]
    low, high = min(points), max(points)
    ends = [end for row in rows for end in (row.ratio.low, row.ratio.high) if end is not None and end > 0]
    low = max(min(ends + [low]), low / WHISKERS_MOST)
    high = min(max(ends + [high]), high * WHISKERS_MOST)
    room = math.exp(math.log(high / low) * 0.05)
    return low / room, high * room


def ticks(low_and_high, inches):
    return forest_scale.ticks_of(low_and_high, inches)


def tick(value):
    return "%g" % float("%.6g" % value)


def one_text(row):
    """Of a baseline: what 1 is, for which executor; a stranger's names as they are."""
    unit = "operations/s" if row.unit == "1/s" else row.unit
    return "1× = %s %s with %s" % (number(row.median.value).replace("\u00a0", " "), unit, row.executor)


def provenance(run, rows):
    """Caption: as every picture's; the numbers are ratios."""
    certain = any(row.ratio.low is not None for row in rows)
    what = "ratios of paired blocks with " + ("95 % intervals" if certain else "no intervals (too few blocks)")
    return page.provenance(run, rows, what)


def not_compared(rows):
    """Caption: the cells that were measured when their baseline was not."""
    names = baselines(rows)
    cells = {}
    for row in rows:
        if _measured(row) and not has_point(row) and row.cell not in names:
            cells.setdefault((row.workload, row.executor), []).append(row.cell)
    what = "Not compared, as there is no ratio to a baseline: "
    return page.listed(what, list(cells.items()), _not_compared_text)


def _not_compared_text(item):
    (workload, executor), cells = item
    more = " (%d cells)" % len(cells) if len(cells) > 1 else ""
    return "%s, %s%s" % (drawn(workload, 24), drawn(executor, 24), more)
