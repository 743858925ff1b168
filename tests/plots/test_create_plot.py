#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The pictures of `create` and `first-write`, and the file that only they use: fits.csv."""
import itertools
import os
import random
import unittest
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from unittest import mock

import test_farm_plot
import test_plot

import synthetic_create as made_up
from tvpplot import create_phases, labels, parents, style, text
from tvpplot.errors import PlotError
from tvpplot.load import load_run
from tvpplot.model import Estimate

BARS = ("thread", "thread-64k", "vfork-exit", "fork", "spawn-static", "spawn", "system")  # more than a few


class CreateCase(test_farm_plot.FarmCase):
    check_points = test_farm_plot.Numbers.check_points
    rows = test_farm_plot.Numbers.rows
    estimates = test_farm_plot.Numbers.estimates

    def small(self, **options):
        return made_up.Folder(5, "20250501T100000Z-79a0eef", **options)

    def bare(self, names=BARS):
        case = self.small()
        case.bare(names, ("same-core",))
        return case

    def along(self, names=("thread", "fork"), levels=(1, 16, 1024), **settings):
        case = self.small()
        case.bare(names, ("same-core",))
        case.memory(names, levels, **settings)
        return case

    def lines(self, figure):
        return {line.get_label(): line for axes in figure.axes for line in axes.get_lines()}

    def ways(self, case, **wanted):
        """executor → figure → row"""
        found = {}
        for row in self.rows(case, experiment="create", **wanted):
            found.setdefault(row["executor"], {})[row["figure"]] = row
        return found


class Files(CreateCase):
    def test_every_picture_is_written(self):
        result = self.plot(made_up.whole().write(self.run_folder), "--out", self.out, "--format", "svg")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        names = [os.path.splitext(os.path.basename(path))[0] for path in result.stdout.splitlines()]
        self.assertEqual(names, ["create-1", "create-2", "create-3", "create-4", "first-write"])
        for path in result.stdout.splitlines():
            self.assertEqual(ElementTree.parse(path).getroot().tag, "{http://www.w3.org/2000/svg}svg")

    def test_a_few_executors_have_one_picture(self):
        (figure,) = self.draw(made_up.default(), "create")
        panels = [axes for axes in figure.axes if axes.containers]
        self.assertEqual([axes.get_xscale() for axes in panels], ["log", "log"])
        written = self.written(figure)
        for name in ("serial", "forkserver", "placement none", "placement same-core"):
            self.assertIn(name, written)
        self.assertNotIn("memory_mib", " ".join(written))

    def test_one_placement_is_named(self):
        (figure,) = self.draw(self.bare(("thread", "fork")), "create")
        self.assertIn("workload: noop, placement same-core", self.written(figure))

    def test_one_clear_line_about_a_bad_file(self):
        self.along().write(self.run_folder)
        self.put("fits.csv", b"nonsense\n1\n")
        result = self.plot(self.run_folder, "--out", self.out)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertRegex(result.stderr, r"\Aplot: \S+/fits\.csv, row 1: column \w+ is missing; .*\n\Z")
        self.assertFalse(os.path.exists(self.out))

    def test_the_file_does_not_have_to_be_there(self):
        case = self.along()
        case.fits = []
        _, figure = self.draw(case, "create")
        self.assertNotIn("per GiB", self.written(figure))
        self.along().write(self.run_folder)
        self.put("fits.csv", ",".join(made_up.FITS).encode() + b"\n")
        self.assertEqual(load_run(self.run_folder).fits, [])


class Refused(CreateCase):
    def test_fits(self):
        self.along().write(self.run_folder)
        original = test_plot.read(os.path.join(self.run_folder, "fits.csv"))
        for column, value, blamed in (
            ("run_id", "another", ""), ("experiment", "", ""), ("executor", "", ""), ("parameter", "", ""),
            ("workers", "0", ""), ("levels", "many", ""), ("least", "-1", ""), ("most", "1e3", ""),
            ("least", "5000", ""), ("fixed", "soon", ""), ("fixed", "nan", ""), ("fixed", "", ""),
            ("fixed", "1e19", ""), ("fixed_low", "1e9", "fixed"), ("fixed_high", "-5", "fixed"), ("slope", "", ""),
            ("slope", "inf", ""), ("slope_high", "\x1b[31m", ""), ("slope_low", "99999999", "slope"),
            ("off", "-0.1", ""), ("off", "1_0", ""), ("blocks", "-1", ""), ("status", "maybe", ""),
            ("status", "unclear", "fixed"),
        ):
            with self.subTest("%s=%s" % (column, value)):
                self.put("fits.csv", original)
                self.edit("fits.csv", 1, column, value)
                self.refused(r"fits\.csv, row 3, column %s: \"" % (blamed or column))
        self.put("fits.csv", original + original.splitlines(keepends=True)[-1])
        self.refused(r"row \d+, column params: .* earlier row")

    def test_a_line_may_fall_and_be_exact(self):
        self.along().write(self.run_folder)
        for column, value in (("fixed_low", "-12.5"), ("slope_low", "-1e-17"), ("off", "1.1e-16"), ("off", "")):
            self.edit("fits.csv", 0, column, value)
        fit = load_run(self.run_folder).fits[0]
        self.assertEqual((fit.fixed.low, fit.slope.low, fit.off), (-12.5, -1e-17, None))

    def test_files_that_are_no_tables(self):
        self.along().write(self.run_folder)
        header = ",".join(made_up.FITS).encode() + b"\n"
        for content, pattern in (
            (b"", "no rows"), (b"\0\n", "NUL"), (b"\xff\xfe\n", "not UTF-8"),
            (header + b"1,2\n", "row 2: has 2 columns"), (header + b'"' + b"x" * 200000 + b"\n", "not CSV"),
            (header.replace(b"schema", b"run_id"), "twice"),
        ):
            with self.subTest(pattern):
                self.put("fits.csv", content)
                self.refused(r"fits\.csv.*%s" % pattern)
        os.unlink(os.path.join(self.run_folder, "fits.csv"))
        os.mkfifo(os.path.join(self.run_folder, "fits.csv"))
        self.refused("is not a regular file")

    def test_too_many(self):
        self.along().write(self.run_folder)
        with mock.patch("tvpplot.fits_csv.ROWS_MAX", 1):
            self.refused("has more than 1 rows")
        with self.assertRaisesRegex(PlotError, "more than 40 executors"):
            self.draw(self.bare(["way-%d" % i for i in range(50)]), "create")

    def test_damaged_files(self):
        chance = random.Random(8)
        self.along().write(self.run_folder)
        original = test_plot.read(os.path.join(self.run_folder, "fits.csv"))
        refused = 0
        for _ in range(100):
            data = bytearray(original)
            for _ in range(chance.choice((1, 2, 5))):
                at = chance.randrange(len(data))
                piece = chance.choice((b'"', b",", b"\0", b"9" * 30, b"-", b"\xff", b"\n", b""))
                data[at : at + chance.choice((0, 1, 4))] = piece
            self.put("fits.csv", bytes(data))
            try:
                load_run(self.run_folder)
            except PlotError as error:
                refused += 1
                self.assertIn("fits.csv", str(error))
        self.assertGreater(refused, 30)


class Phases(CreateCase):
    def segments(self, figure, name):
        """part → (begin, end)"""
        found = {}
        for part in create_phases.PARTS:
            for container in self.containers(figure).get("%s %s" % (name, part), ()):
                (bar,) = container
                found[part] = (bar.get_x(), bar.get_x() + bar.get_width())
        return found

    def test_bars(self):
        case = self.bare()
        (figure,) = self.draw(case, "create")
        written, lines = self.written(figure), self.lines(figure)
        for name, phases in self.ways(case).items():
            called, started, done, reaped = (float(phases[figure]["median"]) for figure in made_up.PHASES)
            expected = {"start": (0, started), "work": (started, done), "reap": (done, reaped)}
            found = self.segments(figure, name)
            self.assertEqual(list(found), list(expected))
            for part in expected:
                for end, wanted in zip(found[part], expected[part]):
                    self.assertAlmostEqual(end, wanted, 3)
            self.check_points(self.containers(figure)[name][0], self.estimates([phases["reaped"]]), True)
            self.assertEqual(list(lines[name + " called"].get_xdata()), [called])
            self.assertIn(labels.duration(reaped), written)
            if name != "thread":
                over = Estimate(*(float(phases["reaped"][key]) for key in ("ratio", "ratio_low", "ratio_high")))
                self.assertIn(text.number(over.value) + "×", written)
                self.assertIn(text.interval(over), written)
        told = (create_phases.CALLED, *(words for part, words in create_phases.PARTS.items() if part != "unknown"))
        for words in ("÷ thread", "baseline", "placement same-core", *told):
            self.assertIn(words, written)

    def test_the_cheapest_is_on_top_and_every_band_has_its_scale(self):
        case = self.bare()
        (figure,) = self.draw(case, "create")
        ways = self.ways(case)
        order = sorted(ways, key=lambda name: float(ways[name]["reaped"]["median"]))
        names = [item for item in figure.texts if item.get_text() in ways]
        names.sort(key=lambda item: -item.get_position()[1])
        self.assertEqual([item.get_text() for item in names], order)
        bands = [axes for axes in figure.axes if axes.containers]
        self.assertGreater(len(bands), 1)
        for axes in bands:
            ends = [bar.get_x() + bar.get_width() for container in axes.containers if len(container) == 1
                    for bar in container]
            low, high = axes.get_xlim()
            self.assertEqual((low, axes.get_xscale()), (0, "linear"))
            self.assertTrue(max(ends) <= high < 1.2 * max(ends))

    def test_bands(self):
        chance = random.Random(2)
        for count in (1, 2, 5, 8):
            values = sorted(chance.choice((0, 1e-3, 1)) + 10 ** chance.uniform(0, 3) for _ in range(count))
            items = [(str(i), value) for i, value in enumerate(values)]
            bands = create_phases.bands_of(items)
            self.assertEqual([name for band in bands for name in band], [name for name, _ in items])
            self.assertTrue(all(self.together(values, band) for band in bands))
            fewest = next(parts for parts in range(1, count + 1) if any(
                all(self.together(values, range(begin, end)) for begin, end in zip((0,) + cuts, cuts + (count,)))
                for cuts in itertools.combinations(range(1, count), parts - 1)))
            self.assertEqual(len(bands), fewest)
        self.assertEqual(create_phases.bands_of([("a", 0), ("b", 1), ("c", 3), ("d", 15)]), [["a"], ["b", "c"], ["d"]])

    def together(self, values, band):
        return values[int(band[-1])] <= values[int(band[0])] * create_phases.SPAN * (1 + 1e-9)

    def test_whatever_is_known_is_drawn_without_gaps(self):
        chance = random.Random(3)
        self.bare(("thread",)).write(self.run_folder)
        row = load_run(self.run_folder).rows[0]
        for _ in range(200):
            cell = {}
            for figure in made_up.PHASES:
                if figure == "reaped" or chance.random() < 0.7:
                    median = Estimate(chance.choice((0.0, 5.0, 10.0, 20.0)), None, None)
                    cell[figure] = replace(row, median=median)
            parts = create_phases.parts_of(cell)
            at = 0
            for _, begin, end in parts:
                self.assertEqual(begin, at)
                self.assertGreaterEqual(end, begin)
                at = end
            self.assertEqual(at, cell["reaped"].median.value)
            told = [part for part, _, _ in parts]
            self.assertEqual("start" in told, "started" in cell)
            self.assertEqual("work" in told, "started" in cell and "done" in cell)
            self.assertEqual("reap" in told, "done" in cell and "started" in cell or told == ["reap"])

    def test_a_call_that_returns_late_and_a_worker_who_does_not_say(self):
        case = self.bare()
        vfork = self.ways(case)["vfork-exit"]
        vfork["called"].update(median="30000", median_low="", median_high="")
        for figure in ("called", "started", "done"):
            case.fail(self.ways(case)["system"][figure], "skipped", "does not say")
        (figure,) = self.draw(case, "create")
        self.assertEqual(list(self.lines(figure)["vfork-exit called"].get_xdata()), [30000])
        axes = self.lines(figure)["vfork-exit called"].axes
        self.assertLess(30000, axes.get_xlim()[1])
        whole = float(self.ways(case)["system"]["reaped"]["median"])
        self.assertEqual(self.segments(figure, "system"), {"unknown": (0, whole)})
        self.assertNotIn("system called", self.lines(figure))
        self.assertIn(create_phases.PARTS["unknown"], self.written(figure))
        self.assertNotIn("Not shown", " ".join(self.written(figure)))

    def test_placements_share_a_page_if_they_fit(self):
        case = self.small()
        case.bare(BARS)
        (figure,) = self.draw(case, "create")
        for words in ("placement none", "placement same-core"):
            self.assertIn(words, self.written(figure))
        self.assertEqual(len(self.draw(made_up.no_memory(), "create")), 4)


class Memory(CreateCase):
    def test_lines(self):
        case = self.along()
        _, figure = self.draw(case, "create")
        found = self.containers(figure)
        for executor in ("thread", "fork"):
            rows = self.rows(case, executor=executor, figure="reaped")
            self.check_points(found[executor + " at 0"][0], self.estimates(rows[:1]))
            self.check_points(found[executor][0], self.estimates(rows[1:]))
            self.assertIn("%s %s" % (executor, labels.duration(float(rows[-1]["median"]))), self.written(figure))
        axes = found["fork"][0][0].axes
        at = list(found["fork"][0][0].get_xdata())
        self.assertEqual([x - at[0] for x in at], [0, 4, 10])
        zero = found["fork at 0"][0][0].get_xdata()[0]
        self.assertLess(axes.get_xlim()[0], zero)
        self.assertLess(zero, at[0])
        self.assertEqual(axes.get_yscale(), "log")
        self.assertEqual([tick.get_text() for tick in axes.get_xticklabels()], ["0", "1 MiB", "16 MiB", "1 GiB"])
        breaks = [line.get_xdata() for line in axes.get_lines() if line.get_label() == "break"]
        self.assertEqual(len(breaks), 3)
        self.assertTrue(all(zero < x < at[0] for pair in breaks for x in pair))
        self.assertEqual(self.lines(figure)["fork to 0"].get_linestyle(), "--")

    def test_guide(self):
        _, figure = self.draw(self.along(), "create")
        (before, after), values = (self.lines(figure)["guide"].get_data()[0], self.lines(figure)["guide"].get_data()[1])
        self.assertAlmostEqual(values[1] / values[0], 2 ** (after - before), 6)
        highest = max(container[0].get_ydata()[-1] for found in self.containers(figure).values() for container in found)
        self.assertGreater(values[1], highest)
        self.assertLess(values[1], figure.axes[0].get_ylim()[1])
        self.assertIn("proportional to memory", self.written(figure))

    def test_without_zero_and_with_one_level_beside_it(self):
        case = self.small()
        case.memory(("thread", "fork"), (4, 64))
        _, figure = self.draw(case, "create")
        self.assertNotIn("break", self.lines(figure))
        self.assertNotIn("fork at 0", self.containers(figure))
        _, figure = self.draw(self.along(levels=(64,)), "create")
        self.assertNotIn("guide", self.lines(figure))
        self.assertEqual(len(self.containers(figure)["fork"][0][0].get_xdata()), 1)

    def test_huge_pages_have_a_line_of_their_own(self):
        case = self.along()
        case.memory(("fork",), (256, 1024), False, thp="on")
        _, figure = self.draw(case, "create")
        found = self.containers(figure)
        plain, huge = found["fork"][0][0], found["fork, huge pages"][0][0]
        self.assertEqual(plain.get_color(), huge.get_color())
        self.assertEqual((plain.get_linestyle(), huge.get_linestyle()), ("-", "--"))
        self.assertEqual(huge.get_markerfacecolor(), "white")
        rows = [row for row in self.rows(case, figure="reaped") if "thp=on" in row["params"]]
        self.check_points(found["fork, huge pages"][0], self.estimates(rows))
        self.assertRegex(" ".join(self.written(figure)), r"fork, huge pages [0-9.]+ ms")

    def test_a_single_memory_of_huge_pages_is_a_point(self):
        case = self.along()
        case.memory(("fork",), (256,), False, thp="on")
        _, figure = self.draw(case, "create")
        self.assertEqual(len(self.containers(figure)["fork, huge pages"][0][0].get_xdata()), 1)

    def test_a_line_that_ends_early_leads_to_its_name(self):
        case = self.along(("fork", "forkserver"), (16, 256, 1024))
        _, figure = self.draw(case, "create")
        leaders = [line for line in figure.axes[0].get_lines() if line.get_label() == "leader"]
        (ends,) = [list(line.get_ydata()) for line in leaders]
        value = float(self.rows(case, executor="forkserver", figure="reaped")[-1]["median"])
        self.assertEqual(ends, [value, value])

    def test_every_other_parent_has_its_page(self):
        figures = self.draw(made_up.grid(), "create")
        self.assertEqual(len(figures), 4)
        for figure, threads in zip(figures[1:], ("1 sleeping thread", "4 sleeping threads", "16 sleeping threads")):
            self.assertIn("noop, 1 worker, placement same-core, " + threads, self.written(figure))

    def test_table(self):
        case = self.along(("thread", "fork", "spawn"))
        thread, fork, spawn = case.fits
        thread.update(slope="-0.5", slope_low="-2", slope_high="1")
        spawn.update(off="0.41")
        _, figure = self.draw(case, "create")
        written = self.written(figure)
        for words in (
            "per GiB", labels.duration(float(fork["fixed"])), labels.duration(float(fork["slope"]) * 1024),
            "[%s, %s]" % tuple(labels.duration(float(fork[name]) * 1024) for name in ("slope_low", "slope_high")),
            "\u2212512 ns", "[\u22122.05 µs, 1.02 µs]", "up to 41 % off",
        ):
            self.assertIn(words, written)
        self.assertEqual(" ".join(written).count("% off"), 1)

    def test_lines_of_what_is_not_drawn(self):
        case = self.along()
        stray = dict(case.fits[1], fixed="777000", fixed_low="", fixed_high="")
        case.fits = [
            dict(stray, executor="stranger"), dict(stray, placement="none"), dict(stray, workload="other"),
            dict(stray, figure="called"), dict(stray, parameter="threads"), dict(stray, fixed_unit="furlongs"),
            dict(stray, params=stray["params"].replace("threads=0", "threads=1")),
        ]
        _, figure = self.draw(case, "create")
        self.assertNotIn("777", " ".join(self.written(figure)))
        self.assertNotIn("per GiB", self.written(figure))

    def test_too_few_blocks_for_lines(self):
        _, figure = self.draw(self.along().few_blocks(), "create")
        written = " ".join(self.written(figure))
        self.assertNotIn("per GiB", written)
        self.assertIn("Too few blocks for lines", written)


class Others(CreateCase):
    def test_factors(self):
        case = self.small()
        names = ("thread", "fork")
        case.bare(names, ("same-core",))
        case.others(names)
        _, figure = self.draw(case, "create")
        found = self.containers(figure)
        written = self.written(figure)
        titles = {
            "mappings": "10 000 more mappings", "descriptors=1000;": "1 000 descriptors, closed on exec",
            "descriptors=10000;cloexec=off": "10 000 descriptors, inherited", "threads": "16 sleeping threads",
        }
        for setting, title in titles.items():
            self.assertIn(title, written)
            for name in names:
                plain = self.rows(case, executor=name, figure="reaped")[0]
                changed = [row for row in self.rows(case, executor=name, figure="reaped")
                           if row["cell"].split("/")[-1] == setting.rstrip(";") or setting in ("mappings", "threads")
                           and row["cell"].split("/")[-1].startswith(setting)]
                (row,) = changed
                self.check_points(found["%s %s" % (name, title)][0], self.estimates([row]), True)
                self.check_points(found["%s %s beside" % (name, title)][0], self.estimates([plain]), True)
                over = float(row["median"]) / float(plain["median"])
                self.assertIn("%s   %.2f×" % (labels.duration(float(row["median"])), over), written)
        scales = {axes.get_xlim() for axes in figure.axes if axes.containers}
        self.assertEqual(len(scales), 1)
        self.assertIn("Open: a bare parent", " ".join(written))

    def test_nothing_to_stand_beside(self):
        case = self.small()
        case.bare(("thread",), ("same-core",))
        case.others(("fork",), ({"threads": 16}, {"mappings": 5}))
        _, figure = self.draw(case, "create")
        self.assertNotIn("fork 16 sleeping threads beside", self.containers(figure))
        self.assertIn("fork 16 sleeping threads", self.containers(figure))

    def test_a_single_memory_is_one_of_them(self):
        case = self.small()
        case.bare(("thread",), ("same-core",))
        case.memory(("fork",), (64,), False)
        _, figure = self.draw(case, "create")
        self.assertIn("64 MiB touched", self.written(figure))

    def test_words(self):
        for settings, words in (
            ({}, "a bare parent"), ({"memory_mib": 1024}, "1 GiB touched"), ({"mappings": 1}, "1 more mapping"),
            ({"memory_mib": 3, "thp": True, "threads": 2}, "3 MiB in huge pages + 2 sleeping threads"),
        ):
            self.assertEqual(parents.words(parents.BARE._replace(**settings)), words)

    def test_first_write(self):
        case = self.small()
        case.first_write()
        (figure,) = self.draw(case, "first-write")
        found = self.containers(figure)
        for writer in ("creator", "worker"):
            for memory, words in (
                ("memory_mib=16;thp=off", "16 MiB"), ("memory_mib=64;thp=on", "64 MiB in huge pages")
            ):
                for name in ("thread", "fork"):
                    rows = [row for row in self.rows(case, executor=name) if row["params"].startswith(memory)
                            and row["params"].endswith(writer)]
                    containers = found["%s the %s writes to %s" % (name, writer, words)]
                    for container, what in zip(containers, ("page", "end")):
                        self.check_points(container, self.estimates([r for r in rows if r["figure"] == what]), True)
        self.assertIn("writing to a page", self.written(figure))

    def test_first_write_with_half_of_its_figures(self):
        case = self.small()
        case.first_write()
        for row in case.rows:
            if row["figure"] == "page":
                case.fail(row, "skipped", "has no page")
        (figure,) = self.draw(case, "first-write")
        self.assertNotIn("writing to a page", self.written(figure))
        self.assertIn("has no page", " ".join(self.written(figure)))


class NotOk(CreateCase):
    def spoil(self, case, status, **wanted):
        for row in case.rows:
            if all(value in str(row[name]) for name, value in wanted.items()):
                case.fail(row, status, "no room")

    def test_a_way_that_is_refused(self):
        case = self.bare()
        case.memory(("thread", "fork"), (16, 256))
        self.spoil(case, "failed", executor="spawn-static")
        bars, curves = self.draw(case, "create")
        self.assertFalse([label for label in self.containers(bars) if label.startswith("spawn-static")])
        self.assertRegex(" ".join(self.written(bars)), r"Not shown: spawn-static \(failed: no room\)\.")
        self.assertNotIn("Not shown", " ".join(self.written(curves)))

    def test_memory_that_there_is_not(self):
        case = self.along(("thread", "fork", "spawn"), (1, 16, 64, 4096))
        self.spoil(case, "skipped", params="memory_mib=4096")
        self.spoil(case, "failed", params="memory_mib=16;", executor="fork")
        points, figure = self.draw(case, "create")
        parts = [len(container[0].get_xdata()) for container in self.containers(figure)["fork"]]
        self.assertEqual(parts, [1, 1])
        told = "Not shown: fork, memory_mib=16 (failed: no room); fork, spawn, memory_mib=4096 (skipped: no room)."
        self.assertIn(told, self.written(figure))
        self.assertNotIn("Not shown", " ".join(self.written(points)))

    def test_what_is_missing_is_named_once(self):
        case = made_up.no_memory()
        self.spoil(case, "failed", params="mappings=10000", executor="fork")
        pages = [" ".join(self.written(figure)) for figure in self.draw(case, "create")]
        for words in ("memory_mib=4096", "mappings=10000", "clone3: Operation"):
            self.assertEqual([words in page.partition("Not shown: ")[2] for page in pages].count(True),
                             2 if words.startswith("clone3") else 1, words)

    def test_what_has_no_page_is_named_on_the_first(self):
        case = self.bare()
        case.others(("fork",), ({"threads": 16},))
        self.spoil(case, "failed", params="threads=16")
        (figure,) = self.draw(case, "create")
        self.assertIn("Not shown: fork, threads=16 (failed: no room).", self.written(figure))

    def test_no_result_at_all(self):
        case = self.along()
        case.first_write()
        self.spoil(case, "failed")
        self.assertEqual((self.draw(case, "create"), self.draw(case, "first-write")), ([], []))

    def test_intervals_may_be_missing(self):
        case = made_up.few_blocks()
        for experiment in ("create", "first-write"):
            for figure in self.draw(case, experiment):
                written = " ".join(self.written(figure))
                self.assertIn("no intervals (too few blocks)", written)
                self.assertNotIn("[95 % interval]", written)
                self.assertIn("UNPROVEN", written)

    def test_zero_has_no_place_on_a_logarithmic_axis(self):
        case = self.along(("thread", "fork", "spawn"))
        case.others(("thread", "fork"), ({"threads": 16},))
        for row in case.rows:
            if row["executor"] == "fork":
                row.update(median="0", median_low="0", median_high="1")
            else:
                row["median_low"] = "0"
        for figure in self.draw(case, "create")[1:]:
            self.assertFalse([label for label in self.containers(figure) if label.startswith("fork")])

    def test_units_that_make_no_sense(self):
        case = self.along()
        case.first_write()
        for row in case.rows:
            row["unit"] = "furlongs"
        self.assertEqual((self.draw(case, "create"), self.draw(case, "first-write")), ([], []))

    def test_warnings_about_the_run(self):
        case = made_up.whole()
        case.run.update(status="interrupted", aa={"ratio": 1.047, "low": 1.018, "high": 1.081, "proven": False})
        for figure in self.draw(case, "create") + self.draw(case, "first-write"):
            self.assertRegex(" ".join(self.written(figure)), "INCOMPLETE.*UNPROVEN")


class Looks(CreateCase):
    check_texts = test_plot.Looks.check_texts
    tick_labels = test_plot.Looks.tick_labels

    def test_no_text_lies_on_another_or_leaves_the_page(self):
        for name, case in made_up.CASES.items():
            case = case()
            for experiment in ("create", "first-write"):
                for i, figure in enumerate(self.draw(case, experiment)):
                    with self.subTest("%s %s %d" % (name, experiment, i + 1)):
                        self.check_texts(figure)

    def test_ways_of_one_kind_have_one_hue_and_markers_of_their_own(self):
        looks = style.executor_looks(list(made_up.SUBJECTS) + ["stress-ng-fork", "stress-ng-vfork"])
        self.assertEqual(len({(look.colour, look.marker) for look in looks.values()}), len(looks))
        for kind in ("thread", "spawn", "vfork", "clone3", "stress"):
            self.assertEqual(len({looks[name].colour for name in looks if name.startswith(kind + "-")}), 1, kind)
        self.assertNotEqual(looks["fork-exec"].colour, looks["fork"].colour)


class Anything(CreateCase):
    """Whatever the parameters, units and sizes: drawn or refused in words."""

    def test_odd_values(self):
        chance = random.Random(4)
        case = self.along(BARS, (1, 16, 1024))
        case.others(("thread", "fork"))
        case.first_write()
        odd = {
            "params": ("", ";;;", "=", "memory_mib=99999999999999999999", "memory_mib=x", "memory_mib=900000000000000",
                       "threads=-1", "cloexec=maybe", "thp=on", "mappings=1;memory_mib=7", "write=$x^{",
                       "descriptors=\u202e"),
            "workers": (1, 3, 1000000),
            "unit": ("ns", "s", "", "furlongs", "x"),
            "executor": ("serial", "tbb", "$\\x", "\u202e"),
            "figure": ("reaped", "called", "page", "end", "odd"),
            "median": ("0", "1e18", "1e-12"),
            "placement": ("", "none", "x" * 500),
            "baseline": ("", "nowhere", "$x^{"),
        }
        drawn = 0
        for _ in range(8):
            rows = [dict(row) for row in case.rows]
            for row in chance.sample(rows, 8):
                column = chance.choice(sorted(odd))
                row[column] = chance.choice(odd[column])
                for name in [name for name in row if name.endswith(("_low", "_high"))]:
                    row[name] = ""
            changed = self.small()
            changed.rows, changed.fits = rows, case.fits
            try:
                drawn += len(self.draw(changed, chance.choice(("create", "create", "first-write"))))
            except PlotError as error:
                self.assertTrue(str(error).isprintable())
        self.assertGreater(drawn, 8)


if __name__ == "__main__":
    unittest.main()
