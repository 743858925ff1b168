# SPDX-License-Identifier: MIT
"""
Reads latency.csv, which only a run with an open loop has: how many operations took how long, by when they were to
start.

Only the picture of that experiment reads it, as it may be long. What lies beyond START_BYTES is left out, whole blocks
of it; and so is what a crash left behind of a block that run.json does not count.
"""
import os
from array import array
from dataclasses import dataclass, field
from typing import Dict, Set

import numpy

from .blocks_csv import BLOCKS_MAX, load_invalid
from .errors import PlotError
from .table import LARGEST, read_table
from .text import plain, quantity

START_BYTES = 64 << 20
ROWS_MAX = START_BYTES // 30
BUCKETS_MAX = 1024
BATCHES_MAX = 1000
COUNT_MAX = 1 << 32
COLUMNS = ("run_id", "cell", "block", "batch", "begin_ns", "end_ns", "low_ns", "high_ns", "count")
BLOCK, BATCH, BEGIN, END, LOW, HIGH, COUNT = range(7)
AGAIN = "copy the folder again"


@dataclass
class Latencies:
    """The columns of a cell's rows; invalid blocks are none of them."""

    cells: Dict[str, numpy.ndarray] = field(default_factory=dict)
    invalid: Set[int] = field(default_factory=set)
    note: str = ""  # what was left out


def load_latencies(run, cells):
    """Of these cells, from the run's folder."""
    found = Latencies(invalid=load_invalid(run.folder, run.run_id))
    gathered = {cell: array("q") for cell in cells}
    last = -1
    ends = {}
    for line in read_table(run.folder, "latency.csv", COLUMNS, run.run_id, ROWS_MAX, AGAIN, start=START_BYTES):
        values = _values(line, ends)
        last = max(last, values[BLOCK])
        rows = gathered.get(line.text("cell"))
        if rows is not None and values[BLOCK] not in found.invalid:
            rows.extend(values)
    _check_ends(run, ends)
    kept = run.blocks if run.blocks is not None else BLOCKS_MAX
    path = os.path.join(run.folder, "latency.csv")
    if last >= 0 and os.path.getsize(path) > START_BYTES:
        kept = min(kept, last)
        found.note = "latency.csv is long: only its first %s are drawn." % quantity(kept, "block")
    for cell, flat in gathered.items():
        rows = numpy.frombuffer(flat, dtype=numpy.int64).reshape(-1, 7) if flat else numpy.empty((0, 7), numpy.int64)
        rows = rows[rows[:, BLOCK] < kept]
        if len(rows):
            _check_twice(run, cell, rows)
            found.cells[cell] = rows.T
    return found


def _values(line, ends):
    values = (
        line.count("block", 0, BLOCKS_MAX - 1),
        line.count("batch", 0, BATCHES_MAX - 1),
        line.count("begin_ns", 0, LARGEST),
        line.count("end_ns", 1, LARGEST),
        line.count("low_ns", 0, LARGEST),
        line.count("high_ns", 1, LARGEST),
        line.count("count", 1, COUNT_MAX),
    )
    if values[END] <= values[BEGIN]:
        line.fail("end_ns", "is not after begin_ns")
    if values[HIGH] <= values[LOW]:
        line.fail("high_ns", "is not above low_ns")
    if ends.setdefault(values[LOW], values[HIGH]) != values[HIGH]:
        line.fail("high_ns", "is not where this bucket ended in an earlier row")
    if len(ends) > BUCKETS_MAX:
        line.fail("low_ns", "is one bucket more than the %d that there can be" % BUCKETS_MAX)
    return values


def _check_ends(run, ends):
    """Buckets that overlap could not be put in order."""
    lows = sorted(ends)
    for low, after in zip(lows, lows[1:]):
        if ends[low] > after:
            raise PlotError("%s: the bucket from %d to %d ns overlaps the one from %d ns"
                            % (plain(os.path.join(run.folder, "latency.csv"), 200), low, ends[low], after))


def _check_twice(run, cell, rows):
    if len(numpy.unique(rows[:, [BLOCK, BATCH, BEGIN, LOW]], axis=0)) < len(rows):
        raise PlotError("%s: cell %s: a bucket is there twice for the same time"
                        % (plain(os.path.join(run.folder, "latency.csv"), 200), plain(cell, 80)))
