# SPDX-License-Identifier: MIT
"""first-write: what a fork leaves to be paid when pages are written to, and when a worker with copies of them ends."""
from .. import bands, labels, page, parents, sheets, style
from ..text import drawn, number

TITLE = "What does a fork leave to be paid afterwards?"
SUBTITLE = (
    "One of the two writes a byte into each page of the parent's memory while the other waits; then the worker ends. "
    "Less is better.\nWhiskers: 95 % intervals (hidden where narrower than the marker)."
)
WRITERS = {"creator": "the creator writes to", "worker": "the worker writes to", "none": "nobody writes to"}
# what is shown: figure → heading, axis, inches for its values
FIGURES = {
    "page": ("writing to a page", "per page", 2.15),
    "end": ("the end of the worker, its memory given back", "from the end of its work until it is reaped", 2.15),
}
NAMES, BETWEEN, HEADING = 1.0, 0.45, 0.5  # inches


def draw(run, rows, looks):
    rows = [row for row in rows if row.figure in FIGURES and row.unit in labels.NANOSECONDS]
    return [_draw_sheet(run, sheet, looks) for sheet in sheets.split(rows, parents.NAMES, _has_point)]


def _has_point(row):
    return row.status == "ok" and bool(row.median.value)


def _draw_sheet(run, sheet, looks):
    columns = {figure: _bands(sheet, figure) for figure in FIGURES}
    columns = {figure: found for figure, found in columns.items() if found}
    here = page.Page(
        title=drawn(run.questions.get("first-write") or TITLE, 200),
        subtitle=SUBTITLE,
        notices=page.notices(run),
        caption=sheets.caption(run, sheet),
        **bands.body(columns.values(), HEADING)
    )
    width = (style.WIDTH - 2 * page.MARGIN - BETWEEN * (len(columns) - 1)) / len(columns)
    for i, (figure, found) in enumerate(columns.items()):
        left = page.MARGIN + i * (width + BETWEEN)
        heading, axis, values = FIGURES[figure]
        column = bands.Column(left, width, NAMES, values, axis, labels.nanoseconds, _written, labels.tick_duration,
                              labels.durations_up_to)
        bands.draw(here, here.top - HEADING, found, looks, column, max(map(bands.rows_of, columns.values())))
        here.heading(left, heading, "%s, %s" % (sheet.workload, sheet.detail) if i == 0 else _numbers(sheet), width)
    return here.figure


def _bands(sheet, figure):
    """A band for each parent and who writes: title → executor → row."""
    found = {}
    for row in sheet.rows:
        if row.figure == figure:
            writer = sheets.settings(row).get("write", "none")
            key = (writer, parents.of(row))
            found.setdefault(key, {}).setdefault(row.executor, row)
    order = sheets.in_order((writer for writer, _ in found), WRITERS)
    keys = sorted(found, key=lambda key: (order.index(key[0]), key[1].thp, key[1]))
    return {_title(writer, parent): found[writer, parent] for writer, parent in keys}


def _title(writer, parent):
    memory = parents.memory(parent.memory_mib) + (" in huge pages" if parent.thp else "")
    rest = parent.apart_from_memory()
    return "%s %s%s" % (WRITERS.get(writer) or drawn(writer, 20), memory,
                        "" if rest == parents.BARE else ", " + parents.words(rest))


def _numbers(sheet):
    """What is written beside the dots."""
    baselines = {row.baseline for row in sheet.rows if row.ratio.value is not None}
    names = {row.executor for row in sheet.rows if row.cell in baselines}
    if not baselines:
        return ""
    over = "".join(names) if len(names) == 1 else "the baseline"
    return "beside the dots: medians, and what they are over %s" % over


def _written(row):
    found = labels.nanoseconds(row)
    over = number(row.ratio.value) + "×" if row.ratio.value is not None else ""
    return "  ".join(filter(None, (labels.duration(found.value), labels.duration_interval(found), over)))
