#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Creators at the same time: what they bring up is measured, and only if one asks for it."""
import re

from tvp_case import Run, TvpCase, main

KINDS = ("thread", "fork", "spawn")


class Creators(TvpCase):
    def measure(self, *arguments):
        finished = self.tvp("run", "creators", *arguments, "--budget", "1s", "--max-blocks", "1", "--out", "run")
        self.assert_status(0, finished)
        self.assert_nothing_left()
        run = Run(self.scratch.path("run"))
        rows = run.rows(experiment="creators")
        self.assertEqual({(row["cell"], row["status"], row["reason"]) for row in rows if row["status"] != "ok"}, set())
        return run, rows

    def test_only_by_name(self):
        named = self.tvp("run", "creators", "--dry-run")
        self.assert_status(0, named)
        found = re.findall(r"(?m)^  creators/creation/scatter\S*, with worker=(\w+)\n +serial +workers 1\n"
                           r" +thread +workers (1.*)\n +fork +workers (1.*)$", named.out)
        self.assertEqual([kind for kind, _, _ in found], list(KINDS))
        for _, threads, processes in found:
            self.assertEqual(threads, processes)
        everything = self.tvp("run", "--dry-run")
        self.assert_status(0, everything)
        self.assertNotIn("creators", everything.out)

    def test_each_kind_by_threads_and_by_processes(self):
        _, rows = self.measure("--executors", "thread,fork", "--workers", "2")
        values = {(row["params"], row["executor"], row["batch"], row["figure"]): float(row["value"]) for row in rows}
        rates = {key[:3]: value for key, value in values.items() if key[3] == "rate"}
        self.assertEqual({key[:2] for key in rates},
                         {("worker=" + kind, executor) for kind in KINDS for executor in ("thread", "fork")})
        for key, rate in rates.items():
            self.assertAlmostEqual(rate * values[key + ("operation",)] / 1e9, 1, delta=1e-9)
            # Between a worker a minute and one in every ten clock ticks.
            self.assertGreater(rate, 1 / 60)
            self.assertLess(rate, 1e8)

    def test_speed_up_is_over_one_who_is_alone(self):
        run, _ = self.measure("--workers", "1,2", "--set", "worker=fork")
        rows = {(row["executor"], row["workers"]): row for row in run.summary
                if (row["experiment"], row["figure"]) == ("creators", "rate")}
        self.assertEqual(len(rows), 5)
        alone = rows.pop(("serial", "1"))
        for (_, workers), row in rows.items():
            self.assertEqual(row["reference"], alone["cell"])
            self.assertEqual(row["baseline"], "" if row["executor"] == "thread" else rows["thread", workers]["cell"])


if __name__ == "__main__":
    main()
