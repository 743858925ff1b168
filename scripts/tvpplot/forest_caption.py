# SPDX-License-Identifier: MIT
"""The words around a forest plot: what is asked, what to mistrust, where the numbers come from, what is not shown."""
from .text import drawn, near_one, quantity

LISTED_MAX = 6
STATUSES = {"running": "has not ended, or was killed", "interrupted": "was interrupted", "failed": "failed"}


def texts(comparison, counted):
    """title, subtitle, notices and caption, for page.Page; counted: this page and all."""
    of = "" if counted[1] == 1 else " (page %d of %d)" % counted
    return {
        "title": _title(comparison) + of,
        "subtitle": _subtitle(comparison),
        "notices": _notices(comparison),
        "caption": _runs(comparison) + _calibration(comparison) + _not_shown(comparison) + _apart(comparison),
    }


def _labels(runs):
    names = [drawn(run.label, 4) for run in runs]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _title(comparison):
    first = drawn(comparison.runs[0].label, 4)
    if comparison.mode == "machines":
        return "Does it come to the same on all of these machines?"
    others = comparison.runs[1:]
    return "What got faster or slower in run%s %s, compared with run %s?" % (
        "" if len(others) == 1 else "s", _labels(others), first
    )


def _subtitle(comparison):
    first = drawn(comparison.runs[0].label, 4)
    whiskers = "Whiskers: 95 % intervals (hidden where narrower than the marker; an arrowhead: goes on)."
    if comparison.mode == "machines":
        return (
            "Left: what a cell comes to over its baseline, and its speed-up over its reference, on each machine. "
            "Right: that over %s's; “faster” is: does better there, beside its baseline, than on %s.\n%s"
            % (first, first, whiskers)
        )
    others = comparison.runs[1:]
    run = "run " + drawn(others[0].label, 4) if len(others) == 1 else "each run"
    return "Ratio of the figures, %s over run %s; 1 is no change. The bars say which side is better.\n%s" % (
        run, first, whiskers
    )


def _notices(comparison):
    notices = []
    for run in comparison.runs:
        name = "run " + drawn(run.label, 4)
        if run.status != "complete":
            words = STATUSES.get(run.status, "has the status " + drawn(run.status or "unknown", 20))
            notices.append("INCOMPLETE: %s %s; the numbers are from the blocks that it had completed." % (name, words))
        if run.proven is False:
            notices.append("UNPROVEN: %s is not proven by its own A/A control, so do not conclude from it." % name)
    return notices + _drifts(comparison)


def _drifts(comparison):
    """The control is the same code in both runs: where it moved, something else did."""
    notices = []
    for run in comparison.runs[1:]:
        moved = [line for line in comparison.controls if _excludes_one(line.entries.get(run.label))]
        if moved:
            notices.append(
                "The control's own cell differs, %s: machine or build were not the same, "
                "so a difference of that size need not come from what was changed."
                % _ratio_of(comparison, run, moved[0])
            )
    return notices


def _excludes_one(entry):
    return entry and entry.ratio.low is not None and not entry.ratio.low <= 1 <= entry.ratio.high


def _ratio_of(comparison, run, line):
    over = "%s/%s" % (drawn(run.label, 4), drawn(comparison.runs[0].label, 4))
    return "%s %s" % (over, near_one(line.entries[run.label].ratio))


def _runs(comparison):
    lines = []
    machines = comparison.mode == "machines"
    if not machines:
        lines.append("Machine: %s" % drawn(comparison.runs[0].machine_id or "unknown", 80))
    for run in comparison.runs:
        facts = ["run " + drawn(run.run_id or "unknown", 80)]
        facts += ["machine " + drawn(run.machine_id or "unknown", 80)] if machines else []
        facts.append(quantity(run.blocks, "block"))
        facts.append("A/A control: " + (near_one(run.control) or "none"))
        if run.margin is not None:
            facts.append("verdicts ask for more than ±%.3g %%" % (run.margin * 100))
        lines.append("%s: %s" % (drawn(run.label, 4), "  ·  ".join(facts)))
    lines.append(
        "Verdicts: the whole interval lies beyond the margin (faster, slower) or within it (equivalent), and p ≤ 0.05"
        " after Holm's adjustment over all lines of a run. None is given before 10 blocks."
    )
    if comparison.means:
        lines.append(
            "A geometric mean's interval is no narrower than the ratios' own, "
            "as the cells of one run share the machine's state."
        )
    return lines


def _calibration(comparison):
    """Of one machine: the control and the kernels; of several: what the machines themselves cost."""
    first = drawn(comparison.runs[0].label, 4)
    lines = []
    for run in comparison.runs[1:]:
        over = "%s/%s" % (drawn(run.label, 4), first)
        controls = _ratios(comparison.controls, run)
        kernels = _ratios(comparison.kernels, run)
        if controls:
            lines.append("Control cells, %s: %s." % (over, "; ".join(controls)))
        if kernels:
            lines.append("Calibration kernels, %s (the machine itself): %s." % (over, "; ".join(kernels)))
    return lines


def _ratios(lines, run):
    found = []
    for line in lines:
        entry = line.entries.get(run.label)
        if entry and entry.ratio.value:
            name = line.cell.rpartition("#")[2] if "#" in line.cell else line.workload
            found.append("%s %s" % (drawn(name, 24), near_one(entry.ratio)))
    return _cut(found, 12)


def _not_shown(comparison):
    """Lines without a ratio, with what failed."""
    found = []
    for run in comparison.runs[1:]:
        for line in comparison.lines:
            entry = line.entries.get(run.label)
            if entry and entry.ratio.value is None and entry.reason:
                name = "%s %s" % (drawn(run.label, 4), drawn(line.label or line.cell, 60))
                found.append("%s (%s: %s)" % (name, drawn(entry.why, 24), drawn(entry.reason, 110)))
    return ["Without a ratio: %s." % "; ".join(_cut(found, LISTED_MAX))] if found else []


def _apart(comparison):
    lines = []
    if comparison.missing:
        lines.append("Missing: %s." % "; ".join(_cut([drawn(text, 90) for text in comparison.missing], LISTED_MAX)))
    if comparison.differences:
        differences = [drawn(text, 130) for text in comparison.differences]
        lines.append("Differs: %s." % "; ".join(_cut(differences, LISTED_MAX)))
    return lines


def _cut(items, most):
    return items[:most] + (["and %d more" % (len(items) - most)] if len(items) > most else [])
