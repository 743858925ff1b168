# SPDX-License-Identifier: MIT
"""laws: what the laws of scaling make of the speed-ups of experiment `scaling`, one strip a group of cells."""
import numpy
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from .. import groups, laws, laws_csv, laws_series, laws_table, page, samples_csv, style, workers_axis
from ..errors import PlotError
from ..text import drawn

EXPERIMENT = "scaling"
TITLE = "Which law does the speed-up follow, and where does it end?"
SUBTITLE = (
    "Left: speed-up over the best serial code with the Universal Scalability Law (USL), dashed beyond what it was "
    "fitted to.\nMiddle: the serial fraction that each N alone asks for (Karp–Flatt), with Amdahl's fit to all as a "
    "thin line. Where the points rise, overhead grows with N."
)
EXPLAINED = (
    "s and α in per cent, below them 95 %% intervals from %d resamples of whole blocks, each worker count paired with "
    "the serial code of its block. Amdahl: S = 1 / (s + (1 − s) / N), the law for what is serial in every operation. "
    "Gustafson: S = N − s (N − 1), for what is serial once in a batch, as batches last equally long and so grow with "
    "the speed-up. USL: S = λN / (1 + α (N − 1) + βN (N − 1)); α: workers wait for one another; β: they keep one "
    "another's data up to date; best N = √((1 − α) / β). Misses by: at the worker count that the law misses most; "
    "misfit: by more than %d %%, so that the law does not hold (a thin line) and its numbers, in brackets, mean little."
) % (laws.RESAMPLES, 100 * laws_series.MISFIT)
PER_PAGE = 5
HEADING = 0.62
PLOT_LEAST = 1.85
TICKS = 0.62
LABEL = 0.6
LEFT, MIDDLE = 2.85, 2.2  # inches, widths of the panels
GAP = 0.7


def draw(run, rows, looks):
    pairs = laws_series.split(rows)
    if not laws_series.worth_fitting(pairs):
        return page.Pages([], note="")
    figures = run.figures.get(EXPERIMENT)
    headline = next(iter(figures)) if figures else rows[0].figure
    try:
        samples = samples_csv.load_samples(run.folder, run.run_id, EXPERIMENT, headline)
    except PlotError as error:
        return page.Pages([], note=str(error))
    if samples is None:
        return page.Pages([], note=samples_csv.why_none(run.folder))
    cores = page.core_count(run)
    for _, several in pairs:
        several.sort(key=lambda series: style.executor_order(looks).index(series.executor))
        for series in several:
            laws_series.fit(series, samples, cores)
    parts = [pairs[i : i + PER_PAGE] for i in range(0, len(pairs), PER_PAGE)]
    tables = {"laws.csv": laws_csv.table(run, pairs, cores)}
    return page.Pages([_draw_page(run, part, looks, cores) for part in parts], tables=tables)


def _draw_page(run, part, looks, cores):
    shown = [row for _, several in part for series in several for row in series.cells.values()]
    plots = [max(PLOT_LEAST, laws_table.height(several) - TICKS + 0.2) for _, several in part]
    here = page.Page(
        title=TITLE,
        subtitle=SUBTITLE,
        notices=page.notices(run),
        caption=page.provenance(run, shown) + groups.parameters_caption([group for group, _ in part]) + [EXPLAINED],
        legend=_legend(part, looks, cores),
        body=sum(plots) + len(part) * (HEADING + TICKS),
    )
    top = here.top
    for (group, several), plot in zip(part, plots):
        _draw_strip(here, group, several, looks, cores, top, plot)
        top -= HEADING + plot + TICKS
    return here.figure


def _draw_strip(here, group, several, looks, cores, top, plot):
    _draw_heading(here, group, several, cores, top)
    bottom = top - HEADING - plot
    left = page.MARGIN + LABEL
    upper = here.axes(left, bottom, LEFT, plot)
    fractions = here.axes(left + LEFT + GAP, bottom, MIDDLE, plot)
    levels = sorted({workers for series in several for workers in series.cells})
    dodges = [workers_axis.Dodge(len(several), levels[-1] > workers_axis.LINEAR_UP_TO, levels, width)
              for width in (LEFT, MIDDLE)]
    for i, series in enumerate(several):
        look = looks[series.executor]
        speedups = {workers: row.speedup for workers, row in series.cells.items()}
        _draw_points(upper, series.executor, speedups, 1, look, dodges[0].of(i))
        _draw_points(fractions, series.executor, series.karp_flatt, 100, look, dodges[1].of(i))
        if series.found:
            _draw_usl(upper, series, look, dodges[0].of(i), levels[-1])
            s = 100 * series.found["amdahl"].value
            ends = [max(series.fitted[0], 2), series.fitted[-1]]
            fractions.plot(ends, [s, s], color=look.colour, linewidth=0.9, zorder=2, label=series.executor + " Amdahl")
    _finish(upper, fractions, several, levels, cores)
    table = left + LEFT + GAP + MIDDLE + 0.3
    laws_table.draw(here, several, looks, table, top - HEADING + 0.05, style.WIDTH - page.MARGIN - table)


def _draw_heading(here, group, several, cores, top):
    x = page.MARGIN
    here.text(x, top - 0.06, group.title, size=13, weight="bold", va="top", ha="left")
    told = {}
    for series in several:
        if not series.why_not:
            told.setdefault(laws_series.describe_range(series, cores), []).append(series.executor)
    if len(told) > 1:
        told = {"%s: %s" % (", ".join(names), sentence): names for sentence, names in told.items()}
    x += here.width_of(group.title, 13, "bold") + 0.2
    here.text(x, top - 0.1, group.detail, size=page.CAPTION, va="top", ha="left", color=style.MUTED)
    line = here.fit(" ".join(told), page.CAPTION, style.WIDTH - 2 * page.MARGIN, letters=230)
    here.text(page.MARGIN, top - 0.32, line, size=page.CAPTION, va="top", ha="left", color=style.MUTED)


def _draw_points(axes, name, estimates, factor, look, place):
    values, below, above = [], [], []
    for estimate in estimates.values():
        values.append(estimate.value * factor)
        below.append(0 if estimate.low is None else max(estimate.value - estimate.low, 0) * factor)
        above.append(0 if estimate.high is None else max(estimate.high - estimate.value, 0) * factor)
    axes.errorbar(
        [place(workers) for workers in estimates], values, yerr=[below, above], color=look.colour, marker=look.marker,
        markersize=look.size * 0.66, markeredgecolor="white", markeredgewidth=0.5, linestyle="none", elinewidth=1.2,
        capsize=2, capthick=1.2, zorder=3, label=name,
    )


def _draw_usl(axes, series, look, place, most):
    """Solid over what it was fitted to, dashed beyond."""
    parameters = [series.found[name].value for name in ("lambda", "alpha", "beta")]
    first, last = series.fitted[0], series.fitted[-1]
    thin = laws_series.is_misfit(series, "alpha")
    parts = [(first, last, "solid", "fitted")]
    if last < most:
        parts.append((last, most, (0, (4, 2.5)), "beyond"))
    for start, end, dashes, what in parts:
        workers = numpy.geomspace(start, end, 60)
        axes.plot(
            [place(count) for count in workers], laws.usl(workers, *parameters), color=look.colour,
            linewidth=0.8 if thin else 1.5, linestyle=dashes, zorder=2.5, label="%s %s" % (series.executor, what),
        )


def _finish(upper, fractions, several, levels, cores):
    most = levels[-1]
    speedups = [row.speedup for series in several for row in series.cells.values()]
    high = max([value for estimate in speedups for value in (estimate.value, estimate.high) if value is not None])
    upper.plot([1, most], [1, most], zorder=1.5, label="ideal", **workers_axis.IDEAL)
    for axes, width in ((upper, LEFT), (fractions, MIDDLE)):
        style.clean_axes(axes)
        axes.grid(False, axis="x")
        workers_axis.finish(axes, levels, most, cores, width)
        axes.set_xlabel("workers N", fontsize=10, labelpad=1)
        if cores and cores <= most:
            axes.axvline(cores, label="cores", zorder=1.4, **workers_axis.CORES)
    upper.set_ylabel("speed-up (×)", fontsize=10)
    fractions.set_ylabel("serial fraction (%)", fontsize=10)
    fractions.axhline(0, color=style.FAINT, linewidth=0.8, zorder=1.3)
    fractions.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    if most <= workers_axis.LINEAR_UP_TO:
        # Little of the ideal is enough where the speed-up stays far below it.
        upper.set_ylim(0, min(max(high * 1.6, 2), max(high, most)) * 1.06)
        upper.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        return
    low = min([estimate.value for estimate in speedups if estimate.value > 0] + [1])
    upper.set_yscale("log", base=2)
    upper.set_ylim(low * 2**-0.6, max(high, most) * 2**0.3)
    upper.yaxis.set_major_locator(FixedLocator(workers_axis.powers_of_two(*upper.get_ylim())))
    upper.yaxis.set_minor_locator(NullLocator())
    upper.yaxis.set_major_formatter(FuncFormatter(lambda y, _: "%g" % y))


def _legend(part, looks, cores):
    handles = []
    for name in style.executor_order(series.executor for _, several in part for series in several):
        look = looks[name]
        handles.append(Line2D([], [], color=look.colour, marker=look.marker, markersize=look.size, linewidth=1.7,
                              markeredgecolor="white", markeredgewidth=0.6, label=drawn(name, 20)))
    handles.append(Line2D([], [], label="ideal", **workers_axis.IDEAL))
    most = max(workers for _, several in part for series in several for workers in series.cells)
    if cores and cores <= most:
        label = "%d usable core%s" % (cores, "" if cores == 1 else "s")
        handles.append(Line2D([], [], label=label, **workers_axis.CORES))
    if any(series.found and series.fitted[-1] < most for _, several in part for series in several):
        dashed = Line2D([], [], color=style.INK, linewidth=1.5, linestyle=(0, (4, 2.5)), label="USL beyond its fit")
        handles.append(dashed)
    return handles
