#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks src/stats against numpy, scipy and independent re-implementations, on seeded random data: figures of one set
of values and of pairs. check_comparisons.py has the rest.

Usage: check_against_scipy.py ORACLE_PATH [--seed N] [--sets N]

The oracle (oracle.c) answers one request a line. Exit status: 0 all agree, 1 a mismatch (the data set is printed),
77 numpy or scipy is missing.
"""

import functools
import math
import sys
from fractions import Fraction

sys.dont_write_bytecode = True
from harness import ALPHAS, between_ranks, data_sets, np, run, size, spoiled, stats  # noqa: E402


# Independent answers


@functools.lru_cache(maxsize=None)
def signed_rank_cumulative(n):
    """How many of the 2^n sign patterns have T+ <= t, exactly: the product of (1 + x^i) at x = 256^width."""
    width = n // 8 + 1
    product = 1
    for i in range(1, n + 1):
        product += product << (8 * width * i)
    size_bytes = width * (n * (n + 1) // 2 + 1)
    packed = product.to_bytes(size_bytes, "little")
    counts = []
    total = 0
    for start in range(0, size_bytes, width):
        total += int.from_bytes(packed[start : start + width], "little")
        counts.append(total)
    return counts


@functools.lru_cache(maxsize=None)
def walsh_rank(n, alpha):
    """K + 1; 0 if there is no interval."""
    if n > 300:
        mean = n * (n + 1) / 4
        deviation = math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        return math.floor(mean + deviation * stats.norm.ppf(alpha / 2) - 0.5) + 1
    if n > 200:
        chance = np.zeros(n * (n + 1) // 2 + 1)
        chance[0] = 1.0
        for i in range(1, n + 1):
            chance = 0.5 * (chance + np.concatenate([np.zeros(i), chance[:-i]]))
        return int(np.sum(np.cumsum(chance) <= alpha / 2))
    top, bottom = (alpha / 2).as_integer_ratio()
    return sum(1 for count in signed_rank_cumulative(n) if count * bottom <= top << n)


@functools.lru_cache(maxsize=None)
def median_rank(n, alpha):
    return int(np.sum(stats.binom.cdf(np.arange(n), n, 0.5) <= alpha / 2))


def median_interval(values, alpha):
    return between_ranks(np.sort(values), median_rank(len(values), alpha), np.median(values))


def paired_difference(values, alpha):
    sums = values[:, np.newaxis] + values[np.newaxis, :]
    walsh = np.sort(sums[np.triu_indices(len(values))] / 2)
    return between_ranks(walsh, walsh_rank(len(values), alpha), np.median(walsh))


def paired_ratio(a, b, alpha):
    return np.exp(paired_difference(np.log(a) - np.log(b), alpha))


def wilcoxon_approximate(values):
    """scipy has renamed the method, so try both names."""
    for method in ("asymptotic", "approx"):
        try:
            return stats.wilcoxon(values, zero_method="wilcox", correction=True, method=method).pvalue
        except ValueError:
            continue
    raise ValueError("scipy.stats.wilcoxon knows neither method")


def signed_rank(values):
    if not np.any(values):
        return 1.0
    distinct = np.all(values != 0) and len(np.unique(np.abs(values))) == len(values)
    if distinct and len(values) <= 50:
        return stats.wilcoxon(values, method="exact").pvalue
    return wilcoxon_approximate(values)


def holm(p):
    """No sort and no running maximum: straight from the definition."""
    at_least = np.sum(p[np.newaxis, :] >= p[:, np.newaxis], axis=1)
    scaled = np.minimum(1.0, p * at_least)
    return [np.max(scaled[p <= one]) for one in p]


def verdict(margin, lower_is_better, low, high):
    above, below = low > 1 + margin, high < 1 / (1 + margin)
    if above or below:
        return "slower" if above == lower_is_better else "faster"
    return "equivalent" if low >= 1 / (1 + margin) and high <= 1 + margin else "inconclusive"


def tail(values, p):
    beyond = round(len(values) * min(p, 1 - p), 6)
    return np.quantile(values, p) if beyond >= 10 else np.nan


# Comparisons


def add_figures(checks, rng, count):
    """Functions of one set of values."""
    for values in data_sets(rng, count):
        p = float(rng.choice([0.0, 0.25, 0.5, 0.9, 0.99, 1.0, rng.random()]))
        alpha = float(rng.choice(ALPHAS))
        checks.add("minimum", (), values, np.min(values))
        checks.add("median", (), values, np.median(values))
        checks.add("mad", (), values, stats.median_abs_deviation(values))
        checks.add("quantile", (p,), values, np.quantile(values, p))
        checks.add("tail", (p,), values, tail(values, p))
        checks.add("median_interval", (alpha,), values, median_interval(values, alpha))
        checks.add("paired_difference", (alpha,), values, paired_difference(values, alpha))
        checks.add("signed_rank", (), values, signed_rank(values), scale=1)


def add_refusals(checks, rng, count):
    for values in data_sets(rng, count):
        bad = spoiled(rng, values)
        for function in ("minimum", "median", "mad", "signed_rank"):
            checks.add(function, (), bad, "error EINVAL")
        for function in ("quantile", "tail", "median_interval", "paired_difference"):
            checks.add(function, (0.5,), bad, "error EINVAL")
        good = np.abs(values) + 1
        checks.add("paired_ratio", (0.05,), (*good, *bad), "error EINVAL")
        checks.add("holm", (), spoiled(rng, rng.random(len(values))), "error EINVAL")


def add_censored(checks, rng, count):
    """Values of which some are only known to lie beyond an end."""
    for values in data_sets(rng, count):
        alpha = float(rng.choice(ALPHAS))
        low, high = np.sort(np.quantile(values, rng.random(2)))
        seen = np.where(values < low, -np.inf, np.where(values > high, np.inf, values))
        checks.add("median_interval_censored", (alpha,), seen, median_interval(seen, alpha))
        seen[rng.integers(seen.size)] = np.nan
        checks.add("median_interval_censored", (alpha,), seen, "error EINVAL")


def crossing(x, y):
    """Linear interpolation the other way round: x as a function of y, on the last piece that rises above 0."""
    if np.all(y > 0):
        return -np.inf
    if y[-1] <= 0:
        return np.inf
    last = np.max(np.flatnonzero(y <= 0))
    return np.interp(0, y[last : last + 2], x[last : last + 2])


def add_crossings(checks, rng, count):
    for i in range(count):
        n = int(rng.integers(1, 16))
        x = np.cumsum(rng.lognormal(0, 2, n)) - rng.uniform(0, 20)
        y = rng.normal(0, 1, n) + np.sort(rng.normal(0, 3, n))
        if i % 4 == 1:
            y = np.round(y)
        if i % 4 == 2:
            y = np.abs(y) * rng.choice([-1, 1])
        x, y = (x, y) if np.all(np.diff(x) > 0) else (np.arange(n, dtype=float), y)
        checks.add("crossing", (), (*x, *y), crossing(x, y), scale=np.max(np.abs(x)))
        checks.add("crossing", (), (*x, *spoiled(rng, y)), "error EINVAL")
        checks.add("crossing", (), (*spoiled(rng, x), *y), "error EINVAL")
        if n > 1:
            checks.add("crossing", (), (*x[::-1], *y), "error EINVAL")


def line(x, y, noise):
    """The normal equations, solved in fractions: exact, so there is no question which of the two is less so."""
    weights = [1 / Fraction(one) ** 2 for one in noise]
    points = [(weight, Fraction(a), Fraction(b)) for weight, a, b in zip(weights, x, y)]
    s, sx, sy = sum(weights), sum(w * a for w, a, _ in points), sum(w * b for w, _, b in points)
    sxx, sxy = sum(w * a * a for w, a, _ in points), sum(w * a * b for w, a, b in points)
    slope = (s * sxy - sx * sy) / (s * sxx - sx * sx)
    return [float((sy - slope * sx) / s), float(slope)]


def add_lines(checks, rng, count):
    """Costs along a parent's memory, then anything: lines that do not fit, noise that has nothing to do with y."""
    for i in range(count):
        n = int(rng.integers(2, 12))
        x = np.cumsum(rng.integers(1, 512, n)).astype(float) - (1 if i % 2 else 0)
        y = (rng.uniform(10, 1e6) + rng.uniform(0, 1e5) * x) * rng.lognormal(0, 0.1, n)
        noise = y
        if i % 4 == 1:
            y, noise = rng.normal(0, 100, n), rng.lognormal(0, 2, n)
        if i % 4 == 2:
            x = rng.permutation(x) * rng.choice([1e-30, 1e30])
        if i % 4 == 3:
            x, y, noise = np.repeat(x, 3), np.repeat(y, 3) * rng.lognormal(0, 0.1, 3 * n), np.repeat(noise, 3)
        checks.add("line", (), (*x, *y, *noise), line(x, y, noise), scale=0)
        if i % 4 == 0:
            checks.add("line", (), (*x, *y, *noise), np.polyfit(x, y, 1, w=1 / noise)[::-1], scale=0)
        checks.add("line", (), (*spoiled(rng, x), *y, *noise), "error EINVAL")
        checks.add("line", (), (*x, *spoiled(rng, y), *noise), "error EINVAL")
        checks.add("line", (), (*x, *y, *spoiled(rng, noise)), "error EINVAL")
        checks.add("line", (), (*np.full(x.size, x[0]), *y, *noise), "error EINVAL")
        noise = np.array(noise)
        noise[rng.integers(noise.size)] = rng.choice([0.0, -1.0])
        checks.add("line", (), (*x, *y, *noise), "error EDOM")


def add_ratios(checks, rng, count):
    for i in range(count):
        n = size(rng)
        alpha = float(rng.choice(ALPHAS))
        b = rng.lognormal(rng.uniform(-20, 20), 1, n)
        a = b * rng.lognormal(0.05, 0.1, n)
        if i % 5 == 1:
            a, b = np.ceil(a), np.ceil(b)
        if i % 5 == 2:
            a = b.copy()
        if i % 5 == 3:
            a[rng.integers(n)] = rng.choice([0.0, -1.0])
        expected = paired_ratio(a, b, alpha) if np.all(a > 0) else "error EDOM"
        checks.add("paired_ratio", (alpha,), (*a, *b), expected, scale=1)


def add_holm(checks, rng, count):
    for i in range(count):
        p = rng.random(size(rng)) ** rng.choice([1, 4, 12])
        if i % 3 == 1:
            p = np.round(p, 1)
        if i % 10 == 2:
            p[:] = p[0]
        checks.add("holm", (), p, holm(p))


def add_verdicts(checks, rng, count):
    for _ in range(count):
        margin = float(rng.choice([0.0, 0.02, 0.05, 0.5]))
        ends = np.sort(np.exp(rng.normal(0, rng.choice([0.01, 0.05, 0.5]), 2)))
        lower = bool(rng.integers(2))
        checks.add("verdict", (margin, lower), ends, verdict(margin, lower, *ends))


def add_large(checks, rng):
    """The last exact distribution, the first approximate one, and more values than their averages would fit."""
    for n in (201, 300, 301, 3000):
        values = rng.normal(0.1, 1, n)
        checks.add("paired_difference", (0.05,), values, paired_difference(values, 0.05))
        checks.add("signed_rank", (), values, signed_rank(values))
        checks.add("median_interval", (0.05,), values, median_interval(values, 0.05))
    n = 100_000
    values = rng.permutation(n).astype(float)
    rank = walsh_rank(n, 0.05)
    low = next(s for s in range(2 * math.isqrt(rank) - 3, n) if (s + 2) ** 2 // 4 >= rank) / 2
    checks.add("paired_difference", (0.05,), values, [(n - 1) / 2, low, n - 1 - low])
    checks.add("median_interval", (0.05,), values, median_interval(values, 0.05))


# Coverage


def intended_coverage(function, n):
    """1 - 2 P(beyond one end): exact for continuous (and, of differences, symmetric) data, and at least 0.95."""
    if function.startswith("median_interval"):
        return 1 - 2 * stats.binom.cdf(median_rank(n, 0.05) - 1, n, 0.5)
    return 1 - 2 * signed_rank_cumulative(n)[walsh_rank(n, 0.05) - 1] / 2**n


def censored(rng, n):
    values = rng.normal(0.3, 1, n)
    return np.where(values < -0.5, -np.inf, np.where(values > 0.8, np.inf, values))


COVERAGE = (
    ("median_interval_censored", "normal, cut off", 0.3, censored),
    ("median_interval", "lognormal", 1.0, lambda rng, n: rng.lognormal(0, 1.5, n)),
    ("paired_difference", "heavy tails", 0.3, lambda rng, n: 0.3 + rng.standard_t(2, n)),
    ("paired_ratio", "lognormal", 1.2, lambda rng, n: (*(1.2 * rng.lognormal(0, 0.2, n)), *np.ones(n))),
)


def simulations():
    return [
        (f"{n} values, {kind}", function, (0.05,), truth, intended_coverage(function, n), functools.partial(draw, n=n))
        for function, kind, truth, draw in COVERAGE
        for n in (6, 10, 20, 35)
    ]


def fill(checks, rng, sets):
    add_figures(checks, rng, sets)
    add_refusals(checks, rng, max(1, sets // 10))
    add_censored(checks, rng, sets // 2)
    add_crossings(checks, rng, sets // 2)
    add_lines(checks, rng, sets // 2)
    add_ratios(checks, rng, sets)
    add_holm(checks, rng, sets)
    add_verdicts(checks, rng, sets)
    add_large(checks, rng)


if __name__ == "__main__":
    sys.exit(run("Check src/stats against numpy and scipy.", fill, simulations()))
