# SPDX-License-Identifier: MIT
"""Text from strangers made safe and short, and numbers made readable."""
import functools
import math


def plain(text, limit=60):
    """One line without control characters, at most `limit` characters: for messages."""
    return _shorten([c if c.isprintable() else _code(c) for c in str(text)[: limit + 1]], limit)


def drawn(text, limit=60):
    """The same for a picture: what the font lacks is written as its code, and `$` starts no formula."""
    pieces = [c if c.isprintable() and ord(c) in _glyphs() else _code(c) for c in str(text)[: limit + 1]]
    return _shorten(pieces, limit).replace("$", r"\$")


@functools.lru_cache(maxsize=None)
def _glyphs():
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def _code(character):
    return ascii(character)[1:-1]


def _shorten(pieces, limit):
    if sum(map(len, pieces)) <= limit:
        return "".join(pieces)
    text = ""
    for piece in pieces:
        if len(text) + len(piece) > limit - 1:
            break
        text += piece
    return text.rstrip() + "…"


def number(value):
    """Three significant digits, never in scientific notation below a million."""
    size = abs(value)
    if size == 0:
        return "0"
    if size >= 999_999.5:
        return "%.3g" % value
    if size >= 999.5:
        return "{:,.0f}".format(value).replace(",", "\u00a0")
    if size < 1e-5:
        return "%.2g" % value
    rounded = float("%.2e" % value)  # 9.996 becomes 10.0, with one decimal less
    return "%.*f" % (2 - math.floor(math.log10(abs(rounded))), value)


def interval(estimate):
    """[low, high], or nothing where there is no interval."""
    if estimate.low is None:
        return ""
    return "[%s, %s]" % (number(estimate.low), number(estimate.high))


def near_one(estimate):
    """A ratio that should be 1, with its interval: three decimals, as its distance from 1 is what matters."""
    if estimate.value is None:
        return ""
    ends = "" if estimate.low is None else " [%.3f, %.3f]" % (estimate.low, estimate.high)
    return "%.3f%s" % (estimate.value, ends)


def quantity(count, noun):
    return "%d %s%s" % (count, noun, "" if count == 1 else "s")


def ranges(values):
    """1, 2, 3, 4, 8 as "1–4, 8"."""
    values = sorted(set(values))
    parts = []
    start = 0
    for i, value in enumerate(values):
        if i + 1 == len(values) or values[i + 1] != value + 1:
            first = values[start]
            dash = ", " if value == first + 1 else "–"
            parts.append(str(value) if first == value else "%d%s%d" % (first, dash, value))
            start = i + 1
    return ", ".join(parts)
