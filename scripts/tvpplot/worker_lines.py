# SPDX-License-Identifier: MIT
"""Lines against the number of workers on a logarithmic axis, where there are many more of them than cores."""
import math

from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from . import labels, style, workers_axis
from .text import drawn

TITLE, DETAIL = 13, 9.5  # points, of a panel's heading
LINE = 0.18  # inches, of what is below the title
HEADING = 0.4  # inches, without those lines
SIDE = 0.25  # of a doubling, beside the first and the last point
APART = 3  # executors that have a marker's width each; more share what these have
TICKS_MAX = 40
CROSS = {"marker": "x", "markersize": 6.5, "markeredgewidth": 1.8, "linestyle": "none"}


def dodge_of(names, levels, width):
    return workers_axis.Dodge(len(names), True, levels, width * max(1, len(names) / APART))


def finish_axis(axes, levels, cores, width, dodge, named=True):
    """From the least to the largest number of workers, with a tick at each and numbers where there is room."""
    side = 2 ** (SIDE + dodge.step * (dodge.count - 1) / 2)
    style.clean_axes(axes)
    axes.grid(False, axis="x")
    axes.set_xscale("log", base=2)
    axes.set_xlim(levels[0] / side, levels[-1] * side)
    texts = {math.log2(level): str(level) for level in levels}
    wanted = [level for level in (cores, levels[0], levels[-1]) if level in levels]
    wanted += [level for level in levels if level & (level - 1) == 0] + levels
    inch = math.log2(levels[-1] / levels[0] * side**2) / width
    chosen = {texts[place] for place in labels.apart(list(dict.fromkeys(map(math.log2, wanted))), texts, inch)}
    ticks = levels if len(levels) <= TICKS_MAX else sorted(map(int, chosen))
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda x, _: str(round(x)) if named and str(round(x)) in chosen else ""))
    if named:
        axes.set_xlabel("workers (log scale)", fontsize=11, labelpad=2)
    if cores_in_view(levels, cores):
        axes.axvline(cores, label="cores", zorder=1.4, **workers_axis.CORES)


def cores_in_view(levels, cores):
    return bool(cores) and levels[0] <= cores <= levels[-1]


def draw_line(axes, name, cells, look, place):
    """`cells`: workers → Estimate, None where there is no result: the line is broken there, and a cross is on the
    axis. So is an open marker where the estimate is 0, which a logarithmic scale has no place for."""
    missing = [workers for workers in cells if cells[workers] is None]
    zeros = [workers for workers in cells if cells[workers] is not None and not cells[workers].value > 0]
    on_axis = {"transform": axes.get_xaxis_transform(), "color": look.colour, "zorder": 4}
    if missing:
        axes.plot(list(map(place, missing)), [0.035] * len(missing), label=name + " missing", **CROSS, **on_axis)
    if zeros:
        axes.plot(list(map(place, zeros)), [0] * len(zeros), marker=look.marker, markersize=look.size * 0.75,
                  markerfacecolor="white", markeredgewidth=1.2, linestyle="none", clip_on=False, label=name + " zero",
                  **on_axis)
    gaps = missing + zeros
    for part in labels.unbroken(sorted(set(cells) - set(gaps)), gaps):
        estimates = [cells[workers] for workers in part]
        axes.errorbar(
            list(map(place, part)), [one.value for one in estimates], yerr=labels.whiskers(estimates),
            color=look.colour, marker=look.marker, markersize=look.size * 0.75, markeredgecolor="white",
            markeredgewidth=0.5, linestyle=look.dashes, linewidth=1.6, elinewidth=1.2, capsize=2.2, capthick=1.2,
            zorder=3, label=name,
        )


def draw_heading(here, title, details, x, y):
    here.text(x, y, title, size=TITLE, weight="bold", va="top", ha="left")
    for i, line in enumerate(details):
        here.text(x, y - 0.24 - LINE * i, line, size=DETAIL, va="top", ha="left", color=style.MUTED)


def legend(rows, looks, cores, complete):
    """`complete`: has every cell a result?"""
    handles = []
    for name in style.executor_order(row.executor for row in rows):
        look = looks[name]
        several = len({row.workers for row in rows if row.executor == name}) > 1
        handles.append(Line2D(
            [], [], color=look.colour, marker=look.marker, markersize=look.size, linewidth=1.7,
            linestyle=look.dashes if several else "none", markeredgecolor="white", markeredgewidth=0.6,
            label=drawn(name, 20),
        ))
    if cores_in_view(sorted(row.workers for row in rows), cores):
        label = "%d usable core%s" % (cores, "" if cores == 1 else "s")
        handles.append(Line2D([], [], label=label, **workers_axis.CORES))
    if not complete:
        handles.append(Line2D([], [], color=style.INK, label="no result", **CROSS))
    return handles
