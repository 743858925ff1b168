# SPDX-License-Identifier: MIT
"""round-trip: what it costs to wake a pool that sleeps and to hear of it, and that over a bare futex round trip."""
from .. import bands, labels, page, sheets, style
from ..text import drawn, interval, number

TITLE = "What does it cost to wake sleeping workers and to hear that they are done?"
SUBTITLE = (
    "A map of one small task for each worker of a pool whose workers all sleep. Less is better.\n"
    "Whiskers: 95 % intervals (hidden where narrower than the marker)."
)
VARYING = ("entry", "schedule", "chunk", "payload", "recycle", "spin_us", "tasks")
NAMES, TIMES, RATIOS, BETWEEN, HEADING = 1.6, 1.75, 1.5, 0.4, 0.6  # inches
LEAST = 2.6


def draw(run, rows, looks):
    rows = [row for row in rows if row.unit in labels.NANOSECONDS or row.unit in labels.RATIOS]
    found = sheets.split(rows, VARYING, _has_point, placements=False)
    return [_draw_sheet(run, sheet, looks) for sheet in found]


def _has_point(row):
    return row.status == "ok" and bool(row.median.value)


def _draw_sheet(run, sheet, looks):
    figures = sheets.in_order((row.figure for row in sheet.rows), run.figures.get("round-trip", ()))[:2]
    columns = [_bands(sheet, figure) for figure in figures]
    here = page.Page(
        title=drawn(run.questions.get("round-trip") or TITLE, 200),
        subtitle=SUBTITLE,
        notices=page.notices(run),
        caption=sheets.caption(run, sheet),
        body=max(HEADING + max(map(bands.rows_of, columns)) * bands.ROW[1] + bands.AXIS, LEAST),
    )
    room = style.WIDTH - 2 * page.MARGIN
    width = (room - NAMES - BETWEEN) / len(columns)
    for i, (figure, found) in enumerate(zip(figures, columns)):
        left = page.MARGIN + (NAMES + width + BETWEEN if i else 0)
        column = _column(next(row for row in sheet.rows if row.figure == figure), left, width, NAMES * (i == 0))
        bands.draw(here, here.top - HEADING, found, looks, column)
    here.heading(page.MARGIN, sheet.title, sheet.detail, room)
    return here.figure


def _bands(sheet, figure):
    """A band for each placement, and for settings that differ."""
    vary = [name for name in VARYING if name not in sheets.common(sheet.rows)]
    found = {}
    for row in sheet.rows:
        if row.figure == figure:
            words = ["placement " + (row.placement or "none"), sheets.words(row, vary)]
            found.setdefault(drawn(", ".join(filter(None, words)), 48), {}).setdefault(row.executor, row)
    return found


def _column(row, left, width, names):
    if row.unit in labels.NANOSECONDS:
        return bands.Column(
            left, width + names, names, TIMES, "from the call until all are done", labels.nanoseconds, _time,
            labels.tick_duration, labels.durations_up_to,
        )
    return bands.Column(
        left, width + names, names, RATIOS, "over a bare futex round trip between the same CPUs",
        lambda row: row.median, _ratio, lambda x: "%g×" % round(x, 6), one=True,
    )


def _time(row):
    found = labels.nanoseconds(row)
    return " ".join((labels.duration(found.value), labels.duration_interval(found)))


def _ratio(row):
    return " ".join((number(row.median.value) + "×", interval(row.median)))
