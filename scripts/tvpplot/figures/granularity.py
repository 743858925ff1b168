# SPDX-License-Identifier: MIT
"""granularity: speed-up over serial code by the length of a task, and from which length on a pool pays."""
import math
from dataclasses import replace

from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from .. import labels, page, sheets, style
from ..text import drawn

TITLE = "From which task length on does a pool pay?"
SUBTITLE = (
    "Speed-up is throughput over that of serial code, by the time that one task computes; both scales are logarithmic. "
    "Above 1 the workers pay.\n"
    "Whiskers: 95 % intervals (hidden where narrower than the marker), on the line at 1 those of the break-even length."
)
LENGTH = "length_ns"
VARYING = (LENGTH, "recycle", "schedule", "chunk")
TABLE = 3.75  # inches on the right, where there are break-even lengths
SCALE = 0.62
HEADING, AXIS = 0.5, 0.55
NAMES_MAX = 10  # beside their points; the table has them all
LEVEL = 0.2  # inches between break-even lengths that are written above one another
NAME_SIZE = 9.5
SERIAL = {"color": style.INK, "linewidth": 1.2}
IDEAL = {"color": style.MUTED, "linewidth": 1, "linestyle": (0, (2, 2))}
WORDS = {"always": "at every length", "never": "at none", "unclear": "unclear"}


def draw(run, rows, looks):
    rows = [row for row in sheets.headline(run, rows) if row.executor == "serial" or LENGTH in sheets.settings(row)]
    found = [part for sheet in sheets.split(rows, VARYING, _has_point) for part in _parts(sheet)]
    return [_draw_sheet(run, sheet, looks) for sheet in found if _lines(sheet)]


def _parts(sheet):
    """One way of sharing out a picture, beside one of workers that do not stay; most sheets have no more."""
    ways = {}
    for row in sheet.rows:
        found = ways.setdefault(sheets.whole(row, "recycle"), [])
        if row.executor != "serial" and _way(row) not in found:
            found.append(_way(row))
    count = max(map(len, ways.values()))
    for i in range(count):
        shown = {recycle: found[min(i, len(found) - 1)] for recycle, found in ways.items() if found}
        wanted = [row.executor == "serial" or shown.get(sheets.whole(row, "recycle"), _way(row)) == _way(row)
                  for row in sheet.rows + sheet.missing]
        told = "schedule=%s, chunk=%s" % next(iter(shown.values()))
        yield replace(
            sheet,
            rows=[row for row, show in zip(sheet.rows, wanted) if show],
            missing=[row for row, show in zip(sheet.missing, wanted[len(sheet.rows) :]) if show],
            detail=sheet.detail + (", " + told if count > 1 else ""),
        )


def _way(row):
    own = sheets.settings(row)
    return own.get("schedule"), own.get("chunk")


def _has_point(row):
    return row.status == "ok" and (bool(row.speedup.value) or _is_reference(row) and row.median.value is not None)


def _is_reference(row):
    """The serial loop is the line at 1."""
    return row.executor == "serial" or row.reference == row.cell


def _key(row):
    return row.executor, sheets.whole(row, "recycle")


def _lines(sheet):
    """(executor, tasks per worker) → task length in ns → row."""
    lines = {}
    for row in sheet.rows:
        length = sheets.whole(row, LENGTH)
        if row.speedup.value and length and not _is_reference(row):
            lines.setdefault(_key(row), {}).setdefault(length, row)
    order = style.executor_order(name for name, _ in lines)
    return {key: lines[key] for key in sorted(lines, key=lambda key: (key[1], order.index(key[0])))}


def _draw_sheet(run, sheet, looks):
    lines = _lines(sheet)
    crossings = _crossings(run, sheet, lines)
    scale = _Scale(lines, crossings, sheet.workers, page.core_count(run))
    here = page.Page(
        title=drawn(run.questions.get("granularity") or TITLE, 200),
        subtitle=SUBTITLE,
        notices=page.notices(run),
        caption=sheets.caption(run, sheet),
        legend=_legend(lines, looks, scale),
        body_least=HEADING + AXIS + max(4.4, 0.2 * len(crossings) + 1),
    )
    width = style.WIDTH - 2 * page.MARGIN - SCALE - (TABLE if crossings else 0.1)
    place = (page.MARGIN + SCALE, here.bottom + AXIS, width, here.top - here.bottom - HEADING - AXIS)
    axes = here.axes(*place)
    names = _Names(here, crossings, looks, scale, width)
    scale.make_room(names.height, place[3])
    _finish_axes(axes, scale, width)
    _draw_levels(axes, scale)
    for key, line in lines.items():
        gaps = {sheets.whole(row, LENGTH) for row in sheet.missing if _key(row) == key}
        for part in labels.unbroken(sorted(line), gaps):
            _draw_line(axes, key, {length: line[length] for length in part}, looks[key[0]])
    for key, crossing in crossings.items():
        _draw_crossing(axes, key, crossing, looks[key[0]])
    names.draw(place)
    here.heading(page.MARGIN, sheet.title, sheet.detail, width)
    y = place[1] + place[3] / 2
    here.text(page.MARGIN, y, "speed-up (×)", rotation=90, ha="left", va="center", size=12)
    if crossings:
        _draw_table(here, crossings, looks)
    return here.figure


def _crossings(run, sheet, lines):
    """(executor, tasks per worker) → crossing, of the lines that are drawn."""
    found = {}
    for crossing in run.crossings:
        own = {name: value for name, value in sheets.settings(crossing).items() if name not in VARYING}
        key = _key(crossing)
        same = (crossing.experiment, crossing.workload, crossing.placement, crossing.workers) == (
            "granularity", sheet.workload, sheet.placement, sheet.workers)
        if same and crossing.parameter == LENGTH and own == sheet.settings and key in lines:
            if _way(crossing) == _way(next(iter(lines[key].values()))):
                found[key] = crossing
    return {key: found[key] for key in lines if key in found}


class _Scale:
    """Limits with room for markers, whiskers included; 1 and the ideal are always in view."""

    def __init__(self, lines, crossings, workers, cores):
        rows = [row for line in lines.values() for row in line.values()]
        lengths = [length for line in lines.values() for length in line]
        lengths += [crossing.estimate.value for crossing in crossings.values() if crossing.estimate.value]
        speedups = [value for row in rows for value in (row.speedup.value, row.speedup.low, row.speedup.high) if value]
        self.x = (min(lengths) / 1.5, max(lengths) * 1.5)
        self.y = (min(speedups + [0.5]) / 1.3, max(speedups + [workers]) * 1.35)
        self.ideals = [(workers, "ideal: %d×" % workers)] if workers > 1 else []
        if 1 < cores < workers:
            self.ideals.append((cores, "%d usable cores" % cores))

    def make_room(self, room, height):
        """Above everything, in inches."""
        low, high = self.y
        self.top = high
        self.y = (low, high * (high / low) ** (room / (height - room)))
        self.ticks = labels.ticks(low, high, height - room, 0.3)

    def along(self, length):
        """0 … 1, from left to right."""
        low, high = self.x
        return math.log(length / low) / math.log(high / low)

    def above(self, speedup):
        low, high = self.y
        return math.log(speedup / low) / math.log(high / low)


def _finish_axes(axes, scale, width):
    style.clean_axes(axes)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(*scale.x)
    axes.set_ylim(*scale.y)
    axes.xaxis.set_major_locator(FixedLocator(labels.ticks(*scale.x, width, 0.8)))
    axes.yaxis.set_major_locator(FixedLocator(scale.ticks))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: labels.tick_duration(x)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: "%g" % y))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.set_xlabel("length of a task (log scale)", fontsize=11)


def _draw_levels(axes, scale):
    axes.axhline(1, zorder=1.6, label="break-even", **SERIAL)
    for level, _ in scale.ideals:
        axes.axhline(level, zorder=1.5, label="ideal", **IDEAL)


def _draw_line(axes, key, line, look):
    """A pool's line is thick; one of workers that do not stay is thin and dashed, with open markers."""
    name, recycle = key
    estimates = [row.speedup for row in line.values()]
    thin = bool(recycle) or look.peer
    axes.errorbar(
        list(line), [one.value for one in estimates], yerr=labels.whiskers(estimates), color=look.colour,
        marker=look.marker, markersize=look.size * (0.62 if recycle else 0.8),
        markerfacecolor="white" if thin else look.colour,
        markeredgecolor=look.colour if thin else "white", markeredgewidth=1 if thin else 0.6,
        linestyle=_dashes(look, recycle), linewidth=1 if thin else 1.9, elinewidth=1.2, capsize=2.5, capthick=1.2,
        zorder=2.5 if thin else 3, label="%s recycle=%d" % key if recycle else name,
    )


def _dashes(look, recycle):
    return (0, (4, 2.5)) if recycle == 1 else (0, (1.5, 2)) if recycle else look.dashes


def _draw_crossing(axes, key, crossing, look):
    """On the line at 1; an interval's end that is not known is the axis' end."""
    estimate = crossing.estimate
    if not estimate.value:
        return
    low, high = (estimate.low or axes.get_xlim()[0], estimate.high or axes.get_xlim()[1])
    axes.errorbar(
        [estimate.value], [1], xerr=[[max(estimate.value - low, 0)], [max(high - estimate.value, 0)]],
        color=look.colour, marker="|", markersize=15, markeredgewidth=2.4, elinewidth=3.2, capsize=0, zorder=4,
        label="%s recycle=%d crossing" % key,
    )


class _Names:
    """Break-even lengths above the curves, each on the right of a hair that goes down to its point: so high that it
    meets no hair of others."""

    def __init__(self, here, crossings, looks, scale, width):
        self.here, self.looks, self.scale = here, looks, scale
        crossed = [(key, one.estimate.value) for key, one in crossings.items() if one.estimate.value]
        self.items = []
        if len(crossed) > NAMES_MAX:
            crossed = []
        for key, value in sorted(crossed, key=lambda item: -item[1]):
            text = "%s %s" % (drawn(key[0], 18), labels.duration(value))
            weight = "normal" if key[1] else "bold"
            x, room = scale.along(value) * width, here.width_of(text, NAME_SIZE, weight) + 0.12
            left = x - max(0, x + room - width - 0.1)
            level = max((other[2] + 1 for other in self.items if left - 0.08 < other[1] < left + room + 0.08
                         or left < other[3] + other[4] and other[3] < left + room), default=0)
            self.items.append((key, x, level, left, room, text, weight))
        self.height = LEVEL * (max((item[2] for item in self.items), default=-1) + 1) + 0.1

    def draw(self, place):
        left, bottom, _, height = place
        one = bottom + self.scale.above(1) * height
        top = bottom + self.scale.above(self.scale.top) * height
        for (name, _), x, level, start, _, text, weight in self.items:
            y = top + 0.12 + LEVEL * level
            colour = self.looks[name].colour
            labels.hair(self.here, (left + x, one), (left + x, y + 0.06), colour)
            self.here.text(left + start + 0.06, y, text, size=NAME_SIZE, weight=weight, color=colour, va="center")


def _draw_table(here, crossings, looks):
    """Break-even lengths with their intervals."""
    x = style.WIDTH - page.MARGIN - TABLE + 0.35
    here.heading(x, "break-even length", "[95 % interval]", TABLE)
    y = here.top - 0.61
    for recycle in sorted({recycle for _, recycle in crossings}):
        here.text(x, y, _kind(recycle), size=10.5, weight="bold", va="top", ha="left")
        y -= 0.24
        for (name, own), crossing in crossings.items():
            if own == recycle:
                _draw_entry(here, name, crossing, looks[name], x, y)
                y -= 0.2
        y -= 0.16


def _draw_entry(here, name, crossing, look, x, y):
    options = {"size": 10, "va": "top"}
    here.text(x, y, drawn(name, 18), color=look.colour, weight="normal" if look.peer else "bold", ha="left", **options)
    if crossing.estimate.value:
        here.text(x + 2.15, y, labels.duration(crossing.estimate.value), ha="right", **options)
        here.text(x + 2.25, y, labels.duration_interval(crossing.estimate), ha="left", color=style.MUTED, **options)
    else:
        here.text(x + 2.15, y, WORDS[crossing.status], ha="right", color=style.MUTED, **options)


def _kind(recycle):
    if recycle == 0:
        return "a pool"
    return "a worker for every task" if recycle == 1 else "a worker for every %d tasks" % recycle


def _legend(lines, looks, scale):
    handles = []
    for name in style.executor_order(name for name, _ in lines):
        look = looks[name]
        handles.append(Line2D(
            [], [], color=look.colour, marker=look.marker, markersize=look.size, linewidth=1 if look.peer else 1.9,
            linestyle=look.dashes, markeredgecolor=look.colour if look.peer else "white", markeredgewidth=0.6,
            markerfacecolor="white" if look.peer else look.colour, label=drawn(name, 20),
        ))
    for recycle in sorted({recycle for _, recycle in lines} - {0}):
        handles.append(Line2D(
            [], [], color=style.INK, marker="o", markersize=4.5, markerfacecolor="white", linewidth=1,
            linestyle=(0, (4, 2.5)) if recycle == 1 else (0, (1.5, 2)), label=_kind(recycle),
        ))
    handles.append(Line2D([], [], label="serial code", **SERIAL))
    return handles + [Line2D([], [], label=name, **IDEAL) for _, name in scale.ideals]
