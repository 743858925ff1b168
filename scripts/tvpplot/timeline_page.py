# SPDX-License-Identifier: MIT
"""A page of timelines: rows of panels by how task lengths are spread, columns by how tasks are shared out."""
from dataclasses import dataclass
from typing import Dict, List, Tuple

from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from . import labels, page, sheets, style
from .lanes import lanes_of
from .model import Row
from .text import drawn, number

SUBTITLE = (
    "What the workers of %s did in one batch, from its start to its end: a row a worker.\n"
    "Ideal: the same task times shared out evenly, or the longest task if that is longer."
)
NAMES, TICKS, BETWEEN = 1.3, 0.3, 0.22  # inches: of the rows of panels, of workers, between panels
HEADING, PANEL_HEADING, SCALE = 0.8, 0.24, 0.42
LANE = 0.3  # inches of a worker's row, at most
LANES = (0.75, 2.4)  # of all of them
WORKERS_MAX = 128  # more rows could not be seen
DPI = 160
PIXELS = 5  # shortest bar of its own
POLYGONS_MAX = 4000  # more are drawn as an image, also in SVG
HATCH = {"facecolor": "white", "edgecolor": style.FAINT, "hatch": "//////", "linewidth": 0}
MAKESPAN = {"color": style.INK, "linewidth": 1.4}
IDEAL = {"color": style.INK, "linewidth": 1.2, "linestyle": (0, (2, 1.5))}


@dataclass
class Grid:
    """Panels of one executor."""

    executor: str
    rows: List[Tuple[str, str]]  # (name, what it means)
    columns: List[str]
    cells: Dict[Tuple[str, str], Row]  # (row's name, column) → its headline


def draw(run, sheet, title, grid, look):
    workers = min(sheet.workers, WORKERS_MAX)
    lanes = min(max(workers * LANE, LANES[0]), LANES[1])
    pitch = PANEL_HEADING + lanes + SCALE
    block = next(iter(run.timelines.values())).block
    note = "Above each panel: the figure of the run, and how long the batch that is drawn took: the last of block %d."
    notes = [note % block]
    if workers < sheet.workers:
        notes.append("Drawn are the first %d of %d workers." % (workers, sheet.workers))
    here = page.Page(
        title=title,
        subtitle=SUBTITLE % drawn(grid.executor, 24),
        notices=page.notices(run),
        caption=page.provenance(run, grid.cells.values()) + [" ".join(notes)] + sheets.shared(sheet),
        legend=_legend(look),
        body=HEADING + len(grid.rows) * pitch + 0.1,
    )
    detail = "%s, %s" % (sheet.workload, sheet.detail)
    here.heading(page.MARGIN, drawn(grid.executor, 24), detail, style.WIDTH - 2 * page.MARGIN, look.colour)
    width = (style.WIDTH - 2 * page.MARGIN - NAMES - TICKS + BETWEEN) / len(grid.columns)
    for i, row in enumerate(grid.rows):
        bottom = here.top - HEADING - (i + 1) * pitch + SCALE
        places = [(page.MARGIN + NAMES + TICKS + j * width, bottom, width - BETWEEN, lanes)
                  for j in range(len(grid.columns))]
        _draw_row(here, run, grid, row, places, workers, look)
    for j, name in enumerate(grid.columns):
        x = page.MARGIN + NAMES + TICKS + j * width
        text = here.fit(name, 11.5, width - BETWEEN, "bold", 40)
        here.text(x, here.top - HEADING + 0.06, text, size=11.5, weight="bold", va="bottom", ha="left")
    return here.figure


def _draw_row(here, run, grid, row, places, workers, look):
    """Panels of a row share their scale."""
    name, meaning = row
    x, y, width, height = places[0]
    here.text(page.MARGIN, y + height / 2 + 0.1, drawn(name, 14), size=11.5, weight="bold", va="center", ha="left")
    here.text(page.MARGIN, y + height / 2 - 0.1, meaning, size=9.5, va="center", ha="left", color=style.MUTED)
    shortest = PIXELS / (width * DPI)
    found = {}
    for column in grid.columns:
        cell = grid.cells.get((name, column))
        if cell and cell.cell in run.timelines:
            tasks = sheets.whole(cell, "tasks") * cell.workers
            found[column] = lanes_of(run.timelines[cell.cell], cell.workers, tasks, shortest)
    end = max([lanes.makespan_ns for lanes in found.values()], default=0) or 1
    for column, place in zip(grid.columns, places):
        axes = here.axes(*place)
        _finish_axes(axes, end, workers, place, place is places[0])
        if column in found:
            _draw_lanes(axes, found[column], workers, look, place[3] / workers)
            _draw_figures(here, grid.cells[name, column], found[column], place)
        else:
            text = "no timeline" if (name, column) in grid.cells else "no result"
            axes.text(0.5, 0.5, text, transform=axes.transAxes, size=10, color=style.MUTED, ha="center",
                      va="center")


def _finish_axes(axes, end, workers, place, first):
    axes.set_xlim(0, end * 1.01)
    axes.set_ylim(workers - 0.5, -0.5)
    axes.tick_params(length=3, labelsize=9)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(max(2, int(place[2] / 0.52)), steps=(1, 2, 2.5, 5, 10)))
    written = labels.durations_up_to(end)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: written(x)))
    ticks = range(workers) if place[3] / workers >= 0.15 else sorted({0, workers // 2, workers - 1})
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.tick_params(axis="y", length=0, labelleft=first, pad=2, labelcolor=style.MUTED)


def _draw_lanes(axes, lanes, workers, look, inches):
    """Waiting is what no bar covers."""
    half = 0.43 if inches > 0.1 else 0.5
    if half < 0.5:
        for worker in range(workers):
            place = (0, worker - half)
            axes.add_patch(Rectangle(place, lanes.makespan_ns, 2 * half, zorder=1.2, label="waiting", **HATCH))
    else:
        axes.add_patch(Rectangle((0, -half), lanes.makespan_ns, workers, zorder=1.2, label="waiting", **HATCH))
    edge = {"edgecolor": "white", "linewidth": 0.5 if inches > 0.05 else 0.3}
    for bars, colour, name in ((lanes.several, style.tint(look.colour, 0.55), "several tasks"),
                               (lanes.single, look.colour, "task")):
        corners = [
            ((begin, worker - half), (end, worker - half), (end, worker + half), (begin, worker + half))
            for worker, begin, end in bars
            if worker < workers
        ]
        drawn_bars = PolyCollection(corners, facecolor=colour, zorder=2, label=name, **edge)
        drawn_bars.set_rasterized(len(corners) > POLYGONS_MAX)
        axes.add_collection(drawn_bars, autolim=False)
    if lanes.whole:
        axes.axvline(lanes.makespan_ns, zorder=3, label="makespan", clip_on=False, **MAKESPAN)
        axes.axvline(lanes.ideal_ns, zorder=3, label="ideal", clip_on=False, **IDEAL)


def _draw_figures(here, row, lanes, place):
    """Above a panel: the run's figure, and what this batch took."""
    x, y, width, height = place
    options = {"size": 9.5, "va": "bottom"}
    here.text(x, y + height + 0.05, figure_text(row), ha="left", weight="bold", **options)
    text = labels.duration(lanes.makespan_ns) if lanes.whole else "its beginning"
    here.text(x + width, y + height + 0.05, text, ha="right", color=style.MUTED, **options)


def figure_text(row):
    if row.unit in labels.RATIOS:
        return "%s× ideal" % number(row.median.value)
    return "%s %s" % (number(row.median.value), drawn(row.unit, 12))


def _legend(look):
    return [
        Patch(facecolor=look.colour, label="a task"),
        Patch(facecolor=style.tint(look.colour, 0.55), label="tasks claimed together, or too short to be told apart"),
        Patch(label="idle, waiting", **HATCH),
        Line2D([], [], label="makespan", **MAKESPAN),
        Line2D([], [], label="ideal", **IDEAL),
    ]
