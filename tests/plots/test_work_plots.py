#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The pictures of real work: many workers that wait, more workers than cores, and where workers are bound."""
import os
import random
import unittest
import xml.etree.ElementTree as ElementTree

import test_farm_plot
import test_plot

import synthetic_work as made_up
from synthetic_work import Folder
from tvpplot import ratios
from tvpplot.errors import PlotError

NAMES = ("io", "oversubscribe", "placement")
LEVELS = (2, 8, 32, 128)


class WorkCase(test_farm_plot.FarmCase):
    check_points = test_farm_plot.Numbers.check_points
    rows = test_farm_plot.Numbers.rows
    estimates = test_farm_plot.Numbers.estimates

    def picture(self, case, name):
        (figure,) = self.draw(case, name)
        return figure

    def points(self, axes):
        """label → containers"""
        found = {}
        for container in axes.containers:
            found.setdefault(container.get_label(), []).append(container)
        return found

    def lines(self, axes):
        return {line.get_label(): line for line in axes.get_lines()}

    def places(self, line):
        """Worker counts of points that are moved sideways."""
        return [min((2**i for i in range(13)), key=lambda level: abs(level / x - 1)) for x in line.get_xdata()]


class Waiting(WorkCase):
    def panels(self, figure):
        """(throughput, memory) of each workload"""
        return list(zip(figure.axes[::2], figure.axes[1::2]))

    def test_points_are_what_the_file_says(self):
        case = Folder().io()
        panels = self.panels(self.picture(case, "io"))
        self.assertEqual(len(panels), len(made_up.WAITING))
        for pair, workload in zip(panels, made_up.WAITING):
            for axes, figure in zip(pair, ("throughput", "memory")):
                self.assertEqual((axes.get_xscale(), axes.get_yscale()), ("log", "log"))
                found = self.points(axes)
                self.assertEqual(set(found), set(made_up.EXECUTORS))
                for executor, (container,) in found.items():
                    rows = self.rows(case, workload=workload, executor=executor, figure=figure)
                    self.check_points(container, self.estimates(rows))
                    self.assertEqual(self.places(container[0]), list(LEVELS))
                    low, high = axes.get_xlim()
                    self.assertTrue(all(low < x < high for x in container[0].get_xdata()))

    def test_workers_at_the_axis(self):
        for above, below in self.panels(self.picture(Folder().io(("echo", "sleep")), "io")):
            below.figure.draw_without_rendering()
            self.assertEqual([label.get_text() for label in below.get_xticklabels()], ["2", "8", "32", "128"])
            self.assertEqual({label.get_text() for label in above.get_xticklabels()}, {""})

    def test_memory_that_cannot_be_seen(self):
        """0 is a result, though a logarithmic scale has no place for it."""
        case = Folder().io(("echo",))
        for row in self.rows(case, executor="event-loop", figure="memory", workers=2):
            row.update(median="0", median_low="0", median_high="0")
        figure = self.picture(case, "io")
        ((above, below),) = self.panels(figure)
        self.assertEqual(self.places(self.lines(below)["event-loop zero"]), [2])
        self.assertEqual([self.places(part[0]) for part in self.points(below)["event-loop"]], [[8, 32, 128]])
        self.assertEqual([self.places(part[0]) for part in self.points(above)["event-loop"]], [list(LEVELS)])
        texts = " ".join(self.written(figure))
        self.assertIn("Open markers at a scale's end: 0", texts)
        self.assertNotIn("no result", texts)
        self.assertNotIn("Not shown", texts)
        self.assertNotIn("Open markers", " ".join(self.written(self.picture(Folder().io(), "io"))))

    def test_a_cell_without_a_result(self):
        case = Folder().io(("echo", "crawl")).without("failed", "no more processes", executor="fork", workers=8)
        figure = self.picture(case, "io")
        for pair in self.panels(figure):
            for axes in pair:
                self.assertEqual([self.places(part[0]) for part in self.points(axes)["fork"]], [[2], [32, 128]])
                self.assertEqual(self.places(self.lines(axes)["fork missing"]), [8])
        texts = " ".join(self.written(figure))
        self.assertIn("no result", texts)
        self.assertIn("Not shown: echo, fork, 8 workers (failed: no more processes); crawl, fork, 8 workers", texts)

    def test_one_number_of_workers_is_a_table_of_dots(self):
        case = Folder().io(("echo", "crawl"), ("thread", "fork", "event-loop"), (32,))
        figure = self.picture(case, "io")
        self.assertEqual(len(figure.axes), 4)
        for axes, name in zip(figure.axes, made_up.UNITS):
            found = self.points(axes)
            self.assertEqual(len(found), 6)
            for i, workload in enumerate(("echo", "crawl")):
                for executor in ("thread", "fork", "event-loop"):
                    (container,) = found["%s %d" % (executor, i)]
                    (row,) = self.rows(case, workload=workload, executor=executor, figure=name)
                    self.check_points(container, self.estimates([row]), horizontal=True)
        texts = self.written(figure)
        self.assertEqual([text for text in texts if "32 workers" in text], ["echo, 32 workers", "crawl, 32 workers"])
        (row,) = self.rows(case, workload="echo", executor="thread", figure="throughput")
        self.assertIn("%.3g k" % (float(row["median"]) / 1000), texts)

    def test_dots_without_a_result(self):
        case = Folder().io(("echo", "crawl"), ("thread", "fork", "event-loop"), (32,))
        case.without("failed", "no more processes", executor="fork", workload="echo")
        for row in self.rows(case, executor="thread", figure="memory", workload="echo"):
            row.update(median="", median_low="", median_high="")
        for row in self.rows(case, executor="event-loop", figure="memory", workload="echo"):
            row.update(median="0", median_low="0", median_high="0")
        figure = self.picture(case, "io")
        memory = figure.axes[1]
        self.assertEqual(sorted(self.points(memory)), ["event-loop 1", "fork 1", "thread 1"])
        self.assertIn("event-loop 0 zero", self.lines(memory))
        self.assertNotIn("fork 0", self.points(figure.axes[0]))
        texts = self.written(figure)
        self.assertEqual(texts.count("no result"), 1)
        self.assertIn("0 B", texts)
        self.assertIn("echo, fork, 32 workers (failed: no more processes)", " ".join(texts))

    def test_nothing_to_draw(self):
        case = Folder().io()
        for row in case.rows:
            row["unit"] = "furlongs"
        self.assertEqual(self.draw(case, "io"), [])
        self.assertEqual(self.draw(Folder().io().without("failed", "no", experiment="io"), "io"), [])
        self.assertEqual(self.draw(Folder().io(levels=(4,)).without("failed", "no", experiment="io"), "io"), [])

    def test_only_throughput(self):
        case = Folder().io(("echo",), levels=(4,))
        case.without("failed", "no", figure="memory").without("failed", "no", figure="switches")
        self.assertEqual(len(self.picture(case, "io").axes), 2)
        case = Folder().io(("echo",)).without("failed", "no", figure="memory")
        ((above, below),) = self.panels(self.picture(case, "io"))
        self.assertEqual((len(self.points(above)), len(self.points(below))), (5, 0))


class Oversubscribed(WorkCase):
    def test_points_are_what_the_file_says(self):
        case = Folder().oversubscribe()
        figure = self.picture(case, "oversubscribe")
        self.assertEqual(len(figure.axes), len(made_up.WORKING))
        for axes, workload in zip(figure.axes, made_up.WORKING):
            self.assertEqual((axes.get_xscale(), axes.get_yscale()), ("log", "log"))
            self.assertEqual(list(self.lines(axes)["one"].get_ydata()), [1, 1])
            for executor in ("thread", "fork"):
                first, *others = self.rows(case, workload=workload, executor=executor)
                (container,) = self.points(axes)[executor]
                self.check_points(container, [(1, 1, 1)] + self.estimates(others, "ratio"))
                self.assertEqual(self.places(container[0]), [2, 4, 8, 16, 32, 64])
                text = "{:,.0f}".format(float(first["median"])).replace(",", " ")
                self.assertIn("1× = %s operations/s with %s, 2 workers" % (text, executor), self.written(figure))
        self.assertEqual(len({axes.get_ylim() for axes in figure.axes}), 1)

    def test_two_levels_are_enough(self):
        (axes,) = self.picture(Folder().oversubscribe(("primes",), levels=(2, 16)), "oversubscribe").axes
        self.assertEqual(self.places(self.points(axes)["fork"][0][0]), [2, 16])

    def test_small_differences_do_not_look_large(self):
        case = Folder().oversubscribe(("primes",), levels=(2, 16))
        for row in self.rows(case, workers=16):
            row.update(ratio="1.001", ratio_low="0.999", ratio_high="1.002")
        low, high = self.picture(case, "oversubscribe").axes[0].get_ylim()
        self.assertLess(low, 0.96)
        self.assertGreater(high, 1.04)

    def test_a_cell_without_a_result(self):
        case = Folder().oversubscribe().without("failed", "no more processes", executor="fork", workers=8)
        figure = self.picture(case, "oversubscribe")
        for axes in figure.axes:
            self.assertEqual([self.places(part[0]) for part in self.points(axes)["fork"]], [[2, 4], [16, 32, 64]])
            self.assertEqual(self.places(self.lines(axes)["fork missing"]), [8])
        self.assertIn("primes, fork, 8 workers (failed: no more processes)", " ".join(self.written(figure)))

    def test_a_baseline_without_a_result(self):
        case = Folder().oversubscribe().without("failed", "no", executor="fork", workers=2)
        for row in self.rows(case, executor="fork"):
            row.update(ratio="", ratio_low="", ratio_high="")
        figure = self.picture(case, "oversubscribe")
        for axes in figure.axes:
            self.assertEqual(set(self.points(axes)), {"thread"})
        said = "Not compared, as there is no ratio to a baseline: primes, fork (5 cells); sort, fork"
        self.assertIn(said, " ".join(self.written(figure)))
        for row in case.rows:
            row.update(ratio="", ratio_low="", ratio_high="")
        pages = self.draw(case, "oversubscribe")
        self.assertEqual((list(pages), pages.note), ([], "no cell has a ratio to a baseline"))


class Placed(WorkCase):
    def test_points_are_what_the_file_says(self):
        case = Folder().placement()
        figure = self.picture(case, "placement")
        self.assertEqual(len(figure.axes), 4)
        for axes, workload in zip(figure.axes, ("primes", "triad", "pointer-chase", "echo")):
            found = self.points(axes)
            self.assertEqual(len(found), 2 * len(made_up.PLACED))
            for label, (container,) in found.items():
                executor, placement = label.split()
                (row,) = self.rows(case, workload=workload, executor=executor, placement=placement)
                self.check_points(container, self.estimates([row], "ratio"), horizontal=True)
            self.assertEqual(list(self.lines(axes)["one"].get_xdata()), [1, 1])
        texts = self.written(figure)
        bands = [text for text in texts if text in made_up.PLACED]
        self.assertEqual(bands, ["compact", "scatter", "smt", "numa", "same-core"])
        self.assertEqual(texts.count("2 workers"), 4)
        self.assertEqual(len([text for text in texts if text.startswith("1× = ")]), 8)

    def test_rows_are_in_line_with_their_names(self):
        figure = self.picture(Folder().placement(("primes",)), "placement")
        (axes,) = figure.axes
        figure.draw_without_rendering()
        titles = [item for item in figure.texts if item.get_text() in made_up.PLACED]
        heights = {item.get_text(): item.get_position()[1] for item in titles}
        for label, (container,) in self.points(axes).items():
            _, y = axes.transData.transform((1, container[0].get_ydata()[0]))
            y = figure.transFigure.inverted().transform((0, y))[1]
            below = [name for name, height in heights.items() if height > y]
            self.assertEqual(min(below, key=heights.get), label.split()[1])

    def test_few_columns_have_room_for_intervals(self):
        case = Folder().placement(("primes",), ("thread",), ("same-core",))
        row = self.rows(case, placement="same-core")[0]
        text = "%.3f [%.3f, %.3f]" % tuple(float(row[name]) for name in ("ratio", "ratio_low", "ratio_high"))
        self.assertIn(text, self.written(self.picture(case, "placement")))

    def test_placements_that_were_skipped(self):
        case = Folder().placement().without("skipped", made_up.SMT, placement="smt")
        case.without("failed", "no", placement="numa", executor="fork", workload="echo")
        figure = self.picture(case, "placement")
        for axes in figure.axes:
            self.assertFalse([label for label in self.points(axes) if label.endswith("smt")])
        texts = self.written(figure)
        self.assertNotIn("smt", texts)
        self.assertEqual(texts.count("no result"), 1)
        self.assertNotIn("fork numa", self.points(figure.axes[3]))
        self.assertIn("fork numa", self.points(figure.axes[0]))
        said = "Not shown: smt (skipped: %s); numa (echo fork, failed: no)." % made_up.SMT
        self.assertIn(said, " ".join(texts))

    def test_a_baseline_without_a_result(self):
        case = Folder().placement(("primes",)).without("failed", "no", placement="none")
        for row in case.rows:
            row.update(ratio="", ratio_low="", ratio_high="")
        pages = self.draw(case, "placement")
        self.assertEqual((list(pages), pages.note), ([], "no cell has a ratio to a baseline"))

    def test_worker_counts_have_their_own_columns(self):
        case = Folder().placement(("primes",))
        case.rows += Folder().placement(("primes",), workers=4).rows
        figure = self.picture(case, "placement")
        self.assertEqual(len(figure.axes), 2)
        texts = self.written(figure)
        self.assertEqual([texts.count("%d workers" % count) for count in (2, 4)], [1, 1])

    def test_more_workloads_than_a_page_has_columns(self):
        pages = self.draw(Folder().placement(["w%d" % i for i in range(9)], ("thread",), ("smt",)), "placement")
        self.assertEqual([len(figure.axes) for figure in pages], [4, 4, 1])


class Looks(WorkCase):
    check_texts = test_plot.Looks.check_texts
    tick_labels = test_plot.Looks.tick_labels

    def test_no_text_lies_on_another_or_leaves_the_page(self):
        for case_name, case in made_up.CASES.items():
            for name in NAMES:
                with self.subTest("%s %s" % (case_name, name)):
                    figures = self.draw(case(), name)
                    self.assertTrue(figures)
                    for figure in figures:
                        self.check_texts(figure)

    def test_headings_are_beside_the_panels(self):
        for name in ("io", "oversubscribe"):
            figure = self.picture(made_up.small(), name)
            figure.draw_without_rendering()
            renderer = figure.canvas.get_renderer()
            for item in figure.texts:
                box = item.get_window_extent(renderer)
                self.assertFalse([axes for axes in figure.axes if axes.bbox.overlaps(box)], item.get_text())

    def test_nothing_is_said_of_intervals_that_are_missing(self):
        for name in NAMES:
            texts = " ".join(self.written(self.picture(made_up.small().without_intervals(), name)))
            self.assertIn("no intervals (too few blocks)", texts)

    def test_warnings_about_the_run(self):
        case = made_up.small()
        case.run.update(status="interrupted", aa={"ratio": 1.047, "low": 1.018, "high": 1.081, "proven": False})
        for name in NAMES:
            self.assertRegex(" ".join(self.written(self.picture(case, name))), "INCOMPLETE.*UNPROVEN")

    def test_the_program_draws_them(self):
        result = self.plot(made_up.plain().write(self.run_folder), "--out", self.out, "--format", "svg")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        paths = result.stdout.splitlines()
        self.assertEqual([os.path.basename(path) for path in paths], [name + ".svg" for name in NAMES])
        for path in paths:
            self.assertEqual(ElementTree.parse(path).getroot().tag, "{http://www.w3.org/2000/svg}svg")


class Scale(WorkCase):
    def test_ratios_have_room(self):
        rows = [row for row in self.load(Folder().oversubscribe(("sort",))).rows if ratios.has_point(row)]
        low, high = ratios.limits(rows)
        self.assertTrue(all(low < row.ratio.low and row.ratio.high < high for row in rows))
        self.assertIn(1, ratios.ticks((low, high), 3))


class Anything(WorkCase):
    """Whatever the file says: drawn or refused in words."""

    def test_odd_values(self):
        chance = random.Random(5)
        odd = {
            "params": ("", ";;;", "=", "us=$x^{"),
            "workers": (1, 7, 1000000),
            "unit": ("ns", "1/s", ""),
            "executor": ("serial", "tbb", "$\\x", "\u202e"),
            "figure": ("throughput", "memory", "odd"),
            "median": ("0", "-1", "1e18", "1e-12", ""),
            "ratio": ("0", "-1", "1e12", "1e-12", ""),
            "baseline": ("", "x"),
            "placement": ("", "x" * 500),
            "group": ("", "x"),
        }
        drawn = 0
        for i in range(6):
            case = made_up.plain() if i % 2 else made_up.small()
            for row in chance.sample(case.rows, 5):
                column = chance.choice(sorted(odd))
                row[column] = chance.choice(odd[column])
                row.update(dict.fromkeys([name for name in row if name.endswith(("_low", "_high"))], ""))
            for name in NAMES:
                try:
                    drawn += len(self.draw(case, name))
                except PlotError as error:
                    self.assertTrue(str(error).isprintable())
        self.assertGreater(drawn, 8)


if __name__ == "__main__":
    unittest.main()
