# SPDX-License-Identifier: MIT
"""
create: what a worker costs phase by phase, against its parent's memory, and with what else its parent has.

A few executors are shown as points in time on one logarithmic scale, more as bars, which need less room.
"""
from dataclasses import replace

from .. import create_factors, create_memory, create_phases, create_points, labels, parents, sheets
from ..text import drawn, quantity

TITLE = "What does it cost to create a worker, and to get rid of it?"
EXECUTORS_MAX = 40
FEW = 6
PLACEMENTS = {
    "none": "creator and worker run wherever the kernel puts them",
    "same-core": "creator and worker share one core",
}


def draw(run, rows, looks):
    rows = [row for row in rows if row.figure in create_phases.FIGURES and row.unit in labels.NANOSECONDS]
    phases = {}
    for row in rows:
        if _has_point(row):
            phases.setdefault(row.cell, {})[row.figure] = row
    wholes = [row for row in rows if row.figure == create_phases.HEADLINE]
    found = sheets.split(wholes, parents.NAMES, _has_point, executors_max=EXECUTORS_MAX)
    title = drawn(run.questions.get("create") or TITLE, 200)
    parts = [_Parts(sheet) for sheet in found]
    few = [part for part in parts if len(part.ways) <= FEW]
    cells = {row.cell for part in few for row in list(part.plain.values()) + part.plain_missing}
    pages = create_points.draw(run, [row for row in rows if row.cell in cells], title, looks)
    pages += _draw_phases(run, [part for part in parts if part not in few], phases, title, looks)
    for part in parts:
        pages += _draw_curves(run, part, title, looks) + _draw_factors(run, part, title, looks)
    return pages


def _has_point(row):
    return row.status == "ok" and row.median.value is not None


class _Parts:
    """Which of a sheet's cells are drawn where: phase by phase those of the plainest parent; along memory those that
    differ in nothing else; the others by what else their parent has. What is missing is named where it would be."""

    def __init__(self, sheet):
        self.sheet = sheet
        self.base = parents.plainest(sheet.rows)
        self.plain = _by_executor(row for row in sheet.rows if parents.of(row) == self.base)
        self.ways = {row.executor for row in sheet.rows + sheet.missing if parents.of(row) == self.base}
        self.curves = list(_find_curves(sheet))
        shown = {row.cell for curves in self.curves for line in curves.lines.values() for row in line.values()}
        self.others = [row for row in sheet.rows
                       if row.cell not in shown and row.median.value and parents.of(row) != self.base]
        told = {row.cell for curves in self.curves for row in curves.missing}
        rest = [row for row in sheet.missing if row.cell not in told]
        self.others_missing = [row for row in rest if self.others and parents.of(row) != self.base]
        self.plain_missing = [row for row in rest if row not in self.others_missing]


def _find_curves(sheet):
    found = {}
    for row in sheet.rows:
        parent = parents.of(row)
        if row.median.value:
            line = found.setdefault(parent.apart_from_memory(), {}).setdefault(create_memory.key_of(row), {})
            line.setdefault(parent.memory_mib, row)
    for parent, lines in found.items():
        # A single point with huge pages is shown beside the curve without them.
        lines = {(name, huge): line for (name, huge), line in lines.items()
                 if len(line) > 1 or huge and len(lines.get((name, False), ())) > 1}
        if lines:
            missing = [row for row in sheet.missing if create_memory.key_of(row) in lines
                       and parents.of(row).apart_from_memory() == parent]
            yield create_memory.Curves(lines, missing, _detail(sheet, parent))


def _by_executor(rows):
    found = {}
    for row in rows:
        found.setdefault(row.executor, row)
    return found


def _detail(sheet, parent):
    """A stranger's, as it is."""
    parts = [sheet.workload, sheet.detail, parents.words(parent) if parent != parents.BARE else ""]
    return ", ".join(filter(None, parts))


def _draw_phases(run, parts, phases, title, looks):
    panels = [
        create_phases.panel_of(*_headings(part), {name: phases[row.cell] for name, row in part.plain.items()})
        for part in parts
    ]
    pages = []
    rest = iter(parts)
    for page in create_phases.pages(panels):
        shown = [next(rest) for _ in page]
        sheet = replace(
            shown[0].sheet,
            placement=shown[0].sheet.placement if len(shown) == 1 else "",
            rows=[row for part in shown for row in part.plain.values()],
            missing=[row for part in shown for row in part.plain_missing],
        )
        pages.append(create_phases.draw(run, page, title, sheets.caption(run, sheet), looks))
    return pages


def _headings(part):
    """In bold, and below it, a stranger's as it is."""
    sheet = part.sheet
    if not sheet.placement:
        return sheet.title, _detail(sheet, part.base)
    told = [sheet.workload, quantity(sheet.workers, "worker")]
    told += ["%s=%s" % item for item in sheet.settings.items() if item[1] != sheets.INITIAL.get(item[0])]
    told += [] if part.base == parents.BARE else [parents.words(part.base)]
    where = PLACEMENTS.get(sheet.placement)
    return drawn("placement " + sheet.placement, 50), ", ".join(told) + ("; " + where if where else "")


def _draw_curves(run, part, title, looks):
    pages = []
    for curves in part.curves:
        rows = [row for line in curves.lines.values() for row in line.values()]
        caption = sheets.caption(run, replace(part.sheet, rows=rows, missing=curves.missing))
        pages.append(create_memory.draw(run, curves, title, caption, looks))
    return pages


def _draw_factors(run, part, title, looks):
    pages = []
    found = create_factors.pages(create_factors.bands_of(part.others))
    for i, bands in enumerate(found):
        rows = [row for band in bands.values() for row in band.values()]
        plain = {name: row for name, row in part.plain.items() if row.median.value}
        missing = part.others_missing if i + 1 == len(found) else []
        caption = sheets.caption(run, replace(part.sheet, rows=rows, missing=missing))
        pages.append(create_factors.draw(run, part.sheet, bands, plain, title, caption, looks))
    return pages
