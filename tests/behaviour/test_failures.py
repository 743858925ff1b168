#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Workloads that crash, hang or are wrong, and kernels that refuse: rows with a reason, and the run goes on."""
import json
import os
import resource

from tvp_case import CREATE, EXECUTORS, TVP_TEST, Run, TvpCase, in_mount_namespace, main, ordinary_user, sanitizer

# Of the cells that fail, one for each of these.
WORKERS = {"serial": ("1",), "thread": ("1", "2"), "fork": ("1", "2"), "forkserver": ("1", "2"),
           "spawn": ("1", "2")}


class FailureCase(TvpCase):
    program = TVP_TEST

    def measure(self, *arguments, **how):
        """A run that is to end well, whatever fails in it."""
        finished = self.tvp("run", *arguments, "--out", "run", **how)
        self.assert_status(0, finished)
        run = Run(self.scratch.path("run"))
        self.assertEqual(run.json["status"], "complete")
        self.assert_whole_blocks(run)
        self.assert_nothing_left()
        self.said = finished
        return run

    def measure_scaling(self, *arguments, blocks=2, **how):
        return self.measure("scaling", "--workers", "1,2", "--budget", "1s", "--max-blocks", blocks, *arguments, **how)

    def assert_failed(self, rows, reason):
        self.assertTrue(rows)
        for row in rows:
            self.assertEqual(row["status"], "failed", row)
            self.assertRegex(row["reason"], reason)
            self.assertEqual((row["value"], row["ops"], row["wall_ns"], row["start_ns"]), ("", "", "", ""), row)

    def assert_others_ok(self, run, failing):
        others = [row for row in run.samples if row["workload"] != failing]
        self.assertTrue(others)
        self.assertEqual({(row["cell"], row["status"], row["reason"]) for row in others if row["status"] != "ok"},
                         set())


class MissingLibrary(FailureCase):
    PACKAGE = r"libtvp-of-nobody \(on Debian: libtvp-of-nobody-dev\)"

    def test_is_listed_with_its_package(self):
        entry = next(entry for entry in json.loads(self.tvp("list", "workloads", "--json").out)["workloads"]
                     if entry["name"] == "lacking")
        self.assertFalse(entry["available"])
        self.assertRegex(entry["reason"], self.PACKAGE)
        self.assertRegex(self.tvp("list", "workloads").out, r"(?m)^ +not available: install " + self.PACKAGE)

    def test_is_skipped_with_its_package(self):
        run = self.measure_scaling("--workloads", "lacking,noop")
        rows = run.rows(workload="lacking")
        self.assertEqual({row["status"] for row in rows}, {"skipped"})
        for row in rows:
            self.assertRegex(row["reason"], "lacking needs " + self.PACKAGE)
        self.assert_others_ok(run, "lacking")

    def test_alone_it_is_refused(self):
        alone = self.tvp("run", "scaling", "--workloads", "lacking")
        self.assert_status(1, alone)
        self.assert_one_line(alone.err, "nothing of what is selected can run here", self.PACKAGE)


class Crash(FailureCase):
    def test_under_each_executor(self):
        run = self.measure_scaling("--workloads", "crash,noop")
        for executor, counts in WORKERS.items():
            for workers in counts:
                rows = run.rows(workload="crash", executor=executor, workers=workers, figure="throughput")
                self.assertEqual(len(rows), run.json["blocks"])
                self.assert_failed(rows, r"signal 11\b.*Segmentation fault")
        self.assert_others_ok(run, "crash")
        for row in run.summary:
            if row["workload"] == "crash":
                self.assertEqual((row["status"], row["median"], row["blocks"]), ("failed", "", "0"), row)
                self.assertRegex(row["reason"], "signal 11")
        self.assertRegex(self.said.out, r"(?m)^Failed +scaling/crash/.*")
        self.assertEqual(self.tvp("summary", "run").out, self.said.out)

    def test_of_one_worker_among_many(self):
        """The others wait, and the signal cannot be caught."""
        run = self.measure_scaling("--workloads", "crash", "--set", "signal=9", "--workers", "4")
        for executor in ("thread", "fork", "spawn"):
            self.assert_failed(run.rows(workload="crash", executor=executor), r"signal 9\b.*Killed")


class Hang(FailureCase):
    def test_time_limit(self):
        """A cell that hangs costs one time limit, not one a block."""
        run = self.measure_scaling("--workloads", "hang,noop", "--workers", "2", "--time-limit", "2s", "--executors",
                                   "thread,fork,spawn", "--budget", "30s", blocks=8)
        hanging = run.rows(workload="hang")
        self.assertEqual({row["executor"] for row in hanging}, {"thread", "fork", "spawn"})
        self.assert_failed(hanging, "time limit of 2 s")
        self.assertGreaterEqual(run.json["blocks"], 2)
        self.assertGreater(run.json["wall_seconds"], 3 * 2)
        self.assertLess(self.longest_gap(run), 2)
        self.assert_others_ok(run, "hang")

    @staticmethod
    def longest_gap(run):
        """Seconds between two samples: to wait for a cell till its time is up makes one as long as that."""
        spans = sorted((int(row["start_ns"]), int(row["start_ns"]) + int(row["wall_ns"]))
                       for row in run.samples if row["start_ns"])
        return max(later[0] - earlier[1] for earlier, later in zip(spans, spans[1:])) / 1e9

    def test_serial(self):
        run = self.measure("scaling", "--workloads", "hang", "--executors", "serial", "--workers", "1", "--time-limit",
                           "1s", "--budget", "1s", "--max-blocks", "1")
        self.assert_failed(run.rows(workload="hang"), "time limit of 1 s")


class Wrong(FailureCase):
    WHYS = {"0": "wrong on demand", "1": "run fails on demand", "2": "worker_init fails on demand",
            "3": "set-up fails on demand"}

    def test_under_each_executor(self):
        run = self.measure_scaling("--workloads", "wrong", "--set", "how=0,1,2,3")
        for how, why in self.WHYS.items():
            for executor, counts in WORKERS.items():
                for workers in counts:
                    rows = run.rows(params="how=" + how, executor=executor, workers=workers,
                                    figure="throughput")
                    self.assertEqual(len(rows), run.json["blocks"])
                    self.assert_failed(rows, why)
        self.assert_others_ok(run, "wrong")


class Refused(FailureCase):
    """The kernel gives no more tasks or descriptors."""

    def measure_limited(self, kind, limit, *arguments, user=None, env=None):
        def restrict():
            resource.setrlimit(kind, (limit, limit))
            if user:
                user["preexec_fn"]()

        return self.measure(*arguments, env=env, preexec_fn=restrict)

    def measure_with_tasks(self, tasks):
        """As a user who may have so many tasks at once, tvp itself included."""
        if sanitizer(self.program) == "thread":
            self.skipTest("ThreadSanitizer has a thread of its own in each process")
        user = self.other_user()
        # LeakSanitizer starts a task at the end of each process
        return self.measure_limited(resource.RLIMIT_NPROC, tasks, *CREATE, "--budget", "1s", "--max-blocks", "2",
                                    user=user, env={"ASAN_OPTIONS": "detect_leaks=0"})

    def other_user(self):
        """One who has no task yet, for this kind of limit counts all that a user has."""
        user = ordinary_user(self.scratch)
        if not user:
            self.skipTest("needs root, to become a user without any task")
        return user

    def test_no_task_for_a_worker(self):
        run = self.measure_with_tasks(2)
        for executor in ("thread", "fork", "spawn"):
            self.assert_failed(run.rows(experiment="create", executor=executor), r"worker 0.*temporarily unavailable")
        for row in run.rows(experiment="create", executor="serial"):
            self.assertEqual((row["status"], row["reason"]), ("ok", ""))

    def test_no_task_for_a_measurer(self):
        run = self.measure_with_tasks(1)
        self.assert_failed(run.samples, "tvp-measurer.*temporarily unavailable")

    def test_more_workers_than_tasks(self):
        """What cannot exist is refused beforehand."""
        user = self.other_user()

        def restrict():
            resource.setrlimit(resource.RLIMIT_NPROC, (40, 40))
            user["preexec_fn"]()

        finished = self.tvp("run", "create", "--workers", "40", preexec_fn=restrict)
        self.assert_status(2, finished)
        self.assert_one_line(finished.err, r"--workers 40: at most \d\d? workers", "RLIMIT_NPROC")

    def test_no_descriptor_for_a_measurer(self):
        run = self.measure_limited(resource.RLIMIT_NOFILE, 12, *CREATE, "--budget", "1s", "--max-blocks", "2")
        self.assert_failed(run.samples, "descriptors.*Too many open files")

    def test_no_descriptor_for_a_worker(self):
        """Threads share a table of descriptors; each process has its own."""
        run = self.measure_limited(resource.RLIMIT_NOFILE, 24, "scaling", "--workloads", "file-read", "--workers",
                                   "30", "--executors", "thread,fork", "--budget", "1s", "--max-blocks", "2")
        self.assert_failed(run.rows(experiment="scaling", executor="thread"), "Too many open files")
        self.assertEqual({row["status"] for row in run.rows(experiment="scaling", executor="fork")}, {"ok"})

    def test_no_room_for_temporary_files(self):
        """file-read needs a file of 16 MiB."""
        script = 'mount -t tmpfs -o size=1m none "$TMPDIR"; "$@"; umount "$TMPDIR"'
        arguments = ("run", "scaling", "--workloads", "file-read,noop", "--executors", "serial,fork", "--workers", "1",
                     "--budget", "1s", "--max-blocks", "2", "--out", "run")
        finished = self.scratch.command(*in_mount_namespace(self.scratch, script, self.scratch.program, *arguments))
        self.assert_status(0, finished)
        run = Run(self.scratch.path("run"))
        self.assert_failed(run.rows(workload="file-read"), r"cannot write 16384 KiB .*No space left.*TMPDIR")
        self.assert_others_ok(run, "file-read")
        self.assert_nothing_left()


class Retries(FailureCase):
    def test_a_broken_cell_is_given_up(self):
        """Whatever fails for good is not tried in each of many blocks: it says so, and time goes to the others."""
        run = self.measure("scaling", "--workloads", "wrong,noop", "--executors", "thread", "--workers", "1",
                           "--set", "how=1", "--budget", "10s", "--max-blocks", "6")
        self.assertGreaterEqual(run.json["blocks"], 2)
        rows = run.rows(workload="wrong", figure="throughput")
        self.assertEqual(len(rows), run.json["blocks"])
        self.assert_failed(rows, "run fails on demand")
        self.assertIsNone(next(cell for cell in run.json["cells"] if cell["workload"] == "wrong")["ops"])

    def test_privacy_of_reasons(self):
        """A reason goes into files that are handed on: it names no folder of this machine."""
        run = self.measure("scaling", "--workloads", "file-read", "--executors", "thread", "--workers", "40",
                           "--budget", "1s", "--max-blocks", "1",
                           preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24)))
        self.assert_failed(run.rows(experiment="scaling"), "Too many open files")
        for name in sorted(os.listdir(run.path)):
            with open(os.path.join(run.path, name), encoding="utf-8") as file:
                self.assertFalse(self.scratch.folder in file.read(), "%s names a folder" % name)


assert set(WORKERS) == set(EXECUTORS)

if __name__ == "__main__":
    main()
