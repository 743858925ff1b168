#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the kernel does not give for a creation or for a parent, and what is refused before anybody asks it for that."""
import contextlib
import ctypes
import os
import re
import resource
import unittest

from tvp_case import BARE, TVP, Run, TvpCase, main, ordinary_user, sanitizer, wait_until

MIB = 1 << 20
PR_SET_THP_DISABLE = 41
MEASURED = {"ok", "invalid"}  # disturbed or not
UNAVAILABLE = "Resource temporarily unavailable"


def limits(*wanted):
    """For preexec_fn: (kind, soft, hard)."""

    def restrict():
        for kind, soft, hard in wanted:
            resource.setrlimit(kind, (soft, hard))

    return restrict


def cgroup_folder(controller):
    """Where groups can be made: in v1's hierarchy of the controller, else in v2 beside this process's own."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        mounts = [line.split() for line in file]
    for fields in mounts:
        kind, options = fields[fields.index("-") + 1], fields[-1].split(",")
        if kind == "cgroup" and controller in options:
            return fields[4]
    for fields in mounts:
        if fields[fields.index("-") + 1] == "cgroup2":
            with open("/proc/self/cgroup", encoding="utf-8") as file:
                own = [line[3:].strip() for line in file if line.startswith("0::")]
            # The children of a group that has processes get no controllers, its neighbours may.
            return fields[4] + os.path.dirname(own[0]).rstrip("/") if own else None
    return None


def is_removed(group):
    """A group can be removed once the last process in it is gone."""
    try:
        os.rmdir(group)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def cgroup(controller, **values):
    """Makes a group with these limits; gives what joins it, for preexec_fn. Skips the test where that cannot be."""
    folder = cgroup_folder(controller)
    if not folder:
        raise unittest.SkipTest("there are no cgroups for %s" % controller)
    group = os.path.join(folder, "tvp-test-%d" % os.getpid())
    try:
        os.mkdir(group)
    except OSError as error:
        raise unittest.SkipTest("no cgroup can be made: %s" % error) from None
    try:
        for name, value in values.items():
            path = os.path.join(group, name.replace("__", "."))
            if not os.path.exists(path):
                raise unittest.SkipTest("%s is not there" % path)
            with open(path, "w", encoding="ascii") as file:
                file.write(str(value))

        def join():
            with open(os.path.join(group, "cgroup.procs"), "w", encoding="ascii") as file:
                file.write(str(os.getpid()))

        yield join
    finally:
        wait_until(lambda: is_removed(group))


def settings(**levels):
    """A parent of whom nothing but this is asked."""
    bare = dict(setting.split("=") for setting in BARE[1::2])
    return [part for name, value in dict(bare, **levels).items() for part in ("--set", "%s=%s" % (name, value))]


class CreateCase(TvpCase):
    def run_create(self, *arguments, controls=True, out="run", **how):
        """A run that is to end well, whatever is refused in it: {(executor, settings that differ): rows}."""
        finished = self.tvp("run", "create", "--budget", "1s", "--max-blocks", "1", "--out", out, *arguments, **how)
        self.assert_status(0, finished)
        self.said = finished
        self.assert_nothing_left()
        run = Run(self.scratch.path(out))
        self.assertEqual(run.json["status"], "complete")
        self.assert_whole_blocks(run)
        self.assertEqual({row["cell"] for row in run.samples if row["experiment"] != "create" and
                          row["status"] not in MEASURED} if controls else set(), set())
        cells = {}
        for row in run.rows(experiment="create"):
            level = row["cell"].split("/", 5)[5:]
            cells.setdefault((row["executor"], level[0] if level else ""), []).append(row)
        return cells

    def assert_ok(self, rows):
        """All that such a cell has was measured."""
        self.assertTrue({row["status"] for row in rows} & MEASURED, rows)
        for row in rows:
            if row["reason"] != "not measured in a cell like this":
                self.assertIn(row["status"], MEASURED, row)

    def assert_status_of(self, rows, status, *patterns):
        self.assertTrue(rows)
        for row in rows:
            self.assertEqual((row["status"], row["value"], row["ops"], row["wall_ns"]), (status, "", "", ""), row)
            for pattern in patterns:
                self.assertRegex(row["reason"], pattern)

    def assert_levels(self, cells, fine, refused, status, *patterns):
        """All executors are fine at some levels, and refused at the others."""
        executors = {executor for executor, _ in cells}
        self.assertEqual(set(cells), {(executor, level) for executor in executors for level in fine + refused})
        for (_, level), rows in cells.items():
            if level in fine:
                self.assert_ok(rows)
            else:
                self.assert_status_of(rows, status, *patterns)


FEW = ("--executors", "thread,fork,forkserver,spawn", "--placement", "same-core")


class Memory(CreateCase):
    """What would not fit is not even tried."""

    def test_more_than_there_is(self):
        why = r"^it takes 1000000 MiB of memory, and may take \d+ MiB: half of what .+ has left$"
        cells = self.run_create(*FEW, *settings(memory_mib="0,5,1000000"))
        self.assert_levels(cells, ["", "memory_mib=5"], ["memory_mib=1000000"], "skipped", why)
        self.assertRegex(re.sub(r"\s+", " ", self.said.out), "Skipped create/noop/thread/1/same-core/"
                         "memory_mib=1000000 and 3 other cells: it takes 1000000 MiB of memory")

    def test_dry_run_says_so(self):
        finished = self.tvp("run", "create", *FEW, *settings(memory_mib="5,1000000"), "--dry-run")
        self.assert_status(0, finished)
        small, large = finished.out.split("memory_mib=1000000, with")
        self.assertNotIn("skipped", small)
        for executor in ("thread", "fork", "forkserver", "spawn"):
            self.assertRegex(large, r"(?m)^ +%s +workers 1  skipped: it takes 1000000 MiB of memory, and may take "
                             r"\d+ MiB: half of what .+ has left$" % executor)

    def test_nothing_but_refused(self):
        """There is nothing to wait for, and no folder is made."""
        arguments = ("run", "create", *FEW, *settings(memory_mib="1000000,2000000"), "--out", "run")
        for more in ([], ["--dry-run"]):
            finished = self.tvp(*arguments, *more)
            self.assert_status(1, finished)
            self.assert_one_line(finished.err, "nothing of what is selected can run here: create/noop/thread/1/"
                                 "same-core/memory_mib=1000000 and others: it takes 1000000 MiB")
            self.assertFalse(os.path.exists(self.scratch.path("run")))
            self.assertEqual(finished.out.count("skipped:"), 8 if more else 0)

    def test_written_by_many_workers(self):
        """Who writes gets a copy of his own: one worker's fits, those of a thousand do not."""
        with open("/proc/meminfo", encoding="ascii") as file:
            available_mib = int(re.search(r"MemAvailable: +(\d+) kB", file.read()).group(1)) // 1024
        finished = self.tvp("run", "first-write", "--executors", "fork", "--workers", "1,1000", "--dry-run",
                            *settings(memory_mib=str(available_mib // 50), write="worker"))
        if "at most" in finished.err:
            self.skipTest("so many workers cannot be here at all")
        lines = [line.split(None, 1)[1] for line in finished.out.splitlines() if line.lstrip().startswith("fork ")]
        if len(lines) == 1:
            self.skipTest("not even one worker's memory may be taken")
        self.assertEqual(lines[0], "workers 1")
        self.assertRegex(lines[1], r"^workers 1000  skipped: it takes %d MiB" % (available_mib // 50 * 1001))

    def test_address_space(self):
        if sanitizer(TVP):
            self.skipTest("sanitizers take a large address space")
        cells = self.run_create(*FEW, *settings(memory_mib="0,300"),
                                preexec_fn=limits((resource.RLIMIT_AS, 512 * MIB, 512 * MIB)))
        self.assert_levels(cells, [""], ["memory_mib=300"], "skipped", "may take 256 MiB: half of what RLIMIT_AS")

    def test_memory_cgroup(self):
        with cgroup("memory", **{"memory__max" if os.path.exists("/sys/fs/cgroup/cgroup.controllers") else
                                 "memory__limit_in_bytes": 400 * MIB}) as join:
            cells = self.run_create(*FEW, *settings(memory_mib="0,8,300"), preexec_fn=join)
        self.assert_levels(cells, ["", "memory_mib=8"], ["memory_mib=300"], "skipped",
                           r"may take 1\d\d MiB: half of what the memory cgroup has left")

    def test_no_huge_pages(self):
        cells = self.run_create(*FEW, *settings(memory_mib="8", thp="off,on"),
                                preexec_fn=lambda: ctypes.CDLL(None).prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0))
        self.assert_levels(cells, ["memory_mib=8"], ["memory_mib=8;thp=on"], "skipped",
                           "only 0 of 8 MiB came in transparent huge pages|no transparent huge pages")


class Parents(CreateCase):
    """A parent that cannot be made fails, with the limit that is in its way."""

    def test_mappings(self):
        with open("/proc/sys/vm/max_map_count", encoding="ascii") as file:
            if int(file.read()) > MIB:
                self.skipTest("so many mappings are allowed")
        cells = self.run_create(*FEW, *settings(mappings="0,1000,1048576"))
        self.assert_levels(cells, ["", "mappings=1000"], ["mappings=1048576"], "failed",
                           r"mapping \d+ of 1048576 of the parent: Cannot allocate memory \(see vm.max_map_count\)")

    def test_mappings_beyond_the_address_space(self):
        if sanitizer(TVP):
            self.skipTest("sanitizers take a large address space")
        cells = self.run_create(*FEW, *settings(mappings="0,60000"),
                                preexec_fn=limits((resource.RLIMIT_AS, 200 * MIB, 200 * MIB)))
        self.assert_levels(cells, [""], ["mappings=60000"], "failed",
                           "mmap of 60000 pages for the parent: Cannot allocate memory")

    def test_descriptors(self):
        """The soft limit is raised, the hard one holds."""
        for cloexec in ("on", "off"):
            cells = self.run_create(*FEW, *settings(descriptors="0,1000,100000", cloexec=cloexec), out=cloexec,
                                    preexec_fn=limits((resource.RLIMIT_NOFILE, 256, 4096)))
            tail = "" if cloexec == "on" else ";cloexec=off"
            self.assert_levels(cells, [tail[1:], "descriptors=1000" + tail], ["descriptors=100000" + tail], "failed",
                               r"descriptor \d+ of 100000 of the parent: Too many open files \(see `ulimit -Hn`\)")

    def test_threads(self):
        if sanitizer(TVP) == "thread":
            self.skipTest("ThreadSanitizer has a thread of its own in each process")
        with cgroup("pids", pids__max=12) as join:
            cells = self.run_create(*FEW, *settings(threads="0,2,40"), controls=False, preexec_fn=join)
        self.assert_levels(cells, ["", "threads=2"], ["threads=40"], "failed",
                           r"thread \d+ of 40 of the parent: %s \(see `ulimit -u`" % UNAVAILABLE)


class Workers(CreateCase):
    """Where a worker cannot be brought up, by any executor or subject, its cell fails; who needs none is fine."""

    def assert_all_fail(self, cells):
        self.assert_ok(cells.pop(("serial", "")))
        self.assertIn(("fork", ""), cells)
        for rows in cells.values():
            # What cannot be here, for want of rights or programs, is skipped.
            if {row["status"] for row in rows} != {"skipped"}:
                self.assert_status_of(rows, "failed", UNAVAILABLE + "|Cannot allocate memory")

    def setUp(self):
        if sanitizer(TVP) == "thread":
            self.skipTest("ThreadSanitizer has a thread of its own in each process")
        super().setUp()

    def test_of_a_user(self):
        """tvp, a measurer, and nobody else."""
        user = ordinary_user(self.scratch)
        if not user:
            self.skipTest("needs root, to become a user without any task")
        restrict = limits((resource.RLIMIT_NPROC, 2, 2))

        def become():
            restrict()
            user["preexec_fn"]()

        self.assert_all_fail(self.run_create("--placement", "same-core", *settings(), controls=False, preexec_fn=become,
                                             env={"ASAN_OPTIONS": "detect_leaks=0"}))

    def test_in_a_cgroup(self):
        with cgroup("pids", pids__max=2) as join:
            self.assert_all_fail(self.run_create("--placement", "same-core", *settings(), controls=False, preexec_fn=join,
                                                 env={"ASAN_OPTIONS": "detect_leaks=0"}))

    def test_no_room_for_a_stack(self):
        """Mappings fill the address space in steps of 4 MiB: there is one where a fork fits and a stack of 8 MiB does
        not."""
        if sanitizer(TVP):
            self.skipTest("sanitizers take a large address space")
        levels = ["mappings=%d" % (1024 * step) for step in range(1, 16)]
        cells = self.run_create("--executors", "thread,fork", "--placement", "same-core",
                                *settings(mappings=",".join(level.split("=")[1] for level in levels)),
                                preexec_fn=limits((resource.RLIMIT_AS, 64 * MIB, 64 * MIB)))
        states = {key: {row["status"] for row in rows} for key, rows in cells.items()}
        between = [level for level in levels
                   if states["fork", level] & MEASURED and states["thread", level] == {"failed"}]
        self.assertTrue(between, states)
        self.assert_ok(cells["thread", levels[0]])
        for level in between:
            self.assert_status_of(cells["thread", level], "failed", "pthread_create of worker 0: " + UNAVAILABLE)

    def test_one_of_several(self):
        """Those that were brought up before are ended, even if there is nobody who would reap them."""
        user = ordinary_user(self.scratch)
        if not user:
            self.skipTest("needs root, to become a user without any task")

        def become():
            resource.setrlimit(resource.RLIMIT_NPROC, (40, 40))
            user["preexec_fn"]()

        # What is there beforehand is counted before they begin: the parent's threads are not there yet.
        cells = self.run_create("--executors", "thread,fork,spawn,thread-detached", "--workers", "1,6",
                                "--placement", "none", *settings(threads="33"), preexec_fn=become)
        rows = [row for rows in cells.values() for row in rows if row["figure"] == "reaped"]
        self.assertEqual({row["workers"] for row in rows}, {"1", "6"})
        for row in rows:
            # Threads may have ended before the next one is made; processes count until they are reaped.
            if row["workers"] == "1" or (row["executor"].startswith("thread") and row["status"] in MEASURED):
                self.assert_ok([row])
            else:
                self.assert_status_of([row], "failed", r"worker [1-5]\b.*" + UNAVAILABLE)


if __name__ == "__main__":
    main()
