#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where results go: nothing is overwritten, what cannot be written or read is said, nobody is named in it."""
import json
import os
import pwd
import re
import resource
import shutil
import signal

from tvp_case import BARE, CREATE, FILES, TVP, Run, Scratch, TvpCase, in_mount_namespace, main, ordinary_user, wait_for_blocks

TINY = ("run", "harness", "--budget", "1s", "--max-blocks", "1")
# Writes 12 KiB a block, some thirty times; a test sets a limit far below that.
FILLING = ("run", "create", *BARE, "--executors", "serial,thread,fork", "--budget", "12s", "--min-blocks", "1000")


class FolderCase(TvpCase):
    def refuse(self, finished, *patterns):
        """Exit status 1 and one line that says what is wrong and what to do."""
        self.assert_status(1, finished)
        self.assertEqual(finished.out, "")
        self.assert_one_line(finished.err, "^tvp ", *patterns)
        self.assertEqual(os.listdir(self.scratch.temporary), [])

    def contents(self, folder):
        """Every file below a folder, with what is in it."""
        found = {}
        for path, folders, files in os.walk(folder):
            found[path] = sorted(folders)
            for name in (os.path.join(path, name) for name in files):
                if os.path.islink(name):
                    found[name] = os.readlink(name)
                    continue
                with open(name, "rb") as file:
                    found[name] = file.read()
        return found


class Out(FolderCase):
    def test_what_is_there_is_left_alone(self):
        os.mkdir(self.scratch.path("empty"))
        os.mkdir(self.scratch.path("full"))
        for name in ("file", os.path.join("full", "samples.csv")):
            with open(self.scratch.path(name), "w", encoding="utf-8") as file:
                file.write("precious\n")
        os.symlink("nowhere", self.scratch.path("dangling"))
        before = self.contents(self.scratch.folder)
        for name in ("empty", "empty/", "full", "file", "dangling", "."):
            with self.subTest(out=name):
                self.refuse(self.tvp(*TINY, "--out", name), re.escape(name.rstrip("/")) + ".*already", "--out")
                self.assertEqual(self.contents(self.scratch.folder), before)

    def test_a_run_is_never_overwritten(self):
        self.assert_status(0, self.tvp(*TINY, "--out", "run"))
        before = self.contents(self.scratch.path("run"))
        self.refuse(self.tvp(*TINY, "--out", "run"), "run is there already")
        self.assertEqual(self.contents(self.scratch.path("run")), before)

    def test_parents_are_made(self):
        self.assert_status(0, self.tvp(*TINY, "--out", "a/b/c"))
        self.assertEqual(set(os.listdir(self.scratch.path("a", "b", "c"))), FILES)

    def test_parent_is_a_file(self):
        with open(self.scratch.path("file"), "w", encoding="utf-8"):
            pass
        self.refuse(self.tvp(*TINY, "--out", "file/run"), "file", "Not a directory", "--out")

    def test_unwritable(self):
        how = ordinary_user(self.scratch)
        os.mkdir(self.scratch.path("locked"), 0o555)
        self.refuse(self.tvp(*TINY, "--out", "locked/run", **how), "locked/run", "Permission denied", "--out")
        os.chmod(self.scratch.folder, 0o555)
        try:
            self.refuse(self.tvp(*TINY, **how), "results", "Permission denied", "--out")
        finally:
            os.chmod(self.scratch.folder, 0o755)
        self.assertEqual(os.listdir(self.scratch.path("locked")), [])


class Full(FolderCase):
    def assert_blocks_survive(self, finished, summary):
        """The message says what to do, and what was whole before is read."""
        self.assert_status(1, finished)
        self.assertEqual(finished.out, "")
        self.assertRegex(finished.err, r"(?m)^tvp run: cannot write .*(free some space|--out)")
        self.assert_status(0, summary)
        run = Run(self.scratch.path("run"))
        self.assertIn(run.json["status"], ("failed", "running"))
        self.assertGreaterEqual(run.json["blocks"], 1)
        self.assertRegex(summary.out, r"(failed|has not ended).*: %d whole blocks?\b" % run.json["blocks"])
        self.assertRegex(summary.out, r"(?m)^ +thread +1 +[\d.]+")
        self.assert_nothing_left()

    def room(self):
        """Bytes for all that a run writes beside its samples, on this machine, and for some blocks of them."""
        self.assert_status(0, self.tvp(*TINY, "--out", "tiny"))
        return (64 << 10) + 2 * sum(os.path.getsize(self.scratch.path("tiny", name)) for name in FILES)

    def test_tmpfs(self):
        os.mkdir(self.scratch.path("small"))
        os.mkdir(self.scratch.path("run"))
        script = """
            mount -t tmpfs -o size=1m none small
            head -c $1 /dev/zero >small/ballast
            shift
            status=0
            "$@" --out small/run || status=$?
            "$1" summary small/run >summary.out 2>summary.err || echo "summary failed: $?" >&2
            cp small/run/* run
            exit $status"""
        ballast = max(0, (1 << 20) - self.room())
        finished = self.scratch.command(*in_mount_namespace(self.scratch, script, ballast, self.scratch.program,
                                                            *FILLING))
        with open(self.scratch.path("summary.out"), encoding="utf-8") as file:
            summary = finished._replace(status=0, out=file.read())
        self.assertNotIn("summary failed", finished.err)
        self.assertIn("No space left on device", finished.err)
        self.assert_blocks_survive(finished, summary)

    def test_limit(self):
        room = self.room()

        def restrict():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

        finished = self.tvp(*FILLING, "--out", "run", preexec_fn=restrict)
        self.assertIn("File too large", finished.err)
        self.assert_blocks_survive(finished, self.tvp("summary", "run"))
        self.assertEqual(Run(self.scratch.path("run")).json["status"], "failed")


class Missing(FolderCase):
    def test_programs(self):
        for name, others in (("tvp-worker", ("tvp", "tvp-measurer")), ("tvp-measurer", ("tvp", "tvp-worker"))):
            with self.subTest(missing=name):
                self.scratch.program = TVP
                self.scratch.copy_programs(*others)
                for arguments in (TINY + ("--out", "run"), TINY, ("gbench",)):
                    self.refuse(self.tvp(*arguments), name + " is missing", re.escape(self.scratch.path("bin")), "make")
                self.assert_status(0, self.tvp("run", "--dry-run"))
                self.assertEqual(sorted(os.listdir(self.scratch.folder)), ["bin", "temporary"])
                shutil.rmtree(self.scratch.path("bin"))

    def test_programs_that_vanish(self):
        """Removed while a run goes on: every cell fails with a reason, and the run ends well."""
        self.scratch.copy_programs()
        process = self.scratch.start("run", "create", *BARE, "--executors", "spawn,fork", "--budget", "20s",
                                     "--max-blocks", "4", "--out", "run")
        wait_for_blocks(self.scratch.path("run"), 1, process)
        os.unlink(self.scratch.path("bin", "tvp-worker"))
        self.assert_status(0, self.scratch.finish(process))
        run = Run(self.scratch.path("run"))
        self.assert_whole_blocks(run)
        self.assertEqual({row["status"] for row in run.rows(executor="fork")}, {"ok"})
        failed = [row for row in run.rows(executor="spawn") if row["status"] == "failed"]
        self.assertTrue(failed)
        for row in failed:
            self.assertRegex(row["reason"], "tvp-worker.*No such file")


class Damaged(FolderCase):
    """Folders from elsewhere: `tvp summary` says which file is wrong, where, and what to do; it changes nothing."""

    @classmethod
    def setUpClass(cls):
        cls.shared = Scratch(TVP)
        cls.addClassCleanup(cls.shared.close)
        cls.shared.run(*TINY, "--out", "run")

    def setUp(self):
        super().setUp()
        shutil.copytree(self.shared.path("run"), self.scratch.path("run"))

    def damage(self, name, change):
        with open(self.scratch.path("run", name), "rb+") as file:
            content = change(file.read())
            file.seek(0)
            file.truncate()
            file.write(content)

    def refuse_summary(self, *patterns):
        before = self.contents(self.scratch.path("run"))
        self.refuse(self.tvp("summary", "run"), r"^tvp summary: run: ", *patterns)
        self.assertEqual(self.contents(self.scratch.path("run")), before)

    def test_is_whole(self):
        self.assert_status(0, self.tvp("summary", "run"))

    def test_samples_cut_within_a_row(self):
        rows = len(Run(self.scratch.path("run")).samples) + 1
        self.damage("samples.csv", lambda content: content[:-40])
        self.refuse_summary(r"samples\.csv: row %d\b" % rows, "cut off", "copy the folder again")

    def test_samples_cut_within_the_last_field(self):
        """What is left looks like a row."""
        rows = len(Run(self.scratch.path("run")).samples) + 1
        self.damage("samples.csv", lambda content: content[:-1])
        self.refuse_summary(r"samples\.csv: .*row %d\b" % rows, "cut off")

    def test_samples_cut_between_rows(self):
        self.damage("samples.csv", lambda content: content[:content[:-1].rindex(b"\n") + 1])
        self.refuse_summary(r"samples\.csv", r"row \d+", "cut off")

    def test_samples_empty(self):
        self.damage("samples.csv", lambda content: b"")
        self.refuse_summary(r"samples\.csv", "empty|cut off")

    def test_samples_garbage(self):
        self.damage("samples.csv", lambda content: content.replace(b",ok,", b",fine,", 1))
        self.refuse_summary(r"samples\.csv: row \d+", "status", "fine")
        self.damage("samples.csv", lambda content: os.urandom(4000))
        self.refuse_summary(r"samples\.csv")

    def test_samples_missing(self):
        os.unlink(self.scratch.path("run", "samples.csv"))
        self.refuse_summary(r"samples\.csv", "No such file")

    def test_run_json_garbage(self):
        for content in (b"", b"{", b"[]", b"null", b"{}", b"garbage\n", b"\xff\xfe\0", b"[" * 100000):
            with self.subTest(content=content[:20]):
                self.damage("run.json", lambda before: content)
                self.refuse_summary(r"run\.json")

    def test_run_json_cut(self):
        self.damage("run.json", lambda content: content[:len(content) // 2])
        self.refuse_summary(r"run\.json: line \d+")

    def test_run_json_of_another_run(self):
        self.damage("run.json", lambda content: content.replace(b'"run_id": "2', b'"run_id": "3'))
        self.refuse_summary(r"samples\.csv: row 2", "run_id")

    def test_run_json_missing(self):
        os.unlink(self.scratch.path("run", "run.json"))
        self.refuse_summary(r"run\.json", "No such file")

    def test_no_folder(self):
        self.refuse(self.tvp("summary", "nowhere"), "nowhere", "No such file", "results/")
        self.refuse(self.tvp("summary", "run/run.json"), "run/run.json", "Not a directory")

    def test_folder_that_cannot_be_written(self):
        """It can still be read."""
        how = ordinary_user(self.scratch)
        table = self.tvp("summary", "run").out
        os.chmod(self.scratch.path("run"), 0o555)
        finished = self.tvp("summary", "run", **how)
        self.assert_status(0, finished)
        self.assertEqual(finished.out, table)
        self.assert_one_line(finished.err, "summary.csv", "Permission denied")


class Named(FolderCase):
    def test_default_place(self):
        """results/<machine>/<run>, and a link to it."""
        self.assert_status(0, self.tvp(*TINY, "--machine-name", "lab-7.b"))
        (run_id,) = os.listdir(self.scratch.path("results", "lab-7.b"))
        self.assertEqual(os.readlink(self.scratch.path("results", "latest")), "lab-7.b/" + run_id)
        self.assertEqual(sorted(os.listdir(self.scratch.path("results"))), ["lab-7.b", "latest"])
        run = Run(self.scratch.path("results", "latest"))
        self.assertEqual((run.json["machine_id"], run.json["run_id"]), ("lab-7.b", run_id))
        self.assertEqual({row["machine_id"] for row in run.samples + run.summary}, {"lab-7.b"})
        self.assert_status(0, self.tvp("summary", "results/latest"))

    def test_latest_moves(self):
        """A link from earlier, even a dangling one, gives way; --out leaves it alone."""
        os.mkdir(self.scratch.path("results"))
        os.symlink("nowhere", self.scratch.path("results", "latest"))
        self.assert_status(0, self.tvp(*TINY, "--out", "elsewhere"))
        self.assertEqual(os.readlink(self.scratch.path("results", "latest")), "nowhere")
        self.assert_status(0, self.tvp(*TINY))
        self.assertRegex(os.readlink(self.scratch.path("results", "latest")), r"^[^/]+/\d{8}T")

    def test_machine_id(self):
        """Without a name: the same every time, and told by `tvp env` too."""
        self.assert_status(0, self.tvp(*TINY))
        said = json.loads(self.tvp("env", "--json").out)["machine_id"]
        self.assertEqual(sorted(os.listdir(self.scratch.path("results"))), sorted([said, "latest"]))
        self.assertRegex(said, r"^[a-z0-9_]+-[a-z0-9-]+-\d+c-[0-9a-f]{6}$")

    def test_nobody_is_named(self):
        """No host, user, home or folder of this machine in any file that is written."""
        environment = dict.fromkeys(("USER", "LOGNAME", "HOSTNAME"), "tvpsecret")
        environment["HOME"] = self.scratch.path("tvpsecret")
        rename = ["unshare", "--uts", "sh", "-euc", 'echo tvpsecret >/proc/sys/kernel/hostname; "$@"', "sh"]
        arguments = (self.scratch.program, "run", "scaling", *CREATE, "--workers", "1", "--budget", "1s",
                     "--max-blocks", "1")
        renamed = self.scratch.command("sh", "-c", '"$@" 2>/dev/null', "sh", *rename, "true").status == 0
        self.assert_status(0, self.scratch.command(*(rename if renamed else []), *arguments, env=environment))
        secrets = {"tvpsecret", self.scratch.folder, os.path.dirname(TVP)}
        # names of one's own, and not words that could stand there for another reason
        secrets |= {name for name in (os.uname().nodename, pwd.getpwuid(os.getuid()).pw_name)
                    if len(name) > 5 and any(c.isdigit() for c in name)}
        if os.path.exists("/etc/machine-id"):
            with open("/etc/machine-id", encoding="ascii") as file:
                secrets |= set(file.read().split())
        (run_id,) = set(os.listdir(self.scratch.path("results", "latest", "..")))
        for name in FILES:
            with open(self.scratch.path("results", "latest", name), encoding="utf-8") as file:
                content = file.read()
            self.assertTrue(run_id in content or name == "topology.xml", name)
            for secret in secrets:
                self.assertFalse(secret in content, "%s in %s" % (secret, name))


if __name__ == "__main__":
    main()
