# SPDX-License-Identifier: MIT
"""Reads run.json: what was run, where and how it ended."""
import os
import re

from .errors import PlotError
from .json_object import parse
from .model import Estimate, Run
from .published import load_published
from .text import plain
from .textfile import read_text

SCHEMA = 1
SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
STATUSES = ("running", "complete", "interrupted", "failed")


def _parse_json(folder):
    text = read_text(folder, "run.json", "a run's folder has one: is this the folder that `tvp run` made?")
    return parse(text, plain(os.path.join(folder, "run.json"), 200))


def load_run_json(folder):
    """The run, still without its rows."""
    document = _parse_json(folder)
    schema = document.get("schema", int, 1)
    if schema != SCHEMA:
        raise PlotError("%s: has schema %s, this tvp reads %d" % (document.where, plain(schema, 12), SCHEMA))
    run_id = document.text("run_id")
    if not SAFE_NAME.fullmatch(run_id):
        raise PlotError(
            '%s: "run_id" is "%s": it names files, so only A-Z a-z 0-9 . _ - may be in it'
            % (document.where, plain(run_id))
        )
    status = document.text("status")
    if status not in STATUSES:
        known = ", ".join(STATUSES)
        raise PlotError('%s: "status" is "%s": not one of %s' % (document.where, plain(status), known))
    control = document.object("aa")
    experiments = [(item.text("name"), item) for item in document.objects("experiments")]
    tool = document.object("tool")
    git = tool.text("git")
    return Run(
        run_id=run_id,
        machine_id=document.text("machine_id"),
        status=status,
        tool=" ".join(filter(None, (tool.text("name", "tvp"), tool.text("version"), "(%s)" % git if git else ""))),
        control=Estimate(control.number("ratio"), control.number("low"), control.number("high")),
        proven=control.get("proven", bool),
        environment=_environment(document.object("environment")),
        questions={name: item.text("question") for name, item in experiments},
        figures={
            name: {figure.text("name"): figure.text("summary") for figure in item.objects("figures")}
            for name, item in experiments
        },
        published={name: load_published(item) for name, item in experiments},
        blocks=document.get("blocks", int),
    )


def _environment(facts):
    """Facts as text; what is no single value is left out."""
    return {
        name: "%.0f" % value if isinstance(value, float) and value.is_integer() else str(value)
        for name, value in facts.value.items()
        if isinstance(value, (str, int, float)) and not isinstance(value, bool) and str(value).strip()
    }
