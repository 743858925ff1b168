# SPDX-License-Identifier: MIT
"""scaling: speed-up over serial code and efficiency against workers, one column a group of cells."""
import math
from dataclasses import replace

from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from .. import groups, laws, page, style, workers_axis
from ..model import Estimate
from ..text import drawn, number

TITLE = "How does throughput scale with workers under each executor?"
SUBTITLE = (
    "Speed-up is throughput over that of serial code; efficiency is speed-up per worker. Higher is better.\n"
    "Whiskers: 95 % intervals (hidden where narrower than the marker). "
    "Points are moved sideways a little to be seen apart."
)
FIGURE = "throughput"
LABELS = 0.78  # inches left of the first column, for what all columns share
BETWEEN = 0.3  # columns
TITLE_SIZE, DETAIL_SIZE = 13, 9.5  # points, of a column's heading
TICKS = 0.6
GAP = 0.3  # between speed-up and efficiency


def draw(run, rows, looks):
    # CPU time, switches and so on have no speed-up.
    rows = _with_references([row for row in rows if row.figure == FIGURE])
    found = groups.split(rows, lambda row: row.group or (row.workload, row.placement, row.params))
    found = [group for group in found if any(map(_has_point, group.rows))]
    return [_draw_page(run, rows, part, looks) for part in groups.pages(found)]


def _with_references(rows):
    """What others' speed-up is over has none in the table: it is 1 by definition."""
    names = {row.reference for row in rows}
    one = Estimate(1.0, None, None)
    return [
        replace(row, reference=row.cell, speedup=one, efficiency=Estimate(1 / row.workers, None, None))
        if row.cell in names and row.speedup.value is None and row.median.value is not None
        else row
        for row in rows
    ]


def _draw_page(run, rows, part, looks):
    with_points = [row for group in part for row in group.rows if _has_point(row)]
    scale = _Scale(with_points, page.core_count(run))
    columns = groups.columns(len(part))
    lines = -(-len(part) // columns)
    here = page.Page(
        title=drawn(run.questions.get("scaling") or TITLE, 200),
        subtitle=SUBTITLE,
        notices=page.notices(run),
        caption=page.provenance(run, with_points)
        + groups.parameters_caption(part)
        + _laws(part)
        + page.not_shown(rows),
        legend=_legend(part, looks, scale),
        body=0 if lines == 1 else lines * 4.6,
    )
    height = (here.top - here.bottom) / lines
    width = (style.WIDTH - 2 * page.MARGIN - LABELS + BETWEEN) / columns
    details = [_details(here, group, width - BETWEEN) for group in part]
    heading = 0.44 + 0.18 * max(map(len, details))
    for i, group in enumerate(part):
        left = page.MARGIN + LABELS + i % columns * width
        bottom = here.bottom + (lines - 1 - i // columns) * height
        place = (left, bottom, width - BETWEEN, height - heading)
        _draw_group(here, group, looks, scale, place, i % columns == 0)
        _draw_heading(here, group.title, details[i], left, bottom + height - 0.1)
    return here.figure


def _laws(part):
    """Caption: why there is no picture of the laws of scaling, where there could be one with more worker counts."""
    levels = {}
    for group in part:
        for row in filter(_has_point, group.rows):
            levels.setdefault((group.title, group.detail, row.executor), set()).add(row.workers)
    most = max(levels.values(), key=len)
    if not 1 < len(most) < laws.LEVELS_LEAST:
        return []
    return ["Laws of scaling (Amdahl, USL): cannot be told from N = %s." % ", ".join(map(str, sorted(most)))]


def _has_point(row):
    return row.status == "ok" and row.speedup.value is not None


class _Scale:
    """What all panels of a page share, so that they can be compared by eye."""

    def __init__(self, rows, cores):
        self.workers = max(row.workers for row in rows)
        self.logarithmic = self.workers > workers_axis.LINEAR_UP_TO  # and speed-up with it
        self.cores = cores
        speedups = [value for row in rows for value in _ends(row.speedup)]
        self.speedup_high = max(speedups + [self.workers])
        self.speedup_low = min([value for value in speedups if value > 0] + [1])
        self.efficiency_high = max([value for row in rows for value in _ends(row.efficiency)] + [1])


def _ends(estimate):
    return [value for value in (estimate.value, estimate.low, estimate.high) if value is not None]


def _draw_group(here, group, looks, scale, place, first):
    left, bottom, width, height = place
    panel = (height - TICKS - GAP) / 2
    upper = here.axes(left, bottom + TICKS + panel + GAP, width, panel)
    lower = here.axes(left, bottom + TICKS, width, panel)
    names = style.executor_order(row.executor for row in group.rows)
    levels = sorted({row.workers for row in group.rows})
    dodge = workers_axis.Dodge(len(names), scale.logarithmic, levels, width)
    _draw_ideal(upper, lower, scale)
    for i, name in enumerate(names):
        cells = {row.workers: row for row in group.rows if row.executor == name}
        _draw_executor(upper, name, cells, "speedup", looks[name], dodge.of(i), scale.logarithmic)
        _draw_executor(lower, name, cells, "efficiency", looks[name], dodge.of(i), scale.logarithmic)
    _finish_axes(upper, lower, scale, levels, width)
    if not first:
        upper.tick_params(labelleft=False)
        lower.tick_params(labelleft=False)
    else:
        for axes, text, middle in ((upper, "speed-up (×)", 1.5), (lower, "efficiency (%)", 0.5)):
            y = bottom + TICKS + middle * panel + (GAP if axes is upper else 0)
            here.text(page.MARGIN, y, text, rotation=90, ha="left", va="center", size=12)


def _draw_ideal(upper, lower, scale):
    ends = [1, scale.workers]
    upper.plot(ends, ends, zorder=1.5, label="ideal", **workers_axis.IDEAL)
    lower.axhline(100, zorder=1.5, label="ideal", **workers_axis.IDEAL)
    if scale.cores and scale.cores <= scale.workers:
        for axes in (upper, lower):
            axes.axvline(scale.cores, label="cores", zorder=1.4, **workers_axis.CORES)


def _draw_executor(axes, name, cells, quantity, look, place, small):
    """A line with intervals, broken where a cell has no value; a cross on the axis marks such a cell."""
    factor = 100 if quantity == "efficiency" else 1
    estimates = {workers: getattr(row, quantity) for workers, row in sorted(cells.items()) if _has_point(row)}
    estimates = {workers: estimate for workers, estimate in estimates.items() if estimate.value is not None}
    missing = [place(workers) for workers in sorted(cells) if workers not in estimates]
    axes.plot(
        missing, [0.035] * len(missing), transform=axes.get_xaxis_transform(), color=look.colour, marker="x",
        markersize=6.5, markeredgewidth=1.8, linestyle="none", zorder=4, label=name + " missing",
    )
    if not estimates:
        return
    values, below, above = [], [], []
    for workers in sorted(cells):
        estimate = estimates.get(workers)
        values.append(estimate.value * factor if estimate else math.nan)
        whiskers = estimate is not None and estimate.low is not None
        below.append(max(estimate.value - estimate.low, 0) * factor if whiskers else 0)
        above.append(max(estimate.high - estimate.value, 0) * factor if whiskers else 0)
    axes.errorbar(
        [place(workers) for workers in sorted(cells)], values, yerr=[below, above], color=look.colour,
        marker=look.marker, markersize=look.size * (0.6 if small else 0.78), markeredgecolor="white",
        markeredgewidth=0.35 if small else 0.6, linestyle=look.dashes, linewidth=1.3 if small else 1.7,
        elinewidth=1 if small else 1.3, capsize=1.7 if small else 2.5, capthick=1 if small else 1.3,
        zorder=3, label=name,
    )


def _finish_axes(upper, lower, scale, levels, width):
    for axes in (upper, lower):
        style.clean_axes(axes)
        axes.grid(False, axis="x")
        workers_axis.finish(axes, levels, scale.workers, scale.cores, width)
    upper.xaxis.set_major_formatter(FuncFormatter(lambda x, _: ""))
    if scale.logarithmic:
        upper.set_yscale("log", base=2)
        upper.set_ylim(scale.speedup_low * 2**-0.6, scale.speedup_high * 2**0.3)
        upper.yaxis.set_major_locator(FixedLocator(workers_axis.powers_of_two(*upper.get_ylim())))
        upper.yaxis.set_minor_locator(NullLocator())
        upper.yaxis.set_major_formatter(FuncFormatter(lambda y, _: "%g" % y))
    else:
        upper.set_ylim(0, scale.speedup_high * 1.06)
    lower.set_ylim(0, scale.efficiency_high * 112)
    lower.set_xlabel("workers", fontsize=11, labelpad=2)


def _details(here, group, width):
    """What a column's heading says below the workload's name: what distinguishes it, and what its ratios are over."""
    lines = here.wrap(group.detail, DETAIL_SIZE, width)
    reference = next((row for row in group.rows if row.cell == row.reference), None)
    if reference and reference.status == "ok" and reference.median.value is not None:
        unit = {"1/s": "operations/s"}.get(reference.unit, drawn(reference.unit, 12))
        lines.append("1× = %s %s" % (number(reference.median.value), unit))
    return lines


def _draw_heading(here, title, details, x, y):
    here.text(x, y, title, size=TITLE_SIZE, weight="bold", va="top", ha="left")
    for i, line in enumerate(details):
        here.text(x, y - 0.23 - 0.18 * i, line, size=DETAIL_SIZE, va="top", ha="left", color=style.MUTED)


def _legend(part, looks, scale):
    rows = [row for group in part for row in group.rows]
    handles = []
    for name in style.executor_order(row.executor for row in rows):
        look = looks[name]
        handles.append(
            Line2D(
                [], [], color=look.colour, marker=look.marker, markersize=look.size,
                linestyle=look.dashes if len({row.workers for row in rows if row.executor == name}) > 1 else "none",
                linewidth=1.7, markeredgecolor="white", markeredgewidth=0.6, label=drawn(name, 20),
            )
        )
    handles.append(Line2D([], [], label="ideal", **workers_axis.IDEAL))
    if scale.cores and scale.cores <= scale.workers:
        label = "%d usable core%s" % (scale.cores, "" if scale.cores == 1 else "s")
        handles.append(Line2D([], [], label=label, **workers_axis.CORES))
    if not all(_has_point(row) for row in rows):
        handles.append(
            Line2D(
                [], [], color=style.INK, marker="x", markersize=6.5, markeredgewidth=1.8, linestyle="none",
                label="no result",
            )
        )
    return handles
