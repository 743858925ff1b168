#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Made-up answers of `tvp compare --json` to test pictures with: plausible numbers, no measurement.

    python3 synthetic_comparison.py FOLDER     one file a case
"""
import json
import math
import os
import random
import sys

EXECUTORS = ("thread", "fork", "spawn")
KERNELS = ("noop", "syscall", "page-fault", "futex-round-trip")
COST = {"thread": 1.0, "fork": 7.9, "spawn": 38.0}


def label_of(index):
    return chr(ord("A") + index)


class Answer:
    """Collects lines; every one is in all runs until something is done about it."""

    def __init__(self, seed, mode="runs", runs=2, margin=0.02):
        self.random = random.Random(seed)
        self.margin = margin
        self.document = {"schema": 1, "mode": mode, "fail_on": None, "runs": [], "rows": [], "means": [], "kernels": [],
                         "controls": [], "missing": [], "differences": [], "regressions": 0}
        for i in range(runs):
            other = mode == "machines" and i > 0
            machine = "aarch64-neoverse-%dc-77aa0%d" % (2**i, i) if other else "x86_64-amd-epyc-9r45-2c-0a1b2c"
            self.document["runs"].append({
                "label": label_of(i), "folder": "results/x/%d" % i, "run_id": "2025011%dT093012Z-79a0eef" % (4 + i),
                "machine_id": machine, "status": "complete", "plan_hash": "00", "blocks": 30 - i, "proven": True,
                "aa": [1.0008, 0.9941, 1.0073], "margin": margin if i else None, "limit": None,
                "regressions": 0 if i else None, "unjudged": 0 if i else None})
        self.labels = [run["label"] for run in self.document["runs"]]

    def add(self, experiment, workload, executor, workers, figure, ratios, quantity="value", placement="none",
            params="", better="lower", unit="ns", values=None, over="", to="rows", width=None):
        """One line; ratios: of each further run; values: of every run, for machines."""
        cell = "/".join((experiment, workload, executor, str(workers), placement))
        label = "%s, %s, %d worker%s" % (workload, executor, workers, "" if workers == 1 else "s")
        label += ", " + placement if placement != "none" else ""
        label += {"value": "", "ratio": ", over " + over, "speedup": ", speed-up over " + over}[quantity]
        for i, ratio in enumerate(ratios):
            wide = width or self.random.uniform(0.004, 0.03)
            row = {"run": self.labels[i + 1], "over_run": "A", "label": label, "quantity": quantity,
                   "over": over or None, "experiment": experiment,
                   "group": "/".join((experiment, workload, placement, params)),
                   "cell": cell + ("/" + params if params else ""), "workload": workload, "executor": executor,
                   "workers": workers, "placement": placement, "params": params or None, "figure": figure,
                   "headline": True, "unit": unit, "better": better}
            row["first"] = self.side(values and values[0])
            row["this"] = self.side(values and values[i + 1])
            row["ratio"], row["low"], row["high"] = ratio, ratio * math.exp(-wide), ratio * math.exp(wide)
            row["p_value"] = 0.001
            if to == "rows":
                row.update(self.judgement(row))
            self.document[to].append(row)

    def side(self, value):
        wide = self.random.uniform(0.004, 0.03)
        if value is None:
            return {"status": "ok", "reason": None, "blocks": 30, "value": 5e4, "low": 4e4, "high": 6e4}
        return {"status": "ok", "reason": None, "blocks": 30, "value": value, "low": value * math.exp(-wide),
                "high": value * math.exp(wide)}

    def judgement(self, row):
        above = 1 + self.margin
        verdict, needed = "inconclusive", 74
        if row["low"] > above or row["high"] < 1 / above:
            verdict, needed = "slower" if (row["low"] > 1) == (row["better"] == "lower") else "faster", None
        elif row["low"] >= 1 / above and row["high"] <= above:
            verdict, needed = "equivalent", None
        return {"margin": self.margin, "verdict": verdict, "why": None, "blocks_needed": needed, "regression": False}

    def some(self, count, centre=0.0, spread=0.03):
        return [math.exp(self.random.gauss(centre, spread)) for _ in range(count)]

    def mean(self, experiment, figure, better):
        for label in self.labels[1:]:
            rows = [row for row in self.document["rows"] if (row["run"], row["experiment"]) == (label, experiment)]
            ratios = [math.log(row["ratio"]) for row in rows if row["ratio"]]
            middle = math.exp(sum(ratios) / len(ratios)) if ratios else None
            self.document["means"].append({
                "run": label, "over_run": "A", "experiment": experiment, "figure": figure, "better": better,
                "ratio": middle, "low": middle and middle * 0.985, "high": middle and middle * 1.015,
                "lines": len(ratios), "of": len(rows)})

    def calibrate(self, width=0.004):
        further = len(self.labels) - 1
        for kernel in KERNELS:
            self.add("kernels", kernel, "serial", 1, "operation", self.some(further, 0, 0.003), to="kernels")
        for replicate in "ab":
            self.add("control", "spin", "thread", 2, "operation", [1.001] * further, to="controls", width=width)
            for row in self.document["controls"][-further:]:
                row["cell"] += "#" + replicate

    def fail(self, cell, run, reason):
        for row in self.document["rows"]:
            if row["cell"].startswith(cell) and row["run"] == run:
                row.update(ratio=None, low=None, high=None, verdict=None, why="failed", blocks_needed=None)
                row["this"].update(status="failed", reason=reason, value=None, low=None, high=None)


def same_machine(rows=16, runs=2, seed=1):
    answer = Answer(seed, runs=runs)
    further = runs - 1
    for executor in EXECUTORS:
        answer.add("create", "noop", executor, 1, "reaped", answer.some(further, -0.06 if executor == "fork" else 0))
    if rows > 30:
        for placement in ("same-core", "compact", "scatter"):
            for executor in EXECUTORS:
                answer.add("create", "noop", executor, 1, "reaped", answer.some(further), placement=placement)
    workers, variants = (1, 2, 4, 8), ("limit=20000", "limit=320000")
    wanted = rows - len(answer.document["rows"]) // further
    cells = [(workload, executor, count, params) for workload in ("primes", "sleep", "spin", "file-read")
             for params in (variants if workload == "primes" and rows > 30 else ("",))
             for executor in EXECUTORS for count in workers]
    for workload, executor, count, params in cells[:wanted]:
        answer.add("scaling", workload, executor, count, "throughput", answer.some(further, 0.02, 0.05),
                   better="higher", unit="1/s", params=params)
    answer.mean("create", "reaped", "lower")
    answer.mean("scaling", "throughput", "higher")
    answer.calibrate()
    kernels = {"A": "6.1.0-31-amd64", "B": "6.8.0-51-generic"}
    answer.document["differences"].append({"section": "environment", "name": "kernel_release", "values": kernels})
    return answer


def machines(count=2, seed=2):
    answer = Answer(seed, "machines", count)
    for executor in EXECUTORS[1:]:
        values = [COST[executor] * value for value in answer.some(count, 0, 0.1)]
        answer.add("create", "noop", executor, 1, "reaped", [value / values[0] for value in values[1:]], "ratio",
                   values=values, over="thread")
    for workload in ("primes", "sleep"):
        for executor in EXECUTORS:
            for workers in (2, 4):
                values = [0.97 * workers * value for value in answer.some(count, 0, 0.03)]
                options = {"better": "higher", "unit": "1/s"}
                if executor != "thread":
                    ratios = answer.some(count, -0.02, 0.02)
                    answer.add("scaling", workload, executor, workers, "throughput",
                               [value / ratios[0] for value in ratios[1:]], "ratio", values=ratios, over="thread",
                               **options)
                answer.add("scaling", workload, executor, workers, "throughput",
                           [value / values[0] for value in values[1:]], "speedup", values=values,
                           over="serial with 1 worker", **options)
    for kernel in KERNELS:
        answer.add("kernels", kernel, "serial", 1, "operation", answer.some(count - 1, 0.2, 0.2), to="kernels")
    return answer


def failures():
    answer = same_machine()
    answer.fail("create/noop/spawn/1", "B", "posix_spawn: Resource temporarily unavailable: pids.max is 24; raise it")
    answer.fail("scaling/primes/fork/8", "B", "the worker was killed by signal 9 (Killed)")
    rows = answer.document["rows"]
    rows[3].update(low=None, high=None, verdict="inconclusive", why="fewer than 10 blocks", blocks_needed=10)
    rows[4].update(ratio=1.3, low=0.2, high=8.0, verdict="inconclusive", blocks_needed=48_000)
    rows[5].update(verdict="inconclusive", why="may be chance", blocks_needed=None)
    answer.document["runs"][0].update(proven=False, aa=[1.047, 1.018, 1.081])
    answer.document["runs"][1].update(status="interrupted", aa=None)
    answer.document["controls"][0].update(ratio=1.05, low=1.03, high=1.07)
    answer.document["missing"] += [
        {"cell": "scaling/spin/thread/%d/none" % i, "figure": None, "in": "A", "not_in": "B"} for i in range(9)]
    return answer


def hostile():
    """Well-formed, but every text tries something."""
    answer = same_machine()
    evil = "$\\frac{1}{0}$ \x1b[31m\n\u202e測試<script>alert(1)</script> ../../etc " + "y" * 400
    for row in answer.document["rows"] + answer.document["kernels"] + answer.document["controls"]:
        row.update(label=evil, workload=evil, reason=evil, unit=evil, params="%s=%s;b=" % (evil, evil))
        if row["experiment"] == "create":
            row["why"] = evil
    for mean in answer.document["means"]:
        mean["figure"] = "throughput"
    for run in answer.document["runs"]:
        run.update(run_id=evil, machine_id=evil)
    answer.document["missing"].append({"cell": evil, "figure": evil, "in": evil, "not_in": evil})
    answer.document["differences"].append({"section": evil, "name": evil, "values": {"A": evil, "B": [evil] * 9}})
    return answer


def nothing():
    answer = Answer(4)
    answer.calibrate()
    return answer


def nothing_in_both():
    answer = same_machine()
    answer.fail("", "B", "no memory")
    return answer


CASES = {
    "rows-16": same_machine,
    "rows-60": lambda: same_machine(60),
    "runs-3": lambda: same_machine(16, 3),
    "runs-4-rows-60": lambda: same_machine(60, 4),
    "machines-2": machines,
    "machines-3": lambda: machines(3),
    "failures": failures,
    "hostile": hostile,
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, case in CASES.items():
        path = os.path.join(sys.argv[1], name + ".json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(case().document, file, indent=1)
        print(path)


if __name__ == "__main__":
    main()
