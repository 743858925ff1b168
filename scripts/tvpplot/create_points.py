# SPDX-License-Identifier: MIT
"""What a worker costs under each of a few executors, as points in time after the creating call."""
import math
from dataclasses import dataclass, field
from typing import Dict, Set

from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from . import groups, page, style
from .model import Estimate, Row
from .text import drawn, interval, number, quantity

HEADLINE = "reaped"
PHASES = {
    "called": "call returned",
    "started": "first instruction runs",
    "done": "work done",
    "reaped": "worker reaped",
}
MICROSECONDS = {"ns": 1e-3, "us": 1.0, "µs": 1.0, "ms": 1e3, "s": 1e6}
GAP = 1.0  # rows between executors
TABLE = (3.85, 1.52)  # inches from the right edge to the end of median and ratio
AXIS = 0.62  # inches for the x axis below a panel


@dataclass
class _Panel:
    title: str
    detail: str
    group: groups.Group
    baselines: Set[str]  # cells that others are compared with
    executors: Dict[str, Dict[str, Row]] = field(default_factory=dict)  # executor → phase → row


def draw(run, rows, title, looks):
    """`rows` of any of PHASES, with a unit of MICROSECONDS."""
    panels = _panels(rows)
    return [_draw_page(run, rows, part, title, looks) for part in groups.pages(panels)]


def _panels(rows):
    """One panel a group of cells and worker count."""
    found = groups.split(rows, lambda row: (row.group or (row.workload, row.placement, row.params), row.workers))
    panels = []
    together = len({group.placement for group in found}) == 1
    for group in found:
        workers = group.rows[0].workers
        many = len({other.rows[0].workers for other in found}) > 1
        told = together and group.placement not in ("", "none")
        place = "placement " + drawn(group.placement, 40) if told else ""
        detail = ", ".join(filter(None, (quantity(workers, "worker") if many else "", place, group.detail)))
        panel = _Panel(group.title, detail, group, {row.baseline for row in group.rows})
        for name in style.executor_order(row.executor for row in group.rows):
            cells = {row.figure: row for row in group.rows if row.executor == name and _has_point(row)}
            panel.executors[name] = {phase: cells[phase] for phase in PHASES if phase in cells}
        if any(panel.executors.values()):
            panels.append(panel)
    return panels


def _has_point(row):
    return row.status == "ok" and row.median.value is not None


def _draw_page(run, rows, part, title, looks):
    shown = [row for panel in part for cells in panel.executors.values() for row in cells.values()]
    layout = _Layout(part)
    here = page.Page(
        title=title,
        subtitle=_subtitle(shown),
        notices=page.notices(run),
        caption=page.provenance(run, shown)
        + groups.parameters_caption([panel.group for panel in part])
        + page.not_shown(_headlines(rows)),
        body=layout.body,
        body_least=layout.least,
    )
    layout.fit(here, part)
    limits = _limits(shown)
    height = (here.top - here.bottom) / layout.lines
    for i, panel in enumerate(part):
        column, line = i % layout.columns, i // layout.columns
        bottom = here.bottom + (layout.lines - 1 - line) * height
        _draw_panel(here, panel, looks, layout, limits, (layout.left(column), bottom, height), column == 0)
    return here.figure


def _subtitle(shown):
    workers = sorted({row.workers for row in shown})
    last = "" if workers == [1] else "; of several workers the last counts"
    return "Time from the creating call on, on a logarithmic scale%s. Less is better.\n" % last + (
        "Whiskers: 95 % intervals (hidden where narrower than the marker). The filled marker is the whole cost."
    )


def _headlines(rows):
    """One row a cell: a cell is not to be named once for every phase that it lacks."""
    return list({row.cell: row for row in sorted(rows, key=lambda row: row.figure == HEADLINE)}.values())


class _Layout:
    """Where panels lie: one wide panel with a full table beside it, or several with a short one."""

    def __init__(self, part):
        self.columns = groups.columns(len(part))
        self.lines = -(-len(part) // self.columns)
        self.full = len(part) == 1
        self.executors = []
        for panel in part:
            self.executors += [name for name in panel.executors if name not in self.executors]
        self.executors = style.executor_order(self.executors)
        self.phases = [phase for phase in PHASES if any(phase in c for p in part for c in p.executors.values())]
        self.rows = len(self.executors) * (len(self.phases) + GAP)
        self.least = self.rows * (0.21 if self.full else 0.19) + AXIS + 0.35
        self.body = 0 if self.lines == 1 else max(self.lines * self.least, self.lines * 3.2)
        self.labels = 2.65 if self.full else 1.95
        self.table = 5.1 if self.full else 1.15
        self.between = 0 if self.full else 0.22
        self.pitch = (style.WIDTH - 2 * page.MARGIN - self.labels + self.between) / self.columns

    def fit(self, here, part):
        """Headings take as many lines as the longest."""
        self.details = max(len(here.wrap(panel.detail, 9.5, self.pitch - 0.3)) for panel in part)

    def left(self, column):
        return page.MARGIN + self.labels + column * self.pitch

    def y(self, executor, phase):
        """Rows from the top downwards."""
        return self.executors.index(executor) * (len(self.phases) + GAP) + self.phases.index(phase)


def _limits(shown):
    """In µs; whiskers included, with room for markers."""
    values = [
        value * MICROSECONDS[row.unit]
        for row in shown
        for value in (row.median.value, row.median.low, row.median.high)
        if value
    ]
    low, high = min(values, default=1.0), max(values, default=1.0)
    room = max(1.35, (high / low) ** 0.05)
    return low / room, high * room


class _Panes:
    """A panel on its page: axes in the middle, names on the left, numbers on the right; all in inches."""

    def __init__(self, here, layout, left, bottom, height):
        self.here = here
        self.layout = layout
        self.left = left
        self.right = left + layout.pitch - layout.between
        self.top = bottom + height
        self.width = layout.pitch - layout.between - layout.table
        heading = 0.42 if layout.full else 0.4 + 0.17 * layout.details
        self.axis = bottom + AXIS
        self.pitch = (height - AXIS - heading) / layout.rows
        self.axes = here.axes(left, self.axis, self.width, height - AXIS - heading)
        self.axes.set_facecolor("none")
        self.axes.set_ylim(layout.rows - GAP / 2 - 0.5, -GAP / 2 - 0.5)

    def text(self, x, row, text, **options):
        y = self.axis + (self.layout.rows - GAP / 2 - 0.5 - row) * self.pitch
        self.here.text(x, y, text, va="center", **options)

    def band(self, row, rows, left):
        """A light ground behind one executor, across names, points and numbers."""
        y = self.axis + (self.layout.rows - GAP / 2 - 0.5 - row - rows) * self.pitch
        figure = self.here.figure
        width, height = figure.get_size_inches()
        corner = (left / width, y / height)
        size = ((self.right + 0.05 - left) / width, rows * self.pitch / height)
        figure.add_artist(Rectangle(corner, *size, facecolor=style.BAND, edgecolor="none", zorder=-1))


def _draw_panel(here, panel, looks, layout, limits, place, first):
    panes = _Panes(here, layout, *place)
    _finish_axes(panes.axes, limits, layout)
    count = len(layout.phases)
    for i, name in enumerate(layout.executors):
        top = layout.y(name, layout.phases[0])
        if i % 2 == 0:
            panes.band(top - 0.5 - GAP / 2, count + GAP, page.MARGIN - 0.1 if first else panes.left)
        if first:
            _draw_names(panes, name, looks[name])
        if not panel.executors.get(name):
            middle = (panes.left + panes.width / 2, top + (count - 1) / 2)
            panes.text(*middle, "no result", ha="center", size=10, color=style.MUTED)
            continue
        _draw_points(panes, name, panel.executors[name], looks[name])
        if layout.full:
            _draw_table(panes, panel, name)
        else:
            _draw_short_table(panes, panel, name)
    _draw_headings(panes, panel)


def _finish_axes(axes, limits, layout):
    style.clean_axes(axes)
    axes.set_xscale("log")
    axes.set_xlim(*limits)
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    low, high = (math.log10(limit) for limit in limits)
    steps = (1,) if high - low > 2.2 else (1, 2, 5)
    decades = range(math.floor(low), math.ceil(high) + 1)
    every = max(1, math.ceil((high - low) / (8 if layout.full else 5.5)))
    ticks = [step * 10.0**decade for decade in decades[::every] for step in steps]
    axes.xaxis.set_major_locator(FixedLocator([tick for tick in ticks if limits[0] <= tick <= limits[1]]))
    minor = [step * 10.0**decade for decade in decades if every == 1 for step in range(2, 10) if step not in steps]
    axes.xaxis.set_minor_locator(FixedLocator([tick for tick in minor if limits[0] <= tick <= limits[1]]))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: "%g" % x))
    axes.set_xlabel("µs after the creating call (log scale)" if layout.full else "µs (log scale)", fontsize=11)


def _draw_names(panes, name, look):
    layout = panes.layout
    x = page.MARGIN
    panes.text(x, layout.y(name, layout.phases[0]), drawn(name, 12), size=13 if layout.full else 11.5, weight="bold",
               color=look.colour, ha="left")
    for phase in layout.phases:
        strong = phase == HEADLINE
        label = PHASES[phase] if layout.full else {"started": "first instr."}.get(phase, PHASES[phase].split(" ")[-1])
        panes.text(panes.left - 0.15, layout.y(name, phase), label, size=10.5 if layout.full else 8.5, ha="right",
                   weight="bold" if strong else "normal", color=style.INK if strong else style.MUTED)


def _draw_points(panes, name, cells, look):
    """The worker's own times are joined; the call may return before the worker begins, or only after its end."""
    ordered = list(cells)
    scaled = {phase: _scaled(cells[phase]) for phase in ordered}
    rows = [panes.layout.y(name, phase) for phase in ordered]
    points = [scaled[phase][0] if scaled[phase][0] > 0 else math.nan for phase in ordered]
    joined = [i for i, phase in enumerate(ordered) if phase != "called"]
    life = ([points[i] for i in joined], [rows[i] for i in joined])
    panes.axes.plot(*life, color=look.colour, linewidth=1.2, alpha=0.45, zorder=2, label=name + " life")
    for phase, row, point in zip(ordered, rows, points):
        _, low, high = scaled[phase]
        if math.isnan(point):
            continue
        strong = phase == HEADLINE
        panes.axes.errorbar(
            [point], [row], xerr=None if low is None else [[max(point - low, 0)], [max(high - point, 0)]],
            color=look.colour, marker=look.marker, markersize=look.size * (1.3 if strong else 0.95),
            markerfacecolor=look.colour if strong else "white", markeredgecolor=look.colour, markeredgewidth=1.5,
            elinewidth=2, capsize=4.5 if strong else 3.5, capthick=1.6, zorder=3, label="%s %s" % (name, phase),
        )


def _scaled(row):
    """Median, low and high in µs."""
    factor = MICROSECONDS[row.unit]
    return [None if value is None else value * factor for value in (row.median.value, row.median.low, row.median.high)]


def _draw_table(panes, panel, name):
    for phase, row in panel.executors[name].items():
        y = panes.layout.y(name, phase)
        strong = phase == HEADLINE
        options = {"size": 12 if strong else 10.5, "weight": "bold" if strong else "normal",
                   "color": style.INK if strong else style.MUTED}
        small = dict(options, size=10, weight="normal")
        times, detail = _ratio(row, panel)
        panes.text(panes.right - TABLE[0], y, number(_scaled(row)[0]) + " µs", ha="right", **options)
        panes.text(panes.right - TABLE[0] + 0.1, y, interval(Estimate(*_scaled(row))), ha="left", **small)
        panes.text(panes.right - TABLE[1], y, times, ha="right", **options)
        panes.text(panes.right - TABLE[1] + 0.1, y, detail, ha="left", **small)


def _draw_short_table(panes, panel, name):
    """Only the headline: its time, ratio and interval, one below the other."""
    row = panel.executors[name].get(HEADLINE)
    if not row:
        return
    times, detail = _ratio(row, panel)
    x = panes.right - 0.08
    middle = panes.layout.y(name, HEADLINE) - 1
    panes.text(x, middle - 1, number(_scaled(row)[0]) + " µs", ha="right", size=10, weight="bold")
    panes.text(x, middle, times, ha="right", size=10)
    panes.text(x, middle + 1, detail, ha="right", size=8.5, color=style.MUTED)


def _ratio(row, panel):
    """How it compares with the baseline: "8.54×" and "[8.41, 8.69]"."""
    if row.cell in panel.baselines:
        return "1×", "baseline"
    if row.ratio.value is None:
        return "", ""
    return number(row.ratio.value) + "×", interval(row.ratio)


def _draw_headings(panes, panel):
    y = panes.top - 0.12
    baseline = _baseline_name(panel)
    if panes.layout.full:
        options = {"size": 10.5, "color": style.MUTED, "va": "top"}
        panes.here.text(panes.right - TABLE[0], y, "median", ha="right", **options)
        panes.here.text(panes.right - TABLE[0] + 0.1, y, "[95 % interval]", ha="left", **options)
        if baseline:
            panes.here.text(panes.right - TABLE[1], y, "÷ " + baseline, ha="right", **options)
            panes.here.text(panes.right - TABLE[1] + 0.1, y, "[95 % interval]", ha="left", **options)
        title = ", ".join(filter(None, (panel.title, panel.detail)))
        panes.here.text(page.MARGIN, y, "workload: " + title, ha="left", **options)
        return
    panes.here.text(panes.left, y, panel.title, size=12, weight="bold", va="top", ha="left")
    for i, line in enumerate(panes.here.wrap(panel.detail, 9.5, panes.layout.pitch - 0.3)):
        panes.here.text(panes.left, y - 0.21 - 0.17 * i, line, size=9.5, va="top", ha="left", color=style.MUTED)
    if baseline:
        options = {"size": 9.5, "color": style.MUTED, "va": "top"}
        panes.here.text(panes.right - 0.08, y - 0.02, "µs, ÷ " + baseline, ha="right", **options)


def _baseline_name(panel):
    """The executor that the ratios are over."""
    cells = {row.cell: name for name, phases in panel.executors.items() for row in phases.values()}
    names = {cells[cell] for cell in panel.baselines if cell in cells}
    return drawn(names.pop(), 14) if len(names) == 1 else "baseline" if names else ""
