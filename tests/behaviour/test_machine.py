#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One CPU, places for workers, ordinary users, and machines and environments that are unlike the developer's."""
import json
import os
import unittest

from tvp_case import CREATE, Run, TvpCase, in_mount_namespace, main, ordinary_user

CPUS = sorted(os.sched_getaffinity(0))


class MachineCase(TvpCase):
    def measure(self, *arguments, **how):
        self.said = self.tvp("run", *arguments, "--out", "run", **how)
        self.assert_status(0, self.said)
        run = Run(self.scratch.path("run"))
        self.assertEqual(run.json["status"], "complete")
        self.assert_whole_blocks(run)
        self.assert_nothing_left()
        return run


class OneCpu(MachineCase):
    def test_quick_scaling(self):
        """As `taskset -c 0 tvp run scaling`."""
        cpu = CPUS[0]
        run = self.measure("scaling", "--workloads", "primes,compress,sleep,echo", "--budget", "2s", "--max-blocks", "2",
                           preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
        self.assert_all_ok(run)
        self.assertEqual({row["cpuset"] for row in run.samples}, {str(cpu)})
        self.assertEqual({number for row in run.samples for number in row["cpu"].split(";")}, {str(cpu)})
        self.assertLessEqual({"1", "2"}, {row["workers"] for row in run.samples})
        says = r"\b([Oo]ne|1)\b.* CPUs? was usable"
        self.assertRegex(self.said.err, r"(?m)^tvp run: .*" + says)
        self.assertEqual(len([warning for warning in run.json["warnings"] if "usable" in warning]), 1)
        self.assertRegex(" ".join(run.json["warnings"]), says)
        self.assertRegex(" ".join(self.said.out.split()), says)

    def test_facts(self):
        """libcpuid and hwloc move a process to other CPUs, or look at all of them, if they are let."""
        finished = self.tvp("env", "--json", preexec_fn=lambda: os.sched_setaffinity(0, {CPUS[0]}))
        self.assert_status(0, finished)
        everywhere = json.loads(self.tvp("env", "--json").out)
        self.assertIn(str(CPUS[0]), [str(value) for value in json.loads(finished.out)["environment"].values()])
        self.assertEqual(json.loads(finished.out)["machine_id"], everywhere["machine_id"])

    def test_all_cpus_are_used_where_all_may_be(self):
        """Nothing that is looked at beforehand narrows the set down."""
        run = self.measure("scaling", "--workloads", "spin", "--workers", "2", "--budget", "1s", "--max-blocks", "1")
        self.assertEqual({members(row["cpuset"]) for row in run.rows(experiment="scaling")}, {frozenset(CPUS)})


class Placement(MachineCase):
    def place(self, placement, workers):
        run = self.measure("scaling", "--workloads", "spin", "--executors", "thread,fork,spawn", "--workers", workers,
                           "--placement", placement, "--budget", "1s", "--max-blocks", "1")
        rows = run.rows(experiment="scaling")
        self.assertEqual({row["placement"] for row in rows}, set(placement.split(",")))
        return rows

    def places(self, placement, workers):
        """The CPU of each worker, after checking that every executor has bound each to one, and the same."""
        plans = set()
        for row in self.place(placement, workers):
            self.assertEqual((row["status"], row["reason"]), ("ok", ""), row)
            sets = row["cpuset"].split(";")
            sets = sets * workers if len(sets) == 1 else sets
            self.assertEqual(len(sets), workers)
            for cpu in sets:
                self.assertRegex(cpu, r"^\d+$")
                self.assertIn(int(cpu), CPUS)
            self.assertEqual(row["cpu"].split(";"), sets)
            plans.add(tuple(int(cpu) for cpu in sets))
        self.assertEqual(len(plans), 1, plans)
        return plans.pop()

    def test_compact(self):
        self.assertEqual(len(set(self.places("compact", 3))), min(3, len(CPUS)))

    def test_scatter(self):
        self.assertEqual(len(set(self.places("scatter", 3))), min(3, len(CPUS)))

    def test_same_core(self):
        self.assertEqual(len(set(self.places("same-core", 3))), 1)

    def test_none(self):
        for row in self.place("none", 2):
            self.assertEqual((row["status"], members(row["cpuset"])), ("ok", frozenset(CPUS)))

    def test_smt(self):
        """Where no core has two threads the cells are skipped, and say so; alone they are not worth a run."""
        rows = [row for row in self.place("none,smt", 2) if row["placement"] == "smt"]
        (status,) = {row["status"] for row in rows}
        if status == "skipped":
            for row in rows:
                self.assertRegex(row["reason"], "no core here has two usable hardware threads")
                self.assertEqual(row["value"], "")
            alone = self.tvp("run", "scaling", "--workers", "2", "--placement", "smt")
            self.assert_status(1, alone)
            self.assert_one_line(alone.err, "nothing of what is selected can run here: scaling/.*/smt and others: no core")
            return
        for row in rows:
            first, second = (int(cpu) for cpu in row["cpuset"].split(";"))
            with open("/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list" % first, encoding="ascii") as file:
                self.assertIn(second, members(file.read().strip()))

    def test_within_what_may_be_used(self):
        """Worker after worker on the CPUs that are left, and no other."""
        if len(CPUS) < 2:
            self.skipTest("needs two CPUs")
        run = self.measure(*CREATE, "--placement", "compact,scatter", "--workers", "1,2", "--budget", "1s",
                           "--max-blocks", "1", preexec_fn=lambda: os.sched_setaffinity(0, {CPUS[-1]}))
        self.assert_all_ok(run)
        self.assertEqual({row["cpuset"] for row in run.samples}, {str(CPUS[-1])})


class OrdinaryUser(MachineCase):
    def test_read_only_home(self):
        how = ordinary_user(self.scratch)
        home = self.scratch.path("home")
        os.mkdir(home, 0o555)
        run = self.measure("scaling", "--workloads", "primes,compress", *CREATE, "--workers", "1,2", "--budget", "2s",
                           "--max-blocks", "1",
                           env={"HOME": home}, **how)
        self.assert_all_ok(run)
        self.assertEqual(os.listdir(home), [])

    def test_no_home(self):
        how = ordinary_user(self.scratch)
        self.scratch.environment.pop("HOME")
        self.assert_all_ok(self.measure(*CREATE, "--budget", "1s", "--max-blocks", "1", **how))

    def test_no_place_for_temporary_files(self):
        """TMPDIR leads nowhere: there are other places."""
        how = ordinary_user(self.scratch)
        run = self.measure(*CREATE, "--budget", "1s", "--max-blocks", "1", env={"TMPDIR": self.scratch.path("none")},
                           **how)
        self.assert_all_ok(run)


class Processor(MachineCase):
    def test_unknown_clock_rate(self):
        """Without MHz and bogomips Google Benchmark measures the clock rate anew in every process, for a second."""
        plain = self.scratch.path("cpuinfo")
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            lines = [line for line in file if not line.lower().startswith(("cpu mhz", "bogomips"))]
        with open(plain, "w", encoding="utf-8") as file:
            file.writelines(lines)
        script = 'mount --bind "$1" /proc/cpuinfo; shift; "$@"'
        arguments = (self.scratch.program, "run", "scaling", "--workloads", "spin,sleep", "--workers", "1,2",
                     "--budget", "2s", "--max-blocks", "1", "--out", "run")
        finished = self.scratch.command(*in_mount_namespace(self.scratch, script, plain, *arguments))
        self.assert_status(0, finished)
        run = Run(self.scratch.path("run"))
        self.assert_all_ok(run)
        self.assert_whole_blocks(run)
        cells = len(run.cells)
        self.assertGreaterEqual(cells, 15)
        self.assertLess(run.json["wall_seconds"], cells / 2, "as if each cell took a second")
        measurer = run.json["measurer"]
        if measurer["gbench_loop"]:  # the kernel told it in another way
            self.assertLess(measurer["gbench_context_ms"], 300)
            return
        self.assertGreater(measurer["gbench_context_ms"], 300)
        self.assertRegex(" ".join(run.json["warnings"]), "Google Benchmark.*clock rate")


class Environment(MachineCase):
    def facts(self, env=None):
        finished = self.tvp("env", "--json", env=env)
        self.assert_status(0, finished)
        facts = json.loads(finished.out)
        return facts["machine_id"], facts["environment"]

    def test_hwloc_variables(self):
        """Another machine's description does not become ours."""
        with open(self.scratch.path("other.xml"), "w", encoding="utf-8") as file:
            file.write("<topology/>")
        here = self.facts()
        for variable, value in (("HWLOC_SYNTHETIC", "package:2 core:8 pu:2"), ("HWLOC_FSROOT", self.scratch.temporary),
                                ("HWLOC_XMLFILE", self.scratch.path("other.xml")), ("HWLOC_COMPONENTS", "synthetic")):
            with self.subTest(variable=variable):
                self.assertEqual(self.facts({variable: value}), here)
        run = self.measure(*CREATE, "--budget", "1s", "--max-blocks", "1", "--placement", "compact", "--workers", "2",
                           env={"HWLOC_SYNTHETIC": "package:2 core:8 pu:2"})
        self.assert_all_ok(run)
        self.assertEqual({row["machine_id"] for row in run.samples}, {here[0]})

    def test_benchmark_variables(self):
        """Google Benchmark takes flags from them; no run does."""
        env = {"BENCHMARK_FILTER": "nothing", "BENCHMARK_LIST_TESTS": "true", "BENCHMARK_FORMAT": "csv",
               "BENCHMARK_REPETITIONS": "7", "BENCHMARK_OUT": self.scratch.path("stray")}
        run = self.measure(*CREATE, "--budget", "1s", "--max-blocks", "2", env=env)
        self.assert_all_ok(run)
        self.assertEqual({row["batch"] for row in run.samples}, {str(b) for b in range(run.json["options"]["batches"])})
        self.assertFalse(os.path.exists(self.scratch.path("stray")))
        self.assertNotIn("BENCHMARK", self.said.err)

    def test_benchmark_variables_and_gbench(self):
        filtered = self.tvp("gbench", "--benchmark_list_tests", env={"BENCHMARK_FILTER": "nothing"})
        self.assert_status(0, filtered)
        self.assertEqual(filtered.out, self.tvp("gbench", "--benchmark_list_tests").out)
        self.assertGreater(len(filtered.out.splitlines()), 10)
        self.assertRegex(filtered.err, r"(?m)^tvp gbench: .*BENCHMARK_FILTER.*ignored")

    def test_library_path(self):
        """Workers are found beside tvp, not in PATH or the working directory."""
        self.scratch.environment["PATH"] = self.scratch.folder
        for name in ("tvp-measurer", "tvp-worker"):
            with open(self.scratch.path(name), "w", encoding="ascii") as file:
                file.write("#!/bin/false\n")
            os.chmod(self.scratch.path(name), 0o755)
        self.assert_all_ok(self.measure(*CREATE, "--budget", "1s", "--max-blocks", "1"))


def members(cpuset):
    """The numbers in a list as the kernel writes it: "0-3,8"."""
    found = set()
    for part in cpuset.split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


class Members(unittest.TestCase):
    def test_members(self):
        self.assertEqual(members("0-3,8"), {0, 1, 2, 3, 8})


if __name__ == "__main__":
    main()
