#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Known tables are measured with their own parameters, and this machine stands below the machines of others."""
import json
import re

from tvp_case import Run, TvpCase, main

# Small, and not all of the memory that the tables go up to; the budget is for blocks that a busy machine spoils.
SMALL = ("--executors", "thread,fork,vfork-exit", "--set", "memory_mib=0,1", "--budget", "30s", "--max-blocks", "1")
SUBJECTS = {
    0: {"thread", "fork", "vfork-exit", "clone3-vfork", "fork-exec", "vfork-exec", "spawn-static"},
    1: {"fork", "vfork-exit", "clone3-vfork", "fork-exec", "vfork-exec"},
    10: {"fork", "vfork-exit", "clone3-vfork", "fork-exec", "vfork-exec"},
    16: {"fork-exec", "spawn-static"},
    64: {"fork-exec", "spawn-static"},
    256: {"fork-exec", "spawn-static"},
    1024: {"fork"},
}


class Tables(TvpCase):
    def measure(self):
        finished = self.tvp("run", "tables", *SMALL, "--out", "run")
        self.assert_status(0, finished)
        self.assert_nothing_left()
        run = Run(self.scratch.path("run"))
        rows = {(row["executor"], row["params"].split(";")[0]): row for row in run.summary
                if (row["experiment"], row["figure"]) == ("tables", "reaped")}
        self.assertEqual({row["status"] for row in rows.values()}, {"ok"})
        return finished, run, rows

    def test_only_by_name_and_as_the_originals_were(self):
        everything = self.tvp("run", "--dry-run")
        self.assert_status(0, everything)
        self.assertNotRegex(everything.out, "(?m)^tables")
        for arguments in ((), ("--workers", "2", "--placement", "compact")):
            named = self.tvp("run", "tables", "--dry-run", *arguments)
            self.assert_status(0, named)
            found = {}
            for group, cells in re.findall(r"(?m)^  tables/noop/none\S*, with memory_mib=(\d+).*\n((?:    .*\n)+)",
                                           named.out):
                found[int(group)] = set(re.findall(r"(?m)^    (\S+) +workers 1$", cells))
            self.assertEqual(found, SUBJECTS)

    def test_this_machine_below_the_others(self):
        finished, run, rows = self.measure()
        table = re.search(r"(?m)^(?:Unproven: )?llnl: .*, in s\n +machine +fork .*\n((?:  .*\n){10})(  This machine: .*)",
                          finished.out)
        self.assertTrue(table, finished.out)
        machines = [re.split(r"  +", line.strip()) for line in table.group(1).splitlines()]
        self.assertEqual(machines[0][:3], ["Intel Xeon E5-2670", "8.1", "0.9"])
        self.assertEqual(machines[-2][:3], ["Intel Itanium 2", "54.5", "2.0"])
        self.assertEqual(machines[-1][0], "this machine")
        names = ("fork", "memory_mib=0"), ("thread", "memory_mib=0")
        for text, name in zip(machines[-1][1:3], names):
            self.assertAlmostEqual(float(text) / (float(rows[name]["median"]) * 50000 / 1e9), 1, delta=0.006)
        made = [int(rows[name]["operations"]) for name in names]
        self.assertLess(max(made), 50000)  # in a block
        samples = run.rows(cell=rows[names[0]]["cell"], figure="reaped", status="ok")
        self.assertEqual(made[0], sum(int(row["ops"]) for row in samples))
        self.assertIn("times 50,000; extrapolated from %s creations (fork), %s (pthread_create)."
                      % tuple("{:,}".format(number) for number in made), finished.out)
        self.assertIn("Source: Lawrence Livermore National Laboratory", finished.out)

    def test_what_is_not_repeated_is_empty(self):
        _, run, rows = self.measure()
        (experiment,) = [one for one in run.json["experiments"] if one["name"] == "tables"]
        tables = {table["name"]: table for table in experiment["published"]}
        self.assertEqual(set(tables), {"llnl", "tlpi"})  # of the others it has no value
        cells = dict(zip(tables["tlpi"]["lines"], tables["tlpi"]["cells"]))
        self.assertEqual(cells["fork"], [rows["fork", "memory_mib=0"]["cell"], rows["fork", "memory_mib=1"]["cell"], None])
        self.assertEqual(cells["fork + exec"], [None, None, None])
        again = self.tvp("summary", "run", "--json")
        self.assert_status(0, again)
        table = json.loads(again.out)["published"][1]
        self.assertEqual(table["rows"][0], {"line": "fork", "machine": "Linux 2.6.27", "values": [22.27, 26.38, 126.93],
                                            "ratio": table["rows"][0]["ratio"]})
        self.assertAlmostEqual(table["rows"][0]["ratio"], 126.93 / 22.27)
        fork = table["this_machine"][0]
        self.assertEqual(fork["line"], "fork")
        self.assertAlmostEqual(fork["values"][1]["value"][0] * 1e9 / 100000,
                               float(rows["fork", "memory_mib=1"]["median"]), delta=1e-3)
        self.assertTrue(fork["values"][1]["extrapolated"])
        self.assertIsNone(fork["values"][2])
        self.assertEqual(fork["ratio"], [None, None, None])

    def test_printed_again(self):
        finished, _, _ = self.measure()
        again = self.tvp("summary", "run")
        self.assert_status(0, again)
        begin = finished.out.index("tlpi: ")
        self.assertIn(finished.out[begin : finished.out.index("Source: M. Kerrisk")], again.out)


if __name__ == "__main__":
    main()
