#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Does tvp's harness add to what a creation costs? It is set beside a loop that was written by hand (by_hand.c).

    test_by_hand.py TVP BY-HAND

Pairs of a short run of tvp and short runs of the loop, in random order: the median of their ratios may be a tenth off.
Exit status: 0 it is not further off, 1 it is, or something failed, 77 the machine is too busy to tell.
"""
import csv
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

# What tvp calls it, what the loop calls it, and how many make a few milliseconds.
KINDS = (("thread", "thread", 500), ("fork", "fork", 100), ("spawn-static", "spawn", 100))
# These do not say when they began and were done: what that costs, for information.
BARE = (("thread", "bare-thread", 500), ("fork", "bare-fork", 100))
TINY = "tvp-tiny-static"

TOLERANCE = 1.1
# Pairs are added until all medians are known to within a few percent: that says nothing about what they are.
PAIRS_MIN, PAIRS_MAX, SECONDS_MAX, PRECISION = 12, 60, 25, 1.04


def interval(logs):
    """The median's, from order statistics: 95 %."""
    logs, below, rank = sorted(logs), 0.0, 0
    while True:
        below += math.comb(len(logs), rank) / 2 ** len(logs)
        if below > 0.025:
            break
        rank += 1
    return (-math.inf, math.inf) if rank == 0 else (logs[rank - 1], logs[-rank])


def settings(tvp):
    """Each at its initial value: a parent that is nothing special."""
    listed = json.loads(subprocess.run([tvp, "list", "experiments", "--json"], check=True, stdout=subprocess.PIPE).stdout)
    create = next(entry for entry in listed["experiments"] if entry["name"] == "create")
    return [word for setting in create["settings"] for word in ("--set", "%(name)s=%(default)s" % setting)]


class Pairs:
    def __init__(self, tvp, by_hand, folder):
        self.by_hand, self.folder = by_hand, folder
        self.tiny = os.path.join(os.path.dirname(tvp), TINY)
        self.command = [tvp, "run", "create", "--placement", "same-core", "--max-blocks", "1", "--budget", "2s",
                        "--executors", ",".join(name for name, _, _ in KINDS)] + settings(tvp)
        self.runs = 0
        self.logs = {hand: [] for _, hand, _ in KINDS + BARE}
        self.times = {hand: [] for _, hand, _ in KINDS + BARE}
        self.cpu = self.run_tvp()[1]

    def run_tvp(self):
        """Medians of the batches of a run, and the CPU that its workers were bound to."""
        self.runs += 1
        out = os.path.join(self.folder, str(self.runs))
        subprocess.run(self.command + ["--out", out], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(os.path.join(out, "samples.csv"), encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if (row["experiment"], row["figure"]) == ("create", "reaped")]
        failed = [row["cell"] + ": " + row["reason"] for row in rows if row["status"] not in ("ok", "invalid")]
        if failed:
            sys.exit("a cell was not measured: " + failed[0])
        medians = {name: statistics.median(float(row["value"]) for row in rows if row["executor"] == name)
                   for name, _, _ in KINDS}
        return medians, rows[0]["cpuset"]

    def run_by_hand(self, kind, count):
        command = [self.by_hand, kind, str(count), self.cpu, self.tiny, "3", "0"]
        out = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        return statistics.median(float(line) for line in out.split())

    def add(self):
        """One pair: tvp comes first or last."""
        order = random.sample(KINDS + BARE, len(KINDS + BARE))
        first = self.run_tvp()[0] if random.random() < 0.5 else None
        loop = {hand: self.run_by_hand(hand, count) for _, hand, count in order}
        harness = first or self.run_tvp()[0]
        for name, hand, _ in KINDS + BARE:
            self.logs[hand].append(math.log(harness[name] / loop[hand]))
            self.times[hand].append((harness[name], loop[hand]))

    def width(self):
        """Half of the widest interval."""
        return max((high - low) / 2 for low, high in (interval(self.logs[hand]) for _, hand, _ in KINDS))

    def verdict(self, hand):
        low, high = interval(self.logs[hand])
        limit = math.log(TOLERANCE)
        if high - low <= 2 * limit and abs(statistics.median(self.logs[hand])) <= limit:
            return "the same"
        return "different" if low > limit or high < -limit else "this machine is too busy to tell"

    def print(self, hand):
        low, high = interval(self.logs[hand])
        print("%-12s %8.2f µs by tvp %8.2f µs by hand: ratio %.3f, from %.3f to %.3f"
              % (hand, *(statistics.median(column) / 1000 for column in zip(*self.times[hand])),
                 math.exp(statistics.median(self.logs[hand])), math.exp(low), math.exp(high)))


def prefer():
    """What else runs here is to disturb neither side, if we may decide that."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except OSError:
        pass


def main():
    seed = random.randrange(2 ** 32)
    random.seed(seed)
    end = time.monotonic() + SECONDS_MAX
    prefer()
    if not os.access(os.path.join(os.path.dirname(sys.argv[1]), TINY), os.X_OK):
        print("this build has no " + TINY)
        return 77
    with tempfile.TemporaryDirectory(prefix="tvp-by-hand-") as folder:
        pairs = Pairs(*sys.argv[1:3], folder)
        for count in range(1, PAIRS_MAX + 1):
            pairs.add()
            if count >= PAIRS_MIN and (pairs.width() <= math.log(PRECISION) or time.monotonic() > end):
                break
    print("%d pairs, seed %d" % (count, seed))
    for _, hand, _ in KINDS + BARE:
        pairs.print(hand)
    verdicts = {hand: pairs.verdict(hand) for _, hand, _ in KINDS}
    for hand, verdict in verdicts.items():
        print("%s: %s" % (hand, verdict))
    return 1 if "different" in verdicts.values() else 0 if set(verdicts.values()) == {"the same"} else 77


if __name__ == "__main__":
    sys.exit(main())
