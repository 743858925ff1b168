# SPDX-License-Identifier: MIT
"""
One module a picture: `create.py` draws experiment `create`, `file_io.py` would draw `file-io`. A second picture of an
experiment names it: EXPERIMENT = "create".

A module has one function, draw(run, rows, looks), which returns a list of matplotlib figures, empty if there is
nothing to draw; as page.Pages it has tables with it, or the reason why there are no figures. `rows` are the
experiment's rows of summary.csv, failed ones too; `looks` says how each executor is drawn. Nothing else has to know
about a new module.
"""
import importlib
import pkgutil


def all_drawers():
    """Picture's name → draw function, in order of name."""
    return {name: module.draw for name, module in _modules().items()}


def experiment_of(name):
    """The experiment that a picture is of."""
    return getattr(_modules()[name], "EXPERIMENT", name)


def _modules():
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return {name.replace("_", "-"): importlib.import_module("." + name, __name__) for name in names}
