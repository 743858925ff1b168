#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks src/stats against numpy, scipy and independent re-implementations, on seeded random data.

Usage: check_against_scipy.py ORACLE_PATH [--seed N] [--sets N]

The oracle (oracle.c) answers one request a line. Exit status: 0 all agree, 1 a mismatch (the data set is printed),
77 numpy or scipy is missing.
"""

import argparse
import functools
import math
import subprocess
import sys
import warnings

try:
    import numpy as np
    from scipy import stats
except ImportError as error:
    print(f"skipped: this Python cannot check the statistics: {error}")
    sys.exit(77)

RELATIVE = 1e-9  # of the result
ABSOLUTE = 1e-14  # of the largest value: for results near 0
ALPHAS = (0.05, 0.05, 0.05, 0.01, 0.1, 0.32)
REPORTED_MAX = 5
REPORTED_CHARACTERS_MAX = 20_000  # of one data set; the seed makes the rest again
COVERAGE_SETS = 2000
COVERAGE_CHANCE = 1e-5  # of a false alarm, each way and each simulation


class Checks:
    """Requests with the answers they should get; put to the oracle all at once."""

    def __init__(self):
        self.lines = []
        self.expected = []

    def add(self, function, arguments, values, expected):
        numbers = [repr(float(number)) for number in (*arguments, *values)]
        self.lines.append(" ".join([function, *numbers]))
        self.expected.append(expected)

    def ask(self, oracle):
        text = "\n".join(self.lines) + "\n"
        done = subprocess.run([oracle], input=text, capture_output=True, text=True, timeout=300, check=False)
        answers = done.stdout.splitlines()
        if done.returncode != 0 or len(answers) != len(self.lines):
            sys.exit(
                f"{oracle} gave {len(answers)} answers to {len(self.lines)} requests "
                f"and ended with status {done.returncode}: {done.stderr.strip()}"
            )
        return answers

    def mismatches(self, oracle):
        found = []
        for line, expected, answer in zip(self.lines, self.expected, self.ask(oracle)):
            if not agrees(answer, expected, line):
                found.append(f"expected: {expected}\nanswer:   {answer}\nrequest:  {line}")
        return found


def agrees(answer, expected, line):
    if isinstance(expected, str):
        return answer == expected
    if answer.startswith("error"):
        return False
    got = np.array([float(word) for word in answer.split()])
    want = np.atleast_1d(np.asarray(expected, dtype=float))
    if got.shape != want.shape:
        return False
    scale = np.max(np.abs([float(word) for word in line.split()[1:]]))
    close = np.abs(got - want) <= RELATIVE * np.abs(want) + ABSOLUTE * scale
    return bool(np.all(close | (np.isnan(got) & np.isnan(want))))


# Data


def mixture(rng, n):
    """Mostly quiet, with a slow mode now and then, as timings are."""
    return np.where(rng.random(n) < 0.8, rng.normal(100, 1, n), rng.normal(160, 20, n))


def with_zeros(rng, n):
    return np.where(rng.random(n) < 0.3, 0.0, rng.normal(0.2, 1, n))


KINDS = {
    "normal": lambda rng, n: rng.normal(0.3, 1, n),
    "lognormal": lambda rng, n: rng.lognormal(10, 1, n),
    "mixture": mixture,
    "heavy tails": lambda rng, n: rng.standard_t(1.5, n),
    "ties": lambda rng, n: rng.integers(-4, 8, n).astype(float),
    "ties without zeros": lambda rng, n: rng.choice([-2.0, -1.0, 1.0, 2.0, 3.0], n),
    "zeros": with_zeros,
    "all equal": lambda rng, n: np.full(n, rng.choice([-3.7, 0.0, 1e-9, 1e12])),
    "wide range": lambda rng, n: rng.choice([-1, 1], n) * 10 ** rng.uniform(-12, 12, n),
}


def size(rng):
    """Mostly what runs have; n = 1 and very few often enough, some with hundreds."""
    draw = rng.random()
    if draw < 0.04:
        return 1
    if draw < 0.2:
        return int(rng.integers(2, 8))
    if draw < 0.95:
        return int(rng.integers(6, 70))
    return int(rng.integers(70, 201))


def data_sets(rng, count):
    kinds = list(KINDS.values())
    for i in range(count):
        yield kinds[i % len(kinds)](rng, size(rng))


def spoiled(rng, values):
    values = np.array(values)
    values[rng.integers(values.size)] = rng.choice([np.nan, np.inf, -np.inf])
    return values


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
    if n > 1000:
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


def between_ranks(ordered, rank, estimate):
    if rank == 0:
        return [estimate, np.nan, np.nan]
    return [estimate, ordered[rank - 1], ordered[len(ordered) - rank]]


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
        checks.add("signed_rank", (), values, signed_rank(values))


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
        checks.add("paired_ratio", (alpha,), (*a, *b), expected)


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
    for n in (201, 1000, 1001, 3000):
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
    if function == "median_interval":
        return 1 - 2 * stats.binom.cdf(median_rank(n, 0.05) - 1, n, 0.5)
    return 1 - 2 * signed_rank_cumulative(n)[walsh_rank(n, 0.05) - 1] / 2**n


COVERAGE = (
    ("median_interval", "lognormal", 1.0, lambda rng, n: rng.lognormal(0, 1.5, n)),
    ("paired_difference", "heavy tails", 0.3, lambda rng, n: 0.3 + rng.standard_t(2, n)),
    ("paired_ratio", "lognormal", 1.2, lambda rng, n: (*(1.2 * rng.lognormal(0, 0.2, n)), *np.ones(n))),
)


def check_coverage(oracle, rng):
    """How often the intervals hold the truth; returns (simulations, what went wrong)."""
    simulations = [(*each, n) for each in COVERAGE for n in (6, 10, 20, 35)]
    checks = Checks()
    for function, _, truth, draw, n in simulations:
        for _ in range(COVERAGE_SETS):
            checks.add(function, (0.05,), draw(rng, n), truth)
    answers = iter(checks.ask(oracle))
    wrong = []
    for function, kind, truth, _, n in simulations:
        covered = 0
        for _ in range(COVERAGE_SETS):
            _, low, high = (float(word) for word in next(answers).split())
            covered += low <= truth <= high
        intended = intended_coverage(function, n)
        least, most = stats.binom.ppf([COVERAGE_CHANCE, 1 - COVERAGE_CHANCE], COVERAGE_SETS, intended)
        if intended < 0.95 or not least <= covered <= most:
            wrong.append(
                f"coverage: {function} of {n} values, {kind}: the truth was in {covered} of {COVERAGE_SETS} "
                f"intervals; {least:.0f} to {most:.0f} were to be expected of {intended:.4f}"
            )
    return len(simulations), wrong


def parse_arguments():
    parser = argparse.ArgumentParser(description="Check src/stats against numpy and scipy.")
    parser.add_argument("oracle", help="path of the program built from oracle.c")
    parser.add_argument("--seed", type=int, default=20240607)
    parser.add_argument("--sets", type=int, default=1100, help="random data sets for each function")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    rng = np.random.default_rng(arguments.seed)
    warnings.simplefilter("ignore")  # scipy warns of small samples in the normal approximation
    checks = Checks()
    add_figures(checks, rng, arguments.sets)
    add_refusals(checks, rng, max(1, arguments.sets // 10))
    add_ratios(checks, rng, arguments.sets)
    add_holm(checks, rng, arguments.sets)
    add_verdicts(checks, rng, arguments.sets)
    add_large(checks, rng)
    wrong = checks.mismatches(arguments.oracle)
    simulations, uncovered = check_coverage(arguments.oracle, rng)
    wrong += uncovered
    for text in wrong[:REPORTED_MAX]:
        print(text[:REPORTED_CHARACTERS_MAX], file=sys.stderr)
    print(
        f"{len(checks.lines)} comparisons with numpy {np.__version__} and scipy and {simulations} coverage "
        f"simulations of {COVERAGE_SETS} intervals, seed {arguments.seed}: {len(wrong)} wrong"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
