# SPDX-License-Identifier: MIT
"""The cells that are compared with one another: which they are, and what tells one group from another."""
from dataclasses import dataclass, field
from typing import List

from .errors import PlotError
from .model import Row
from .sheets import INITIAL
from .text import drawn

PER_PAGE = 12
PAGES_MAX = 10
EXECUTORS_MAX = 12
PARAMETERS_MAX = 16


@dataclass
class Group:
    workload: str
    placement: str
    params: str
    title: str = ""
    detail: str = ""  # what distinguishes it from others of this workload
    rows: List[Row] = field(default_factory=list)


def split(rows, key):
    """Rows into groups by key(row), in order of appearance, with titles."""
    found = {}
    for row in rows:
        found.setdefault(key(row), Group(row.workload, row.placement, row.params)).rows.append(row)
    groups = list(found.values())
    if len(groups) > PER_PAGE * PAGES_MAX:
        raise PlotError("summary.csv: %d groups of cells are too many to draw" % len(groups))
    if any(len({row.executor for row in group.rows}) > EXECUTORS_MAX for group in groups):
        raise PlotError("summary.csv: more than %d executors in one group are too many to draw" % EXECUTORS_MAX)
    for group in groups:
        group.title = drawn(group.workload, 20)
        group.detail = _detail(group, groups)
    return groups


def parameters_caption(groups):
    """Caption: the parameters that are the same in all of a workload's groups, and not as they are unless asked for;
    headings name the others."""
    common = {}
    for group in groups:
        found = set(_parameters(group).items()) - set(INITIAL.items())
        common[group.title] = common.get(group.title, found) & found
    parts = [
        "%s %s" % (title, drawn(", ".join("%s=%s" % pair for pair in sorted(found)), 80))
        for title, found in common.items()
        if found
    ]
    return ["Parameters: " + "; ".join(parts) + "."] if parts else []


def pages(groups):
    """At most PER_PAGE groups a page, about equally many on each."""
    count = -(-len(groups) // PER_PAGE)
    return [groups[i * len(groups) // count : (i + 1) * len(groups) // count] for i in range(count)]


def columns(count):
    """How many columns of panels show `count` groups best: at most 4."""
    return count if count <= 4 else 3 if count in (5, 6, 9) else 4


def _detail(group, groups):
    parts = []
    if len({other.placement for other in groups}) > 1:
        parts.append("placement " + (group.placement or "none"))
    same = [_parameters(other) for other in groups if other.workload == group.workload]
    parts += [
        "%s=%s" % (name, value)
        for name, value in _parameters(group).items()
        if any(other.get(name) != value for other in same)
    ]
    return drawn(", ".join(parts), 90)


def _parameters(group):
    return dict(part.partition("=")[::2] for part in group.params.split(";", PARAMETERS_MAX)[:PARAMETERS_MAX] if part)
