#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The pictures of `memory-bandwidth` and `memory-latency`, and the file that only they use: topology.xml."""
import os
import random
import unittest
import xml.etree.ElementTree as ElementTree
from unittest import mock

import test_farm_plot

import synthetic_memory as made_up
from tvpplot.caches import Cache, load_caches
from tvpplot.errors import PlotError

EXPERIMENTS = tuple(made_up.FIGURES)
BOMB = '<!DOCTYPE topology [<!ENTITY a "aaaaaaaaaa">%s]>' % "".join(
    '<!ENTITY a%d "%s">' % (i, ("&a%d;" % (i - 1) if i else "&a;") * 10) for i in range(9))


class MemoryCase(test_farm_plot.FarmCase):
    rows = test_farm_plot.Numbers.rows

    def small(self, experiment="memory-latency", xml=made_up.topology(), **options):
        folder = made_up.Folder(6, "20250701T100000Z-79a0eef", xml)
        folder.curves(experiment, **options)
        return folder

    def lines(self, figure):
        found = {}
        for axes in figure.axes:
            for line in axes.get_lines():
                found.setdefault(line.get_label(), []).append(line)
        return found

    def bands(self, figure):
        return {item.get_label(): item for axes in figure.axes for item in axes.collections}


class Files(MemoryCase):
    def test_every_picture_is_written(self):
        for name, case in made_up.CASES.items():
            with self.subTest(name):
                run = case().write(os.path.join(self.root, name))
                result = self.plot(run, "--out", self.out, "--format", "svg")
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                names = [os.path.splitext(os.path.basename(path))[0] for path in result.stdout.splitlines()]
                self.assertEqual(names, list(EXPERIMENTS))
                for path in result.stdout.splitlines():
                    self.assertEqual(ElementTree.parse(path).getroot().tag, "{http://www.w3.org/2000/svg}svg")


class Lines(MemoryCase):
    def test_each_line_shows_its_numbers(self):
        for experiment in EXPERIMENTS:
            case = self.small(experiment)
            (figure,) = self.draw(case, experiment)
            lines, bands = self.lines(figure), self.bands(figure)
            for executor, workers in (("serial", 1), ("thread", 1), ("thread", 2), ("fork", 1), ("fork", 2)):
                rows = self.rows(case, executor=executor, workers=workers)
                (line,) = lines["%s %d" % (executor, workers)]
                self.assertEqual(list(line.get_xdata()), list(made_up.SIZES))
                self.assertEqual(list(line.get_ydata()), [float(row["median"]) for row in rows])
                self.assertEqual(line.get_linestyle(), "-" if workers == 1 else "--")
                corners = {(x, y) for x, y in bands["%s %d interval" % (executor, workers)].get_paths()[0].vertices}
                for size, row in zip(made_up.SIZES, rows):
                    self.assertLessEqual({(size, float(row["median_low"])), (size, float(row["median_high"]))}, corners)
                name = "%s, %d worker%s" % (executor, workers, "" if workers == 1 else "s")
                self.assertIn(name, self.written(figure))

    def test_units(self):
        case = self.small()
        for row in case.rows:
            row.update({column: repr(float(row[column]) / 1000) for column in ("median", "median_low", "median_high")},
                       unit="µs")
        (figure,) = self.draw(case, "memory-latency")
        self.assertLess(abs(self.lines(figure)["serial 1"][0].get_ydata()[0] - 1.4), 0.2)
        for experiment in EXPERIMENTS:
            case = self.small(experiment)
            for row in case.rows:
                row["unit"] = "parsecs"
            self.assertEqual(self.draw(case, experiment), [])

    def test_a_hole_is_a_hole(self):
        case = self.small(executors=("thread",), workers=(1,))
        case.fail(case.rows[4], "skipped", "it takes 5 MiB of memory")
        (figure,) = self.draw(case, "memory-latency")
        self.assertEqual([list(line.get_xdata()) for line in self.lines(figure)["thread 1"]],
                         [list(made_up.SIZES[:4]), list(made_up.SIZES[5:])])
        self.assertIn("Not shown: thread, kib=1024, workers=1 (skipped: it takes 5 MiB of memory).", " ".join(self.written(figure)))

    def test_no_intervals_no_bands(self):
        case = self.small()
        for row in case.rows:
            row["median_low"] = row["median_high"] = ""
        (figure,) = self.draw(case, "memory-latency")
        self.assertEqual(self.bands(figure), {})

    def test_one_size(self):
        case = self.small(sizes=(4096,))
        (figure,) = self.draw(case, "memory-latency")
        self.assertEqual(list(self.lines(figure)["fork 2"][0].get_xdata()), [4096])

    def test_other_parameters_have_their_own_picture(self):
        case = self.small()
        case.curves("memory-latency", pages="huge")
        figures = self.draw(case, "memory-latency")
        self.assertEqual(len(figures), 2)
        for figure, pages in zip(figures, ("system", "huge")):
            self.assertIn("pages=" + pages, self.written(figure))

    def test_too_many(self):
        with self.assertRaisesRegex(PlotError, "more than 24"):
            self.draw(self.small(sizes=(16,), workers=range(1, 30)), "memory-latency")


class Marks(MemoryCase):
    def marked(self, **options):
        (figure,) = self.draw(self.small(**options), "memory-latency")
        found = {label: lines[0].get_xdata()[0] for label, lines in self.lines(figure).items() if label.startswith("L")}
        for label in found:
            self.assertIn(label, self.written(figure))
        return found, " ".join(self.written(figure))

    def test_caches_and_their_shares(self):
        found, written = self.marked()
        self.assertEqual(found, {"L1 48 KiB": 48, "L2 2 MiB": 2048, "L3 32 MiB": 32768, "L3 ÷ 2": 16384})
        self.assertNotIn("No cache is marked", written)
        found, _ = self.marked(xml=made_up.topology(16), workers=(1, 8))
        self.assertEqual(found["L3 ÷ 8"], 4096)
        found, _ = self.marked(xml=made_up.topology(4), workers=(1, 8))
        self.assertEqual(found["L3 ÷ 4"], 8192)
        found, _ = self.marked(workers=(1,))
        self.assertEqual(set(found), {"L1 48 KiB", "L2 2 MiB", "L3 32 MiB"})
        found, _ = self.marked(xml=made_up.topology(l3=0))
        self.assertEqual(set(found), {"L1 48 KiB", "L2 2 MiB"})

    def test_why_there_are_none(self):
        for xml, why in (
            (None, "the run has no topology.xml"), ("", "it is not XML"), ("<topology>", "it is not XML"),
            (made_up.HEAD + "</topology>", "topology.xml names no cache"),
            (BOMB + "<topology>&a8;</topology>", "it has definitions of its own"),
            (made_up.topology(l1=1, l2=2, l3=4 << 30), "all are smaller or larger than what is shown"),
        ):
            with self.subTest(why):
                found, written = self.marked(xml=xml)
                self.assertEqual(found, {})
                self.assertIn("No cache is marked: ", written)
                self.assertIn(why, written)


class Topology(MemoryCase):
    def caches(self, content):
        os.makedirs(self.run_folder, exist_ok=True)
        self.put("topology.xml", content if isinstance(content, bytes) else content.encode())
        return load_caches(self.run_folder)

    def test_what_it_says(self):
        expected = [Cache(1, 48 << 10, 1), Cache(2, 2 << 20, 1), Cache(3, 32 << 20, 2)]
        self.assertEqual(self.caches(made_up.topology()), (expected, ""))
        self.assertEqual(self.caches(made_up.topology(96))[0][2], Cache(3, 32 << 20, 96))
        both = made_up.topology().replace("49152", "32768", 1)
        self.assertEqual(self.caches(both)[0][:2], [Cache(1, 32 << 10, 1), Cache(1, 48 << 10, 1)])
        code = made_up.topology().replace("L1Cache", "L1iCache")
        self.assertEqual([cache.level for cache in self.caches(code)[0]], [2, 3])

    def test_nonsense_is_left_out(self):
        for size in ("", "-5", "1e9", "0", "9" * 40, "49152 ", "٤٩١٥٢"):
            with self.subTest(size):
                xml = made_up.topology().replace('cache_size="49152"', 'cache_size="%s"' % size)
                self.assertEqual([cache.level for cache in self.caches(xml)[0]], [2, 3])

    def test_files_that_are_refused(self):
        deep = made_up.HEAD + '<object type="L2Cache" cache_size="4096">' * 5000
        for content, why in (
            (b"\xff\xfe<\0", "no file that can be read"), (b"", "not XML"), (b"\0", "not XML"), (deep, "too many parts"),
            (BOMB + "<topology/>", "definitions"), (made_up.topology() + "<", "not XML"),
            ('<!DOCTYPE a SYSTEM "x" [\n<!ENTITY b SYSTEM "/etc/passwd">]><a>&b;</a>', "definitions"),
            ("<a>&b;</a>", "not XML"),
        ):
            with self.subTest(content[:60]):
                found, note = self.caches(content)
                self.assertEqual(found, [])
                self.assertIn(why, note)
                self.assertTrue(note.isprintable())
        os.unlink(os.path.join(self.run_folder, "topology.xml"))
        os.mkfifo(os.path.join(self.run_folder, "topology.xml"))
        self.assertIn("no file that can be read", load_caches(self.run_folder)[1])
        os.unlink(os.path.join(self.run_folder, "topology.xml"))
        with mock.patch("tvpplot.caches.CHARACTERS_MAX", 100):
            self.assertIn("too large", self.caches(made_up.topology())[1])

    def test_damaged_files(self):
        chance = random.Random(9)
        original = made_up.topology().encode()
        refused = 0
        for _ in range(200):
            data = bytearray(original)
            for _ in range(chance.choice((1, 2, 5))):
                at = chance.randrange(len(data))
                piece = chance.choice((b'"', b"<", b"\0", b"9" * 30, b"&x;", b"\xff", b">", b""))
                data[at : at + chance.choice((0, 1, 4))] = piece
            found, note = self.caches(bytes(data))
            refused += not found
            self.assertEqual(not found, bool(note))
        self.assertGreater(refused, 100)

    def test_a_file_of_a_real_machine_is_no_stranger(self):
        """Its DOCTYPE names a DTD that is not read."""
        self.assertIn("<!DOCTYPE", made_up.topology())
        self.assertEqual(self.caches(made_up.topology())[1], "")


if __name__ == "__main__":
    unittest.main()
