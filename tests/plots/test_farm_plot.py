#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The pictures of experiments over a pool, and the files that only they use: crossings.csv and timeline.csv."""
import csv
import os
import random
import shutil
import unittest
import warnings
import xml.etree.ElementTree as ElementTree
from unittest import mock

import test_plot

import synthetic_farm as made_up
from tvpplot import labels, style
from tvpplot.errors import PlotError
from tvpplot.figures import all_drawers
from tvpplot.lanes import lanes_of
from tvpplot.load import load_run
from tvpplot.model import Event, Timeline

EXPERIMENTS = ("dispatch", "granularity", "imbalance", "payload", "round-trip")
PICTURES = ["dispatch", "granularity", "imbalance-1", "imbalance-2", "imbalance-3", "payload", "round-trip"]


class FarmCase(test_plot.FolderCase):
    def load(self, case):
        shutil.rmtree(self.run_folder, ignore_errors=True)
        return load_run(case.write(self.run_folder))

    def draw(self, case, experiment):
        run = self.load(case)
        style.prepare()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            rows = [row for row in run.rows if row.experiment == experiment]
            return all_drawers()[experiment](run, rows, style.executor_looks(row.executor for row in run.rows))

    def small(self, *parts, **options):
        """Two executors and a peer, only what the test is about."""
        options.setdefault("executors", ("thread", "fork", "openmp"))
        folder = made_up.Folder(3, "20250301T100000Z-79a0eef", **options)
        for part in parts:
            getattr(folder, part)()
        return folder

    def containers(self, figure):
        """label → containers, of all axes"""
        found = {}
        for axes in figure.axes:
            for container in axes.containers:
                found.setdefault(container.get_label(), []).append(container)
        return found

    def written(self, figure):
        items = list(figure.texts) + [item for axes in figure.axes for item in axes.texts]
        items += [item for legend in figure.legends for item in legend.get_texts()]
        return [item.get_text() for item in items]

    def edit(self, name, line, column, value):
        """Another value in a row (from 0) of a file that was written."""
        path = os.path.join(self.run_folder, name)
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        rows[line + 1][rows[0].index(column)] = value
        self.put(name, "".join(",".join(row) + "\n" for row in rows).encode())

    def put(self, name, content):
        with open(os.path.join(self.run_folder, name), "wb") as file:
            file.write(content)

    def refused(self, pattern):
        with self.assertRaisesRegex(PlotError, pattern) as caught:
            load_run(self.run_folder)
        self.assertTrue(str(caught.exception).isprintable())


class Files(FarmCase):
    def test_every_picture_is_written(self):
        case = self.small("dispatch", "round_trip", "granularity", "payload", "imbalance")
        result = self.plot(case.write(self.run_folder), "--out", self.out, "--format", "svg")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        names = [os.path.splitext(os.path.basename(path))[0] for path in result.stdout.splitlines()]
        self.assertEqual(names, PICTURES)
        for path in result.stdout.splitlines():
            self.assertEqual(ElementTree.parse(path).getroot().tag, "{http://www.w3.org/2000/svg}svg")

    def test_one_clear_line_about_a_bad_file(self):
        for name in ("crossings.csv", "timeline.csv"):
            with self.subTest(name):
                self.small("dispatch").write(self.run_folder)
                self.put(name, b"nonsense\n1\n")
                result = self.plot(self.run_folder, "--out", self.out)
                self.assertEqual((result.returncode, result.stdout), (1, ""))
                self.assertRegex(result.stderr, r"\Aplot: \S+/%s, row 1: column \w+ is missing; .*\n\Z" % name)
                self.assertFalse(os.path.exists(self.out))
                os.unlink(os.path.join(self.run_folder, name))

    def test_neither_file_has_to_be_there(self):
        case = self.small("granularity", "imbalance")
        case.crossings, case.events = [], []
        (figure,) = self.draw(case, "granularity")
        self.assertNotIn("break-even length", self.written(figure))
        (figure,) = self.draw(case, "imbalance")
        self.assertIn("over-ideal", self.written(figure))

    def test_a_file_with_nothing_but_names_is_no_error(self):
        self.small("dispatch").write(self.run_folder)
        self.put("crossings.csv", ",".join(made_up.CROSSINGS).encode())
        self.put("timeline.csv", ",".join(made_up.TIMELINE).encode() + b"\n")
        run = load_run(self.run_folder)
        self.assertEqual((run.crossings, run.timelines), ([], {}))


class Refused(FarmCase):
    def test_crossings(self):
        self.small("granularity").write(self.run_folder)
        original = test_plot.read(os.path.join(self.run_folder, "crossings.csv"))
        for column, value in (
            ("run_id", "another"), ("experiment", ""), ("executor", ""), ("parameter", ""), ("workers", "0"),
            ("workers", "2.0"), ("value", "soon"), ("value", "nan"), ("value", "-1"), ("value", "1e19"), ("value", ""),
            ("value", "0"), ("low", "1e9"), ("high", "1"), ("high", "\x1b[31m"), ("blocks", "-1"), ("status", "maybe"),
            ("status", "never"),
        ):
            with self.subTest("%s=%s" % (column, value)):
                self.put("crossings.csv", original)
                self.edit("crossings.csv", 1, column, value)
                blamed = "value" if column in ("low", "high") or value == "never" else column
                what = r"[^\"]*\" is not a number" if "\x1b" in value else ""
                self.refused(r"crossings\.csv, row 3, column %s: \"%s" % ("high" if what else blamed, what))
        self.put("crossings.csv", original + original.splitlines(keepends=True)[-1])
        self.refused(r"row \d+, column params: .* earlier row")

    def test_timeline(self):
        self.small("imbalance").write(self.run_folder)
        original = test_plot.read(os.path.join(self.run_folder, "timeline.csv"))
        for column, value in (
            ("run_id", "another"), ("cell", ""), ("block", "x"), ("block", "1.5"), ("worker", "-1"),
            ("worker", "99999999"), ("first", "1e3"), ("tasks", "many"), ("begin_ns", "9" * 30), ("begin_ns", "-5"),
            ("end_ns", ""), ("end_ns", "\u0661"),
        ):
            with self.subTest("%s=%s" % (column, value)):
                self.put("timeline.csv", original)
                self.edit("timeline.csv", 1, column, value)
                self.refused(r"timeline\.csv, row 3, column \w+: \"")

    def test_files_that_are_no_tables(self):
        self.small("dispatch").write(self.run_folder)
        for name in ("crossings.csv", "timeline.csv"):
            columns = made_up.CROSSINGS if name == "crossings.csv" else made_up.TIMELINE
            header = ",".join(columns).encode() + b"\n"
            for content, pattern in (
                (b"", "no rows"), (b"\0\n", "NUL"), (b"\xff\xfe\n", "not UTF-8"),
                (header + b"1,2\n", "row 2: has 2 columns"), (header + b'"' + b"x" * 200000 + b"\n", "not CSV"),
                (header.replace(b"schema", b"run_id"), "twice"),
            ):
                with self.subTest("%s %s" % (name, pattern)):
                    self.put(name, content)
                    self.refused("%s.*%s" % (name.replace(".", r"\."), pattern))
            os.unlink(os.path.join(self.run_folder, name))
            os.mkfifo(os.path.join(self.run_folder, name))
            self.refused("is not a regular file")
            os.unlink(os.path.join(self.run_folder, name))

    def test_too_many_rows(self):
        self.small("granularity", "imbalance").write(self.run_folder)
        for module in ("crossings_csv", "timeline_csv"):
            with mock.patch("tvpplot.%s.ROWS_MAX" % module, 3):
                self.refused("has more than 3 rows")
            os.unlink(os.path.join(self.run_folder, module.replace("_csv", ".csv")))

    def test_too_many_to_draw(self):
        case = self.small()
        for i in range(50):
            case.cell("payload", "checksum", "thread", "task", 5, {"bytes": 8, "other": i})
        with self.assertRaisesRegex(PlotError, "50 groups of cells are too many"):
            self.draw(case, "payload")
        case = self.small()
        for i in range(30):
            case.cell("payload", "checksum", "executor-%d" % i, "task", 5, {"bytes": 8})
        with self.assertRaisesRegex(PlotError, "more than 24 executors"):
            self.draw(case, "payload")

    def test_only_the_first_block_of_a_timeline_is_looked_at(self):
        self.small("imbalance").write(self.run_folder)
        before = load_run(self.run_folder).timelines
        with open(os.path.join(self.run_folder, "timeline.csv"), "a") as file:
            file.write("1,20250301T100000Z-79a0eef,m,a/cell,8,0,0,1,5,6\n1,20250301T100000Z-79a0eef,m,cut o")
        self.assertEqual(load_run(self.run_folder).timelines, before)

    def test_only_so_much_of_a_timeline_is_read(self):
        self.small("imbalance").write(self.run_folder)
        whole = load_run(self.run_folder).timelines
        with mock.patch("tvpplot.timeline_csv.START_BYTES", 5000):
            start = load_run(self.run_folder).timelines
        (cell,) = start
        self.assertGreater(len(start[cell].events), 10)
        self.assertEqual(start[cell].events, whole[cell].events[: len(start[cell].events)])


class Numbers(FarmCase):
    """What is drawn is what the files say."""

    def rows(self, case, **wanted):
        return [row for row in case.rows if all(str(row[name]) == str(value) for name, value in wanted.items())]

    def check_points(self, container, estimates, horizontal=False):
        """`estimates`: (value, low, high)"""
        line, _, (bars,) = container
        points = line.get_xdata() if horizontal else line.get_ydata()
        self.assertEqual(len(points), len(estimates))
        along = 0 if horizontal else 1
        for point, segment, (value, low, high) in zip(points, bars.get_segments(), estimates):
            self.assertEqual(point, float(value))
            self.assertAlmostEqual(segment[0][along] / float(low), 1, 9)
            self.assertAlmostEqual(segment[1][along] / float(high), 1, 9)

    def estimates(self, rows, name="median"):
        return [(row[name], row[name + "_low"], row[name + "_high"]) for row in rows]

    def test_dispatch(self):
        case = self.small("dispatch")
        (figure,) = self.draw(case, "dispatch")
        found = self.containers(figure)
        for executor in ("thread", "fork", "openmp"):
            rows = [row for row in self.rows(case, executor=executor) if ";schedule=dynamic;" in ";" + row["params"]]
            self.check_points(found[executor][0], self.estimates(rows))
            rows = self.rows(case, executor=executor)
            (default,) = [row for row in rows if "entry=map;schedule=auto;" in row["params"]]
            self.check_points(found[executor + " default"][0], self.estimates([default]))
        for executor, call in (("thread", "apply"), ("fork", "imap-unordered"), ("openmp", "apply-async")):
            (row,) = [row for row in self.rows(case, executor=executor) if "entry=%s;" % call in row["params"]]
            self.check_points(found["%s %s" % (executor, call)][0], self.estimates([row]), True)
            self.assertIn(labels.duration(float(row["median"])), self.written(figure))
        self.assertNotIn("openmp apply", found)
        texts = self.written(figure)
        for name in ("thread", "fork", "openmp", "map, by chunk size", "apply", "apply-async", "imap-unordered"):
            self.assertIn(name, texts)
        ticks = [label.get_text() for label in figure.axes[0].get_xticklabels()]
        self.assertEqual(ticks[:2] + ticks[-1:], ["1", "4", "default"])

    def test_peers_are_told_from_executors(self):
        (figure,) = self.draw(self.small("dispatch"), "dispatch")
        found = self.containers(figure)
        thread, openmp = found["thread"][0][0], found["openmp"][0][0]
        self.assertEqual(openmp.get_markerfacecolor(), "white")
        self.assertNotEqual(thread.get_markerfacecolor(), "white")
        self.assertLess(openmp.get_linewidth(), thread.get_linewidth())
        self.assertIn("open markers", " ".join(self.written(figure)))
        (figure,) = self.draw(self.small("dispatch", executors=("thread",)), "dispatch")
        self.assertNotIn("open markers", " ".join(self.written(figure)))

    def test_dispatch_with_one_chunk_size_only(self):
        case = self.small("dispatch")
        case.rows = [row for row in case.rows if ";chunk=1;" in row["params"]]
        (figure,) = self.draw(case, "dispatch")
        expected = {name + " map, dynamic, chunk 1" for name in ("thread", "fork", "openmp")}
        self.assertEqual(set(self.containers(figure)), expected)

    def test_granularity(self):
        case = self.small("granularity", executors=("serial", "thread", "fork"))
        (figure,) = self.draw(case, "granularity")
        found = self.containers(figure)
        for executor in ("thread", "fork"):
            for recycle, label in ((0, executor), (1, executor + " recycle=1")):
                rows = [row for row in self.rows(case, executor=executor) if ";recycle=%d;" % recycle in row["params"]]
                self.assertEqual(list(found[label][0][0].get_xdata()), [int(length) for length in made_up.LENGTHS])
                self.check_points(found[label][0], self.estimates(rows, "speedup"))
                (crossing,) = [row for row in case.crossings
                               if row["executor"] == executor and ";recycle=%d;" % recycle in row["params"]]
                mark = found["%s recycle=%d crossing" % (executor, recycle)][0]
                self.check_points(mark, [(crossing["value"], crossing["low"], crossing["high"])], True)
                self.assertEqual(list(mark[0].get_ydata()), [1])
                length = labels.duration(float(crossing["value"]))
                self.assertIn("%s %s" % (executor, length), self.written(figure))
                self.assertIn(length, self.written(figure))
        thick, thin = found["thread"][0][0], found["thread recycle=1"][0][0]
        self.assertLess(thin.get_linewidth(), thick.get_linewidth())
        self.assertEqual(thin.get_color(), thick.get_color())
        self.assertNotIn("serial", found)
        lines = {line.get_label(): line.get_ydata()[0] for line in figure.axes[0].get_lines()}
        self.assertEqual((lines["break-even"], lines["ideal"]), (1, 2))
        self.assertEqual((figure.axes[0].get_xscale(), figure.axes[0].get_yscale()), ("log", "log"))
        self.assertIn("a worker for every task", self.written(figure))

    def test_lengths_that_do_not_cross(self):
        (figure,) = self.draw(made_up.no_crossing(), "granularity")
        self.assertFalse([label for label in self.containers(figure) if "crossing" in label])
        texts = self.written(figure)
        self.assertEqual([texts.count(words) for words in ("at every length", "unclear", "at none")], [2, 1, 5])

    def test_an_end_that_is_not_known_reaches_the_edge(self):
        case = self.small("granularity", executors=("thread",))
        case.crossings[0].update(low="")
        (figure,) = self.draw(case, "granularity")
        ((_, _, (bars,)),) = self.containers(figure)["thread recycle=0 crossing"]
        self.assertAlmostEqual(bars.get_segments()[0][0][0] / figure.axes[0].get_xlim()[0], 1, 6)
        self.assertIn("[…, ", " ".join(self.written(figure)))

    def test_every_way_of_sharing_out_has_its_page(self):
        case = self.small("granularity", executors=("thread",))
        for length in (1000, 10000):
            row = case.cell("granularity", "busy", "thread", "throughput", 1, {"length_ns": length, "spread": "even"},
                            schedule="static")
            row.update(unit="1/s", speedup="1.25", speedup_low="1.2", speedup_high="1.3")
        first, second = self.draw(case, "granularity")
        self.assertNotIn(1.25, self.containers(first)["thread"][0][0].get_ydata())
        self.assertEqual(list(self.containers(second)["thread"][0][0].get_ydata()), [1.25, 1.25])
        self.assertIn("2 workers, schedule=static, chunk=0", self.written(second))
        self.assertNotIn("thread recycle=0 crossing", self.containers(second))

    def test_payload(self):
        case = self.small("payload")
        (figure,) = self.draw(case, "payload")
        found = self.containers(figure)
        expected = ["thread " + mode for mode in made_up.MODES] + ["fork shared", "fork copy", "fork pipe"]
        self.assertEqual(sorted(found), sorted(expected))
        for label, (container,) in found.items():
            executor, mode = label.split()
            rows = [row for row in self.rows(case, executor=executor) if "payload=%s;" % mode in row["params"]]
            self.check_points(container, self.estimates(rows))
            self.assertIn(mode, self.written(figure))
        ticks = [label.get_text() for label in figure.axes[0].get_xticklabels()]
        self.assertEqual((ticks[0], ticks[-1]), ("8 B", "1 MiB"))
        self.assertEqual(figure.axes[0].get_ylim(), figure.axes[1].get_ylim())

    def test_round_trip(self):
        case = self.small("round_trip")
        (figure,) = self.draw(case, "round-trip")
        found = self.containers(figure)
        for placement in ("same-core", "scatter"):
            for row in self.rows(case, placement=placement):
                containers = found["%s placement %s" % (row["executor"], placement)]
                self.check_points(containers[row["unit"] == "x"], self.estimates([row]), True)
        self.assertIn("over a bare futex round trip between the same CPUs", [axes.get_xlabel() for axes in figure.axes])

    def test_imbalance(self):
        case = self.small("imbalance")
        figure = self.draw(case, "imbalance")[-1]
        found = self.containers(figure)
        for row in case.rows:
            containers = found["%s %s" % (row["executor"], row["cell"])]
            self.check_points(containers[row["figure"] == "idle"], self.estimates([row]), True)
        for name in (
            "even", "lognormal", "giant", "dynamic, chunk 1", "guided, chunk 1", "static", "over-ideal", "idle",
            "what idle means, in words",
        ):
            self.assertIn(name, self.written(figure))

    def test_units_are_converted(self):
        case = self.small("dispatch", executors=("thread",))
        for row in case.rows:
            row["unit"] = "us"
        (figure,) = self.draw(case, "dispatch")
        rows = [row for row in case.rows if ";schedule=dynamic;" in ";" + row["params"]]
        expected = [float(row["median"]) * 1e3 for row in rows]
        self.assertEqual(list(self.containers(figure)["thread"][0][0].get_ydata()), expected)

    def test_serial_code_stands_beside_any_number_of_workers(self):
        case = self.small("dispatch", executors=("serial", "thread"))
        more = self.small("dispatch", executors=("serial", "thread"), workers=4)
        case.rows += [row for row in more.rows if row["executor"] == "thread"]
        figures = self.draw(case, "dispatch")
        self.assertEqual(len(figures), 2)
        for figure, workers in zip(figures, (2, 4)):
            self.assertIn("square, %d workers" % workers, self.written(figure))
            self.assertIn("serial", self.containers(figure))


class Timelines(FarmCase):
    def panels(self, figure):
        return [axes for axes in figure.axes if axes.collections]

    def bars(self, axes):
        """label → [(begin, end)]"""
        found = {}
        for collection in axes.collections:
            boxes = [path.get_extents() for path in collection.get_paths()]
            found.setdefault(collection.get_label(), []).extend((box.x0, box.x1) for box in boxes)
        return found

    def test_panels_and_marks(self):
        case = self.small("imbalance")
        figures = self.draw(case, "imbalance")
        self.assertEqual(len(figures), 3)
        for figure, executor in zip(figures, ("thread", "fork")):
            self.assertEqual(len(self.panels(figure)), 9)
            cells = [event for event in case.events if "/%s/" % executor in event[0]]
            ends = {}
            for cell, _, _, _, _, _, end in cells:
                ends[cell] = max(ends.get(cell, 0), end)
            marks = [line.get_xdata()[0] for axes in self.panels(figure) for line in axes.get_lines()
                     if line.get_label() == "makespan"]
            self.assertEqual(sorted(marks), sorted(ends.values()))
            for makespan in ends.values():
                self.assertIn(labels.duration(makespan), self.written(figure))
            for name in ("even", "lognormal", "giant", "dynamic, chunk 1", "guided, chunk 1", "static", "idle, waiting",
                         "makespan", "ideal"):
                self.assertIn(name, self.written(figure))

    def test_bars_are_the_events(self):
        case = self.small()
        own = {"spread": "giant"}
        row = case.cell("imbalance", "busy", "thread", "over-ideal", 1.25, own, schedule="static", tasks=5)
        row["unit"] = "x"
        case.events = [[row["cell"], 0] + event for event in (
            [0, 0, 1, 0, 4000], [0, 1, 1, 4500, 9000], [1, 2, 3, 100, 3100], [1, 5, 5, 3100, 5000])]
        figure = self.draw(case, "imbalance")[0]
        (axes,) = self.panels(figure)
        bars = self.bars(axes)
        self.assertEqual(bars, {"task": [(0, 4000), (4500, 9000)], "several tasks": [(100, 3100), (3100, 5000)]})
        lines = {line.get_label(): line.get_xdata()[0] for line in axes.get_lines()}
        self.assertEqual(lines, {"makespan": 9000, "ideal": (4000 + 4500 + 3000 + 1900) / 2})
        self.assertIn("1.25× ideal", self.written(figure))

    def test_a_timeline_that_was_cut_off_has_no_marks(self):
        case = self.small()
        row = case.cell("imbalance", "busy", "thread", "over-ideal", 1.25, {"spread": "giant"}, tasks=500)
        case.events = [[row["cell"], 0, 0, 0, 1, 0, 4000]]
        figure = self.draw(case, "imbalance")[0]
        self.assertEqual(self.panels(figure)[0].get_lines()[:], [])
        self.assertIn("its beginning", self.written(figure))

    def test_thousands_of_events_on_many_workers(self):
        case = self.small(workers=64, executors=("thread",))
        case.imbalance(6400, ("dynamic", "static"))
        figure = self.draw(case, "imbalance")[0]
        for axes in self.panels(figure):
            for collection in axes.collections:
                self.assertLess(len(collection.get_paths()), 12000)
            self.assertEqual(sorted(axes.get_ylim()), [-0.5, 63.5])
        self.assertEqual([label.get_text() for label in figure.axes[0].get_yticklabels()], ["0", "32", "63"])

    def test_more_workers_than_can_be_seen(self):
        case = self.small(workers=1000, executors=("thread",))
        case.imbalance(2000, ("static",))
        figure = self.draw(case, "imbalance")[0]
        self.assertRegex(" ".join(self.written(figure)), "the first 128 of 1000 workers")
        self.assertEqual(sorted(self.panels(figure)[0].get_ylim()), [-0.5, 127.5])

    def test_lanes(self):
        events = [Event(0, at, at + 8, 1) for at in range(0, 1000, 10)] + [Event(1, 0, 600, 1), Event(1, 900, 904, 1)]
        lanes = lanes_of(Timeline(0, events), 2, 102, 0.05)
        self.assertEqual(lanes.single, [(1, 0, 600)])
        self.assertEqual(lanes.several, [(0, 0, 998), (1, 900, 904)])
        self.assertEqual((lanes.makespan_ns, lanes.ideal_ns, lanes.whole), (998, (800 + 604) / 2, True))
        self.assertFalse(lanes_of(Timeline(0, events), 2, 103, 0.05).whole)
        giant = lanes_of(Timeline(0, [Event(0, 0, 900, 1), Event(1, 0, 10, 1)]), 2, 0, 0.05)
        self.assertEqual(giant.ideal_ns, 900)

    def test_nothing_ever_ran(self):
        case = self.small()
        row = case.cell("imbalance", "busy", "thread", "over-ideal", 1, {"spread": "even"})
        case.events = [[row["cell"], 0, 0, 0, 0, 0, 0]]
        self.assertEqual(len(self.draw(case, "imbalance")), 2)


class NotOk(FarmCase):
    """Nothing is drawn from rows that are not ok."""

    def fail(self, case, status, **wanted):
        for row in case.rows:
            if all(value in str(row[name]) for name, value in wanted.items()):
                case.fail(row, status, "no room")

    def test_a_whole_executor(self):
        case = self.small("dispatch", "round_trip", "granularity", "payload", "imbalance")
        self.fail(case, "failed", executor="fork")
        for experiment in EXPERIMENTS:
            with self.subTest(experiment):
                figures = self.draw(case, experiment)
                for figure in figures:
                    self.assertFalse([label for label in self.containers(figure) if label.startswith("fork")])
                    self.assertNotIn("fork", self.written(figure))
                self.assertRegex(" ".join(self.written(figures[-1])), r"Not shown: fork \(failed: no room\)\.")
        self.assertEqual(len(self.draw(case, "imbalance")), 2)

    def test_a_line_has_a_gap_where_a_cell_failed(self):
        case = self.small("dispatch", "granularity", "payload")
        settings = {"dispatch": "chunk=16;", "granularity": "length_ns=10000;", "payload": "bytes=4096;"}
        for experiment, setting in settings.items():
            for status in ("failed", "skipped", "invalid"):
                with self.subTest("%s %s" % (experiment, status)):
                    self.fail(case, status, experiment=experiment, executor="thread", params=setting)
                    (figure,) = self.draw(case, experiment)
                    name = "thread shared" if experiment == "payload" else "thread"
                    parts = [len(container[0].get_xdata()) for container in self.containers(figure)[name]]
                    whole = {"dispatch": 7, "granularity": 13, "payload": 7}[experiment]
                    self.assertEqual((len(parts), sum(parts)), (2, whole - 1))
                    which = {"dispatch": "schedule=dynamic, chunk=16", "granularity": "length_ns=10000; .*recycle=1",
                             "payload": "4 cells"}[experiment]
                    text = " ".join(self.written(figure))
                    self.assertRegex(text, r"Not shown: thread, %s \(%s: no room\)" % (which, status))

    def test_a_panel_without_a_result_says_so(self):
        case = self.small("imbalance")
        self.fail(case, "failed", executor="thread", params="spread=giant;entry=map;schedule=static")
        figure = self.draw(case, "imbalance")[0]
        self.assertEqual(self.written(figure).count("no result"), 1)
        self.assertEqual(len([axes for axes in figure.axes if axes.collections]), 8)
        cell = next(row["cell"] for row in case.rows if row["executor"] == "thread")
        case.events = [event for event in case.events if event[0] != cell]
        self.assertEqual(self.written(self.draw(case, "imbalance")[0]).count("no timeline"), 1)

    def test_crossings_of_what_is_not_drawn(self):
        case = self.small("granularity", executors=("thread", "fork"))
        self.fail(case, "failed", executor="fork", params=";recycle=1;")
        stray = dict(case.crossings[0], executor="stranger")
        case.crossings += [stray, dict(stray, executor="thread", workload="other")]
        (figure,) = self.draw(case, "granularity")
        marks = [label for label in self.containers(figure) if "crossing" in label]
        expected = ["fork recycle=0 crossing", "thread recycle=0 crossing", "thread recycle=1 crossing"]
        self.assertEqual(sorted(marks), expected)

    def test_no_result_at_all(self):
        case = self.small("dispatch", "round_trip", "granularity", "payload", "imbalance")
        self.fail(case, "failed")
        for experiment in EXPERIMENTS:
            self.assertEqual(self.draw(case, experiment), [])

    def test_intervals_may_be_missing(self):
        case = self.small("dispatch", "round_trip", "granularity", "payload", "imbalance")
        for row in case.rows:
            for column in [name for name in row if name.endswith(("_low", "_high"))]:
                row[column] = ""
        for experiment in EXPERIMENTS:
            for figure in self.draw(case, experiment):
                self.assertIn("no intervals (too few blocks)", " ".join(self.written(figure)))

    def test_units_that_make_no_sense(self):
        case = self.small("dispatch", "payload", "round_trip")
        for row in case.rows:
            row["unit"] = "furlongs"
        for experiment in ("dispatch", "payload", "round-trip"):
            self.assertEqual(self.draw(case, experiment), [])

    def test_zero_has_no_place_on_a_logarithmic_axis(self):
        case = self.small("dispatch", "payload")
        for row in case.rows:
            if row["executor"] == "fork":
                row.update(median="0", median_low="0", median_high="1")
            else:
                row["median_low"] = "0"
        for experiment in ("dispatch", "payload"):
            (figure,) = self.draw(case, experiment)
            self.assertNotIn("fork", self.written(figure))

    def test_warnings_about_the_run(self):
        case = self.small("dispatch", "round_trip", "granularity", "payload", "imbalance")
        case.run.update(status="interrupted", aa={"ratio": 1.047, "low": 1.018, "high": 1.081, "proven": False})
        for experiment in EXPERIMENTS:
            for figure in self.draw(case, experiment):
                self.assertRegex(" ".join(self.written(figure)), "INCOMPLETE.*UNPROVEN")


class Looks(FarmCase):
    check_texts = test_plot.Looks.check_texts
    tick_labels = test_plot.Looks.tick_labels

    def test_no_text_lies_on_another_or_leaves_the_page(self):
        for name, experiments in (
            ("two-cores", EXPERIMENTS), ("many-executors", ("dispatch", "granularity")),
            ("hostile", ("dispatch", "imbalance", "round-trip")), ("sixty-four-cores", ("granularity", "imbalance")),
            ("no-peers", ("dispatch",)), ("no-crossing", ("granularity",)),
        ):
            case = made_up.CASES[name]()
            case.events = [event for event in case.events if "imbalance" in experiments and "/thread/" in event[0]]
            for experiment in experiments:
                with self.subTest("%s %s" % (name, experiment)):
                    for figure in self.draw(case, experiment):
                        self.check_texts(figure)

    def test_executors_and_peers_look_alike_nowhere(self):
        looks = style.executor_looks(made_up.OWN + made_up.PEERS)
        self.assertEqual([name for name in looks if looks[name].peer], list(made_up.PEERS))
        self.assertEqual(list(looks), list(made_up.OWN + made_up.PEERS))
        shapes = {(look.colour, look.marker, str(look.dashes)) for look in looks.values()}
        self.assertEqual(len(shapes), len(looks))
        colours = {look.colour for look in looks.values() if not look.peer}
        self.assertFalse(colours & {look.colour for look in looks.values() if look.peer})
        self.assertEqual(style.executor_order(["tbb", "zygote", "thread"]), ["thread", "zygote", "tbb"])

    def test_labels_are_moved_apart(self):
        chance = random.Random(9)
        for count in (0, 1, 2, 5, 20):
            wanted = [chance.choice((0.2, chance.random() * 4)) for _ in range(count)]
            places = labels.spread(wanted, 0.15, 0, 4)
            self.assertEqual(len(places), count)
            ordered = sorted(places)
            self.assertTrue(all(after - before > 0.1499 for before, after in zip(ordered, ordered[1:])))
            self.assertTrue(all(-1e-9 <= place <= 4 + 1e-9 for place in places))
            for i in range(count):
                for j in range(count):
                    if wanted[i] < wanted[j]:
                        self.assertLess(places[i], places[j])
        self.assertEqual(labels.spread([1, 3], 0.15, 0, 4), [1, 3])
        self.assertEqual(labels.spread([1, 1], 0.5, 0, 4), [0.75, 1.25])
        self.assertEqual(labels.spread([1, 1, 1], 9, 0, 2), [0, 1, 2])

    def test_units(self):
        for value, expected in (
            (0.5, "0.500 ns"), (2130, "2.13 µs"), (999.9, "1.00 µs"), (1e7, "10.0 ms"), (2e9, "2.00 s")
        ):
            self.assertEqual(labels.duration(value), expected)
        for value, expected in (
            (8, "8 B"), (1024, "1 KiB"), (65536, "64 KiB"), (1 << 20, "1 MiB"), (3 << 29, "1.5 GiB")
        ):
            self.assertEqual(labels.size(value), expected)
        self.assertEqual(labels.durations_up_to(3e6)(800e3), "0.8 ms")
        self.assertEqual(labels.unbroken([1, 2, 4, 8], {3, 9}), [[1, 2], [4, 8]])

    def test_ticks(self):
        self.assertEqual(labels.ticks(0.9, 11, 3, 0.7), [1, 2, 5, 10])
        self.assertEqual(labels.ticks(0.9, 11, 3, 0.3), [1, 1.5, 2, 3, 5, 7, 10])
        self.assertEqual(labels.ticks(0.5, 2e5, 3, 0.4), [1, 10, 100, 1000, 1e4, 1e5])
        self.assertEqual(labels.ticks(0.5, 2e5, 3, 0.9), [1, 100, 1e4])


class Anything(FarmCase):
    """Whatever the parameters, units and sizes: drawn or refused in words."""

    def test_odd_values(self):
        chance = random.Random(4)
        case = self.small("dispatch", "round_trip", "granularity", "payload")
        case.imbalance(20)
        odd = {
            "params": ("", ";;;", "=", "chunk=99999999999999999999", "length_ns=x", "bytes=0", "entry=$x^{",
                       "schedule=;=;", "spin_us=7;tasks=0;chunk=3", "recycle=5;length_ns=1", "bytes=1;payload=\u202e"),
            "workers": (1, 3, 1000000),
            "unit": ("ns", "s", "", "furlongs", "x"),
            "executor": ("serial", "tbb", "$\\x", "\u202e"),
            "figure": ("task", "over-ideal", "odd"),
            "median": ("0", "1e18", "1e-12"),
            "speedup": ("0", "1e9", "1e-12", ""),
            "placement": ("", "x" * 500),
        }
        drawn = 0
        for _ in range(6):
            rows = [dict(row) for row in case.rows]
            for row in chance.sample(rows, 6):
                column = chance.choice(sorted(odd))
                row[column] = chance.choice(odd[column])
                for name in [name for name in row if name.endswith(("_low", "_high"))]:
                    row[name] = ""
            changed = self.small()
            changed.rows, changed.crossings, changed.events = rows, case.crossings, case.events
            for experiment in chance.sample(EXPERIMENTS, 2):
                try:
                    drawn += len(self.draw(changed, experiment))
                except PlotError as error:
                    self.assertTrue(str(error).isprintable())
        self.assertGreater(drawn, 8)

    def test_damaged_files(self):
        chance = random.Random(6)
        case = self.small("granularity")
        case.imbalance(8)
        case.write(self.run_folder)
        refused = 0
        for name in ("crossings.csv", "timeline.csv"):
            original = test_plot.read(os.path.join(self.run_folder, name))
            for _ in range(60):
                data = bytearray(original)
                for _ in range(chance.choice((1, 2, 5))):
                    at = chance.randrange(len(data))
                    piece = chance.choice((b'"', b",", b"\0", b"9" * 30, b"-", b"\xff", b"\n", b""))
                    data[at : at + chance.choice((0, 1, 4))] = piece
                self.put(name, bytes(data))
                try:
                    load_run(self.run_folder)
                except PlotError as error:
                    refused += 1
                    self.assertIn(name, str(error))
            self.put(name, original)
        self.assertGreater(refused, 30)


if __name__ == "__main__":
    unittest.main()
