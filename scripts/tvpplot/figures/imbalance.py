# SPDX-License-Identifier: MIT
"""imbalance: what workers did under each schedule, and how near their makespans come to the ideal."""
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from .. import labels, page, sheets, style, timeline_page
from ..text import drawn

TITLE = "How well are tasks of unequal length shared out?"
SUBTITLE = (
    "By how task lengths are spread, and by how tasks are shared out. Less is better.\n"
    "Whiskers: 95 % intervals (hidden where narrower than the marker)."
)
SPREADS = {"even": "all tasks alike", "lognormal": "a few long tasks", "giant": "one giant task"}
SCHEDULES = ("auto", "dynamic", "guided", "static", "chunked")
VARYING = ("spread", "entry", "schedule", "chunk", "payload", "recycle", "spin_us", "tasks")
PICTURED = ("thread", "fork")  # whose timelines are drawn; another one's if there is neither
COLUMNS_MAX, LINES_MAX, FIGURES_MAX = 5, 4, 3
NAMES, BETWEEN, HEADING, AXIS = 2.6, 0.3, 1.1, 0.55  # inches
ROW = (0.27, 0.07)  # inches at least, and for each executor
ROW_MOST = 0.55


def draw(run, rows, looks):
    pages = []
    for sheet in sheets.split(rows, VARYING, _has_point):
        sheet.rows = [row for row in sheet.rows if row.executor != "serial"] or sheet.rows
        ways = _ways(sheet.rows)
        pages += _draw_timelines(run, sheet, ways, looks)
        pages.append(_draw_dots(run, sheet, ways, looks))
    return pages


def _has_point(row):
    return row.status == "ok" and row.median.value is not None


def _title(run):
    return drawn(run.questions.get("imbalance") or TITLE, 200)


def _spread(row):
    return sheets.settings(row).get("spread", "")


def _ways(rows):
    """Cell → how its tasks are shared out, in an order to show them in; what all have alike is not said."""
    alike = sheets.common(rows)
    found = {}
    for row in rows:
        schedule = sheets.settings(row).get("schedule", "")
        names = [name for name in VARYING if name not in ("spread", "schedule") and name not in alike]
        place = SCHEDULES.index(schedule) if schedule in SCHEDULES else len(SCHEDULES)
        words = ", ".join(filter(None, (schedule, sheets.words(row, names)))) or "map"
        found[row.cell] = (place, sheets.whole(row, "chunk"), words)
    return {cell: key[-1] for cell, key in sorted(found.items(), key=lambda item: item[1])}


def _draw_timelines(run, sheet, ways, looks):
    cells = sheets.headline(run, sheet.rows)
    names = sheets.executors([row for row in cells if row.cell in run.timelines])
    pages = []
    for name in [name for name in PICTURED if name in names] or names[:1]:
        own = {(_spread(row), ways[row.cell]): row for row in cells if row.executor == name}
        spreads = sheets.in_order((spread for spread, _ in own), SPREADS)[:LINES_MAX]
        columns = [way for way in dict.fromkeys(ways.values()) if any(way == other for _, other in own)]
        count = -(-len(columns) // COLUMNS_MAX)
        for i in range(count):
            grid = timeline_page.Grid(
                name,
                [(spread, SPREADS.get(spread, "")) for spread in spreads],
                columns[i * len(columns) // count : (i + 1) * len(columns) // count],
                own,
            )
            pages.append(timeline_page.draw(run, sheet, _title(run), grid, looks[name]))
    return pages


def _draw_dots(run, sheet, ways, looks):
    figures = sheets.in_order((row.figure for row in sheet.rows), run.figures.get("imbalance", ()))[:FIGURES_MAX]
    rows = [row for row in sheet.rows if row.figure in figures]
    names = sheets.executors(rows)
    bands = _Bands(rows, ways, max(ROW[0], ROW[1] * len(names)))
    here = page.Page(
        title=_title(run),
        subtitle=SUBTITLE,
        notices=page.notices(run),
        caption=sheets.caption(run, sheet),
        legend=_legend(names, looks),
        body_least=HEADING + AXIS + bands.height * bands.pitch,
    )
    bands.pitch = min((here.top - HEADING - AXIS - here.bottom) / bands.height, ROW_MOST)
    bands.draw_names(here)
    width = (style.WIDTH - 2 * page.MARGIN - NAMES + BETWEEN) / len(figures)
    for i, figure in enumerate(figures):
        left = page.MARGIN + NAMES + i * width
        own = [row for row in rows if row.figure == figure]
        height = bands.height * bands.pitch
        axes = here.axes(left, here.top - HEADING - height, width - BETWEEN, height)
        _finish_axes(axes, own, bands, width - BETWEEN)
        for row in own:
            shift = (names.index(row.executor) - (len(names) - 1) / 2) * min(0.17, 0.8 / len(names))
            _draw_dot(axes, row, looks[row.executor], bands.at[_spread(row), ways[row.cell]] + shift)
        _draw_figure_name(here, left, width - BETWEEN, figure, run.figures.get("imbalance", {}).get(figure, ""))
    here.heading(page.MARGIN, sheet.title, sheet.detail, style.WIDTH - 2 * page.MARGIN)
    return here.figure


def _draw_figure_name(here, left, width, figure, meaning):
    y = here.top - HEADING + 0.58
    here.text(left, y, here.fit(figure, 11.5, width, "bold"), size=11.5, weight="bold", va="top", ha="left")
    for i, line in enumerate(here.wrap(drawn(meaning, 120), 9, width)[:2]):
        here.text(left, y - 0.21 - 0.16 * i, line, size=9, va="top", ha="left", color=style.MUTED)


class _Bands:
    """A band for each spread, in it a row for each way of sharing out; counted in rows from the top."""

    def __init__(self, rows, ways, pitch):
        self.spreads = sheets.in_order(map(_spread, rows), SPREADS)
        self.ways = list(dict.fromkeys(ways.values()))
        self.pitch = pitch
        self.at = {}
        self.height = 0.0
        for spread in self.spreads:
            for way in self.ways:
                self.at[spread, way] = self.height + 0.75
                self.height += 1
            self.height += 0.5

    def draw_names(self, here):
        top = here.top - HEADING
        for spread in self.spreads:
            first = self.at[spread, self.ways[0]]
            if spread != self.spreads[0]:
                y = top - (first - 0.75) * self.pitch
                labels.hair(here, (page.MARGIN, y), (style.WIDTH - page.MARGIN, y), style.FAINT)
            y = top - first * self.pitch
            here.text(page.MARGIN, y, drawn(spread, 12), size=11, weight="bold", va="center", ha="left")
            if len(self.ways) > 1:
                text = SPREADS.get(spread, "")
                here.text(page.MARGIN, y - 0.2, text, size=9, va="center", ha="left", color=style.MUTED)
            for way in self.ways:
                y = top - self.at[spread, way] * self.pitch
                here.text(page.MARGIN + NAMES - 0.1, y, drawn(way, 22), size=10, va="center", ha="right")


def _finish_axes(axes, rows, bands, width):
    style.clean_axes(axes)
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.set_ylim(bands.height, 0)
    unit = rows[0].unit
    values = [value for row in rows for value in labels.known(row.median)]
    ratio = unit in labels.RATIOS
    low, high = min(values + [1] if ratio else [0]), max(values + [1])
    if ratio and low > 0 and high / low > 6:
        axes.set_xscale("log")
        axes.set_xlim(low / 1.1, high * 1.1)
        axes.xaxis.set_major_locator(FixedLocator(labels.ticks(low / 1.1, high * 1.1, width, 0.5)))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        high = high if ratio else max(values + [1e-12])
        room = 0.05 * (high - low or 1)
        axes.set_xlim(low - room, high + room)
        axes.xaxis.set_major_locator(MaxNLocator(max(2, int(width / 0.6)), steps=(1, 2, 2.5, 5, 10)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _written(x, unit)))
    words = {"share": "share of the time"}.get(unit, "over the ideal" if ratio else drawn(unit, 20))
    axes.set_xlabel(words, fontsize=11)
    if ratio:
        axes.axvline(1, color=style.INK, linewidth=1.2, zorder=1.6, label="ideal")


def _written(x, unit):
    if unit == "share":
        return "%g %%" % round(100 * x, 6)
    if unit in labels.NANOSECONDS:
        return labels.tick_duration(x * labels.NANOSECONDS[unit]) if x > 0 else "0"
    return "%g%s" % (round(x, 6), "×" if unit in labels.RATIOS else "")


def _draw_dot(axes, row, look, y):
    axes.errorbar(
        [row.median.value], [y], xerr=labels.whiskers([row.median]), color=look.colour, marker=look.marker,
        markersize=look.size * 0.85, markeredgecolor="white", markeredgewidth=0.5, elinewidth=1.5, capsize=2.5,
        capthick=1.3, zorder=3, label="%s %s" % (row.executor, row.cell),
    )


def _legend(names, looks):
    return [
        Line2D([], [], color=looks[name].colour, marker=looks[name].marker, markersize=looks[name].size,
               linestyle="none", markeredgecolor="white", markeredgewidth=0.5, label=drawn(name, 20))
        for name in names
    ]
