# SPDX-License-Identifier: MIT
"""Reads the folder of a run and checks it: such folders come from strangers, so nothing in them is believed."""
import os
from dataclasses import replace

from .crossings_csv import load_crossings
from .errors import PlotError
from .fits_csv import load_fits
from .run_json import load_run_json
from .summary_csv import load_summary
from .text import plain
from .timeline_csv import load_timelines


def load_run(folder):
    if not os.path.isdir(folder):
        raise PlotError(
            '"%s" is not a folder: give the folder of a run, as in results/<machine>/<run>' % plain(folder, 200)
        )
    run = replace(load_run_json(folder), folder=folder)
    run.rows.extend(load_summary(folder, run.run_id))
    run.crossings.extend(load_crossings(folder, run.run_id))
    run.fits.extend(load_fits(folder, run.run_id))
    run.timelines.update(load_timelines(folder, run.run_id))
    return run
