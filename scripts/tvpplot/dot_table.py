# SPDX-License-Identifier: MIT
"""Columns of dots with whiskers that share their rows: bands with a row for each executor, values on the right."""
from dataclasses import dataclass
from typing import Callable, Dict, List, Sequence, Tuple

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from . import labels, page, style
from .model import Estimate
from .text import drawn

AXIS = 0.55  # inches below, for the scale
HEADING, LINE = 0.36, 0.18  # inches above the rows, and what each line of details adds
ROW = (0.16, 0.27)  # inches, at least and at most
TITLE = 1.45  # rows that a band's title takes
BETWEEN = 0.3
NAMES_MOST = 1.4
LOW = 5.0  # inches; what needs less fills no slide
SIZE = 9
NONE = "no result"


@dataclass
class Band:
    key: str
    title: str  # a stranger's, as it is
    names: List[str]  # of executors


@dataclass
class Column:
    heading: str
    details: Sequence[str]  # below it; strangers' too
    label: str  # of the scale, which is logarithmic
    cells: Dict[Tuple[str, str], Estimate]  # (band's key, executor) →; None: no result
    written: Callable  # Estimate → text
    tick: Callable  # value → text
    limits: Tuple[float, float]
    ticks: Callable  # limits, inches → values
    one: bool = False  # is 1 what others are compared with?


def body(bands, columns):
    """For the Page: no higher than needed."""
    rest = HEADING + LINE * max(len(column.details) for column in columns) + AXIS
    rows = _rows(bands)
    most = rest + rows * ROW[1]
    return {"body": most} if most < LOW else {"body_least": rest + rows * ROW[0]}


def _rows(bands):
    return sum(len(band.names) + TITLE for band in bands)


def draw(here, bands, columns, looks):
    head = HEADING + LINE * max(len(column.details) for column in columns)
    pitch = min((here.top - here.bottom - head - AXIS) / _rows(bands), ROW[1])
    names = max(here.width_of(_name(here, name), SIZE, "bold") for band in bands for name in band.names) + 0.25
    width = (style.WIDTH - 2 * page.MARGIN - names + BETWEEN) / len(columns)
    top = here.top - head
    _draw_names(here, bands, looks, names, width - BETWEEN, top, pitch)
    for i, column in enumerate(columns):
        left = page.MARGIN + names + i * width
        _draw_heading(here, column, left, width - BETWEEN)
        _draw_column(here, bands, column, looks, (left, top, width - BETWEEN), pitch)


def _name(here, name):
    return here.fit(name, SIZE, NAMES_MOST, "bold", 20)


def _places(bands):
    """(band, executor, its row's middle) from the top downwards, in rows; executor None: the band's title."""
    at = 0.0
    for band in bands:
        yield band, None, at + TITLE * 0.62
        for i, name in enumerate(band.names):
            yield band, name, at + TITLE + i + 0.5
        at += TITLE + len(band.names)


def _draw_names(here, bands, looks, names, width, top, pitch):
    for band, name, at in _places(bands):
        y = top - at * pitch
        if name is None:
            title = here.fit(band.title, 10.5, names + width, "bold", 120)
            here.text(page.MARGIN, y, title, size=10.5, weight="bold", va="center", ha="left",
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})
            if band is not bands[0]:
                line = y + TITLE * 0.55 * pitch
                labels.hair(here, (page.MARGIN, line), (style.WIDTH - page.MARGIN, line), style.FAINT)
        else:
            here.text(page.MARGIN + names - 0.15, y, _name(here, name), size=SIZE, weight="bold", va="center",
                      ha="right", color=looks[name].colour)


def _draw_heading(here, column, x, width):
    here.text(x, here.top - 0.06, here.fit(column.heading, 12.5, width, "bold", 60), size=12.5, weight="bold",
              va="top", ha="left")
    for i, line in enumerate(column.details):
        here.text(x, here.top - 0.29 - LINE * i, here.fit(line, SIZE, width, letters=90), size=SIZE, va="top",
                  ha="left", color=style.MUTED)


def _draw_column(here, bands, column, looks, place, pitch):
    left, top, width = place
    texts = {key: NONE if one is None else column.written(one) for key, one in column.cells.items()}
    values = max(here.width_of(text, SIZE) for text in texts.values()) + 0.12
    rows = _rows(bands)
    axes = here.axes(left, top - rows * pitch, width - values, rows * pitch)
    _finish_axes(axes, column, width - values, rows)
    for band, name, at in _places(bands):
        if (band.key, name) not in texts:
            continue
        estimate = column.cells[band.key, name]
        if estimate is not None:
            _draw_dot(axes, "%s %s" % (name, band.key), estimate, looks[name], at)
        here.text(left + width, top - at * pitch, texts[band.key, name], size=SIZE, va="center", ha="right",
                  color=style.MUTED if estimate is None else style.INK)


def _finish_axes(axes, column, width, rows):
    style.clean_axes(axes)
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.set_ylim(rows, 0)
    axes.set_xscale("log")
    axes.set_xlim(*column.limits)
    axes.xaxis.set_major_locator(FixedLocator(column.ticks(column.limits, width)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: column.tick(x)))
    axes.set_xlabel(drawn(column.label, 60), fontsize=10)
    if column.one:
        axes.axvline(1, color=style.INK, linewidth=1.1, zorder=1.6, label="one")


def _draw_dot(axes, label, estimate, look, y):
    """What is 0 has no place on a logarithmic scale: an open marker at its edge, where its number says it."""
    if not estimate.value > 0:
        axes.plot([0], [y], transform=axes.get_yaxis_transform(), color=look.colour, marker=look.marker,
                  markersize=look.size * 0.85, markerfacecolor="white", markeredgewidth=1.2, clip_on=False,
                  linestyle="none", zorder=3, label=label + " zero")
        return
    axes.errorbar(
        [estimate.value], [y], xerr=labels.whiskers([estimate]), label=label, color=look.colour, marker=look.marker,
        markersize=look.size * 0.9, markeredgecolor=look.colour, markeredgewidth=0.5, linestyle="none", elinewidth=1.4,
        capsize=2.5, capthick=1.2, zorder=3,
    )
