#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Writes made-up run folders to test pictures with: plausible numbers, no measurement.

    python3 synthetic.py FOLDER     one sub-folder a case
"""
import csv
import json
import math
import os
import random
import sys

COLUMNS = (
    "schema,run_id,machine_id,experiment,group,cell,workload,executor,workers,placement,params,figure,unit,better,"
    "blocks,samples,failed,median,median_low,median_high,min,mad,p90,p99,baseline,ratio,ratio_low,ratio_high,p_value,"
    "margin,verdict,reference,speedup,speedup_low,speedup_high,efficiency,efficiency_low,efficiency_high,status,reason,"
    "operations"
).split(",")
QUESTIONS = {
    "create": "What does it cost to create a worker, let it do next to nothing, and know its end?",
    "scaling": "How does throughput grow with the number of workers, for threads and for processes?",
    "control": "Does this run find a difference where there is none?",
}
# ns per worker until: the call returned, first instruction, work done, reaped
LIFE = {
    "serial": (22, 61, 248, 304),
    "thread": (7600, 11900, 12150, 14200),
    "fork": (52000, 71000, 71400, 121000),
    "spawn": (96000, 421000, 421500, 563000),
}
PHASES = ("called", "started", "done", "reaped")
# tasks per second of serial code, and the share of the work that cannot run in parallel
WORK = {"spin": (98_400, 0.004), "primes": (3_120, 0.012), "sleep": (940, None), "file-read": (61_700, 0.22)}
OVERHEAD = {"serial": 1.0, "thread": 0.985, "fork": 0.978, "spawn": 0.971}
PARAMS = {
    "spin": "turns=2000",
    "primes": "limit=2000000;segment=65536",
    "sleep": "sleep_us=1000",
    "file-read": "read_bytes=4096",
}
LEVELS_64 = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)


def around(value, width):
    """A value with an interval of that relative half-width around it, as text."""
    return [repr(float("%.9g" % v)) for v in (value, value * math.exp(-width), value * math.exp(width))]


class Folder:
    """Collects rows, then writes summary.csv and run.json."""

    def __init__(self, seed, run_id, blocks=20, machine="x86-64-epyc-9r45-2c-0a1b2c", cores=2):
        self.random = random.Random(seed)
        self.blocks = blocks
        self.rows = []
        self.run = {
            "schema": 1,
            "tool": {"name": "tvp", "version": "0.1.0", "git": "79a0eef"},
            "run_id": run_id,
            "machine_id": machine,
            "status": "complete",
            "started": "2025-01-14T09:30:12Z",
            "wall_seconds": 301.5,
            "options": {"seed": seed, "budget_seconds": 300},
            "blocks": blocks,
            "aa": {"ratio": 1.0008, "low": 0.9941, "high": 1.0073, "proven": True},
            "environment": {
                "cpu_model": "AMD EPYC 9R45",
                "cores_usable": cores,
                "hypervisor": "kvm",
                "kernel_release": "6.1.0-31-amd64",
            },
            "warnings": [],
            "experiments": [{"name": name, "question": text} for name, text in QUESTIONS.items()],
            "cells": [],
        }

    def add(self, experiment, workload, executor, workers, figure, placement="none", variant="", **values):
        group = "/".join(filter(None, (experiment, workload, placement, variant)))
        cell = "/".join(filter(None, (experiment, workload, executor, str(workers), placement, variant)))
        row = dict.fromkeys(COLUMNS, "")
        row.update(
            schema=1,
            run_id=self.run["run_id"],
            machine_id=self.run["machine_id"],
            experiment=experiment,
            group=group,
            cell=cell,
            workload=workload,
            executor=executor,
            workers=workers,
            placement=placement,
            params=variant or PARAMS.get(workload, ""),
            figure=figure,
            blocks=self.blocks,
            samples=self.blocks * 3,
            failed=0,
            status="ok",
            better="higher" if figure == "throughput" else "lower",
        )
        row.update(values)
        self.rows.append(row)
        return row

    def fail(self, row, status, reason):
        """Takes the numbers of a row away."""
        keep = COLUMNS[: COLUMNS.index("better") + 1] + ["baseline", "reference"]
        for name in COLUMNS:
            if name not in keep:
                row[name] = ""
        row.update(blocks=0, samples=0, failed=self.blocks, status=status, reason=reason)

    def create(self, workload="noop", placement="none", variant="", scale=None, workers=1):
        for executor, life in LIFE.items():
            for phase, mean in zip(PHASES, life):
                factor = (scale or {}).get(executor, 1) * self.random.uniform(0.97, 1.03)
                row = self.add("create", workload, executor, workers, phase, placement, variant, unit="ns")
                width = self.random.uniform(0.012, 0.05)
                row["median"], row["median_low"], row["median_high"] = around(mean * factor, width)
                if executor == "thread":
                    continue
                row["baseline"] = row["cell"].replace("/%s/" % executor, "/thread/")
                base = LIFE["thread"][PHASES.index(phase)] * (scale or {}).get("thread", 1)
                row["ratio"], row["ratio_low"], row["ratio_high"] = around(mean * factor / base, width * 0.8)
                row.update(p_value="0.0001", margin="0.02", verdict="faster" if mean < base else "slower")

    def scaling(self, levels, cores, workloads=WORK, placement="none", variant="", factor=1.0):
        for workload in workloads:
            rate, part = WORK[workload]
            rate *= factor
            for executor, share in OVERHEAD.items():
                for workers in levels if executor != "serial" else (1,):
                    speedup = 1.0 if executor == "serial" else share * self._speedup(workers, cores, part)
                    row = self.add("scaling", workload, executor, workers, "throughput", placement, variant, unit="1/s")
                    width = self.random.uniform(0.006, 0.03)
                    row["median"], row["median_low"], row["median_high"] = around(rate * speedup, width)
                    self._add_speedup(row, executor, workers, speedup, width)
                    other = self.add("scaling", workload, executor, workers, "cpus", placement, variant, unit="CPUs")
                    other["median"], other["median_low"], other["median_high"] = around(min(workers, cores), width)

    def _speedup(self, workers, cores, part):
        noise = self.random.uniform(0.99, 1.01)
        if part is None:
            return workers * noise * 0.99
        used = min(workers, cores)
        # Amdahl's law, and a loss from switching where there are more workers than cores
        return noise * (1 / (part + (1 - part) / used)) * (1 - 0.02 * math.log2(max(1, workers / cores)))

    @staticmethod
    def _add_speedup(row, executor, workers, speedup, width):
        parts = row["cell"].split("/")
        row["reference"] = "/".join(parts[:2] + ["serial", "1"] + parts[4:])
        row["baseline"] = "" if executor == "thread" else "/".join(parts[:2] + ["thread"] + parts[3:])
        if executor == "serial":
            row["reference"] = ""
            return
        values = around(speedup, width)
        row["speedup"], row["speedup_low"], row["speedup_high"] = values
        efficiency = [repr(float(value) / workers) if value else "" for value in values]
        row["efficiency"], row["efficiency_low"], row["efficiency_high"] = efficiency

    def control(self):
        for replicate in "ab":
            row = self.add("control", "spin", "thread", 1, "time", variant="turns=2000", unit="ns")
            row["cell"] += "#" + replicate
            row["median"], row["median_low"], row["median_high"] = around(10160, 0.004)

    def write(self, path):
        os.makedirs(path, exist_ok=True)
        with open(os.path.join(path, "summary.csv"), "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(self.rows)
        with open(os.path.join(path, "run.json"), "w", encoding="utf-8") as file:
            json.dump(self.run, file, indent=1)
        return path


def two_cores():
    folder = Folder(1, "20250114T093012Z-79a0eef")
    folder.control()
    folder.create()
    folder.scaling((1, 2, 3, 4), 2)
    return folder


def sixty_four_cores():
    folder = Folder(2, "20250115T110000Z-79a0eef", 30, "x86-64-epyc-9754-64c-77aa01", 64)
    folder.run["environment"].update(
        cpu_model="AMD EPYC 9754 128-Core Processor", hypervisor="none", kernel_release="6.8.0-51-generic"
    )
    folder.create()
    folder.scaling(LEVELS_64, 64)
    return folder


def failures():
    """A whole executor refused, some cells failed, some samples failed, some intervals missing."""
    folder = Folder(3, "20250116T120000Z-79a0eef", 12)
    folder.create()
    folder.scaling((1, 2, 3, 4), 2)
    refused = "%s: Resource temporarily unavailable: pids.max of this cgroup is 24; raise it"
    for row in folder.rows:
        name = (row["workload"], row["executor"], row["workers"])
        if name == ("noop", "spawn", 1):
            folder.fail(row, "failed", refused % "posix_spawn")
        elif name in (("sleep", "fork", 3), ("sleep", "fork", 4)) or name[:2] == ("primes", "spawn"):
            folder.fail(row, "failed", refused % "fork")
        elif name == ("file-read", "thread", 4):
            folder.fail(row, "skipped", "the temporary folder has no room for 64 MiB")
        elif name == ("spin", "fork", 2):
            row.update(failed=2, samples=34)
        elif name == ("spin", "thread", 3):
            for column in ("speedup", "efficiency", "median"):
                row[column + "_low"] = row[column + "_high"] = ""
    return folder


def interrupted():
    folder = Folder(4, "20250117T130000Z-79a0eef", 3)
    folder.run.update(status="interrupted", aa=None)
    folder.create()
    folder.scaling((1, 2, 3, 4), 2)
    for row in folder.rows:
        for column in [name for name in row if name.endswith(("_low", "_high"))]:
            row[column] = ""
    return folder


def unproven():
    folder = Folder(5, "20250118T140000Z-79a0eef")
    folder.run["aa"] = {"ratio": 1.047, "low": 1.018, "high": 1.081, "proven": False}
    folder.create()
    folder.scaling((1, 2, 3, 4), 2)
    return folder


def variants(groups=6):
    """Placements and parameters: several groups a workload."""
    folder = Folder(6, "20250119T150000Z-79a0eef", cores=8)
    for i in range(groups):
        placement = ("none", "compact", "scatter")[i % 3]
        mib = 4 ** (i // 3 * 2)
        scale = {"fork": 1 + mib / 12, "spawn": 1 + mib / 400}
        folder.create(placement=placement, variant="parent_mib=%d" % mib, scale=scale)
        folder.scaling((1, 2, 3, 4, 6, 8, 12, 16), 8, ("primes",), placement, "limit=%d" % (20000 * mib), 1 / mib)
    return folder


def hostile():
    """Well-formed, but every text tries something."""
    folder = Folder(7, "20250120T160000Z-79a0eef")
    folder.create(workload=r"$\frac{1}{0}$ ../../etc")
    folder.scaling((1, 2, 3, 4), 2, ("spin",), variant=r"$x^{2=\u202e;<script>alert(1)</script>=" + "y" * 300)
    folder.run["environment"]["cpu_model"] = "Evil $\\alpha CPU\x1b[31m\n\u202e測試 \\$" + "A" * 500
    folder.run["experiments"] = [
        {"name": "create", "question": "What $does_{it cost\x07 & <b>why</b> " + "very " * 60 + "?"},
        {"name": "scaling", "question": r"\frac$\undefined$"},
    ]
    for row in folder.rows:
        if row["executor"] == "spawn":
            row["executor"] = "$\\spawn{\x1b]0;x\x07"
            row["cell"] = row["cell"].replace("/spawn/", "/x/")
    return folder


CASES = {
    "two-cores": two_cores,
    "sixty-four-cores": sixty_four_cores,
    "failures": failures,
    "interrupted": interrupted,
    "unproven": unproven,
    "variants": variants,
    "hostile": hostile,
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    for name, case in CASES.items():
        print(case().write(os.path.join(sys.argv[1], name)))


if __name__ == "__main__":
    main()
