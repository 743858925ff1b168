#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a worker costs at all and for each MiB of its parent: fits.csv, and the table of it."""
import csv
import json
import os
import re

from tvp_case import BARE, Run, TvpCase, main

COLUMNS = ("schema,run_id,machine_id,experiment,workload,executor,workers,placement,params,figure,parameter,least,most,"
           "levels,fixed,fixed_low,fixed_high,fixed_unit,slope,slope_low,slope_high,slope_unit,off,blocks,status")
NUMBERS = ("fixed", "fixed_low", "fixed_high", "slope", "slope_low", "slope_high", "off")
SETTINGS = [word.replace("memory_mib=0", "memory_mib=0,16,64") for word in BARE]


class Fits(TvpCase):
    def path(self, *parts):
        return self.scratch.path(*parts)

    def measure(self, budget, blocks, *arguments):
        self.assert_status(0, self.tvp("run", "create", *SETTINGS, "--executors", "thread,fork", "--placement",
                                       "same-core", "--budget", budget, "--max-blocks", blocks, "--out", "run",
                                       *arguments))
        return Run(self.path("run"))

    def read(self):
        with open(self.path("run", "fits.csv"), newline="", encoding="utf-8") as stream:
            self.assertEqual(stream.readline().rstrip("\n"), COLUMNS)
            stream.seek(0)
            return {row["executor"]: row for row in csv.DictReader(stream)}

    def assert_identity(self, rows, run):
        self.assertEqual(set(rows), {"thread", "fork"})
        for row in rows.values():
            self.assertEqual((row["schema"], row["run_id"], row["machine_id"]),
                             ("1", run.json["run_id"], run.json["machine_id"]))
            self.assertEqual((row["experiment"], row["workers"], row["placement"], row["figure"], row["parameter"]),
                             ("create", "1", "same-core", "reaped", "memory_mib"))
            self.assertEqual((row["least"], row["most"], row["levels"]), ("0", "64", "3"))
            self.assertEqual((row["fixed_unit"], row["slope_unit"]), ("ns", "ns/MiB"))
            self.assertNotIn("memory_mib", row["params"])
            self.assertIn("thp=off", row["params"])

    def test_run_of_few_blocks(self):
        """Too few for a fit; and `tvp summary` finds the same as the run did."""
        run = self.measure("1s", "2")
        rows = self.read()
        self.assert_identity(rows, run)
        for row in rows.values():
            self.assertLessEqual(int(row["blocks"]), run.json["blocks"])
            self.assertEqual(row["status"], "unclear")
            self.assertEqual({row[name] for name in NUMBERS}, {""})
        with open(self.path("run", "fits.csv"), "rb") as stream:
            before = stream.read()
        os.unlink(self.path("run", "fits.csv"))
        finished = self.tvp("summary", "run")
        self.assert_status(0, finished)
        self.assertNotIn("cost = fixed", finished.out)
        with open(self.path("run", "fits.csv"), "rb") as stream:
            self.assertEqual(stream.read(), before)

    def test_fork_pays_for_memory(self):
        """fork copies the page tables of its parent, a thread does not: that is what the slopes say."""
        # planned as thirty blocks, and done after ten: in a third of the budget, unless the machine has much else to do
        run = self.measure("26s", "10", "--precision", "0.01%")
        rows = self.read()
        self.assert_identity(rows, run)
        if any(int(row["blocks"]) < 10 for row in rows.values()):
            self.skipTest("this machine has not measured ten blocks that count")
        fork = {name: float(rows["fork"][name]) for name in NUMBERS}
        thread = {name: float(rows["thread"][name]) for name in NUMBERS}
        self.assertEqual({row["status"] for row in rows.values()}, {"fitted"})
        self.assertGreater(fork["slope_low"], 0)
        self.assertGreater(fork["slope"], 5 * thread["slope"])
        self.assertGreater(thread["fixed_low"], 0)
        for fit in (fork, thread):
            self.assertTrue(fit["fixed_low"] <= fit["fixed"] <= fit["fixed_high"])
            self.assertTrue(fit["slope_low"] <= fit["slope"] <= fit["slope_high"])
            self.assertGreaterEqual(fit["off"], 0)
        self.assert_shown(fork)

    def assert_shown(self, fork):
        """The table and the JSON say what the file says."""
        shown = self.tvp("summary", "run").out
        table = re.search(r"placed same-core: cost = fixed \+ slope × memory_mib\n.*\n(?:  .*\n)*", shown).group()
        slope = re.search(r"^  fork .* ([0-9.]+) ms/GiB +\[", table, re.M).group(1)
        self.assertAlmostEqual(float(slope), fork["slope"] * 1024 / 1e6, delta=0.02 * float(slope) + 0.06)
        found = json.loads(self.tvp("summary", "run", "--json").out)["fits"]
        self.assertEqual([fit["executor"] for fit in found], ["thread", "fork"])
        self.assertEqual(found[1]["slope"], [fork["slope"], fork["slope_low"], fork["slope_high"]])
        self.assertEqual(found[1]["fixed"], [fork["fixed"], fork["fixed_low"], fork["fixed_high"]])
        self.assertEqual((found[1]["off"], found[1]["status"]), (fork["off"], "fitted"))


if __name__ == "__main__":
    main()
