#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`tvp compare`: made-up folders with known answers, and real runs."""
import copy
import csv
import json
import math
import os
import random
import re
import shutil

from tvp_case import BARE, TvpCase, main

COLUMNS = ("schema", "run_id", "machine_id", "experiment", "group", "cell", "workload", "executor", "workers", "placement",
           "params", "block", "position", "batch", "start_ns", "ops", "wall_ns", "user_ns", "sys_ns", "minor_faults",
           "major_faults", "voluntary_switches", "involuntary_switches", "figure", "value", "unit", "better", "status",
           "reason", "cpuset", "cpu")

FIGURES = {
    "create": [("reaped", "ns", "lower"), ("called", "ns", "lower")],
    "scaling": [("throughput", "1/s", "higher")],
    "control": [("operation", "ns", "lower")],
    "kernels": [("operation", "ns", "lower")],
}

# name, its value, the cell that it is compared with, the one that its speed-up is over
CELLS = (
    ("create/bare/thread/1/none", 10e3, None, None),
    ("create/bare/fork/1/none", 80e3, "create/bare/thread/1/none", None),
    ("create/bare/spawn/1/none", 400e3, "create/bare/thread/1/none", None),
    ("scaling/spin/serial/1/none", 1e4, None, "scaling/spin/serial/1/none"),
    ("scaling/spin/thread/2/none", 1.9e4, None, "scaling/spin/serial/1/none"),
    ("scaling/spin/fork/2/none", 2e4, "scaling/spin/thread/2/none", "scaling/spin/serial/1/none"),
    ("control/spin/thread/2/none#a", 1e5, None, None),
    ("control/spin/thread/2/none#b", 1e5, "control/spin/thread/2/none#a", None),
    ("kernels/syscall/serial/1/none", 100, None, None),
    ("kernels/page-fault/serial/1/none", 700, None, None),
)


class MadeUp:
    """A run that never took place. Change what is in it, then write it."""

    def __init__(self, blocks=20, seed=1, noise=0.003, machine="x86_64-example-2c-0a1b2c"):
        self.machine = machine
        self.identity = "20260102T0304%02dZ-abcdef0" % seed
        self.status = "complete"
        self.blocks = blocks
        self.environment = {"kernel_release": "6.1.0", "cpus_online": 2, "smt_active": None}
        self.tool = {"name": "tvp", "version": "0.1.0", "git": "abcdef0", "libraries": {"hwloc": "2.9.0"}}
        self.plan_hash = "0123456789abcdef"
        self.figures = copy.deepcopy(FIGURES)
        self.failed = {}
        self.cells = []
        chance = random.Random(seed)
        for name, value, baseline, reference in CELLS:
            experiment, workload, executor, workers, placement = name.split("/")
            self.cells.append({
                "cell": name, "group": "/".join((experiment, workload, "none")), "experiment": experiment,
                "workload": workload, "executor": executor, "workers": int(workers), "placement": placement.split("#")[0],
                "params": "work=7;chunk=1", "ops": 10, "baseline": baseline, "reference": reference, "skip": None,
                "control": experiment in ("control", "kernels"),
                "values": [value * math.exp(chance.gauss(0, noise)) for _ in range(blocks)]})

    def cell(self, name):
        return next(cell for cell in self.cells if cell["cell"] == name)

    def scale(self, factor, *names):
        """Turns the cells' values to so many times as much; all but those that judge the run, if none is named."""
        for cell in self.cells:
            if cell["cell"] in names or not names and not cell["control"]:
                cell["values"] = [factor * value for value in cell["values"]]
        return self

    def drop(self, *names):
        self.cells = [cell for cell in self.cells if cell["cell"] not in names]
        return self

    def rows(self):
        for cell in self.cells:
            for block, value in enumerate(cell["values"]):
                for number, (figure, unit, better) in enumerate(self.figures[cell["experiment"]]):
                    reason = self.failed.get(cell["cell"], "")
                    row = dict.fromkeys(COLUMNS, 0)
                    row.update({key: cell[key] for key in COLUMNS if key in cell})
                    row.update(schema=1, run_id=self.identity, machine_id=self.machine, block=block, figure=figure,
                               unit=unit, better=better, status="failed" if reason else "ok", reason=reason, cpuset="",
                               cpu="", ops=10, wall_ns=1000, value="" if reason else repr(value / (number + 1)))
                    yield row

    def write(self, folder):
        os.makedirs(folder)
        path = os.path.join(folder, "samples.csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(sorted(self.rows(), key=lambda row: row["block"]))
        experiments = [{"name": name, "question": "What of %s?" % name, "summary": "", "fairness": "",
                        "figures": [dict(zip(("name", "unit", "better", "summary"), figure + ("",)))
                                    for figure in figures]}
                       for name, figures in self.figures.items()]
        run = {"schema": 1, "tool": self.tool, "run_id": self.identity, "machine_id": self.machine, "status": self.status,
               "started": "2026-01-02T03:04:05Z", "wall_seconds": 10, "options": {"margin": 0.02},
               "plan_hash": self.plan_hash, "blocks": self.blocks, "samples_bytes": os.path.getsize(path),
               "environment": self.environment, "warnings": [], "experiments": experiments,
               "cells": [{key: value for key, value in cell.items() if key != "values"} for cell in self.cells]}
        with open(os.path.join(folder, "run.json"), "w", encoding="utf-8") as file:
            json.dump(run, file)


class CompareCase(TvpCase):
    def write(self, **runs):
        for name, run in runs.items():
            run.write(self.scratch.path(name))

    def compare(self, *arguments, status=0):
        finished = self.tvp("compare", *arguments)
        self.assert_status(status, finished)
        return finished

    def load(self, *arguments, status=0):
        return json.loads(self.compare(*arguments, "--json", status=status).out)

    def refuse(self, status, *arguments):
        """Nothing on stdout, one line on stderr; returns it."""
        finished = self.compare(*arguments, status=status)
        self.assertEqual(finished.out, "")
        self.assert_one_line(finished.err, r"^tvp compare: ")
        return finished.err


def by_cell(document, **wanted):
    rows = [row for row in document["rows"] if all(row[key] == value for key, value in wanted.items())]
    return {row["cell"]: row for row in rows}


class Usage(CompareCase):
    def test_refused(self):
        self.assertIn("at least two", self.refuse(2, "one"))
        self.assertIn("--markdown", self.refuse(2, "a", "b", "--json", "--markdown"))
        for share in ("0", "-5%", "100%", "5x", "nan", ""):
            with self.subTest(share=share):
                self.assertIn("--fail-on", self.refuse(2, "a", "b", "--fail-on=" + share))
                self.assertIn("--margin", self.refuse(2, "a", "b", "--margin=" + share))

    def test_help(self):
        finished = self.compare("--help")
        self.assertIn("--fail-on", finished.out)
        self.assertRegex(self.tvp("--help").out, r"(?m)^  compare ")

    def test_folders_that_cannot_be_read(self):
        """The message names the folder, the file, the row and the column."""
        self.write(good=MadeUp(), bad=MadeUp())
        self.assertRegex(self.refuse(1, "good", "nowhere"), r"nowhere: run\.json: .*No such file")
        path = self.scratch.path("bad", "samples.csv")
        with open(path, encoding="utf-8") as file:
            content = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(content.replace(",ok,", ",so,", 1))
        self.assertRegex(self.refuse(1, "good", "bad"), r"bad: samples\.csv: row 2, column status")
        self.assertRegex(self.refuse(1, "bad", "good"), r"bad: samples\.csv: row 2, column status")


class SameMachine(CompareCase):
    def test_copies(self):
        """A run beside itself: every ratio is 1, and nothing is faster or slower."""
        self.write(a=MadeUp(), b=MadeUp())
        document = self.load("a", "b", "--all-figures", "--fail-on", "1%")
        self.assertEqual(document["mode"], "runs")
        self.assertEqual(len(document["rows"]), 9)
        for row in document["rows"]:
            self.assertAlmostEqual(row["ratio"], 1, delta=1e-12)
            self.assertLessEqual(row["low"], 1)
            self.assertGreaterEqual(row["high"], 1)
            self.assertEqual(row["p_value"], 1)
            self.assertEqual((row["verdict"], row["regression"]), ("equivalent", False))
        for mean in document["means"]:
            self.assertAlmostEqual(mean["ratio"], 1, delta=1e-12)
        self.assertEqual((document["regressions"], document["missing"], document["differences"]), (0, [], []))
        self.assertIn("very run", self.compare("a", "b").out)
        self.write(c=MadeUp(seed=2))
        self.assertNotIn("very run", self.compare("a", "c").out)

    def test_noise(self):
        """Another run of the same: equivalent within 2 % when the noise is 0.3 %, and inconclusive when it is 10 %."""
        self.write(a=MadeUp(seed=1), b=MadeUp(seed=2))
        self.assertEqual({row["verdict"] for row in self.load("a", "b")["rows"]}, {"equivalent"})
        self.write(c=MadeUp(seed=3, noise=0.1), d=MadeUp(seed=4, noise=0.1))
        for row in self.load("c", "d", "--margin", "2%")["rows"]:
            self.assertEqual(row["verdict"], "inconclusive")
            self.assertGreater(row["blocks_needed"], 40)

    def test_slower(self):
        """All values times 1.1: what takes ns is slower, what counts per second faster; the ratio is 1.1."""
        self.write(a=MadeUp(), b=MadeUp(seed=2).scale(1.1))
        document = self.load("a", "b", "--all-figures")
        for row in document["rows"]:
            self.assertAlmostEqual(row["ratio"], 1.1, delta=0.005)
            self.assertTrue(row["low"] <= row["ratio"] <= row["high"])
            self.assertAlmostEqual(row["this"]["value"] / row["first"]["value"], row["ratio"], delta=0.01)
            self.assertEqual(row["verdict"], "slower" if row["better"] == "lower" else "faster")
            self.assertLess(row["p_value"], 0.001)
        self.assertEqual({(mean["experiment"], mean["figure"], mean["lines"]) for mean in document["means"]},
                         {("create", "reaped", 3), ("create", "called", 3), ("scaling", "throughput", 3)})
        for mean in document["means"]:
            self.assertTrue(mean["low"] < 1.1 < mean["high"], mean)

    def test_backwards(self):
        """The other way round every ratio is the inverse."""
        self.write(a=MadeUp(), b=MadeUp(seed=2).scale(1.1))
        forth, back = by_cell(self.load("a", "b")), by_cell(self.load("b", "a"))
        for name, row in forth.items():
            self.assertAlmostEqual(row["ratio"] * back[name]["ratio"], 1, places=9)
            self.assertAlmostEqual(row["low"] * back[name]["high"], 1, places=9)
            self.assertAlmostEqual(row["p_value"], back[name]["p_value"], places=12)

    def test_few_blocks(self):
        """Ten are wanted in any case."""
        self.write(a=MadeUp(blocks=8), b=MadeUp(blocks=8, seed=2).scale(1.1))
        for row in self.load("a", "b")["rows"]:
            self.assertEqual((row["verdict"], row["blocks_needed"]), ("inconclusive", 10))
            self.assertIn("10 blocks", row["why"])
        self.assertRegex(self.compare("a", "b").out, r"inconclusive, needs 10 blocks")

    def test_several(self):
        """Each further run is compared with the first; one failing is enough."""
        self.write(a=MadeUp(), b=MadeUp(seed=2), c=MadeUp(seed=3).scale(1.1))
        document = self.load("a", "b", "c", "--fail-on", "5%", status=3)
        self.assertEqual([run["label"] for run in document["runs"]], ["A", "B", "C"])
        self.assertEqual({row["over_run"] for row in document["rows"]}, {"A"})
        self.assertEqual({row["verdict"] for row in by_cell(document, run="B").values()}, {"equivalent"})
        self.assertEqual({row["verdict"] for row in by_cell(document, run="C").values()}, {"slower", "faster"})
        out = self.compare("a", "b", "c").out
        self.assertRegex(out, r"(?m)^ +fork +1 +A .*\n +B .*equivalent\n +C .*slower$")

    def test_broken_control_widens_the_margin(self):
        other = MadeUp(seed=2).scale(1.1).scale(1.3, "control/spin/thread/2/none#b")
        self.write(a=MadeUp(), b=other)
        document = self.load("a", "b", "--margin", "1%", "--fail-on", "5%")
        self.assertFalse(document["runs"][1]["proven"])
        self.assertAlmostEqual(document["runs"][1]["margin"], 0.3, delta=0.01)
        self.assertEqual({row["verdict"] for row in document["rows"]}, {"equivalent"})
        self.assertRegex(self.compare("a", "b").out, r"(?m)^ +B .*UNPROVEN$")
        self.assertRegex(self.compare("a", "b").out, r"(?m)^Control .*excludes 1")

    def test_margin(self):
        self.write(a=MadeUp(), b=MadeUp(seed=2).scale(1.1))
        for share, verdicts in (("5%", {"slower", "faster"}), ("20%", {"equivalent"}), ("0.1", {"inconclusive"})):
            with self.subTest(share=share):
                self.assertEqual({row["verdict"] for row in self.load("a", "b", "--margin", share)["rows"]}, verdicts)

    def test_other_work(self):
        """Cells whose workload was calibrated differently did other work: their values are not compared."""
        first, second = MadeUp(seed=1), MadeUp(seed=2).scale(1.5, "create/bare/spawn/1/none")
        first.cell("create/bare/spawn/1/none")["constant"] = 1024
        second.cell("create/bare/spawn/1/none")["constant"] = 2048
        self.write(a=first, b=second)
        out = self.compare("a", "b", "--fail-on", "5%").out
        self.assertRegex(out, r"only in A, not in B: [^:]*create/bare/spawn/1/none")
        self.assertNotIn("slower", out)

    def test_missing(self):
        """What only one has is listed, and the rest compared."""
        without = MadeUp(seed=2).drop("create/bare/spawn/1/none")
        without.figures["create"] = without.figures["create"][:1]
        without.plan_hash = "fedcba9876543210"
        self.write(a=MadeUp(), b=without)
        document = self.load("a", "b", "--all-figures")
        self.assertEqual(sorted((lone["cell"], lone["figure"], lone["in"], lone["not_in"]) for lone in document["missing"]), [
            ("create/bare/fork/1/none", "called", "A", "B"),
            ("create/bare/spawn/1/none", None, "A", "B"),
            ("create/bare/thread/1/none", "called", "A", "B"),
        ])
        self.assertNotIn("create/bare/spawn/1/none", by_cell(document))
        out = self.compare("a", "b").out
        self.assertRegex(out, r"only in A, not in B: [^:]*create/bare/spawn/1/none")
        self.assertRegex(out, r"B +has another plan than A")
        self.assertRegex(self.compare("b", "a").out, r"only in B, not in A: [^:]*create/bare/spawn/1/none")

    def test_nothing_in_common(self):
        kept = [cell[0] for cell in CELLS if cell[0].startswith("create")]
        self.write(a=MadeUp().drop(*kept), b=MadeUp().drop(*(cell[0] for cell in CELLS if cell[0] not in kept)))
        self.assertRegex(self.refuse(1, "a", "b"), r"b: .*no cell in common")

    def test_unlike(self):
        """One name, two meanings: an error that has the cell and both values."""
        fork = "create/bare/fork/1/none"
        for key, value in (("params", "work=8;chunk=1"), ("executor", "spawn"), ("workers", 3), ("workload", "spin"),
                           ("placement", "compact")):
            with self.subTest(key=key):
                other = MadeUp(seed=2)
                before, other.cell(fork)[key] = other.cell(fork)[key], value
                self.write(**{"a-" + key: MadeUp(), "b-" + key: other})
                error = self.refuse(1, "a-" + key, "b-" + key)
                self.assertRegex(error, "^tvp compare: b-%s: .*%s" % (key, fork))
                self.assertIn(key, error)
                self.assertIn('"%s"' % before, error)
                self.assertIn('"%s"' % value, error)
        for key, figure in (("unit", ("reaped", "us", "lower")), ("better", ("reaped", "ns", "higher"))):
            with self.subTest(key=key):
                other = MadeUp(seed=2)
                other.figures["create"][0] = figure
                self.write(**{"a-" + key: MadeUp(), "b-" + key: other})
                self.assertRegex(self.refuse(1, "a-" + key, "b-" + key), r"create/bare/thread/1/none .*reaped.*%s" % key)

    def test_environment(self):
        """Only what differs, and all of it."""
        other = MadeUp(seed=2)
        other.environment = {"kernel_release": "6.2.0", "cpus_online": 2, "smt_active": True, "new": "x"}
        other.tool["git"] = "1234567"
        other.tool["libraries"] = {"hwloc": "2.10.0"}
        self.write(a=MadeUp(), b=other)
        self.assertEqual({(entry["section"], entry["name"]): entry["values"]
                          for entry in self.load("a", "b")["differences"]}, {
                              ("environment", "kernel_release"): {"A": "6.1.0", "B": "6.2.0"},
                              ("environment", "smt_active"): {"A": None, "B": True},
                              ("environment", "new"): {"B": "x"},
                              ("tool", "git"): {"A": "abcdef0", "B": "1234567"},
                              ("library", "hwloc"): {"A": "2.9.0", "B": "2.10.0"},
                          })
        out = self.compare("a", "b").out
        self.assertRegex(out, r"(?m)^Differs +environment kernel_release: A 6\.1\.0, B 6\.2\.0$")
        self.assertRegex(out, r"(?m)^Differs +environment smt_active: A unknown, B true$")
        self.assertRegex(out, r"(?m)^Differs +environment new: A not there, B x$")
        self.assertNotIn("cpus_online", out)

    def test_unfinished(self):
        other = MadeUp(seed=2)
        other.status = "interrupted"
        self.write(a=MadeUp(), b=other)
        self.assertRegex(self.compare("a", "b").out, r"(?m)^ +B .*interrupted$")
        self.assertEqual(self.load("a", "b")["runs"][1]["status"], "interrupted")


class FailOn(CompareCase):
    def test_regression(self):
        """3, and the lines that failed at the end."""
        self.write(a=MadeUp(), b=MadeUp(seed=2).scale(1.1, "create/bare/fork/1/none"))
        finished = self.compare("a", "b", "--fail-on", "5%", status=3)
        self.assertRegex(finished.out.splitlines()[-1], r"^Worse +create/bare/fork/1/none, reaped: B/A 1\.(09|10)")
        self.assertEqual(finished.out.count("\nWorse"), 1)
        self.assert_one_line(finished.err, "^tvp compare: 1 figure got worse", "5 %")
        self.assertIn("Nothing", self.compare("a", "b", "--fail-on", "15%", "--markdown").out)
        self.assertRegex(self.compare("a", "b", "--fail-on", "15%").out, r"\nFine .*15 %")
        document = self.load("a", "b", "--fail-on", "5%", status=3)
        self.assertEqual([row["cell"] for row in document["rows"] if row["regression"]], ["create/bare/fork/1/none"])
        self.assertEqual((document["regressions"], document["fail_on"]), (1, 0.05))

    def test_direction(self):
        """Fewer per second is worse, more is not; fewer ns is not."""
        fork = "scaling/spin/fork/2/none"
        self.write(a=MadeUp(), b=MadeUp(seed=2).scale(1 / 1.1, fork), c=MadeUp(seed=3).scale(1.1, fork),
                   d=MadeUp(seed=4).scale(0.9, "create/bare/fork/1/none"))
        self.compare("a", "b", "--fail-on", "5%", status=3)
        self.compare("a", "c", "--fail-on", "5%")
        self.compare("a", "d", "--fail-on", "5%")

    def test_without_confidence(self):
        """Too few blocks, or too much noise, fail nothing."""
        self.write(a=MadeUp(blocks=9), b=MadeUp(blocks=9, seed=2).scale(1.5), c=MadeUp(noise=0.5),
                   d=MadeUp(noise=0.5, seed=2).scale(1.1))
        for pair in (("a", "b"), ("c", "d")):
            self.assertRegex(self.compare(*pair, "--fail-on", "5%").out, r"\nOpen +6 of 6 lines")

    def test_crash(self):
        """What was measured and now fails has got worse."""
        other = MadeUp(seed=2)
        other.failed["create/bare/fork/1/none"] = "killed by signal 11"
        self.write(a=MadeUp(), b=other)
        finished = self.compare("a", "b", "--fail-on", "5%", status=3)
        self.assertRegex(finished.out.splitlines()[-1], r"fork/1/none.*failed in B: killed by signal 11")
        self.compare("b", "a", "--fail-on", "5%")
        self.compare("a", "b")

    def test_other_figures(self):
        """A figure that is not the headline fails only if it is asked for."""
        one, two = MadeUp(), MadeUp(seed=2)
        two.figures["create"].reverse()
        self.write(a=one, b=two)
        # the made-up value of a second figure is half the first's: reversed, `called` has doubled
        self.assertEqual(self.load("a", "b")["regressions"], 0)
        document = self.load("a", "b", "--all-figures", "--fail-on", "5%", status=3)
        self.assertEqual({row["figure"] for row in document["rows"] if row["regression"]}, {"called"})

    def test_machines(self):
        self.write(a=MadeUp(), b=MadeUp(machine="other"))
        self.assertIn("one machine", self.refuse(2, "a", "b", "--fail-on", "5%"))


class Machines(CompareCase):
    def setUp(self):
        super().setUp()
        # twice as fast in everything, but fork costs only half as much beside a thread
        fast = MadeUp(seed=2, machine="fast").scale(0.5, *(cell[0] for cell in CELLS if cell[0].startswith("create")))
        fast.scale(0.5, "create/bare/fork/1/none").scale(2, *(cell[0] for cell in CELLS if cell[0].startswith("scaling")))
        fast.scale(0.25, "kernels/page-fault/serial/1/none")
        self.write(a=MadeUp(machine="slow"), b=fast)

    def test_ratios(self):
        """Only ratios of one machine are compared, and those of fork differ."""
        document = self.load("a", "b")
        self.assertEqual(document["mode"], "machines")
        ratios = by_cell(document, quantity="ratio")
        self.assertEqual(sorted(ratios), ["create/bare/fork/1/none", "create/bare/spawn/1/none", "scaling/spin/fork/2/none"])
        fork = ratios["create/bare/fork/1/none"]
        self.assertEqual(fork["over"], "create/bare/thread/1/none")
        self.assertAlmostEqual(fork["first"]["value"], 8, delta=0.05)
        self.assertAlmostEqual(fork["this"]["value"], 4, delta=0.05)
        self.assertAlmostEqual(fork["ratio"], fork["this"]["value"] / fork["first"]["value"], places=9)
        self.assertTrue(fork["low"] < 0.5 < fork["high"])
        self.assertEqual(fork["verdict"], "faster")
        for name, row in ratios.items():
            if row is not fork:
                self.assertAlmostEqual(row["ratio"], 1, delta=0.01, msg=name)
                self.assertEqual(row["verdict"], "equivalent")
        self.assertEqual(document["means"], [])

    def test_speedup(self):
        document = self.load("a", "b")
        speedups = by_cell(document, quantity="speedup")
        self.assertEqual(sorted(speedups), ["scaling/spin/fork/2/none", "scaling/spin/thread/2/none"])
        for row in speedups.values():
            self.assertEqual((row["better"], row["verdict"]), ("higher", "equivalent"))
            self.assertAlmostEqual(row["this"]["value"], row["first"]["value"], delta=0.02)

    def test_kernels(self):
        """Calibration kernels of the two machines beside each other."""
        kernels = {row["workload"]: row["ratio"] for row in self.load("a", "b")["kernels"]}
        self.assertAlmostEqual(kernels["syscall"], 1, delta=0.01)
        self.assertAlmostEqual(kernels["page-fault"], 0.25, delta=0.01)
        self.assertRegex(self.compare("a", "b").out, r"(?m)^ +page-fault .*0\.25")

    def test_more(self):
        """The first is the reference; one line a machine."""
        self.write(c=MadeUp(seed=3, machine="third"))
        document = self.load("a", "b", "c")
        self.assertEqual(by_cell(document, run="C", quantity="ratio")["create/bare/fork/1/none"]["verdict"], "equivalent")
        self.assertEqual(by_cell(document, run="B", quantity="ratio")["create/bare/fork/1/none"]["verdict"], "faster")
        out = self.compare("a", "b", "c").out
        self.assertRegex(out, r"(?m)^ +fork +1 +thread +A +8\.\d+.*\n +B +[34]\.\d+.* faster\n +C +[78]\.\d+.* equivalent$")

    def test_two_runs_of_one(self):
        self.write(c=MadeUp(seed=3, machine="slow"))
        self.assertRegex(self.compare("a", "b", "c").out, r"another run of A's machine")

    def test_other_baseline(self):
        """Ratios over different cells are not alike."""
        other = MadeUp(machine="odd")
        other.cell("create/bare/fork/1/none")["baseline"] = "create/bare/spawn/1/none"
        self.write(c=other, d=MadeUp(machine="slow").scale(1))
        self.assertRegex(self.refuse(1, "a", "c"), r"c: .*fork/1/none.* baseline .*spawn/1/none.*thread/1/none")

    def test_no_ratios(self):
        alone = MadeUp(machine="lone").drop(*(cell[0] for cell in CELLS if cell[2] and cell[0][:4] != "cont"))
        alone.drop("scaling/spin/thread/2/none")
        self.write(c=alone)
        self.assertRegex(self.refuse(1, "a", "c"), r"c: another machine .*no cell with a baseline in common")


class Hostile(CompareCase):
    """What a folder says is shown, never obeyed."""

    NAME = "create/\033]0;title\a\u202e|`](http://x.y)<b>@everyone #1/fork/1/none"

    def setUp(self):
        super().setUp()
        for name, run in (("a", MadeUp()), ("b", MadeUp(seed=2).scale(1.2))):
            cell = run.cell("create/bare/fork/1/none")
            cell["cell"] = cell["executor"] = cell["workload"] = self.NAME
            run.environment["\033[2J|`x`"] = name + "\033[31m<script>|`@everyone"
            run.figures["create"][0] = ("\033[1m|", "|\033", "lower")
            run.tool = ["not", "an", "object"]
            run.write(self.scratch.path(name))

    def test_terminal(self):
        for options in ((), ("--all-figures",), ("--fail-on", "1%")):
            out = self.compare("a", "b", *options, status=3 if "--fail-on" in options else 0).out
            self.assertNotRegex(out, "[\0-\x09\x0b-\x1f\x7f\u202e]")

    def test_markdown(self):
        """No cell beyond those of the heading, no markup outside of code."""
        out = self.compare("a", "b", "--markdown", "--fail-on", "1%", status=3).out
        self.assertNotRegex(out, "[\0-\x09\x0b-\x1f\x7f\u202e]")
        plain = re.sub("`[^`\n]*`", "", out)
        for text in ("@", "<b>", "<script>", "http", "`", "#1"):
            self.assertNotIn(text, plain)
        self.assert_tables(out)

    def assert_tables(self, out):
        width = None
        for line in out.splitlines():
            width = (width or line.count("|")) if line.startswith("|") else None
            self.assertEqual(width or 0, line.count("|") if line.startswith("|") else 0, line)

    def test_json(self):
        document = self.load("a", "b")
        self.assertIn(self.NAME, {row["cell"] for row in document["rows"]})


class Markdown(CompareCase):
    def test_tables(self):
        self.write(a=MadeUp(), b=MadeUp(seed=2).scale(1.1))
        out = self.compare("a", "b", "--markdown").out
        self.assertTrue(out.startswith("### "))
        self.assertRegex(out, r"(?m)^\| executor \| workers \| reaped A \| reaped B \| B/A \| p \| verdict \|\n"
                         r"\|---\|---:\|---:\|---:\|---:\|---:\|---\|\n\| thread \| 1 \| 10\.0+ µs \[.*\] \| 1[01]\.\d+ µs \[")
        Hostile.assert_tables(self, out)

    def test_in_any_locale(self):
        self.write(a=MadeUp(), b=MadeUp(seed=2).scale(1.1))
        finished = self.tvp("compare", "a", "b", "--markdown", env={"LC_ALL": "C"})
        self.assertIn("×", finished.out)


class Real(CompareCase):
    def test_two_runs(self):
        """Real folders of this machine, under another name, and cut off."""
        for name in ("a", "b"):
            finished = self.tvp("run", "create", *BARE, "--executors", "thread,fork", "--workers", "1", "--budget",
                                "2s", "--max-blocks", "4", "--out", name)
            self.assert_status(0, finished)
        document = self.load("a", "b")
        self.assertEqual(document["mode"], "runs")
        self.assertIn("fork", {row["executor"] for row in document["rows"]})
        for row in document["rows"]:
            self.assertGreater(row["ratio"], 0)
            self.assertEqual(row["verdict"], "inconclusive")
        self.compare("a", "b", "--fail-on", "5%", "--markdown")
        finished = self.tvp("run", "create", *BARE, "--executors", "thread,fork", "--workers", "1", "--budget", "2s",
                            "--max-blocks", "4", "--out", "c", "--machine-name", "other")
        self.assert_status(0, finished)
        self.assertEqual(self.load("a", "c")["mode"], "machines")
        shutil.rmtree(self.scratch.path("c"))
        self.assertIn("c: run.json", self.refuse(1, "a", "c"))


if __name__ == "__main__":
    main()
