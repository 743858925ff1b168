# SPDX-License-Identifier: MIT
"""What the parent of a created worker was like: the settings of experiments `create` and `first-write`."""
from typing import NamedTuple

from . import labels, sheets

NAMES = ("memory_mib", "thp", "mappings", "descriptors", "cloexec", "threads", "write")
MIB = 1 << 20


class Parent(NamedTuple):
    memory_mib: int
    thp: bool
    mappings: int
    descriptors: int
    cloexec: bool
    threads: int

    def apart_from_memory(self):
        return self._replace(memory_mib=0, thp=False)


BARE = Parent(0, False, 0, 0, True, 0)


def of(row):
    own = sheets.settings(row)
    return Parent(
        sheets.whole(row, "memory_mib"),
        own.get("thp") == "on",
        sheets.whole(row, "mappings"),
        sheets.whole(row, "descriptors"),
        own.get("cloexec", "on") == "on",
        sheets.whole(row, "threads"),
    )


def plainest(rows):
    """What the others are compared with: a bare parent if there is one."""
    return min(map(of, rows), key=lambda parent: (parent != BARE, parent))


def memory(mib):
    """1024 → "1 GiB"."""
    return labels.size(mib * MIB) if mib else "0"


def words(parent):
    """As people say it."""
    parts = []
    if parent.memory_mib:
        parts.append(memory(parent.memory_mib) + (" in huge pages" if parent.thp else " touched"))
    if parent.mappings:
        parts.append(_count(parent.mappings, "more mapping"))
    if parent.descriptors:
        ended = ", closed on exec" if parent.cloexec else ", inherited"
        parts.append(_count(parent.descriptors, "descriptor") + ended)
    if parent.threads:
        parts.append(_count(parent.threads, "sleeping thread"))
    return " + ".join(parts) or "a bare parent"


def _count(count, noun):
    return "%s %s%s" % ("{:,}".format(count).replace(",", " "), noun, "" if count == 1 else "s")
