# SPDX-License-Identifier: MIT
"""Which worker counts of a run the laws of scaling are fitted to, and what comes of it."""
import math
import zlib
from dataclasses import dataclass, field
from typing import Dict, List, Optional

import numpy

from . import groups, laws
from .model import Estimate, Row
from .text import number, ranges

WAITS_BELOW = 0.5  # CPU time over wall time of the serial code: below, it waits more than it computes
WIDEST = 0.5  # of what lies between 0 and 1; an interval that is wider tells nothing
MISFIT = 0.1  # of the speed-up at some worker count; a law that misses by more does not hold
LAW_OF = {"lambda": "usl", "alpha": "usl", "beta": "usl", "best": "usl", "trend": "karp-flatt"}


@dataclass
class Series:
    """The cells of a group that differ in their worker count alone."""

    executor: str
    cells: Dict[int, Row]  # by workers; those with a speed-up
    fitted: List[int] = field(default_factory=list)  # the worker counts that the laws are fitted to
    blocks: int = 0  # that have them all, and the reference
    beyond_cores: bool = False  # are some of them above the usable cores?
    waits: Optional[bool] = None  # does the work wait rather than compute? None: not known
    why_not: str = ""  # there is no fit
    found: Dict[str, Estimate] = field(default_factory=dict)  # by name of laws.NAMES
    unclear: Dict[str, str] = field(default_factory=dict)  # those of them that the data do not tell, and why
    off: Dict[str, float] = field(default_factory=dict)  # by law

    @property
    def karp_flatt(self):
        """workers → estimate. It falls as the speed-up rises, so its interval is that of the speed-up."""
        return {workers: _karp_flatt(row.speedup, workers) for workers, row in self.cells.items()
                if workers > 1 and row.speedup.value > 0}


def has_point(row):
    return row.status == "ok" and row.speedup.value is not None


def split(rows):
    """[(group, [series])] of the groups in which a worker count can be compared with another; speed-up needs none of
    the serial code's own rows."""
    found = groups.split(rows, lambda row: row.group or (row.workload, row.placement, row.params))
    pairs = []
    for group in found:
        executors = {}
        for row in group.rows:
            if has_point(row):
                executors.setdefault(row.executor, {})[row.workers] = row
        several = [Series(name, dict(sorted(cells.items()))) for name, cells in executors.items() if len(cells) > 1]
        if several:
            pairs.append((group, several))
    return pairs


def worth_fitting(pairs):
    return any(len(series.cells) >= laws.LEVELS_LEAST for _, several in pairs for series in several)


def fit(series, samples, cores):
    """Completes a series. `samples` by cell; `cores`: usable ones, 0 where that is not known."""
    names = {row.reference for row in series.cells.values()}
    reference = samples.get(names.pop()) if len(names) == 1 else None
    if reference is None or not reference.values:
        series.why_not = "cannot be told without samples of the serial code"
        return
    known = {workers: samples[row.cell] for workers, row in series.cells.items()
             if row.cell in samples and len(samples[row.cell].values) * 2 >= len(reference.values)}
    _choose_levels(series, sorted(known), reference.cpu_share, cores)
    if len(series.fitted) < laws.LEVELS_LEAST:
        series.why_not = _too_few(series.fitted)
        return
    logs = _log_speedups(reference, [known[workers] for workers in series.fitted])
    series.blocks = len(logs)
    if series.blocks < laws.BLOCKS_LEAST:
        series.why_not = "cannot be told from %d block%s with all of them" % (len(logs), "" if len(logs) == 1 else "s")
        return
    seed = zlib.crc32(next(iter(series.cells.values())).cell.encode("utf-8", "replace"))
    try:
        found, series.off = laws.fit(logs, series.fitted, seed)
    except numpy.linalg.LinAlgError:
        series.why_not = "cannot be told: the speed-ups lie too far apart"
        return
    series.found = {name: Estimate(*values) for name, values in found.items()}
    _find_unclear(series)


def _too_few(workers):
    if not workers:
        return "cannot be told: too few samples"
    return "cannot be told from N = %s" % ", ".join(map(str, workers[:8]))


def _choose_levels(series, levels, cpu_share, cores):
    """Work that computes gets no more cores once all are taken, so a law goes up to there, where enough worker counts
    lie below; work that waits goes on."""
    series.waits = None if cpu_share is None else cpu_share < WAITS_BELOW
    within = [workers for workers in levels if workers <= cores]
    computes = not series.waits
    series.fitted = within if computes and len(within) >= laws.LEVELS_LEAST else levels
    series.beyond_cores = bool(cores) and any(workers > cores for workers in series.fitted)


def _log_speedups(reference, cells):
    """Blocks × worker counts, of the blocks that have all."""
    common = sorted(set(reference.values).intersection(*[cell.values for cell in cells]))
    sign = 1 if reference.better == "higher" else -1
    table = [[sign * math.log(cell.values[block] / reference.values[block]) for cell in cells] for block in common]
    return numpy.array(table).reshape(len(common), len(cells))


def _find_unclear(series):
    """What takes nearly any value is not known. beta N is to beta what alpha is: the loss per further worker."""
    most = series.fitted[-1]
    for name, scale in (("amdahl", 1), ("gustafson", 1), ("alpha", 1), ("beta", most)):
        estimate = series.found[name]
        if (estimate.high - estimate.low) * scale > WIDEST:
            series.unclear[name] = "cannot be told: anything from %s to %s" % tuple(
                number(100 * end) + " %" for end in (estimate.low, estimate.high))
    best = series.found["best"]
    if best.low <= series.fitted[0] and best.high > most:
        series.unclear["best"] = "cannot be told: anything from %s workers on" % number(best.low)


def best_status(series):
    """Where the best N lies: `fitted` among the worker counts, `beyond` them, or `none` where throughput only rises."""
    best = series.found["best"].value
    if math.isinf(best):
        return "none"
    return "beyond" if best > series.fitted[-1] else "fitted"


def is_misfit(series, name):
    """Is that the parameter of a law that does not hold here?"""
    return series.off.get(LAW_OF.get(name, name), 0) > MISFIT


def _karp_flatt(speedup, workers):
    ends = [laws.karp_flatt(end, workers) if end else None for end in (speedup.value, speedup.high, speedup.low)]
    return Estimate(*ends) if None not in ends else Estimate(ends[0], None, None)


def describe_range(series, cores):
    """One sentence: which worker counts, and what that means."""
    told = "Fitted to N = %s" % ranges(series.fitted)
    if series.waits is None:
        told += " (whether the work computes or waits is not known)"
    if not cores:
        return told + "; how many cores there are is not known."
    if not series.beyond_cores:
        more = [workers for workers in series.cells if workers > series.fitted[-1]]
        return told + (", within the %s; dashed beyond." % _cores(cores) if more else ".")
    if series.waits:
        return told + ": the work waits, so that workers beyond the %s go on adding." % _cores(cores)
    return told + ", beyond the %s, as too few counts lie within: sharing cores counts as contention." % _cores(cores)


def _cores(cores):
    return "core" if cores == 1 else "%d cores" % cores
