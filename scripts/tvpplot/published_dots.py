# SPDX-License-Identifier: MIT
"""A published table as a dot plot: a row for each machine, this one highlighted; its numbers on the right."""
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from . import labels, style
from .errors import PlotError
from .text import drawn, number

ROW, HEADING, AXIS = 0.235, 0.72, 0.62  # inches
NAMES, BRIEF, LINE, NUMBER = 1.62, 1.08, 1.0, 0.73
SIZE = 9
ROWS_MAX, COLUMNS_MAX = 60, 6
THIS = "this machine"
NOBODY = style.Look(style.MUTED, "o", "solid", 7.0)


def least_height(table):
    return HEADING + len(_rows(table)) * ROW + AXIS


def _rows(table):
    """(line, machine or None for this one) from the top downwards."""
    rows = []
    for line in range(len(table.lines)):
        rows += [(line, machine) for machine in table.published(line)] + [(line, None)]
    if len(rows) > ROWS_MAX or len(table.columns) > COLUMNS_MAX:
        raise PlotError("run.json: published table %s is too large to draw" % drawn(table.name, 40))
    return rows


def draw(here, table, looks, place):
    left, bottom, width, height = place
    rows = _rows(table)
    ratios = _ratios(table)
    names = NAMES if table.single() else LINE + BRIEF
    numbers = NUMBER * (len(table.columns) + bool(ratios)) + (0.2 if ratios else 0)
    pitch = min((height - HEADING - AXIS) / len(rows), 0.34)
    top = bottom + height - HEADING
    axes = here.axes(left + names, top - pitch * len(rows), width - names - numbers, pitch * len(rows))
    _finish_axes(axes, table, width - names - numbers, len(rows))
    here.text(left, bottom + height - 0.08, here.fit(table.heading(), 11.5, width - 0.1, "bold", 90), size=11.5,
              weight="bold", va="top", ha="left")
    _draw_headings(here, table, looks, left + width, top + 0.1, ratios)
    if _by_size(table):
        here.text(left, top + 0.1, "larger markers: columns further right", size=SIZE, color=style.MUTED, va="bottom",
                  ha="left")
    for i, (line, machine) in enumerate(rows):
        y = top - (i + 0.5) * pitch
        if machine is None:
            _draw_ground(here, (left - 0.06, y - pitch / 2, width + 0.1, pitch))
        if i and line != rows[i - 1][0]:
            labels.hair(here, (left, y + pitch / 2), (left + width, y + pitch / 2), style.FAINT)
        _draw_names(here, table, looks, (left, names, y), line, machine, i == 0 or line != rows[i - 1][0])
        _draw_row(axes, table, looks, i, line, machine)
        _draw_numbers(here, table, left + width, y, line, machine, ratios)


def _look(table, looks, line, column):
    return looks.get(table.executor(line, column), NOBODY)


def _finish_axes(axes, table, width, count):
    style.clean_axes(axes)
    axes.set_facecolor("none")
    limits = labels.limits(table.values())
    axes.set_xscale("log")
    axes.set_xlim(*limits)
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_yticks([])
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(FixedLocator(labels.ticks(*limits, width, 0.36)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: "%g" % float("%.6g" % x)))
    axes.set_xlabel(drawn(table.unit_text(), 60) + " (log scale)", fontsize=10)


def _draw_ground(here, place):
    width, height = here.figure.get_size_inches()
    x, y, own_width, own_height = place
    here.figure.add_artist(Rectangle((x / width, y / height), own_width / width, own_height / height,
                                     facecolor=style.BAND, edgecolor="none", zorder=-1))


def _draw_names(here, table, looks, place, line, machine, first):
    left, names, y = place
    options = {"size": SIZE, "va": "center", "ha": "left"}
    if not table.single() and first:
        colour = next((looks[name].colour for name in (table.executor(line, i) for i in range(len(table.columns)))
                       if name in looks), style.INK)
        here.text(left, y, here.fit(table.lines[line], SIZE, LINE - 0.05, "bold"), weight="bold", color=colour, **options)
    room = NAMES if table.single() else BRIEF
    text = here.fit(machine.name, SIZE, room - 0.12) if machine else THIS
    here.text(left + names - room, y, text, weight="normal" if machine else "bold",
              color=style.MUTED if machine else style.INK, **options)


def _by_size(table):
    """Columns of one executor are told apart by the size of their markers."""
    return not table.single() and len(table.columns) > 1


def _size(table, column):
    return 0.65 + 0.5 * column / (len(table.columns) - 1) if _by_size(table) else 0.9


def _draw_row(axes, table, looks, y, line, machine):
    """Larger markers below smaller ones."""
    for column in reversed(range(len(table.columns))):
        look = _look(table, looks, line, column)
        size = look.size * _size(table, column)
        label = " ".join(filter(None, (machine.name if machine else THIS, table.lines[line], table.columns[column])))
        if machine:
            if machine.values[column]:
                axes.plot([machine.values[column]], [y], color=look.colour, marker=look.marker, markersize=size,
                          markerfacecolor="white", markeredgewidth=1.1, linestyle="none", zorder=3, label=label)
            continue
        point = table.point(line, column)
        if point:
            axes.errorbar(
                [point.estimate.value], [y], xerr=labels.whiskers([point.estimate]), color=look.colour,
                marker=look.marker, markersize=size, markeredgecolor=look.colour, markeredgewidth=0.5,
                elinewidth=1.5, capsize=3, capthick=1.3, zorder=4, label=label,
            )


def _ratios(table):
    """Is there a ratio to show? This machine's is shown where one of the two cells is the other's baseline."""
    return table.ratio if table.ratio and table.single() else None


def _own_ratio(table, line, ratio):
    """From summary.csv, where it was computed from pairs."""
    of, over = (table.row(line, column) for column in ratio)
    if not of or not over:
        return None
    if of.baseline == over.cell:
        return of.ratio.value
    return 1 / over.ratio.value if over.baseline == of.cell and over.ratio.value else None


def _draw_headings(here, table, looks, right, y, ratios):
    """Above the numbers: what the columns are, in the colours of their dots."""
    options = {"size": SIZE, "va": "bottom", "ha": "right"}
    for i, column in enumerate(table.columns):
        x = right - NUMBER * (len(table.columns) - 1 - i) - ((NUMBER + 0.2) if ratios else 0)
        colour = _look(table, looks, 0, i).colour if table.single() and table.executor(0, i) else style.MUTED
        lines = here.wrap(drawn(column.replace("_", "_ "), 40), SIZE, NUMBER - 0.08)
        here.text(x, y, "\n".join(lines[:2]).replace("_\n", "_\n").replace("_ ", "_"), color=colour, weight="bold",
                  linespacing=1.05, **options)
    if ratios:
        here.text(right, y, "ratio", color=style.MUTED, weight="bold", **options)


def _draw_numbers(here, table, right, y, line, machine, ratios):
    options = {"size": SIZE, "va": "center", "ha": "right", "weight": "normal" if machine else "bold",
               "color": style.MUTED if machine else style.INK}
    for i in range(len(table.columns)):
        x = right - NUMBER * (len(table.columns) - 1 - i) - ((NUMBER + 0.2) if ratios else 0)
        point = None if machine else table.point(line, i)
        if machine and machine.values[i]:
            here.text(x, y, "%.*f" % (table.decimals, machine.values[i]), **options)
        elif point:
            here.text(x, y, number(point.estimate.value), **options)
    if not ratios:
        return
    of, over = ratios
    if machine:
        found = machine.values[of] / machine.values[over] if machine.values[of] and machine.values[over] else None
    else:
        found = _own_ratio(table, line, ratios)
    if found:
        here.text(right, y, number(found) + "×", **options)
