# SPDX-License-Identifier: MIT
"""Forest plot of a comparison: a ratio and its interval a row, the numbers beside it, the same scale on every page."""
import math

from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon, Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from . import forest_caption, page, style
from .errors import PlotError
from .forest_columns import Columns, mean_text, ratio_texts, row_texts, verdict_text
from .forest_rows import PAGES_MAX, SUBLINE, arrange, height_of
from .forest_scale import limits_of, ticks_of
from .text import drawn, number

# The colours are told apart by the colour-blind, the shapes and fillings in grey: marker, colour, filled, size.
VERDICTS = {
    "faster": ("^", "#0072b2", True, 7.4),
    "slower": ("v", "#c04a00", True, 7.4),
    "equivalent": ("s", style.MUTED, True, 5.2),
    "inconclusive": ("o", "#7a7a7a", False, 6.2),
}
MACHINES = (
    ("o", "#1a1a1a"),
    ("s", "#009e73"),
    ("D", "#cc79a7"),
    ("P", "#e69f00"),
    ("X", "#56b4e9"),
    ("p", "#7f6a00"),
    ("h", "#882255"),
    ("<", "#3a5f2c"),
    (">", "#6b4fa0"),
    ("d", "#a35a3a"),
    ("*", "#4d4d4d"),
)
MEAN = "#1a1a1a"
MARGIN_FILL = "#e9e9e4"
SECTION_FILL = "#eef2f5"
HEAD = 0.38  # inches above the rows, for column headings and the upper scale
FOOT = 0.62  # and below them, for the lower one


def draw(comparison):
    """A list of figures, empty if no row has a ratio."""
    if not any(entry.ratio.value for line in comparison.lines for entry in line.entries.values()):
        return []
    pages = arrange(comparison)
    if len(pages) > PAGES_MAX:
        raise PlotError("%d pages of rows are too many to draw: at most %d" % (len(pages), PAGES_MAX))
    return [_Sheet(comparison, pages, i).figure for i in range(len(pages))]


class _Sheet:
    """One page."""

    def __init__(self, comparison, pages, index):
        self.comparison = comparison
        self.machines = comparison.mode == "machines"
        self.items = pages[index]
        self.height = height_of(self.items)
        counted = (index + 1, len(pages))
        self.here = page.Page(
            legend=_legend(comparison, self.items),
            body=HEAD + self.height + FOOT,
            **forest_caption.texts(comparison, counted)
        )
        self.figure = self.here.figure
        self.columns = Columns(self.here, comparison, pages)
        self.top = self.here.top - HEAD
        self._draw_panels()
        self._draw_headings()
        self._draw_bands()
        for item in self.items:
            getattr(self, "_draw_" + item.kind)(item)

    def _draw_panels(self):
        columns = self.columns
        first = self.comparison.runs[0].label
        ratios = [entry.ratio for line in self.comparison.lines for entry in line.entries.values()]
        margins = [entry.margin for line in self.comparison.lines for entry in line.entries.values() if entry.margin]
        limits = limits_of(ratios + [mean.ratio for mean in self.comparison.means], max(margins, default=0.02))
        left, right = columns.second or (columns.axis_left, columns.axis_right)
        self.axes = self._panel(left, right, limits, "%s (log scale)" % self._ratio_name())
        self.axes.axvline(1, color=style.INK, linewidth=1, zorder=1.5, label="one")
        if not self.machines:
            return
        values = [line.first for line in self.comparison.lines]
        values += [entry.value for line in self.comparison.lines for entry in line.entries.values()]
        label = "each machine by itself (log scale)"
        self.values = self._panel(columns.axis_left, columns.axis_right, limits_of(values, 0.02), label)
        self.values.axvline(1, color=style.FAINT, linewidth=1, zorder=1, label="one %s" % first)

    def _panel(self, left, right, limits, label):
        axes = self.here.axes(left, self.top - self.height, right - left, self.height)
        style.clean_axes(axes)
        axes.set(xscale="log", xlim=limits, ylim=(self.height, 0))
        axes.grid(False, axis="y")
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_facecolor("none")
        axes.xaxis.set_major_locator(FixedLocator(ticks_of(limits, right - left)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: "%g" % float("%.6g" % x)))
        axes.tick_params(top=True, labeltop=True, labelsize=9.5)
        axes.set_xlabel(label, fontsize=10.5)
        return axes

    def _ratio_name(self):
        first, *others = [drawn(run.label, 4) for run in self.comparison.runs]
        return "%s/%s" % (others[0] if len(others) == 1 else "run", first)

    def _draw_headings(self):
        columns = self.columns
        options = {"size": 10, "color": style.MUTED, "va": "bottom"}
        y = self.top + 0.1
        self.here.text(columns.ratio, y, self._ratio_name(), ha="right", **options)
        self.here.text(columns.interval, y, "[95 % interval]", ha="left", **options)
        self.here.text(columns.verdict, y, "verdict", ha="left", **options)
        if self.machines:
            self.here.text(columns.value, y, "itself", ha="right", **options)

    def _text(self, x, y, text, **options):
        """y in inches below the top of the rows."""
        options.setdefault("va", "center")
        self.here.text(x, self.top - y, text, **options)

    def _draw_gap(self, item):
        pass

    def _draw_section(self, item):
        """A bar across the page: what it is about, and which side is the better one."""
        y, height = item.top + 0.1, item.height - 0.14
        corner = ((page.MARGIN) / style.WIDTH, (self.top - y - height) / self.here.height)
        size = ((self.columns.right - page.MARGIN) / style.WIDTH, height / self.here.height)
        self.figure.add_artist(Rectangle(corner, *size, facecolor=SECTION_FILL, edgecolor="none", zorder=-1))
        middle = y + height / 2
        left, right = self.columns.second or (self.columns.axis_left, self.columns.axis_right)
        title = self._fitting(item.text, 10.5, left - self.columns.label - 0.1, "bold")
        self._text(self.columns.label, middle, title, size=10.5, weight="bold", ha="left")
        sides = ("← worse", "better →") if item.better == "higher" else ("← better", "worse →")
        for words, x, align in ((sides[0], left + 0.02, "left"), (sides[1], right - 0.02, "right")):
            verdict = "faster" if "better" in words else "slower"
            ground = {"facecolor": SECTION_FILL, "edgecolor": "none", "pad": 1.5}
            self._text(x, middle, words, size=10, weight="bold", ha=align, color=VERDICTS[verdict][1], bbox=ground)

    def _draw_detail(self, item):
        self._text(self.columns.label, item.top + item.height * 0.6, item.text, size=9.5, color=style.MUTED, ha="left",
                   style="italic")

    def _places(self, item, count):
        """The middles of `count` lines of an item."""
        middle = item.top + item.height / 2
        return [middle + SUBLINE * (i - (count - 1) / 2) for i in range(count)]

    def _draw_row(self, item):
        line = item.line
        label, under = row_texts(line)
        runs = self.comparison.runs[0 if self.machines else 1 :]
        places = self._places(item, len(runs))
        self._draw_label(label, under, places)
        for i, (run, y) in enumerate(zip(runs, places)):
            if self.columns.several:
                colour = MACHINES[i % len(MACHINES)][1] if self.machines else style.MUTED
                self._text(self.columns.run, y, drawn(run.label, 4), size=9.5, ha="right", color=colour, weight="bold")
            entry = line.entries.get(run.label)
            if self.machines:
                self._draw_value(y, line, line.first if i == 0 else entry and entry.value, i)
            if entry:
                self._draw_entry(y, line, run, entry)
            elif not self.machines or i > 0:
                self._text(self.columns.verdict, y, "not there", size=10, color=style.MUTED, ha="left")

    def _draw_label(self, label, under, places):
        columns = self.columns
        room = columns.axis_left - columns.label - (0.4 if columns.several else 0.12)
        if len(places) > 1:
            lines = [(part, 10.5, style.INK) for part in self.here.wrap(label, 10.5, room)]
            lines += [(part, 9, style.MUTED) for part in (self.here.wrap(under, 9, room) if under else [])]
        else:
            lines = [(self._fitting(label, 10.5, room), 10.5, style.INK)]
        for (part, size, colour), y in zip(lines, places):
            self._text(columns.label, y, part, size=size, ha="left", color=colour)

    def _fitting(self, text, size, room, weight="normal"):
        """The text, or as much of it as there is room for."""
        if self.here.width_of(text, size, weight) <= room:
            return text
        while text and self.here.width_of(text + "…", size, weight) > room:
            text = text[:-1]
        return text.rstrip("\\ ") + "…"

    def _draw_bands(self):
        """What the verdicts take for no difference: one band a section, or one a line where margins differ."""
        for items in self._by_section():
            lines = [part for item in items if item.kind == "row" for part in self._margins(item)]
            if len({margin for _, _, margin in lines}) == 1:
                self._draw_band(items[0].top, items[-1].top + items[-1].height, lines[0][2])
                continue
            for top, bottom, margin in lines:
                self._draw_band(top, bottom, margin)

    def _by_section(self):
        """The items below each section's heading."""
        sections = []
        for item in self.items:
            if item.kind == "section":
                sections.append([])
            else:
                sections[-1].append(item)
        return sections

    def _margins(self, item):
        """top, bottom and margin of every line of a row."""
        runs = self.comparison.runs[0 if self.machines else 1 :]
        height = item.height if len(runs) == 1 else SUBLINE
        return [
            (y - height / 2, y + height / 2, item.line.entries[run.label].margin)
            for run, y in zip(runs, self._places(item, len(runs)))
            if run.label in item.line.entries and item.line.entries[run.label].margin
        ]

    def _draw_band(self, top, bottom, margin):
        low, high = 1 / (1 + margin), 1 + margin
        place = ((low, top), high - low, bottom - top)
        self.axes.add_patch(Rectangle(*place, facecolor=MARGIN_FILL, edgecolor="none", zorder=0.5))

    def _draw_entry(self, y, line, run, entry):
        columns = self.columns
        marker, colour, filled, size = VERDICTS[entry.verdict]
        words = verdict_text(entry)
        if entry.ratio.value is None:
            alarm = style.ALARM if entry.status == "failed" else style.MUTED
            self._text(columns.verdict, y, words, size=10, ha="left", color=alarm)
            return
        _mark(self.axes, y, entry.ratio, colour, marker, size, filled, "%s %s" % (run.label, line.cell))
        strong = entry.verdict in ("faster", "slower")
        self._draw_ratio(y, entry.ratio, "bold" if strong else "normal")
        self._text(columns.verdict, y, words, size=10, ha="left", color=colour if strong else style.MUTED,
                   weight="bold" if strong else "normal")

    def _draw_ratio(self, y, ratio, weight):
        value, ends = ratio_texts(ratio)
        self._text(self.columns.ratio, y, value, size=10.5, ha="right", weight=weight)
        self._text(self.columns.interval, y, ends, size=9.5, ha="left", color=style.MUTED)

    def _draw_value(self, y, line, value, index):
        """What one machine says of itself."""
        if not value or value.value is None:
            self._text(self.columns.value, y, "–", size=10, ha="right", color=style.MUTED)
            return
        marker, colour = MACHINES[index % len(MACHINES)]
        label = "%s %s value" % (self.comparison.runs[index].label, line.cell)
        _mark(self.values, y, value, colour, marker, 6, True, label)
        self._text(self.columns.value, y, number(value.value), size=10, ha="right")

    def _draw_mean(self, item):
        runs = self.comparison.runs[1:]
        places = self._places(item, len(runs))
        self._text(self.columns.label, places[0], mean_text(item), size=10.5, ha="left", weight="bold")
        for run, y in zip(runs, places):
            mean = item.means.get(run.label)
            if not mean:
                continue
            if self.columns.several:
                self._text(self.columns.run, y, drawn(run.label, 4), size=9.5, ha="right", color=style.MUTED,
                           weight="bold")
            self._draw_diamond(y, mean.ratio, "%s mean" % run.label)
            self._draw_ratio(y, mean.ratio, "bold")

    def _draw_diamond(self, y, ratio, label):
        """As wide as the interval, but never so narrow that it is not seen."""
        low, high = (math.log(limit) for limit in self.axes.get_xlim())
        least = (high - low) * 0.008
        middle = math.log(ratio.value)
        ends = (middle, middle) if ratio.low is None else (math.log(ratio.low), math.log(ratio.high))
        ends = (max(min(ends[0], middle - least), low), min(max(ends[1], middle + least), high))
        corners = [(ends[0], y), (middle, y - 0.085), (ends[1], y), (middle, y + 0.085)]
        corners = [(math.exp(x), height) for x, height in corners]
        self.axes.add_patch(Polygon(corners, closed=True, facecolor=MEAN, edgecolor=MEAN, zorder=3, label=label))


def _mark(axes, y, ratio, colour, marker, size, filled, label):
    """A point and its whisker; where that leaves the picture, an arrowhead at the edge says so."""
    left, right = axes.get_xlim()
    low, high = (ratio.value, ratio.value) if ratio.low is None else (ratio.low, ratio.high)
    axes.plot([max(low, left), min(high, right)], [y, y], color=colour, linewidth=1.7, solid_capstyle="butt", zorder=2,
              label=label + " interval")
    for outside, x, arrow in ((low < left, left, "<"), (high > right, right, ">")):
        if outside:
            goes_on = label + " goes on"
            axes.plot([x], [y], marker=arrow, markersize=5, color=colour, clip_on=False, zorder=2, label=goes_on)
    axes.plot([ratio.value], [y], linestyle="none", marker=marker, markersize=size, markeredgewidth=1.4,
              markerfacecolor=colour if filled else "white", markeredgecolor=colour, zorder=3, label=label)


def _legend(comparison, items):
    shown = [entry for item in items if item.line for entry in item.line.entries.values() if entry.ratio.value]
    entries = []
    if comparison.mode == "machines":
        for i, run in enumerate(comparison.runs):
            marker, colour = MACHINES[i % len(MACHINES)]
            name = "%s %s" % (drawn(run.label, 4), drawn(run.machine_id, 40))
            entries.append(_handle(marker, colour, True, 6.5, name))
    for name, (marker, colour, filled, size) in VERDICTS.items():
        if any(entry.verdict == name for entry in shown):
            entries.append(_handle(marker, colour, filled, size, name))
    if any(item.means for item in items):
        entries.append(Line2D([], [], color=MEAN, marker="D", markersize=6.5, linestyle="none", label="geometric mean"))
    if any(entry.margin for entry in shown):
        entries.append(Patch(facecolor=MARGIN_FILL, edgecolor=style.FAINT, linewidth=0.6, label="within the margin"))
    return entries


def _handle(marker, colour, filled, size, label):
    fill = colour if filled else "white"
    return Line2D([], [], color=colour, marker=marker, markersize=size, markerfacecolor=fill, markeredgewidth=1.4,
                  linewidth=1.7, label=label)
