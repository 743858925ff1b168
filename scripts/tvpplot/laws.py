# SPDX-License-Identifier: MIT
"""
Laws of scaling fitted to speed-ups, with intervals from resampled blocks. Only numpy: every fit has a closed form.

S is the speed-up over the best serial code with N workers, one value a block and worker count.

Amdahl       S = 1 / (s + (1 - s) / N), the work being the same for every N.
             G. M. Amdahl, "Validity of the single processor approach ...", AFIPS SJCC 1967.
Gustafson    S = N - s (N - 1), the parallel part of the work growing with N.
             J. L. Gustafson, "Reevaluating Amdahl's law", CACM 31(5), 1988.
Karp-Flatt   e = (1/S - 1/N) / (1 - 1/N): the s that Amdahl's law needs for one N alone.
             A. H. Karp, H. P. Flatt, "Measuring parallel processor performance", CACM 33(5), 1990.
USL          S = lambda N / (1 + alpha (N - 1) + beta N (N - 1)), alpha and beta not below 0; most at
             N* = sqrt((1 - alpha) / beta). N. J. Gunther, "Guerrilla Capacity Planning", Springer 2007.

All fits are least squares of relative errors, so that each worker count weighs the same.
"""
import math
from itertools import combinations

import numpy

RESAMPLES = 1000
LEVELS_LEAST = 3
BLOCKS_LEAST = 10
OFFSETS_MAX = 32
ELEMENTS_MAX = 2_000_000  # of an array at once
NORMAL_975 = 1.959963984540054
NAMES = ("amdahl", "gustafson", "trend", "lambda", "alpha", "beta", "best")


def karp_flatt(speedup, workers):
    """The experimentally determined serial fraction; workers > 1, speedup > 0."""
    return (1 / speedup - 1 / workers) / (1 - 1 / workers)


def fit(logs, workers, seed, resamples=RESAMPLES):
    """name → (value, low, high) of NAMES, and law → off. `logs` are ln S, blocks × worker counts (rising).

    off: the share by which the law misses the worker count that it misses most. The best N may be infinite."""
    logs = numpy.asarray(logs, dtype=float)
    workers = numpy.asarray(workers, dtype=float)
    blocks = logs.shape[0]
    if logs.ndim != 2 or logs.shape[1] != len(workers) or len(workers) < LEVELS_LEAST or blocks < BLOCKS_LEAST:
        raise ValueError("at least %d worker counts and %d blocks are wanted" % (LEVELS_LEAST, BLOCKS_LEAST))
    centre = numpy.exp([hodges_lehmann(column) for column in logs.T])
    estimates = _parameters(centre[None, :], workers)
    resampled = _parameters(numpy.exp(_resampled_centres(logs, seed, resamples)), workers)
    tail = _tail(blocks)
    found = {}
    for name in NAMES:
        value = float(estimates[name][0])
        low, high = _quantiles(resampled[name], tail)
        found[name] = (value, min(low, value), max(high, value))
    return found, _misses(centre, workers, {name: float(estimates[name][0]) for name in NAMES})


def hodges_lehmann(values):
    """Median of the means of all pairs, each value with itself included: what summary.csv's ratios are made with."""
    values = numpy.asarray(values)
    first, second = numpy.triu_indices(len(values))
    return float(numpy.median((values[first] + values[second]) / 2))


def _resampled_centres(logs, seed, resamples):
    """Whole blocks drawn with replacement, so that what the worker counts of a block have in common stays."""
    blocks, levels = logs.shape
    drawn = numpy.random.default_rng(seed).integers(blocks, size=(resamples, blocks))
    offsets = min(blocks // 2 + 1, OFFSETS_MAX)
    step = max(1, ELEMENTS_MAX // (blocks * levels * offsets))
    parts = [_centres(logs[drawn[i : i + step]], offsets) for i in range(0, resamples, step)]
    return numpy.concatenate(parts)


def _centres(samples, offsets):
    """Hodges-Lehmann along axis 1. As the blocks come in random order already, pairs that are at most so many places
    apart stand for all: with few blocks they are all, with many they are enough."""
    pairs = [(samples + numpy.roll(samples, offset, axis=1)) / 2 for offset in range(offsets)]
    return numpy.median(numpy.concatenate(pairs, axis=1), axis=1)


def _parameters(speedups, workers):
    """name → one value a row of speedups."""
    less = 1 - 1 / workers
    # Relative errors of 1/S weigh like those of S: multiply by S.
    amdahl = ((1 / speedups - 1 / workers) * less * speedups**2).sum(1) / ((less * speedups) ** 2).sum(1)
    more = (workers - 1) / speedups
    gustafson = ((workers / speedups - 1) * more).sum(1) / (more**2).sum(1)
    size, alpha, beta = _usl(speedups, workers)
    return {
        "amdahl": numpy.clip(amdahl, 0, 1),
        "gustafson": numpy.clip(gustafson, 0, 1),
        "trend": _trend(speedups, workers),
        "lambda": size,
        "alpha": alpha,
        "beta": beta,
        "best": best_workers(alpha, beta),
    }


def _trend(speedups, workers):
    """By how much Karp and Flatt's fraction rises from N to 2 N, on a least-squares line."""
    several = workers > 1
    fractions = karp_flatt(speedups[:, several], workers[several])
    doublings = numpy.log2(workers[several])
    doublings = doublings - doublings.mean()
    return (fractions * doublings).sum(1) / max((doublings**2).sum(), 1e-12)


def _usl(speedups, workers):
    """lambda, alpha and beta. N / S is linear in 1/lambda, alpha/lambda and beta/lambda; with two bounds the best of
    the four sets of terms that may differ from 0 is the solution."""
    top = workers.max()
    scale = numpy.array([1.0, top - 1, top * (top - 1)])
    terms = numpy.stack([numpy.ones_like(workers), workers - 1, workers * (workers - 1)], axis=1) / scale
    weighted = terms * (speedups / workers)[:, :, None]
    rows = len(speedups)
    best, least = numpy.zeros((rows, 3)), numpy.full(rows, math.inf)
    for size in range(3):
        for others in combinations((1, 2), size):
            kept = [0, *others]
            part = weighted[:, :, kept]
            turned = part.transpose(0, 2, 1)
            solved = numpy.linalg.solve(turned @ part, turned.sum(2)[:, :, None])[:, :, 0]
            cost = (((part * solved[:, None, :]).sum(2) - 1) ** 2).sum(1)
            better = (solved[:, 0] > 0) & (solved[:, 1:] >= 0).all(1) & (cost < least)
            full = numpy.zeros((rows, 3))
            full[:, kept] = solved
            best[better], least[better] = full[better], cost[better]
    best /= scale
    return 1 / best[:, 0], best[:, 1] / best[:, 0], best[:, 2] / best[:, 0]


def best_workers(alpha, beta):
    """The N with the most throughput, not below 1; infinite where throughput only rises."""
    alpha, beta = numpy.asarray(alpha, dtype=float), numpy.asarray(beta, dtype=float)
    with numpy.errstate(divide="ignore", invalid="ignore"):
        found = numpy.sqrt((1 - alpha) / beta)
    return numpy.where(alpha >= 1, 1.0, numpy.maximum(found, 1.0))


def usl(workers, size, alpha, beta):
    workers = numpy.asarray(workers, dtype=float)
    return size * workers / (1 + alpha * (workers - 1) + beta * workers * (workers - 1))


def _misses(speedups, workers, found):
    curves = {
        "amdahl": 1 / (found["amdahl"] + (1 - found["amdahl"]) / workers),
        "gustafson": workers - found["gustafson"] * (workers - 1),
        "usl": usl(workers, found["lambda"], found["alpha"], found["beta"]),
    }
    return {law: float(numpy.abs(curve / speedups - 1).max()) for law, curve in curves.items()}


def _quantiles(values, tail):
    """Order statistics, as values may be infinite."""
    ordered = numpy.sort(values)
    out = math.floor(tail * len(ordered))
    return float(ordered[out]), float(ordered[len(ordered) - 1 - out])


def _tail(blocks):
    """What is cut off at each end for 95 %: less than 2.5 % with few blocks, as resampling makes intervals too narrow
    then. T. Hesterberg, "What Teachers Should Know About the Bootstrap", The American Statistician 69(4), 2015."""
    return 0.5 * math.erfc(math.sqrt(blocks / (blocks - 1)) * student_975(blocks - 1) / math.sqrt(2))


def student_975(freedom):
    """The 97.5 % quantile of Student's t, right to 4 digits from 9 degrees of freedom on (Abramowitz and Stegun,
    "Handbook of Mathematical Functions", 26.7.5)."""
    z = NORMAL_975
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, 1))
