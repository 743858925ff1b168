#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the README promises: its workload is short, is compiled here and works; its commands exist."""
import json
import os
import re
import shlex

from tvp_case import EXECUTORS, TOP, TVP_TEST, Run, TvpCase, main

LINES_MAX = 15


def read(*parts):
    with open(os.path.join(TOP, *parts), encoding="utf-8") as file:
        return file.read()


class Workload(TvpCase):
    program = TVP_TEST

    def setUp(self):
        super().setUp()
        self.name = os.environ["TVP_README_WORKLOAD"]
        blocks = re.findall(r"(?ms)^```c\n(.*?)^```$", read("README.md"))
        opening = "/* bench/workload/%s.c */\n" % self.name
        (self.code,) = [block for block in blocks if block.startswith(opening)]

    def test_is_short(self):
        lines = [line for line in self.code.splitlines()[1:] if line.strip()]
        self.assertLessEqual(len(lines), LINES_MAX, "\n".join(lines))
        for line in lines:
            self.assertLessEqual(len(line.expandtabs(8)), 120, line)
            self.assertLessEqual(line.count(";"), 3, "lines that were put together: %s" % line)

    def test_is_no_workload_of_ours(self):
        """Else the tests would not show that one file is enough."""
        self.assertFalse(os.path.exists(os.path.join(TOP, "bench", "workload", self.name + ".c")))

    def test_is_listed(self):
        workloads = json.loads(self.tvp("list", "workloads", "--json").out)["workloads"]
        (entry,) = [entry for entry in workloads if entry["name"] == self.name]
        self.assertIn(entry["summary"], self.code)

    def test_is_right_under_every_executor(self):
        finished = self.tvp("run", "scaling", "--workloads", self.name, "--workers", "1,2,3", "--budget", "1s",
                            "--max-blocks", "2", "--out", "run")
        self.assert_status(0, finished)
        run = Run(self.scratch.path("run"))
        self.assert_all_ok(run)
        self.assertEqual({row["executor"] for row in run.rows(workload=self.name)}, set(EXECUTORS))
        self.assertIn(self.name, finished.out)


class Commands(TvpCase):
    """Every command that README and CONTRIBUTING show in a block of shell or between backquotes."""

    program = TVP_TEST

    def commands(self):
        for name in ("README.md", "CONTRIBUTING.md"):
            content = read(name)
            blocks = re.findall(r"(?ms)^```(?:sh|shell|bash|console)\n(.*?)^```$", content)
            for block in blocks:
                yield from (line.lstrip("$ ").partition(" #")[0] for line in block.splitlines())
            yield from re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```$", "", content))

    def words(self, *programs):
        """The arguments of each use of these programs, without variables and options."""
        found = []
        for command in self.commands():
            for part in re.split(r"&&|\|\||;|\|", command):
                try:
                    words = shlex.split(part, comments=True)
                except ValueError:
                    continue
                while words and re.match(r"^[A-Z_]+=", words[0]):
                    del words[0]
                if words and words[0] in programs:
                    found.append([word for word in words[1:] if "=" not in word and not word.startswith("-")])
        return found

    def test_make_targets(self):
        targets = set(re.findall(r"(?m)^([a-z]+):", read("Makefile")))
        used = {word for words in self.words("make") for word in words}
        self.assertLessEqual({"bench", "test"}, used)
        self.assertLessEqual({word for word in used if word.islower()}, targets)

    def test_setup_targets(self):
        (targets,) = re.findall(r"(?m)^targets='([a-z ]+)'$", read("scripts", "setup"))
        used = {word for words in self.words("./scripts/setup", "scripts/setup") for word in words}
        self.assertLessEqual({"bench", "test"}, used)
        self.assertLessEqual({word for word in used if word.islower()}, set(targets.split()))

    def test_tvp_commands(self):
        used = {words[0] for words in self.words("tvp", "./build/release/bin/tvp", "build/release/bin/tvp") if words}
        valid = set(re.findall(r"(?m)^  ([a-z]+) +\S", self.tvp("--help").out))
        self.assertIn("run", valid)
        self.assertIn("run", used)
        self.assertLessEqual({word for word in used if word.islower()}, valid)

    def test_tvp_runs(self):
        """The runs that are shown are ones that can be planned."""
        for words in [shlex.split(command) for command in self.commands()
                      if re.match(r"^(\./)?(build/release/bin/)?tvp run( [\w.,=%-]+)*$", command)]:
            with self.subTest(command=words):
                self.assert_status(0, self.tvp(*words[1:], "--dry-run"))

    def test_links(self):
        """Files of ours that the texts lead to are there."""
        for name in ("README.md", "CONTRIBUTING.md"):
            for target in re.findall(r"\]\(([^)#: ]+)(?:#[^)]*)?\)", read(name)):
                self.assertTrue(os.path.exists(os.path.join(TOP, target)), "%s: %s" % (name, target))


if __name__ == "__main__":
    main()
