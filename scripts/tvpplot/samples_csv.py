# SPDX-License-Identifier: MIT
"""Reads from samples.csv, which a run's folder may lack, the block values of an experiment's headline figure."""
import os
from dataclasses import dataclass, field
from statistics import median
from typing import Dict, Optional

from .table import read_table
from .textfile import FILE_BYTES_MAX

ROWS_MAX = 1_000_000
BLOCKS_MAX = 10_000
MOST = 1e18
COLUMNS = ("run_id", "experiment", "cell", "block", "wall_ns", "user_ns", "sys_ns", "figure", "value", "better",
           "status")
AGAIN = "it is what `tvp run` wrote, so measure again"


@dataclass
class CellSamples:
    """A cell's `ok` samples, by block."""

    better: str  # lower, higher
    values: Dict[int, float] = field(default_factory=dict)  # a block's is the median of its samples
    cpu_share: Optional[float] = None  # CPU time over wall time of all samples together; None: not known


def load_samples(folder, run_id, experiment, figure):
    """cell → CellSamples, or None where there is no such file or it is too large to read for a picture."""
    path = os.path.join(folder, "samples.csv")
    if not os.path.lexists(path) or os.path.isfile(path) and os.path.getsize(path) > FILE_BYTES_MAX:
        return None
    gathered = {}
    for line in read_table(folder, "samples.csv", COLUMNS, run_id, ROWS_MAX, AGAIN):
        values = line.values
        if values["experiment"] == experiment and values["figure"] == figure and values["status"] == "ok":
            _gather(line, gathered)
    return {cell: _summarised(*found) for cell, found in gathered.items()}


def _gather(line, gathered):
    better = line.choice("better", ("lower", "higher"))
    block = line.count("block", 0, BLOCKS_MAX)
    value = line.number("value", -MOST, MOST, 0)
    blocks, times, known = gathered.setdefault(line.text("cell"), ({}, [], better))
    if known != better:
        line.fail("better", "is another than in the cell's earlier rows")
    # Logarithms are taken of it, so what is not above 0 counts as not measured, as in summary.csv.
    if value is not None and value > 0:
        blocks.setdefault(block, []).append(value)
    times.append([line.number(name, 0, MOST, 0) for name in ("wall_ns", "user_ns", "sys_ns")])


def _summarised(blocks, times, better):
    complete = [row for row in times if None not in row]
    wall = sum(row[0] for row in complete)
    share = sum(row[1] + row[2] for row in complete) / wall if wall > 0 else None
    return CellSamples(better, {block: median(values) for block, values in sorted(blocks.items())}, share)


def why_none(folder):
    """Why load_samples has no answer; "" where there is no file, which is as good a folder as any."""
    large = os.path.lexists(os.path.join(folder, "samples.csv"))
    return "samples.csv is larger than %d MiB" % (FILE_BYTES_MAX >> 20) if large else ""
