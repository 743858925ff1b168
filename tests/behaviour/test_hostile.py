#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Folders from strangers: whatever is in them, one line says what is wrong and where, quickly and in little memory."""
import csv
import io
import json
import os
import random
import re
import resource
import shutil
import subprocess
import time
import unittest

from tvp_case import AT_ONCE_S, BARE, TOP, TVP, Scratch, TvpCase, main, sanitizer

MEMORY_BYTES = 512 << 20
MIB = 1 << 20
HAS_MATPLOTLIB = subprocess.run([os.path.join(TOP, "scripts", "python-with"), "numpy", "matplotlib"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
# What steers a terminal, and what a browser would run.
STEERING = "\x1b]0;title\x07\x1b[2J\u202e\u009b31m"
MARKUP = '<img src=x onerror="alert(1)">'
DOTS = "../../../../etc/passwd"


def limit_memory():
    """For the child: an allocation beyond the limit fails, instead of taking what this machine has."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class HostileCase(TvpCase):
    """A tiny run is measured once; every test gets a copy to spoil."""

    @classmethod
    def setUpClass(cls):
        cls.shared = Scratch(TVP)
        cls.addClassCleanup(cls.shared.close)
        cls.finished = cls.shared.run_in_time(30, "create", *BARE, "--executors", "thread,fork", "--placement", "none",
                                              "--seed", "3", blocks=2, out="good")

    def setUp(self):
        super().setUp()
        self.assert_status(0, self.finished)
        self.spoilt = 0
        self.folder = self.spoil()
        with open(self.path("samples.csv"), encoding="utf-8", newline="") as file:
            self.header, *self.rows = csv.reader(file)
        with open(self.path("run.json"), encoding="utf-8") as file:
            self.run = json.load(file)

    def spoil(self):
        """A fresh copy of the good run."""
        self.spoilt += 1
        self.folder = self.scratch.path("run-%d" % self.spoilt)
        shutil.copytree(self.shared.path("good"), self.folder)
        return self.folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        """Puts text or bytes in the place of a file."""
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))

    def write_rows(self, header, rows):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([header] + rows)
        self.write("samples.csv", text.getvalue())

    def write_run(self, **members):
        """run.json with other members; it counts no bytes, so that samples.csv may be of any length."""
        run = dict(self.run, samples_bytes=0)
        run.update(members)
        self.write("run.json", json.dumps(run, ensure_ascii=False))

    def with_field(self, column, value, row=0):
        """The rows with one field changed."""
        rows = [list(fields) for fields in self.rows]
        rows[row][self.header.index(column)] = value
        return rows

    def limits(self):
        return {} if sanitizer(TVP) else {"preexec_fn": limit_memory}

    def read(self, *arguments, **how):
        """tvp on the folder, within its limits of time and memory."""
        began = time.monotonic()
        finished = self.tvp(*(arguments or ("summary",)), self.folder, **dict(self.limits(), **how))
        self.assertLess(time.monotonic() - began, AT_ONCE_S)
        self.assertGreaterEqual(finished.status, 0, "killed by a signal; it said: %s" % finished.err)
        return finished

    def refuse(self, *patterns):
        """Exit status 1, and one harmless line that has the file and these patterns."""
        before = self.contents()
        finished = self.read()
        self.assert_status(1, finished)
        self.assertEqual(finished.out, "")
        self.assert_one_line(finished.err, r"^tvp summary: \S+: (samples\.csv|run\.json): ", *patterns)
        self.assertRegex(finished.err, r"\A[ -~]+\n\Z")
        self.assertNotIn("memory", finished.err)
        self.assertEqual(self.contents(), before)

    def accept(self, *patterns):
        """It is read; what is printed does not steer a terminal."""
        for arguments in (), ("--json",):
            finished = self.read("summary", *arguments)
            self.assert_status(0, finished)
            self.assertEqual(finished.err, "")
            self.assertNotRegex(finished.out, "[\0-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
        json.loads(finished.out)
        said = self.read().out
        for pattern in patterns:
            self.assertRegex(said, pattern)
        return said

    def contents(self):
        return {entry.name: entry.stat(follow_symlinks=False)[:-3] for entry in os.scandir(self.folder)}


class Samples(HostileCase):
    """samples.csv"""

    def refuse_rows(self, rows, *patterns, header=None):
        self.write_run()
        self.write_rows(header or self.header, rows)
        self.refuse(r": samples\.csv: ", *patterns)

    def test_the_copy_is_good(self):
        self.accept("thread")
        self.write_run()
        self.write_rows(self.header, self.rows)
        self.accept("thread")

    def test_truncated(self):
        """At any place: in the header, in a row, in a number, between rows."""
        with open(self.path("samples.csv"), "rb") as file:
            whole = file.read()
        for length in (0, 1, 100, len(whole) // 2, len(whole) - 40, len(whole) - 1):
            with self.subTest(length=length):
                self.write("samples.csv", whole[:length])
                self.refuse("copy the folder again")
        lines = whole.split(b"\n")
        self.write("samples.csv", b"\n".join(lines[:-5]) + b"\n")
        self.refuse("row %d, .*cut off" % (len(lines) - 5))

    def test_reordered(self):
        """In whatever order the rows are, they say the same."""
        in_order = self.accept("thread")
        shuffled = list(self.rows)
        random.Random(1).shuffle(shuffled)
        for rows in (self.rows[::-1], shuffled, sorted(self.rows)):
            self.write_rows(self.header, rows)
            self.assertEqual(self.accept(), in_order)

    def test_columns(self):
        """In any order and with more of them it is the same; of those that are read each is there once."""
        in_order = self.accept()
        order = list(range(len(self.header)))[::-1]
        self.write_rows([self.header[i] for i in order], [[row[i] for i in order] for row in self.rows])
        self.write_run()
        self.assertEqual(self.accept(), in_order)
        self.write_rows(self.header + ["later", MARKUP], [row + ['x,"y"\nz', "=1+1"] for row in self.rows])
        self.assertEqual(self.accept(), in_order)
        for name in ("schema", "run_id", "cell", "block", "batch", "ops", "figure", "value", "status", "reason"):
            at = self.header.index(name)
            with self.subTest(missing=name):
                self.refuse_rows([row[:at] + row[at + 1:] for row in self.rows], 'row 1 .*no column "%s"' % name,
                                 header=self.header[:at] + self.header[at + 1:])
            with self.subTest(twice=name):
                self.refuse_rows([row + [row[at]] for row in self.rows], 'row 1 .*more than one column "%s"' % name,
                                 header=self.header + [name])
        self.refuse_rows(self.rows[:3] + [self.rows[3] + ["x"]] + self.rows[4:], "row 5 has 32 fields")
        self.refuse_rows(self.rows[:3] + [self.rows[3][:-1]] + self.rows[4:], "row 5 has 30 fields")
        self.refuse_rows(self.rows, "row 1, column 257", header=["c%d" % i for i in range(257)])

    def test_duplicated(self):
        last = len(self.rows) + 1
        self.refuse_rows(self.rows + self.rows[-1:], "rows %d and %d " % (last, last + 1))
        self.refuse_rows(self.rows * 2, r"rows \d+ and \d+ ")
        self.refuse_rows(self.rows + [self.header] + self.rows, "row %d, column schema" % (last + 1))

    def test_wrong_types(self):
        for column, values in {
            "schema": ("2", "1.0", "one", ""),
            "run_id": ("", "x", DOTS, STEERING),
            "cell": ("", DOTS, MARKUP, STEERING, "x" * 60000, "%s%n%d", self.rows[0][self.header.index("cell")] + " "),
            "block": ("", "-1", "1.5", "0x1", "2", "4294967296", "18446744073709551617", "9" * 5000, " 1", "1e0"),
            "batch": ("-1", "nan", "4294967296"),
            "ops": ("", "0", "-1", "1e3", "18446744073709551616"),
            "wall_ns": ("-5", "1.0", "x"),
            "user_ns": ("9223372036854775808", "?"),
            "sys_ns": ("", "-0"),
            "figure": ("", "value", DOTS, STEERING),
            "value": ("", "nan", "inf", "-inf", "1e999", "-1e999", "1" + "0" * 400, "0x1p3", "1,5", "1 ", "--1", "1e",
                      MARKUP, STEERING, "NULL", "\N{ARABIC-INDIC DIGIT ONE}"),
            "status": ("", "OK", "ok ", STEERING),
        }.items():
            for value in values:
                with self.subTest(column=column, value=value[:80]):
                    self.refuse_rows(self.with_field(column, value, row=7), "row 9, column %s: " % column)

    def test_odd_numbers(self):
        """Numbers that a clock would not give, but that are numbers."""
        self.write_run()
        for value in ("0", "-0", "-17.25", "5e-324", "1.7976931348623157e308", "-1.7976931348623157e308", "1" * 300):
            with self.subTest(value=value):
                self.write_rows(self.header, self.with_field("value", value, row=7))
                self.accept()
        rows = [list(row) for row in self.rows]
        for i, row in enumerate(rows):
            row[self.header.index("value")] = "-1.7976931348623157e308" if i % 2 else "1.7976931348623157e308"
            for column in ("ops", "wall_ns"):
                row[self.header.index(column)] = str(2**64 - 1)
            for column in ("user_ns", "sys_ns"):
                row[self.header.index(column)] = str(2**63 - 1)
        self.write_rows(self.header, rows)
        self.accept()

    def test_hostile_reasons(self):
        """A reason may be any text; it is printed, harmless."""
        self.write_run()
        for reason in (STEERING, MARKUP, DOTS, "%s%n", "x" * 60000, "two\r\nlines", "a\u0301" * 500):
            with self.subTest(reason=reason[:40]):
                rows = self.with_field("status", "failed", row=7)
                rows[7][self.header.index("reason")] = reason
                self.write_rows(self.header, rows)
                self.accept()

    def test_not_text(self):
        good = ",".join(self.header) + "\n" + ",".join(self.rows[0]) + "\n"
        noise = random.Random(2)
        self.write_run()
        for name, content, pattern in (
            ("a NUL in a field", good.replace(self.rows[0][5], self.rows[0][5] + "\0"), "row 2, column 6: a NUL"),
            ("a NUL in quotes", good.replace(self.rows[0][5], '"a\0b"'), "row 2, column 6: a NUL"),
            ("NULs only", b"\0" * 5000, "row 1, column 1: a NUL"),
            ("all bytes", bytes(range(256)) * 100, "row 1"),
            ("noise", bytes(noise.randrange(256) for _ in range(50000)), "row 1"),
            ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "row 1"),
            ("an archive", b"\x1f\x8b\x08\0\0\0\0\0" * 100, "row 1"),
            ("UTF-16", good.encode("utf-16"), "row 1"),
            ("JSON", '{"schema": 1}\n', "row 1"),
            ("HTML", "<!DOCTYPE html>\n<html>\n", "row 1"),
            ("old line breaks", good.replace("\n", "\r"), "row 1, column %d" % len(self.header)),
            ("an open quote", good + '1,"', "row 3, column 2"),
            ("a quote inside", good.replace(self.rows[0][5], 'a"b'), "row 2, column 6"),
            ("text behind a quote", good.replace(self.rows[0][5], '"a"b'), "row 2, column 6"),
        ):
            with self.subTest(name):
                self.write("samples.csv", content)
                self.refuse(r": samples\.csv: " + pattern)

    def test_huge_fields(self):
        """Ten mebibytes in one field, with and without quotes, in a column that is read and in one that is not."""
        self.write_run()
        for column in ("cell", "reason", "params"):
            rows = self.with_field(column, "x" * (10 * MIB), row=2)
            at = self.header.index(column)
            with self.subTest(column=column):
                self.write_rows(self.header, rows)
                self.refuse("row 4, column %d: .*64 KiB" % (at + 1))
                rows[2][at] = '",\n' * (10 * MIB // 3)
                self.write_rows(self.header, rows)
                self.refuse("row 4, column %d: .*64 KiB" % (at + 1))
        self.write("samples.csv", "," * (10 * MIB))
        self.refuse("row 1, column ")
        self.write("samples.csv", "\n" * (10 * MIB))
        self.refuse("row 1 ")

    def test_huge_files(self):
        """200 MiB: of nothing, and nothing behind a good file."""
        with open(self.path("samples.csv"), "r+b") as file:
            file.truncate(200 * MIB)
        self.refuse("row %d, column 1: a NUL" % (len(self.rows) + 2))
        with open(self.path("samples.csv"), "wb") as file:
            file.truncate(200 * MIB)
        self.refuse("row 1, column 1: a NUL")

    def test_many_reasons(self):
        """A reason of its own in each of very many rows."""
        text = "".join(",".join(row) + "\n" for row in [self.header] + self.rows)
        fields = self.rows[0][:]
        columns = {name: self.header.index(name) for name in ("batch", "status", "reason")}
        with open(self.path("samples.csv"), "w", encoding="utf-8") as file:
            file.write(text)
            for i in range(2000):
                fields[columns["batch"]] = str(1000 + i)
                fields[columns["status"]] = "invalid"
                fields[columns["reason"]] = "%06d" % i + "x" * 60000
                file.write(",".join(fields) + "\n")
        self.refuse(r"row \d+, column reason: ")


class RunJson(HostileCase):
    """run.json"""

    def refuse_run(self, *patterns, **members):
        self.write_run(**members)
        self.refuse(r": run\.json: ", *patterns)

    def refuse_text(self, text, *patterns):
        self.write("run.json", text)
        self.refuse(r": run\.json: ", *patterns)

    def cells(self, **members):
        return self.run["cells"][:1] + [dict(self.run["cells"][1], **members)] + self.run["cells"][2:]

    def test_truncated(self):
        with open(self.path("run.json"), "rb") as file:
            whole = file.read()
        for length in (0, 1, 100, len(whole) // 2, len(whole) - 3):
            with self.subTest(length=length):
                self.refuse_text(whole[:length], r"line \d+, column \d+")

    def test_not_json(self):
        text = json.dumps(self.run)
        for name, content in (
            ("nothing", ""), ("null", "null"), ("a list", "[]"), ("a number", "1e999"), ("twice", text + text),
            ("a NUL", text[:50] + "\0" + text[50:]), ("NULs", b"\0" * 5000), ("all bytes", bytes(range(256))),
            ("UTF-16", text.encode("utf-16")), ("not UTF-8", text.encode().replace(b"create", b"cr\xf0\x80\x80")),
            ("half a pair", text.replace("create", "\\ud800", 1)),
            ("a NUL's escape", text.replace("create", "\\u0000", 1)),
            ("a comment", "/* x */ " + text), ("one quote", '"'), ("steering", "{" + STEERING), ("markup", MARKUP),
        ):
            with self.subTest(name):
                self.refuse_text(content)

    def test_nesting(self):
        for deep in ("[" * 100000, '{"a":' * 100000, "[" * 5000 + "]" * 5000):
            self.refuse_text(deep, r"line 1, column \d+")
            self.refuse_text('{"warnings": %s' % deep, r"line 1, column \d+")

    def test_numbers(self):
        text = json.dumps(self.run)
        for old, new in (
            ('"blocks": 2', '"blocks": 18446744073709551616'), ('"blocks": 2', '"blocks": ' + "9" * 5000),
            ('"blocks": 2', '"blocks": -1'), ('"blocks": 2', '"blocks": 2.0'), ('"blocks": 2', '"blocks": 4294967296'),
            ('"blocks": 2', '"blocks": "2"'), ('"blocks": 2', '"blocks": null'), ('"blocks": 2', '"blocks": [2]'),
            ('"blocks": 2', '"blocks": 2, "blocks": 2'), ('"schema": 1', '"schema": 2'),
            ('"schema": 1', '"schema": true'),
            ('"margin": 0.02', '"margin": 1e999'), ('"margin": 0.02', '"margin": NaN'),
            ('"margin": 0.02', '"margin": -1'), ('"margin": 0.02', '"margin": "0.02"'),
            ('"workers": 1', '"workers": 0'), ('"workers": 1', '"workers": 2147483648'),
        ):
            with self.subTest(new=new[:60]):
                self.assertTrue(old in text, old)
                self.refuse_text(text.replace(old, new, 1))

    def test_missing(self):
        for name in ("schema", "run_id", "machine_id", "status", "blocks", "samples_bytes", "options", "experiments",
                     "cells"):
            with self.subTest(name):
                self.refuse_text(json.dumps({key: self.run[key] for key in self.run if key != name}), name)
        for name in ("cell", "group", "experiment", "workload", "executor", "workers", "placement", "params", "control"):
            with self.subTest(cell=name):
                cell = {key: value for key, value in self.run["cells"][1].items() if key != name}
                self.refuse_run(r"cells\[1\]\.%s " % name, cells=self.run["cells"][:1] + [cell])

    def test_wrong_types(self):
        for name in ("run_id", "machine_id", "status", "blocks", "options", "experiments", "cells"):
            for value in (7, 1.5, True, None, [[]], {"a": {}}, "x"):
                if (name, value) in (("run_id", "x"), ("machine_id", "x"), ("blocks", 7), ("options", {"a": {}})):
                    continue  # those are of the right type
                with self.subTest(name=name, value=value):
                    self.write_run(**{name: value})
                    self.refuse()
        for cells in (7, [7], [None], [[]], [{}], [[{}]]):
            self.refuse_run(cells=cells)
        for experiments in ([7], [{}], [{"name": "create", "question": None, "figures": []}]):
            self.refuse_run(experiments=experiments)

    def test_wrong_links(self):
        """Names that lead nowhere, elsewhere, or twice."""
        for members in ({"baseline": "nowhere"}, {"reference": DOTS}, {"experiment": STEERING}, {"baseline": 7},
                        {"cell": self.run["cells"][0]["cell"]}):
            with self.subTest(members):
                self.refuse_run(r"cells\[1\]\.", cells=self.cells(**members))
        self.write_run(cells=self.run["cells"][:1])
        self.refuse(r"samples\.csv: row \d+, column cell")
        self.write_run(run_id=self.run["run_id"] + "0")
        self.refuse(r"samples\.csv: row 2, column run_id")
        self.write_run(blocks=1)
        self.refuse(r"samples\.csv: row \d+, column block")
        self.write_run(samples_bytes=10**9)
        self.refuse(r"samples\.csv: .*cut off")

    def test_circles(self):
        """Cells that are each other's baseline are only odd."""
        names = [cell["cell"] for cell in self.run["cells"] if cell["experiment"] == "create"]
        others = dict(zip(names, names[1:] + names[:1]))
        self.write_run(cells=[dict(cell, baseline=others.get(cell["cell"]), reference=others.get(cell["cell"]))
                              for cell in self.run["cells"]])
        self.accept()

    def test_hostile_texts(self):
        """Any text is printed, harmless; no text becomes a path."""
        for text in (STEERING, MARKUP, DOTS, "%s%n%d", "x" * 4000, "\u2028", "a\u0301" * 500):
            with self.subTest(text=text[:40]):
                name = text[:80]
                self.write_run(machine_id=name, warnings=[text, {text: text}, 7, None], tool={text: text},
                               experiments=[dict(e, question=text) for e in self.run["experiments"]],
                               cells=[dict(cell, executor=name, workload=name, placement=name, params=text, group=text)
                                      for cell in self.run["cells"]])
                self.accept()
        self.assertEqual(set(os.listdir(self.scratch.folder)), {"temporary", "run-1"})

    def test_huge_texts(self):
        self.refuse_run("line 1, column .*64 KiB", warnings=["x" * (10 * MIB)])
        self.refuse_run(r"machine_id .*255 bytes", machine_id="x" * 256)
        self.refuse_run("line 1, column .*64 KiB", **{"x" * (10 * MIB): 1})
        self.refuse_run(r"cells\[1\]\.params .*4 KiB", cells=self.cells(params="x" * 5000))
        self.refuse_run(r"cells\[1\]\.executor .*255 bytes", cells=self.cells(executor="x" * 256))

    def test_huge_lists(self):
        """A small value in a file takes up to a hundred times its size in memory."""
        for value in ("[]", "{}", "0", '{"a":0}'):
            with self.subTest(value=value):
                self.refuse_text('{"warnings": [%s]}' % ",".join([value] * 4000000), "line 1, column .*more values")

    def test_many_rows(self):
        """Few experiments with many figures and many cells make a large table."""
        figures = [{"name": "f%d" % i, "unit": "ns", "better": "lower"} for i in range(64)]
        cell = dict(self.run["cells"][0], baseline=None, reference=None, experiment="x", ops=None, skip=None)
        self.refuse_run(r"cells\[\d+\]\.experiment ", experiments=[{"name": "x", "question": None, "figures": figures}],
                        cells=[dict(cell, cell="c%d" % i) for i in range(8000)])

    def test_huge_files(self):
        with open(self.path("run.json"), "wb") as file:
            file.truncate(200 * MIB)
        self.refuse("128 MiB")
        with open(self.path("run.json"), "wb") as file:
            file.truncate(100 * MIB)
        self.refuse("line 1, column ")
        self.write("run.json", " " * (20 * MIB))
        self.refuse("line 1, column ")


class Folder(HostileCase):
    """What stands where a file should."""

    def replace(self, name, make):
        self.spoil()
        os.unlink(self.path(name))
        make(self.path(name))

    def test_no_file(self):
        sock = self.scratch.path("socket")
        for name in ("run.json", "samples.csv"):
            for what, make in {
                "nothing": lambda path: None,
                "a folder": os.mkdir,
                "a FIFO": os.mkfifo,
                "a device": lambda path: os.symlink("/dev/zero", path),
                "a terminal": lambda path: os.symlink("/dev/tty", path),
                "a loop": lambda path: os.symlink(os.path.basename(path), path),
                "a dangling link": lambda path: os.symlink(sock, path),
                "the folder itself": lambda path: os.symlink(".", path),
            }.items():
                with self.subTest(name=name, what=what):
                    self.replace(name, make)
                    self.refuse(r": %s: (cannot be opened|is not a regular file)" % re.escape(name))

    def test_unreadable(self):
        """Files of the kernel's that look regular but are not."""
        for name in ("run.json", "samples.csv"):
            self.replace(name, lambda path: os.symlink("/proc/self/mem", path))
            finished = self.read()
            self.assert_status(1, finished)
            self.assert_one_line(finished.err, name)

    def test_no_folder(self):
        os.symlink("loop", self.scratch.path("loop"))
        os.mkfifo(self.scratch.path("fifo"))
        for path in ("nowhere", "loop", "fifo", "/dev/null", "/dev/zero", "/proc/self", "x" * 5000, ""):
            with self.subTest(path=path[:20]):
                finished = self.tvp("summary", path, **self.limits())
                self.assert_status(1, finished)
                self.assert_one_line(finished.err, r"run\.json: cannot be opened")

    def test_in_the_way_of_the_summary(self):
        """tvp writes summary.csv anew: nothing in its way may make it hang, or write somewhere else."""
        precious = self.scratch.path("precious")
        for name in ("summary.csv", "summary.csv.new"):
            for what, make in {
                "a FIFO": os.mkfifo,
                "a link": lambda path: os.symlink(precious, path),
                "a hard link": lambda path: os.link(precious, path),
                "a device": lambda path: os.symlink("/dev/full", path),
            }.items():
                with self.subTest(name=name, what=what):
                    with open(precious, "w", encoding="utf-8") as file:
                        file.write("precious")
                    self.spoil()
                    if os.path.exists(self.path(name)):
                        os.unlink(self.path(name))
                    make(self.path(name))
                    self.accept()
                    with open(precious, encoding="utf-8") as file:
                        self.assertEqual(file.read(), "precious")
                    self.assertTrue(os.path.isfile(self.path("summary.csv")))
                    self.assertFalse(os.path.islink(self.path("summary.csv")))
                    self.assertFalse(os.path.lexists(self.path("summary.csv.new")))
        for name in ("summary.csv", "summary.csv.new"):
            self.spoil()
            if os.path.exists(self.path(name)):
                os.unlink(self.path(name))
            os.mkdir(self.path(name))
            finished = self.read()
            self.assert_status(0, finished)
            self.assert_one_line(finished.err, "summary.csv was not written anew")


class Compare(HostileCase):
    """`tvp compare` reads each folder as `tvp summary` does."""

    def test_bad_folder(self):
        """In whichever place: the line names the folder that is bad."""
        deep = "[" * 100000
        for name, spoil in {
            "cut off": lambda: self.write_rows(self.header, self.rows[:-1] + [self.rows[-1][:7]]),
            "twice": lambda: self.write_rows(self.header, self.rows * 2),
            "1e999": lambda: self.write_rows(self.header, self.with_field("value", "1e999")),
            "dots": lambda: self.write_rows(self.header, self.with_field("cell", DOTS)),
            "huge field": lambda: self.write_rows(self.header, self.with_field("cell", "x" * (10 * MIB))),
            "NULs": lambda: self.write("samples.csv", b"\0" * 5000),
            "empty": lambda: self.write("samples.csv", ""),
            "deep": lambda: self.write("run.json", deep),
            "no object": lambda: self.write("run.json", "7"),
            "huge list": lambda: self.write("run.json", "[%s0]" % ("{}," * 4000000)),
        }.items():
            self.spoil()
            spoil()
            good = self.shared.path("good")
            for folders in ((good, self.folder), (self.folder, good)):
                with self.subTest(name=name, first=folders[0] == good):
                    finished = self.tvp("compare", *folders, **self.limits())
                    self.assert_status(1, finished)
                    self.assertEqual(finished.out, "")
                    self.assert_one_line(finished.err, r"^tvp compare: %s: (samples\.csv|run\.json): " %
                                         re.escape(self.folder))
                    self.assertRegex(finished.err, r"\A[ -~]+\n\Z")

    def test_hostile_texts(self):
        """Names, questions, warnings and facts may be any text; it is printed, harmless."""
        for text in (STEERING, MARKUP, DOTS, "a|b", "[x](javascript:alert(1))", "%s%n", "`" * 3, "# x\n# y"):
            with self.subTest(text=text[:40]):
                facts = {"cpu_model": text, text: text}
                self.write_run(run_id=self.run["run_id"], warnings=[text], environment=facts, tool={"name": text},
                               experiments=[dict(e, question=text) for e in self.run["experiments"]],
                               cells=[dict(cell, executor=text, params=text) for cell in self.run["cells"]])
                for arguments in (), ("--json",), ("--markdown",):
                    finished = self.tvp("compare", self.folder, self.folder, *arguments, **self.limits())
                    self.assertIn(finished.status, (0, 1), finished.err)
                    self.assertNotRegex(finished.out + finished.err,
                                        "[\0-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
                    if "--markdown" in arguments:
                        outside = re.sub(r"`[^`\n]*`", "", finished.out)  # of code, where markup is text
                        self.assertNotIn("<img", outside)
                        self.assertNotIn("](javascript:", outside)


@unittest.skipUnless(HAS_MATPLOTLIB, "no Python with numpy and matplotlib")
class Plot(HostileCase):
    """The same for `tvp plot`, which reads run.json and summary.csv."""

    def limits(self):
        return {}

    def refuse(self, *patterns):
        finished = self.read("plot")
        self.assert_status(1, finished)
        self.assertEqual(finished.out, "")
        self.assert_one_line(finished.err, r"^plot: \S+(samples\.csv|run\.json|summary\.csv)", *patterns)
        self.assertNotRegex(finished.err, "[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
        self.assertNotIn("Traceback", finished.err)
        self.assertFalse(os.path.exists(self.scratch.path("plots")))

    def test_run_json(self):
        text = json.dumps(self.run)
        for name, content in (
            ("nothing", ""), ("cut off", text[: len(text) // 2]), ("a NUL", text[:50] + "\0" + text[50:]),
            ("noise", bytes(range(256))), ("deep", "[" * 100000), ("deep objects", '{"a":' * 100000),
            ("dots", json.dumps(dict(self.run, run_id=DOTS))), ("markup", json.dumps(dict(self.run, run_id=MARKUP))),
            ("steering", json.dumps(dict(self.run, status=STEERING), ensure_ascii=False)),
            ("half a pair", json.dumps(dict(self.run, status="\ud800"))),
            ("an endless number", text.replace('"schema": 1', '"schema": ' + "1" * 5000)),
            ("wrong types", json.dumps(dict(self.run, experiments=[7]))),
        ):
            with self.subTest(name):
                self.write("run.json", content)
                self.refuse(r"run\.json")

    def test_summary_csv(self):
        with open(self.path("summary.csv"), encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        median = header.index("median")

        def changed(column, value):
            return [header] + [rows[0][:column] + [value] + rows[0][column + 1:]] + rows[1:]

        for name, table in (
            ("twice", [header] + rows + rows), ("header alone", [header]), ("no header", rows),
            ("1e999", changed(median, "1e999")), ("nan", changed(median, "nan")), ("negative", changed(median, "-1")),
            ("text", changed(median, STEERING)), ("another run", changed(header.index("run_id"), DOTS)),
            ("workers", changed(header.index("workers"), "9" * 5000)), ("a row cut off", [header, rows[0][:7]]),
            ("no median", [row[:median] + row[median + 1:] for row in [header] + rows]),
            ("a huge field", changed(header.index("reason"), "x" * (10 * MIB))),
        ):
            with self.subTest(name):
                text = io.StringIO()
                csv.writer(text, lineterminator="\n").writerows(table)
                self.write("summary.csv", text.getvalue())
                self.refuse(r"summary\.csv", *([] if name in ("header alone",) else ["row "]))
        for content in (b"\0" * 5000, bytes(range(256)), b"\xff\xfe"):
            self.write("summary.csv", content)
            self.refuse(r"summary\.csv")

    def test_no_file(self):
        for name in ("run.json", "summary.csv"):
            for make in (os.mkdir, os.mkfifo, lambda path: os.symlink("/dev/zero", path),
                         lambda path: os.symlink(os.path.basename(path), path)):
                self.spoil()
                os.unlink(self.path(name))
                make(self.path(name))
                self.refuse(re.escape(name))

    def test_huge_files(self):
        for name in ("run.json", "summary.csv"):
            self.spoil()
            with open(self.path(name), "wb") as file:
                file.truncate(200 * MIB)
            self.refuse(re.escape(name) + ".*MiB")


if __name__ == "__main__":
    main()
