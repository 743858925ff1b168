#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
scripts/plot: what it draws, what it refuses and what it leaves alone.

Any python3 will do: it hands over to the one that scripts/python-with finds; without matplotlib it exits 77 (skipped).
"""
import contextlib
import csv
import importlib.util
import io
import json
import math
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import warnings
import xml.etree.ElementTree as ElementTree
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = os.path.join(HERE, "..", "..", "scripts")
PLOT = os.path.join(SCRIPTS, "plot")


def find_right_python():
    if all(importlib.util.find_spec(name) for name in ("numpy", "matplotlib")):
        return
    with_modules = [os.path.join(SCRIPTS, "python-with"), "numpy", "matplotlib"]
    found = subprocess.run(with_modules, stdout=subprocess.PIPE, universal_newlines=True)
    if found.returncode or os.environ.get("TVP_TEST_PLOT_AGAIN"):
        print("skipped: no Python with numpy and matplotlib")
        sys.exit(77)
    os.environ["TVP_TEST_PLOT_AGAIN"] = "1"
    os.execv(found.stdout.strip(), [found.stdout.strip(), "-B"] + sys.argv)


find_right_python()
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.abspath(SCRIPTS)]
import synthetic  # noqa: E402
from tvpplot import style, text  # noqa: E402
from tvpplot.figures import all_drawers, create, scaling  # noqa: E402
from tvpplot.load import load_run  # noqa: E402
from tvpplot.model import Estimate  # noqa: E402


def read(path):
    with open(path, "rb") as file:
        return file.read()


class FolderCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.run_folder = os.path.join(self.root, "run")
        self.out = os.path.join(self.root, "out")

    def plot(self, *arguments, **options):
        options.setdefault("cwd", self.root)
        options["env"] = dict(options.get("env", os.environ), TVP_PYTHON=sys.executable)
        return subprocess.run(
            [PLOT] + list(arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            timeout=300,
            **options
        )

    def figures(self, case, experiment, draw):
        run = load_run(case.write(self.run_folder))
        rows = [row for row in run.rows if row.experiment == experiment]
        style.prepare()
        return run, rows, draw(run, rows, style.executor_looks(row.executor for row in rows))


class Files(FolderCase):
    """The program and the files that it writes."""

    def test_writes_every_picture_in_every_format(self):
        result = self.plot(synthetic.two_cores().write(self.run_folder), "--out", self.out)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        names = ["create.svg", "create.png", "scaling.svg", "scaling.png"]
        expected = [os.path.join(self.out, "20250114T093012Z-79a0eef", name) for name in names]
        self.assertEqual(result.stdout.splitlines(), expected)
        self.assertEqual(sorted(os.listdir(os.path.dirname(expected[0]))), sorted(names))
        for path in expected:
            (self.check_png if path.endswith("png") else self.check_svg)(path)

    def check_png(self, path):
        data = read(path)
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", data[16:24])
        self.assertGreaterEqual(width, 13.3 * 150)
        self.assertGreater(height, width / 2)
        at, end = 8, b""
        while at < len(data):
            (size,) = struct.unpack(">I", data[at : at + 4])
            end = data[at + 4 : at + 8]
            (checksum,) = struct.unpack(">I", data[at + 8 + size : at + 12 + size])
            self.assertEqual(checksum, zlib.crc32(data[at + 4 : at + 8 + size]))
            at += 12 + size
        self.assertEqual(end, b"IEND")

    def check_svg(self, path):
        root = ElementTree.parse(path).getroot()
        self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
        self.assertEqual(len(root.findall(".//{http://www.w3.org/2000/svg}text")), 0, "text is to be paths")

    def test_svg_is_the_same_every_time(self):
        synthetic.two_cores().write(self.run_folder)
        contents = []
        for name in ("one", "two"):
            result = self.plot(self.run_folder, "--out", os.path.join(self.root, name), "--format", "svg")
            self.assertEqual(result.returncode, 0, result.stderr)
            contents.append([read(path) for path in result.stdout.splitlines()])
        self.assertEqual(len(contents[0]), 2)
        self.assertEqual(contents[0], contents[1])

    def test_default_folder_and_one_format(self):
        result = self.plot(synthetic.two_cores().write(self.run_folder), "--format", "png")
        self.assertEqual(result.stdout.split()[0], "plots/20250114T093012Z-79a0eef/create.png")
        self.assertEqual(len(result.stdout.split()), 2)

    def test_other_figures_are_found_by_their_file_name(self):
        folder = os.path.join(SCRIPTS, "tvpplot", "figures")
        names = sorted(os.path.splitext(name)[0] for name in os.listdir(folder) if re.fullmatch(r"[a-z_]+[.]py", name))
        names = [name.replace("_", "-") for name in names if name != "__init__"]
        self.assertIn("create", names)
        self.assertEqual(list(all_drawers()), names)

    def test_experiment_without_a_result_is_skipped_with_a_line(self):
        case = synthetic.two_cores()
        for row in case.rows:
            if row["experiment"] == "scaling":
                case.fail(row, "failed", "no luck")
        result = self.plot(case.write(self.run_folder), "--out", self.out, "--format", "svg")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(len(result.stdout.splitlines()), 1)
        self.assertRegex(result.stderr, r"\Aplot: scaling: no picture: .*\n\Z")

    def test_missing_experiment_is_skipped_in_silence(self):
        case = synthetic.two_cores()
        case.rows = [row for row in case.rows if row["experiment"] != "scaling"]
        result = self.plot(case.write(self.run_folder), "--out", self.out, "--format", "svg")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(len(result.stdout.splitlines()), 1)

    def test_nothing_to_draw_is_an_error(self):
        case = synthetic.two_cores()
        for row in case.rows:
            case.fail(row, "failed", "no luck")
        result = self.plot(case.write(self.run_folder), "--out", self.out)
        self.assertEqual(result.returncode, 1)
        self.assertIn("nothing to draw", result.stderr)
        self.assertFalse(os.path.exists(self.out))

    def test_many_groups_go_to_several_files(self):
        case = synthetic.variants(15)
        result = self.plot(case.write(self.run_folder), "--out", self.out, "--format", "svg")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        names = [os.path.basename(path) for path in result.stdout.splitlines()]
        self.assertEqual(names, ["create-1.svg", "create-2.svg", "scaling-1.svg", "scaling-2.svg"])

    def test_every_synthetic_case_is_drawn_in_silence(self):
        for name in ("sixty-four-cores", "failures", "interrupted", "unproven", "hostile"):
            with self.subTest(name):
                run = synthetic.CASES[name]().write(os.path.join(self.root, name))
                result = self.plot(run, "--out", self.out, "--format", "svg")
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertEqual(len(result.stdout.splitlines()), 2)


class Home(FolderCase):
    """Nothing of the user's is written, and nothing of it decides how a picture looks."""

    def environment(self, home):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MPL", "XDG_"))}
        return dict(kept, HOME=home)

    def test_home_stays_as_it_is(self):
        home = os.path.join(self.root, "home")
        os.mkdir(home)
        scratch = os.path.join(self.root, "scratch")
        os.mkdir(scratch)
        environment = dict(self.environment(home), TMPDIR=scratch)
        result = self.plot(synthetic.two_cores().write(self.run_folder), "--out", self.out, env=environment)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(os.listdir(home), [])
        self.assertEqual(os.listdir(scratch), [])

    def test_home_that_cannot_be_written(self):
        environment = self.environment("/proc/1/nowhere")
        result = self.plot(synthetic.two_cores().write(self.run_folder), "--out", self.out, env=environment)
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_settings_in_the_working_directory_change_nothing(self):
        synthetic.two_cores().write(self.run_folder)
        pictures = []
        for name, setting in (("plain", ""), ("odd", "font.size: 40\ntext.usetex: True\nnonsense: 1\n")):
            folder = os.path.join(self.root, name)
            os.mkdir(folder)
            with open(os.path.join(folder, "matplotlibrc"), "w") as file:
                file.write(setting)
            with open(os.path.join(folder, "numpy.py"), "w") as file:
                file.write("raise SystemExit('taken from the working directory')\n")
            result = self.plot(self.run_folder, "--format", "svg", cwd=folder)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            pictures.append([read(os.path.join(folder, path)) for path in result.stdout.split()])
        self.assertEqual(pictures[0], pictures[1])


class Refused(FolderCase):
    """One clear line, the right exit status, no traceback, nothing written."""

    def check(self, pattern, status=1, arguments=None):
        result = self.plot(*(arguments or [self.run_folder, "--out", self.out]))
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertNotIn("Traceback", result.stderr)
        if status == 1:
            self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
            self.assertTrue(result.stderr.startswith("plot: "))
        self.assertRegex(result.stderr, pattern)
        self.assertFalse(os.path.exists(self.out))

    def edit_json(self, **changes):
        case = synthetic.two_cores()
        case.run.update(changes)
        case.write(self.run_folder)

    def edit_cell(self, column, value):
        case = synthetic.two_cores()
        case.rows[5][column] = value
        case.write(self.run_folder)

    def replace(self, name, content):
        synthetic.two_cores().write(self.run_folder)
        with open(os.path.join(self.run_folder, name), "wb") as file:
            file.write(content)

    def test_usage(self):
        self.check("usage", 2, [os.devnull, "--format", "pdf"])
        self.check("usage", 2, ["--no-such-option", self.root])
        empty = self.plot()
        self.assertEqual((empty.returncode, empty.stdout), (2, ""))

    def test_no_such_folder(self):
        self.check("not a folder")

    def test_no_summary(self):
        synthetic.two_cores().write(self.run_folder)
        os.unlink(os.path.join(self.run_folder, "summary.csv"))
        self.check(r"summary\.csv: there is no such file.*tvp summary ")

    def test_no_run_json(self):
        synthetic.two_cores().write(self.run_folder)
        os.unlink(os.path.join(self.run_folder, "run.json"))
        self.check(r"run\.json: there is no such file")

    def test_summary_is_a_fifo_or_a_folder(self):
        path = os.path.join(self.run_folder, "summary.csv")
        synthetic.two_cores().write(self.run_folder)
        os.unlink(path)
        os.mkfifo(path)
        self.check(r"summary\.csv: is not a regular file")
        os.unlink(path)
        os.mkdir(path)
        self.check(r"summary\.csv: ")

    def test_bad_json(self):
        for content, pattern in (
            (b'{"run_id": ', "line 1, column"),
            (b"[1]", "not an object"),
            (b'{"run_id": NaN}', "NaN is not JSON"),
            (b"[" * 200000, "not JSON"),
            (b"\xff\xfe", "not UTF-8"),
            (b"1" * 100000, ""),
            (b'"\\ud800"', "not an object"),
        ):
            with self.subTest(content[:20]):
                self.replace("run.json", content)
                self.check(r"run\.json.*" + pattern)

    def test_wrong_types_in_json(self):
        for changes in (
            {"aa": "fine"},
            {"aa": {"proven": 1}},
            {"aa": {"proven": True, "ratio": 1e300}},
            {"tool": []},
            {"environment": [1]},
            {"experiments": [{"name": 3}]},
            {"experiments": {"create": "?"}},
            {"experiments": ["create"]},
            {"status": "splendid"},
            {"status": 7},
            {"schema": 2},
            {"machine_id": {}},
        ):
            with self.subTest(changes):
                self.edit_json(**changes)
                self.check(r"run\.json[,:]")

    def test_run_id_names_no_other_folder(self):
        for run_id in ("../../x", "/etc/x", "..", ".", "", "a/b", "a b", "a\n", "-rf", "x" * 200, None, 5, "\u0661"):
            with self.subTest(run_id):
                self.edit_json(run_id=run_id)
                self.check("run_id")

    def test_missing_column(self):
        case = synthetic.two_cores()
        case.write(self.run_folder)
        content = read(os.path.join(self.run_folder, "summary.csv"))
        self.replace("summary.csv", content.replace(b"median_low", b"median_bottom", 1))
        self.check(r"summary\.csv, row 1: column median_low is missing")

    def test_bad_cells(self):
        for column, value in (
            ("median", "fast"),
            ("median", "nan"),
            ("median", "-1"),
            ("median", "1e400"),
            ("median", "1_000"),
            ("median", "\u0661"),
            ("median_low", ""),
            ("ratio", "inf"),
            ("workers", "two"),
            ("workers", "0"),
            ("workers", "-1"),
            ("workers", "9999999999999"),
            ("blocks", "1.5"),
            ("status", "fine"),
            ("executor", ""),
            ("run_id", "another"),
        ):
            with self.subTest("%s=%s" % (column, value)):
                self.edit_cell(column, value)
                self.check(r"summary\.csv, row 7, column %s: \"" % column)

    def test_value_outside_its_interval(self):
        self.edit_cell("median_low", "1e17")
        self.check(r"row 7, column median: \".*\" is outside its own interval")

    def test_message_has_no_control_characters(self):
        self.edit_cell("median", "\x1b]0;owned\x07\u202e" + "9" * 1000)
        self.check(r'"\\x1b\]0;owned\\x07\\u202e9+…" is not a number')

    def test_bad_csv(self):
        for content, pattern in (
            (b"", "no rows"),
            (b"a,b\n", "row 1: column"),
            (b'"a', "not CSV"),
            (b"\xff\n", "not UTF-8"),
            (b"a\0b\n", "NUL"),
            (b"x" * 200000, "not CSV"),
        ):
            with self.subTest(content[:20]):
                self.replace("summary.csv", content)
                self.check(r"summary\.csv.*" + pattern)

    def test_short_row_and_row_twice(self):
        synthetic.two_cores().write(self.run_folder)
        lines = read(os.path.join(self.run_folder, "summary.csv")).splitlines(keepends=True)
        self.replace("summary.csv", b"".join(lines[:3]) + b"1,2,3\n")
        self.check("row 4: has 3 columns, not ")
        self.replace("summary.csv", b"".join(lines + lines[-1:]))
        self.check("column cell: .* earlier row")

    def test_out_cannot_be_written(self):
        synthetic.two_cores().write(self.run_folder)
        file = os.path.join(self.root, "file")
        open(file, "w").close()
        for out in (file, os.path.join(file, "below"), "/proc/nowhere"):
            with self.subTest(out):
                self.check("cannot be written: .*--out", arguments=[self.run_folder, "--out", out])

    def test_too_many_groups(self):
        case = synthetic.two_cores()
        for i in range(150):
            case.scaling((1,), 2, ("spin",), variant="n=%d" % i)
        case.write(self.run_folder)
        self.check("154 groups of cells are too many")


class Numbers(FolderCase):
    """What is drawn is what summary.csv says, to the last bit."""

    def summary(self, experiment):
        with open(os.path.join(self.run_folder, "summary.csv"), newline="", encoding="utf-8") as file:
            return [row for row in csv.DictReader(file) if row["experiment"] == experiment]

    def containers(self, axes):
        """label → [(x, y, whiskers as (low, high) per point)]"""
        return {container.get_label(): container for container in axes.containers}

    def panels(self, figure):
        return [axes for axes in figure.axes if axes.containers]

    def test_scaling(self):
        _, _, (figure,) = self.figures(synthetic.two_cores(), "scaling", scaling.draw)
        panels = self.panels(figure)
        self.assertEqual(len(panels), 8)
        rows = [row for row in self.summary("scaling") if row["figure"] == "throughput"]
        for i, workload in enumerate(("spin", "primes", "sleep", "file-read")):
            for quantity, factor, axes in (("speedup", 1, panels[2 * i]), ("efficiency", 100, panels[2 * i + 1])):
                containers = self.containers(axes)
                self.assertEqual(list(containers), ["serial", "thread", "fork", "spawn"])
                for executor, container in containers.items():
                    wanted = [r for r in rows if (r["workload"], r["executor"]) == (workload, executor)]
                    self.check_line(container, wanted, quantity, factor)

    def check_line(self, container, rows, quantity, factor):
        line, _, (bars,) = container
        self.assertEqual([round(x) for x in line.get_xdata()], [int(row["workers"]) for row in rows])
        if not rows[0]["reference"]:
            self.assertEqual(list(line.get_ydata()), [factor])
            return
        for y, segment, row in zip(line.get_ydata(), bars.get_segments(), rows):
            self.assertEqual(y, float(row[quantity]) * factor)
            self.assertAlmostEqual(segment[0][1], float(row[quantity + "_low"]) * factor, 9)
            self.assertAlmostEqual(segment[1][1], float(row[quantity + "_high"]) * factor, 9)

    def test_create(self):
        _, _, (figure,) = self.figures(synthetic.two_cores(), "create", create.draw)
        (axes,) = self.panels(figure)
        containers = self.containers(axes)
        rows = self.summary("create")
        self.assertEqual(set(containers), {"%s %s" % (row["executor"], row["figure"]) for row in rows})
        for row in rows:
            line, _, (bars,) = containers["%s %s" % (row["executor"], row["figure"])]
            (segment,) = bars.get_segments()
            self.assertEqual(line.get_xdata()[0], float(row["median"]) * 1e-3)
            self.assertAlmostEqual(segment[0][0], float(row["median_low"]) * 1e-3, 9)
            self.assertAlmostEqual(segment[1][0], float(row["median_high"]) * 1e-3, 9)
        self.assertEqual(axes.get_xscale(), "log")

    def test_create_writes_median_ratio_and_interval(self):
        _, _, (figure,) = self.figures(synthetic.two_cores(), "create", create.draw)
        written = [item.get_text() for item in figure.texts]
        for row in self.summary("create"):
            self.assertIn(text.number(float(row["median"]) * 1e-3) + " µs", written)
            if row["ratio"]:
                ends = Estimate(*(float(row[name]) for name in ("ratio", "ratio_low", "ratio_high")))
                self.assertIn(text.number(ends.value) + "×", written)
                self.assertIn(text.interval(ends), written)
        self.assertEqual(written.count("baseline"), 4)
        self.assertIn("÷ thread", written)

    def test_missing_intervals_leave_points(self):
        _, _, (figure,) = self.figures(synthetic.interrupted(), "scaling", scaling.draw)
        for axes in self.panels(figure):
            for line, _, (bars,) in axes.containers:
                self.assertTrue(all(math.isfinite(y) for y in line.get_ydata()))
                self.assertTrue(all(segment[0][1] == segment[1][1] for segment in bars.get_segments()))
        self.assertIn("no intervals (too few blocks)", self.all_text(figure))

    def test_failed_cells_have_no_point_and_are_named(self):
        _, _, (figure,) = self.figures(synthetic.failures(), "scaling", scaling.draw)
        sleep = self.containers(self.panels(figure)[4])["fork"][0]
        self.assertEqual([math.isnan(y) for y in sleep.get_ydata()], [False, False, True, True])
        written = self.all_text(figure)
        self.assertRegex(written, r"Not shown: .*sleep, fork, 3, 4 workers \(failed: fork: Resource temp")
        self.assertRegex(written, r"primes, spawn, 1–4 workers \(failed: ")
        self.assertNotIn("spawn", self.containers(self.panels(figure)[2]))
        self.assertRegex(written, r"file-read, thread, 4 workers \(skipped: the temporary folder")
        self.assertRegex(written, r"Left out, as failed or invalid: spin, fork, 2 workers \(2 samples\)")
        _, _, (figure,) = self.figures(synthetic.failures(), "create", create.draw)
        self.assertRegex(self.all_text(figure), r"Not shown: noop, spawn, 1 worker \(failed: posix_spawn: ")

    def all_text(self, figure):
        items = list(figure.texts) + [item for axes in figure.axes for item in axes.texts]
        return " ".join(item.get_text() for item in items)

    def test_zero_is_written_but_has_no_place_on_a_logarithmic_axis(self):
        case = synthetic.two_cores()
        for row in case.rows:
            if (row["executor"], row["figure"]) == ("serial", "called"):
                row.update(median="0", median_low="0", median_high="12")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            _, _, (figure,) = self.figures(case, "create", create.draw)
            figure.savefig(io.BytesIO(), format="svg")
        self.assertIn("0 µs", [item.get_text() for item in figure.texts])
        low, _ = self.panels(figure)[0].get_xlim()
        self.assertGreater(low, 0)

    def test_ideal_line_and_core_count(self):
        _, _, (figure,) = self.figures(synthetic.sixty_four_cores(), "scaling", scaling.draw)
        upper, lower = self.panels(figure)[:2]
        lines = {line.get_label(): line for line in upper.get_lines()}
        self.assertEqual(list(lines["ideal"].get_ydata()), list(lines["ideal"].get_xdata()))
        self.assertEqual(set(lines["cores"].get_xdata()), {64})
        self.assertEqual((upper.get_xscale(), upper.get_yscale()), ("log", "log"))
        self.assertEqual(list(lower.xaxis.get_majorticklocs()), list(synthetic.LEVELS_64))
        legend = [item.get_text() for item in figure.legends[0].get_texts()]
        self.assertEqual(legend, ["serial", "thread", "fork", "spawn", "ideal", "64 usable cores"])

    def test_caption(self):
        for experiment, draw in (("create", create.draw), ("scaling", scaling.draw)):
            _, _, (figure,) = self.figures(synthetic.two_cores(), experiment, draw)
            written = self.all_text(figure)
            for part in (
                "AMD EPYC 9R45, 2 usable cores, hypervisor kvm, kernel 6.1.0-31-amd64",
                "n = 20 blocks, medians with 95 % intervals",
                "run 20250114T093012Z-79a0eef",
                "tvp 0.1.0 (79a0eef)",
                synthetic.QUESTIONS[experiment],
            ):
                self.assertIn(part, written)

    def test_unknown_machine(self):
        case = synthetic.two_cores()
        case.run["environment"] = {"cores_usable": "many", "cpu_model": None, "nested": {"x": 1}}
        _, _, (figure,) = self.figures(case, "scaling", scaling.draw)
        self.assertIn("Machine: " + case.run["machine_id"], self.all_text(figure))
        self.assertNotIn("cores", [line.get_label() for line in self.panels(figure)[0].get_lines()])

    def test_warnings_about_the_run(self):
        for case, pattern in (
            (synthetic.interrupted(), "INCOMPLETE: this run was interrupted"),
            (synthetic.unproven(), r"UNPROVEN: .*ratio 1\.047 \[1\.018, 1\.081\]"),
        ):
            for experiment, draw in (("create", create.draw), ("scaling", scaling.draw)):
                _, _, (figure,) = self.figures(case, experiment, draw)
                self.assertRegex(self.all_text(figure), pattern)
        _, _, (figure,) = self.figures(synthetic.two_cores(), "create", create.draw)
        self.assertNotRegex(self.all_text(figure), "INCOMPLETE|UNPROVEN")


class Looks(FolderCase):
    def test_groups_are_told_apart(self):
        _, _, (figure,) = self.figures(synthetic.variants(), "scaling", scaling.draw)
        written = [item.get_text() for item in figure.texts]
        for placement in ("none", "compact", "scatter"):
            for limit in (20000, 320000):
                self.assertIn("placement %s, limit=%d" % (placement, limit), written)

    def test_an_executor_looks_the_same_everywhere_and_like_no_other(self):
        some = style.executor_looks(["fork", "thread", "vfork"])
        more = style.executor_looks(["serial", "thread", "fork", "spawn", "forkserver", "vfork", "clone", "zygote"])
        for name in some:
            self.assertEqual(some[name], more[name])
        self.assertEqual(len({look.colour for look in more.values()}), 8)
        self.assertEqual(len({look.marker for look in more.values()}), 8)

    def test_same_look_in_both_pictures(self):
        looks = {}
        for experiment, draw in (("create", create.draw), ("scaling", scaling.draw)):
            _, _, (figure,) = self.figures(synthetic.two_cores(), experiment, draw)
            for axes in figure.axes:
                for container in axes.containers:
                    line = container[0]
                    name = container.get_label().split()[0]
                    looks.setdefault(name, set()).add((line.get_color(), line.get_marker()))
        self.assertEqual({name: len(seen) for name, seen in looks.items()}, dict.fromkeys(synthetic.LIFE, 1))

    def test_no_text_lies_on_another_or_leaves_the_page(self):
        for name, case in synthetic.CASES.items():
            for experiment, draw in (("create", create.draw), ("scaling", scaling.draw)):
                with self.subTest("%s %s" % (name, experiment)):
                    _, _, figures = self.figures(case(), experiment, draw)
                    for figure in figures:
                        self.check_texts(figure)

    def check_texts(self, figure):
        figure.draw_without_rendering()
        renderer = figure.canvas.get_renderer()
        items = [item for item in figure.texts if item.get_text()]
        items += [item for legend in figure.legends for item in legend.get_texts()]
        for axes in figure.axes:
            items += axes.texts + [axes.xaxis.label, axes.yaxis.label]
            items += self.tick_labels(axes.xaxis) + self.tick_labels(axes.yaxis)
        boxes = [(item.get_text(), item.get_window_extent(renderer)) for item in items if item.get_text()]
        page = figure.bbox
        for i, (words, box) in enumerate(boxes):
            self.assertTrue(page.x0 <= box.x0 and box.x1 <= page.x1, "leaves the page: " + words)
            self.assertTrue(page.y0 <= box.y0 and box.y1 <= page.y1, "leaves the page: " + words)
            for others, other in boxes[i + 1 :]:
                width = min(box.x1, other.x1) - max(box.x0, other.x0)
                height = min(box.y1, other.y1) - max(box.y0, other.y0)
                # Boxes have room for descenders that few words use.
                self.assertFalse(width > 1 and height > 4, "%s lies on %s" % (words, others))

    def tick_labels(self, axis):
        low, high = axis.get_view_interval()
        ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
        return [tick.label1 for tick in ticks if tick.label1.get_visible()]

    def test_text_is_made_safe(self):
        self.assertEqual(text.plain("a\x1b\n\u202e\ud800b"), "a\\x1b\\n\\u202e\\ud800b")
        self.assertEqual(text.drawn("$x^2$"), r"\$x^2\$")
        self.assertEqual(text.drawn("é 測"), "é \\u6e2c")
        self.assertEqual(text.plain("abcdef", 4), "abc…")
        self.assertLessEqual(len(text.plain("\x1b" * 100, 20)), 20)

    def test_numbers(self):
        for value, expected in (
            (0, "0"),
            (0.02149, "0.0215"),
            (0.9999, "1.00"),
            (1, "1.00"),
            (9.996, "10.0"),
            (14.23, "14.2"),
            (99.96, "100"),
            (563.2, "563"),
            (999.6, "1\u00a0000"),
            (12345.6, "12\u00a0346"),
            (1.5e9, "1.5e+09"),
            (3e-11, "3e-11"),
        ):
            self.assertEqual(text.number(value), expected)

    def test_ranges(self):
        self.assertEqual(text.ranges([4, 1, 2, 3, 3, 8, 9]), "1–4, 8, 9")
        self.assertEqual(text.ranges([64]), "64")


class Anything(FolderCase):
    """Damaged files are drawn or refused; never a traceback."""

    def test_damaged_files(self):
        import random

        from tvpplot.cli import main

        chance = random.Random(5)
        synthetic.two_cores().write(self.run_folder)
        originals = {name: read(os.path.join(self.run_folder, name)) for name in ("summary.csv", "run.json")}
        refused = 0
        for _ in range(300):
            name = chance.choice(sorted(originals))
            data = bytearray(originals[name])
            for _ in range(chance.choice((1, 2, 5))):
                at = chance.randrange(len(data))
                piece = chance.choice((b'"', b",", b"\0", b"9" * 30, b"-", b"\xff", b"{", b"null", b"\n", b""))
                data[at : at + chance.choice((0, 1, 4))] = piece
            self.replace_all(dict(originals, **{name: bytes(data)}))
            with contextlib.redirect_stderr(io.StringIO()) as stderr:
                try:
                    load_run(self.run_folder)
                except Exception as error:
                    self.assertEqual(type(error).__name__, "PlotError", error)
                    refused += 1
                    if refused % 40 == 0:
                        self.assertEqual(main([self.run_folder, "--out", self.out]), 1)
                        self.assertRegex(stderr.getvalue(), r"\Aplot: .*\n\Z")
        self.assertGreater(refused, 30)

    def replace_all(self, files):
        shutil.rmtree(self.run_folder)
        os.mkdir(self.run_folder)
        for name, data in files.items():
            with open(os.path.join(self.run_folder, name), "wb") as file:
                file.write(data)

    def test_json_types_everywhere(self):
        """Every value of run.json is replaced by one of every type."""
        case = synthetic.two_cores()
        case.write(self.run_folder)
        path = os.path.join(self.run_folder, "run.json")
        for key in case.run:
            for value in (None, True, -1, 1.5, "x", [], [None], {}, {"x": [1]}):
                with open(path, "w") as file:
                    json.dump(dict(case.run, **{key: value}), file)
                try:
                    load_run(self.run_folder)
                except Exception as error:
                    self.assertEqual(type(error).__name__, "PlotError", (key, value, error))
                    self.assertTrue(re.search("run.json|summary.csv", str(error)))


if __name__ == "__main__":
    unittest.main()
