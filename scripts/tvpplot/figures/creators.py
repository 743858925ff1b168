# SPDX-License-Identifier: MIT
"""creators: workers created per second against how many create at once, a panel for each kind of worker."""
import math
from dataclasses import replace

from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from .. import groups, labels, page, sheets, style
from ..text import drawn, interval, number

TITLE = "Do threads that create workers hold each other up more than processes do?"
SUBTITLE = (
    "Workers created and reaped per second by all creators together. Higher is better; each panel has its own scale, "
    "and × is over one alone.\n"
    "Whiskers: 95 % intervals (hidden where narrower than the marker). "
    "Points are moved sideways a little to be seen apart."
)
RATE = "1/s"
KIND = "worker"  # the parameter that says what is created
KINDS = {"thread": "creating threads", "fork": "forking processes", "spawn": "spawning programs"}
CREATORS = {"serial": "one alone in its process", "thread": "threads of one process", "fork": "processes"}
NAMES = {"thread": "threads", "fork": "processes"}
LINEAR_UP_TO = 16  # creators; with more both axes are logarithmic
SCALE, BETWEEN = 0.85, 0.12  # inches left of each panel, right of it
HEADING, LINE, AXIS = 0.5, 0.19, 0.62
TITLE_SIZE, DETAIL_SIZE = 13, 10
LINE_LEAST = 4.2
IDEAL = {"color": style.MUTED, "linewidth": 1}
CORES = {"color": style.MUTED, "linewidth": 1.2, "linestyle": (0, (2, 2))}


def draw(run, rows, looks):
    rows = [_by_kind(row) for row in sheets.headline(run, rows) if row.unit == RATE]
    found = groups.split(rows, lambda row: (row.workload, row.placement, row.params))
    found = [group for group in found if any(map(_has_point, group.rows))]
    return [_draw_page(run, rows, part, looks) for part in groups.pages(found)]


def _by_kind(row):
    """What is brought up takes the workload's place."""
    own = sheets.settings(row)
    kind = own.pop(KIND, row.workload)
    return replace(row, workload=KINDS.get(kind, kind), params=";".join("%s=%s" % item for item in own.items()))


def _has_point(row):
    return row.status == "ok" and bool(row.median.value)


def _draw_page(run, rows, part, looks):
    with_points = [row for group in part for row in group.rows if _has_point(row)]
    cores = page.core_count(run)
    columns = groups.columns(len(part))
    lines = -(-len(part) // columns)
    here = page.Page(
        title=drawn(run.questions.get("creators") or TITLE, 200),
        subtitle=SUBTITLE,
        notices=page.notices(run),
        caption=page.provenance(run, with_points) + _placement(part) + groups.parameters_caption(part)
        + page.not_shown(rows),
        legend=_legend(part, looks, cores),
        body=0 if lines == 1 else lines * LINE_LEAST,
    )
    width = (style.WIDTH - 2 * page.MARGIN - 0.3) / columns
    height = (here.top - here.bottom) / lines
    panels = [_Panel(here, group, cores, width - SCALE - BETWEEN) for group in part]
    head = HEADING + LINE * max(len(panel.details) for panel in panels)
    for i, panel in enumerate(panels):
        left = page.MARGIN + 0.3 + i % columns * width + SCALE
        bottom = here.bottom + (lines - 1 - i // columns) * height
        panel.draw(looks, left, bottom + AXIS, height - AXIS - head)
        panel.draw_heading(left, bottom + height - 0.1)
        if i % columns == 0:
            y = bottom + AXIS + (height - AXIS - head) / 2
            here.text(page.MARGIN, y, "workers created per second", rotation=90, ha="left", va="center", size=12)
    return here.figure


def _placement(part):
    """Caption: that of all panels; headings name those that differ."""
    found = {group.placement for group in part}
    if len(found) > 1 or found & {"", "none"}:
        return []
    return ["Placement: %s; new workers stay where their creators are." % drawn(found.pop(), 30)]


class _Panel:
    """What creators of each executor manage, for one kind of worker."""

    def __init__(self, here, group, cores, width):
        self.here, self.group, self.cores, self.width = here, group, cores, width
        self.names = style.executor_order(row.executor for row in group.rows)
        self.levels = sorted({row.workers for row in group.rows})
        self.logarithmic = self.levels[-1] > LINEAR_UP_TO
        shown = [row for row in group.rows if _has_point(row)]
        self.alone = _alone(group.rows)
        self.details = here.wrap(group.detail, DETAIL_SIZE, width) + self._answers(shown)
        values = [value for row in shown for value in labels.known(row.median) if value > 0]
        if self.alone:  # the ideal goes on beyond the core count, the panel need not
            values.append(self.alone * min(self.levels[-1], cores or self.levels[-1]))
        self.y = labels.limits(values) if self.logarithmic else (0, 1.07 * max(values))

    def _answers(self, shown):
        """The rate of one who is alone, and how many times that several have, on as many cores if possible."""
        found = ["alone: %s/s" % _rate(float("%.3g" % self.alone))] if self.alone else []
        several = [row for row in shown if row.workers > 1 and row.speedup.value is not None]
        if not several:
            return found
        count = min((row.workers for row in several), key=lambda workers: (workers != self.cores, -workers))
        for name in self.names:
            row = next((row for row in several if (row.executor, row.workers) == (name, count)), None)
            if row:
                times = " ".join((number(row.speedup.value) + "×", interval(row.speedup)))
                found.append("%d %s: %s" % (count, NAMES.get(name) or "× " + drawn(name, 12), times))
        return found

    def draw(self, looks, left, bottom, height):
        axes = self.here.axes(left, bottom, self.width, height)
        self._finish_axes(axes, height)
        if self.alone:
            ends = [self.levels[0], self.levels[-1]]
            axes.plot(ends, [self.alone * end for end in ends], zorder=1.5, label="ideal", **IDEAL)
        if self.cores and self.levels[0] <= self.cores <= self.levels[-1]:
            axes.axvline(self.cores, label="cores", zorder=1.4, **CORES)
        for i, name in enumerate(self.names):
            cells = {row.workers: row for row in self.group.rows if row.executor == name}
            self._draw_executor(axes, name, dict(sorted(cells.items())), looks[name], self._shifted(i))

    def _shifted(self, i):
        """creators → x, for the i-th executor: a marker's width apart, the last two on both sides of the place."""
        span = math.log2(self.levels[-1] / self.levels[0]) if self.logarithmic else self.levels[-1] - self.levels[0]
        step = (0.06 if self.logarithmic else 0.09) * 1.2 * max(span, 1) / self.width
        shift = (i - max(len(self.names) - 1.5, 0)) * step
        return lambda workers: workers * 2**shift if self.logarithmic else workers + shift

    def _finish_axes(self, axes, height):
        style.clean_axes(axes)
        axes.grid(False, axis="x")
        axes.set_ylim(*self.y)
        if self.logarithmic:
            axes.set_xscale("log", base=2)
            axes.set_yscale("log")
            axes.set_xlim(self.levels[0] * 2**-0.5, self.levels[-1] * 2**0.3)
            axes.yaxis.set_major_locator(FixedLocator(labels.ticks(*self.y, height, 0.4)))
        else:
            room = 0.12 * max(self.levels[-1] - self.levels[0], 1)
            axes.set_xlim(self.levels[0] - room, self.levels[-1] + room)
            axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_locator(FixedLocator(self._named_levels()))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: "%d" % round(x)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: _rate(y)))
        axes.set_xlabel("creators at the same time", fontsize=11)

    def _named_levels(self):
        """Those that are written at the axis: one and the core count first, then powers of two."""
        place = math.log2 if self.logarithmic else float
        wanted = [level for level in (1, self.cores) if level in self.levels]
        wanted += [level for level in self.levels if level & (level - 1) == 0] + self.levels
        names = {place(level): str(level) for level in self.levels}
        inch = 1.2 * max(place(self.levels[-1]) - place(self.levels[0]), 1) / self.width
        chosen = labels.apart(list(dict.fromkeys(map(place, wanted))), names, inch)
        return [int(names[level]) for level in sorted(chosen)]

    def _draw_executor(self, axes, name, cells, look, place):
        """A line, broken where a cell has no value; a cross on the axis marks such a cell."""
        missing = [workers for workers, row in cells.items() if not _has_point(row)]
        axes.plot(
            list(map(place, missing)), [0.035] * len(missing), transform=axes.get_xaxis_transform(), color=look.colour,
            marker="x", markersize=6.5, markeredgewidth=1.8, linestyle="none", zorder=4, label=name + " missing",
        )
        size = look.size * (0.62 if self.logarithmic else 0.85)
        for part in labels.unbroken([workers for workers in cells if workers not in missing], missing):
            estimates = [cells[workers].median for workers in part]
            axes.errorbar(
                list(map(place, part)), [one.value for one in estimates], yerr=labels.whiskers(estimates),
                color=look.colour, marker=look.marker, markersize=size, markeredgecolor="white", markeredgewidth=0.6,
                linestyle=look.dashes, linewidth=1.8, elinewidth=1.3, capsize=2.5, capthick=1.3, zorder=3, label=name,
            )

    def draw_heading(self, x, y):
        self.here.text(x, y, self.group.title, size=TITLE_SIZE, weight="bold", va="top", ha="left")
        for i, line in enumerate(self.details):
            self.here.text(x, y - 0.25 - LINE * i, line, size=DETAIL_SIZE, va="top", ha="left", color=style.MUTED)


def _alone(rows):
    """The rate that the ideal is a multiple of: that of the cell which speed-up is over."""
    references = {row.reference for row in rows}
    return next((row.median.value for row in rows if row.cell in references and _has_point(row)), None)


def _rate(value):
    """15000 → "15 k"."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size * 0.9995:
            return "%g %s" % (float("%.6g" % (value / size)), unit)
    return "%g" % float("%.6g" % value)


def _legend(part, looks, cores):
    rows = [row for group in part for row in group.rows]
    handles = []
    for name in style.executor_order(row.executor for row in rows):
        look = looks[name]
        several = len({row.workers for row in rows if row.executor == name}) > 1
        handles.append(Line2D(
            [], [], color=look.colour, marker=look.marker, markersize=look.size, linewidth=1.8,
            linestyle=look.dashes if several else "none", markeredgecolor="white", markeredgewidth=0.6,
            label=CREATORS.get(name) or drawn(name, 20),
        ))
    if any(_alone(group.rows) for group in part):
        handles.append(Line2D([], [], label="ideal", **IDEAL))
    levels = [row.workers for row in rows]
    if cores and min(levels) <= cores <= max(levels):
        handles.append(Line2D([], [], label="%d usable core%s" % (cores, "" if cores == 1 else "s"), **CORES))
    if not all(map(_has_point, rows)):
        handles.append(Line2D([], [], color=style.INK, marker="x", markersize=6.5, markeredgewidth=1.8,
                              linestyle="none", label="no result"))
    return handles
