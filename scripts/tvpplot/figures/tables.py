# SPDX-License-Identifier: MIT
"""tables: what others have published, and beside it this machine: dots by machine, and curves by memory."""
from .. import page, published_curve, published_dots, style
from ..errors import PlotError
from ..published_points import Table
from ..text import drawn, quantity

TITLE = "What do the known tables say of this machine?"
SUBTITLE = (
    "Open markers: as published. Filled: this machine, with 95 % intervals (hidden where narrower than the marker). "
    "Less is better.\nDefinitions are not the same everywhere: `tvp summary` prints with each table how they differ."
)
BETWEEN = 0.45  # inches, between columns of panels
PER_COLUMN = 2  # panels
PAGES_MAX = 10


def draw(run, rows, looks):
    found = [Table(table, rows) for table in run.published.get("tables", ())]
    rows = [row for table in found for row in table.rows()]
    found = [table for table in found if table.points()]
    return [_draw_page(run, part, rows, looks) for part in _pages(found)]


def _pages(tables):
    """Those by machine on the left, the others on the right."""
    sides = [[table for table in tables if table.single() == single] for single in (True, False)]
    count = max(-(-len(side) // PER_COLUMN) for side in sides)
    if count > PAGES_MAX:
        raise PlotError("run.json: %s are too many to draw" % quantity(len(tables), "published table"))
    return [
        [side[i * PER_COLUMN : (i + 1) * PER_COLUMN] for side in sides if side[i * PER_COLUMN :]] for i in range(count)
    ]


def _draw_page(run, columns, rows, looks):
    tables = [table for column in columns for table in column]
    shown = [point.row for table in tables for point in table.points()]
    weights = [[_kind(table).least_height(table) for table in column] for column in columns]
    here = page.Page(
        title=drawn(run.questions.get("tables") or TITLE, 200),
        subtitle=SUBTITLE,
        notices=page.notices(run),
        caption=page.provenance(run, shown) + _extrapolated(tables) + _sources(tables)
        + page.not_shown(list({(row.cell, row.figure): row for row in rows}.values())),
        body_least=max(map(sum, weights)),
    )
    width = (style.WIDTH - 2 * page.MARGIN - BETWEEN * (len(columns) - 1)) / len(columns)
    for i, (column, heights) in enumerate(zip(columns, weights)):
        top = here.top
        for table, height in zip(column, heights):
            height *= (here.top - here.bottom) / sum(heights)
            _kind(table).draw(here, table, looks, (page.MARGIN + i * (width + BETWEEN), top - height, width, height))
            top -= height
    return here.figure


def _kind(table):
    return published_curve if published_curve.places(table) else published_dots


def _extrapolated(tables):
    """Caption: what was not done as often as the table says."""
    parts = []
    for table in tables:
        least = [point.row.operations for point in table.points() if point.extrapolated]
        if least:
            what = "%s from %s to %s" if min(least) < max(least) else "%s from %s"
            numbers = ["{:,}".format(number) for number in sorted({min(least), max(least)})]
            parts.append(what % (drawn(table.name, 24), *numbers) + " " + drawn(table.counted, 24))
    return ["Extrapolated: " + "; ".join(parts) + "."] if parts else []


def _sources(tables):
    return ["Published: " + "; ".join("%s: %s" % (drawn(table.name, 24), drawn(table.source, 160)) for table in tables)]
