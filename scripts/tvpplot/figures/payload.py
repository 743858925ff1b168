# SPDX-License-Identifier: MIT
"""payload: what a task costs by the size of its data: a panel for each executor, a line for each way they travel."""
import math

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from .. import labels, page, sheets, style
from ..text import drawn

TITLE = "What does it cost to bring a task its data?"
SUBTITLE = (
    "Wall time per task by the size of its input, the task's own work included; both scales are logarithmic. "
    "Less is better.\nWhiskers: 95 % intervals (hidden where narrower than the marker). Dotted: the serial loop, "
    "which hands nothing over."
)
BYTES = "bytes"
VARYING = (BYTES, "payload")
MODES = ("shared", "pointer", "copy", "pipe", "auto")
MARKS = {"shared": ("o", "solid"), "pointer": ("D", (0, (6, 2))), "copy": ("s", (0, (3, 1.2))),
         "pipe": ("^", (0, (6, 1.5, 1.2, 1.5)))}
OTHERS = ("v", (0, (1.5, 1.5)))
COLUMNS_MAX = 4
SCALE, ENDS, BETWEEN = 0.68, 0.68, 0.12  # inches left of the first panel, right of each, between them
HEADING, LINE_HEADING, AXIS = 0.5, 0.34, 0.62
LINE_LEAST = 3.4


def draw(run, rows, looks):
    rows = [row for row in sheets.headline(run, rows) if row.unit in labels.NANOSECONDS]
    return [_draw_sheet(run, sheet, looks) for sheet in sheets.split(rows, VARYING, _has_point)]


def _has_point(row):
    return row.status == "ok" and bool(row.median.value) and sheets.whole(row, BYTES) > 0


def _draw_sheet(run, sheet, looks):
    lines = _lines(sheet.rows)
    names = [name for name in lines if name != "serial"] or list(lines)
    columns = min(len(names), COLUMNS_MAX)
    rows = -(-len(names) // columns)
    here = page.Page(
        title=drawn(run.questions.get("payload") or TITLE, 200),
        subtitle=SUBTITLE if "serial" in lines and names != ["serial"] else SUBTITLE.rsplit(" Dotted", 1)[0],
        notices=page.notices(run),
        caption=sheets.caption(run, sheet),
        body=0 if rows == 1 else HEADING + rows * (LINE_LEAST + LINE_HEADING),
    )
    here.heading(page.MARGIN, sheet.title, sheet.detail, style.WIDTH - 2 * page.MARGIN)
    width = (style.WIDTH - 2 * page.MARGIN - SCALE + BETWEEN) / columns
    height = (here.top - HEADING - here.bottom) / rows
    scale = _Scale(sheet.rows, width - BETWEEN - ENDS, height - AXIS - LINE_HEADING)
    for i, name in enumerate(names):
        left = page.MARGIN + SCALE + i % columns * width
        bottom = here.bottom + (rows - 1 - i // columns) * height
        axes = here.axes(left, bottom + AXIS, width - BETWEEN - ENDS, height - AXIS - LINE_HEADING)
        here.text(left, bottom + height - 0.2, drawn(name, 18), size=11.5, weight="bold", ha="left", va="center",
                  color=looks[name].colour)
        _finish_axes(axes, scale, i % columns == 0)
        if "serial" in lines and name != "serial":
            _draw_serial(axes, lines["serial"], looks["serial"])
        gaps = {(sheets.settings(row).get("payload", ""), sheets.whole(row, BYTES))
                for row in sheet.missing if row.executor == name}
        _draw_modes(axes, name, lines[name], gaps, looks[name])
        _draw_ends(here, axes, lines[name], looks[name], left + width - BETWEEN - ENDS)
    return here.figure


def _lines(rows):
    """executor → payload mode → bytes → row."""
    lines = {}
    for row in rows:
        mode = sheets.settings(row).get("payload", "")
        modes = lines.setdefault(row.executor, {})
        modes.setdefault(mode, {}).setdefault(sheets.whole(row, BYTES), row)
    known = {mode: i for i, mode in enumerate(MODES)}
    return {
        name: {mode: lines[name][mode] for mode in sorted(lines[name], key=lambda mode: (known.get(mode, 9), mode))}
        for name in style.executor_order(lines)
    }


class _Scale:
    """What all panels share, so that they can be compared by eye."""

    def __init__(self, rows, width, height):
        sizes = sorted({sheets.whole(row, BYTES) for row in rows})
        self.y = labels.limits([value for row in rows for value in labels.known(labels.nanoseconds(row))])
        self.y_ticks = labels.ticks(*self.y, height, 0.5)
        self.span = max(math.log2(sizes[-1] / sizes[0]), 1)
        self.x = (sizes[0] * 2 ** (-0.05 * self.span), sizes[-1] * 2 ** (0.05 * self.span))
        self.sizes = sizes
        places = {math.log2(size): labels.size(size) for size in sizes}
        wanted = [math.log2(size) for size in (sizes[0], sizes[-1], *sizes)]
        named = labels.apart(wanted, places, self.span * 1.1 / width)
        self.named = {size: labels.size(size) for size in sizes if math.log2(size) in named}


def _finish_axes(axes, scale, first):
    style.clean_axes(axes)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xlim(*scale.x)
    axes.set_ylim(*scale.y)
    axes.xaxis.set_major_locator(FixedLocator(scale.sizes if len(scale.sizes) < 40 else list(scale.named)))
    axes.yaxis.set_major_locator(FixedLocator(scale.y_ticks))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: scale.named.get(round(x), "")))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: labels.tick_duration(y)))
    axes.grid(False, axis="x")
    axes.set_xlabel("bytes per task", fontsize=11)
    if not first:
        axes.tick_params(labelleft=False)


def _draw_serial(axes, modes, look):
    line = next(iter(modes.values()))
    sizes = sorted(line)
    values = [labels.nanoseconds(line[size]).value for size in sizes]
    axes.plot(sizes, values, color=look.colour, linestyle=look.dashes, linewidth=1.2, zorder=2, label="serial")


def _draw_modes(axes, name, modes, gaps, look):
    for mode, line in modes.items():
        marker, dashes = MARKS.get(mode, OTHERS)
        for sizes in labels.unbroken(sorted(line), {size for other, size in gaps if other == mode}):
            estimates = [labels.nanoseconds(line[size]) for size in sizes]
            axes.errorbar(
                sizes, [one.value for one in estimates], yerr=labels.whiskers(estimates), color=look.colour,
                marker=marker, markersize=5.2, markeredgecolor="white", markeredgewidth=0.5, linestyle=dashes,
                linewidth=1.6, elinewidth=1.2, capsize=2.5, capthick=1.2, zorder=3, label="%s %s" % (name, mode),
            )


def _draw_ends(here, axes, modes, look, x):
    """Each line's mode at its end."""
    ends = [(mode, labels.nanoseconds(line[max(line)]).value) for mode, line in modes.items()]
    for mode, want, y in labels.beside(here, axes, ends, 0.17):
        here.text(x + 0.16, y, drawn(mode or "?", 8), size=9.5, va="center", ha="left", color=look.colour)
        labels.hair(here, (x + 0.02, want), (x + 0.13, y), look.colour)
