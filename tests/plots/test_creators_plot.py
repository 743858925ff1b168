#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The picture of creators who create at the same time."""
import math
import os
import random
import unittest
import xml.etree.ElementTree as ElementTree

import test_farm_plot
import test_plot

import synthetic
from synthetic import around
from tvpplot.errors import PlotError

KINDS = {"thread": 48_600, "fork": 8_100, "spawn": 1_320}  # created per second by one alone
TITLES = ["creating threads", "forking processes", "spawning programs"]
HELD_UP = {"thread": 0.4, "fork": 0.12}  # of each creator, by all others
LEVELS = (1, 2, 3, 4)


class Folder(synthetic.Folder):
    """A made-up run of creators."""

    def __init__(self, seed=21, levels=LEVELS, cores=2, kinds=KINDS, placements=("none",), **options):
        super().__init__(seed, "20250401T100000Z-79a0eef", cores=cores, **options)
        for placement in placements:
            for kind in kinds:
                self.creators(kind, levels, cores, placement)

    def creators(self, kind, levels, cores, placement, executors=("serial", "thread", "fork")):
        for executor in executors:
            for workers in levels if executor != "serial" else (1,):
                self.cell(kind, executor, workers, placement, cores)

    def cell(self, kind, executor, workers, placement="none", cores=2):
        busy = min(workers, cores)
        times = busy / (1 + HELD_UP.get(executor, 0) * (busy - 1) / 2) * self.random.uniform(0.97, 1.03)
        times = 1.0 if executor == "serial" else times
        row = self.add("creators", "creation", executor, workers, "rate", placement, "worker=" + kind, unit="1/s",
                       better="higher")
        width = self.random.uniform(0.006, 0.03)
        row["median"], row["median_low"], row["median_high"] = around(KINDS.get(kind, 1000) * times, width)
        row["params"] = "worker=" + kind
        self._add_speedup(row, executor, workers, times, width)
        alone = "/".join(["creators/creation/serial/1", placement, "worker=" + kind])
        row["reference"] = alone if executor != "serial" else ""
        other = self.add("creators", "creation", executor, workers, "operation", placement, "worker=" + kind, unit="ns")
        other["median"] = repr(1e9 / float(row["median"]))
        return row


class CreatorsCase(test_farm_plot.FarmCase):
    check_points = test_farm_plot.Numbers.check_points
    rows = test_farm_plot.Numbers.rows
    estimates = test_farm_plot.Numbers.estimates

    def picture(self, case):
        (figure,) = self.draw(case, "creators")
        return figure

    def panels(self, figure):
        return [axes for axes in figure.axes if axes.get_xlabel()]

    def lines(self, axes):
        """label → of a panel the lines that are no points"""
        return {line.get_label(): line for line in axes.get_lines()}

    def points(self, axes):
        """executor → containers"""
        found = {}
        for container in axes.containers:
            found.setdefault(container.get_label(), []).append(container)
        return found


class Numbers(CreatorsCase):
    def test_points_are_what_the_file_says(self):
        case = Folder()
        panels = self.panels(self.picture(case))
        self.assertEqual(len(panels), 3)
        for axes, kind in zip(panels, KINDS):
            found = self.points(axes)
            self.assertEqual(sorted(found), ["fork", "serial", "thread"])
            for executor, (container,) in found.items():
                rows = self.rows(case, executor=executor, params="worker=" + kind, figure="rate")
                self.check_points(container, self.estimates(rows))
                places = [round(x) for x in container[0].get_xdata()]
                self.assertEqual(places, [1] if executor == "serial" else list(LEVELS))

    def test_ideal_is_a_multiple_of_one_alone(self):
        case = Folder()
        for axes, kind in zip(self.panels(self.picture(case)), KINDS):
            (alone,) = self.rows(case, executor="serial", params="worker=" + kind, figure="rate")
            ideal = self.lines(axes)["ideal"]
            self.assertEqual(list(ideal.get_xdata()), [1, 4])
            self.assertEqual(list(ideal.get_ydata()), [float(alone["median"]), 4 * float(alone["median"])])
            self.assertEqual(self.lines(axes)["cores"].get_xdata()[0], 2)
            # All that was measured is in view, and what as many creators as there are cores could do at best.
            highs = [float(row["median_high"]) for row in self.rows(case, params="worker=" + kind, figure="rate")]
            low, high = axes.get_ylim()
            self.assertEqual(low, 0)
            self.assertGreater(high, max(highs + [2 * float(alone["median"])]))

    def test_headings_say_how_many_times_what_one_has(self):
        case = Folder()
        texts = self.written(self.picture(case))
        self.assertEqual([text for text in texts if text in TITLES], TITLES)
        for executor, word in (("thread", "threads"), ("fork", "processes")):
            rows = self.rows(case, executor=executor, workers=2, figure="rate")
            wanted = ["2 %s: %.2f×" % (word, float(row["speedup"])) for row in rows]
            self.assertEqual([text.split(" [")[0] for text in texts if text.startswith("2 %s: " % word)], wanted)
        self.assertEqual([text for text in texts if "alone:" in text],
                         ["alone: 48.6 k/s", "alone: 8.1 k/s", "alone: 1.32 k/s"])

    def test_without_a_level_at_the_core_count_the_most_creators_are_told_of(self):
        texts = self.written(self.picture(Folder(levels=(1, 3, 6), cores=2)))
        self.assertEqual(len([text for text in texts if text.startswith("6 threads: ")]), 3)
        self.assertFalse([text for text in texts if text.startswith("3 threads")])

    def test_nobody_alone(self):
        """Without serial code there is nothing to be a multiple of."""
        case = Folder()
        case.rows = [row for row in case.rows if row["executor"] != "serial"]
        for row in case.rows:
            row.update(dict.fromkeys([name for name in row if name.startswith(("speedup", "efficiency"))], ""))
            row["reference"] = ""
        figure = self.picture(case)
        for axes in self.panels(figure):
            self.assertNotIn("ideal", self.lines(axes))
        texts = self.written(figure)
        self.assertNotIn("ideal", texts)
        self.assertFalse([text for text in texts if text.startswith("alone: ")])

    def test_many_cores_are_on_logarithmic_scales(self):
        figure = self.picture(Folder(levels=synthetic.LEVELS_64, cores=64))
        for axes in self.panels(figure):
            self.assertEqual((axes.get_xscale(), axes.get_yscale()), ("log", "log"))
            named = [label.get_text() for label in axes.get_xticklabels()]
            self.assertLessEqual({"1", "64"}, set(named))
            self.assertLess(len(named), len(synthetic.LEVELS_64))
        for axes in self.panels(self.picture(Folder())):
            self.assertEqual((axes.get_xscale(), axes.get_yscale()), ("linear", "linear"))
            self.assertEqual([label.get_text() for label in axes.get_xticklabels()], ["1", "2", "3", "4"])

    def test_rates_are_written_short(self):
        panels = self.panels(self.picture(Folder()))
        ticks = [[label.get_text() for label in axes.get_yticklabels()] for axes in panels]
        for texts in ticks:
            self.assertEqual(texts[0], "0")
        self.assertIn("50 k", [text.replace("100 k", "50 k") for text in ticks[0]])
        self.assertTrue(all(len(text) <= 6 for texts in ticks for text in texts), ticks)


class Panels(CreatorsCase):
    def test_each_placement_has_its_own(self):
        figure = self.picture(Folder(placements=("none", "compact")))
        self.assertEqual(len(self.panels(figure)), 6)
        texts = self.written(figure)
        self.assertEqual([text for text in texts if text in TITLES], 2 * TITLES)
        self.assertEqual([texts.count("placement " + name) for name in ("none", "compact")], [3, 3])

        self.assertNotIn("Placement: ", " ".join(texts))

    def test_one_placement_is_in_the_caption(self):
        said = "Placement: scatter; new workers stay where their creators are."
        self.assertIn(said, self.written(self.picture(Folder(placements=("scatter",)))))
        self.assertNotIn("Placement: ", " ".join(self.written(self.picture(Folder()))))

    def test_one_kind_only(self):
        self.assertEqual(len(self.panels(self.picture(Folder(kinds=("spawn",))))), 1)

    def test_kinds_that_nobody_knows(self):
        texts = self.written(self.picture(Folder(kinds=("thread", "clone"))))
        self.assertIn("clone", texts)
        self.assertIn("creating threads", texts)

    def test_cells_without_a_result(self):
        case = Folder()
        for row in self.rows(case, executor="thread", params="worker=fork", workers=3):
            case.fail(row, "failed", "worker 2: fork: Resource temporarily unavailable")
        figure = self.picture(case)
        axes = self.panels(figure)[1]
        broken = self.points(axes)["thread"]
        self.assertEqual([[round(x) for x in part[0].get_xdata()] for part in broken], [[1, 2], [4]])
        (cross,) = [line for line in axes.get_lines() if line.get_label() == "thread missing" and len(line.get_xdata())]
        self.assertEqual([round(x) for x in cross.get_xdata()], [3])
        texts = " ".join(self.written(figure))
        self.assertIn("no result", texts)
        self.assertIn("Not shown: forking processes, thread, 3 workers (failed: worker 2: fork: Resource", texts)
        self.assertNotIn("no result", self.written(self.picture(Folder())))

    def test_an_executor_that_was_refused(self):
        case = Folder()
        for row in self.rows(case, executor="fork"):
            case.fail(row, "failed", "no")
        self.assertEqual(len(self.panels(self.picture(case))), 3)
        for row in self.rows(case, params="worker=spawn"):
            case.fail(row, "failed", "no")
        self.assertEqual(len(self.panels(self.picture(case))), 2)
        for row in case.rows:
            case.fail(row, "failed", "no")
        self.assertEqual(self.draw(case, "creators"), [])

    def test_only_rates(self):
        case = Folder()
        for row in case.rows:
            row["unit"] = "furlongs"
        self.assertEqual(self.draw(case, "creators"), [])

    def test_intervals_may_be_missing(self):
        case = Folder()
        for row in case.rows:
            row.update(dict.fromkeys([name for name in row if name.endswith(("_low", "_high"))], ""))
        texts = " ".join(self.written(self.picture(case)))
        self.assertIn("no intervals (too few blocks)", texts)
        self.assertNotIn("[", texts.replace("[0.994, 1.007]", ""))

    def test_warnings_about_the_run(self):
        case = Folder()
        case.run.update(status="interrupted", aa={"ratio": 1.047, "low": 1.018, "high": 1.081, "proven": False})
        self.assertRegex(" ".join(self.written(self.picture(case))), "INCOMPLETE.*UNPROVEN")


class Looks(CreatorsCase):
    check_texts = test_plot.Looks.check_texts
    tick_labels = test_plot.Looks.tick_labels

    def hostile(self):
        case = Folder(kinds=("thread", "$\\frac{1}{0}\u202e" + "y" * 200))
        for row in case.rows:
            row["params"] += r";$x^{2=\u202e\frac;<b>=" + "y" * 300
            if row["executor"] == "fork":
                row["executor"] = "$\\spawn{\x1b]0;x\x07"
        return case

    def test_no_text_lies_on_another_or_leaves_the_page(self):
        cases = {
            "two cores": Folder(), "one core": Folder(levels=(1, 2), cores=1), "no more than one": Folder(levels=(1,)),
            "64 cores": Folder(levels=synthetic.LEVELS_64, cores=64), "placements": Folder(placements=("none", "smt")),
            "scatter": Folder(placements=("scatter",)),
            "8 cores": Folder(levels=(1, 2, 3, 4, 6, 8, 12, 16), cores=8), "cores unknown": Folder(cores=2),
            "hostile": self.hostile(),
        }
        del cases["cores unknown"].run["environment"]["cores_usable"]
        for name, case in cases.items():
            with self.subTest(name):
                for figure in self.draw(case, "creators"):
                    self.check_texts(figure)

    def test_the_program_draws_it(self):
        result = self.plot(Folder().write(self.run_folder), "--out", self.out, "--format", "svg")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        (path,) = result.stdout.splitlines()
        self.assertEqual(os.path.basename(path), "creators.svg")
        self.assertEqual(ElementTree.parse(path).getroot().tag, "{http://www.w3.org/2000/svg}svg")


class Anything(CreatorsCase):
    """Whatever the file says: drawn or refused in words."""

    def test_odd_values(self):
        chance = random.Random(5)
        odd = {
            "params": ("", ";;;", "=", "worker=", "worker=thread;worker=fork", "worker=$x^{", "other=1"),
            "workers": (1, 7, 1000000),
            "unit": ("ns", "1/s", ""),
            "executor": ("serial", "tbb", "$\\x", "\u202e"),
            "figure": ("rate", "operation", "odd"),
            "median": ("0", "1e18", "1e-12"),
            "speedup": ("0", "1e9", ""),
            "reference": ("", "x"),
            "placement": ("", "x" * 500),
        }
        drawn = 0
        for _ in range(25):
            case = Folder()
            for row in chance.sample(case.rows, 5):
                column = chance.choice(sorted(odd))
                row[column] = chance.choice(odd[column])
                row.update(dict.fromkeys([name for name in row if name.endswith(("_low", "_high"))], ""))
            try:
                drawn += len(self.draw(case, "creators"))
            except PlotError as error:
                self.assertTrue(str(error).isprintable())
        self.assertGreater(drawn, 12)

    def test_zero_has_no_place_on_a_logarithmic_axis(self):
        case = Folder(levels=synthetic.LEVELS_64, cores=64)
        for row in self.rows(case, executor="fork", figure="rate"):
            row.update(median="0", median_low="0", median_high="1")
        for row in self.rows(case, executor="thread", figure="rate"):
            row["median_low"] = "0"
        figure = self.picture(case)
        for axes in self.panels(figure):
            self.assertTrue(all(math.isfinite(end) and end > 0 for end in axes.get_ylim()))
            self.assertNotIn("fork", self.points(axes))


if __name__ == "__main__":
    unittest.main()
