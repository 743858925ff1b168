# SPDX-License-Identifier: MIT
"""
Reads timeline.csv, which not every run has: what the workers of a cell did, task by task.

A picture shows one block, and the file may be very long: only its first block is looked at, in as many bytes as a block
should ever have.
"""
from .model import Event, Timeline
from .summary_csv import WORKERS_MAX
from .table import LARGEST, read_table

START_BYTES = 64 << 20
ROWS_MAX = START_BYTES // 20
COLUMNS = ("run_id", "cell", "block", "worker", "first", "tasks", "begin_ns", "end_ns")
AGAIN = "copy the folder again"


def load_timelines(folder, run_id):
    """Cell → what the first block has of it."""
    timelines = {}
    first = None
    for line in read_table(folder, "timeline.csv", COLUMNS, run_id, ROWS_MAX, AGAIN, start=START_BYTES):
        block = line.count("block")
        first = block if first is None else first
        if block != first:
            break
        timelines.setdefault(line.text("cell"), Timeline(block)).events.append(_event(line))
    return timelines


def _event(line):
    line.count("first", 0, (1 << 64) - 1)
    event = Event(
        worker=line.count("worker", 0, WORKERS_MAX),
        tasks=line.count("tasks"),
        begin_ns=line.count("begin_ns", 0, LARGEST),
        end_ns=line.count("end_ns", 0, LARGEST),
    )
    if event.end_ns < event.begin_ns:
        line.fail("end_ns", "is before begin_ns")
    return event
