# SPDX-License-Identifier: MIT
"""Reads run.json: what was run, where and how it ended."""
import json
import os
import re

from .errors import PlotError
from .model import Estimate, Run
from .text import plain
from .textfile import read_text

SCHEMA = 1
SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
STATUSES = ("running", "complete", "interrupted", "failed")


class _Object:
    """A JSON object that knows where it stands, for messages."""

    def __init__(self, value, where):
        if not isinstance(value, dict):
            raise PlotError("%s: is not an object" % where)
        self.value = value
        self.where = where

    def get(self, name, kind, default=None):
        value = self.value.get(name)
        if value is None:
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise PlotError('%s: "%s" has the wrong type' % (self.where, name))
        return value

    def text(self, name, default=""):
        return self.get(name, str, default)

    def object(self, name):
        return _Object(self.get(name, dict, {}), '%s, "%s"' % (self.where, name))

    def objects(self, name):
        items = self.get(name, list, [])
        return [_Object(item, '%s, "%s"[%d]' % (self.where, name, i)) for i, item in enumerate(items)]

    def number(self, name):
        value = self.get(name, (int, float))
        if value is not None and not 1e-12 <= abs(value) <= 1e12 and value != 0:
            raise PlotError('%s: "%s" is absurd' % (self.where, name))
        return None if value is None else float(value)


def _refuse_constant(name):
    raise ValueError("%s is not JSON" % name)


def _parse_json(folder):
    text = read_text(folder, "run.json", "a run's folder has one: is this the folder that `tvp run` made?")
    where = plain(os.path.join(folder, "run.json"), 200)
    try:
        return _Object(json.loads(text, parse_constant=_refuse_constant), where)
    except json.JSONDecodeError as error:
        at = "%s, line %d, column %d" % (where, error.lineno, error.colno)
        raise PlotError("%s: not JSON: %s" % (at, plain(error.msg, 80))) from None
    except (ValueError, RecursionError) as error:
        raise PlotError("%s: not JSON: %s" % (where, plain(error, 80))) from None


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
        questions={item.text("name"): item.text("question") for item in document.objects("experiments")},
    )


def _environment(facts):
    """Facts as text; what is no single value is left out."""
    return {
        name: "%.0f" % value if isinstance(value, float) and value.is_integer() else str(value)
        for name, value in facts.value.items()
        if isinstance(value, (str, int, float)) and not isinstance(value, bool) and str(value).strip()
    }
