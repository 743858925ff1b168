# SPDX-License-Identifier: MIT
"""Curves along the size of what each worker works on, with the caches marked: experiments memory-…"""
import math
from dataclasses import dataclass, replace
from typing import Callable, Dict, List, Tuple

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from . import labels, page, sheets, style
from .caches import load_caches
from .errors import PlotError
from .model import Row
from .text import drawn, quantity

PARAMETER = "kib"
KIB = 1024
LINES_MAX = 24
MARKS_MAX = 8
SCALE, AXIS, HEADING, MARKS = 0.8, 0.6, 0.5, 0.4  # inches
ENDS_MOST = 2.9  # for the lines' names
LABEL = 10
GAP = 0.19  # between names
READING = (
    "A line for each executor and number of workers, with 95 % intervals as bands: one worker filled and solid, several "
    "open and dashed."
)
CACHES = "\nGrey: the caches' sizes"
SHARES = "; dotted: what each core has of one that cores share"
ALONE, TOGETHER = "solid", (0, (4.5, 1.8))


@dataclass
class Kind:
    """What is drawn."""

    experiment: str
    title: str  # unless the run says it
    subtitle: str
    axis: str
    fits: Callable  # row → is it in a unit that is known?
    scaled: Callable  # row → Estimate
    tick: Callable  # value → text


@dataclass
class Curves:
    sheet: sheets.Sheet
    lines: Dict[Tuple[str, int], Dict[int, Row]]  # (executor, workers) → KiB → row


def draw(run, rows, looks, kind):
    rows = [row for row in sheets.headline(run, rows) if kind.fits(row) and sheets.whole(row, PARAMETER) > 0]
    return [_draw_curves(run, curves, looks, kind) for curves in _split(rows)]


def _has_point(row):
    return row.status == "ok" and bool(row.median.value)


def _split(rows):
    """One for each workload, placement and what else is set."""
    found = {}
    for row in rows:
        own = {name: value for name, value in sheets.settings(row).items() if name != PARAMETER}
        key = (row.workload, row.placement, tuple(sorted(own.items())))
        curves = found.setdefault(key, Curves(sheets.Sheet(row.workload, row.placement, 0, own), {}))
        (curves.sheet.rows if _has_point(row) else curves.sheet.missing).append(row)
        if _has_point(row):
            curves.lines.setdefault((row.executor, row.workers), {}).setdefault(sheets.whole(row, PARAMETER), row)
    found = [curves for curves in found.values() if curves.lines]
    if len(found) > sheets.SHEETS_MAX:
        raise PlotError("summary.csv: %d groups of cells are too many to draw" % len(found))
    for curves in found:
        if len(curves.lines) > LINES_MAX:
            raise PlotError("summary.csv: more than %d executors and numbers of workers are too many to draw in one "
                            "picture" % LINES_MAX)
        curves.sheet.title = drawn(curves.sheet.workload, 20)
        curves.sheet.detail = _detail(curves.sheet, found)
    return found


def _detail(sheet, found):
    """What tells it from others."""
    parts = ["placement " + sheet.placement] if len({other.sheet.placement for other in found}) > 1 else []
    parts += ["%s=%s" % (name, value) for name, value in sheet.settings.items()
              if any(other.sheet.settings.get(name) != value for other in found)]
    return ", ".join(parts)


def _draw_curves(run, curves, looks, kind):
    caches, why_none = load_caches(getattr(run, "folder", ""))
    at = sorted({kib for line in curves.lines.values() for kib in line})
    marks = _marks(caches, curves, at)
    here = page.Page(
        title=drawn(run.questions.get(kind.experiment) or kind.title, 200),
        subtitle=kind.subtitle + "\n" + READING + _marks_text(marks),
        notices=page.notices(run),
        caption=sheets.caption(run, _with_workers(curves.sheet)) + _why_no_marks(caches, marks, why_none),
        body_least=4.2 + GAP * max(0, len(curves.lines) - 18),
    )
    names = {key: _name(here, key) for key in _order(curves.lines)}
    room = min(max(here.width_of(name, LABEL, "bold") for name in names.values()) + 0.3, ENDS_MOST)
    width = style.WIDTH - 2 * page.MARGIN - SCALE - room
    place = (page.MARGIN + SCALE, here.bottom + AXIS, width, here.top - here.bottom - HEADING - AXIS - MARKS)
    axes = here.axes(*place)
    _finish_axes(axes, curves, at, kind, place)
    _draw_marks(here, axes, marks, place)
    for key in names:
        _draw_line(axes, key, curves, looks[key[0]], kind)
    _draw_ends(here, axes, curves, names, looks, kind, place)
    here.heading(page.MARGIN, curves.sheet.title, curves.sheet.detail, SCALE + width)
    return here.figure


def _with_workers(sheet):
    """What is missing is named by them too."""
    missing = [replace(row, params="%s;workers=%d" % (row.params, row.workers)) for row in sheet.missing]
    return replace(sheet, missing=missing)


def _order(lines):
    places = style.executor_order(name for name, _ in lines)
    return sorted(lines, key=lambda key: (key[1], places.index(key[0])))


def _name(here, key):
    return "%s, %s" % (here.fit(key[0], LABEL, 1.4, "bold", 20), quantity(key[1], "worker"))


def _finish_axes(axes, curves, at, kind, place):
    _, _, width, height = place
    style.clean_axes(axes)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    rows = [row for line in curves.lines.values() for row in line.values()]
    limits = labels.limits([value for row in rows for value in labels.known(kind.scaled(row))])
    axes.set_ylim(*limits)
    axes.yaxis.set_major_locator(FixedLocator(labels.ticks(*limits, height, 0.42)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: kind.tick(y)))
    span = max(math.log2(at[-1] / at[0]), 1)
    axes.set_xlim(at[0] * 2 ** (-0.04 * span), at[-1] * 2 ** (0.04 * span))
    texts = {math.log2(kib): labels.size(kib * KIB) for kib in at}
    wanted = [math.log2(kib) for kib in (at[0], at[-1], *at)]
    named = labels.apart(list(dict.fromkeys(wanted)), texts, 1.08 * span / width)
    axes.xaxis.set_major_locator(FixedLocator(at if len(at) < 60 else [2**place for place in named]))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda x, _: texts.get(math.log2(x), "") if math.log2(x) in named else ""))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.grid(False, axis="x")
    axes.set_xlabel("memory that each worker works on (log scale)", fontsize=11)
    axes.set_ylabel(kind.axis, fontsize=11)


def _draw_line(axes, key, curves, look, kind):
    """Broken where a cell has no value."""
    name, workers = key
    line = curves.lines[key]
    gaps = {sheets.whole(row, PARAMETER) for row in curves.sheet.missing if (row.executor, row.workers) == key}
    label = "%s %d" % key
    several = workers > 1
    for part in labels.unbroken(sorted(line), gaps):
        found = [kind.scaled(line[kib]) for kib in part]
        ends = [(kib, one) for kib, one in zip(part, found) if one.low is not None and one.high is not None]
        if ends:
            axes.fill_between([kib for kib, _ in ends], [one.low for _, one in ends], [one.high for _, one in ends],
                              color=look.colour, alpha=0.12, linewidth=0, zorder=2, label=label + " interval")
        axes.plot(
            part, [one.value for one in found], color=look.colour, marker=look.marker, markersize=look.size * 0.75,
            markerfacecolor="white" if several else look.colour, markeredgecolor=look.colour if several else "white",
            markeredgewidth=1.2 if several else 0.5, linestyle=TOGETHER if several else ALONE, linewidth=1.7, zorder=3,
            label=label,
        )


def _draw_ends(here, axes, curves, names, looks, kind, place):
    """Each line's name beside its end."""
    left, _, width, _ = place
    low, high = (math.log2(limit) for limit in axes.get_xlim())
    ends = []
    for key in names:
        line = curves.lines[key]
        ends.append((key, kind.scaled(line[max(line)]).value))
    for key, want, y in labels.beside(here, axes, ends, GAP):
        x = left + width * (math.log2(max(curves.lines[key])) - low) / (high - low)
        labels.hair(here, (x + 0.07, want), (left + width + 0.12, y), looks[key[0]].colour)
        here.text(left + width + 0.16, y, names[key], size=LABEL, va="center", ha="left", color=looks[key[0]].colour,
                  weight="normal" if key[1] > 1 else "bold")


@dataclass
class Mark:
    kib: float
    text: str
    share: bool  # of one core


def _marks(caches, curves, at):
    """Where a worker's memory fills a cache, and where that of all workers together fills one that they share."""
    most = max(workers for _, workers in curves.lines)
    found: List[Mark] = []
    for cache in caches:
        kib, text = cache.size / KIB, "L%d %s" % (cache.level, labels.size(cache.size))
        found.append(Mark(kib, text, False))
        sharing = min(cache.cores, most)
        if sharing > 1:
            found.append(Mark(kib / sharing, "L%d ÷ %d" % (cache.level, sharing), True))
    within = [mark for mark in found if at[0] <= mark.kib <= at[-1]]
    return within[:MARKS_MAX]


def _why_no_marks(caches, marks, why_none):
    if marks:
        return []
    return ["No cache is marked: %s." % (why_none if not caches else "all are smaller or larger than what is shown")]


def _marks_text(marks):
    return CACHES + (SHARES if any(mark.share for mark in marks) else "") + "." if marks else ""


def _draw_marks(here, axes, marks, place):
    """Lines through the panel, their names above it, those of whole caches first where there is no room for all."""
    left, bottom, width, height = place
    low, high = (math.log2(limit) for limit in axes.get_xlim())
    texts = {math.log2(mark.kib): mark.text for mark in sorted(marks, key=lambda mark: not mark.share)}
    order = sorted(marks, key=lambda mark: mark.share)
    lower = labels.apart(list(dict.fromkeys(math.log2(mark.kib) for mark in order)), texts, 1.25 * (high - low) / width)
    for mark in order:
        place_of = math.log2(mark.kib)
        axes.axvline(mark.kib, color=style.FAINT, linewidth=1.2, zorder=1.4, label=mark.text,
                     linestyle=(0, (1, 2)) if mark.share else "solid")
        x = left + width * (place_of - low) / (high - low)
        y = bottom + height + (0.08 if place_of in lower else 0.25)
        if texts[place_of] == mark.text:
            here.text(x, y, mark.text, size=9, ha="center", va="bottom", color=style.MUTED)
