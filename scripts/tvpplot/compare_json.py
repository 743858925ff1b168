# SPDX-License-Identifier: MIT
"""Asks `tvp compare --json` for a comparison. Whatever is drawn of it was computed there."""
import math
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Dict, List, Optional

from .errors import PlotError
from .json_object import JsonObject, parse
from .model import Estimate
from .text import plain

SCHEMA = 1
MODES = ("runs", "machines")
VERDICTS = ("faster", "slower", "equivalent", "inconclusive")
ROWS_MAX = 50_000
FURTHER_MAX = 12  # runs beside the first: more lines than that for a cell are no picture
OUTPUT_BYTES_MAX = 256 << 20


class CompareRefused(Exception):
    """`tvp compare` said in its own words why it does not compare."""


@dataclass(frozen=True)
class ComparedRun:
    label: str
    run_id: str
    machine_id: str
    status: str
    blocks: int
    proven: Optional[bool]
    control: Estimate
    margin: Optional[float]


@dataclass(frozen=True)
class Entry:
    """One further run's part of a line."""

    value: Estimate
    ratio: Estimate
    margin: Optional[float]
    verdict: str
    why: str
    status: str
    reason: str
    blocks_needed: Optional[int]


@dataclass
class Line:
    """A cell's figure in all runs."""

    label: str
    quantity: str
    experiment: str
    group: str
    cell: str
    workload: str
    params: str
    figure: str
    unit: str
    better: str
    first: Estimate
    entries: Dict[str, Entry] = field(default_factory=dict)  # by run


@dataclass(frozen=True)
class Mean:
    run: str
    experiment: str
    figure: str
    ratio: Estimate
    lines: int
    all: int


@dataclass(frozen=True)
class Comparison:
    mode: str
    runs: List[ComparedRun]
    lines: List[Line]
    means: List[Mean]
    kernels: List[Line]
    controls: List[Line]
    missing: List[str]
    differences: List[str]


def load_comparison(folders):
    if len(folders) < 2:
        raise PlotError("--compare: the folders of at least two runs are wanted, as in results/<machine>/<run>")
    where = "tvp compare --json"
    document = parse(_ask(folders), where)
    schema = document.get("schema", int, 0)
    if schema != SCHEMA:
        raise PlotError("%s: has schema %s, these scripts read %d" % (where, plain(schema, 12), SCHEMA))
    mode = document.text("mode")
    if mode not in MODES:
        raise PlotError('%s: "mode" is "%s": not one of %s' % (where, plain(mode), ", ".join(MODES)))
    runs = _runs(document)
    labels = [run.label for run in runs[1:]]
    return Comparison(
        mode=mode,
        runs=runs,
        lines=_lines(document, "rows", labels),
        means=[_mean(item) for item in document.objects("means")],
        kernels=_lines(document, "kernels", labels),
        controls=_lines(document, "controls", labels),
        missing=[_missing(item) for item in document.objects("missing")],
        differences=[_difference(item, runs) for item in document.objects("differences")],
    )


def _program():
    """The tvp that runs us, or the one that was built or installed with these scripts."""
    named = os.environ.get("TVP_PROGRAM")
    if named:
        return named
    scripts = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    places = (("..", "build", "release", "bin", "tvp"), ("..", "..", "..", "bin", "tvp"))
    paths = [os.path.normpath(os.path.join(scripts, *place)) for place in places]
    for path in paths:
        if os.access(path, os.X_OK):
            return path
    raise PlotError(
        "tvp compares, and it is not there: %s; run `make build`, call `tvp plot --compare`, or set TVP_PROGRAM"
        % plain(paths[0], 200)
    )


def _ask(folders):
    """What `tvp compare` prints. Its own words go on to standard error."""
    program = _program()
    command = [program, "compare", "--json", "--"] + folders
    try:
        answer = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise PlotError("%s: cannot be run: %s; set TVP_PROGRAM to tvp's path" % (plain(program, 200), why)) from None
    words = [plain(line, 500) for line in answer.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    if answer.returncode:
        raise CompareRefused(words[0]) if words else PlotError(
            "%s compare: ended with status %d and said nothing" % (plain(program, 200), answer.returncode)
        )
    for line in words:
        print(line, file=sys.stderr)
    if len(answer.stdout) > OUTPUT_BYTES_MAX:
        raise PlotError("tvp compare --json: printed more than %d MiB" % (OUTPUT_BYTES_MAX >> 20))
    try:
        return answer.stdout.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PlotError("tvp compare --json: byte %d is not UTF-8" % (error.start + 1)) from None


def _runs(document):
    runs = [_run(item) for item in document.objects("runs")]
    labels = {run.label for run in runs}
    if len(runs) < 2 or len(labels) != len(runs) or "" in labels:
        raise PlotError('%s: "runs" does not name two runs or more, each with a label' % document.where)
    if len(runs) > FURTHER_MAX + 1:
        raise PlotError("%d runs are too many for one picture: at most %d" % (len(runs), FURTHER_MAX + 1))
    return runs


def _run(item):
    return ComparedRun(
        label=item.text("label"),
        run_id=item.text("run_id"),
        machine_id=item.text("machine_id"),
        status=item.text("status"),
        blocks=_count(item, "blocks") or 0,
        proven=item.get("proven", bool),
        control=_control(item),
        margin=_margin(item),
    )


def _control(item):
    """The A/A pair's ratio: a list of three, or nothing."""
    values = item.get("aa", list, [])
    named = dict(zip(("ratio", "low", "high"), values))
    return _positive(JsonObject(named, '%s, "aa"' % item.where))


def _lines(document, name, labels):
    """The rows of all runs, brought together."""
    found = {}
    items = document.objects(name)
    if len(items) > ROWS_MAX:
        raise PlotError('%s: "%s" has more than %d members' % (document.where, name, ROWS_MAX))
    for item in items:
        line = _line(item)
        run = item.text("run")
        if run not in labels:
            raise PlotError('%s: "run" is "%s", which is none of "runs"' % (item.where, plain(run, 20)))
        key = (line.experiment, line.group, line.cell, line.figure, line.quantity)
        if run in found.setdefault(key, line).entries:
            raise PlotError("%s: is there twice" % item.where)
        found[key].entries[run] = _entry(item)
    return list(found.values())


def _line(item):
    names = "label quantity experiment group cell workload params figure unit better".split()
    return Line(first=_value(item, "first"), **{name: item.text(name) for name in names})


def _entry(item):
    verdict = item.text("verdict")
    if verdict and verdict not in VERDICTS:
        raise PlotError('%s: "verdict" is "%s": not one of %s' % (item.where, plain(verdict), ", ".join(VERDICTS)))
    this = item.object("this")
    return Entry(
        value=_value(item, "this"),
        ratio=_positive(item),
        margin=_margin(item),
        verdict=verdict or "inconclusive",
        why=item.text("why"),
        status=this.text("status"),
        reason=this.text("reason") or item.object("first").text("reason"),
        blocks_needed=_count(item, "blocks_needed"),
    )


def _estimate(item, name):
    return Estimate(item.number(name), item.number("low"), item.number("high"))


def _value(item, name):
    """What a machine says of itself; other values are not drawn."""
    return Estimate(None, None, None) if item.text("quantity") == "value" else _positive(item.object(name), "value")


def _positive(item, name="ratio"):
    """A ratio, which has a place on a logarithmic axis; an interval is whole or not there."""
    ratio = _estimate(item, name)
    numbers = [number for number in (ratio.low, ratio.value, ratio.high) if number is not None]
    if any(number <= 0 for number in numbers) or numbers != sorted(numbers):
        raise PlotError('%s: "%s", "low" and "high" are not a ratio and its interval' % (item.where, name))
    return ratio if len(numbers) == 3 else Estimate(ratio.value, None, None)


def _margin(item):
    margin = item.number("margin")
    return margin if margin is not None and 0 <= margin < math.inf else None


def _count(item, name):
    count = item.get(name, int)
    if count is not None and not 0 <= count < 1 << 53:
        raise PlotError('%s: "%s" is out of range' % (item.where, name))
    return count


def _mean(item):
    return Mean(
        run=item.text("run"),
        experiment=item.text("experiment"),
        figure=item.text("figure"),
        ratio=_positive(item),
        lines=_count(item, "lines") or 0,
        all=_count(item, "of") or 0,
    )


def _missing(item):
    what = " ".join(filter(None, (item.text("cell"), item.text("figure"))))
    return "%s only in %s, not in %s" % (what, item.text("in"), item.text("not_in"))


def _difference(item, runs):
    values = item.object("values").value
    parts = ["%s %s" % (run.label, _fact(values.get(run.label))) for run in runs if run.label in values]
    return "%s %s: %s" % (item.text("section"), item.text("name"), ", ".join(parts))


def _fact(value):
    if value is None:
        return "unknown"
    return plain(str(value).lower() if isinstance(value, bool) else value, 40)
