# SPDX-License-Identifier: MIT
"""What a worker costs phase by phase: a bar for each way to create one, in bands of like size with a scale each."""
import math
from dataclasses import dataclass
from typing import Dict, List

from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon
from matplotlib.ticker import FuncFormatter, MaxNLocator

from . import labels, page, style
from .model import Row
from .text import drawn, interval, number

SUBTITLE = "Time from the creating call on%s. Less is better. Whiskers: 95 %% intervals of the whole.%s"
SCALES = "\nEach band has a scale of its own; the grey wedge leads to how wide the band above is on it."
HEADLINE = "reaped"
FIGURES = ("called", "started", "done", HEADLINE)
PARTS = {
    "start": "until its first instruction", "work": "its work", "reap": "until its end is known to its creator",
    "unknown": "phases not known",
}
COLOURS = {"start": "#35506b", "work": "#e8a33d", "reap": "#a9bccd", "unknown": "#dddddd"}
LIGHT = ("start",)  # on which text is white
WEDGE = "#eeeeee"
CALLED = "the creating call has returned"
SPAN = 6.0  # of the largest to the least bar of a band
ROW = (0.215, 0.4)  # inches
HEADING, TITLE, AXIS, ABOVE = 0.62, 0.3, 0.4, 0.1
NAMES, TABLE = 1.9, 4.15
BAR = 0.64  # of a row
TOTAL, RATIO = 3.25, 1.2  # from the right edge to the end of the numbers
ROWS_PER_PAGE = 28


@dataclass
class Panel:
    title: str
    detail: str
    cells: Dict[str, Dict[str, Row]]  # executor → figure → row
    bands: List[List[str]]  # executors, from the cheapest up


def panel_of(title, detail, cells):
    """`cells`: executor → figure → row, each with the whole."""
    order = sorted(cells, key=lambda name: (_total(cells[name]).value, name))
    return Panel(title, detail, cells, bands_of([(name, _total(cells[name]).value) for name in order]))


def bands_of(items):
    """(name, value), ascending → names in as few bands as SPAN allows, and those as narrow as can be."""
    best = [(0, 0.0, 0)]  # of the first so many: bands, squares of their spans, where the last one begins
    for end in range(1, len(items) + 1):
        found = []
        for begin in range(end):
            span = math.log(max(items[end - 1][1], 1e-9) / max(items[begin][1], 1e-9))
            if begin == end - 1 or span <= math.log(SPAN):
                found.append((best[begin][0] + 1, best[begin][1] + span * span, begin))
        best.append(min(found))
    bands = []
    end = len(items)
    while end:
        begin = best[end][2]
        bands.insert(0, [name for name, _ in items[begin:end]])
        end = begin
    return bands


def pages(panels):
    """As many panels a page as there is room for."""
    parts = [[]]
    for panel in panels:
        if parts[-1] and sum(len(other.cells) for other in parts[-1]) + len(panel.cells) > ROWS_PER_PAGE:
            parts.append([])
        parts[-1].append(panel)
    return parts if panels else []


def draw(run, part, title, caption, looks):
    fixed = sum(HEADING + len(panel.bands) * (ABOVE + AXIS) for panel in part)
    rows = sum(len(panel.cells) for panel in part)
    here = page.Page(
        title=title,
        subtitle=_subtitle(part),
        notices=page.notices(run),
        caption=caption,
        legend=_legend(part),
        body_least=fixed + rows * ROW[0],
    )
    pitch = min((here.top - here.bottom - fixed) / rows, ROW[1])
    top = here.top
    for panel in part:
        top = _draw_panel(here, panel, looks, top, pitch)
    return here.figure


def _subtitle(part):
    workers = {row.workers for panel in part for cell in panel.cells.values() for row in cell.values()}
    each = "" if workers == {1} else "; of several workers the last counts"
    return SUBTITLE % (each, SCALES if any(len(panel.bands) > 1 for panel in part) else "")


def _legend(part):
    cells = [cell for panel in part for cell in panel.cells.values()]
    there = {name for cell in cells for name, _, _ in parts_of(cell)}
    handles = [Patch(color=COLOURS[name], label=PARTS[name]) for name in PARTS if name in there]
    if any("called" in cell for cell in cells):
        handles.append(Line2D([], [], label=CALLED, linestyle="none", **_mark(8)))
    return handles


def _mark(size):
    return {"color": style.INK, "marker": "v", "markersize": size, "markeredgewidth": 0}


def parts_of(cell):
    """(part, begin, end) in ns, from the call to the end; they neither overlap nor leave a gap."""
    total = labels.nanoseconds(cell[HEADLINE]).value
    found = []
    at = 0.0
    for figure, part in (("started", "start"), ("done", "work"), (HEADLINE, "reap")):
        if figure in cell:
            end = min(max(labels.nanoseconds(cell[figure]).value, at), total)
            before = [name for name, _, _ in found]
            whole = (part == "start") or (part == "work" and "start" in before) or (
                part == "reap" and "work" in before)
            found.append((part if whole else "unknown", at, end))
            at = end
    return found


def _total(cell):
    return labels.nanoseconds(cell[HEADLINE])


def _draw_panel(here, panel, looks, top, pitch):
    here.text(page.MARGIN, top - 0.1, panel.title, size=13, weight="bold", va="top", ha="left")
    _draw_headings(here, panel, top - 0.36)
    y = top - HEADING
    before = None
    for names in panel.bands:
        bottom = y - ABOVE - len(names) * pitch
        limit = _limit([panel.cells[name] for name in names])
        before = _draw_band(here, panel, names, looks, (bottom, pitch, limit), before)
        y = bottom - AXIS
    return y


def _limit(cells):
    values = [value for cell in cells for value in labels.known(_total(cell))]
    values += [labels.nanoseconds(cell["called"]).value for cell in cells if "called" in cell]
    return max(values + [1e-9]) * 1.03


def _draw_headings(here, panel, y):
    right = style.WIDTH - page.MARGIN
    options = {"size": 10, "color": style.MUTED, "va": "top"}
    here.text(page.MARGIN, y, here.fit(panel.detail, 10, right - TABLE, letters=120), ha="left", **options)
    here.text(right - TOTAL, y, "in all", ha="right", **options)
    wholes = [cell[HEADLINE] for cell in panel.cells.values()]
    if any(row.median.low is not None for row in wholes):
        here.text(right - TOTAL + 0.1, y, "[95 % interval]", ha="left", **options)
    baseline = _baseline_name(panel)
    if baseline:
        here.text(right - RATIO, y, "÷ " + baseline, ha="right", **options)
        if any(row.ratio.low is not None for row in wholes):
            here.text(right - RATIO + 0.1, y, "[95 % interval]", ha="left", **options)


def _baseline_name(panel):
    """The executor that the ratios are over."""
    cells = {cell[HEADLINE].cell: name for name, cell in panel.cells.items()}
    names = {cells.get(cell[HEADLINE].baseline, "") for cell in panel.cells.values() if cell[HEADLINE].baseline}
    return "" if not names else drawn(names.pop(), 14) if len(names) == 1 and "" not in names else "baseline"


def _draw_band(here, panel, names, looks, place, before):
    """`before`: where the axis of the band above ends (bottom, limit). Returns the same of this one."""
    bottom, pitch, limit = place
    left = page.MARGIN + NAMES
    width = style.WIDTH - 2 * page.MARGIN - NAMES - TABLE
    if before:
        _draw_zoom(here, (left, width), before, (bottom + len(names) * pitch, bottom, limit))
    axes = here.axes(left, bottom, width, len(names) * pitch)
    _finish_axes(axes, limit, len(names))
    for i, name in enumerate(names):
        cell = panel.cells[name]
        _draw_bar(axes, name, cell, i, here, width / limit, pitch)
        _draw_texts(here, panel, name, looks[name], bottom + (len(names) - 0.5 - i) * pitch)
    return bottom, limit


def _finish_axes(axes, limit, rows):
    style.clean_axes(axes)
    axes.set_facecolor("none")
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(labelsize=9)
    axes.set_yticks([])
    axes.set_xlim(0, limit)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.xaxis.set_major_locator(MaxNLocator(7, steps=(1, 2, 2.5, 5, 10)))
    written = labels.durations_up_to(limit)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: written(x)))


def _draw_zoom(here, across, before, band):
    """The width of the band above, in this one."""
    left, width = across
    above, limit_above = before
    top, bottom, limit = band
    narrow = width * min(limit_above / limit, 1)
    corners = [(left, above - 0.24), (left + width, above - 0.24), (left + narrow, top), (left + narrow, bottom),
               (left, bottom)]
    corners = [(x / style.WIDTH, y / here.height) for x, y in corners]
    here.figure.add_artist(Polygon(corners, closed=True, facecolor=WEDGE, edgecolor="none", zorder=-1,
                                   transform=here.figure.transFigure))


def _draw_bar(axes, name, cell, row, here, inches, pitch):
    size = min(8.5, pitch * 72 * 0.48)
    total = _total(cell)
    for part, begin, end in parts_of(cell):
        axes.barh(row, end - begin, BAR, begin, color=COLOURS[part], edgecolor="none", label="%s %s" % (name, part),
                  zorder=2)
        text = labels.duration(end - begin)
        clear = min(end, total.low - 0.04 / inches) if total.low is not None else end
        if here.width_of(text, size) + 0.1 < (clear - begin) * inches:
            axes.text((begin + clear) / 2, row, text, size=size, ha="center", va="center_baseline", zorder=4,
                      color="white" if part in LIGHT else style.INK)
    if total.low is not None:
        axes.errorbar([total.value], [row], xerr=labels.whiskers([total]), label=name, color=style.INK, marker="none",
                      elinewidth=1.3, capsize=2.5, capthick=1.2, zorder=3)
    if "called" in cell:
        size = min((1 - BAR) * pitch * 72, 7)
        axes.plot([labels.nanoseconds(cell["called"]).value], [row - BAR / 2 - size / 144 / pitch], linestyle="none",
                  clip_on=False, zorder=5, label=name + " called", **_mark(size))


def _draw_texts(here, panel, name, look, y):
    right = style.WIDTH - page.MARGIN
    options = {"size": 10, "va": "center"}
    muted = dict(options, size=9.5, color=style.MUTED, ha="left")
    text = here.fit(name, 10.5, NAMES - 0.12, "bold")
    here.text(page.MARGIN + NAMES - 0.12, y, text, size=10.5, weight="bold", color=look.colour, ha="right", va="center")
    row = panel.cells[name][HEADLINE]
    total = _total(panel.cells[name])
    here.text(right - TOTAL, y, labels.duration(total.value), ha="right", weight="bold", **options)
    here.text(right - TOTAL + 0.1, y, labels.duration_interval(total), **muted)
    if any(cell[HEADLINE].baseline == row.cell for cell in panel.cells.values()):
        here.text(right - RATIO, y, "1×", ha="right", **options)
        here.text(right - RATIO + 0.1, y, "baseline", **muted)
    elif row.ratio.value is not None:
        here.text(right - RATIO, y, number(row.ratio.value) + "×", ha="right", **options)
        here.text(right - RATIO + 0.1, y, interval(row.ratio), **muted)
