# SPDX-License-Identifier: MIT
"""Reads a CSV file that may be anything, a checked line at a time."""
import csv
import os
import re

from .errors import PlotError
from .model import Estimate
from .text import plain
from .textfile import read_text

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
WHOLE = re.compile(r"[0-9]{1,20}")
LARGEST = 1 << 53


class Line:
    """One row of a table, by column; knows where it stands."""

    def __init__(self, where, values):
        self.where = where
        self.values = values

    def fail(self, column, what):
        shown = plain(self.values[column], 40)
        raise PlotError('%s, column %s: "%s" %s' % (self.where, column, shown, what))

    def text(self, column):
        """Not empty."""
        if not self.values[column]:
            self.fail(column, "is empty")
        return self.values[column]

    def choice(self, column, names):
        if self.values[column] not in names:
            self.fail(column, "is not one of %s" % ", ".join(names))
        return self.values[column]

    def number(self, column, least, most, smallest=1e-12):
        """None where it is empty. Apart from 0, sizes from `smallest` to `most`."""
        text = self.values[column]
        if text == "":
            return None
        if len(text) > 40 or not NUMBER.fullmatch(text):
            self.fail(column, "is not a number")
        value = float(text)
        if not least <= value <= most or 0 < abs(value) < smallest:
            self.fail(column, "is out of range")
        return value

    def count(self, column, least=0, most=LARGEST):
        text = self.values[column]
        if not WHOLE.fullmatch(text) and not (text == "" and least == 0):
            self.fail(column, "is not a whole number")
        if not least <= int(text or 0) <= most:
            self.fail(column, "is out of range")
        return int(text or 0)

    def estimate(self, column, most):
        """With both ends of its interval, or none."""
        found = self.bounded(column, column + "_low", column + "_high", most)
        if found.value is not None and (found.low is None) != (found.high is None):
            self.fail(column + "_low", "is one end of an interval without the other")
        return found

    def bounded(self, column, column_low, column_high, most, least=0, smallest=1e-12):
        """An end that is empty is not known."""
        value = self.number(column, least, most, smallest)
        low = self.number(column_low, least, most, smallest)
        high = self.number(column_high, least, most, smallest)
        if value is None:
            return Estimate(None, None, None)
        # A relative 1e-6, as the ends may have been rounded on their own.
        below = low is not None and not low - abs(low) * 1e-6 <= value
        above = high is not None and not value <= high + abs(high) * 1e-6
        if below or above:
            self.fail(column, "is outside its own interval")
        return Estimate(value, low, high)


def read_table(folder, name, columns, run_id, rows_max, again, missing=None, start=0):
    """The lines of a file, or of its first `start` bytes, all of this run. `again`: how to come by a better one.
    `missing`: what to do if there is no such file; None: it is a file without lines."""
    text = read_text(folder, name, missing, start)
    if text is None:
        return
    path = plain(os.path.join(folder, name), 200)
    # NUL is an error of its own in older Pythons only.
    if "\0" in text:
        raise PlotError("%s: contains a NUL character" % path)
    reader = csv.reader(_physical_lines(text), strict=True)
    header = None
    count = 0
    try:
        for values in reader:
            if header is None:
                header = _check_header(path, values, columns, again)
                continue
            count += 1
            if count > rows_max:
                raise PlotError("%s: has more than %d rows" % (path, rows_max))
            yield _line("%s, row %d" % (path, reader.line_num), header, values, run_id)
    except csv.Error as error:
        raise PlotError("%s, row %d: not CSV: %s" % (path, reader.line_num, error)) from None
    if header is None:
        raise PlotError("%s: has no rows, not even one with the columns' names; %s" % (path, again))


def _physical_lines(text):
    """Without a second copy of it."""
    at = 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        yield text[at:end]
        at = end


def _check_header(path, header, columns, again):
    for name in columns:
        if header.count(name) != 1:
            problem = "is missing" if name not in header else "is there twice"
            raise PlotError("%s, row 1: column %s %s; %s" % (path, name, problem, again))
    return header


def _line(where, header, values, run_id):
    if len(values) != len(header):
        raise PlotError("%s: has %d columns, not %d as the first row" % (where, len(values), len(header)))
    line = Line(where, dict(zip(header, values)))
    if line.values["run_id"] != run_id:
        line.fail("run_id", "is another run than run.json's")
    return line
