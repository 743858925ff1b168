# SPDX-License-Identifier: MIT
"""Reads from blocks.csv, which older folders lack, which blocks do not count."""
from .table import read_table

BLOCKS_MAX = 10_000  # of a run; no file has more
COLUMNS = ("run_id", "block", "status")
AGAIN = "copy the folder again"
START_BYTES = 64 << 20


def load_invalid(folder, run_id):
    """The numbers of the blocks that broke a rule declared beforehand."""
    invalid = set()
    # After a crash the last row may be cut off: only whole lines are read.
    for line in read_table(folder, "blocks.csv", COLUMNS, run_id, BLOCKS_MAX, AGAIN, start=START_BYTES):
        block = line.count("block", 0, BLOCKS_MAX - 1)
        if line.choice("status", ("ok", "invalid")) == "invalid":
            invalid.add(block)
    return invalid
