# SPDX-License-Identifier: MIT
"""The command line: reads a run or a comparison, lets the figure modules draw, writes the files."""
import argparse
import atexit
import contextlib
import glob
import logging
import os
import shutil
import sys
import tempfile

from .compare_json import CompareRefused, load_comparison
from .errors import PlotError
from .load import load_run
from .run_json import SAFE_NAME
from .text import plain

FORMATS = ("svg", "png")
DPI = 160
NAME_MAX = 200  # of a file, without its ending; most file systems allow 255
MATPLOTLIB_LEAST = (3, 5)


def main(arguments):
    options = _parse(arguments)
    try:
        return _plot_comparison(options) if options.compare else _plot(options)
    except CompareRefused as refusal:
        print(refusal, file=sys.stderr)
        return 1
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
    parser = argparse.ArgumentParser(
        prog="plot",
        usage="plot [--out DIR] [--format LIST] RUNDIR | plot --compare RUNDIR RUNDIR...",
        description="Draws every picture that a run has data for, or with --compare how runs differ from the first: "
        "what got faster or slower on one machine, or whether it comes to the same on several.",
        epilog="A comparison is computed by `tvp compare`: the tvp that calls this, the one in TVP_PROGRAM, or the one "
        "that was built beside this script. It goes to DIR/compare-<run id>-<run id>, with -1, -2 ... if it is long.",
    )
    parser.add_argument("rundirs", metavar="RUNDIR", nargs="+", help="folder of a run: results/<machine>/<run>")
    parser.add_argument("--compare", action="store_true", help="draw how the further runs compare with the first")
    parser.add_argument("--out", metavar="DIR", default="plots", help="pictures go to DIR/<run id>/ (default: plots)")
    formats = "svg, png or svg,png (default)"
    parser.add_argument("--format", metavar="LIST", type=_formats, default=FORMATS, help=formats)
    options = parser.parse_args(arguments)
    if options.compare and len(options.rundirs) < 2:
        parser.error("--compare: the folders of at least two runs are wanted")
    if not options.compare and len(options.rundirs) > 1:
        parser.error("one run at a time, or --compare with several")
    return options


def _formats(text):
    names = text.split(",")
    for name in names:
        if name not in FORMATS:
            raise argparse.ArgumentTypeError("unknown format '%s': choose from %s" % (plain(name), ", ".join(FORMATS)))
    return tuple(dict.fromkeys(names))


def _plot(options):
    (rundir,) = options.rundirs
    run = load_run(rundir)
    _prepare_matplotlib()
    from . import figures, style

    style.prepare()
    looks = style.executor_looks(row.executor for row in run.rows)
    pictures = {}
    tables = {}
    for name, draw in figures.all_drawers().items():
        rows = [row for row in run.rows if row.experiment == figures.experiment_of(name)]
        pages = draw(run, rows, looks) if rows else []
        why_none = getattr(pages, "note", "no cell has a result")
        if rows and not pages and why_none:
            print("plot: %s: no picture: %s" % (name, why_none), file=sys.stderr)
        for i, figure in enumerate(pages):
            pictures[name if len(pages) == 1 else "%s-%d" % (name, i + 1)] = figure
        tables.update(getattr(pages, "tables", {}))
    if not pictures:
        raise PlotError("%s: nothing to draw" % plain(rundir, 200))
    folder = os.path.join(options.out, run.run_id)
    for name, figure in pictures.items():
        for extension in options.format:
            _save(figure, folder, "%s.%s" % (name, extension), extension)
    for name, text in tables.items():
        _write(folder, name, lambda file, text=text: file.write(text.encode("utf-8")))
    return 0


def _plot_comparison(options):
    comparison = load_comparison(options.rundirs)
    _prepare_matplotlib()
    from . import forest, style

    style.prepare()
    pages = forest.draw(comparison)
    if not pages:
        raise PlotError("nothing to draw: no figure of a cell has a value in both runs; see `tvp compare`")
    name = "-".join(["compare"] + [run.run_id for run in comparison.runs])
    safe = all(SAFE_NAME.fullmatch(run.run_id) for run in comparison.runs) and len(name) <= NAME_MAX
    for i, figure in enumerate(pages):
        number = "" if len(pages) == 1 else "-%d" % (i + 1)
        for extension in options.format:
            _save(figure, options.out, "%s%s.%s" % (name if safe else "compare", number, extension), extension)
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
    metadata = {"Date": None} if extension == "svg" else {"Software": None}
    _write(folder, name, lambda file: figure.savefig(file, format=extension, dpi=DPI, metadata=metadata))


def _write(folder, name, write):
    """Writes one file in one step, so that nobody sees half a picture."""
    path = os.path.join(folder, name)
    try:
        os.makedirs(folder, exist_ok=True)
        temporary = os.path.join(folder, ".%s.%d" % (name, os.getpid()))
        try:
            with open(temporary, "xb") as file:
                write(file)
            os.replace(temporary, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
    except OSError as error:
        raise PlotError(
            "%s: cannot be written: %s; give another folder with --out" % (plain(path, 200), error.strerror)
        ) from None
    print(path, flush=True)
