# SPDX-License-Identifier: MIT
"""A published table with what this run has in its place."""
from dataclasses import dataclass

from .labels import NANOSECONDS
from .model import Estimate, Row

SECONDS = {"s": "seconds", "ms": "ms", "us": "µs", "ns": "ns"}


@dataclass(frozen=True)
class Point:
    """This machine's value, in the table's unit and for as many operations."""

    row: Row
    estimate: Estimate
    extrapolated: bool


class Table:
    def __init__(self, published, rows):
        self.name, self.title, self.source = published.name, published.title, published.source
        self.counted, self.decimals, self.ratio = published.counted, published.decimals, published.ratio
        self.operations, self.unit = published.operations, published.unit
        self.lines, self.columns, self.machines = published.lines, published.columns, published.machines
        self._cells = published.cells
        self._rows = {row.cell: row for row in rows if row.figure == published.figure and row.unit in NANOSECONDS}
        self._factors = {unit: factor * self.operations / NANOSECONDS[self.unit] for unit, factor in NANOSECONDS.items()}

    def heading(self):
        """A stranger's, as it is."""
        return "%s: %s" % (self.name, self.title)

    def single(self):
        """One line of machines, which has no name."""
        return self.lines == [""]

    def row(self, line, column):
        """Of summary.csv; None if this run does not repeat the value."""
        return self._rows.get(self._cells[line][column])

    def point(self, line, column):
        """None if there is no value."""
        row = self.row(line, column)
        if row is None or row.status != "ok" or not row.median.value:
            return None
        ends = (row.median.value, row.median.low, row.median.high)
        scaled = [None if end is None else end * self._factors[row.unit] for end in ends]
        few = 0 < row.operations < self.operations
        return Point(row, Estimate(*scaled), few)

    def rows(self):
        found = [self.row(i, j) for i in range(len(self.lines)) for j in range(len(self.columns))]
        return list({row.cell: row for row in found if row is not None}.values())

    def points(self):
        found = [self.point(i, j) for i in range(len(self.lines)) for j in range(len(self.columns))]
        return [point for point in found if point is not None]

    def published(self, line):
        """Machines of a line, with their values."""
        return [machine for machine in self.machines if machine.line == self.lines[line]]

    def values(self):
        """All that the scale has to hold."""
        own = [end for point in self.points() for end in (point.estimate.value, point.estimate.low, point.estimate.high)]
        return [value for value in own + [value for one in self.machines for value in one.values] if value]

    def executor(self, line, column):
        """Who repeats the value; None if nobody does."""
        row = self.row(line, column)
        return row.executor if row else None

    def unit_text(self):
        """What the values are: "seconds for 50,000"."""
        if self.operations == 1:
            return SECONDS[self.unit]
        return "%s for %s" % (SECONDS[self.unit], "{:,}".format(self.operations))
