# SPDX-License-Identifier: MIT
"""latency: how long operations of an open loop took, their tails, and when it was that they took long."""
from .. import latency_curves, latency_heat, page, sheets
from ..errors import PlotError
from ..latency_csv import load_latencies
from ..latency_tail import tail_of
from ..text import drawn, quantity, ranges

TITLE = "How long do those wait who come when they like?"
VARYING = ("rate", "length_ms")
PANELS_MAX = 12
HEATS_MAX = 24


def draw(run, rows, looks):
    cells = _cells(rows)
    found = load_latencies(run, [row.cell for row in cells])
    tails = {cell: tail_of(columns) for cell, columns in found.cells.items()}
    split = sheets.split(cells, VARYING, lambda row: row.cell in tails)
    if any(len(_panels(sheet)) > PANELS_MAX for sheet in split):
        raise PlotError("summary.csv: more than %d rates in one group are too many to draw" % PANELS_MAX)
    title = drawn(run.questions.get("latency") or TITLE, 200)
    count = sum(len(_panels(sheet)) for sheet in split)
    notes = [note for note in (found.note, _left_out(found.invalid), _too_many(count)) if note]
    curves, heats = [], []
    for sheet in split:
        panels = list(_panels(sheet).items())
        drawn_tails = [(heading, {row.executor: tails[row.cell] for row in own}) for heading, own in panels]
        curves.append(latency_curves.draw(run, sheet, title, drawn_tails, looks, notes))
        for heading, own in panels[: HEATS_MAX - len(heats)]:
            columns = {row.executor: found.cells[row.cell] for row in own}
            heats.append(latency_heat.draw(run, sheet, title, heading, columns, found.invalid, looks))
    return page.Pages(curves + heats, note="latency.csv has nothing of its cells")


def _cells(rows):
    """A row a cell: quantiles may be unknown where latencies are known."""
    found = {}
    for row in rows:
        if row.cell not in found or found[row.cell].status != "ok" and row.status == "ok":
            found[row.cell] = row
    return list(found.values())


def _panels(sheet):
    """Heading → rows, by rate; how long a batch is tells apart those of one rate."""
    found = {}
    for row in sheet.rows:
        found.setdefault((sheets.whole(row, "rate"), sheets.whole(row, "length_ms")), []).append(row)
    rates = [rate for rate, _ in found]
    named = {}
    for rate, length in sorted(found):
        heading = "%d operations/s" % rate if rate else "rate unknown"
        if rates.count(rate) > 1:
            heading += ", %d ms a batch" % length
        named[heading] = found[rate, length]
    return named


def _left_out(invalid):
    if not invalid:
        return ""
    text = "Left out, as disturbed: %s (%s)."
    return text % (quantity(len(invalid), "block"), drawn(ranges(invalid), 60))


def _too_many(count):
    return "Drawn over time are the first %d of %d groups." % (HEATS_MAX, count) if count > HEATS_MAX else ""
