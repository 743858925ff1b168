#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`tvp env`: what this machine is, what disturbs a measurement on it and what cures it; the same as JSON."""
import json
import os
import resource

from tvp_case import TvpCase, in_mount_namespace, main, ordinary_user

SEVERITIES = ["disturbs", "may disturb", "recorded", "unknown"]
HEADINGS = ["Disturbs", "May disturb", "Recorded: makes machines differ", "Unknown"]
TITLE = "What will disturb a measurement here"
# These come and go while the tests run.
MOMENTARY = {"runnable", "load", "pressure-cpu", "pressure-io", "pressure-memory", "memory", "swap", "thermal",
             "throttled", "steal", "battery"}


def checks(advice, *severities):
    return [entry["check"] for entry in advice if not severities or entry["severity"] in severities]


class Env(TvpCase):
    def facts(self, *before, **how):
        finished = self.scratch.command(*before, self.scratch.program, "env", "--json", **how)
        self.assert_status(0, finished)
        self.assertEqual(finished.err, "")
        return json.loads(finished.out)

    def words(self, *before, **how):
        finished = self.scratch.command(*before, self.scratch.program, "env", **how)
        self.assert_status(0, finished)
        self.assertEqual(finished.err, "")
        return finished.out

    def advice(self, *before, **how):
        return {entry["check"]: entry for entry in self.facts(*before, **how)["advice"]}


class Words(Env):
    def test_sections(self):
        """In this order, each once; the last line says how many checks passed."""
        out = self.words()
        titles = ["Machine id: ", "What it is\n", "What goes on now\n", "When a block does not count", TITLE + "\n"]
        places = [out.find(title) for title in titles]
        self.assertNotIn(-1, places, out)
        self.assertEqual(places, sorted(places))
        self.assertRegex(out, r"\n\n\d+ checks? passed\.\n\Z")

    def test_reads_in_a_narrow_terminal(self):
        """All but the facts, some of which are long lists, keeps to 80 columns, in plain ASCII."""
        out = self.words()
        for line in out[out.index("When a block"):].splitlines():
            self.assertLessEqual(len(line), 80, line)
            self.assertRegex(line, r"\A[ -~]*\Z")
            self.assertEqual(line, line.rstrip())

    def test_headings_in_order_of_severity(self):
        out = self.words()
        lines = out[out.index(TITLE):].splitlines()
        found = [line for line in lines if line in HEADINGS]
        self.assertEqual(found, sorted(set(found), key=HEADINGS.index))

    def test_findings_have_their_cures(self):
        """Each finding, its sentence and what to do are there, whole but for where lines break."""
        for _ in range(5):  # something may change between the two
            advice = self.facts()["advice"]
            out = " ".join(self.words().split())
            told = [entry for entry in advice if entry["check"] not in MOMENTARY]
            wanted = []
            for entry in told:
                if entry["severity"] == "unknown":
                    wanted.append(entry["text"].partition(": ")[2])
                    self.assertIn("Could not be found out: ", out)
                else:
                    cure = entry["cure"]
                    if entry["command"]:
                        cure = cure[:-len(entry["command"])] + "$ " + entry["command"]
                    wanted.append("%s: %s What to do: %s" % (entry["check"], entry["text"], cure))
            if all(text in out for text in wanted):
                return
        for text in wanted:
            self.assertIn(text, out)

    def test_no_colour_in_a_file(self):
        self.assertNotIn("\033", self.words(env={"TERM": "xterm-256color"}))


class Data(Env):
    def test_advice(self):
        facts = self.facts()
        order = [SEVERITIES.index(entry["severity"]) for entry in facts["advice"]]
        self.assertEqual(order, sorted(order))
        self.assertEqual(len(set(checks(facts["advice"]))), len(facts["advice"]))
        self.assertGreaterEqual(facts["checks_passed"], 1)
        for entry in facts["advice"]:
            self.assertEqual(set(entry), {"check", "severity", "text", "cure", "command"})
            self.assertRegex(entry["check"], r"\A[a-z-]+\Z")
            if entry["severity"] == "unknown":
                self.assertRegex(entry["text"], r"\Acould not be found out: \w")
                self.assertEqual((entry["cure"], entry["command"]), (None, None))
            else:
                self.assertRegex(entry["text"], r"\A[^{}]+\.\Z")
                self.assertTrue(entry["cure"].endswith(entry["command"] or "."), entry)

    def test_rules(self):
        rules = self.facts()["rules"]
        self.assertEqual([rule["rule"] for rule in rules], ["steal", "throttled", "thermal", "swap", "sleep", "cpus"])
        out = " ".join(self.words().split())
        for rule in rules:
            self.assertEqual(set(rule), {"rule", "looks_at", "unit", "limit", "why", "checked"})
            self.assertIsInstance(rule["checked"], bool)
            self.assertIsInstance(rule["limit"], float)
            self.assertIn("%s %s: more than %g" % (rule["rule"], rule["looks_at"], rule["limit"]), out)
        self.assertTrue(all(rule["checked"] for rule in rules if rule["rule"] in ("sleep", "cpus")))

    def test_unknown_facts_are_told(self):
        """What the facts do not say, the advice lists as unknown."""
        facts = self.facts()
        unknown = checks(facts["advice"], "unknown")
        known = dict(facts["environment"], **facts["noise"])
        for fact, check in (("frequency_governor", "governor"), ("thermal_throttles", "thermal"),
                            ("transparent_hugepage", "huge-pages"), ("swap_used_bytes", "swap"),
                            ("hypervisor", "hypervisor"), ("container", "container"), ("steal_ticks", "steal")):
            self.assertEqual(known[fact] is None, check in unknown, check)


class Findings(Env):
    """The real program, in surroundings that are made to disturb."""

    def test_fewer_cpus(self):
        usable = sorted(os.sched_getaffinity(0))
        if len(usable) < 2:
            self.skipTest("there is only one CPU to begin with")
        self.assertRegex(self.advice(preexec_fn=lambda: os.sched_setaffinity(0, usable[:1]))["cpus"]["text"],
                         r"\A1 of \d+ CPUs can be used here")

    def test_few_processes(self):
        how = ordinary_user(self.scratch)
        become = how.pop("preexec_fn", lambda: None)

        def restricted():
            become()
            resource.setrlimit(resource.RLIMIT_NPROC, (1000, 1000))

        _, most = resource.getrlimit(resource.RLIMIT_NPROC)
        if most != resource.RLIM_INFINITY and most < 1000:
            self.skipTest("fewer are allowed here than the test wants")
        entry = self.advice(preexec_fn=restricted)["processes"]
        self.assertIn("1000 tasks", entry["text"])
        self.assertEqual(entry["command"], "ulimit -u 4096")

    TARGETS = {"aslr": "/proc/sys/kernel/randomize_va_space", "loadavg": "/proc/loadavg", "stat": "/proc/stat"}

    def with_files(self, **files):
        """Advice where some files of /proc say something else."""
        script, paths = "", []
        for number, (name, content) in enumerate(files.items(), 1):
            if not os.path.exists(self.TARGETS[name]):
                self.skipTest("there is no %s" % self.TARGETS[name])
            paths.append(self.scratch.path(name))
            with open(paths[-1], "w", encoding="ascii") as file:
                file.write(content)
            script += 'mount --bind "$%d" %s; ' % (number, self.TARGETS[name])
        script += 'shift %d; exec "$@"' % len(paths)
        return self.advice(*in_mount_namespace(self.scratch, script, *paths))

    def test_disturbing_files(self):
        advice = self.with_files(aslr="0\n", loadavg="7.25 1.00 1.00 5000/6000 77\n",
                                 stat="cpu  10 0 10 9900 0 0 0 80\ncpu0 10 0 10 9900 0 0 0 80\n")
        self.assertEqual(advice["addresses"]["severity"], "may disturb")
        self.assertEqual(advice["addresses"]["command"], "sudo sysctl -w kernel.randomize_va_space=2")
        self.assertRegex(advice["runnable"]["text"], r"\A5000 tasks want to run on \d+ CPUs")
        self.assertEqual(advice["runnable"]["severity"], "disturbs")
        self.assertIn("7.25 tasks", advice["load"]["text"])
        self.assertIn("given 0.8 % of", advice["steal"]["text"])

    def test_quiet_files(self):
        """The same files with nothing to disturb: the checks are silent."""
        advice = self.with_files(aslr="2\n", loadavg="0.25 1.00 1.00 1/6000 77\n",
                                 stat="cpu  10 0 10 9979 0 0 0 1\ncpu0 10 0 10 9979 0 0 0 1\n")
        for check in ("addresses", "runnable", "load", "steal"):
            self.assertNotIn(check, advice)


if __name__ == "__main__":
    main()
