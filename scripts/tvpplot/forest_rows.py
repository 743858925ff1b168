# SPDX-License-Identifier: MIT
"""What stands where in a forest plot: sections, rows and means in their order, divided into pages."""
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple

from .compare_json import Line, Mean
from .text import drawn

ROWS_PER_PAGE = 40
LINES_PER_PAGE = 52  # of several runs each row has several lines
PAGES_MAX = 40
PARAMETERS_MAX = 16

SECTION = 0.44  # heights in inches
DETAIL = 0.25
GAP = 0.11
ROW = 0.245
SUBLINE = 0.215


@dataclass
class Item:
    """One thing in the column of rows. `runs` are those that have a line in it, one below the other."""

    kind: str  # "section", "detail", "row" or "mean"
    text: str
    height: float
    line: Optional[Line] = None
    means: Dict[str, Mean] = field(default_factory=dict)  # by run
    better: str = ""
    top: float = 0.0


@dataclass
class _Section:
    key: Tuple
    lines: List[Line]


def arrange(comparison):
    """Pages of items, from the top downwards; each item knows how far from the top it lies."""
    runs = [run.label for run in comparison.runs[1:]]
    sublines = len(runs) + (comparison.mode == "machines")
    pages = _Pages(sublines)
    for section in _sections(comparison.lines):
        means = {
            mean.run: mean
            for mean in comparison.means
            if (mean.experiment, mean.figure) == section.key[:2] and mean.ratio.value is not None
        }
        pages.add_section(section, means)
    return [_placed(items) for items in pages.list]


def height_of(items):
    return items[-1].top + items[-1].height


def _sections(lines):
    """An experiment's figure each, in order of appearance; within it groups keep together."""
    found = {}
    for line in lines:
        key = (line.experiment, line.figure, line.quantity, line.better, line.unit)
        found.setdefault(key, {}).setdefault(line.group, []).append(line)
    return [_Section(key, [line for group in groups.values() for line in group]) for key, groups in found.items()]


class _Pages:
    def __init__(self, sublines):
        self.row = ROW if sublines == 1 else SUBLINE * sublines + 0.08
        self.rows_max = ROWS_PER_PAGE if sublines == 1 else max(3, LINES_PER_PAGE // sublines)
        self.list = []
        self.rows = self.rows_max  # on the last page: there is none yet

    def add_section(self, section, means):
        heading = _heading(section.key)
        details = _details(section.lines)
        groups = {}
        for line in section.lines:
            groups.setdefault(line.group, []).append(line)
        started = False
        for group, lines in groups.items():
            # A group is not torn apart where a page is rather full anyway.
            if self.rows + len(lines) > self.rows_max and self.rows > 0.6 * self.rows_max:
                self.rows = self.rows_max
            for i, line in enumerate(lines):
                page_is_full = self.rows >= self.rows_max
                if page_is_full:
                    self.list.append([])
                    self.rows = 0
                if page_is_full or not started:
                    again = " (cont.)" if started else ""
                    self._add("section", heading + again, SECTION, better=line.better)
                if (page_is_full or i == 0) and details[group]:
                    self._add("detail", details[group], DETAIL)
                elif i == 0 and started and not page_is_full:
                    self._add("gap", "", GAP)
                started = True
                self._add("row", line.label, self.row, line=line)
                self.rows += 1
        if means and len(section.lines) > 1:
            self._add("mean", "", self.row, means=means)

    def _add(self, kind, text, height, **options):
        self.list[-1].append(Item(kind, text, height, **options))


def _placed(items):
    top = 0.0
    for item in items:
        item.top = top
        top += item.height
    return items


def _heading(key):
    experiment, figure, quantity, better, unit = key
    what = {"value": figure, "ratio": figure + " over the baseline's", "speedup": "speed-up"}[quantity]
    unit = " (%s)" % drawn(unit, 12) if quantity == "value" and unit else ""
    side = "higher" if better == "higher" else "lower"
    return "%s: %s%s, %s is better" % (drawn(experiment, 24), drawn(what, 40), unit, side)


def _details(lines):
    """Group → the parameters that tell it from other groups of its workload, as labels do not name them."""
    found = {}
    for line in lines:
        found.setdefault((line.workload, line.group), _parameters(line.params))
    details = {}
    for (workload, group), parameters in found.items():
        others = [other for (name, _), other in found.items() if name == workload]
        differing = [name for name in parameters if any(other.get(name) != parameters[name] for other in others)]
        text = ", ".join("%s=%s" % (name, parameters[name]) for name in differing)
        details[group] = drawn("%s with %s" % (workload, text), 70) if text else ""
    return details


def _parameters(params):
    return dict(part.partition("=")[::2] for part in params.split(";", PARAMETERS_MAX)[:PARAMETERS_MAX] if part)
