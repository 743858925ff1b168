# SPDX-License-Identifier: MIT
"""Pages of latencies by the share of operations that took longer: a panel a rate, a line an executor."""
import math

from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from . import groups, labels, page, sheets, style
from .latency_tail import BEYOND, BLOCKS_LEAST
from .text import drawn, quantity

SUBTITLE = (
    "Of all operations, how many took at most so long? Counted from when they were to start, whoever was busy then.\n"
    "Both scales are logarithmic, the upright one towards 100 %. Further left is better."
)
SCALE, AXIS, HEADING, PANEL_HEADING = 0.85, 0.6, 0.5, 0.3  # inches
PANEL = 3.1  # inches of its height, at least
BETWEEN = 0.3
TAIL = (0, (1, 1.3))
BAND_ALPHA = 0.16


def draw(run, sheet, title, panels, looks, notes):
    """`panels`: (heading, executor → Tail) in their order."""
    names = sheets.executors(sheet.rows)
    columns = groups.columns(len(panels))
    lines = -(-len(panels) // columns)
    here = page.Page(
        title=title,
        subtitle=SUBTITLE,
        notices=page.notices(run),
        caption=_caption(run, sheet, panels, notes),
        legend=_legend(names, panels, looks),
        body_least=HEADING + lines * (PANEL_HEADING + PANEL + AXIS),
    )
    here.heading(page.MARGIN, sheet.title, sheet.detail, style.WIDTH - 2 * page.MARGIN)
    tails = [tail for _, panel in panels for tail in panel.values()]
    limits = labels.limits([max(x, 1) for tail in tails for x in (tail.latency_ns[0], tail.latency_ns[-1])])
    floor = min(tail.share[-1] for tail in tails) / 1.6
    width = (style.WIDTH - 2 * page.MARGIN - SCALE + BETWEEN) / columns
    pitch = (here.top - HEADING - here.bottom) / lines
    for i, (heading, panel) in enumerate(panels):
        line, column = divmod(i, columns)
        place = (page.MARGIN + SCALE + column * width, here.top - HEADING - (line + 1) * pitch + AXIS,
                 width - BETWEEN, pitch - PANEL_HEADING - AXIS)
        axes = here.axes(*place)
        _finish_axes(axes, limits, min(floor, 0.4), place, column == 0)
        for name in names:
            if name in panel:
                _draw_tail(axes, name, panel[name], looks[name], min(floor, 0.4))
        y = place[1] + place[3] + 0.07
        here.text(place[0], y, here.fit(heading, 11.5, place[2], "bold", 40), size=11.5, weight="bold", va="bottom",
                  ha="left")
    return here.figure


def percent(share):
    """Of those that took at most so long, if `share` took longer."""
    return "%.*f %%" % (max(0, math.ceil(-math.log10(share) - 2 - 1e-9)), 100 * (1 - share))


def _finish_axes(axes, limits, floor, place, first):
    _, _, width, height = place
    style.clean_axes(axes)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(*limits)
    axes.set_ylim(1.0, floor)
    axes.xaxis.set_major_locator(FixedLocator(labels.ticks(*limits, width, 0.62)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: labels.tick_duration(x)))
    decade = height / -math.log10(floor)
    every = max(1, math.ceil(0.2 / decade))
    ticks = [10.0**-power for power in range(0, math.ceil(-math.log10(floor)), every)]
    ticks = [tick for tick in ticks if tick >= floor]
    if 0.3 * decade >= 0.19:
        ticks.insert(1, 0.5)
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: percent(y)))
    axes.tick_params(axis="y", labelleft=first)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.set_xlabel("latency (log scale)", fontsize=11)
    if first:
        axes.set_ylabel("operations that took at most so long", fontsize=11)


def _draw_tail(axes, name, tail, look, floor):
    """Solid, with its band, as far as enough operations took longer; nothing beyond the longest one."""
    x = tail.latency_ns.clip(min=1)
    sure = tail.counted()
    if tail.low is not None:
        axes.fill_between(x[:sure], tail.low[:sure].clip(min=floor), tail.high[:sure].clip(min=floor), linewidth=0,
                          color=look.colour, alpha=BAND_ALPHA, zorder=2, label=name + " interval")
    axes.plot(x[:sure], tail.share[:sure], color=look.colour, linestyle=look.dashes, linewidth=1.8, zorder=3,
              label=name)
    begin = max(sure - 1, 0)
    axes.plot(x[begin:], tail.share[begin:], color=look.colour, linestyle=TAIL, linewidth=1.4, zorder=3,
              label=name + " tail")
    axes.plot(x[-1:], tail.share[-1:], color=look.colour, marker=look.marker, markersize=look.size * 0.8,
              markeredgecolor="white", markeredgewidth=0.5, linestyle="none", zorder=3.5, label=name + " end",
              clip_on=False)


def _legend(names, panels, looks):
    entries = [
        Line2D([], [], color=looks[name].colour, linestyle=looks[name].dashes, linewidth=1.8, marker=looks[name].marker,
               markersize=looks[name].size * 0.8, markeredgecolor="white", markeredgewidth=0.5, label=drawn(name, 20))
        for name in names
    ]
    entries.append(Line2D([], [], color=style.MUTED, linestyle=TAIL, linewidth=1.4,
                          label="fewer than %d operations took longer" % BEYOND))
    if any(tail.low is not None for _, panel in panels for tail in panel.values()):
        entries.append(Patch(facecolor=style.MUTED, alpha=BAND_ALPHA, label="95 % interval"))
    return entries


def _span(values, noun):
    low, high = min(values), max(values)
    if low == high:
        return quantity(low, noun)
    return "%d–%d %ss" % (low, high, noun)


def _caption(run, sheet, panels, notes):
    tails = [tail for _, panel in panels for tail in panel.values()]
    what = "%s a line" % _span([tail.operations for tail in tails], "operation")
    parts = ["All operations of the blocks that count are taken together; a line ends at its longest one."]
    if any(tail.low is not None for tail in tails):
        parts.append("Bands: pointwise 95 % intervals from drawing whole blocks anew.")
    if any(tail.low is None for tail in tails):
        parts.append("No band where there are fewer than %d blocks." % BLOCKS_LEAST)
    width = max(tail.width for tail in tails)
    parts.append("Latencies were counted in buckets, so each is known to within %.3g %%." % (100 * width))
    return (page.provenance(run, sheet.rows, what) + [" ".join(parts)] + sheets.shared(sheet)
            + sheets.not_shown(sheet) + page.partly_shown(sheet.rows) + notes)
