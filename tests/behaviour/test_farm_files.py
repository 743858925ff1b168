#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The files that only runs of a pool have: timeline.csv and crossings.csv."""
import csv
import os

from tvp_case import Run, TvpCase, main

TIMELINE_COLUMNS = "schema,run_id,machine_id,cell,block,worker,first,tasks,begin_ns,end_ns"
CROSSINGS_COLUMNS = ("schema,run_id,machine_id,experiment,workload,executor,workers,placement,params,figure,parameter,"
                     "unit,value,low,high,blocks,status")
TASKS = 16  # for each of two workers


class FarmFiles(TvpCase):
    def read(self, name, columns):
        with open(self.path("run", name), newline="", encoding="utf-8") as stream:
            self.assertEqual(stream.readline().rstrip("\n"), columns)
            stream.seek(0)
            return list(csv.DictReader(stream))

    def path(self, *parts):
        return self.scratch.path(*parts)

    def measure(self, *arguments):
        self.assert_status(0, self.tvp("run", *arguments, "--budget", "2s", "--max-blocks", "2", "--executors",
                                       "serial,thread,fork", "--workers", "2", "--out", "run"))
        run = Run(self.path("run"))
        self.assertIn(run.json["blocks"], (1, 2))  # the second only where the budget lasts
        return run

    def test_timeline(self):
        run = self.measure("imbalance", "--set", "spread=even", "--set", "tasks=%d" % TASKS, "--set",
                           "schedule=dynamic", "--set", "chunk=1")
        rows = self.read("timeline.csv", TIMELINE_COLUMNS)
        cells = {name for name in run.cells if name.startswith("imbalance/")}
        self.assertEqual({row["cell"] for row in rows}, cells)
        self.assertEqual({row["block"] for row in rows}, {"0"})
        self.assertEqual({row["run_id"] for row in rows}, {run.json["run_id"]})
        for cell in cells:
            mine = [row for row in rows if row["cell"] == cell]
            done = sorted((int(row["first"]), int(row["tasks"])) for row in mine)
            self.assertLessEqual({row["worker"] for row in mine}, {"0", "1"})
            self.assertTrue(all(int(row["begin_ns"]) <= int(row["end_ns"]) for row in mine))
            self.assertEqual([task for first, tasks in done for task in range(first, first + tasks)],
                             list(range(2 * TASKS)), cell)
        self.assertFalse(os.path.exists(self.path("run", "crossings.csv")))

    def test_crossings(self):
        run = self.measure("granularity", "--set", "length_ns=1000,100000")
        rows = self.read("crossings.csv", CROSSINGS_COLUMNS)
        params = {cell["params"].replace("length_ns=1000;", "") for cell in run.json["cells"]
                  if "length_ns=1000;" in cell["params"]}
        self.assertEqual(len(params), 2)
        self.assertEqual({(row["executor"], row["params"]) for row in rows},
                         {(executor, text) for executor in ("thread", "fork") for text in params})
        for row in rows:
            self.assertEqual((row["parameter"], row["unit"], row["blocks"], row["status"], row["value"]),
                             ("length_ns", "ns", str(run.json["blocks"]), "unclear", ""))
        with open(self.path("run", "crossings.csv"), "rb") as stream:
            before = stream.read()
        os.unlink(self.path("run", "crossings.csv"))
        self.assert_status(0, self.tvp("summary", "run"))
        with open(self.path("run", "crossings.csv"), "rb") as stream:
            self.assertEqual(stream.read(), before)
        self.assertFalse(os.path.exists(self.path("run", "timeline.csv")))


if __name__ == "__main__":
    main()
