#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What cannot be meant is refused: exit status 2 and one line that names it; help is no error."""
import json
import os
import re
import subprocess

from tvp_case import TOP, TvpCase, main

COMMANDS = ("run", "list", "env", "summary", "plot", "gbench")


class Usage(TvpCase):
    def refuse(self, arguments, *patterns):
        """Exit status 2, one line on standard error with all patterns in it, nothing on standard output, no file."""
        with self.subTest(arguments=arguments):
            finished = self.tvp(*arguments)
            self.assert_status(2, finished)
            self.assertEqual(finished.out, "")
            self.assert_one_line(finished.err, "^tvp", *patterns)
            self.assertEqual(os.listdir(self.scratch.folder), ["temporary"])

    def listed(self, kind):
        return json.loads(self.tvp("list", kind, "--json").out)[kind]

    def refuse_value(self, option, values, *patterns):
        for value in values:
            self.refuse(("run", option, value), option, *patterns)


class Names(Usage):
    def test_experiment(self):
        self.refuse(("run", "scalng"), "unknown experiment 'scalng'", r"did you mean scaling\?")
        self.refuse(("run", "create", "harnes"), "unknown experiment 'harnes'", "harness")
        self.refuse(("run", "xyzzy"), "'xyzzy'", "create", "scaling")

    def test_workload(self):
        self.refuse(("run", "scaling", "--workloads", "spin,prims"), "unknown workload 'prims'", r"mean primes\?")
        self.refuse(("run", "scaling", "--workloads", "xyzzy"), "'xyzzy'", "file-read", "primes", "sleep", "spin")

    def test_executor(self):
        self.refuse(("run", "--executors", "thred"), "unknown executor 'thred'", r"mean thread\?")
        self.refuse(("run", "--executors", "xyzzy"), "'xyzzy'", "serial", "thread", "fork", "spawn",
                    *(r"\b%s\b" % peer["name"] for peer in self.listed("peers")))

    def test_placement(self):
        self.refuse(("run", "--placement", "compct"), "unknown placement 'compct'", r"mean compact\?")
        self.refuse(("run", "--placement", "xyzzy"), "'xyzzy'", "none", "compact", "scatter", "same-core")

    def test_parameter(self):
        self.refuse(("run", "scaling", "--set", "nss=1"), "--set nss", r"\bprimes\.limit\b", "tvp list")
        self.refuse(("run", "scaling", "--workloads", "spin,sleep", "--set", "nss=1"), r"\bspin\.ns\b", r"\bsleep\.us\b")
        self.refuse(("run", "scaling", "--workloads", "sleep", "--set", "limit=5000"), "--set limit", r"sleep\.us")
        self.refuse(("run", "create", "--set", "us=5"), "--set us")
        for experiment in self.listed("experiments"):
            if experiment["settings"] and not experiment["in_every_run"]:
                self.refuse(("run", experiment["name"], "--set", "xyzzy=1"), "--set xyzzy",
                            *(r"\b%s\b" % setting["name"] for setting in experiment["settings"]))

    def test_task(self):
        """Experiments over a pool need tasks; the others, and those that nobody named, take what they can."""
        tasks = {workload["name"]: workload["task"] for workload in self.listed("workloads")}
        self.assertFalse(tasks["noop"])
        pools = [experiment["name"] for experiment in self.listed("experiments") if experiment["pool"]]
        for pool in pools:
            finished = self.tvp("run", pool, "--workloads", "noop", "--dry-run")
            self.assert_status(2, finished)
            if "workloads of their own" not in finished.err:
                self.assert_one_line(finished.err, "^tvp run: --workloads noop: " + pool)
                self.assertEqual(set(re.search(r"that are: (.*)", finished.err).group(1).split(", ")),
                                 {name for name, task in tasks.items() if task})
        planned = self.tvp("run", "scaling", "--workloads", "noop", "--dry-run")
        self.assert_status(0, planned)
        everything = self.tvp("run", "--workloads", "noop", "--dry-run")
        self.assert_status(0, everything)
        self.assertLessEqual(set(re.findall(r"(?m)^  scaling/.*", planned.out)), set(everything.out.splitlines()))
        for pool in pools:
            self.assertNotIn(" %s/noop/" % pool, everything.out)

    def test_peer(self):
        for peer in self.listed("peers"):
            self.refuse(("run", "create", "--executors", peer["name"]), "create", "peers")

    def test_command(self):
        self.refuse(("sumary",), "unknown command 'sumary'", r"mean summary\?")
        self.refuse(("xyzzy",), "unknown command 'xyzzy'", *COMMANDS)

    def test_kind_of_list(self):
        self.refuse(("list", "workload"), "unknown kind 'workload'", r"mean workloads\?")
        self.refuse(("list", "xyzzy"), "'xyzzy'", "experiments", "workloads", "executors", "peers", "placements")

    def test_option(self):
        """The C library adds a second line to these, which says where help is."""
        for arguments in (("run", "--budgt", "3s"), ("run", "-x"), ("list", "--jsn"), ("env", "--xyzzy"),
                          ("summary", "--xyzzy", "folder"), ("run", "--budget"), ("run", "--quick=1")):
            with self.subTest(arguments=arguments):
                finished = self.tvp(*arguments)
                self.assert_status(2, finished)
                self.assertEqual(finished.out, "")
                first, *more = finished.err.splitlines()
                self.assertRegex(first, r"^tvp %s: .*%s" % (arguments[0], arguments[1].lstrip("-").partition("=")[0]))
                self.assertLessEqual(len(more), 1, finished.err)
                for line in more:
                    self.assertIn("tvp %s --help" % arguments[0], line)
        self.refuse(("gbench", "--xyzzy"), "--xyzzy")


class Values(Usage):
    def test_times(self):
        wrong = ("30", "5x", "-3s", "1e9s", "", "0s", "s", "1s2", " 3s", "3s ", "0x3s", "inf", "nan", "3 s", "100h100",
                 "1000d", "1.s", ".5s", "99999999999999999999999h")
        self.refuse_value("--budget", wrong, "30s")
        self.refuse_value("--time-limit", ("30", "", "0s", "-1s"), "30s")

    def test_shares(self):
        wrong = ("", "0", "0%", "100%", "1", "-2%", "2 %", "2%%", "x", "1e-2", "nan")
        self.refuse_value("--precision", wrong, "0.02")
        self.refuse_value("--margin", wrong, "0.02")

    def test_numbers(self):
        wrong = ("", "-1", "1.5", "1e3", "0x10", "ten", " 1", "1 ", "99999999999999999999")
        self.refuse_value("--max-blocks", wrong + ("0",), "whole number")
        self.refuse_value("--min-blocks", wrong + ("0",), "whole number")
        self.refuse_value("--seed", wrong, "whole number")

    def test_workers(self):
        self.refuse_value("--workers", ("0", "-1", "1e3", "1.5", "a", "+1", "1,0", "0x2", "1, 2"), "whole number")
        self.refuse_value("--workers", ("", ",", "1,,2", "1,", ",1", "1,1"), "list")
        for beyond in ("99999999", "4294967297", "99999999999999999999"):
            self.refuse_value("--workers", (beyond, "1," + beyond), r"at most \d+ workers", r"\(.*\S.*\)")

    def test_workers_up_to_the_limit(self):
        """The limit that the message names is the first one that is refused."""
        for _ in range(5):  # it moves with the number of processes
            said = self.tvp("run", "--workers", "99999999").err
            most = int(re.search(r"at most (\d+) workers", said).group(1))
            self.assertGreaterEqual(most, 1)
            if self.tvp("run", "create", "--executors", "thread", "--dry-run", "--workers", max(1, most // 2)).status:
                self.fail("half of what can exist is refused")
            if self.tvp("run", "--workers", 2 * most).status == 2:
                return
        self.fail("twice of what can exist is not refused")

    def test_lists_of_names(self):
        for option, one in (("--executors", "thread"), ("--workloads", "spin"), ("--placement", "none")):
            self.refuse_value(option, ("", ",", one + ",", "," + one, one + "," + one), "list")

    def test_settings(self):
        for wrong in ("", "ns", "=5", "ns=", "ns=1000,,2000", "ns=1000,1000", "ns=x", "ns=-5", "ns=1e6", "ns=1.5",
                      "ns=99999999999999999999", "ns =5"):
            self.refuse(("run", "scaling", "--set", wrong), "--set")
        self.refuse(("run", "scaling", "--set", "us=0"), "us=0", "sleep", r"\b1 to 10000000\b")
        self.refuse(("run", "scaling", "--set", "us=5,10000001"), "us=10000001", "sleep", r"\b1 to 10000000\b")
        self.refuse(("run", "scaling", "--set", "direct=2"), "direct=2", "file-read", r"\b0 to 1\b")

    def test_settings_by_name(self):
        """Of every experiment's settings: a value that there is not is refused with those that there are."""
        for experiment in self.listed("experiments"):
            for setting in [] if experiment["in_every_run"] else experiment["settings"]:
                wrong = ("run", experiment["name"], "--set", setting["name"] + "=%s")
                if "values" in setting:
                    self.refuse(wrong[:3] + (wrong[3] % "xyzzy",), "xyzzy", experiment["name"], *setting["values"])
                    self.refuse(wrong[:3] + (wrong[3] % "0",), "=0:", *setting["values"])
                else:
                    self.refuse(wrong[:3] + (wrong[3] % "xyzzy",), "xyzzy is not a whole number")
                    self.refuse(wrong[:3] + (wrong[3] % (setting["max"] + 1),), experiment["name"],
                                r"\b%d to %d\b" % (setting["min"], setting["max"]))

    def test_what_excludes_itself(self):
        self.refuse(("run", "--quick", "--budget", "30s"), "--quick", "--budget")
        self.refuse(("run", "create", "--workloads", "spin"), "--workloads")
        self.refuse(("run", "create", "--executors", "serial", "--workers", "2"), "create", "serial")

    def test_folders_and_names(self):
        self.refuse(("run", "--out", ""), "--out")
        for name in ("", "..", "a/b", "A", "a b", ".hidden", "-x", "ä", "x" * 65):
            self.refuse(("run", "--machine-name=" + name), "--machine-name")

    def test_arguments(self):
        self.refuse(("summary",), "folder")
        self.refuse(("summary", "a", "b"), "one folder")
        self.refuse(("list", "workloads", "executors"), "one kind")
        self.refuse(("env", "workloads"), "workloads")


class Help(TvpCase):
    def test_alone(self):
        finished = self.tvp()
        self.assert_status(0, finished)
        self.assertEqual(finished.out, self.tvp("--help").out)

    def test_help(self):
        for option in ("--help", "-h", "help"):
            finished = self.tvp(option)
            self.assert_status(0, finished)
            self.assertEqual(finished.err, "")
            for command in COMMANDS:
                self.assertRegex(finished.out, r"(?m)^ +%s +\S" % command)

    def test_version(self):
        for option in ("--version", "-V"):
            finished = self.tvp(option)
            self.assert_status(0, finished)
            self.assertRegex(finished.out, r"\Atvp \d+\.\d+\.\d+ \(([0-9a-f]{7}|unknown)\)\n\Z")
            self.assertEqual(finished.err, "")

    def test_of_each_command(self):
        commands = re.findall(r"(?m)^  ([a-z]+) +\S", self.tvp("--help").out)
        self.assertLessEqual(set(COMMANDS), set(commands))
        for command in commands:
            with self.subTest(command=command):
                if command == "plot" and not self.can_plot():
                    self.skipTest("no Python with matplotlib")
                finished = self.tvp(command, "--help")
                self.assert_status(0, finished)
                self.assertEqual(finished.err, "")
                self.assertRegex(finished.out, r"(?i)\busage:|--benchmark_filter")

    @staticmethod
    def can_plot():
        script = os.path.join(TOP, "scripts", "python-with")
        return subprocess.run([script, "numpy", "matplotlib"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0


class Data(TvpCase):
    """What is printed on standard output is data only."""

    def test_lists(self):
        everything = json.loads(self.tvp("list", "--json").out)
        self.assertEqual(sorted(everything), ["executors", "experiments", "peers", "placements", "subjects", "workloads"])
        words = self.tvp("list")
        self.assertEqual(words.err, "")
        for kind, entries in everything.items():
            alone = self.tvp("list", kind, "--json")
            self.assertEqual(json.loads(alone.out), {kind: entries})
            self.assertEqual(alone.err, "")
            self.assertTrue(entries)
            for entry in entries:
                self.assertRegex(words.out, r"(?m)^  %s +\S" % entry["name"])
                self.assertTrue(entry["summary"], entry)

    def test_parameters_and_settings(self):
        """Each has a default that is among its names or within its limits, and is in the words, too."""
        everything = json.loads(self.tvp("list", "--json").out)
        words = self.tvp("list").out
        lists = [entry["settings"] for entry in everything["experiments"]]
        lists += [entry["parameters"] for entry in everything["workloads"]]
        self.assertTrue(any(lists))
        for parameter in sum(lists, []):
            default = parameter["default"]
            if "values" in parameter:
                self.assertIn(default, parameter["values"])
                self.assertEqual(len(set(parameter["values"])), len(parameter["values"]))
            else:
                self.assertLessEqual(parameter["min"], default)
                self.assertLessEqual(default, parameter["max"])
            said = ", ".join(parameter["values"]) if "values" in parameter else "%(min)d to %(max)d" % parameter
            self.assertRegex(words, r"(?m)^ +%s=%s\b.*: .*\S \(%s\)$" % (parameter["name"], default, said))

    def test_peers(self):
        words = self.tvp("list", "peers").out
        for peer in json.loads(self.tvp("list", "peers", "--json").out)["peers"]:
            self.assertEqual("reason" in peer, not peer["available"])
            told = re.search(r"(?m)^  %s +\S.*\n(     .*\n)?" % peer["name"], words)
            self.assertIn(peer.get("reason", ""), told.group(0))

    def test_subjects(self):
        """They are told like executors, and are none: a name is one thing."""
        everything = json.loads(self.tvp("list", "--json").out)
        words = self.tvp("list", "subjects").out
        names = [entry["name"] for kind in ("executors", "subjects", "peers") for entry in everything[kind]]
        self.assertEqual(len(names), len(set(names)))
        for subject in everything["subjects"]:
            self.assertEqual("reason" in subject, not subject["available"])
            self.assertIn(subject["address_space"], ("same", "copied", "fresh", "outside"))
            told = re.search(r"(?m)^  %s +\S.*\n(     .*\n)?" % re.escape(subject["name"]), words)
            self.assertIn(subject.get("reason", ""), told.group(0))

    def test_plan_with_subjects(self):
        """They stand among the executors where an experiment brings workers up and is asked for by name, and are
        chosen like them; nowhere else."""
        subjects = [subject["name"] for subject in json.loads(self.tvp("list", "subjects", "--json").out)["subjects"]]
        self.assertLessEqual({"vfork-exit", "spawn-static"}, set(subjects))
        self.assertLessEqual(set(subjects), set(self.planned("create")))
        self.assertEqual(self.planned("create", "--executors", "vfork-exit,thread"), ["thread", "vfork-exit"])
        self.assertTrue(set(subjects).isdisjoint(self.planned()))
        refused = self.tvp("run", "scaling", "--executors", "vfork-exit", "--dry-run")
        self.assert_status(2, refused)
        self.assertIn("scaling has no cell with what is selected", refused.err)

    def planned(self, *arguments):
        """Who brings workers up in the groups of `create`, by name; without it, in the default plan's."""
        finished = self.tvp("run", *arguments, "--dry-run")
        self.assert_status(0, finished)
        groups = [group for group in re.split(r"(?m)^  (?=\S)", finished.out)
                  if group.startswith("create/") or not arguments]
        return sorted({name for group in groups for name in re.findall(r"(?m)^    (\S+) +workers", group)})

    def test_plan_with_peers(self):
        """Peers stand behind the executors, and where one was named, alone."""
        lists = json.loads(self.tvp("list", "--json").out)
        peers = [peer["name"] for peer in lists["peers"]]
        executors = [executor["name"] for executor in lists["executors"]]
        for experiment in (entry["name"] for entry in lists["experiments"] if entry["peers"]):
            planned = self.tvp("run", experiment, "--dry-run")
            self.assert_status(0, planned)
            groups = [group for group in re.split(r"(?m)^  (?=\S)", planned.out) if group.startswith(experiment + "/")]
            found = set()
            for group in groups:
                names = re.findall(r"(?m)^    (\S+) +workers", group)
                with_peers = [name for name in names if name in peers]
                self.assertEqual(names[len(names) - len(with_peers):], with_peers)
                self.assertLessEqual(set(names) - set(peers), set(executors))
                found.update(with_peers)
            self.assertTrue(groups)
            self.assertTrue(found)
            one = sorted(found)[0]
            planned = self.tvp("run", experiment, "--executors", one, "--dry-run")
            self.assert_status(0, planned)
            for group in re.split(r"(?m)^  (?=\S)", planned.out):
                if group.startswith(experiment + "/"):
                    self.assertEqual(re.findall(r"(?m)^    (\S+) +workers", group), [one])

    def test_machine(self):
        finished = self.tvp("env", "--json")
        self.assert_status(0, finished)
        self.assertEqual(finished.err, "")
        facts = json.loads(finished.out)
        self.assertRegex(facts["machine_id"], r"^[a-z0-9_.-]+$")
        words = self.tvp("env")
        self.assertEqual(words.err, "")
        self.assertIn(facts["machine_id"], words.out)
        for name in facts["environment"]:
            self.assertIn(name, words.out)

    def test_plan(self):
        finished = self.tvp("run", "scaling", "--workloads", "sleep", "--workers", "1,3", "--dry-run", "--budget", "9s")
        self.assert_status(0, finished)
        self.assertEqual(finished.err, "")
        self.assertRegex(finished.out, r"(?m)^  scaling/sleep/none, with us=1000$")
        self.assertRegex(finished.out, r"(?m)^    fork +workers 1 3$")
        self.assertRegex(finished.out, r"(?m)^    serial +workers 1$")
        self.assertRegex(finished.out, r"(?m)^    thread +workers \d+  \(the same cell 2 times\)$")
        self.assertRegex(finished.out, r"(?m)^\d+ cells, .* blocks within 9 s$")
        self.assertEqual(os.listdir(self.scratch.folder), ["temporary"])


if __name__ == "__main__":
    main()
