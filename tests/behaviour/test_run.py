#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tiny runs from end to end: the files that are written, what is in them, and what is printed."""
import contextlib
import csv
import json
import os
import pty
import re
import subprocess
import xml.etree.ElementTree as ElementTree

from tvp_case import BARE, CREATE, EXECUTORS, FILES, HANGS_AFTER_S, TOP, TVP, Run, Scratch, TvpCase, main, sanitizer

SAMPLES_COLUMNS = (
    "schema,run_id,machine_id,experiment,group,cell,workload,executor,workers,placement,params,block,position,batch,"
    "start_ns,ops,wall_ns,user_ns,sys_ns,minor_faults,major_faults,voluntary_switches,involuntary_switches,figure,"
    "value,unit,better,status,reason,cpuset,cpu")
BLOCKS = 11  # a verdict takes ten
# What the children of others have used is not known.
USAGE = ("user_ns", "sys_ns", "minor_faults", "major_faults", "voluntary_switches", "involuntary_switches")
COUNTED = ("faults",)  # of which there may be none, and then no ratio
MIB = 1 << 20


class OneRun(TvpCase):
    """Tests that look at one run from all sides."""

    seconds, blocks = 0, 0
    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.shared = Scratch(TVP)
        cls.addClassCleanup(cls.shared.close)
        cls.finished = cls.measure()
        cls.folder = cls.shared.path("run")
        cls.run_read = Run(cls.folder) if cls.finished.status == 0 else None

    @classmethod
    def measure(cls):
        return cls.shared.run_in_time(cls.seconds, *cls.arguments, blocks=cls.blocks)

    def setUp(self):
        super().setUp()
        self.assert_status(0, self.finished)
        self.done = self.run_read


class Create(OneRun):
    # no group is settled before the last block, so that every block has every cell
    seconds, blocks = 36, BLOCKS
    arguments = CREATE + ("--min-blocks", BLOCKS, "--seed", "7")

    def test_files(self):
        self.assertEqual(set(os.listdir(self.folder)), FILES)
        self.assertEqual(ElementTree.parse(os.path.join(self.folder, "topology.xml")).getroot().tag, "topology")
        self.assert_nothing_left(self.shared)

    def test_header(self):
        self.assertEqual(",".join(self.done.samples_header), SAMPLES_COLUMNS)

    def test_every_row(self):
        """The fields that every row has; that rows have all fields was checked when they were read."""
        self.assert_all_ok(self.done)
        self.assert_whole_blocks(self.done)
        for row in self.done.samples:
            may_be_empty = {"params", "reason"} | set(USAGE if row["executor"] == "forkserver" else ())
            self.assertEqual([name for name in row if not row[name] and name not in may_be_empty], [], row)
            self.assertEqual(row["schema"], "1")
            self.assertEqual(row["run_id"], self.done.json["run_id"])
            self.assertEqual(row["machine_id"], self.done.json["machine_id"])
            self.assertGreater(int(row["ops"]), 0)
            self.assertGreater(int(row["wall_ns"]), 0)
            self.assertGreater(float(row["value"]), -1 if row["unit"] in COUNTED else 0, row)
            self.assertRegex(row["cpuset"], r"^\d[\d,;-]*$")
            self.assertEqual(len(row["cpu"].split(";")), int(row["workers"]))

    def test_plain_csv(self):
        """RFC 4180 and nothing beyond it: UTF-8, no byte order mark, no comments, rows that end alike."""
        with open(os.path.join(self.folder, "samples.csv"), "rb") as file:
            content = file.read()
        content.decode("utf-8")
        self.assertTrue(content.startswith(b"schema,"))
        self.assertTrue(content.endswith(b"\n"))
        self.assertNotIn(b"\r", content)
        self.assertEqual(content.count(b"\n"), len(self.done.samples) + 1)

    def test_sqlite(self):
        try:
            import sqlite3
        except ImportError:
            self.skipTest("this Python has no sqlite3")
        with contextlib.closing(sqlite3.connect(":memory:")) as database:
            for name, rows in (("samples", self.done.samples), ("summary", self.done.summary)):
                with open(os.path.join(self.folder, name + ".csv"), encoding="utf-8", newline="") as file:
                    header, *lines = csv.reader(file)
                database.execute("CREATE TABLE %s (%s)" % (name, ", ".join('"%s"' % column for column in header)))
                database.executemany("INSERT INTO %s VALUES (%s)" % (name, ", ".join("?" * len(header))), lines)
                self.assertEqual(database.execute("SELECT count(*) FROM " + name).fetchone(), (len(rows),))
            blocks = database.execute("SELECT count(DISTINCT block), max(block + 0) FROM samples").fetchone()
        self.assertEqual(blocks, (self.done.json["blocks"], self.done.json["blocks"] - 1))

    def test_run_json(self):
        run = self.done.json
        self.assertEqual(run["status"], "complete")
        self.assertEqual(self.done.blocks_valid, BLOCKS)
        self.assertEqual(run["samples_bytes"], os.path.getsize(os.path.join(self.folder, "samples.csv")))
        self.assertRegex(run["run_id"], r"^\d{8}T\d{6}Z-([0-9a-f]{7}|unknown)$")
        self.assertRegex(run["started"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(run["options"]["seed"], "7")
        self.assertGreater(run["measuring_share"], 0)
        self.assertLessEqual(run["measuring_share"], 1)
        self.assertGreater(run["wall_seconds"], 0)
        self.assertGreater(run["measurer"]["resident_bytes_max"], MIB / 16)
        self.assertEqual(len(set(self.done.cells)), len(run["cells"]))
        self.assertIsNotNone(run["noise"]["before"])
        self.assertIsNotNone(run["noise"]["after"])
        for cell in run["cells"]:
            self.assertGreater(cell["ops"], 0)
            self.assertIsNone(cell["skip"])

    def test_measurer_is_lean(self):
        if sanitizer(TVP):
            self.skipTest("a sanitizer takes memory of its own")
        self.assertLess(self.done.json["measurer"]["resident_bytes_max"], 8 * MIB)

    def test_controls(self):
        """Every run has an A/A pair and the harness itself."""
        self.assertEqual(len(self.done.rows(experiment="control", block="0", batch="0")), 2)
        self.assertEqual(len(self.done.rows(experiment="harness", block="0", batch="0")), 1)
        aa = self.done.json["aa"]
        self.assertEqual({aa["cell"], aa["baseline"]}, {c for c in self.done.cells if c.startswith("control/")})
        self.assertLessEqual(aa["low"], aa["ratio"])
        self.assertLessEqual(aa["ratio"], aa["high"])
        self.assertEqual(aa["proven"], aa["low"] <= 1 <= aa["high"])
        self.assertGreater(self.done.json["precision"]["attained_worst"], 0)
        self.assertIn(self.done.json["precision"]["attained_worst_cell"], self.done.cells)

    def test_gbench_json(self):
        with open(os.path.join(self.folder, "gbench.json"), encoding="utf-8") as file:
            benchmarks = json.load(file)
        self.assertEqual([entry for entry in benchmarks["tvp_failed"] if entry["tvp_status"] != "invalid"], [])
        self.assertEqual(benchmarks["context"]["host_name"], "")
        names = [entry["name"] for entry in benchmarks["benchmarks"]]
        self.assertEqual(sorted(names), sorted(self.done.cells * BLOCKS))
        for entry in benchmarks["benchmarks"]:
            self.assertGreater(entry["real_time"], 0)
            self.assertGreaterEqual(entry["cpu_time"], 0)

    def test_order_of_cost(self):
        medians = {executor: self.done.median(executor=executor, experiment="create", figure="reaped",
                                              placement="same-core")
                   for executor in EXECUTORS}
        self.assertLess(medians["serial"], medians["thread"])
        self.assertLess(medians["thread"], medians["fork"])
        if sanitizer(TVP):
            self.skipTest("a sanitizer makes fork copy its own memory: no order of fork and spawn")
        self.assertLess(medians["fork"], medians["spawn"])

    def test_order_of_phases(self):
        phases = {}
        for row in self.done.rows(experiment="create"):
            phases.setdefault((row["cell"], row["block"], row["batch"]), {})[row["figure"]] = float(row["value"])
        cells = [cell for cell in self.done.cells if cell.startswith("create/")]
        self.assertEqual(len(phases), len(cells) * self.done.json["blocks"] * self.done.json["options"]["batches"])
        for values in phases.values():
            self.assertLessEqual(values["called"], values["reaped"])
            self.assertLessEqual(values["started"], values["done"])
            self.assertLessEqual(values["done"], values["reaped"])

    def test_summary_csv(self):
        cells = {cell["cell"]: cell for cell in self.done.json["cells"]}
        figures = {e["name"]: len(e["figures"]) for e in self.done.json["experiments"]}
        self.assertEqual(len(self.done.summary), sum(figures[cell["experiment"]] for cell in cells.values()))
        disturbed = (self.done.json["blocks"] - self.done.blocks_valid) * self.done.json["options"]["batches"]
        for row in self.done.summary:
            self.assertEqual(int(row["blocks"]), BLOCKS)
            self.assertEqual((row["status"], bool(row["reason"]), int(row["failed"])), ("ok", disturbed > 0, disturbed))
            low, median, high = (float(row[name]) for name in ("median_low", "median", "median_high"))
            self.assertTrue(float(row["min"]) <= low <= median <= high, row)
            self.assertEqual(row["baseline"], cells[row["cell"]]["baseline"] or "")
            if not row["baseline"]:
                self.assertEqual((row["ratio"], row["verdict"]), ("", ""), row)
                continue
            self.assertEqual(cells[row["baseline"]]["group"], row["group"])
            if row["unit"] in COUNTED and not row["ratio"]:
                continue
            self.assertIn(row["verdict"], ("faster", "slower", "equivalent", "inconclusive"))
            self.assertTrue(float(row["ratio_low"]) <= float(row["ratio"]) <= float(row["ratio_high"]), row)
            self.assertTrue(0 <= float(row["p_value"]) <= 1, row)
            self.assertGreaterEqual(float(row["margin"]), 0.02)

    def test_verdicts(self):
        """They say what the intervals say; and processes cost more than threads, where they share one thread's core."""
        for row in self.done.summary:
            if not row["baseline"] or (row["unit"] in COUNTED and not row["ratio"]):
                continue
            self.assertEqual((row["executor"] == "thread"), row["experiment"] == "control", row)
            low, high, margin = (float(row[name]) for name in ("ratio_low", "ratio_high", "margin"))
            beyond = {"faster": high < 1, "slower": low > 1, "equivalent": low > 1 / (1 + margin) / 1.001 and
                      high < (1 + margin) * 1.001, "inconclusive": True}
            self.assertTrue(beyond[row["verdict"]], row)
            if row["verdict"] in ("faster", "slower"):
                self.assertLessEqual(float(row["p_value"]), 0.05, row)
        costs = {row["executor"]: row for row in self.done.summary
                 if row["placement"] == "same-core" and row["figure"] == "reaped"}
        self.assertEqual((costs["thread"]["baseline"], costs["thread"]["verdict"]), ("", ""))
        for executor, verdict in (("serial", "faster"), ("fork", "slower"), ("spawn", "slower")):
            self.assertEqual(costs[executor]["verdict"], verdict, costs[executor])

    def test_output(self):
        self.assertTrue(self.finished.out)
        self.assertNotRegex(self.finished.out, r"[\r\033]")
        self.assertNotIn("calibrating", self.finished.out + self.finished.err)
        self.assertNotIn("\r", self.finished.err)
        self.assertIn(self.done.json["run_id"], self.finished.out)
        for executor in EXECUTORS:
            self.assertRegex(self.finished.out, r"(?m)^ +%s +1 +[\d.]+" % executor)
        self.assertRegex(self.finished.err, r"\ASaved in run\n\Z|\nSaved in run\n\Z")

    def test_attained_precision_is_printed(self):
        self.assertRegex(self.finished.out, r"(?m)^Precision .*±[\d.]+ ?%")

    def test_summary_again(self):
        """The same table and the same file, however often."""
        path = os.path.join(self.folder, "summary.csv")
        with open(path, "rb") as file:
            before = file.read()
        os.unlink(path)
        again = self.shared.run("summary", "run")
        self.assertEqual(again, (0, self.finished.out, ""))
        with open(path, "rb") as file:
            self.assertEqual(file.read(), before)
        self.assertEqual(set(os.listdir(self.folder)), FILES)

    def test_summary_as_json(self):
        finished = self.shared.run("summary", "run", "--json")
        self.assertEqual((finished.status, finished.err), (0, ""))
        summary = json.loads(finished.out)
        self.assertIn(self.done.json["run_id"], finished.out)
        for cell in self.done.cells:
            self.assertIn(json.dumps(cell), json.dumps(summary))

    def test_summary_without_utf8(self):
        finished = self.shared.run("summary", "run", env={"LC_ALL": "C"})
        self.assertEqual((finished.status, finished.err), (0, ""))
        self.assertTrue(finished.out.isascii(), finished.out)

    def test_summary_that_nobody_can_take(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("there is no /dev/full")
        with open("/dev/full", "wb") as full:
            finished = self.shared.run("summary", "run", stdout=full)
        self.assertEqual(finished.status, 1)

    def test_colours(self):
        """Only on a terminal, and only where they are wanted."""
        cases = (("xterm", {}, True), ("xterm", {"NO_COLOR": "1"}, False), ("xterm", {"NO_COLOR": ""}, True),
                 ("dumb", {}, False))
        for terminal, more, coloured in cases:
            with self.subTest(terminal=terminal, environment=more):
                shown = on_terminal(self.shared, "summary", "run", env=dict(more, TERM=terminal))
                self.assertIn(self.done.json["run_id"], shown)
                self.assertEqual("\033[" in shown, coloured, shown)


class Scaling(OneRun):
    """All that there is to run, on as many workers as there are CPUs on small machines, and more."""

    arguments = ("scaling", "--budget", "3s", "--max-blocks", "2", "--workers", "1,3")

    @classmethod
    def setUpClass(cls):
        with contextlib.closing(Scratch(TVP)) as scratch:
            lists = json.loads(scratch.run("list", "--json").out)
        there = [entry for entry in lists["workloads"] if entry["available"]]
        cls.workloads = [entry["name"] for entry in there]
        cls.loops = [entry["name"] for entry in there if entry["event_loop"]]
        everyone = [entry["name"] for entry in lists["executors"]]
        cls.executors = [name for name in everyone if name != "event-loop"]
        cls.arguments += ("--workloads", ",".join(cls.workloads), "--executors", ",".join(everyone))
        super().setUpClass()

    @classmethod
    def measure(cls):
        """One block is enough, and comes whatever the budget."""
        return cls.shared.run("run", *cls.arguments, "--out", "run")

    def test_every_workload_is_right_under_every_executor(self):
        # The kernel may refuse io_uring, or the build lack it.
        self.assertEqual([(row["cell"], row["reason"]) for row in self.done.samples if row["status"] != "ok" and
                          (row["executor"], row["status"]) != ("event-loop", "skipped")], [])
        self.assert_whole_blocks(self.done)
        seen = {(row["workload"], row["executor"]) for row in self.done.rows(experiment="scaling")}
        expected = {(workload, executor) for workload in self.workloads for executor in self.executors}
        self.assertEqual(seen, expected | {(workload, "event-loop") for workload in self.loops})
        self.assertLessEqual({"sleep", "file-read", "file-write", "echo"}, set(self.loops))
        self.assertLessEqual(set(EXECUTORS), set(self.executors))

    def test_groups_stay_together(self):
        group_of = {cell["cell"]: cell["group"] for cell in self.done.json["cells"]}
        for block in self.done.blocks():
            changes = [group for group, before in zip((group_of[cell] for cell in block),
                                                      [None] + [group_of[cell] for cell in block]) if group != before]
            self.assertEqual(len(changes), len(set(changes)), changes)

    def test_cpu_time_is_counted_alike(self):
        """Google Benchmark's own CPU time would miss what processes use."""
        used = {}
        for executor in self.executors:
            rows = self.done.rows(experiment="scaling", workload="spin", executor=executor, workers="1",
                                  figure="throughput")
            each = sorted((int(row["user_ns"]) + int(row["sys_ns"])) / int(row["ops"]) for row in rows)
            used[executor] = each[len(each) // 2]
            self.assertGreater(used[executor], 0)
        self.assertLess(max(used.values()) / min(used.values()), 1.5, used)

    def test_speedup(self):
        """Serial work is what speed-up is over; waiting overlaps, whatever the number of CPUs."""
        for row in self.done.summary:
            if row["experiment"] == "scaling" and row["figure"] == "throughput":
                self.assertEqual(row["reference"], "scaling/%s/serial/1/none" % row["workload"])
                self.assertGreater(float(row["speedup"]), 0)
                self.assertAlmostEqual(float(row["efficiency"]) * int(row["workers"]), float(row["speedup"]), places=6)

    def test_no_verdict_on_so_little(self):
        self.assertEqual({row["verdict"] for row in self.done.summary if row["baseline"]}, {"inconclusive"})


class Waiting(OneRun):
    seconds, blocks = 25, 3
    arguments = ("scaling", "--workloads", "sleep", "--executors", "thread,fork,spawn", "--workers", "1,4")

    def test_waiting_overlaps(self):
        self.assert_all_ok(self.done)
        for executor in ("thread", "fork", "spawn"):
            one, four = (self.done.median(experiment="scaling", executor=executor, workers=workers)
                         for workers in ("1", "4"))
            self.assertGreater(four / one, 2.5, executor)

    def test_waiting_takes_no_cpu(self):
        for row in self.done.rows(experiment="scaling", workers="1"):
            self.assertLess(int(row["user_ns"]) + int(row["sys_ns"]), int(row["wall_ns"]) / 2, row)


class Order(TvpCase):
    def order(self, name, seed):
        finished = self.scratch.run_in_time(5, *CREATE, "--workers", "1,2", "--placement", "none", "--seed", seed,
                                            blocks=3, out=name)
        self.assert_status(0, finished)
        return Run(self.scratch.path(name)).blocks()

    def test_seeds(self):
        first, again, other = self.order("a", 42), self.order("b", 42), self.order("c", 43)
        self.assertGreaterEqual(min(len(first), len(again), len(other)), 3)
        self.assertEqual(first[:3], again[:3])
        self.assertNotEqual(first[:3], other[:3])
        self.assertGreater(len({tuple(block) for block in first}), 1)


class Settled(TvpCase):
    def test_the_run_ends_when_enough_is_known(self):
        """Intervals as wide as these are had soon after the fewest blocks that have any: before the budget."""
        finished = self.scratch.run_in_time(20, "create", *BARE, "--placement", "same-core", "--executors",
                                            "thread,fork", "--min-blocks", "7", "--precision", "90%")
        self.assert_status(0, finished)
        run = Run(self.scratch.path("run"))
        self.assertEqual(run.json["status"], "complete")
        self.assertGreaterEqual(run.json["blocks"], 7)
        self.assertFalse(run.is_out_of_time())
        self.assertEqual(len(run.blocks()), run.json["blocks"])
        for block in run.blocks()[:7]:
            self.assertEqual(sorted(block), sorted(run.cells))


class Printed(TvpCase):
    def test_json(self):
        finished = self.tvp("run", *CREATE, "--budget", "1s", "--max-blocks", "1", "--out", "run", "--json")
        self.assert_status(0, finished)
        json.loads(finished.out)
        self.assertEqual(self.tvp("summary", "run", "--json").out, finished.out)

    def test_progress_is_for_terminals(self):
        """A line on standard error that is taken away again; standard output stays clean."""
        leader, follower = pty.openpty()
        with open(leader, "rb", buffering=0) as screen:
            process = self.scratch.start("run", *CREATE, "--budget", "1s", "--max-blocks", "1", "--out", "run",
                                         stderr=follower, env={"TERM": "xterm"})
            os.close(follower)
            shown = read_all(screen)
            finished = self.scratch.finish(process)
        self.assertEqual(finished.status, 0, shown)
        self.assertIn("calibrating", shown)
        self.assertRegex(shown, r"\r\033\[K(?!.*(block|calibrating))")
        self.assertNotRegex(finished.out, r"[\r\033]")


class Documented(TvpCase):
    """results/README.md has a line for every column and for every member of run.json."""

    def test_names(self):
        self.assert_status(0, self.tvp("run", "harness", "--budget", "1s", "--max-blocks", "1", "--out", "run"))
        run = Run(self.scratch.path("run"))
        with open(os.path.join(TOP, "results", "README.md"), encoding="utf-8") as file:
            first_fields = re.findall(r"(?m)^\|([^|]*)\|", file.read())
        described = set(re.findall(r"`([a-z0-9_]+)", " ".join(first_fields)))
        written = set(run.samples_header) | set(run.summary_header) | set(run.json)
        self.assertEqual(written - described, set(), "no line of a table in results/README.md begins with these")


def read_all(screen):
    """What a program prints on a terminal until it ends."""
    shown = b""
    while True:
        try:
            part = screen.read(4096)
        except OSError:  # EIO: the other end is closed
            part = b""
        if not part:
            return shown.decode("utf-8", "replace")
        shown += part


def on_terminal(scratch, *arguments, env):
    """What tvp prints on standard output, where that is a terminal."""
    leader, follower = pty.openpty()
    with open(leader, "rb", buffering=0) as screen:
        process = scratch.start(*arguments, stdout=follower, env=env)
        os.close(follower)
        shown = read_all(screen)
        try:
            process.communicate(timeout=HANGS_AFTER_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return shown


if __name__ == "__main__":
    main()
