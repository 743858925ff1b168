# SPDX-License-Identifier: MIT
"""io: throughput and memory per worker against the number of workers; dots where there is one number only."""
import math

from matplotlib.ticker import FixedLocator, FuncFormatter

from .. import dot_table, groups, labels, page, style, worker_lines
from ..text import drawn, quantity

TITLE = "How much waiting can be done at a time, and what does each who waits cost?"
WHISKERS = "Whiskers: 95 % intervals (hidden where narrower than the marker)."
LINES = (
    "Above: throughput of all workers; higher is better. Below: memory of each worker, or of each operation under way "
    "in an event loop; less is better.\n"
    "All scales are logarithmic. " + WHISKERS + " Points are moved sideways a little to be seen apart."
)
DOTS = (
    "As many operations are under way with every executor; `event-loop` has them all in one thread, and its memory is "
    "that of each of them.\nAll scales are logarithmic. " + WHISKERS
)
ZERO = "Open markers at a scale's end: 0 as far as can be measured; a logarithmic scale has no place for it."
SCALE, BETWEEN = 0.72, 0.18  # inches left of each panel, right of it
LABELS = 0.3
TICKS = 0.6
GAP = 0.16  # between the two panels
LINE_LEAST = 4.8
KIB = 1024


def _rate(value):
    """15000 → "15 k"."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size * 0.9995:
            return "%g %s" % (float("%.3g" % (value / size)), unit)
    return "%.3g" % value


def _size(value):
    return labels.size(value * KIB)


def _duration(value):
    return labels.tick_duration(float("%.3g" % value))


def _count(value):
    return "%.3g" % value


# figure → its unit, heading, what is better, scale, value → text
FIGURES = {
    "throughput": ("1/s", "throughput", "higher is better", "operations per second", _rate),
    "memory": ("KiB", "memory per worker", "less is better", "memory", _size),
    "cpu-time": ("ns", "CPU time per operation", "less is better", "CPU time of the workers", _duration),
    "switches": ("/op", "switches per operation", "less is better", "context switches", _count),
}
PANELS = {"throughput": "operations/s", "memory": "memory per worker"}


def draw(run, rows, looks):
    rows = [row for row in rows if row.figure in FIGURES and row.unit == FIGURES[row.figure][0]]
    found = groups.split(rows, lambda row: row.group or (row.workload, row.placement, row.params))
    found = [group for group in found if any(_has_point(row) for row in group.rows if row.figure in PANELS)]
    if all(len({row.workers for row in group.rows}) == 1 for group in found):
        return [_draw_dots(run, rows, part, looks) for part in groups.pages(found)]
    rows = [row for row in rows if row.figure in PANELS]
    for group in found:
        group.rows = [row for row in group.rows if row.figure in PANELS]
    return [_draw_lines(run, rows, part, looks) for part in groups.pages(found)]


def _has_point(row):
    """0 is a result: an event loop takes no memory that can be seen."""
    return row.status == "ok" and row.median.value is not None and row.median.value >= 0


def _caption(run, rows, part):
    shown = [row for group in part for row in group.rows if _has_point(row)]
    zero = [ZERO] if any(row.median.value == 0 for row in shown) else []
    return page.provenance(run, shown) + groups.parameters_caption(part) + zero + page.not_shown(rows)


def _ticks(figure, limits, inches, each):
    """Sizes are in powers of two."""
    if figure != "memory":
        return labels.ticks(*limits, inches, each)
    first, last = math.ceil(math.log2(limits[0])), math.floor(math.log2(limits[1]))
    every = max(1, math.ceil(math.log2(limits[1] / limits[0]) * each / inches))
    return [2.0**power for power in range(first, last + 1) if power % every == 0]


# One number of workers: a table of dots.


def _draw_dots(run, rows, part, looks):
    bands = []
    for i, group in enumerate(part):
        detail = ", ".join(filter(None, (quantity(group.rows[0].workers, "worker"), group.detail)))
        names = style.executor_order(row.executor for row in group.rows if _has_point(row))
        bands.append(dot_table.Band(str(i), "%s, %s" % (group.workload, detail), names))
    columns = [column for column in (_column(part, bands, figure) for figure in FIGURES) if column]
    here = page.Page(
        title=drawn(run.questions.get("io") or TITLE, 200),
        subtitle=DOTS,
        notices=page.notices(run),
        caption=_caption(run, rows, part),
        **dot_table.body(bands, columns)
    )
    dot_table.draw(here, bands, columns, looks)
    return here.figure


def _column(part, bands, figure):
    _, heading, better, scale, written = FIGURES[figure]
    cells = {(band.key, name): None for band in bands for name in band.names}
    for band, group in zip(bands, part):
        for row in group.rows:
            if row.figure == figure and _has_point(row):
                cells[band.key, row.executor] = row.median
    values = [value for one in cells.values() if one for value in labels.known(one) if value > 0]
    if not values:
        return None
    return dot_table.Column(
        heading, [better], scale + " (log scale)", cells, lambda one: written(one.value), written,
        labels.limits(values), lambda limits, inches: _ticks(figure, limits, inches, 0.6),
    )


# Several: lines.


def _draw_lines(run, rows, part, looks):
    cores = page.core_count(run)
    columns = groups.columns(len(part))
    lines = -(-len(part) // columns)
    members = [row for group in part for row in group.rows]
    here = page.Page(
        title=drawn(run.questions.get("io") or TITLE, 200),
        subtitle=LINES,
        notices=page.notices(run),
        caption=_caption(run, rows, part),
        legend=worker_lines.legend(members, looks, cores, all(map(_has_point, members))),
        body=0 if lines == 1 else lines * LINE_LEAST,
        body_least=LINE_LEAST - 0.4,
    )
    height = (here.top - here.bottom) / lines
    width = (style.WIDTH - 2 * page.MARGIN - LABELS) / columns
    details = [here.wrap(group.detail, worker_lines.DETAIL, width - BETWEEN - 0.1) for group in part]
    heading = worker_lines.HEADING + worker_lines.LINE * max(map(len, details))
    for i, group in enumerate(part):
        left = page.MARGIN + LABELS + i % columns * width
        bottom = here.bottom + (lines - 1 - i // columns) * height
        place = (left + SCALE, bottom + TICKS, width - SCALE - BETWEEN, (height - heading - TICKS - GAP) / 2)
        _draw_group(here, group, looks, cores, place, i % columns == 0)
        worker_lines.draw_heading(here, group.title, details[i], left + SCALE, bottom + height - 0.1)
    return here.figure


def _draw_group(here, group, looks, cores, place, first):
    left, bottom, width, height = place
    levels = sorted({row.workers for row in group.rows})
    names = style.executor_order(row.executor for row in group.rows)
    dodge = worker_lines.dodge_of(names, levels, width)
    for figure, label in PANELS.items():
        below = figure == "memory"
        y = bottom if below else bottom + height + GAP
        rows = [row for row in group.rows if row.figure == figure]
        axes = here.axes(left, y, width, height)
        worker_lines.finish_axis(axes, levels, cores, width, dodge, named=below)
        _finish_scale(axes, rows, figure, height)
        for i, name in enumerate(names):
            cells = {row.workers: row.median if _has_point(row) else None for row in rows if row.executor == name}
            worker_lines.draw_line(axes, name, dict(sorted(cells.items())), looks[name], dodge.of(i))
        if first:
            here.text(page.MARGIN, y + height / 2, label, rotation=90, ha="left", va="center", size=11)


def _finish_scale(axes, rows, figure, height):
    values = [value for row in rows if _has_point(row) for value in labels.known(row.median) if value > 0]
    limits = labels.limits(values or [1])
    axes.set_yscale("log")
    axes.set_ylim(*limits)
    axes.yaxis.set_major_locator(FixedLocator(_ticks(figure, limits, height, 0.3)))
    axes.yaxis.set_minor_locator(FixedLocator([]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: FIGURES[figure][4](y)))
