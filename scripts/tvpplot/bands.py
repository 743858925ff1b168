# SPDX-License-Identifier: MIT
"""Dots in bands: in each band a row for each executor, with its name on the left and its value on the right."""
from dataclasses import dataclass
from typing import Callable, Optional

from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from . import labels, style

AXIS = 0.55  # inches below, for the scale
ROW = (0.152, 0.25)  # inches, at least and at most
TITLE = 1.6  # rows that a band's title takes
SIZE = 8.5
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


def rows_of(bands):
    """How high they are, in rows."""
    return sum(len(band) + TITLE for band in bands.values())


def least_height(bands):
    return rows_of(bands) * ROW[0] + AXIS


def draw(here, top, bands, looks, column):
    """`bands`: title → executor → row."""
    count = rows_of(bands)
    pitch = min(max((top - here.bottom - AXIS) / count, ROW[0]), ROW[1])
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
            _draw_dot(axes, "%s %s" % (name, title), column.scaled(band[name]), looks[name], y)
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
