# SPDX-License-Identifier: MIT
"""The sizes of a machine's caches, from the topology.xml that hwloc wrote: a stranger's file like the others."""
import re
import xml.etree.ElementTree as ElementTree
from typing import NamedTuple

from .errors import PlotError
from .textfile import read_text

FILE = "topology.xml"
OBJECTS_MAX = 100_000
DEPTH_MAX = 64
CHARACTERS_MAX = 16 << 20
KINDS = re.compile(r"L([1-5])Cache")  # of data; L1iCache and such are of instructions
SIZES = re.compile(r"[1-9][0-9]{2,14}")
# hwloc names its DTD, which nobody needs. What a file defines itself can grow without end when it is read.
DEFINITIONS = re.compile(r"<!ENTITY|<!DOCTYPE[^>]*\[|<!ATTLIST|<!ELEMENT")


class Cache(NamedTuple):
    level: int
    size: int  # bytes
    cores: int  # that share it; 0: not known


class _Refused(Exception):
    pass


def load_caches(folder):
    """The kinds of caches there are, from the smallest level and size on; and why there are none, else ""."""
    if not folder:
        return [], "it is not known where the run is"
    try:
        text = read_text(folder, FILE, None)
        if text is None:
            return [], "the run has no " + FILE
        caches = sorted(set(_parse(text)))
    except (PlotError, _Refused, ElementTree.ParseError) as error:
        return [], "%s cannot be used (%s)" % (FILE, _reason(error))
    return caches, "" if caches else FILE + " names no cache"


def _reason(error):
    if isinstance(error, ElementTree.ParseError):
        return "it is not XML"
    return "it is no file that can be read" if isinstance(error, PlotError) else str(error)


def _parse(text):
    if len(text) > CHARACTERS_MAX:
        raise _Refused("it is too large")
    if DEFINITIONS.search(text):
        raise _Refused("it has definitions of its own")
    parser = ElementTree.XMLPullParser(("start", "end"))
    found = []
    around = []  # of every element that is open: the cache that it is, or None
    for begin in range(0, len(text), 65536):
        parser.feed(text[begin : begin + 65536])
        _read(parser, around, found)
    parser.close()
    _read(parser, around, found)
    return [Cache(*cache) for cache in found]


def _read(parser, around, found):
    for event, element in parser.read_events():
        if event == "end":
            around.pop()
            element.clear()
            continue
        cache = _cache(element)
        if cache:
            found.append(cache)
        if element.get("type") == "Core":
            for other in filter(None, around):
                other[2] += 1
        around.append(cache)
        if len(around) > DEPTH_MAX or len(found) > OBJECTS_MAX:
            raise _Refused("it has too many parts")


def _cache(element):
    kind = KINDS.fullmatch(element.get("type", "")) if element.tag == "object" else None
    size = element.get("cache_size", "")
    return [int(kind.group(1)), int(size), 0] if kind and SIZES.fullmatch(size) else None
