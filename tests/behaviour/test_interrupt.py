#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs that are stopped, asked or not: whole blocks stay, nothing else does."""
import os
import signal

from tvp_case import AT_ONCE_S, FILES, TVP_TEST, Run, TvpCase, main, wait_for_blocks, wait_until

# Goes on for half a minute, of which no test needs more than a few seconds. A block takes about one.
LONG_RUN = ("run", "scaling", "--workloads", "sleep", "--executors", "thread,fork,spawn", "--workers", "2", "--budget",
            "30s", "--out", "run")
# In here every measurer stays where it is, for as long.
HANGING_RUN = ("run", "scaling", "--workloads", "hang", "--executors", "fork", "--workers", "2", "--time-limit", "10m",
               "--out", "run")


class InterruptCase(TvpCase):
    def start(self, arguments, program=None):
        if program:
            self.scratch.program = program
        return self.scratch.start(*arguments)

    def start_and_measure(self):
        """A run that has a whole block, and is in the middle of another."""
        process = self.start(LONG_RUN)
        wait_for_blocks(self.scratch.path("run"), 1, process)
        return process

    def workers_of(self, process):
        return [p for p in self.scratch.processes() if p.pid != process.pid and p.parent != process.pid]

    def freeze_measurer(self, process):
        """Stops the measurer that runs now, so that its cell does not end by itself. Returns its number."""
        frozen = []

        def freeze():
            for candidate in self.scratch.processes():
                if candidate.parent != process.pid or candidate.name != "tvp-measurer":
                    continue
                try:
                    os.kill(candidate.pid, signal.SIGSTOP)
                except ProcessLookupError:
                    continue
                if wait_until(lambda: self.state(candidate.pid) in "TZ", 5) and self.state(candidate.pid) == "T":
                    frozen.append(candidate.pid)
                    return True
            return False

        self.assertTrue(wait_until(freeze), "no measurer runs")
        return frozen[0]

    def state(self, pid):
        """T: stopped. Z: ended, or gone."""
        try:
            return self.scratch.look_at(pid).state
        except OSError:
            return "Z"

    def assert_interrupted(self, finished):
        self.assert_status(130, finished)
        run = Run(self.scratch.path("run"))
        self.assertEqual(run.json["status"], "interrupted")
        self.assertGreaterEqual(run.json["blocks"], 1)
        self.assert_whole_blocks(run)
        self.assert_all_ok(run)
        self.assertEqual(set(os.listdir(run.path)), FILES)
        self.assert_nothing_left()
        again = self.tvp("summary", "run")
        self.assertEqual(again, (0, finished.out, ""))
        self.assertRegex(again.out, r"interrupted: %d whole blocks?\b" % run.json["blocks"])
        return run


class Asked(InterruptCase):
    def interrupt(self, signal_number):
        process = self.start_and_measure()
        process.send_signal(signal_number)
        finished = self.scratch.finish(process)
        self.assertRegex(finished.err, "(?i)finishing the block in hand.*again")
        self.assert_interrupted(finished)

    def test_sigint(self):
        self.interrupt(signal.SIGINT)

    def test_sigterm(self):
        self.interrupt(signal.SIGTERM)

    def test_sighup(self):
        self.interrupt(signal.SIGHUP)

    def test_block_in_hand_is_finished(self):
        """The block in which the signal comes counts: its measurer is held until it has come."""
        process = self.start_and_measure()
        measurer = self.freeze_measurer(process)
        whole = self.blocks_now()
        process.send_signal(signal.SIGINT)
        os.kill(measurer, signal.SIGCONT)
        run = self.assert_interrupted(self.scratch.finish(process))
        self.assertEqual(run.json["blocks"], whole + 1)

    def blocks_now(self):
        return Run(self.scratch.path("run")).json["blocks"]

    def test_twice(self):
        """Nothing is waited for: the block in hand cannot end, and its blocks before it are kept."""
        process = self.start_and_measure()
        self.freeze_measurer(process)
        whole = self.blocks_now()
        process.send_signal(signal.SIGINT)
        self.assertFalse(wait_until(lambda: process.poll() is not None, 0.5), "the first signal stopped it at once")
        process.send_signal(signal.SIGINT)
        run = self.assert_interrupted(self.scratch.finish(process, AT_ONCE_S))
        self.assertEqual(run.json["blocks"], whole)

    def test_before_the_first_block(self):
        """Workers that hang do not keep it, and their deaf ears for SIGTERM do not help them."""
        process = self.start(HANGING_RUN, TVP_TEST)
        self.assertTrue(wait_until(lambda: len(self.workers_of(process)) == 2))
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        finished = self.scratch.finish(process, AT_ONCE_S)
        self.assert_status(130, finished)
        self.assertEqual(finished.out, "")
        self.assertIn("nothing was measured", finished.err)
        run = Run(self.scratch.path("run"))
        self.assertEqual((run.json["status"], run.json["blocks"], run.samples), ("interrupted", 0, []))
        self.assert_nothing_left()
        self.assert_status(0, self.tvp("summary", "run"))


class Killed(InterruptCase):
    def test_conductor(self):
        """What it has started follows, even what hangs; the whole blocks are there to be read."""
        process = self.start_and_measure()
        self.freeze_measurer(process)
        whole = Run(self.scratch.path("run")).json["blocks"]
        process.kill()
        self.scratch.finish(process)
        self.assert_no_processes()
        run = Run(self.scratch.path("run"))
        self.assertEqual((run.json["status"], run.json["blocks"]), ("running", whole))
        summary = self.tvp("summary", "run")
        self.assert_status(0, summary)
        self.assertRegex(summary.out, r"(?i)has not ended, or was killed: %d whole blocks?\b" % whole)
        self.assertEqual({row["blocks"] for row in Run(run.path).summary}, {str(whole)})

    def test_conductor_with_workers_that_hang(self):
        process = self.start(HANGING_RUN, TVP_TEST)
        self.assertTrue(wait_until(lambda: len(self.workers_of(process)) == 2))
        process.kill()
        self.scratch.finish(process)
        self.assert_no_processes()

    def test_half_a_block(self):
        """Rows of a block that was being written when the power failed are not mistaken for a whole one."""
        process = self.start_and_measure()
        process.kill()
        self.scratch.finish(process)
        self.assert_no_processes()
        before = self.tvp("summary", "run").out
        samples = self.scratch.path("run", "samples.csv")
        with open(samples, "rb+") as file:
            file.truncate(Run(self.scratch.path("run")).json["samples_bytes"])
            rows = file.read().split(b"\n")
            file.write(b"\n".join(rows[-4:-2]) + b"\n" + rows[-2][:40])
        summary = self.tvp("summary", "run")
        self.assert_status(0, summary)
        self.assertEqual(summary.out, before)

    def test_measurer(self):
        """Its cell has failed in this block, with a reason; everything else goes on."""
        process = self.start(LONG_RUN + ("--max-blocks", "4"))
        wait_for_blocks(self.scratch.path("run"), 1, process)
        os.kill(self.freeze_measurer(process), signal.SIGKILL)
        finished = self.scratch.finish(process)
        self.assert_status(0, finished)
        run = Run(self.scratch.path("run"))
        self.assertEqual(run.json["status"], "complete")
        self.assertIn(run.json["blocks"], (2, 3, 4))  # all four where the budget lasts
        self.assert_whole_blocks(run)
        bad = [row for row in run.samples if row["status"] != "ok"]
        self.assertEqual(len(bad), 1, bad)
        self.assertEqual(bad[0]["status"], "failed")
        self.assertRegex(bad[0]["reason"], r"measurer.*killed by signal 9")
        self.assertIn(bad[0]["cell"], finished.out)
        self.assert_nothing_left()

    def test_worker(self):
        """A worker that is killed while its measurer waits for it."""
        process = self.start(HANGING_RUN, TVP_TEST)
        self.assertTrue(wait_until(lambda: len(self.workers_of(process)) == 2))
        os.kill(self.workers_of(process)[0].pid, signal.SIGKILL)
        self.assertTrue(wait_until(lambda: not self.workers_of(process)))
        wait_for_blocks(self.scratch.path("run"), 1, process)
        for _ in range(2):
            process.send_signal(signal.SIGINT)
        self.assert_status(130, self.scratch.finish(process))
        run = Run(self.scratch.path("run"))
        for row in run.rows(workload="hang"):
            self.assertEqual(row["status"], "failed")
            self.assertRegex(row["reason"], r"worker [01] was killed by signal 9")
        self.assert_nothing_left()


if __name__ == "__main__":
    main()
