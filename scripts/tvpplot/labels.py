# SPDX-License-Identifier: MIT
"""Labels beside the data: room for each, and quantities with a unit that suits their size."""
import math

from .model import Estimate
from .text import number

NANOSECONDS = {"ns": 1.0, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9}
RATIOS = ("", "1", "ratio", "x", "×")  # units that are none
TIMES = (("s", 1e9), ("ms", 1e6), ("µs", 1e3), ("ns", 1.0))
SIZES = (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1))


def spread(wanted, gap, low, high):
    """Places as near as possible (in squares) to the wanted ones, in their order, at least `gap` apart, within low …
    high; closer where there is no room for that."""
    if not wanted:
        return []
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    # Less the gaps they have to ascend: neighbours that do not are pooled at their mean.
    pools = []
    for place, i in enumerate(order):
        pools.append([wanted[i] - place * gap, 1])
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            total, count = pools.pop()
            mean, before = pools.pop()
            pools.append([(mean * before + total * count) / (before + count), before + count])
    level = [mean for mean, count in pools for _ in range(count)]
    most = high - (len(wanted) - 1) * gap
    places = [0.0] * len(wanted)
    for place, i in enumerate(order):
        places[i] = min(max(level[place], low), max(most, low)) + place * gap
    return places


def nanoseconds(row):
    """Median, low and high of a row whose unit is one of NANOSECONDS."""
    factor = NANOSECONDS[row.unit]
    found = (row.median.value, row.median.low, row.median.high)
    return Estimate(*(None if value is None else value * factor for value in found))


def known(estimate):
    return [value for value in (estimate.value, estimate.low, estimate.high) if value is not None]


def whiskers(estimates):
    """As matplotlib's errorbar takes them."""
    return [
        [0 if one.low is None else max(one.value - one.low, 0) for one in estimates],
        [0 if one.high is None else max(one.high - one.value, 0) for one in estimates],
    ]


def duration(nanoseconds, digits=number):
    """2130 → "2.13 µs"."""
    return _with_unit(nanoseconds, TIMES, digits)


def size(count):
    """65536 → "64 KiB"."""
    return _with_unit(count, SIZES, "{:.4g}".format)


def tick_duration(nanoseconds):
    return duration(nanoseconds, "{:g}".format)


def durations_up_to(nanoseconds_most):
    """How to write the ticks of an axis that ends there: all in one unit."""
    name, factor = _unit(nanoseconds_most, TIMES)
    return lambda value: "%g %s" % (float("%.6g" % (value / factor)), name) if value else "0"


def duration_interval(estimate):
    """[1.94, 2.31], in the unit of the value; "≤", "≥" where an end is not known."""
    _, factor = _unit(estimate.value, TIMES)
    if estimate.low is None and estimate.high is None:
        return ""
    if estimate.low is None:
        return "[…, %s]" % number(estimate.high / factor)
    if estimate.high is None:
        return "[%s, …]" % number(estimate.low / factor)
    return "[%s, %s]" % (number(estimate.low / factor), number(estimate.high / factor))


def limits(values):
    """Of a logarithmic axis: with room for markers. What is not above 0 has no place."""
    values = [value for value in values if value > 0]
    room = max(1.3, (max(values) / min(values)) ** 0.04)
    return min(values) / room, max(values) * room


def ticks(low, high, inches, each):
    """Round numbers within the limits of a logarithmic axis of so many inches, `each` inches apart at least."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    least = (high / low) ** (each / inches)
    for steps in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        found = [step * 10.0**power for power in range(first, last + 1) for step in steps]
        found = [tick for tick in found if low <= tick * (1 + 1e-9) and tick <= high * (1 + 1e-9)]
        if all(after / before >= least for before, after in zip(found, found[1:])):
            return found
    every = math.ceil(math.log10(least))
    return [tick for tick in found if round(math.log10(tick)) % every == 0]


def apart(places, names, inch):
    """Those of the places, the first ones preferred, whose names do not touch; inch: what one is on the axis."""
    chosen = []
    for place in places:
        if all(abs(place - other) >= inch * (0.1 + 0.042 * len(names[place] + names[other])) for other in chosen):
            chosen.append(place)
    return chosen


def unbroken(places, gaps):
    """Ascending places in parts that have no gap within."""
    parts = [[]]
    for place in places:
        if parts[-1] and any(parts[-1][-1] < gap < place for gap in gaps):
            parts.append([])
        parts[-1].append(place)
    return parts if places else []


def _unit(value, units):
    return next((unit for unit in units if value >= unit[1] * 0.9995), units[-1])


def _with_unit(value, units, digits):
    name, factor = _unit(value, units)
    return "%s %s" % (digits(value / factor), name)


def hair(here, start, end, colour):
    """A thin line on the page, from a point to its label; both in inches."""
    from matplotlib.lines import Line2D

    width, height = here.figure.get_size_inches()
    xs, ys = (start[0] / width, end[0] / width), (start[1] / height, end[1] / height)
    here.figure.add_artist(Line2D(xs, ys, color=colour, linewidth=0.7, alpha=0.7))


def beside(here, axes, points, gap):
    """(name, y on a logarithmic axis) of points → (name, its height, that of its label) in inches on the page, labels
    at least `gap` apart."""
    box = axes.get_position()
    bottom, top = box.y0 * here.height, box.y1 * here.height
    low, high = (math.log(limit) for limit in axes.get_ylim())
    wanted = [bottom + (math.log(y) - low) / (high - low) * (top - bottom) for _, y in points]
    heights = spread(wanted, gap, bottom + 0.05, top - 0.05)
    return [(name, want, height) for (name, _), want, height in zip(points, wanted, heights)]
