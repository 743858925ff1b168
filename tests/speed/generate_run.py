#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes two made-up runs of one machine, before and after, a million rows each; the same at every call.

Usage: generate_run.py BEFORE AFTER [--rows N] [--blocks N] [--batches N]
Each is a folder with samples.csv and run.json: 50 cells of `create` with its four figures and 50 of `scaling`, which
makes 250 series; rows = 250 * blocks * batches, cut off at N.
"""
import argparse
import collections
import json
import os
import random

MACHINE = "x86_64-made-up-8c-0a1b2c"
COLUMNS = (
    "schema,run_id,machine_id,experiment,group,cell,workload,executor,workers,placement,params,block,position,batch,"
    "start_ns,ops,wall_ns,user_ns,sys_ns,minor_faults,major_faults,voluntary_switches,involuntary_switches,figure,"
    "value,unit,better,status,reason,cpuset,cpu"
)
FIGURES = {
    "create": [(name, "ns", "lower") for name in ("reaped", "called", "started", "done")],
    "scaling": [("throughput", "1/s", "higher")],
}
QUESTIONS = {
    "create": "What does it cost to bring a worker into being and to see it end?",
    "scaling": "How much faster does the same work get with more workers?",
}
EXECUTORS = {"thread": 1.0, "fork": 6.0, "forkserver": 7.0, "spawn": 20.0, "serial": 0.9}
PLACEMENTS = ("none", "compact", "scatter", "same-core", "smt")
SLOWER = 1.05  # what has happened to `fork` between the two runs
OPS = 40

Cell = collections.namedtuple(
    "Cell", "experiment group name workload executor workers placement params cost_ns baseline")


def create_cells():
    for placement in PLACEMENTS:
        for sort in ("a", "b"):
            group = "create/noop/%s/kind=%s" % (placement, sort)
            for executor in ("thread", "fork", "forkserver", "spawn", "serial"):
                name = "create/noop/%s/1/%s/kind=%s" % (executor, placement, sort)
                baseline = "create/noop/thread/1/%s/kind=%s" % (placement, sort)
                yield Cell("create", group, name, "noop", executor, 1, placement, "kind=%s" % sort,
                           10000 * EXECUTORS[executor], baseline)


def scaling_cells():
    for workload in ("spin", "primes"):
        for placement in PLACEMENTS:
            group = "scaling/%s/%s" % (workload, placement)
            for executor in ("thread", "fork", "forkserver", "spawn", "serial"):
                workers = 1 if executor == "serial" else 4
                name = "scaling/%s/%s/%d/%s" % (workload, executor, workers, placement)
                baseline = "scaling/%s/thread/4/%s" % (workload, placement)
                yield Cell("scaling", group, name, workload, executor, workers, placement, "work=100",
                           20000 / workers * (1 + EXECUTORS[executor] / 100), baseline)


def write_block(file, identity, cells, block, batches, noise):
    """One pass over all cells; returns how many rows it has."""
    rows = 0
    for position, cell in enumerate(cells):
        prefix = "1,%s,%s,%s,%s,%s,%s,%d,%s,%s,%d,%d" % (
            identity, cell.experiment, cell.group, cell.name, cell.workload, cell.executor, cell.workers,
            cell.placement, cell.params, block, position)
        level = cell.cost_ns * noise.lognormvariate(0, 0.02)
        for batch in range(batches):
            cost = level * noise.lognormvariate(0, 0.01)
            wall = int(cost * OPS)
            measured = "%d,%d,%d,%d,%d,%d,%d,0,%d,0" % (
                batch, 1000000000 + block * 1000003 + batch, OPS, wall, wall * 6 // 10, wall * 3 // 10, OPS, OPS)
            for i, (figure, unit, better) in enumerate(FIGURES[cell.experiment]):
                value = cost * (1 - i / 8) if unit == "ns" else 1e9 / cost
                file.write("%s,%s,%s,%.15g,%s,%s,ok,,0-7,3\n" % (prefix, measured, figure, value, unit, better))
                rows += 1
    return rows


def run_json(run_id, cells, blocks, samples_bytes):
    facts = {"cpus_online": 8, "cpu_model": "Made-up CPU", "kernel_release": "6.1.0", "smt_active": False}
    return {
        "schema": 1,
        "tool": {"name": "tvp", "version": "0.1.0", "git": "abcdef0"},
        "run_id": run_id,
        "machine_id": MACHINE,
        "status": "complete",
        "started": "2026-01-02T03:04:05Z",
        "wall_seconds": 7200.0,
        "options": {"budget_seconds": 7200, "precision": 0.02, "margin": 0.02, "seed": 1},
        "plan_hash": "0123456789abcdef",
        "blocks": blocks,
        "samples_bytes": samples_bytes,
        "measuring_share": 0.9,
        "measurer": {"resident_bytes_max": 4 << 20, "gbench_context_ms": 1.5, "gbench_loop": True},
        "environment": facts,
        "noise": {"before": {"load_1min": 0.1}, "after": {"load_1min": 4.0}},
        "aa": None,
        "precision": {"target": 0.02},
        "warnings": [],
        "experiments": [
            {"name": name, "question": QUESTIONS[name], "summary": "", "fairness": "",
             "figures": [{"name": figure, "unit": unit, "better": better, "summary": ""}
                         for figure, unit, better in figures]}
            for name, figures in FIGURES.items()
        ],
        "cells": [
            {"cell": cell.name, "group": cell.group, "experiment": cell.experiment, "workload": cell.workload,
             "executor": cell.executor, "workers": cell.workers, "placement": cell.placement, "params": cell.params,
             "ops": OPS, "baseline": None if cell.name == cell.baseline else cell.baseline,
             "reference": cell.baseline.replace("/thread/4/", "/serial/1/") if cell.experiment == "scaling" else None,
             "skip": None, "control": False}
            for cell in cells
        ],
    }


def write_run(folder, run_id, cells, options, seed):
    noise = random.Random(seed)
    os.makedirs(folder)
    path = os.path.join(folder, "samples.csv")
    rows = blocks = 0
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(COLUMNS + "\n")
        while blocks < options.blocks and rows < options.rows:
            rows += write_block(file, "%s,%s" % (run_id, MACHINE), cells, blocks, options.batches, noise)
            blocks += 1
    with open(os.path.join(folder, "run.json"), "w", encoding="utf-8") as file:
        json.dump(run_json(run_id, cells, blocks, os.path.getsize(path)), file, indent=2)
        file.write("\n")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--blocks", type=int, default=400)
    parser.add_argument("--batches", type=int, default=10)
    options = parser.parse_args()
    cells = list(create_cells()) + list(scaling_cells())
    slower = [cell._replace(cost_ns=cell.cost_ns * SLOWER) if cell.executor == "fork" else cell for cell in cells]
    rows = write_run(options.before, "20260102T030405Z-abcdef0", cells, options, 1)
    rows += write_run(options.after, "20260103T030405Z-abcdef0", slower, options, 2)
    print("%d rows in two runs" % rows)


if __name__ == "__main__":
    main()
