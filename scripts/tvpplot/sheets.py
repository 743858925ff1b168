# SPDX-License-Identifier: MIT
"""Rows of experiments over a pool: their settings, and which of them belong into one picture."""
from dataclasses import dataclass, field
from typing import List

from . import page, style
from .errors import PlotError
from .labels import duration
from .model import Row
from .text import drawn, quantity

SHEETS_MAX = 40
EXECUTORS_MAX = 24
SETTINGS_MAX = 24
NAMES_MAX = 12  # of executors that are missing for one reason
INITIAL = {"entry": "map", "schedule": "auto", "chunk": "0", "payload": "auto", "recycle": "0", "spin_us": "1000000",
           "tasks": "0", "memory_mib": "0", "thp": "off", "mappings": "0", "descriptors": "0", "cloexec": "on",
           "threads": "0", "write": "none"}


@dataclass
class Sheet:
    """What one picture shows: cells of one workload, placement and worker count that differ in a few settings only."""

    workload: str
    placement: str
    workers: int
    settings: dict  # those that they share
    rows: List[Row] = field(default_factory=list)  # with a result
    missing: List[Row] = field(default_factory=list)  # without
    title: str = ""
    detail: str = ""  # a stranger's, as it is


def settings(row):
    """The parameters of a row by name."""
    return dict(part.partition("=")[::2] for part in row.params.split(";", SETTINGS_MAX)[:SETTINGS_MAX] if part)


def whole(row, name):
    """A setting as a number; 0 where it is none."""
    text = settings(row).get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def headline(run, rows):
    """The rows of the experiment's first figure."""
    figures = run.figures.get(rows[0].experiment) if rows else None
    first = next((name for name in figures or () if any(row.figure == name for row in rows)), None)
    return [row for row in rows if row.figure == (first or rows[0].figure)]


def split(rows, varying, has_point, placements=True, executors_max=EXECUTORS_MAX):
    """Rows into sheets, one for each placement unless `placements` is False. The serial loop has one worker and stands
    beside any number of them."""
    found = {}
    for row in rows:
        own = {name: value for name, value in settings(row).items() if name not in varying}
        key = (row.workload, row.placement if placements else "", tuple(sorted(own.items())))
        found.setdefault(key, (own, {}))[1].setdefault(row.workers, []).append(row)
    sheets = []
    for (workload, placement, _), (own, levels) in found.items():
        alone = [row for row in levels.get(1, ()) if row.executor == "serial"]
        if alone and len(levels) > 1 and len(alone) == len(levels[1]):
            del levels[1]
        for workers in sorted(levels):
            beside = [] if workers == 1 else alone
            sheet = Sheet(workload, placement, workers, own)
            for row in beside + levels[workers]:
                (sheet.rows if has_point(row) else sheet.missing).append(row)
            sheets.append(sheet)
    sheets = [sheet for sheet in sheets if sheet.rows]
    _check(sheets, executors_max)
    for sheet in sheets:
        sheet.title = drawn(sheet.workload, 20)
        sheet.detail = _detail(sheet, sheets)
    return sheets


def _check(sheets, executors_max):
    if len(sheets) > SHEETS_MAX:
        raise PlotError("summary.csv: %d groups of cells are too many to draw" % len(sheets))
    if any(len({row.executor for row in sheet.rows}) > executors_max for sheet in sheets):
        raise PlotError("summary.csv: more than %d executors in one group are too many to draw" % executors_max)


def _detail(sheet, sheets):
    """Workers, placement, and the settings that are not the usual ones or tell sheets apart."""
    parts = [quantity(sheet.workers, "worker")]
    if sheet.placement not in ("", "none") or sheet.placement and len({other.placement for other in sheets}) > 1:
        parts.append("placement " + sheet.placement)
    same = [other.settings for other in sheets if other.workload == sheet.workload]
    for name, value in sheet.settings.items():
        if value != INITIAL.get(name, value) or any(other.get(name) != value for other in same):
            parts.append("%s=%s" % (name, value))
    return ", ".join(parts)


def words(row, names):
    """Settings of a row as people say them, a stranger's as they are: those that are not at their initial value."""
    own = settings(row)
    parts = []
    for name in names:
        value = own.get(name)
        if value in (None, INITIAL.get(name)):
            continue
        if name == "tasks":
            parts.append("%s a worker" % ("1 task" if value == "1" else value + " tasks"))
        elif name == "spin_us":
            parts.append("parked pool" if value == "0" else "spinning %s" % duration(whole(row, name) * 1e3))
        else:
            parts.append(value if name in ("entry", "schedule") else "%s %s" % (name, value))
    return ", ".join(parts)


def in_order(values, known):
    """Without repetitions: known ones first, in their order, the others as they come."""
    found = list(dict.fromkeys(values))
    return [value for value in known if value in found] + [value for value in found if value not in known]


def caption(run, sheet):
    """Where the numbers come from, what they share, and what is not there."""
    return page.provenance(run, sheet.rows) + shared(sheet) + not_shown(sheet) + page.partly_shown(sheet.rows)


def common(rows):
    """The settings that all of the rows have alike."""
    found = [set(settings(row).items()) for row in rows]
    return dict(sorted(set.intersection(*found))) if found else {}


def shared(sheet):
    told = ["%s=%s" % item for item in common(sheet.rows).items() if item[1] != INITIAL.get(item[0])]
    return ["Parameters: %s %s." % (sheet.title, drawn(", ".join(told), 80))] if told else []


def not_shown(sheet):
    """By reason and executor; which cells, where there are others and they are few."""
    missing = {}
    shown = {row.executor for row in sheet.rows}
    everywhere = common(sheet.rows + sheet.missing)
    for row in sheet.missing:
        what = row.status if row.status != "ok" else "no value"
        told = [] if sheet.placement or not row.placement else ["placement=" + row.placement]
        told += ["%s=%s" % item for item in settings(row).items()
                 if everywhere.get(item[0]) != item[1] and INITIAL.get(item[0]) != item[1]]
        cells = missing.setdefault((row.executor, what, row.reason), {})
        cells.setdefault(row.cell, drawn(", ".join(told), 60) if row.executor in shown else "")
    alike = {}
    for (executor, what, reason), cells in missing.items():
        alike.setdefault((_which(cells), what, reason), []).append(drawn(executor, 24))
    return page.listed("Not shown: ", list(alike.items()), _missing_text)


def _which(cells):
    which = "; ".join(filter(None, cells.values()))
    return quantity(len(cells), "cell") if which and len(cells) > 2 else which


def _missing_text(item):
    (which, what, reason), names = item
    names = names[:NAMES_MAX] + ["and %d more" % (len(names) - NAMES_MAX)] * (len(names) > NAMES_MAX)
    named = ", ".join(filter(None, names + [which]))
    return "%s (%s%s)" % (named, what, ": " + drawn(reason, 110) if reason else "")


def executors(rows):
    return style.executor_order({row.executor for row in rows})
