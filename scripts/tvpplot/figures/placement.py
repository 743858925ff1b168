# SPDX-License-Identifier: MIT
"""placement: throughput over that of workers that are bound nowhere, a column of dots for each workload."""
from .. import dot_table, groups, page, ratios, sheets, style
from ..text import drawn, interval, number, quantity

TITLE = "Does it matter where workers run?"
SUBTITLE = (
    "Throughput over that of the same executor with placement `%s` (the line at 1). Higher is better; the scale is "
    "logarithmic.\nWhiskers%s: 95 %% intervals of paired blocks (hidden where narrower than the marker)."
)
FIGURE = "throughput"
KNOWN = ("none", "compact", "scatter", "smt", "numa", "same-core")
PLACEMENTS_MAX = 40
PER_PAGE = 4  # columns
WIDE_MAX = 2  # of them have room for intervals in figures
NAMED_MAX = 4  # cells of a placement that some have no result for


def draw(run, rows, looks):
    rows = [row for row in rows if row.figure == FIGURE]
    found = groups.split(rows, lambda row: (row.group or (row.workload, row.params), row.workers))
    found = [group for group in found if any(map(ratios.has_point, group.rows))]
    parts = [found[i : i + PER_PAGE] for i in range(0, len(found), PER_PAGE)]
    note = "no cell has a result" if not any(row.median.value for row in rows) else "no cell has a ratio to a baseline"
    return page.Pages([_draw_page(run, rows, part, looks) for part in parts], note=note)


def _draw_page(run, rows, part, looks):
    members = [row for group in part for row in group.rows]
    shown = [row for row in members if ratios.has_point(row)]
    names = ratios.baselines(members)
    over = sheets.in_order((row.placement for row in members if row.cell in names), KNOWN) or ["none"]
    bands = _bands(members, shown)
    limits = ratios.limits(shown)
    written = _with_interval if len(part) <= WIDE_MAX else lambda estimate: number(estimate.value)
    columns = [_column(group, limits, written) for group in part]
    here = page.Page(
        title=drawn(run.questions.get("placement") or TITLE, 200),
        subtitle=SUBTITLE % (drawn(" or ".join(over), 40), " and brackets" if written is _with_interval else ""),
        notices=page.notices(run),
        caption=ratios.provenance(run, shown) + groups.parameters_caption(part) + ratios.not_compared(rows)
        + _not_shown(rows) + page.partly_shown(rows),
        **dot_table.body(bands, columns)
    )
    dot_table.draw(here, bands, columns, looks)
    return here.figure


def _bands(members, shown):
    """A placement that has a dot somewhere, and every executor that has one there."""
    bands = []
    for placement in sheets.in_order((row.placement for row in shown), KNOWN)[:PLACEMENTS_MAX]:
        names = style.executor_order(row.executor for row in shown if row.placement == placement)
        bands.append(dot_table.Band(placement, placement or "?", names))
    return bands


def _column(group, limits, written):
    details = [", ".join(filter(None, (quantity(group.rows[0].workers, "worker"), group.detail)))]
    names = ratios.baselines(group.rows)
    found = {row.executor: row for row in ratios.with_baselines(group.rows) if row.cell in names and ratios.has_point(row)}
    details += [ratios.one_text(found[name]) for name in style.executor_order(found)]
    cells = {(row.placement, row.executor): row.ratio if ratios.has_point(row) else None
             for row in group.rows if row.cell not in names}
    return dot_table.Column(
        group.workload, details, "throughput (×, log scale)", cells, written, ratios.tick, limits, ratios.ticks, True
    )


def _with_interval(estimate):
    return " ".join(filter(None, (number(estimate.value), interval(estimate))))


def _not_shown(rows):
    """Caption: by placement, as most that are missing are so because the machine has no such thing."""
    missing = {}
    cells = {}
    for row in rows:
        cells.setdefault(row.placement, set()).add(row.cell)
        if row.status != "ok" or row.median.value is None:
            what = row.status if row.status != "ok" else "no value"
            missing.setdefault((row.placement, what, row.reason), {})[row.cell] = row
    items = [(key, found, len(found) == len(cells[key[0]])) for key, found in missing.items()]
    return page.listed("Not shown: ", items, _missing_text)


def _missing_text(item):
    (placement, what, reason), found, whole = item
    cells = ("%s %s" % (drawn(row.workload, 20), drawn(row.executor, 20)) for row in found.values())
    named = list(dict.fromkeys(cells))
    more = ["and %d more" % (len(named) - NAMED_MAX)] * (len(named) > NAMED_MAX)
    which = "" if whole else ", ".join(named[:NAMED_MAX] + more) + ", "
    return "%s (%s%s%s)" % (drawn(placement, 24), which, what, ": " + drawn(reason, 110) if reason else "")
