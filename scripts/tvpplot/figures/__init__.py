# SPDX-License-Identifier: MIT
"""
One module an experiment: `create.py` draws experiment `create`, `file_io.py` would draw `file-io`.

A module has one function, draw(run, rows, looks), which returns a list of matplotlib figures, empty if there is
nothing to draw. `rows` are the experiment's rows of summary.csv, failed ones too; `looks` says how each executor
is drawn. Nothing else has to know about a new module.
"""
import importlib
import pkgutil


def all_drawers():
    """Experiment name → draw function, in order of name."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return {name.replace("_", "-"): importlib.import_module("." + name, __name__).draw for name in names}
