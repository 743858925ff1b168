# SPDX-License-Identifier: MIT
"""What else of the parent makes a worker cost more: dots beside those of the plainest parent."""
from . import bands, labels, page, parents, style
from .text import number

SUBTITLE = (
    "From the creating call until the worker's end is known. Less is better. Whiskers: 95 %% intervals (hidden where "
    "narrower than the marker).\nFilled: the parent has what the heading says. Open: %s."
)
NUMBERS = " On the right: the filled one, and how many times the open one that is."
NAMES, VALUES, BETWEEN, HEADING = 1.55, 1.5, 0.4, 0.5
ROWS_PER_PAGE = 64  # in two columns


def bands_of(rows):
    """Title → executor → row, factor by factor."""
    found = {}
    for row in sorted(rows, key=lambda row: _order(parents.of(row))):
        found.setdefault(parents.words(parents.of(row)), {}).setdefault(row.executor, row)
    return found


def _order(parent):
    """By the first of the factors that is not plain."""
    places = [parent.mappings > 0, parent.descriptors > 0, parent.threads > 0]
    return parent.memory_mib > 0, [not there for there in places], not parent.cloexec, parent


def pages(found):
    parts = [{}]
    for title, band in found.items():
        if parts[-1] and bands.rows_of(parts[-1]) + len(band) > ROWS_PER_PAGE:
            parts.append({})
        parts[-1][title] = band
    return parts if found else []


def draw(run, sheet, found, plain, title, caption, looks):
    """`plain`: executor → row of the plainest parent."""
    columns = _columns(found)
    here = page.Page(
        title=title,
        subtitle=_subtitle(plain),
        notices=page.notices(run),
        caption=caption,
        **bands.body(columns, HEADING)
    )
    also = [value for row in _rows(found, plain) for value in labels.known(labels.nanoseconds(row))]
    room = style.WIDTH - 2 * page.MARGIN
    width = (room - BETWEEN * (len(columns) - 1)) / len(columns)
    for i, part in enumerate(columns):
        column = bands.Column(
            page.MARGIN + i * (width + BETWEEN), width, NAMES, VALUES, "per worker", labels.nanoseconds,
            lambda row: _written(row, plain.get(row.executor)), labels.tick_duration, labels.durations_up_to,
            beside=lambda row: row.executor in plain and labels.nanoseconds(plain[row.executor]), also=also,
        )
        bands.draw(here, here.top - HEADING, part, looks, column, max(map(bands.rows_of, columns)))
    cells = "%s, %s" % (sheet.workload, sheet.detail)
    here.heading(page.MARGIN, "what else the parent has, and what that costs", cells, room)
    return here.figure


def _columns(found):
    """Two of about equal height, unless there is little."""
    if bands.rows_of(found) < 16 or len(found) == 1:
        return [found]
    titles = list(found)
    splits = [({title: found[title] for title in titles[:i]}, {title: found[title] for title in titles[i:]})
              for i in range(len(titles) - 1, 0, -1)]
    return list(min(splits, key=lambda parts: max(map(bands.rows_of, parts))))


def _subtitle(plain):
    if not plain:
        return SUBTITLE % "nothing"
    return SUBTITLE % parents.words(parents.of(next(iter(plain.values())))) + NUMBERS


def _rows(found, plain):
    rows = [row for band in found.values() for row in band.values()]
    return rows + [plain[row.executor] for row in rows if row.executor in plain]


def _written(row, other):
    value = labels.nanoseconds(row).value
    text = labels.duration(value)
    if not other:
        return text
    over = value / labels.nanoseconds(other).value
    return "%s   %s×" % (text, "%.2f" % over if 0.095 < over < 9.995 else number(over))
