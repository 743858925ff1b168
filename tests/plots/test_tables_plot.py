#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The picture of published tables, and what run.json says of them: a stranger may have written it."""
import copy
import json
import os
import shutil
import unittest
import warnings
import xml.etree.ElementTree as ElementTree

import test_plot

import synthetic_tables as made_up
from tvpplot import published_curve, style
from tvpplot.errors import PlotError
from tvpplot.figures import all_drawers
from tvpplot.load import load_run
from tvpplot.published_points import Table

THIS = "this machine"


class TablesCase(test_plot.FolderCase):
    def load(self, case):
        shutil.rmtree(self.run_folder, ignore_errors=True)
        return load_run(case.write(self.run_folder))

    def draw(self, case):
        run = self.load(case)
        style.prepare()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return all_drawers()["tables"](run, run.rows, style.executor_looks(row.executor for row in run.rows))

    def small(self, *tables):
        folder = made_up.Folder(4, "20250404T090000Z-79a0eef", tables)
        folder.tables()
        return folder

    def only(self, case):
        (figure,) = self.draw(case)
        return figure

    def written(self, figure):
        return [item.get_text() for item in figure.texts] + [t.get_text() for a in figure.axes for t in a.texts]

    def bars(self, figure):
        """label → (x, y) of this machine's points"""
        return {bar.get_label(): tuple(map(list, bar.lines[0].get_data()))
                for axes in figure.axes for bar in axes.containers}

    def dots(self, figure):
        """label → line, of what was published"""
        return {line.get_label(): line for axes in figure.axes for line in axes.lines
                if not line.get_label().startswith("_")}


class Pictures(TablesCase):
    def test_is_written(self):
        result = self.plot(made_up.whole().write(self.run_folder), "--out", self.out, "--format", "svg")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        (path,) = result.stdout.splitlines()
        self.assertEqual(os.path.basename(path), "tables.svg")
        self.assertEqual(ElementTree.parse(path).getroot().tag, "{http://www.w3.org/2000/svg}svg")

    def test_a_panel_for_each_table(self):
        figure = self.only(made_up.whole())
        self.assertEqual(len(figure.axes), 4)
        headings = [text for text in self.written(figure) if text.partition(":")[0] in ("llnl", "tlpi", "road", "redis")]
        self.assertEqual(len(headings), 4)
        self.assertTrue(any(text.startswith("Published: llnl: Somebody, llnl, 1999;") for text in self.written(figure)))

    def test_this_machine_is_scaled_as_the_table_is(self):
        figure = self.only(self.small(made_up.LLNL))
        (axes,) = figure.axes
        self.assertEqual(axes.get_xscale(), "log")
        bars = self.bars(figure)
        self.assertEqual(set(bars), {THIS + " fork", THIS + " pthread_create"})
        for name, microseconds in ((" fork", 105), (" pthread_create", 11)):
            (x,), (y,) = bars[THIS + name]
            self.assertAlmostEqual(x, microseconds * 1e-6 * 50000)
            self.assertEqual(y, 9)  # below nine others
        (box,) = [c for c in axes.containers if c.get_label() == THIS + " fork"]
        ((low, _), (high, _)), = box.lines[2][0].get_segments()
        self.assertLess(low, 5.25)
        self.assertGreater(high, 5.25)

    def test_published_values_are_where_they_belong(self):
        figure = self.only(self.small(made_up.LLNL))
        dots = self.dots(figure)
        machines = [row["machine"] for row in made_up.LLNL["rows"]]
        for i, row in enumerate(made_up.LLNL["rows"]):
            for column, value in zip(made_up.LLNL["columns"], row["values"]):
                name = "%s %s" % (row["machine"], column)
                if value is None:
                    self.assertNotIn(name, dots)
                    continue
                line = dots[name]
                self.assertEqual((list(line.get_xdata()), list(line.get_ydata())), ([value], [i]))
                self.assertEqual(line.get_markerfacecolor(), "white")
        names = [text for text in self.written(figure) if text in machines + [THIS]]
        self.assertEqual(names, machines + [THIS])

    def test_numbers_and_ratios(self):
        written = self.written(self.only(self.small(made_up.LLNL)))
        for text in ("4.0", "1.0", "4.00×", "256.0", "151×", "20.0", "5.25", "0.550", "9.55×"):
            self.assertIn(text, written)
        # half a box has one of two values, so no ratio
        self.assertEqual(sum(text.endswith("×") for text in written), 9)

    def test_ratio_of_this_machine_only_from_its_pairs(self):
        case = self.small(made_up.LLNL)
        for row in case.rows:
            row["baseline"] = row["ratio"] = row["ratio_low"] = row["ratio_high"] = ""
        self.assertEqual(sum(text.endswith("×") for text in self.written(self.only(case))), 8)

    def test_lines_and_columns(self):
        figure = self.only(self.small(made_up.TLPI))
        bars, dots = self.bars(figure), self.dots(figure)
        self.assertEqual(len(bars), 15)
        self.assertEqual(len(dots), 15)
        (x,), (y,) = bars[THIS + " fork 11.70 MB"]
        self.assertAlmostEqual(x, (105 + 450) * 1e-6 * 100000)
        self.assertEqual(y, 1)
        sizes = [dots["Linux 2.6.27 fork " + column].get_markersize() for column in made_up.TLPI["columns"]]
        self.assertEqual(sizes, sorted(set(sizes)))
        self.assertIn("larger markers: columns further right", self.written(figure))

    def test_curve_with_its_reference(self):
        figure = self.only(self.small(made_up.ROAD))
        (axes,) = figure.axes
        self.assertEqual((axes.get_xscale(), axes.get_yscale()), ("log", "log"))
        bars, dots = self.bars(figure), self.dots(figure)
        self.assertEqual(bars["fork + exec"][0], [4, 16, 64, 256])  # 0 is left of the least
        self.assertAlmostEqual(bars["fork + exec"][1][2], 0.26 + 0.044 * 64)
        reference = dots["HotOS 2019: posix_spawn"]
        self.assertEqual(set(reference.get_ydata()), {0.5})
        self.assertEqual(tuple(reference.get_xdata()), axes.get_xlim())
        self.assertIn("HotOS 2019: 0.5 ms", self.written(figure))
        self.assertEqual([axes.xaxis.get_major_formatter()(x, 0) for x in axes.get_xticks()], ["0", "16", "64", "256"])

    def test_published_curve_that_is_not_flat(self):
        road = copy.deepcopy(made_up.ROAD)
        road["rows"].append({"machine": "other", "line": "fork + exec", "values": [1, None, 3, 9]})
        line = self.dots(self.only(self.small(road)))["other: fork + exec"]
        self.assertEqual((list(line.get_xdata()), list(line.get_ydata())), ([4, 64, 256], [1, 3, 9]))

    def test_a_curve_breaks_where_a_value_is_missing(self):
        figure = self.only(made_up.extrapolated())
        parts = [list(bar.lines[0].get_xdata()) for axes in figure.axes for bar in axes.containers
                 if bar.get_label() == "fork + exec"]
        self.assertEqual(parts, [[4, 16], [256]])
        written = " ".join(self.written(figure))
        self.assertIn("Cannot allocate memory", written)
        self.assertIn("may take 900 MiB", written)  # of a table that is not drawn
        self.assertNotIn("redis", written)

    def test_extrapolation_is_told(self):
        written = self.written(self.only(made_up.extrapolated()))
        self.assertIn("Extrapolated: llnl from 12,400 creations; tlpi from 12,400 creations.", written)
        written = self.written(self.only(self.small(made_up.LLNL, made_up.ROAD)))
        self.assertFalse([text for text in written if text.startswith("Extrapolated")])

    def test_runs_of_older_versions(self):
        case = self.small(made_up.LLNL)
        for row in case.rows:
            row["operations"] = ""
        self.assertEqual([t for t in self.written(self.only(case)) if t.startswith("Extrapolated")], [])
        del case.run["experiments"][0]["published"]
        self.assertEqual(self.draw(case), [])
        case.write(self.run_folder)
        result = self.plot(self.run_folder, "--out", self.out)
        self.assertEqual(result.returncode, 1)
        self.assertIn("tables: no picture", result.stderr)

    def test_hostile_texts(self):
        pages = self.draw(made_up.hostile())
        self.assertEqual(len(pages), 2)
        for figure in pages:
            for text in self.written(figure):
                self.assertTrue(all(c.isprintable() or c == "\n" for c in text), repr(text))
            for extension in ("svg", "png"):
                figure.savefig(os.path.join(self.root, "x." + extension))
            width, height = figure.get_size_inches()
            renderer = figure.canvas.get_renderer()
            for item in figure.texts:
                box = item.get_window_extent(renderer)
                self.assertGreaterEqual(box.x0, -2, item.get_text())
                self.assertLessEqual(box.x1, width * figure.dpi + 2, item.get_text())
                self.assertLessEqual(box.y1, height * figure.dpi + 2, item.get_text())

    def test_nothing_overlaps(self):
        figure = self.only(made_up.whole())
        renderer = figure.canvas.get_renderer()
        boxes = [(item.get_text(), item.get_window_extent(renderer)) for item in figure.texts if item.get_text()]
        for i, (text, box) in enumerate(boxes):
            for other, other_box in boxes[:i]:
                apart = (box.x1 <= other_box.x0 + 1 or other_box.x1 <= box.x0 + 1 or box.y1 <= other_box.y0 + 1
                         or other_box.y1 <= box.y0 + 1)
                self.assertTrue(apart, (text, other))


class Curves(TablesCase):
    def test_only_sizes_in_order(self):
        for columns, places in (
            (("0 MiB", "16 MiB", "64 MiB", "256 MiB"), [4, 16, 64, 256]),
            (("1 MiB", "2.5 MiB", "3 MiB", "4 MiB"), [1, 2.5, 3, 4]),
            (("0 MiB", "64 MiB", "16 MiB", "256 MiB"), None),
            (("0 MiB", "16 MiB", "64 MiB", "256 MB"), None),
            (("0 MiB", "16 MiB", "64 MiB", "9" * 12 + " MiB"), None),
            (("0 MiB", "0.0 MiB", "00 MiB", "0.00 MiB"), None),
        ):
            road = dict(copy.deepcopy(made_up.ROAD), columns=list(columns))
            run = self.load(self.small(road))
            self.assertEqual(published_curve.places(Table(run.published["tables"][0], run.rows)), places, columns)


class Refused(TablesCase):
    def refused(self, change, pattern):
        case = self.small(copy.deepcopy(made_up.TLPI))
        change(case.run["experiments"][0]["published"][0])
        with self.assertRaisesRegex(PlotError, pattern) as caught:
            self.load(case)
        self.assertTrue(str(caught.exception).isprintable())

    def test_members(self):
        for name, value, what in (
            ("name", 5, '"name" has the wrong type'), ("title", "x" * 300, '"title" is too long'),
            ("unit", "MB", r'"unit" is "MB": not one of'), ("unit", "\x1b[31m", r'"unit" is "\\x1b\[31m"'),
            ("operations", 0, '"operations" is out of range'), ("operations", 1.5, "wrong type"),
            ("operations", True, "wrong type"), ("operations", 10**15, "out of range"), ("decimals", 10, "out of range"),
            ("lines", [], '"lines" has 0 elements'), ("lines", [5], "has what is no name"),
            ("lines", ["fork", "fork"], "has one name twice"), ("lines", ["fork"], '"line" is none of the lines'),
            ("columns", ["x"] * 33, '"columns" has 33 elements'), ("columns", ["a", "b"], '"values" has 3 elements'),
            ("ratio", {"of": "1.70 MB", "over": "x"}, "none of the columns"), ("ratio", [1], "wrong type"),
            ("rows", [{}] * 1001, '"rows" has 1001 elements'), ("rows", [5], "is not an object"),
            ("cells", [], '"cells" has 0 elements'), ("cells", [[]] * 5, "as there are columns"),
            ("cells", [[1, 2, 3]] * 5, "has what is no cell"),
        ):
            with self.subTest("%s=%.40s" % (name, value)):
                self.refused(lambda one: one.update({name: value}), what)

    def test_values(self):
        for value in (0, -1, "5", True, 1e300, 1e-300):
            with self.subTest(value):
                self.refused(lambda one: one["rows"][0]["values"].__setitem__(0, value), "has what is no number above 0")

    def test_how_much(self):
        case = self.small(*[made_up.LLNL] * 65)
        with self.assertRaisesRegex(PlotError, '"published" is too long'):
            self.load(case)
        with self.assertRaisesRegex(PlotError, "64 published tables are too many to draw"):
            self.draw(self.small(*[made_up.LLNL] * 64))
        many = copy.deepcopy(made_up.LLNL)
        many["rows"] *= 7
        with self.assertRaisesRegex(PlotError, "published table llnl is too large to draw"):
            self.draw(self.small(many))

    def test_one_clear_line(self):
        case = self.small(made_up.LLNL)
        case.run["experiments"][0]["published"] = {"name": "x"}
        case.write(self.run_folder)
        result = self.plot(self.run_folder, "--out", self.out)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertRegex(result.stderr, r"\Aplot: \S+run\.json, \"experiments\"\[0\]: \"published\" has the wrong type\n\Z")

    def test_a_cell_of_nowhere_has_no_value(self):
        case = self.small(copy.deepcopy(made_up.LLNL))
        case.run["experiments"][0]["published"][0]["cells"] = [["nowhere", made_up.cell("thread", 0)]]
        case.write(self.run_folder)
        with open(os.path.join(self.run_folder, "run.json"), encoding="utf-8") as file:
            self.assertIn("nowhere", json.dumps(json.load(file)))
        self.assertEqual(set(self.bars(self.only(case))), {THIS + " pthread_create"})


if __name__ == "__main__":
    unittest.main()
