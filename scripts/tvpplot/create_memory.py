# SPDX-License-Identifier: MIT
"""What a worker costs against the memory that its parent has touched: curves, and the lines through their points."""
import math
from dataclasses import dataclass
from typing import Dict, List, Tuple

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from . import labels, page, parents, sheets, style
from .model import Estimate, Row

SUBTITLE = (
    "From the creating call until the worker's end is known, by the memory that its parent has touched; both scales "
    "are logarithmic. Less is better.\n"
    "Whiskers: 95 % intervals (hidden where narrower than the marker)."
)
PARAMETER = "memory_mib"
HUGE = ", huge pages"
SCALE, TABLE, BETWEEN = 0.68, 3.75, 0.25  # inches
ENDS = (1.2, 2.75)  # for names and values, at least and at most
HEADING, AXIS = 0.5, 0.55
ENTRY = 0.42  # of the table
LABEL = 9.5
ZERO = 1.3  # steps of the levels between 0, which has no place on such a scale, and the first of them
GUIDE = {"color": style.MUTED, "linewidth": 1, "linestyle": (0, (5, 4))}
GUIDE_NAME = "proportional to memory"
TOO_FEW = "Too few blocks for lines through the levels, which would tell the fixed part from that of the memory."
PER_GIB = 1024
OFF_MAX = 0.25  # beyond that a line says little


@dataclass
class Curves:
    lines: Dict[Tuple[str, bool], Dict[int, Row]]  # (executor, huge pages) → MiB → row
    missing: List[Row]  # without a result
    detail: str  # a stranger's, as it is


def draw(run, curves, title, caption, looks):
    fits = _fits(run, curves)
    if fits and all(fit.fixed.value is None for fit in fits.values()):
        fits, caption = {}, caption + [TOO_FEW]
    here = page.Page(
        title=title,
        subtitle=SUBTITLE,
        notices=page.notices(run),
        caption=caption,
        body_least=HEADING + AXIS + max(4.2, 0.19 * len(curves.lines) + 0.5, ENTRY * len(fits) + 0.5),
    )
    ends = _ends(here, curves)
    room = max(here.width_of(text, LABEL, "bold") for text, _ in ends.values()) + 0.25
    width = style.WIDTH - 2 * page.MARGIN - SCALE - max(room, ENDS[0]) - (TABLE + BETWEEN if fits else 0)
    place = (page.MARGIN + SCALE, here.bottom + AXIS, width, here.top - here.bottom - HEADING - AXIS)
    axes = here.axes(*place)
    at = _places({mib for line in curves.lines.values() for mib in line})
    guide = _guide(curves)
    _finish_axes(axes, at, curves, guide, place)
    for key in _order(curves.lines):
        _draw_line(axes, key, curves, looks[key[0]], at)
    if guide:
        _draw_guide(axes, curves, at, guide, place)
    _draw_ends(here, axes, ends, looks, at, place)
    here.heading(page.MARGIN, "cost against the parent's memory", curves.detail, SCALE + width + room)
    if fits:
        _draw_table(here, fits, looks)
    return here.figure


def _order(keys):
    places = style.executor_order(name for name, _ in keys)
    return sorted(keys, key=lambda key: (places.index(key[0]), key[1]))


def _points(line):
    return {mib: labels.nanoseconds(row) for mib, row in sorted(line.items())}


def key_of(row):
    return row.executor, parents.of(row).thp


def _gaps(curves, key):
    """MiB without a result."""
    return {parents.of(row).memory_mib for row in curves.missing if key_of(row) == key}


def _places(levels):
    """MiB → x: logarithmic, and 0 on the left of the least."""
    at = {mib: math.log2(mib) for mib in levels if mib}
    if 0 in levels:
        steps = sorted(at.values())
        step = min((after - before for before, after in zip(steps, steps[1:])), default=1)
        at[0] = min(steps, default=0) - ZERO * min(max(step, 1), 2)
    return at


def _guide(curves):
    """ns per MiB of a line above all others; None where there is nothing to set it beside."""
    rows = [(mib, labels.nanoseconds(row)) for line in curves.lines.values() for mib, row in line.items() if mib]
    if len({mib for mib, _ in rows}) < 2:
        return None
    most = max(mib for mib, _ in rows)
    return max(max(2.2 * one.value, 1.3 * (one.high or 0)) / mib for mib, one in rows if mib == most)


def _guide_begin(curves, guide):
    """MiB: the least level from which on it lies above all lines."""
    highest = {}
    for line in curves.lines.values():
        for mib, row in line.items():
            highest[mib] = max(highest.get(mib, 0), labels.nanoseconds(row).value)
    levels = sorted((mib for mib in highest if mib), reverse=True)
    begin = levels[0]
    for mib in levels:
        if highest[mib] > 0.8 * guide * mib:
            break
        begin = mib
    return min(begin, levels[1])


def _finish_axes(axes, at, curves, guide, place):
    _, _, width, height = place
    style.clean_axes(axes)
    axes.set_yscale("log")
    values = [value for line in curves.lines.values() for row in line.values() for value in labels.known(
        labels.nanoseconds(row))]
    if guide:
        values.append(guide * max(at))
    limits = labels.limits(values)
    axes.set_ylim(*limits)
    axes.yaxis.set_major_locator(FixedLocator(labels.ticks(*limits, height, 0.45)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: labels.tick_duration(y)))
    places = sorted(at.values())
    room = 0.05 * (places[-1] - places[0] or 1)
    axes.set_xlim(places[0] - room, places[-1] + room)
    names = {x: parents.memory(mib) for mib, x in at.items()}
    inch = (places[-1] - places[0] + 2 * room) / width
    named = labels.apart([at[mib] for mib in sorted(at, key=lambda mib: (mib not in (0, max(at)), mib))], names, inch)
    axes.xaxis.set_major_locator(FixedLocator(places))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: names.get(x, "") if x in named else ""))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.grid(False, axis="x")
    axes.set_xlabel("memory that the parent has touched (log scale)", fontsize=11)
    if 0 in at and len(at) > 1:
        _break_axis(axes, (at[0] + places[1]) / 2, inch, height)


def _break_axis(axes, x, inch, height):
    """Two strokes through the axis: what is on their left has no place on a logarithmic scale."""
    stroke = {"transform": axes.get_xaxis_transform(), "clip_on": False, "zorder": 5}
    axes.plot([x - 0.035 * inch, x + 0.035 * inch], [0, 0], color="white", linewidth=3, label="break", **stroke)
    for shift in (-0.04, 0.04):
        axes.plot([x + (shift - 0.03) * inch, x + (shift + 0.03) * inch], [-0.07 / height, 0.07 / height],
                  color=style.MUTED, linewidth=1, label="break", **stroke)


def _draw_line(axes, key, curves, look, at):
    """Joined along memory, with a gap where there is no result; to 0, which has no place on the scale, by dots."""
    name, huge = key
    points = _points(curves.lines[key])
    gaps = _gaps(curves, key)
    label = name + HUGE if huge else name
    options = {"color": look.colour, "marker": look.marker, "markersize": look.size * 0.8, "zorder": 3,
               "markerfacecolor": "white" if huge else look.colour, "markeredgewidth": 1.2 if huge else 0.6,
               "markeredgecolor": look.colour if huge else "white", "linewidth": 1.8, "elinewidth": 1.3,
               "linestyle": (0, (3.5, 1.8)) if huge else "solid", "capsize": 3, "capthick": 1.3}
    for part in labels.unbroken([mib for mib in points if mib], gaps):
        some = [points[mib] for mib in part]
        axes.errorbar([at[mib] for mib in part], [one.value for one in some], yerr=labels.whiskers(some), label=label,
                      **options)
    if 0 not in points:
        return
    some = [points[0]]
    axes.errorbar([at[0]], [points[0].value], yerr=labels.whiskers(some), label=label + " at 0",
                  **dict(options, linestyle="none"))
    first = next((mib for mib in points if mib), None)
    if first and not any(mib < first for mib in gaps):
        axes.plot([at[0], at[first]], [points[0].value, points[first].value], color=look.colour, linewidth=1,
                  linestyle=(0, (1, 2)), zorder=2, label=label + " to 0")


def _draw_guide(axes, curves, at, guide, place):
    """As steep as a cost that doubles with the memory, above all the others."""
    _, _, width, height = place
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    end = max(at.values())
    rise = height / math.log2(high / low) / (width / (right - left))
    begin = max(at[_guide_begin(curves, guide)], end - 0.6 * math.log2(high / low))
    begin = min(begin, end - 1.7 / math.hypot(1, rise) / (width / (right - left)))  # there is room for its name
    begin = max(begin, min(x for mib, x in at.items() if mib))
    axes.plot([begin, end], [guide * 2**begin, guide * 2**end], zorder=1.6, label="guide", **GUIDE)
    x = (begin + end) / 2
    axes.text(x, guide * 2**x * (high / low) ** (0.06 / height), GUIDE_NAME, rotation=math.degrees(math.atan(rise)),
              rotation_mode="anchor", ha="center", va="bottom", size=9.5, color=style.MUTED)


def _ends(here, curves):
    """Each line's name and what it costs at its end, and at which memory that is."""
    found = {}
    for name, huge in _order(curves.lines):
        line = curves.lines[name, huge]
        value = labels.duration(labels.nanoseconds(line[max(line)]).value)
        more = HUGE * huge + " " + value
        found[name, huge] = here.fit(name, LABEL, ENDS[1] - 0.25 - here.width_of(more, LABEL, "bold"), "bold") + more, (
            max(line), labels.nanoseconds(line[max(line)]).value)
    return found


def _draw_ends(here, axes, ends, looks, at, place):
    edge = place[0] + place[2]
    low, high = axes.get_xlim()
    points = [(key, value) for key, (_, (_, value)) in ends.items()]
    for key, want, y in labels.beside(here, axes, points, 0.175):
        text, (mib, _) = ends[key]
        colour = looks[key[0]].colour
        here.text(edge + 0.2, y, text, size=LABEL, weight="bold", color=colour, va="center", ha="left")
        if at[mib] < max(at.values()):
            axes.plot([at[mib], high], [ends[key][1][1]] * 2, color=colour, linewidth=0.8, linestyle=(0, (1, 3)),
                      zorder=1.5, label="leader")
        end = max(place[0] + (at[mib] - low) / (high - low) * place[2] + 0.08, edge - 0.25)
        labels.hair(here, (end, want), (edge + 0.02, want), colour)
        labels.hair(here, (edge + 0.02, want), (edge + 0.17, y), colour)


def _fits(run, curves):
    """(executor, huge pages) → fit, of the lines that are drawn."""
    found = {}
    for fit in run.fits:
        key = key_of(fit)
        row = next(iter(curves.lines.get(key, {}).values()), None)
        if not row or fit.parameter != PARAMETER:
            continue
        same = ("experiment", "workload", "placement", "workers", "figure")
        units = fit.fixed_unit in labels.NANOSECONDS and fit.slope_unit == fit.fixed_unit + "/MiB"
        if units and all(getattr(fit, name) == getattr(row, name) for name in same) and _rest(fit) == _rest(row):
            found[key] = fit
    return {key: found[key] for key in _order(found)}


def _rest(row):
    return {name: value for name, value in sheets.settings(row).items() if name != PARAMETER}


def _draw_table(here, fits, looks):
    """Each line's fixed part and what a GiB adds, the intervals below."""
    right = style.WIDTH - page.MARGIN
    left = right - TABLE + 0.1
    columns = (right - 1.45, right)
    here.heading(left, "cost = fixed part + memory × slope", "of lines through the levels, [95 % intervals]", TABLE)
    y = here.top - 0.62
    options = {"va": "top", "ha": "right"}
    for x, text in zip(columns, ("fixed", "per GiB")):
        here.text(x, y, text, size=10, color=style.MUTED, **options)
    y -= 0.24
    for (name, huge), fit in fits.items():
        name = here.fit(name, 10, 1.3 - 0.75 * huge, "bold") + HUGE * huge
        here.text(left, y, name, size=10, weight="bold", va="top", ha="left", color=looks[fit.executor].colour)
        if fit.off is not None and fit.off > OFF_MAX:
            text = "up to %.0f %% off" % min(100 * fit.off, 9999)
            here.text(left, y - 0.185, text, size=8.5, color=style.ALARM, va="top", ha="left")
        for x, estimate, factor in zip(columns, (fit.fixed, fit.slope), (1, PER_GIB)):
            _draw_entry(here, x, y, _scaled(estimate, factor * labels.NANOSECONDS[fit.fixed_unit]))
        y -= ENTRY


def _draw_entry(here, x, y, estimate):
    options = {"va": "top", "ha": "right"}
    if estimate.value is None:
        here.text(x, y, "unclear", size=10, color=style.MUTED, **options)
        return
    here.text(x, y, _signed(estimate.value), size=10, **options)
    ends = [None if end is None else _signed(end) for end in (estimate.low, estimate.high)]
    if all(ends):
        here.text(x, y - 0.185, "[%s, %s]" % tuple(ends), size=8.5, color=style.MUTED, **options)


def _scaled(estimate, factor):
    values = (estimate.value, estimate.low, estimate.high)
    return Estimate(*(None if value is None else value * factor for value in values))


def _signed(value):
    return labels.duration(value) if value >= 0 else "\u2212" + labels.duration(-value)
