# SPDX-License-Identifier: MIT
"""The axis of worker counts: its scale, what is written at its ticks, and how points of one count stay apart."""
import math

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from . import style

LINEAR_UP_TO = 16  # workers; with more the axis is logarithmic
TICKS_MAX = 40
CORES = {"color": style.MUTED, "linewidth": 1.2, "linestyle": (0, (1, 1.6))}  # the line at the core count
IDEAL = {"color": style.MUTED, "linewidth": 1, "linestyle": (0, (6, 3))}


class Dodge:
    """Moves points sideways, a marker's width per executor, so that lines on each other can be told apart."""

    def __init__(self, count, logarithmic, levels, width):
        self.count = count
        self.logarithmic = logarithmic
        places = [math.log2(level) if logarithmic else level for level in levels]
        span = max(places[-1] - places[0], 1)
        closest = min([after - before for before, after in zip(places, places[1:])], default=1)
        self.step = min(0.09 / width * span, 0.7 * closest / count)

    def of(self, i):
        """worker count → x, for the i-th executor"""
        shift = (i - (self.count - 1) / 2) * self.step
        return lambda workers: workers * 2**shift if self.logarithmic else workers + shift


def finish(axes, levels, most, cores, width):
    """From 1 to `most` workers with a tick at each level; logarithmic where there are many."""
    if most > LINEAR_UP_TO:
        axes.set_xscale("log", base=2)
        axes.set_xlim(2**-0.3, most * 2**0.3)
    else:
        axes.set_xlim(1 - 0.07 * most, most * 1.07)
    labelled = _labelled(axes, levels, cores, width)
    axes.xaxis.set_major_locator(FixedLocator(levels if len(levels) <= TICKS_MAX else sorted(labelled)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _, labelled=labelled: labelled.get(round(x), "")))


def powers_of_two(low, high):
    """At most about six, 1 among them."""
    first, last = math.ceil(math.log2(low)), math.floor(math.log2(high))
    every = max(1, math.ceil((last - first) / 6))
    return [2.0**power for power in range(first, last + 1) if power % every == 0]


def _labelled(axes, levels, cores, width):
    """The worker counts that are written at their ticks: as many as there is room for, the telling ones first."""
    wanted = [level for level in (1, cores) if level in levels]
    wanted += [level for level in levels if level & (level - 1) == 0] + levels
    chosen = {}
    for level in wanted:
        at = _fraction(axes, level) * width
        if all(abs(at - place) >= 0.1 + 0.042 * len(str(level) + str(other)) for other, place in chosen.items()):
            chosen[level] = at
    return {level: str(level) for level in chosen}


def _fraction(axes, x):
    """Where x lies along the axis, 0 … 1."""
    low, high = axes.get_xlim()
    if axes.get_xscale() == "log":
        return math.log(x / low) / math.log(high / low)
    return (x - low) / (high - low)
