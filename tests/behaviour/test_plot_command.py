#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`tvp plot`: pictures of a tiny run, and errors in one line."""
import os
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

from tvp_case import CREATE, HANGS_AFTER_S, TOP, TVP, Run, Scratch, TvpCase, main

PICTURES = ("create.png", "create.svg", "scaling.png", "scaling.svg")
HAS_MATPLOTLIB = subprocess.run([os.path.join(TOP, "scripts", "python-with"), "numpy", "matplotlib"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                timeout=HANGS_AFTER_S).returncode == 0


class PlotCase(TvpCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = Scratch(TVP)
        cls.addClassCleanup(cls.shared.close)
        cls.finished = cls.shared.run("run", "scaling", *CREATE, "--workloads", "spin", "--workers", "1,2", "--budget",
                                      "1s", "--max-blocks", "2", "--out", "run")

    def setUp(self):
        super().setUp()
        self.assert_status(0, self.finished)
        # home is where fonts that were found earlier are, and where the interpreter may be
        if "HOME" in os.environ:
            self.scratch.environment["HOME"] = os.environ["HOME"]
        self.folder = self.shared.path("run")
        self.pictures = self.scratch.path("plots", Run(self.folder).json["run_id"])


@unittest.skipUnless(HAS_MATPLOTLIB, "no Python with numpy and matplotlib")
class Pictures(PlotCase):
    def test_both_formats(self):
        finished = self.tvp("plot", self.folder)
        self.assert_status(0, finished)
        self.assertEqual(sorted(os.listdir(self.pictures)), sorted(PICTURES))
        for line in finished.out.splitlines():
            self.assertTrue(os.path.exists(self.scratch.path(line)), line)
        self.assertEqual(len(finished.out.splitlines()), len(PICTURES))
        for name in PICTURES:
            path = os.path.join(self.pictures, name)
            if name.endswith(".svg"):
                self.assertEqual(ElementTree.parse(path).getroot().tag, "{http://www.w3.org/2000/svg}svg")
                continue
            with open(path, "rb") as file:
                self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n", name)

    def test_elsewhere(self):
        self.assert_status(0, self.tvp("plot", self.folder, "--out", "pictures", "--format", "svg"))
        (run_id,) = os.listdir(self.scratch.path("pictures"))
        self.assertEqual(sorted(os.listdir(self.scratch.path("pictures", run_id))), ["create.svg", "scaling.svg"])
        self.assertFalse(os.path.exists(self.scratch.path("plots")))

    def test_errors(self):
        """One line each, and no traceback."""
        empty = self.scratch.path("empty")
        os.mkdir(empty)
        file = self.scratch.path("file")
        with open(file, "wb"):
            pass
        cases = ((("nowhere",), "nowhere"), ((empty,), "empty"), ((file,), "file"),
                 ((self.folder, "--out", file), "file"))
        for arguments, named in cases:
            with self.subTest(arguments=arguments):
                finished = self.tvp("plot", *arguments)
                self.assert_status(1, finished)
                self.assertEqual(finished.out, "")
                self.assert_one_line(finished.err, named)

    def test_usage(self):
        """Python adds a line on how it is used before these."""
        for arguments in ((), ("a", "b"), (self.folder, "--xyzzy"), (self.folder, "--format", "gif")):
            with self.subTest(arguments=arguments):
                finished = self.tvp("plot", *arguments)
                self.assert_status(2, finished)
                self.assertEqual(finished.out, "")
                self.assertNotIn("Traceback", finished.err)
                self.assertLessEqual(len(finished.err.splitlines()), 2, finished.err)


class Without(PlotCase):
    def test_matplotlib(self):
        """It says what is missing, and how to get it."""
        finished = self.tvp("plot", self.folder, env={"TVP_PYTHON": "/bin/false"})
        self.assert_status(1, finished)
        self.assertEqual(finished.out, "")
        self.assert_one_line(finished.err, "TVP_PYTHON")


if __name__ == "__main__":
    main()
