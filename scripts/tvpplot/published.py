# SPDX-License-Identifier: MIT
"""Published tables in run.json: what others gave, and which cells of the run repeat it."""
from dataclasses import dataclass
from typing import List, Optional

from .errors import PlotError
from .text import plain

TABLES_MAX, LINES_MAX, COLUMNS_MAX, ROWS_MAX = 64, 64, 32, 1000
NAME_MAX, TEXT_MAX = 255, 4096
UNITS = ("s", "ms", "us", "ns")
LARGEST, SMALLEST = 1e12, 1e-12


@dataclass(frozen=True)
class Machine:
    """What one machine gave in one line; None: nothing."""

    name: str
    line: str
    values: List[Optional[float]]


@dataclass(frozen=True)
class Published:
    name: str
    title: str
    source: str
    unit: str
    figure: str  # of the cells
    operations: int  # that a value is the time of
    counted: str  # what these are
    decimals: int
    ratio: Optional[tuple]  # columns whose ratio is of interest
    lines: List[str]
    columns: List[str]
    machines: List[Machine]
    cells: List[List[Optional[str]]]  # one a line and column; None: it is not repeated


def load_published(experiment):
    """Of an experiment in run.json; older runs have none."""
    items = experiment.objects("published")
    if len(items) > TABLES_MAX:
        raise PlotError('%s: "published" is too long' % experiment.where)
    return [_table(item) for item in items]


def _fail(item, name, what):
    raise PlotError('%s: "%s" %s' % (item.where, name, what))


def _text(item, name, most=NAME_MAX):
    text = item.text(name)
    if len(text) > most:
        _fail(item, name, "is too long")
    return text


def _whole(item, name, least, most):
    value = item.get(name, int, least)
    if not least <= value <= most:
        _fail(item, name, "is out of range")
    return value


def _list(item, name, most, least=0):
    found = item.get(name, list, [])
    if not least <= len(found) <= most:
        _fail(item, name, "has %d elements" % len(found))
    return found


def _names(item, name, most):
    found = _list(item, name, most, 1)
    if not all(isinstance(text, str) and len(text) <= NAME_MAX for text in found):
        _fail(item, name, "has what is no name")
    if len(set(found)) < len(found):
        _fail(item, name, "has one name twice")
    return found


def _table(item):
    lines, columns = _names(item, "lines", LINES_MAX), _names(item, "columns", COLUMNS_MAX)
    unit = _text(item, "unit")
    if unit not in UNITS:
        _fail(item, "unit", 'is "%s": not one of %s' % (plain(unit, 20), ", ".join(UNITS)))
    _list(item, "rows", ROWS_MAX)
    return Published(
        name=_text(item, "name"),
        title=_text(item, "title"),
        source=_text(item, "source", TEXT_MAX),
        unit=unit,
        figure=_text(item, "figure"),
        operations=_whole(item, "operations", 1, int(LARGEST)),
        counted=_text(item, "counted"),
        decimals=_whole(item, "decimals", 0, 9),
        ratio=_ratio(item, columns),
        lines=lines,
        columns=columns,
        machines=[_machine(row, lines, columns) for row in item.objects("rows")],
        cells=_cells(item, lines, columns),
    )


def _ratio(item, columns):
    ratio = item.object("ratio")
    names = _text(ratio, "of"), _text(ratio, "over")
    if names == ("", "") and not ratio.value:
        return None
    if not set(names) <= set(columns):
        _fail(item, "ratio", "is of what is none of the columns")
    return tuple(columns.index(name) for name in names)


def _machine(row, lines, columns):
    values = _list(row, "values", len(columns), len(columns))
    for value in values:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if value is not None and not (number and SMALLEST <= value <= LARGEST):
            _fail(row, "values", "has what is no number above 0")
    line = _text(row, "line")
    if line not in lines:
        _fail(row, "line", "is none of the lines")
    return Machine(_text(row, "machine"), line, values)


def _cells(item, lines, columns):
    found = _list(item, "cells", len(lines), len(lines))
    for cells in found:
        if not isinstance(cells, list) or len(cells) != len(columns):
            _fail(item, "cells", "has a list that is not as long as there are columns")
        if not all(cell is None or isinstance(cell, str) for cell in cells):
            _fail(item, "cells", "has what is no cell")
    return found
