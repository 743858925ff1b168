#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
The pictures of `latency` from runs whose every latency is known, and the files that only they use: latency.csv and
blocks.csv.
"""
import math
import os
import random
import unittest
import xml.etree.ElementTree as ElementTree
from unittest import mock

import test_farm_plot
import test_plot

import numpy
import synthetic_latency as made_up
from tvpplot import latency_heat
from tvpplot.errors import PlotError
from tvpplot.latency_csv import load_latencies
from tvpplot.latency_tail import BEYOND

BUCKET = 1 + 1 / 16


class LatencyCase(test_farm_plot.FarmCase):
    def small(self, executors=("thread", "fork"), blocks=12, **options):
        folder = made_up.Folder(7, "20250801T100000Z-79a0eef", blocks)
        for executor in executors:
            folder.cell(executor, **options)
        return folder

    def pages(self, case):
        """Those of tails, those over time."""
        pages = self.draw(case, "latency")
        over_time = [page for page in pages if self.labelled(page, "colours")]
        return [page for page in pages if page not in over_time], over_time

    def labelled(self, figure, name):
        items = [item for axes in figure.axes for item in axes.get_children()]
        return [item for item in items if item.get_label() == name]

    def line(self, figure, name):
        """All of a line: (latencies, shares)."""
        (solid,), (tail,) = self.labelled(figure, name), self.labelled(figure, name + " tail")
        both = [(*solid.get_xydata().T, *tail.get_xydata().T)]
        return [numpy.concatenate([both[0][i], both[0][2 + i]]) for i in range(2)]

    def shares(self, figure, name):
        """What the colours of a panel say, row by row, and its scales."""
        (mesh,) = self.labelled(figure, name)
        x, y = mesh.get_coordinates()[0, :, 0], mesh.get_coordinates()[:, 0, 1]
        return mesh.get_array().reshape(len(y) - 1, len(x) - 1).filled(0), x, y

    def across(self, patch):
        """From where to where a patch reaches."""
        extent = patch.get_extents().transformed(patch.axes.transData.inverted())
        return round(extent.x0, 9), round(extent.x1, 9)


class Files(LatencyCase):
    def test_every_picture_is_written(self):
        for name, count in (("two-cores", 2), ("failures", 2), ("hostile", 2)):
            with self.subTest(name):
                run = made_up.CASES[name]().write(os.path.join(self.root, name))
                result = self.plot(run, "--out", self.out, "--format", "svg")
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                paths = result.stdout.splitlines()
                self.assertEqual([os.path.basename(path) for path in paths],
                                 ["latency-%d.svg" % (i + 1) for i in range(count)])
                for path in paths:
                    self.assertEqual(ElementTree.parse(path).getroot().tag, "{http://www.w3.org/2000/svg}svg")

    def test_the_same_every_time(self):
        run = self.small().write(self.run_folder)
        contents = []
        for name in ("one", "two"):
            result = self.plot(run, "--out", os.path.join(self.root, name), "--format", "svg")
            contents.append([test_plot.read(path) for path in result.stdout.splitlines()])
        self.assertEqual(len(contents[0]), 2)
        self.assertEqual(contents[0], contents[1])

    def test_a_run_without_the_file(self):
        run = self.small().write(self.run_folder)
        os.unlink(os.path.join(run, "latency.csv"))
        result = self.plot(run, "--out", self.out)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("plot: latency: no picture: latency.csv has nothing of its cells\n", result.stderr)

    def test_one_clear_line_about_a_bad_file(self):
        for name in ("latency.csv", "blocks.csv"):
            self.small().write(self.run_folder)
            self.put(name, b"nonsense\n1\n")
            result = self.plot(self.run_folder, "--out", self.out)
            self.assertEqual((result.returncode, result.stdout), (1, ""))
            self.assertRegex(result.stderr, r"\Aplot: \S+/%s, row 1: column \w+ is missing; .*\n\Z" % name)
            self.assertFalse(os.path.exists(self.out))


class Tails(LatencyCase):
    def test_quantiles_are_the_truth_to_within_a_bucket(self):
        case = self.small(rate=20000)
        ((figure,), _) = self.pages(case)
        for cell, name in zip(case.truth, ("thread", "fork")):
            truth = case.latencies(cell)
            x, share = self.line(figure, name)
            for quantile in (0.01, 0.5, 0.9, 0.99, 0.999, 0.9999):
                exact = truth[math.ceil(quantile * len(truth)) - 1]
                # where the line falls to 1 - quantile
                drawn = numpy.interp(-math.log(1 - quantile), -numpy.log(share), x)
                self.assertLess(abs(math.log(drawn / exact)), math.log(BUCKET) * 1.001, (name, quantile))

    def test_every_point_is_counted(self):
        """At each latency of the line the share of the operations that took at least so long, to the last one."""
        case = self.small()
        ((figure,), _) = self.pages(case)
        for cell, name in zip(case.truth, ("thread", "fork")):
            truth = numpy.array(case.latencies(cell))
            x, share = self.line(figure, name)
            for at, drawn in zip(x, share):
                self.assertAlmostEqual(drawn * len(truth), numpy.count_nonzero(truth >= at), 6)
            self.assertEqual(share[0], 1)
            self.assertGreaterEqual(share[-1] * len(truth), 1 - 1e-9)
            self.assertLessEqual(x[-1], truth[-1])
            self.assertLess(truth[-1], x[-1] * BUCKET * 1.001)
            self.assertLessEqual(made_up.bucket(int(truth[0]))[0], x[0])
            (solid,), (tail,) = self.labelled(figure, name), self.labelled(figure, name + " tail")
            self.assertGreaterEqual(solid.get_ydata()[-1] * len(truth), BEYOND - 1e-6)
            self.assertLess(tail.get_ydata()[1] * len(truth), BEYOND)

    def test_scale(self):
        ((figure,), _) = self.pages(self.small(rate=20000))
        (axes,) = [axes for axes in figure.axes if axes.get_lines()]
        self.assertEqual((axes.get_xscale(), axes.get_yscale()), ("log", "log"))
        figure.canvas.draw()
        ticks = dict(zip(axes.get_yticks(), (label.get_text() for label in axes.get_yticklabels())))
        self.assertEqual([ticks[share] for share in (1, 0.5)], ["0 %", "50 %"])
        for share, text in ((0.1, "90 %"), (0.01, "99 %"), (0.001, "99.9 %"), (1e-4, "99.99 %")):
            self.assertIn(text, [shown for tick, shown in ticks.items() if math.isclose(tick, share)])
        bottom, top = axes.get_ylim()
        self.assertEqual(bottom, 1, "it rises towards 100 %")
        self.assertGreater(top, 0)
        self.assertIn("6.25 %", " ".join(self.written(figure)))

    def test_blocks_are_what_bands_are_made_of(self):
        """Blocks that differ by half as much again, and such that do not: the same number of operations."""
        widths = []
        for spread in (0.0, 1.0):
            case = self.small(("thread",), 20, took=lambda block, batch, i: 2e5 * (1 + spread * (block % 2)))
            ((figure,), _) = self.pages(case)
            (band,) = self.labelled(figure, "thread interval")
            ends = band.get_paths()[0].vertices
            x, share = self.line(figure, "thread")
            at = x[numpy.argmax(share < 0.5)]
            here = [y for place, y in ends if place == at]
            self.assertLessEqual(min(here), share[numpy.argmax(share < 0.5)])
            self.assertGreaterEqual(max(here), share[numpy.argmax(share < 0.5)])
            widths.append(math.log(max(here) / min(here)))
        self.assertGreater(widths[1], 2 * widths[0])
        self.assertIn("95 % interval", self.written(figure))
        ((figure,), _) = self.pages(self.small(blocks=9))
        self.assertEqual(self.labelled(figure, "thread interval"), [])
        self.assertIn("No band where there are fewer than 10 blocks.", " ".join(self.written(figure)))

    def test_a_panel_for_each_rate(self):
        case = self.small((), 3)
        for rate, length in ((8000, 50), (1000, 100), (8000, 100)):
            case.cell("thread", rate, length)
        ((figure,), over_time) = self.pages(case)
        texts = self.written(figure)
        headings = ["1000 operations/s", "8000 operations/s, 50 ms a batch", "8000 operations/s, 100 ms a batch"]
        self.assertEqual([text for text in texts if "operations/s" in text], headings)
        self.assertEqual(len(over_time), 3)
        for heading, page in zip(headings, over_time):
            self.assertIn(heading, " ".join(self.written(page)))

    def test_quantiles_that_are_not_known_hide_no_line(self):
        case = made_up.failures()
        ((figure,), _) = self.pages(case)
        self.assertTrue(self.labelled(figure, "thread"))
        self.assertIn("Not shown: spawn (failed: posix_spawn: Resource temporarily unavailable).",
                      " ".join(self.written(figure)))

    def test_all_in_one_bucket(self):
        case = self.small(("thread",), 2)
        for own in case.truth.values():
            for took in own.values():
                took[:] = [100] * len(took)
        (tails, over_time) = self.pages(case)
        (end,) = self.labelled(tails[0], "thread end")
        self.assertEqual((list(end.get_xdata()), list(end.get_ydata())), ([100], [1]))
        shares, _, _ = self.shares(over_time[0], "thread")
        self.assertTrue((shares == 1).all())

    def test_less_than_a_nanosecond(self):
        case = self.small(("thread",), 2)
        for own in case.truth.values():
            for took in own.values():
                took[:] = [0] * len(took)
        for page in self.draw(case, "latency"):
            page.canvas.draw()


class WhatCounts(LatencyCase):
    def test_invalid_blocks(self):
        case = self.small(took=lambda block, batch, i: 9e8 if block in (2, 3) else 2e5)
        case.invalid = {2: "steal", 3: "steal"}
        ((figure,), (page,)) = self.pages(case)
        x, _ = self.line(figure, "thread")
        self.assertLess(x[-1], 1e7)
        self.assertIn("Left out, as disturbed: 2 blocks (2, 3).", " ".join(self.written(figure)))
        shares, across, _ = self.shares(page, "thread")
        inside = (across[:-1] >= 2) & (across[:-1] < 4)
        self.assertEqual(shares[:, inside].sum(), 0)
        self.assertTrue((shares[:, ~inside].sum(axis=0) > 0.999).all())
        (hatch, _) = self.labelled(page, "invalid")
        self.assertEqual(self.across(hatch), (2, 4))

    def test_what_a_crash_left_behind(self):
        case = self.small(blocks=4)
        self.load(case)
        before = self.cells(case)
        case = made_up.Folder(7, "20250801T100000Z-79a0eef", 4)
        case.tail = b"1,20250801T100000Z-79a0eef,m,latency/ec"
        for executor in ("thread", "fork"):
            case.cell(executor, took=lambda block, batch, i: 9e8 if block == 4 else 2e5)
        (tails, over_time) = self.pages(case)
        x, _ = self.line(tails[0], "thread")
        self.assertLess(x[-1], 1e7)
        self.assertEqual(self.shares(over_time[0], "thread")[1][-1], 4)
        self.assertEqual(set(before), set(self.cells(case)))

    def cells(self, case):
        run = self.load(case)
        return load_latencies(run, [row.cell for row in run.rows]).cells

    def test_only_so_much_is_read(self):
        case = self.small(("thread",), 10)
        run = self.load(case)
        size = os.path.getsize(os.path.join(self.run_folder, "latency.csv"))
        (cell,) = case.truth
        with mock.patch("tvpplot.latency_csv.START_BYTES", size // 2):
            found = load_latencies(run, [cell])
        kept = sorted(set(found.cells[cell][0].tolist()))
        self.assertIn(len(kept), (3, 4, 5))
        self.assertEqual(kept, list(range(len(kept))))
        self.assertEqual(found.note, "latency.csv is long: only its first %d blocks are drawn." % len(kept))
        # whole blocks: as many operations as there were
        self.assertEqual(found.cells[cell][6].sum(), len(kept) * 3 * 10 * 20)

    def test_other_experiments_are_left_alone(self):
        case = self.small(("thread",), 3)
        path = self.load(case).folder
        with open(os.path.join(path, "latency.csv"), "a", encoding="utf-8") as file:
            file.write("1,%s,m,another/cell,0,0,0,10,48,50,1\n" % case.run["run_id"])
        run = self.load_again()
        (cell,) = case.truth
        self.assertEqual(set(load_latencies(run, [cell]).cells), {cell})

    def load_again(self):
        from tvpplot.load import load_run

        return load_run(self.run_folder)


class OverTime(LatencyCase):
    def test_a_burst_is_where_it_was(self):
        case = self.small(("thread",), 5, took=lambda block, batch, i: 5e6 if (block, batch, i) == (3, 1, 4) else 1e5)
        (_, (page,)) = self.pages(case)
        shares, across, up = self.shares(page, "thread")
        self.assertEqual(shares.shape[1], 5 * 3 * 10)
        self.assertTrue(numpy.allclose(shares.sum(axis=0), 1))
        slow = shares[up[:-1] >= 1e6].sum(axis=0)
        (column,) = numpy.flatnonzero(slow > 0.5)
        self.assertAlmostEqual(across[column], 3 + (1 * 10 + 4) / 30)

    def test_shares_are_the_truth(self):
        case = self.small(("thread",), 4)
        (_, (page,)) = self.pages(case)
        shares, _, up = self.shares(page, "thread")
        (own,) = case.truth.values()
        for (block, batch, i), took in own.items():
            column = shares[:, (block * 3 + batch) * 10 + i]
            expected = numpy.histogram(took, up)[0] / len(took)
            self.assertTrue(numpy.allclose(column, expected), (block, batch, i))
        (mesh,) = self.labelled(page, "thread")
        self.assertEqual(mesh.norm.vmax, 1)
        self.assertLessEqual(mesh.norm.vmin, shares[shares > 0].min())

    def test_many_blocks_share_columns(self):
        for blocks, columns, text in ((60, 600, "a column: 30 ms of a batch"), (2000, 1000, "a column: 2 blocks")):
            own = numpy.array([[block, batch, i * 10**7, (i + 1) * 10**7, 100 * 2**level, 101 * 2**level, 1 + level]
                               for block in range(blocks) for batch in range(3) for i in range(10)
                               for level in range(2)]).T
            grid = latency_heat._grid({"thread": own}, 1000, 100)
            self.assertEqual(grid.columns, blocks * 30 // grid.each)
            self.assertLessEqual(grid.columns, 1000)
            counts = latency_heat._counts(own, grid)
            self.assertEqual(counts.sum(), own[6].sum())
            self.assertEqual(set(counts.sum(axis=0)), {3 * grid.each})
            self.assertTrue(grid.each % 30 == 0 or 30 % grid.each == 0)

    def test_rows_too_low_to_be_seen_are_put_together(self):
        lows = [made_up.bucket(ns)[0] for ns in range(16, 1000)] + [1 << 40]
        lows = sorted(set(lows))
        own = numpy.array([[0, 0, 0, 10, low, made_up.bucket(low)[1], 1] for low in lows]).T
        grid = latency_heat._grid({"thread": own}, 1000, 50)
        self.assertLessEqual(len(grid.edges), 52)
        self.assertEqual(latency_heat._counts(own, grid).sum(), len(lows))
        buckets = {edge for low in lows for edge in made_up.bucket(low)}
        self.assertLessEqual(set(grid.edges), buckets)

    def test_blocks_without_a_result(self):
        case = made_up.failures()
        (_, (page,)) = self.pages(case)
        (grey,) = self.labelled(page, "missing")
        self.assertEqual(self.across(grey), (2, 4))
        shares, _, _ = self.shares(page, "fork")
        self.assertEqual(shares[:, 60:120].sum(), 0)
        self.assertIn("no result in this block", self.written(page))

    def test_one_scale_for_all(self):
        (_, (page,)) = self.pages(made_up.two_cores())
        meshes = [self.labelled(page, name)[0] for name in made_up.MEANS]
        self.assertEqual(len({(mesh.norm.vmin, mesh.norm.vmax) for mesh in meshes}), 1)
        self.assertEqual(len({mesh.axes.get_ylim() for mesh in meshes}), 1)


class Refused(LatencyCase):
    def refused(self, pattern):
        run = self.load_written()
        with self.assertRaisesRegex(PlotError, pattern) as caught:
            load_latencies(run, [row.cell for row in run.rows])
        self.assertTrue(str(caught.exception).isprintable())

    def load_written(self):
        from tvpplot.load import load_run

        return load_run(self.run_folder)

    def test_values(self):
        self.small(("thread",), 2).write(self.run_folder)
        original = test_plot.read(os.path.join(self.run_folder, "latency.csv"))
        for column, value in (
            ("run_id", "another"), ("cell", ""), ("block", "x"), ("block", "1.5"), ("block", "10000"), ("batch", "-1"),
            ("batch", "1000"), ("begin_ns", "9" * 30), ("end_ns", "0"), ("end_ns", ""), ("low_ns", "\u0661"),
            ("low_ns", "99999999999"), ("high_ns", "1"), ("high_ns", str(2**60)), ("count", "0"), ("count", "-3"),
            ("count", "1e3"), ("count", str(2**40)), ("count", "\x1b[31m"),
        ):
            with self.subTest("%s=%s" % (column, value)):
                self.put("latency.csv", original)
                self.edit("latency.csv", 1, column, value)
                self.refused(r"latency\.csv, row 3, column \w+: \"")

    def rows(self, *rows):
        case = self.small(("thread",), 2)
        case.write(self.run_folder)
        head = "1,%s,m,%s," % (case.run["run_id"], next(iter(case.truth)))
        lines = [",".join(made_up.COLUMNS)] + [head + row for row in rows]
        self.put("latency.csv", ("\n".join(lines) + "\n").encode())

    def test_buckets_that_contradict_one_another(self):
        self.rows("0,0,0,10,48,50,1", "0,0,10,20,48,51,1")
        self.refused(r"row 3, column high_ns: \"51\" is not where this bucket ended")
        self.rows("0,0,0,10,48,50,1", "0,0,10,20,49,51,1")
        self.refused("the bucket from 48 to 50 ns overlaps the one from 49 ns")
        self.rows("0,0,0,10,48,50,1", "0,0,0,10,48,50,1")
        self.refused("a bucket is there twice")
        self.rows(*("0,0,0,10,%d,%d,1" % (low, low + 1) for low in range(1030)))
        self.refused("one bucket more than the 1024")

    def test_too_many(self):
        self.rows(*("0,0,%d,%d,48,50,1" % (i, i + 1) for i in range(1001)))
        run = self.load_written()
        with self.assertRaisesRegex(PlotError, "1000 stretches of time"):
            test_farm_plot.all_drawers()["latency"](run, run.rows, test_farm_plot.style.executor_looks(["thread"]))
        with mock.patch("tvpplot.latency_csv.ROWS_MAX", 3):
            self.refused("has more than 3 rows")
        case = self.small((), 1)
        for rate in range(13):
            case.cell("thread", 100 + rate)
        with self.assertRaisesRegex(PlotError, "more than 12 rates"):
            self.draw(case, "latency")

    def test_blocks(self):
        self.small(("thread",), 3).write(self.run_folder)
        original = test_plot.read(os.path.join(self.run_folder, "blocks.csv"))
        for column, value in (("run_id", "another"), ("block", "-1"), ("block", "10000"), ("status", "maybe")):
            self.put("blocks.csv", original)
            self.edit("blocks.csv", 1, column, value)
            self.refused(r"blocks\.csv, row 3, column %s: \"" % column)
        os.unlink(os.path.join(self.run_folder, "blocks.csv"))
        run = self.load_written()
        self.assertEqual(load_latencies(run, []).invalid, set())

    def test_files_that_are_no_tables(self):
        self.small(("thread",), 2).write(self.run_folder)
        header = ",".join(made_up.COLUMNS).encode() + b"\n"
        for content, pattern in (
            (b"", "no rows"), (b"\0\n", "NUL"), (b"\xff\xfe\n", "not UTF-8"),
            (header + b"1,2\n", "row 2: has 2 columns"),
            (header + b'"' + b"x" * 200000 + b"\n", "not CSV"), (header.replace(b"schema", b"run_id"), "twice"),
        ):
            with self.subTest(pattern):
                self.put("latency.csv", content)
                self.refused("latency.csv.*" + pattern)
        os.unlink(os.path.join(self.run_folder, "latency.csv"))
        os.mkfifo(os.path.join(self.run_folder, "latency.csv"))
        self.refused("is not a regular file")

    def test_damaged_files_are_drawn_or_refused(self):
        case = self.small(("thread",), 2)
        case.write(self.run_folder)
        original = test_plot.read(os.path.join(self.run_folder, "latency.csv"))
        chance = random.Random(5)
        refused = 0
        for _ in range(40):
            data = bytearray(original)
            for _ in range(chance.choice((1, 5))):
                at = chance.randrange(len(data))
                data[at : at + chance.choice((0, 1, 4))] = chance.choice((b'"', b",", b"9", b"-", b"\xff", b"\n", b""))
            self.put("latency.csv", bytes(data))
            try:
                run = self.load_written()
                load_latencies(run, [row.cell for row in run.rows])
            except PlotError:
                refused += 1
        self.assertGreater(refused, 20)


class Looks(LatencyCase):
    check_texts = test_plot.Looks.check_texts
    tick_labels = test_plot.Looks.tick_labels

    def test_no_text_lies_on_another_or_leaves_the_page(self):
        for name, case in made_up.CASES.items():
            pages = self.draw(case(), "latency")
            for i in (0, 1, len(pages) - 1):
                with self.subTest("%s %d" % (name, i)):
                    self.check_texts(pages[i])


if __name__ == "__main__":
    unittest.main()
