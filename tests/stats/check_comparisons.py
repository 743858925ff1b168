#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks src/stats against numpy, scipy and independent re-implementations, on seeded random data: unpaired
comparisons, streams of values and what is made from intervals. check_against_scipy.py has the rest.

Usage: check_comparisons.py ORACLE_PATH [--seed N] [--sets N]

The oracle (oracle.c) answers one request a line. Exit status: 0 all agree, 1 a mismatch (the data set is printed),
77 numpy or scipy is missing.
"""

import functools
import math
import sys

sys.dont_write_bytecode = True
from harness import ALPHAS, between_ranks, data_sets, np, run, scipy, size, spoiled, stats  # noqa: E402

EXACT_PAIRS_MAX = 2**17
EXACT_ARRANGEMENTS_MAX = 2**100
SCIPY_EXACT_PAIRS_MAX = 300  # scipy's own exact distribution takes long for more


# Independent answers: the Mann-Whitney distribution


@functools.lru_cache(maxsize=None)
def mann_whitney_cumulative(m, n):
    """How many of the C(m + n, m) arrangements have U <= u, exactly: the Gaussian binomial at x = 256^width."""
    width = math.comb(m + n, m).bit_length() // 8 + 1
    above = below = 1
    for i in range(1, min(m, n) + 1):
        above *= (1 << (8 * width * (max(m, n) + i))) - 1
        below *= (1 << (8 * width * i)) - 1
    size_bytes = width * (m * n + 1)
    packed = (above // below).to_bytes(size_bytes, "little")
    counts = []
    total = 0
    for start in range(0, size_bytes // 2 + width, width):
        total += int.from_bytes(packed[start : start + width], "little")
        counts.append(total)
    return counts


def is_exact(m, n):
    return m * n <= EXACT_PAIRS_MAX and math.comb(m + n, m) <= EXACT_ARRANGEMENTS_MAX


def tie_term(values):
    ties = np.unique(values, return_counts=True)[1].astype(float)
    return np.sum(ties**3 - ties)


def deviation(m, n, ties):
    return math.sqrt(m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1))))


@functools.lru_cache(maxsize=None)
def difference_rank(m, n, ties, alpha):
    """K + 1; 0 if there is no interval."""
    if ties == 0 and is_exact(m, n):
        total = math.comb(m + n, m)
        top, bottom = (alpha / 2).as_integer_ratio()
        return sum(1 for count in mann_whitney_cumulative(m, n)[: m * n // 2 + 1] if count * bottom <= top * total)
    return max(0, math.floor(m * n / 2 + deviation(m, n, ties) * stats.norm.ppf(alpha / 2) - 0.5) + 1)


def serial(a, b, a_effective, b_effective):
    """(widening, degrees of freedom), or None if all values count."""
    a_effective, b_effective = a_effective or len(a), b_effective or len(b)
    if a_effective == len(a) and b_effective == len(b):
        return None
    widening = math.sqrt((1 / a_effective + 1 / b_effective) / (1 / len(a) + 1 / len(b)))
    return widening, max(1, a_effective + b_effective - 2)


def student_quantile(alpha, freedom):
    """stats.t.isf, but that has only 8 digits where the degrees of freedom are no whole number."""
    x = scipy.special.betaincinv(freedom / 2, 0.5, alpha)
    return math.sqrt(freedom * (1 - x) / x)


def unpaired_ratio(a, b, alpha, a_effective=0, b_effective=0):
    a, b = np.log(a), np.log(b)
    differences = np.sort((a[:, np.newaxis] - b[np.newaxis, :]).ravel())
    rank = difference_rank(len(a), len(b), tie_term(a) + tie_term(b), alpha)
    interval = np.array(between_ranks(differences, rank, np.median(differences)))
    found = serial(a, b, a_effective, b_effective)
    if found:
        widening, freedom = found
        widening *= student_quantile(alpha, freedom) / stats.norm.isf(alpha / 2)
        interval = interval[0] + widening * (interval - interval[0])
    return np.exp(interval)


def mann_whitney(a, b, a_effective=0, b_effective=0):
    together = np.concatenate([a, b])
    ties = tie_term(together)
    m, n = len(a), len(b)
    if np.all(together == together[0]):
        return 1.0
    found = serial(a, b, a_effective, b_effective)
    if found:
        above = np.sum(np.sign(a[:, np.newaxis] - b[np.newaxis, :])) / 2
        z = (abs(above) - 0.5) / (deviation(m, n, ties) * found[0])
        return scipy.special.betainc(found[1] / 2, 0.5, found[1] / (found[1] + max(z, 0) ** 2))
    if ties > 0 or not is_exact(m, n):
        return stats.mannwhitneyu(a, b, method="asymptotic", use_continuity=True).pvalue
    if m * n <= SCIPY_EXACT_PAIRS_MAX:
        return stats.mannwhitneyu(a, b, method="exact").pvalue
    above = int(np.sum(a[:, np.newaxis] > b[np.newaxis, :]))
    return min(1.0, 2 * mann_whitney_cumulative(m, n)[min(above, m * n - above)] / math.comb(m + n, m))


# Independent answers: streams and intervals


def lag1(values):
    if np.all(values == values[0]):
        return np.nan
    distances = values - np.mean(values)
    return np.sum(distances[1:] * distances[:-1]) / np.sum(distances**2)


def effective_count(n, r):
    if n < 5 or math.isnan(r):
        return n
    r = min(1.0, max(0.0, (n * r + 1) / (n - 4)))
    return min(n, max(2, n * (1 - r) / (1 + r)))


def drift(values, alpha):
    quarter = math.floor(len(values) / 4 + 0.5)
    if quarter == 0:
        return [np.nan] * 4
    first, later = values[:quarter], values[quarter:]
    return [*unpaired_ratio(later, first, alpha), mann_whitney(later, first)]


def warmup_blocks(values):
    quarter = len(values) // 4
    if len(values) < 12:
        return 0
    signed = values - np.median(values[quarter:])
    farthest = np.max(np.abs(signed[quarter:]))
    if abs(signed[0]) <= 2 * farthest:
        return 0
    out = np.sign(signed[0]) * signed[:quarter] > farthest
    return quarter if np.all(out) else int(np.argmin(out))


def binomial_interval(alpha, successes, trials):
    low = stats.beta.ppf(alpha / 2, successes, trials - successes + 1) if successes else 0.0
    high = stats.beta.isf(alpha / 2, successes + 1, trials - successes) if successes < trials else 1.0
    return [successes / trials, low, high]


def geometric_mean(ratios, correlation):
    """The standard error of the mean from the full covariance matrix of the parts."""
    logs = np.log(ratios)
    n = len(ratios)
    correlations = np.full((n, n), correlation) + (1 - correlation) * np.eye(n)
    weights = np.full(n, 1 / n)
    below, above = ((logs[:, 0] - logs[:, 1]) * weights, (logs[:, 2] - logs[:, 0]) * weights)
    centre = np.mean(logs[:, 0])
    low, high = (math.sqrt(np.einsum("i,ij,j", side, correlations, side)) for side in (below, above))
    return np.exp([centre, centre - low, centre + high])


def ratio_of_ratios(a, b):
    a, b = np.log(a), np.log(b)
    centre = a[0] - b[0]
    below = np.linalg.norm([a[0] - a[1], b[2] - b[0]])
    above = np.linalg.norm([a[2] - a[0], b[0] - b[1]])
    return np.exp([centre, centre - below, centre + above])


def blocks_needed(half_width, count, wanted):
    exact = count * (half_width / wanted) ** 2
    return max(count, round(exact) if abs(exact - round(exact)) < 1e-9 * exact else math.ceil(exact))


# Comparisons


def positive_pair(rng, i):
    """Two positive samples; by turns without ties, with ties within and between, all equal, one a copy of the other."""
    m, n = size(rng), size(rng)
    a, b = rng.lognormal(3, 0.5, m), rng.lognormal(3 + rng.choice([0, 0.3, 3]), 0.5, n)
    kind = i % 6
    if kind == 1:
        a, b = np.ceil(a / 5), np.ceil(b / 5)
    if kind == 2:
        a, b = np.full(m, 3.5), np.full(n, rng.choice([3.5, 7.25]))
    if kind == 3:
        a = np.concatenate([b, a])[:m]
    if kind == 4:
        a, b = 10 ** rng.uniform(-12, 12, m), 10 ** rng.uniform(-12, 12, n)
    if kind == 5 and rng.random() < 0.3:
        b = rng.lognormal(3, 0.5, int(rng.integers(150, 400)))
    return a, b


def effective_counts(rng, a, b):
    """None, one or both; now and then just the count."""
    counts = [float(rng.uniform(min(2, len(x)), len(x))) * int(rng.integers(2)) for x in (a, b)]
    if rng.random() < 0.1:
        counts = [float(len(a)), float(len(b))]
    return counts


def add_unpaired(checks, rng, count):
    for i in range(count):
        a, b = positive_pair(rng, i)
        alpha = float(rng.choice(ALPHAS))
        effective = effective_counts(rng, a, b)
        for counts in ((0.0, 0.0), effective):
            streams = (len(a), *counts)
            expected = unpaired_ratio(a, b, alpha, *counts)
            checks.add("unpaired_ratio", (alpha, *streams), (*a, *b), expected, scale=0)
            checks.add("mann_whitney", streams, (*a, *b), mann_whitney(a, b, *counts), scale=0)


def add_streams(checks, rng, count):
    for values in data_sets(rng, count):
        n = len(values)
        if rng.random() < 0.3:
            values = np.cumsum(values)
        r = lag1(values)
        checks.add("lag1", (), values, r, scale=1)
        guess = float(rng.choice([-1.0, 1.0, np.nan, rng.uniform(-1, 1)]))
        checks.add("effective_count", (n, guess), (), effective_count(n, guess), scale=0)
        alpha = float(rng.choice(ALPHAS))
        positive = np.abs(values) + 0.5
        checks.add("drift", (alpha,), positive, drift(positive, alpha), scale=0)
        if rng.random() < 0.5:
            values[: int(rng.integers(0, n // 4 + 2))] += rng.choice([-1, 1]) * rng.uniform(0, 4) * np.ptp(values)
        checks.add("warmup_blocks", (), values, warmup_blocks(values))


def random_ratio(rng):
    logs = rng.normal(0, 0.5) + np.array([0, -rng.exponential(0.1), rng.exponential(0.1)])
    return np.exp(logs if rng.random() < 0.95 else logs[[0, 0, 0]])


def add_intervals(checks, rng, count):
    for i in range(count):
        trials = 1 + int(10 ** rng.uniform(0, 2 + 4 * (i % 2)))
        successes = int(rng.choice([0, 1, trials // 2, trials - 1, trials, rng.integers(trials + 1)]))
        alpha = float(rng.choice(ALPHAS))
        expected = binomial_interval(alpha, successes, trials)
        checks.add("binomial_interval", (alpha, successes, trials), (), expected, scale=0)
        ratios = np.array([random_ratio(rng) for _ in range(size(rng))])
        correlation = float(rng.choice([0.0, 0.0, 0.5, 1.0, rng.random()]))
        if i % 10 == 3:
            ratios[rng.integers(len(ratios)), 1:] = np.nan
        expected = geometric_mean(ratios, correlation)
        checks.add("geometric_mean", (correlation,), ratios.ravel(), expected, scale=0)
        a, b = random_ratio(rng), random_ratio(rng)
        checks.add("ratio_of_ratios", (), (*a, *b), ratio_of_ratios(a, b), scale=0)
        half_width = float(rng.choice([0.0, 0.03, 0.1, rng.random()]))
        wanted = float(rng.choice([0.01, 0.02, rng.uniform(0.001, 0.5)]))
        n = size(rng)
        checks.add("blocks_needed", (half_width, n, wanted), (), blocks_needed(half_width, n, wanted))


def add_refusals(checks, rng, count):
    for i in range(count):
        a, b = positive_pair(rng, i)
        good = (len(a), 0, 0)
        bad = (*spoiled(rng, a), *b) if i % 2 else (*a, *spoiled(rng, b))
        negative = np.array([*a, *b])
        negative[rng.integers(negative.size)] = rng.choice([0.0, -1.0])
        checks.add("unpaired_ratio", (0.05, *good), bad, "error EINVAL")
        checks.add("unpaired_ratio", (0.05, *good), negative, "error EDOM")
        checks.add("drift", (0.05,), negative, "error EDOM")
        checks.add("drift", (0.05,), bad, "error EINVAL")
        checks.add("mann_whitney", good, bad, "error EINVAL")
        for effective in (0.5, -1.0, len(a) + 0.5, np.nan, np.inf):
            checks.add("unpaired_ratio", (0.05, len(a), effective, 0), (*a, *b), "error EINVAL")
            checks.add("mann_whitney", (len(a), effective, 0), (*a, *b), "error EINVAL")
        checks.add("lag1", (), spoiled(rng, a), "error EINVAL")
        checks.add("warmup_blocks", (), spoiled(rng, a), "error EINVAL")
        checks.add("geometric_mean", (0.0, 2, 1, 3), (spoiled(rng, [1.0])[0], 1, 1), "error EINVAL")
        checks.add("blocks_needed", (spoiled(rng, [1.0])[0], 10, 0.02), (), "error EINVAL")


def add_large(checks, rng):
    """The last exact distributions, the first approximate ones, and many values."""
    for m, n in ((51, 52), (52, 52), (53, 53), (8, 16000), (8, 17000), (1, 5000), (2, 3000), (900, 1100)):
        a, b = rng.lognormal(0, 1, m), rng.lognormal(0.1, 1, n)
        checks.add("unpaired_ratio", (0.05, m, 0, 0), (*a, *b), unpaired_ratio(a, b, 0.05), scale=0)
        checks.add("mann_whitney", (m, 0, 0), (*a, *b), mann_whitney(a, b), scale=0)


# Coverage


def unpaired_coverage(m, n):
    """1 - 2 P(beyond one end): exact for continuous data, and at least 0.95."""
    return 1 - 2 * mann_whitney_cumulative(m, n)[difference_rank(m, n, 0.0, 0.05) - 1] / math.comb(m + n, m)


def draw_unpaired(rng, m, n):
    return (*(1.3 * rng.lognormal(0, 0.4, m)), *rng.lognormal(0, 0.4, n))


def simulations():
    return [
        (
            f"{m} and {n} values, lognormal",
            "unpaired_ratio",
            (0.05, m, 0, 0),
            1.3,
            unpaired_coverage(m, n),
            functools.partial(draw_unpaired, m=m, n=n),
        )
        for m, n in ((4, 4), (3, 9), (10, 10), (20, 15), (35, 35))
    ]


def fill(checks, rng, sets):
    add_unpaired(checks, rng, sets)
    add_streams(checks, rng, sets)
    add_intervals(checks, rng, sets)
    add_refusals(checks, rng, max(1, sets // 10))
    add_large(checks, rng)


if __name__ == "__main__":
    sys.exit(run("Check comparisons, streams and intervals of src/stats.", fill, simulations()))
