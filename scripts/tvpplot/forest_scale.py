# SPDX-License-Identifier: MIT
"""The logarithmic scale of a forest plot: how far it goes, and where its ticks are."""
import math

# between ticks, and how many inches their labels want
STEPS = ((0.005, 0.5), (0.01, 0.42), (0.02, 0.42), (0.05, 0.42), (0.1, 0.32), (0.2, 0.32))
LADDER_EACH = 0.27
LADDERS = ((1, 1.2, 1.5, 2, 3, 4, 5, 7), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1,))


def limits_of(estimates, margin):
    """All points with room for markers, twice the margin on both sides of 1, and most whiskers: a very wide one ends at
    the edge rather than press all others together."""
    shown = [estimate for estimate in estimates if estimate.value]
    points = [math.log(estimate.value) for estimate in shown]
    ends = [math.log(end) for estimate in shown for end in (estimate.low, estimate.high) if end]
    low, high = min(points + [-2 * math.log1p(margin)]), max(points + [2 * math.log1p(margin)])
    most = max(math.log(1.1), -low, high)
    low, high = max(min(ends + [low]), low - most), min(max(ends + [high]), high + most)
    room = (high - low) * 0.04
    return math.exp(low - room), math.exp(high + room)


def ticks_of(limits, width):
    """Round numbers, 1 among them, with room for their labels on `width` inches."""
    low, high = limits
    if high / low < 3:
        inch = math.log(high / low) / width
        step = next((step for step, each in STEPS if math.log1p(step) >= inch * each), STEPS[-1][0])
        count = round(max(1 - low, high - 1) / step) + 1
        ticks = [1 + i * step for i in range(-count, count + 1)]
        return [tick for tick in ticks if low <= tick <= high]
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for ladder in LADDERS:
        ticks = [tick * 10.0**decade for decade in decades for tick in ladder]
        ticks = [tick for tick in ticks if low <= tick <= high]
        closest = min((after / tick for tick, after in zip(ticks, ticks[1:])), default=9)
        if closest >= (high / low) ** (LADDER_EACH / width):
            return ticks
    every = math.ceil(len(ticks) * 2 * LADDER_EACH / width)
    return [tick for tick in ticks if round(math.log10(tick)) % every == 0]
