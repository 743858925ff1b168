#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
scripts/plot --compare: draws what `tvp compare --json` says and no other number; passes its errors on.

A made-up tvp prints made-up comparisons; with TVP in the environment the real one compares made-up runs as well.
"""
import copy
import json
import os
import random
import subprocess
import sys
import unittest
import warnings
import xml.etree.ElementTree as ElementTree

import test_plot

import synthetic_comparison as made_up
from tvpplot import forest, style
from tvpplot.compare_json import load_comparison
from tvpplot.errors import PlotError

A, B = "20250114T093012Z-79a0eef", "20250115T093012Z-79a0eef"
STUB = """#!/bin/sh
printf '%s\\n' "$@" >"$0.arguments"
if [ -f "$0.error" ]; then cat "$0.error" >&2; exit "$(cat "$0.status")"; fi
cat "$0.json"
"""


class CompareCase(test_plot.FolderCase):
    def setUp(self):
        super().setUp()
        self.program = os.path.join(self.root, "tvp")
        self.put("", STUB)
        os.chmod(self.program, 0o755)
        before = os.environ.get("TVP_PROGRAM")
        self.addCleanup(lambda: os.environ.update(TVP_PROGRAM=before) if before else os.environ.pop("TVP_PROGRAM", 0))
        os.environ["TVP_PROGRAM"] = self.program
        style.prepare()

    def put(self, ending, text):
        with open(self.program + ending, "w", encoding="utf-8") as file:
            file.write(text)

    def answer(self, document):
        self.put(".json", json.dumps(document))

    def compare(self, *arguments, **options):
        return self.plot("--compare", "a", "b", "--out", self.out, *arguments, **options)

    def draw(self, answer):
        self.answer(answer.document)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return forest.draw(load_comparison(["a", "b"]))

    def refused(self, result, pattern):
        self.assertEqual((result.returncode, result.stdout), (1, ""), result.stderr)
        self.assertRegex(result.stderr, r"\A[^\n]*" + pattern + r"[^\n]*\n\Z")
        self.assertFalse(os.path.exists(self.out))


class Files(CompareCase):
    def test_both_formats(self):
        self.answer(made_up.same_machine().document)
        result = self.compare()
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        names = ["compare-%s-%s.%s" % (A, B, ending) for ending in ("svg", "png")]
        self.assertEqual(sorted(os.listdir(self.out)), sorted(names))
        self.assertEqual(result.stdout.splitlines(), [os.path.join(self.out, name) for name in names])
        ElementTree.parse(os.path.join(self.out, names[0]))
        self.assertTrue(test_plot.read(os.path.join(self.out, names[1])).startswith(b"\x89PNG\r\n\x1a\n"))
        with open(self.program + ".arguments") as file:
            self.assertEqual(file.read().split(), ["compare", "--json", "--", "a", "b"])

    def test_many_rows_and_unsafe_names(self):
        self.answer(made_up.same_machine(60).document)
        self.assertEqual(self.compare("--format", "svg").returncode, 0)
        self.assertEqual(sorted(os.listdir(self.out)), ["compare-%s-%s-%d.svg" % (A, B, i) for i in (1, 2)])
        self.out = os.path.join(self.root, "hostile")
        self.answer(made_up.hostile().document)
        self.assertEqual(self.compare("--format", "svg").returncode, 0)
        self.assertEqual(os.listdir(self.out), ["compare.svg"])
        text = test_plot.read(os.path.join(self.out, "compare.svg"))
        self.assertNotIn(b"<script", text)
        self.assertNotIn(b"\x1b", text)


class Refusals(CompareCase):
    def test_errors_of_tvp_are_passed_on(self):
        for status in (1, 2, 3):
            self.put(".error", "tvp compare: a: has \x1b[31m no samples.csv\n")
            self.put(".status", str(status))
            result = self.compare()
            self.refused(result, "")
            self.assertEqual(result.stderr, "tvp compare: a: has \\x1b[31m no samples.csv\n")
        self.put(".error", "")
        self.refused(self.compare(), "ended with status 3 and said nothing")

    def test_no_program(self):
        os.environ["TVP_PROGRAM"] = os.path.join(self.root, "nowhere")
        self.refused(self.compare(), "nowhere: cannot be run: .*TVP_PROGRAM")

    def test_nothing_to_draw(self):
        for answer in (made_up.nothing(), made_up.nothing_in_both()):
            self.answer(answer.document)
            self.refused(self.compare(), "nothing to draw")

    def test_usage(self):
        for arguments in (("--compare", "a"), ("--compare",), ("a", "b"), ("--compare", "a", "b", "--format", "gif")):
            result = self.plot(*arguments)
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            self.assertLessEqual(len(result.stderr.splitlines()), 2)

    def test_other_answers(self):
        good = made_up.same_machine().document
        for change in ({"schema": 2}, {"mode": "moons"}, {"runs": []}, {"runs": good["runs"][:1]}, {"rows": {}},
                       {"rows": good["rows"][:1] * 2}, {"rows": [dict(good["rows"][0], run="Z")]},
                       {"rows": [dict(good["rows"][0], verdict="great")]}, {"rows": [dict(good["rows"][0], ratio=-1)]},
                       {"rows": [dict(good["rows"][0], low=2, high=1)]},
                       {"rows": [dict(good["rows"][0], ratio=1e300)]}):
            self.answer(dict(good, **change))
            with self.subTest(change=str(change)[:60]), self.assertRaises(PlotError):
                load_comparison(["a", "b"])
        for text in ("", "[]", "nonsense", '{"schema": NaN}', "[" * 100000):
            self.put(".json", text)
            with self.assertRaises(PlotError):
                load_comparison(["a", "b"])

    def test_any_type_anywhere(self):
        """Drawn or refused; never another exception."""
        chance = random.Random(8)
        refused = drawn = 0
        for i in range(150):
            document = copy.deepcopy(made_up.failures().document)
            place = document if i % 3 == 0 else chance.choice(document[chance.choice(("rows", "runs", "means"))])
            values = (None, True, -1, 0, 1e-9, 1e9, 10**400, "x", [], [1], {})
            place[chance.choice(sorted(place))] = chance.choice(values)
            self.answer(document)
            try:
                comparison = load_comparison(["a", "b"])
                drawn += bool(forest.draw(comparison)) if i % 5 == 0 else 0
            except PlotError:
                refused += 1
        self.assertGreater(refused, 20)
        self.assertGreater(drawn, 3)


class Drawn(CompareCase):
    def lines(self, figure):
        return {line.get_label(): line for axes in figure.axes for line in axes.get_lines()}

    def words(self, figure):
        return [item.get_text() for item in figure.texts]

    def check_rows(self, answer):
        figures = self.draw(answer)
        lines = {label: line for figure in figures for label, line in self.lines(figure).items()}
        words = [item for figure in figures for item in self.words(figure)]
        for row in answer.document["rows"]:
            name = "%s %s" % (row["run"], row["cell"])
            if row["ratio"] is None:
                self.assertNotIn(name, lines)
                continue
            self.assertEqual(list(lines[name].get_xdata()), [row["ratio"]])
            marker, colour, filled, _ = forest.VERDICTS[row["verdict"]]
            self.assertEqual((lines[name].get_marker(), lines[name].get_markeredgecolor()), (marker, colour))
            self.assertEqual(lines[name].get_markerfacecolor(), colour if filled else "white")
            self.assertIn("%.3f" % row["ratio"], words)
            if row["low"] and name + " goes on" not in lines:
                self.assertEqual(list(lines[name + " interval"].get_xdata()), [row["low"], row["high"]])
                self.assertIn("[%.3f, %.3f]" % (row["low"], row["high"]), words)
        return figures, words

    def test_runs(self):
        for answer in (made_up.same_machine(), made_up.same_machine(60), made_up.same_machine(16, 3)):
            figures, words = self.check_rows(answer)
            self.assertEqual(len({figure.axes[0].get_xlim() for figure in figures}), 1)
            for mean in answer.document["means"]:
                self.assertIn("%.3f" % mean["ratio"], words)
            diamonds = [patch.get_label() for figure in figures for axes in figure.axes for patch in axes.patches
                        if patch.get_label().endswith("mean")]
            self.assertEqual(len(diamonds), len(answer.document["means"]))

    def test_pages_have_forty_rows_at_most(self):
        figures = self.draw(made_up.same_machine(60))
        cells = [[label for label in self.lines(figure) if label.endswith(" interval")] for figure in figures]
        self.assertEqual(sum(map(len, cells)), 60)
        self.assertLessEqual(max(map(len, cells)), 40)

    def test_failures(self):
        figures, words = self.check_rows(made_up.failures())
        written = " ".join(words)
        self.assertEqual(words.count("failed"), 2)
        for part in ("inconclusive, needs 10 blocks", "inconclusive, may be chance", "UNPROVEN: run A", "and 3 more",
                     "INCOMPLETE: run B was interrupted", "pids.max is 24",
                     "The control's own cell differs, B/A 1.050"):
            self.assertIn(part, written)
        self.assertIn("B scaling/primes/thread/2/none goes on", self.lines(figures[0]))

    def test_better_side(self):
        (figure,) = self.draw(made_up.same_machine())
        places = {}
        for item in figure.texts:
            if item.get_text()[-1:] == "→" or item.get_text()[:1] == "←":
                places.setdefault(item.get_position()[1], []).append((item.get_position()[0], item.get_text()))
        sides = [[text for _, text in sorted(found)] for _, found in sorted(places.items(), reverse=True)]
        self.assertEqual(sides, [["← better", "worse →"], ["← worse", "better →"]])

    def test_machines(self):
        for count in (2, 3):
            answer = made_up.machines(count)
            figures = self.draw(answer)
            lines = [(line.get_label(), list(line.get_xdata())) for figure in figures for axes in figure.axes
                     for line in axes.get_lines()]
            for row in answer.document["rows"]:
                self.assertIn(("%s %s value" % (row["run"], row["cell"]), [row["this"]["value"]]), lines)
                self.assertIn(("A %s value" % row["cell"], [row["first"]["value"]]), lines)
                self.assertIn(("%s %s" % (row["run"], row["cell"]), [row["ratio"]]), lines)
            words = self.words(figures[0])
            self.assertIn("noop, fork, 1 worker", words)
            self.assertIn("over thread", words)
            self.assertRegex(" ".join(words), "Calibration kernels, B/A .*syscall")

    def test_caption(self):
        (figure,) = self.draw(made_up.same_machine())
        written = " ".join(self.words(figure))
        for part in ("A: run " + A, "B: run " + B, "30 blocks", "1.001 [0.994, 1.007]", "more than ±2 %",
                     "x86_64-amd-epyc-9r45-2c-0a1b2c", "kernel_release: A 6.1.0-31-amd64, B 6.8.0-51-generic"):
            self.assertIn(part, written)

    def test_no_text_lies_on_another_or_leaves_the_page(self):
        for name, case in made_up.CASES.items():
            with self.subTest(name):
                for figure in self.draw(case()):
                    test_plot.Looks.check_texts(self, figure)

    tick_labels = test_plot.Looks.tick_labels

    def test_verdicts_are_told_apart_in_grey(self):
        looks = {(marker, filled) for marker, _, filled, _ in forest.VERDICTS.values()}
        self.assertEqual(len(looks), len(forest.VERDICTS))


@unittest.skipUnless(os.environ.get("TVP"), "TVP does not name the real program")
class Real(CompareCase):
    def setUp(self):
        super().setUp()
        os.environ["TVP_PROGRAM"] = os.path.join(self.root, "not this one")
        sys.path.append(os.path.join(test_plot.HERE, "..", "behaviour"))
        os.environ.setdefault("TVP_TEST", os.environ["TVP"])  # which is imported along, and not run
        from test_compare import MadeUp

        self.made_up = MadeUp

    def tvp(self, *arguments):
        environment = dict(os.environ, TVP_PYTHON=sys.executable)
        return subprocess.run([os.environ["TVP"], "plot", "--compare", "--format", "svg", "--out", self.out] +
                              list(arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True,
                              cwd=self.root, env=environment, timeout=120)

    def write(self, name, **options):
        run = self.made_up(**options)
        run.write(os.path.join(self.root, name))
        return run.identity

    def test_runs(self):
        ids = [self.write("a"), self.write("b", seed=2)]
        result = self.tvp("a", "b")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(os.listdir(self.out), ["compare-%s-%s.svg" % tuple(ids)])

    def test_machines(self):
        self.write("a")
        self.write("b", seed=2, machine="aarch64-other-4c-77aa01")
        self.write("c", seed=3, machine="aarch64-third-8c-77aa02")
        result = self.tvp("a", "b", "c")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(len(os.listdir(self.out)), 1)

    def test_errors(self):
        self.write("a")
        self.refused(self.tvp("a", "nowhere"), "tvp compare: nowhere: ")


if __name__ == "__main__":
    unittest.main()
