# SPDX-License-Identifier: MIT
"""A published table whose columns are sizes in MiB, as curves: what was published is a dashed line."""
import re

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from . import labels, style
from .published_dots import NOBODY
from .text import drawn

HEIGHT = 2.9  # inches
HEADING, AXIS, SCALE, ENDS = 0.5, 0.62, 0.62, 1.6
SIZE_NAME = re.compile(r"([0-9]{1,9}(\.[0-9]{1,3})?) MiB")
STEP = 4  # 0 is so many times left of the least size


def places(table):
    """Where the columns are on a logarithmic axis; None if they are no sizes in MiB, or too few of them."""
    found = [SIZE_NAME.fullmatch(name) for name in table.columns]
    if not all(found):
        return None
    sizes = [float(match.group(1)) for match in found]
    above = [size for size in sizes if size]
    if len(set(sizes)) < 2 or sorted(sizes) != sizes or not above:
        return None
    return [size or min(above) / STEP for size in sizes]


def least_height(_):
    return HEIGHT


def draw(here, table, looks, place):
    left, bottom, width, height = place
    xs = places(table)
    room = width - SCALE - ENDS
    axes = here.axes(left + SCALE, bottom + AXIS, room, height - AXIS - HEADING)
    _finish_axes(axes, table, xs, height - AXIS - HEADING)
    here.text(left, bottom + height - 0.12, here.fit(table.heading(), 11.5, width - 0.1, "bold", 90), size=11.5,
              weight="bold", va="top", ha="left")
    here.text(left + 0.02, bottom + AXIS + (height - AXIS - HEADING) / 2, drawn(table.unit_text(), 40), rotation=90,
              ha="left", va="center", size=10)
    ends = []
    for line in range(len(table.lines)):
        ends += _draw_published(axes, table, line, xs) + _draw_own(axes, table, looks, line, xs)
    _draw_ends(here, axes, ends, left + SCALE + room)


def _finish_axes(axes, table, xs, height):
    style.clean_axes(axes)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    limits = labels.limits(table.values())
    axes.set_xlim(*labels.limits(xs))
    axes.set_ylim(*limits)
    axes.xaxis.set_major_locator(FixedLocator(xs))
    axes.yaxis.set_major_locator(FixedLocator(labels.ticks(*limits, height, 0.3)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    names = {x: name.replace(" MiB", "") for x, name in zip(xs, table.columns)}
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: next((n for at, n in names.items() if at == x), "")))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: "%g" % float("%.6g" % y)))
    axes.set_xlabel("MiB that the creator has touched (log scale)", fontsize=10)


def _draw_published(axes, table, line, xs):
    """Returns what is to be written at the end of each."""
    ends = []
    for machine in table.published(line):
        found = [(x, value) for x, value in zip(xs, machine.values) if value]
        if not found:
            continue
        name = "%s: %s" % (machine.name, table.lines[line])
        flat = len(found) == len(xs) and len({value for _, value in found}) == 1
        span = axes.get_xlim() if flat else None
        axes.plot(span or [x for x, _ in found], [found[0][1]] * 2 if flat else [value for _, value in found],
                  color=style.MUTED, linestyle=(0, (4, 2.5)), linewidth=1.3, marker="" if flat else "o",
                  markerfacecolor="white", markersize=5, zorder=2, label=name)
        ends.append((found[-1][1], "%s: %.*f %s" % (machine.name, table.decimals, found[-1][1], table.unit), style.MUTED))
    return ends


def _draw_own(axes, table, looks, line, xs):
    found = [(x, table.point(line, i)) for i, x in enumerate(xs)]
    gaps = {x for x, point in found if point is None}
    points = {x: point for x, point in found if point}
    look = looks.get(next(iter(points.values())).row.executor, NOBODY) if points else NOBODY
    for part in labels.unbroken(sorted(points), gaps):
        estimates = [points[x].estimate for x in part]
        axes.errorbar(
            part, [one.value for one in estimates], yerr=labels.whiskers(estimates), color=look.colour,
            marker=look.marker, markersize=look.size * 0.8, markeredgecolor="white", markeredgewidth=0.5,
            linestyle=look.dashes, linewidth=1.7, elinewidth=1.4, capsize=3, capthick=1.3, zorder=3,
            label=table.lines[line],
        )
    if not points:
        return []
    return [(points[max(points)].estimate.value, table.lines[line], look.colour)]


def _draw_ends(here, axes, ends, x):
    """Names beside the last points."""
    found = labels.beside(here, axes, [(i, value) for i, (value, _, _) in enumerate(ends)], 0.19)
    for i, want, y in found:
        _, text, colour = ends[i]
        here.text(x + 0.2, y, here.fit(text, 9.5, ENDS - 0.25), size=9.5, va="center", ha="left", color=colour,
                  weight="bold" if colour != style.MUTED else "normal")
        labels.hair(here, (x + 0.02, want), (x + 0.17, y), colour)
