# SPDX-License-Identifier: MIT
"""oversubscribe: throughput over that with one worker for each core, against the number of workers."""
from matplotlib.ticker import FixedLocator, FuncFormatter

from .. import groups, page, ratios, style, worker_lines
from ..text import drawn, quantity

TITLE = "What do more workers than cores cost?"
SUBTITLE = (
    "Throughput over that of the same executor with one worker for each core (the line at 1). Below 1: a loss. "
    "Both scales are logarithmic.\nWhiskers: 95 % intervals of paired blocks (hidden where narrower than the marker). "
    "Points are moved sideways a little to be seen apart."
)
FIGURE = "throughput"
LABELS, BETWEEN = 0.85, 0.3  # inches left of the first panel, between panels
TICKS = 0.6
LINE_LEAST = 3.6
ONE = {"color": style.INK, "linewidth": 1.1}


def draw(run, rows, looks):
    rows = ratios.with_baselines([row for row in rows if row.figure == FIGURE])
    found = groups.split(rows, lambda row: row.group or (row.workload, row.placement, row.params))
    found = [group for group in found if _compared(group)]
    note = "no cell has a result" if not any(row.median.value for row in rows) else "no cell has a ratio to a baseline"
    return page.Pages([_draw_page(run, rows, part, looks) for part in groups.pages(found)], note=note)


def _compared(group):
    """Is there more than what others would be compared with?"""
    names = ratios.baselines(group.rows)
    return any(ratios.has_point(row) and row.cell not in names for row in group.rows)


def _draw_page(run, rows, part, looks):
    members = [row for group in part for row in group.rows]
    shown = [row for row in members if ratios.has_point(row)]
    cores = page.core_count(run)
    columns = groups.columns(len(part))
    lines = -(-len(part) // columns)
    here = page.Page(
        title=drawn(run.questions.get("oversubscribe") or TITLE, 200),
        subtitle=SUBTITLE,
        notices=page.notices(run),
        caption=ratios.provenance(run, shown) + groups.parameters_caption(part) + ratios.not_compared(rows)
        + page.not_shown(rows),
        legend=worker_lines.legend(members, looks, cores, len(shown) == len(members)),
        body=0 if lines == 1 else lines * LINE_LEAST,
    )
    height = (here.top - here.bottom) / lines
    width = (style.WIDTH - 2 * page.MARGIN - LABELS + BETWEEN) / columns
    details = [_details(here, group, width - BETWEEN) for group in part]
    heading = worker_lines.HEADING + worker_lines.LINE * max(map(len, details))
    limits = ratios.limits(shown)
    for i, group in enumerate(part):
        left = page.MARGIN + LABELS + i % columns * width
        bottom = here.bottom + (lines - 1 - i // columns) * height
        place = (left, bottom + TICKS, width - BETWEEN, height - heading - TICKS)
        _draw_group(here, group, looks, cores, place, limits, i % columns == 0)
        worker_lines.draw_heading(here, group.title, details[i], left, bottom + height - 0.1)
    return here.figure


def _details(here, group, width):
    """What tells the group from others, and for each executor what its ratios are over."""
    lines = here.wrap(group.detail, worker_lines.DETAIL, width)
    names = ratios.baselines(group.rows)
    found = {row.executor: row for row in group.rows if row.cell in names and ratios.has_point(row)}
    for name in style.executor_order(found):
        text = "%s, %s" % (ratios.one_text(found[name]), quantity(found[name].workers, "worker"))
        lines += here.wrap(drawn(text, 90), worker_lines.DETAIL, width)
    return lines


def _draw_group(here, group, looks, cores, place, limits, first):
    left, bottom, width, height = place
    levels = sorted({row.workers for row in group.rows})
    names = style.executor_order(row.executor for row in group.rows)
    dodge = worker_lines.dodge_of(names, levels, width)
    axes = here.axes(*place)
    worker_lines.finish_axis(axes, levels, cores, width, dodge)
    axes.set_yscale("log")
    axes.set_ylim(*limits)
    axes.yaxis.set_major_locator(FixedLocator(ratios.ticks(limits, height)))
    axes.yaxis.set_minor_locator(FixedLocator([]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: ratios.tick(y)))
    axes.axhline(1, zorder=1.6, label="one", **ONE)
    for i, name in enumerate(names):
        cells = {row.workers: row.ratio if ratios.has_point(row) else None
                 for row in group.rows if row.executor == name}
        worker_lines.draw_line(axes, name, dict(sorted(cells.items())), looks[name], dodge.of(i))
    if first:
        here.text(page.MARGIN, bottom + height / 2, "throughput (×)", rotation=90, ha="left", va="center", size=12)
    else:
        axes.tick_params(labelleft=False)
