# SPDX-License-Identifier: MIT
"""Writes laws.csv, what the laws of scaling say of a run: one row per series of cells, law and parameter."""
import csv
import io
import math

from .laws_series import LAW_OF, best_status, is_misfit
from .model import Estimate

SCHEMA = 1
COLUMNS = ("schema", "run_id", "machine_id", "experiment", "group", "workload", "executor", "placement", "params",
           "law", "parameter", "workers", "value", "low", "high", "off", "least", "most", "levels", "blocks", "cores",
           "beyond_cores", "bound", "status", "reason")
PARAMETERS = {"amdahl": "serial_fraction", "gustafson": "serial_fraction", "trend": "rise_per_doubling",
              "lambda": "lambda", "alpha": "alpha", "beta": "beta", "best": "best_workers"}
NOTHING = Estimate(None, None, None)


def table(run, pairs, cores):
    """The whole file. `pairs`: [(group, [series])], fitted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for _, several in pairs:
        for series in several:
            for values in _rows(series):
                writer.writerow(_line(run, series, cores, values))
    return text.getvalue()


def _rows(series):
    """Of each row what is its own."""
    for name in PARAMETERS:
        row = {"law": LAW_OF.get(name, name), "parameter": PARAMETERS[name]}
        estimate = series.found.get(name, NOTHING)
        reason = series.why_not or series.unclear.get(name, "")
        row["off"] = series.off.get(row["law"])
        status = "unclear" if reason else _status(series, name)
        yield dict(row, estimate=NOTHING if reason else estimate, status=status, reason=reason)
    for workers, estimate in series.karp_flatt.items():
        yield {"law": "karp-flatt", "parameter": "serial_fraction", "workers": workers, "estimate": estimate,
               "status": "measured"}


def _status(series, name):
    if is_misfit(series, name):
        return "misfit"
    return best_status(series) if name == "best" else "fitted"


def _line(run, series, cores, own):
    first = next(iter(series.cells.values()))
    estimate = own["estimate"]
    measured = own["status"] == "measured"
    fitted = [] if measured else series.fitted
    values = dict(
        own, schema=SCHEMA, run_id=run.run_id, machine_id=run.machine_id, experiment=first.experiment,
        group=first.group, workload=first.workload, executor=series.executor, placement=first.placement,
        params=first.params, value=estimate.value, low=estimate.low, high=estimate.high, cores=cores or None,
        least=fitted[0] if fitted else None, most=fitted[-1] if fitted else None,
        levels=None if measured else len(fitted),
        blocks=series.cells[own["workers"]].blocks if measured else series.blocks,
        beyond_cores=int(series.beyond_cores) if fitted and cores else None,
        bound={None: None, True: "waiting", False: "cpu"}[series.waits],
    )
    return [_text(values.get(name)) for name in COLUMNS]


def _text(value):
    """Empty where nothing is known, and where there is no bound."""
    if value is None or isinstance(value, float) and not math.isfinite(value):
        return ""
    return repr(value) if isinstance(value, float) else str(value)
