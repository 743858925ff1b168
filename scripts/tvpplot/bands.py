# SPDX-License-Identifier: MIT
"""Dots in bands: in each band a row for each executor, with its name on the left and its value on the right."""
from dataclasses import dataclass
from typing import Callable, Optional, Sequence

from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from . import labels, style

AXIS = 0.55  # inches below, for the scale
ROW = (0.152, 0.25)  # inches, at least and at most
TITLE = 1.6  # rows that a band's title takes
SIZE = 8.5
LOW = 5.0  # inches; what needs less fills no slide
LINEAR = 5  # up to which ratio of the largest to the least value


@dataclass
class Column:
    """What is drawn in one column of dots."""

    left: float  # inches
    width: float
    names: float  # inches of it, for the executors' names; 0: none
    values: float  # inches of it, for values
    label: str
    scaled: Callable  # row → Estimate
    written: Callable  # row → text
    tick: Callable  # value → text
    ticks_up_to: Optional[Callable] = None  # the largest value → tick, where the axis is not logarithmic
    one: bool = False  # is 1 of interest?
    beside: Optional[Callable] = None  # row → Estimate that it is set beside, with an open marker; or None
    also: Sequence[float] = ()  # values that the scale holds as well


def rows_of(bands):
    """How high they are, in rows."""
    return sum(len(band) + TITLE for band in bands.values())


def least_height(bands):
    return rows_of(bands) * ROW[0] + AXIS


def body(columns, heading):
    """For a Page with columns of bands below a heading: no higher than they need."""
    rows = max(map(rows_of, columns))
    most = heading + rows * ROW[1] + AXIS
    return {"body": most} if most < LOW else {"body_least": heading + rows * ROW[0] + AXIS}


def draw(here, top, bands, looks, column, most=0):
    """`bands`: title → executor → row. `most`: rows of the longest column beside, as rows are as high there as here."""
    count = rows_of(bands)
    pitch = min(max((top - here.bottom - AXIS) / max(count, most), ROW[0]), ROW[1])
    width = column.width - column.names - column.values
    axes = here.axes(column.left + column.names, top - count * pitch, width, count * pitch)
    _finish_axes(axes, [row for band in bands.values() for row in band.values()], column, width)
    axes.set_ylim(count, 0)
    at = 0.0
    for i, (title, band) in enumerate(bands.items()):
        if column.names:
            here.text(column.left, top - (at + 0.75) * pitch, title, size=10.5, weight="bold", va="center", ha="left")
        if i:
            y = top - (at + 0.1) * pitch
            labels.hair(here, (column.left, y), (column.left + column.width, y), style.FAINT)
        for j, name in enumerate(style.executor_order(band)):
            y = at + TITLE + 0.2 + j
            label = "%s %s" % (name, title)
            other = column.beside(band[name]) if column.beside else None
            if other:
                _draw_other(axes, label + " beside", other, column.scaled(band[name]), looks[name], y)
            _draw_dot(axes, label, column.scaled(band[name]), looks[name], y)
            _draw_texts(here, column, name, band[name], looks[name], top - y * pitch)
        at += len(band) + TITLE


def _draw_texts(here, column, name, row, look, y):
    options = {"size": SIZE, "ha": "right", "va": "center"}
    weight = "normal" if look.peer else "bold"
    if column.names:
        text = here.fit(name, SIZE, column.names - 0.1, weight)
        here.text(column.left + column.names - 0.1, y, text, weight=weight, color=look.colour, **options)
    colour = style.MUTED if look.peer else style.INK
    here.text(column.left + column.width, y, column.written(row), color=colour, **options)


def _finish_axes(axes, rows, column, width):
    style.clean_axes(axes)
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    values = [value for row in rows for value in labels.known(column.scaled(row)) if value] + [1] * column.one
    values += [value for value in column.also if value]
    low, high = min(values), max(values)
    written = column.tick
    if high / low < LINEAR:
        written = column.ticks_up_to(high) if column.ticks_up_to else written
        room = 0.06 * (high - low or high)
        axes.set_xlim(low - room, high + room)
        axes.xaxis.set_major_locator(MaxNLocator(max(2, int(width / 0.6)), steps=(1, 2, 2.5, 5, 10)))
    else:
        limits = labels.limits(values)
        axes.set_xscale("log")
        axes.set_xlim(*limits)
        axes.xaxis.set_major_locator(FixedLocator(labels.ticks(*limits, width, 0.55)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: written(x)))
    axes.set_xlabel(column.label + (" (log scale)" if axes.get_xscale() == "log" else ""), fontsize=11)
    if column.one:
        axes.axvline(1, color=style.INK, linewidth=1.2, zorder=1.6, label="one")


def _draw_dot(axes, name, estimate, look, y):
    axes.errorbar(
        [estimate.value], [y], xerr=labels.whiskers([estimate]), label=name, color=look.colour, marker=look.marker,
        markersize=look.size * (0.8 if look.peer else 0.9), markerfacecolor="white" if look.peer else look.colour,
        zorder=3, markeredgecolor=look.colour, markeredgewidth=1, elinewidth=1.4, capsize=2.5, capthick=1.2,
    )


def _draw_other(axes, name, other, estimate, look, y):
    """With a line to the value that is set beside it."""
    axes.plot([other.value, estimate.value], [y, y], color=look.colour, linewidth=1.2, alpha=0.5, zorder=2)
    axes.errorbar(
        [other.value], [y], xerr=labels.whiskers([other]), label=name, color=look.colour, marker=look.marker,
        markersize=look.size * 0.75, markerfacecolor="white", zorder=2.5, markeredgecolor=look.colour,
        markeredgewidth=1.1, elinewidth=1.1, capsize=2, capthick=1,
    )
