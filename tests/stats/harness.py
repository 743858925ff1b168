# SPDX-License-Identifier: MIT
"""What the checks of src/stats share: asking the oracle (oracle.c), seeded random data, the report.

Importing it ends the program with status 77 where numpy or scipy is missing.
"""

import argparse
import subprocess
import sys
import warnings

try:
    import numpy as np
    import scipy.special
    from scipy import stats
except ImportError as error:
    print(f"skipped: this Python cannot check the statistics: {error}")
    sys.exit(77)

RELATIVE = 1e-9  # of the result
ABSOLUTE = 1e-14  # of the largest value, or of the scale that is given: for results near 0
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
        self.scales = []

    def add(self, function, arguments, values, expected, scale=None):
        """A result that does not grow with the values has a scale of its own."""
        numbers = [repr(float(number)) for number in (*arguments, *values)]
        self.lines.append(" ".join([function, *numbers]))
        self.expected.append(expected)
        self.scales.append(scale)

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
        for line, expected, scale, answer in zip(self.lines, self.expected, self.scales, self.ask(oracle)):
            if not agrees(answer, expected, line, scale):
                found.append(f"expected: {expected}\nanswer:   {answer}\nrequest:  {line}")
        return found


def agrees(answer, expected, line, scale):
    if isinstance(expected, str):
        return answer == expected
    if answer.startswith("error"):
        return False
    got = np.array([float(word) for word in answer.split()])
    want = np.atleast_1d(np.asarray(expected, dtype=float))
    if got.shape != want.shape:
        return False
    if scale is None:
        numbers = np.abs([float(word) for word in line.split()[1:]])
        scale = np.max(numbers[np.isfinite(numbers)], initial=0)
    close = np.isfinite(want) & (np.abs(got - want) <= RELATIVE * np.abs(want) + ABSOLUTE * scale)
    return bool(np.all(close | (got == want) | (np.isnan(got) & np.isnan(want))))


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


def between_ranks(ordered, rank, estimate):
    """An interval from the rank-th least number to the rank-th greatest; there is none if the rank is 0."""
    if rank == 0:
        return [estimate, np.nan, np.nan]
    return [estimate, ordered[rank - 1], ordered[len(ordered) - rank]]


# Coverage


def check_coverage(oracle, rng, simulations):
    """How often intervals hold the truth. A simulation is (what it is, function, arguments, truth, intended, draw)."""
    checks = Checks()
    for _, function, arguments, truth, _, draw in simulations:
        for _ in range(COVERAGE_SETS):
            checks.add(function, arguments, draw(rng), truth)
    answers = iter(checks.ask(oracle))
    wrong = []
    for what, function, _, truth, intended, _ in simulations:
        covered = 0
        for _ in range(COVERAGE_SETS):
            _, low, high = (float(word) for word in next(answers).split())
            covered += low <= truth <= high
        least, most = stats.binom.ppf([COVERAGE_CHANCE, 1 - COVERAGE_CHANCE], COVERAGE_SETS, intended)
        if intended < 0.95 or not least <= covered <= most:
            wrong.append(
                f"coverage: {function} of {what}: the truth was in {covered} of {COVERAGE_SETS} "
                f"intervals; {least:.0f} to {most:.0f} were to be expected of {intended:.4f}"
            )
    return wrong


# The program


def run(description, fill, simulations):
    """`fill(checks, rng, sets)` adds the comparisons. Exit status: 0 all agree, 1 a mismatch (its data are printed)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("oracle", help="path of the program built from oracle.c")
    parser.add_argument("--seed", type=int, default=20240607)
    parser.add_argument("--sets", type=int, default=1100, help="random data sets for each function")
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    warnings.simplefilter("ignore")  # scipy warns of small samples in the normal approximation
    checks = Checks()
    fill(checks, rng, arguments.sets)
    wrong = checks.mismatches(arguments.oracle)
    wrong += check_coverage(arguments.oracle, rng, simulations)
    for text in wrong[:REPORTED_MAX]:
        print(text[:REPORTED_CHARACTERS_MAX], file=sys.stderr)
    print(
        f"{len(checks.lines)} comparisons with numpy {np.__version__} and scipy {scipy.__version__} and "
        f"{len(simulations)} coverage simulations of {COVERAGE_SETS} intervals, seed {arguments.seed}: "
        f"{len(wrong)} wrong"
    )
    return 1 if wrong else 0
