# SPDX-License-Identifier: MIT
"""The command line: reads a run, lets every figure module draw, writes the files."""
import argparse
import atexit
import contextlib
import glob
import logging
import os
import shutil
import sys
import tempfile

from .errors import PlotError
from .load import load_run
from .text import plain

FORMATS = ("svg", "png")
DPI = 160
MATPLOTLIB_LEAST = (3, 5)


def main(arguments):
    options = _parse(arguments)
    try:
        return _plot(options)
    except PlotError as error:
        print("plot: %s" % error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Nobody reads on: keep Python from finding out again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _parse(arguments):
    parser = argparse.ArgumentParser(prog="plot", description="Draws every picture that a run has data for.")
    parser.add_argument("rundir", metavar="RUNDIR", help="folder of a run: results/<machine>/<run>")
    parser.add_argument("--out", metavar="DIR", default="plots", help="pictures go to DIR/<run id>/ (default: plots)")
    formats = "svg, png or svg,png (default)"
    parser.add_argument("--format", metavar="LIST", type=_formats, default=FORMATS, help=formats)
    return parser.parse_args(arguments)


def _formats(text):
    names = text.split(",")
    for name in names:
        if name not in FORMATS:
            raise argparse.ArgumentTypeError("unknown format '%s': choose from %s" % (plain(name), ", ".join(FORMATS)))
    return tuple(dict.fromkeys(names))


def _plot(options):
    run = load_run(options.rundir)
    _prepare_matplotlib()
    from . import figures, style

    style.prepare()
    looks = style.executor_looks(row.executor for row in run.rows)
    pictures = {}
    for experiment, draw in figures.all_drawers().items():
        rows = [row for row in run.rows if row.experiment == experiment]
        pages = draw(run, rows, looks) if rows else []
        if not pages:
            why = "no cell has a result" if rows else "this run has no such experiment"
            print("plot: %s: no picture: %s" % (experiment, why), file=sys.stderr)
        for i, figure in enumerate(pages):
            pictures[experiment if len(pages) == 1 else "%s-%d" % (experiment, i + 1)] = figure
    if not pictures:
        raise PlotError("%s: nothing to draw" % plain(options.rundir, 200))
    folder = os.path.join(options.out, run.run_id)
    for name, figure in pictures.items():
        for extension in options.format:
            _save(figure, folder, "%s.%s" % (name, extension), extension)
    return 0


def _prepare_matplotlib():
    """Keeps matplotlib from writing to the home directory, from reading it, and from talking."""
    logging.getLogger("matplotlib").setLevel(logging.CRITICAL)
    if "MPLCONFIGDIR" not in os.environ:
        try:
            scratch = tempfile.mkdtemp(prefix="tvp-plot-")
        except OSError as error:
            raise PlotError("no temporary folder: %s; set TMPDIR to one" % error.strerror) from None
        atexit.register(shutil.rmtree, scratch, ignore_errors=True)
        _borrow_font_cache(scratch)
        os.environ["MPLCONFIGDIR"] = scratch
    import matplotlib

    if matplotlib.__version_info__[:2] < MATPLOTLIB_LEAST:
        found = matplotlib.__version__
        raise PlotError("matplotlib %s is too old: %d.%d or newer is needed" % (found, *MATPLOTLIB_LEAST))
    matplotlib.use("Agg")


def _borrow_font_cache(scratch):
    """Looking for all fonts takes seconds where there are many; the list may have been made before."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    for path in glob.glob(os.path.join(glob.escape(cache), "matplotlib", "fontlist-*.json")):
        try:
            shutil.copy(path, scratch)
        except OSError:
            continue


def _save(figure, folder, name, extension):
    """Writes one file in one step, so that nobody sees half a picture."""
    path = os.path.join(folder, name)
    metadata = {"Date": None} if extension == "svg" else {"Software": None}
    try:
        os.makedirs(folder, exist_ok=True)
        temporary = os.path.join(folder, ".%s.%d" % (name, os.getpid()))
        try:
            with open(temporary, "xb") as file:
                figure.savefig(file, format=extension, dpi=DPI, metadata=metadata)
            os.replace(temporary, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
    except OSError as error:
        raise PlotError(
            "%s: cannot be written: %s; give another folder with --out" % (plain(path, 200), error.strerror)
        ) from None
    print(path, flush=True)
