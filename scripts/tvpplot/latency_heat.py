# SPDX-License-Identifier: MIT
"""Pages of latencies over time: a panel an executor, darker where more of the operations of that time took so long."""
import math
from dataclasses import dataclass

import numpy
from matplotlib.colors import LogNorm
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from . import labels, page, sheets, style
from .errors import PlotError
from .latency_csv import BATCH, BEGIN, BLOCK, COUNT, END, HIGH, LOW
from .text import drawn, quantity, ranges

SUBTITLE = (
    "Across: when operations were to start. Upwards: how long they took from then, on a logarithmic scale.\n"
    "Darker: more of the operations of that time; white: none. Darker further down is better."
)
SCALE, AXIS, HEADING, PANEL_HEADING = 0.85, 0.62, 0.5, 0.3  # inches
PANELS, PANEL = 4.6, (1.1, 2.6)  # inches: of all panels, of one
COLOURS, COLOURS_AXIS, COLOURS_BETWEEN = 0.16, 0.75, 0.25
DPI = 160
PIXELS = 2  # of a column or row, at least
STRETCHES_MAX = 1000  # of a block
BLOCKS_PARTED = 24  # more have no line between them
MAP = "viridis_r"
HATCH = {"facecolor": "white", "edgecolor": style.FAINT, "hatch": "//////", "linewidth": 0}
MISSING = {"facecolor": style.GRID, "edgecolor": "none", "linewidth": 0}


@dataclass
class Grid:
    """What all panels have in common."""

    blocks: int  # from 0 on
    begins: numpy.ndarray  # of the stretches of a batch, in ns
    stretches: int  # of a block
    each: int  # stretches in a column
    columns: int
    edges: numpy.ndarray  # of the rows, in ns
    stretch_ns: int


def draw(run, sheet, title, heading, cells, invalid, looks):
    """`cells`: executor → columns of latency.csv."""
    names = sheets.executors([row for row in sheet.rows if row.executor in cells])
    panel = min(max(PANELS / len(names) - PANEL_HEADING, PANEL[0]), PANEL[1])
    width = style.WIDTH - 2 * page.MARGIN - SCALE - COLOURS - COLOURS_AXIS - COLOURS_BETWEEN
    grid = _grid(cells, width * DPI / PIXELS, panel * DPI / PIXELS)
    shares = {name: _shares(_counts(cells[name], grid)) for name in names}
    least = min(float(share.compressed().min()) for share in shares.values())
    norm = LogNorm(min(least, 0.5), 1.0)
    invalid = sorted(block for block in invalid if block < grid.blocks)
    missing = {name: _missing(cells[name], grid, invalid) for name in names}
    here = page.Page(
        title=title,
        subtitle=SUBTITLE,
        notices=page.notices(run),
        caption=_caption(run, sheet, cells, grid, invalid),
        legend=_legend(invalid, missing),
        body=HEADING + len(names) * (PANEL_HEADING + panel) + AXIS,
    )
    here.heading(page.MARGIN, sheet.title, ", ".join((heading, sheet.detail)), style.WIDTH - 2 * page.MARGIN)
    for i, name in enumerate(names):
        bottom = here.top - HEADING - (i + 1) * (PANEL_HEADING + panel)
        place = (page.MARGIN + SCALE, bottom, width, panel)
        axes = here.axes(*place)
        _draw_panel(axes, name, shares[name], grid, norm)
        _draw_holes(axes, invalid, missing[name])
        _finish_axes(axes, grid, place, i + 1 == len(names))
        here.text(place[0], bottom + panel + 0.06, here.fit(name, 11.5, width / 2, "bold"), size=11.5, weight="bold",
                  va="bottom", ha="left", color=looks[name].colour)
    bottom = here.top - HEADING - len(names) * (PANEL_HEADING + panel)
    height = here.top - HEADING - PANEL_HEADING - bottom
    _draw_colours(here, (page.MARGIN + SCALE + width + COLOURS_BETWEEN, bottom, COLOURS, height), norm)
    return here.figure


def _grid(cells, columns_most, rows_most):
    together = numpy.concatenate(list(cells.values()), axis=1)
    begins = numpy.unique(together[BEGIN])
    batches = int(together[BATCH].max()) + 1
    stretches = batches * len(begins)
    if stretches > STRETCHES_MAX:
        raise PlotError("latency.csv: more than %d stretches of time in a block are too many to draw" % STRETCHES_MAX)
    blocks = int(together[BLOCK].max()) + 1
    each = _each(blocks, batches, len(begins), columns_most)
    return Grid(blocks, begins, stretches, each, -(-blocks * stretches // each), _edges(together, rows_most),
                int((together[END] - together[BEGIN]).max()))


def _each(blocks, batches, begins, most):
    """As few stretches in a column as there is room for: a part of a batch or of a block, or whole blocks."""
    least = blocks * batches * begins / most
    parts = [part for part in range(1, begins + 1) if begins % part == 0]
    parts += [begins * part for part in range(2, batches + 1) if batches % part == 0]
    return next((part for part in parts if part >= least), batches * begins * math.ceil(least / (batches * begins)))


def _edges(together, rows_most):
    """Of the buckets, and of what lies between them; some left out where they are too close to be told apart."""
    edges = numpy.unique(numpy.concatenate([together[LOW], together[HIGH]])).clip(min=1).astype(float)
    edges = numpy.unique(edges)
    if len(edges) < 2:  # all of it in the first nanosecond
        return numpy.array([1.0, 2.0])
    least = (edges[-1] / edges[0]) ** (1 / rows_most)
    kept = [edges[0]]
    for edge in edges[1:-1]:
        if edge >= kept[-1] * least and edges[-1] >= edge * least:
            kept.append(edge)
    return numpy.array(kept + [edges[-1]])


def _counts(columns, grid):
    """Operations by row and column."""
    stretch = columns[BATCH] * len(grid.begins) + numpy.searchsorted(grid.begins, columns[BEGIN])
    column = (columns[BLOCK] * grid.stretches + stretch) // grid.each
    row = numpy.searchsorted(grid.edges, columns[LOW].clip(min=1), side="right") - 1
    counted = numpy.zeros((len(grid.edges) - 1, grid.columns))
    numpy.add.at(counted, (row.clip(0, len(counted) - 1), column), columns[COUNT])
    return counted


def _shares(counts):
    """Of each column's operations; nothing where there are none."""
    total = counts.sum(axis=0)
    with numpy.errstate(invalid="ignore"):
        return numpy.ma.masked_where(counts == 0, counts / numpy.where(total > 0, total, 1))


def _missing(columns, grid, invalid):
    """Blocks without anything, though they count: the cell failed in them."""
    return sorted(set(range(grid.blocks)) - set(columns[BLOCK].tolist()) - set(invalid))


def _draw_panel(axes, name, shares, grid, norm):
    """The axis across counts blocks."""
    x = numpy.arange(grid.columns + 1) * (grid.each / grid.stretches)
    axes.set_yscale("log")
    axes.pcolormesh(x, grid.edges, shares, norm=norm, cmap=MAP, rasterized=True, zorder=1.5, label=name,
                    shading="flat")


def _runs(blocks):
    """Blocks as [first, end) without gaps."""
    found = []
    for block in blocks:
        if found and found[-1][1] == block:
            found[-1][1] = block + 1
        else:
            found.append([block, block + 1])
    return found


def _draw_holes(axes, invalid, missing):
    for blocks, look, name in ((invalid, HATCH, "invalid"), (missing, MISSING, "missing")):
        for first, end in _runs(blocks):
            axes.axvspan(first, end, zorder=1.8, label=name, **look)


def _finish_axes(axes, grid, place, last):
    _, _, width, height = place
    axes.set_xlim(0, grid.blocks)
    axes.set_ylim(grid.edges[0], grid.edges[-1])
    axes.tick_params(length=3, labelsize=10)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(max(2, int(min(width / 0.6, grid.blocks))), integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: "%d" % x))
    axes.yaxis.set_major_locator(FixedLocator(labels.ticks(grid.edges[0], grid.edges[-1], height, 0.3)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: labels.tick_duration(y)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.tick_params(axis="x", labelbottom=last)
    if grid.blocks <= BLOCKS_PARTED:
        for block in range(1, grid.blocks):
            axes.axvline(block, color=style.FAINT, linewidth=0.5, zorder=2)
    if last:
        axes.set_xlabel("block, its batches one after another; the time between them is left out", fontsize=11)


def _draw_colours(here, place, norm):
    axes = here.axes(*place)
    shares = numpy.geomspace(norm.vmin, norm.vmax, 65)
    middles = numpy.sqrt(shares[1:] * shares[:-1])[:, None]
    axes.set_yscale("log")
    axes.pcolormesh([0, 1], shares, middles, norm=norm, cmap=MAP, rasterized=True, label="colours", shading="flat")
    axes.set_ylim(norm.vmin, norm.vmax)
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.yaxis.set_major_locator(FixedLocator(labels.ticks(norm.vmin, norm.vmax, place[3], 0.35)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: "%g %%" % float("%.3g" % (100 * y))))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xticks([])
    axes.tick_params(length=3, labelsize=9)
    axes.set_ylabel("share of the operations of that time (log scale)", fontsize=10)


def _legend(invalid, missing):
    entries = []
    if invalid:
        entries.append(Patch(label="invalid: the block was disturbed, and does not count", **HATCH))
    if any(missing.values()):
        entries.append(Patch(label="no result in this block", **MISSING))
    return entries


def _column_text(grid):
    if grid.each % grid.stretches == 0:
        return quantity(grid.each // grid.stretches, "block")
    part = labels.duration(grid.each * grid.stretch_ns, "{:.4g}".format)
    return part + (" of a batch" if grid.each <= len(grid.begins) else " of batches")


def _caption(run, sheet, cells, grid, invalid):
    counted = sorted(int(columns[COUNT].sum()) for columns in cells.values())
    what = "%d operations a panel" % counted[0]
    if counted[0] != counted[-1]:
        what = "%d–%d operations a panel" % (counted[0], counted[-1])
    notes = ["A column: %s. Within a column the shares come to 100 %%." % _column_text(grid)]
    if invalid:
        notes.append("Left out: block%s %s." % ("" if len(invalid) == 1 else "s", drawn(ranges(invalid), 60)))
    return page.provenance(run, sheet.rows, what) + [" ".join(notes)] + sheets.shared(sheet)
