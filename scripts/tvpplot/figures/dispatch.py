# SPDX-License-Identifier: MIT
"""dispatch: what a task costs, by chunk size for `map` and call by call for the rest, beside outside baselines."""
import math

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from .. import bands, labels, page, sheets, style
from ..text import drawn

TITLE = "What does it cost to hand a task to a pool?"
SUBTITLE = (
    "Wall time per task on a logarithmic scale, the task's own work included. Less is better.%s\n"
    "Whiskers: 95 %% intervals (hidden where narrower than the marker). "
    "Points are moved sideways a little to be seen apart."
)
PEERS = " Thin lines and open markers: others' pools."
VARYING = ("entry", "schedule", "chunk", "payload", "recycle", "spin_us", "tasks")
CALLS_MAX = 12
NAMES, VALUES = 1.45, 0.72  # inches, left and right of the dots
SCALE, ENDS = 0.62, 1.5  # left and right of the lines
STARTS = 0.68  # within the axes, for what the first points are worth
BETWEEN = 0.35
DOTS = 0.42  # of the width, where there are lines too
HEADING, AXIS = 0.5, 0.55
DODGE = 0.05  # inches
DEFAULT = 1.5  # chunk levels between the last chunk size and the default


def draw(run, rows, looks):
    rows = [row for row in sheets.headline(run, rows) if row.unit in labels.NANOSECONDS]
    return [_draw_sheet(run, sheet, looks) for sheet in sheets.split(rows, VARYING, _has_point)]


def _has_point(row):
    return row.status == "ok" and bool(row.median.value)


def _draw_sheet(run, sheet, looks):
    lines, calls = _sort(sheet.rows)
    left_out = list(calls)[CALLS_MAX:]
    calls = dict(list(calls.items())[:CALLS_MAX])
    here = page.Page(
        title=drawn(run.questions.get("dispatch") or TITLE, 200),
        subtitle=SUBTITLE % (PEERS if any(looks[row.executor].peer for row in sheet.rows) else ""),
        notices=page.notices(run),
        caption=sheets.caption(run, sheet) + (["Not drawn: " + "; ".join(left_out) + "."] if left_out else []),
        body_least=max(HEADING + bands.least_height(calls), 4.6),
    )
    room = style.WIDTH - 2 * page.MARGIN
    split = room * (1 if not calls else 1 - DOTS if lines else 0)
    if lines:
        _draw_lines(here, sheet, lines, looks, (page.MARGIN, split - (BETWEEN if calls else 0)))
    if calls:
        left = page.MARGIN + split
        if lines:
            here.heading(left, "other calls", "medians", room - split)
        else:
            here.heading(left, "by call", "%s, %s" % (sheet.workload, sheet.detail), room)
        column = bands.Column(
            left, room - split, NAMES, VALUES, "per task", labels.nanoseconds,
            lambda row: labels.duration(labels.nanoseconds(row).value), labels.tick_duration,
            labels.durations_up_to,
        )
        bands.draw(here, here.top - HEADING, calls, looks, column)
    return here.figure


def _sort(rows):
    """Maps by chunk size: executor → chunk → row. All else: what it is → executor → row."""
    lines, calls = {}, {}
    payload = next((sheets.settings(row).get("payload") for row in rows if _is_plain_map(row)), None)
    for row in rows:
        chunk = sheets.whole(row, "chunk")
        line = lines.get(row.executor, {})
        if _is_plain_map(row) and sheets.settings(row).get("payload") == payload and chunk not in line:
            lines.setdefault(row.executor, line)[chunk] = row
            continue
        calls.setdefault(_call(row), {}).setdefault(row.executor, row)
    if all(len(line) == 1 for line in lines.values()):
        # Nothing to join.
        for name, line in lines.items():
            for row in line.values():
                calls.setdefault(_call(row), {})[name] = row
        lines = {}
    return lines, calls


def _call(row):
    """What a row that stands on no line is."""
    changed = sheets.words(row, ("tasks",) + VARYING[1:-1])
    return drawn(", ".join(filter(None, (sheets.settings(row).get("entry", "map"), changed))), 48)


def _is_plain_map(row):
    """Every worker claims tasks from what is left, and there is enough of it."""
    own = sheets.settings(row)
    usual = all(own.get(name, value) == value for name, value in sheets.INITIAL.items()
                if name not in ("schedule", "chunk", "payload"))
    return usual and own.get("schedule", "auto") in ("auto", "dynamic")


def _draw_lines(here, sheet, lines, looks, place):
    left, width = place
    bottom, top = here.bottom + AXIS, here.top - HEADING
    axes = here.axes(left + SCALE, bottom, width - SCALE - ENDS, top - bottom)
    chunks = sorted({chunk for line in lines.values() for chunk in line})
    at = _places(chunks)
    names = style.executor_order(lines)
    inch = (max(at.values()) - min(at.values()) or 1) / (width - SCALE - ENDS - STARTS - 0.6)
    rows = [row for line in lines.values() for row in line.values()]
    limits = labels.limits([value for row in rows for value in labels.known(labels.nanoseconds(row))])
    _finish_lines(axes, at, inch, limits, top - bottom)
    axes.set_xlim(min(at.values()) - (STARTS + 0.3) * inch, max(at.values()) + 0.3 * inch)
    for i, name in enumerate(names):
        own = [other for other in names if looks[other].peer == looks[name].peer]
        shift = (own.index(name) - (len(own) - 1) / 2) * DODGE * inch
        gaps = {sheets.whole(row, "chunk") for row in sheet.missing if row.executor == name and _is_plain_map(row)}
        _draw_line(axes, name, (lines[name], gaps), looks[name], {chunk: x + shift for chunk, x in at.items()})
    _draw_starts(here, axes, lines, looks, (left + SCALE, (STARTS + 0.3), min(chunk for chunk in chunks if chunk)))
    _draw_ends(here, axes, lines, looks, left + width - ENDS)
    here.heading(left, "map, by chunk size", "%s, %s" % (sheet.workload, sheet.detail), width)


def _places(chunks):
    """chunk → x: logarithmic, and the default beyond the largest."""
    at = {chunk: math.log2(chunk) for chunk in chunks if chunk}
    if 0 in chunks:
        steps = sorted(at.values())
        step = min((after - before for before, after in zip(steps, steps[1:])), default=1)
        at[0] = max(steps, default=0) + DEFAULT * max(step, 1)
    return at


def _finish_lines(axes, at, inch, limits, height):
    style.clean_axes(axes)
    axes.grid(False, axis="x")
    axes.set_yscale("log")
    axes.set_ylim(*limits)
    axes.yaxis.set_major_locator(FixedLocator(labels.ticks(*limits, height, 0.5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: labels.tick_duration(y)))
    axes.yaxis.set_minor_locator(NullLocator())
    names = {at[chunk]: "{:,}".format(chunk).replace(",", "\u00a0") if chunk else "default" for chunk in at}
    named = labels.apart([at[chunk] for chunk in sorted(at, key=lambda chunk: (chunk > 1, -chunk))], names, inch)
    axes.xaxis.set_major_locator(FixedLocator(sorted(names)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: names.get(x, "") if x in named else ""))
    axes.set_xlabel("tasks claimed at a time (log scale)", fontsize=11)
    if 0 in at and len(at) > 1:
        steps = sorted(at.values())
        axes.axvline((steps[-1] + steps[-2]) / 2, color=style.FAINT, linewidth=0.8, zorder=1.4, label="default")


def _draw_line(axes, name, line, look, at):
    """Joined along chunk sizes, with a gap where one has no result; to the default, which has no place among them, by
    dots."""
    line, gaps = line
    estimates = {chunk: labels.nanoseconds(line[chunk]) for chunk in sorted(line)}
    default = estimates.pop(0, None)
    options = {"color": look.colour, "marker": look.marker, "markersize": look.size * (0.8 if look.peer else 0.9),
               "markerfacecolor": "white" if look.peer else look.colour, "zorder": 2.5 if look.peer else 3,
               "markeredgecolor": look.colour if look.peer else "white", "markeredgewidth": 1 if look.peer else 0.6,
               "linewidth": 1 if look.peer else 1.8, "elinewidth": 1.2, "capsize": 2.5, "capthick": 1.2}
    for part in labels.unbroken(list(estimates), gaps):
        some = [estimates[chunk] for chunk in part]
        axes.errorbar([at[chunk] for chunk in part], [one.value for one in some], yerr=labels.whiskers(some),
                      linestyle=look.dashes, label=name, **options)
    if not default:
        return
    if estimates:
        last = max(estimates)
        axes.plot([at[last], at[0]], [estimates[last].value, default.value], color=look.colour, linewidth=0.8,
                  alpha=0.5, linestyle=(0, (1, 2)), zorder=2, label=name + " to default")
    axes.errorbar([at[0]], [default.value], yerr=labels.whiskers([default]), linestyle="none", label=name + " default",
                  **options)


def _draw_starts(here, axes, lines, looks, place):
    """What the first points are worth."""
    left, room, chunk = place
    rows = {name: line[chunk] for name, line in lines.items() if chunk in line}
    for name, want, y in labels.beside(here, axes, _points(rows), 0.165):
        look = looks[name]
        text = labels.duration(labels.nanoseconds(rows[name]).value)
        here.text(left + room - 0.42, y, text, size=8.5, va="center", ha="right", color=look.colour,
                  weight="normal" if look.peer else "bold")
        labels.hair(here, (left + room - 0.2, want), (left + room - 0.39, y), look.colour)


def _draw_ends(here, axes, lines, looks, x):
    """Each line's name at its end."""
    rows = {name: line[0 if 0 in line else max(line)] for name, line in lines.items()}
    for name, want, y in labels.beside(here, axes, _points(rows), 0.165):
        look = looks[name]
        weight = "normal" if look.peer else "bold"
        text = here.fit(name, 9.5, ENDS - 0.22, weight)
        here.text(x + 0.22, y, text, size=9.5, va="center", ha="left", color=look.colour, weight=weight)
        labels.hair(here, (x + 0.02, want), (x + 0.19, y), look.colour)


def _points(rows):
    return [(name, labels.nanoseconds(rows[name]).value) for name in sorted(rows)]
