# SPDX-License-Identifier: MIT
"""What the behaviour tests share: a folder of one's own to run the real tvp in, and reading what it wrote there."""
import collections
import csv
import functools
import json
import os
import pwd
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
TVP = os.environ.get("TVP") or sys.exit("TVP is not set: the path of the tvp to test")
TVP_TEST = os.environ.get("TVP_TEST") or sys.exit("TVP_TEST is not set: the path of tvp with the tests' workloads")

PROGRAMS = ("tvp", "tvp-measurer", "tvp-worker")
EXECUTORS = ("serial", "thread", "fork", "forkserver", "spawn")
# `tvp run create` brings up subjects beside the executors, and has parents with more than they need. Not with these.
BARE = tuple(word for value in ("memory_mib=0", "thp=off", "mappings=0", "descriptors=0", "cloexec=on", "threads=0")
             for word in ("--set", value))
CREATE = ("create", "--executors", ",".join(EXECUTORS)) + BARE
FILES = {"samples.csv", "blocks.csv", "summary.csv", "run.json", "gbench.json", "topology.xml"}

# A run that is not back by then hangs: no budget is half as long.
HANGS_AFTER_S = 150
# For what happens at once, on a machine that has other things to do.
AT_ONCE_S = 30

# Nothing that steers tvp, its libraries or a terminal may come from whoever runs the tests.
FOREIGN = ("TVP", "BENCHMARK_", "HWLOC_", "LC_", "LANG", "NO_COLOR", "COLUMNS", "LINES", "TERM", "TMPDIR", "HOME")

Finished = collections.namedtuple("Finished", "status out err")
Process = collections.namedtuple("Process", "pid parent state name")


@functools.lru_cache(maxsize=None)
def sanitizer(program):
    """Which sanitizer a program was built with: "address", "thread" or none at all, ""."""
    with open(program, "rb") as file:
        content = file.read()
    return "address" if b"__asan_init" in content else "thread" if b"__tsan_init" in content else ""


class Scratch:
    """A folder of its own: the working directory, the temporary files and the home of every tvp that is run in it."""

    def __init__(self, program=TVP):
        self.program = program
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="tvp-behaviour-"))
        self.temporary = self.path("temporary")
        os.mkdir(self.temporary)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN) or k == "TVP_PYTHON"}
        self.environment.update(TMPDIR=self.temporary, HOME=self.folder, LC_ALL="C.UTF-8", TERM="dumb")

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def close(self):
        for process in self.processes():
            try:
                os.kill(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for folder, _, _ in os.walk(self.folder):
            os.chmod(folder, 0o700)  # tests lock some of them
        shutil.rmtree(self.folder)

    def _popen(self, arguments, env, how):
        environment = dict(self.environment, **(env or {}))
        how.setdefault("cwd", self.folder)
        how.setdefault("stdin", subprocess.DEVNULL)
        how.setdefault("stdout", subprocess.PIPE)
        how.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen([str(argument) for argument in arguments], env=environment, **how)

    def start(self, *arguments, env=None, **how):
        """Runs tvp in the background."""
        return self._popen((self.program,) + arguments, env, how)

    def finish(self, process, seconds=HANGS_AFTER_S):
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            _, err = process.communicate()
            raise AssertionError("not back after %g s; it said: %s" % (seconds, text(err))) from None
        return Finished(process.returncode, text(out), text(err))

    def command(self, *arguments, env=None, **how):
        """Runs any command to its end."""
        return self.finish(self._popen(arguments, env, how))

    def run(self, *arguments, env=None, **how):
        """Runs tvp to its end."""
        return self.command(self.program, *arguments, env=env, **how)

    def run_in_time(self, seconds, *arguments, blocks=None, out="run"):
        """A run that ends before its time is over: after so many blocks, or when enough is known. A machine that is too
        slow for that gets more time; a run that ends early without a reason does not."""
        most = ("--max-blocks", blocks) if blocks else ()
        while True:
            finished = self.run("run", *arguments, *most, "--budget", "%ds" % seconds, "--out", out)
            if finished.status != 0 or 4 * seconds > HANGS_AFTER_S:
                return finished
            run = Run(self.path(out))
            if not run.is_out_of_time() or (blocks and run.blocks_valid >= blocks):
                return finished
            shutil.rmtree(run.path)
            seconds *= 2

    def processes(self):
        """What still runs of all that was started here. A process is known by its environment, as every child
        inherits the name of this folder; zombies have none."""
        mark = b"TMPDIR=" + os.fsencode(self.temporary)
        found = []
        for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
            try:
                with open("/proc/%d/environ" % pid, "rb") as file:
                    ours = mark in file.read().split(b"\0")
                if ours:
                    found.append(self.look_at(pid))
            except OSError:
                continue
        return found

    @staticmethod
    def look_at(pid):
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as file:
            state, parent = file.read().rpartition(")")[2].split()[:2]
        return Process(pid, int(parent), state, os.path.basename(os.readlink("/proc/%d/exe" % pid)))

    def copy_programs(self, *names):
        """Copies of the programs, in a folder that every user can reach, become the ones that are run."""
        folder = self.path("bin")
        os.mkdir(folder)
        there = os.path.dirname(self.program)
        for name in names or PROGRAMS + tuple(name for name in os.listdir(there) if name.endswith(".so")):
            shutil.copy2(os.path.join(there, name), folder)
        self.program = os.path.join(folder, "tvp")

    def give_to(self, uid):
        """The folder and all that is in it belong to another user."""
        os.chmod(self.folder, 0o755)
        for folder, _, files in os.walk(self.folder):
            for name in [""] + files:
                os.chown(os.path.join(folder, name), uid, uid)


class Run:
    """What a run has written."""

    def __init__(self, path):
        self.path = path
        with open(os.path.join(path, "run.json"), encoding="utf-8") as file:
            self.json = json.load(file)
        self.samples_header, self.samples = self._table("samples.csv")
        _, self.noise = self._table("blocks.csv")
        self._forgive()
        self.summary_header, self.summary = self._table("summary.csv")

    def _table(self, name):
        path = os.path.join(self.path, name)
        if not os.path.exists(path):
            return [], []
        with open(path, encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file, strict=True)
        for row in rows:
            if len(row) != len(header):
                raise AssertionError("%s: a row of %d fields, not %d: %s" % (name, len(row), len(header), row))
        return header, [dict(zip(header, row)) for row in rows]

    def _forgive(self):
        """What else runs on this machine is no fault of tvp's: what was measured in a disturbed block counts as ok."""
        invalid = {(row["block"], row["status"], row["reason"]) for row in self.noise if row["status"] == "invalid"}
        for row in self.samples:
            if (row["block"], row["status"], row["reason"]) in invalid:
                row.update(status="ok", reason="")

    @property
    def cells(self):
        return [cell["cell"] for cell in self.json["cells"]]

    def rows(self, **wanted):
        """The rows of samples.csv with these values; all are text."""
        return [row for row in self.samples if all(row[name] == value for name, value in wanted.items())]

    def blocks(self):
        """Of each block the cells in the order in which they were measured."""
        blocks = collections.defaultdict(dict)
        for row in self.samples:
            blocks[int(row["block"])][int(row["position"])] = row["cell"]
        return [[cell for _, cell in sorted(blocks[block].items())] for block in sorted(blocks)]

    @property
    def blocks_valid(self):
        """Those that nothing has disturbed beyond what is allowed."""
        return self.json["blocks"] - self.json["noise"]["blocks_invalid"]

    def is_out_of_time(self):
        """No block as long as the last one would have fitted into the budget."""
        last_ns = int(self.noise[-1]["wall_ns"])
        return self.json["wall_seconds"] + last_ns / 1e9 > self.json["options"]["budget_seconds"]

    def median(self, column="value", **wanted):
        return statistics.median(float(row[column]) for row in self.rows(**wanted))


class TvpCase(unittest.TestCase):
    """Every test has a scratch folder of its own."""

    program = TVP
    longMessage = True
    maxDiff = None

    def setUp(self):
        self.scratch = Scratch(self.program)
        self.addCleanup(self.scratch.close)

    def tvp(self, *arguments, **how):
        return self.scratch.run(*arguments, **how)

    def assert_status(self, status, finished):
        self.assertEqual(finished.status, status, "it said: %s" % finished.err)

    def assert_one_line(self, text_of_error, *patterns):
        """One line for people, which has all of these in it."""
        self.assertRegex(text_of_error, r"\A[^\n]+\n\Z", "not one line: %r" % text_of_error)
        for pattern in patterns:
            self.assertRegex(text_of_error, pattern)

    def assert_no_processes(self, scratch=None):
        scratch = scratch or self.scratch
        wait_until(lambda: not scratch.processes())
        self.assertEqual(scratch.processes(), [])

    def assert_nothing_left(self, scratch=None):
        """No process, no temporary file, no shared memory with a name."""
        scratch = scratch or self.scratch
        self.assert_no_processes(scratch)
        self.assertEqual(os.listdir(scratch.temporary), [])
        shared = os.listdir("/dev/shm") if os.path.isdir("/dev/shm") else []
        self.assertEqual([name for name in shared if "tvp" in name], [])

    def assert_whole_blocks(self, run):
        """Every block that is in samples.csv has every cell once, and there are as many as run.json counts."""
        blocks = run.blocks()
        self.assertEqual(len(blocks), run.json["blocks"])
        for block in blocks:
            self.assertEqual(sorted(block), sorted(run.cells))

    def assert_all_ok(self, run):
        self.assertTrue(run.samples)
        self.assertEqual({(row["cell"], row["status"], row["reason"]) for row in run.samples if row["status"] != "ok"},
                         set())


def text(data):
    return "" if data is None else data.decode("utf-8", "backslashreplace") if isinstance(data, bytes) else data


def wait_until(condition, seconds=AT_ONCE_S):
    """Whether it has come true in that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def wait_for_blocks(folder, blocks, process):
    """Until a run that goes on has so many whole blocks."""

    def has_blocks():
        if process.poll() is not None:
            raise AssertionError("the run has ended already: %s" % text(process.stderr.read()))
        try:
            with open(os.path.join(folder, "run.json"), encoding="utf-8") as file:
                return json.load(file)["blocks"] >= blocks
        except FileNotFoundError:
            return False

    if not wait_until(has_blocks, HANGS_AFTER_S):
        raise AssertionError("no %d blocks in %g s" % (blocks, HANGS_AFTER_S))


def other_user():
    """The number of a user who is nobody here, and so has no process yet; skips the test without root."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("needs root, to become an ordinary user")
    uid = 61000 + os.getpid() % 4000
    while True:
        try:
            pwd.getpwuid(uid)
            uid += 1
        except KeyError:
            return uid


def as_user(uid):
    """For Scratch.run: as this user, without privileges."""

    def become():
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)

    return {"preexec_fn": become}


def ordinary_user(scratch):
    """Hands the folder to an ordinary user and says how to run as one; nothing to do for who is one already."""
    if os.geteuid() != 0:
        return {}
    uid = other_user()
    scratch.copy_programs()
    scratch.give_to(uid)
    try:
        can = scratch.command(scratch.program, "--version", **as_user(uid))
    except (OSError, subprocess.SubprocessError):
        raise unittest.SkipTest("root cannot become an ordinary user here") from None
    if can.status != 0:
        raise unittest.SkipTest("an ordinary user cannot reach %s: set TMPDIR to a folder that all can" %
                                scratch.folder)
    return as_user(uid)


def in_mount_namespace(scratch, script, *arguments):
    """A shell script's command line, to run where mounts are private; skips the test where they cannot be made."""
    inside = ["unshare", "--mount", "--propagation", "private", "sh", "-euc"]
    mountpoint = scratch.path("probe")
    os.mkdir(mountpoint)
    try:
        can = scratch.command(*inside, 'mount -t tmpfs -o size=64k none "$1"', "sh", mountpoint)
    except OSError:
        raise unittest.SkipTest("there is no unshare") from None
    if can.status != 0:
        raise unittest.SkipTest("mounts cannot be made: %s" % can.err.strip())
    return inside + [script, "sh"] + list(arguments)


def main():
    """Runs the tests of the calling file; 77 if every one of them was skipped."""
    program = unittest.main(exit=False)
    result = program.result
    if result.wasSuccessful() and result.testsRun and len(result.skipped) >= result.testsRun:
        sys.exit(77)
    sys.exit(not result.wasSuccessful())
