# SPDX-License-Identifier: MIT
"""What the laws of scaling say of a group of cells, as a table beside its panels: an executor a line."""
from . import style
from .laws_series import best_status, is_misfit

HEAD, BODY, SMALL = 8.5, 9.5, 7.5  # points
LINE = 0.36  # inches a row: the value, and its interval below
HEADER = 0.42
NAME = 1.0  # inches, of the executor's column
COLUMNS = (
    ("amdahl", "Amdahl", "s, %"),
    ("gustafson", "Gustafson", "s, %"),
    ("alpha", "USL", "α, %"),
    ("beta", "USL", "β, 10⁻⁴"),
    ("best", "USL", "best N"),
    ("off", "misses by, %", "Amdahl | USL"),
)


def height(several):
    return HEADER + LINE * len(several)


def draw(here, several, looks, left, top, width):
    """From its top left corner, in inches; `several` are series."""
    step = (width - NAME) / len(COLUMNS)
    centres = [left + NAME + (i + 0.5) * step for i in range(len(COLUMNS))]
    for (_, law, what), x in zip(COLUMNS, centres):
        here.text(x, top, law, size=HEAD, va="top", ha="center", color=style.MUTED)
        here.text(x, top - 0.17, what, size=HEAD, va="top", ha="center", color=style.MUTED)
    for i, series in enumerate(several):
        y = top - HEADER - i * LINE
        colour = looks[series.executor].colour
        name = here.fit(series.executor, BODY, NAME - 0.08, "bold", 20)
        here.text(left, y, name, size=BODY, va="top", ha="left", weight="bold", color=colour)
        if series.why_not:
            told = here.fit(series.why_not, BODY, width - NAME - 0.1, letters=90)
            here.text(left + NAME + 0.1, y, told, size=BODY, va="top", ha="left")
            continue
        for (name, _, _), x in zip(COLUMNS, centres):
            value, below = _cell(series, name)
            muted = style.MUTED if value.startswith("(") else style.INK
            here.text(x, y, value, size=BODY, va="top", ha="center", color=muted)
            here.text(x, y - 0.165, below, size=SMALL, va="top", ha="center", color=style.MUTED)


def _cell(series, name):
    """The value and what stands below it."""
    if name == "off":
        misses = [100 * series.off[law] for law in ("amdahl", "usl")]
        return " | ".join("%.*f" % (_decimals(miss), miss) for miss in misses), ""
    if name in series.unclear:
        return "–", "not known"
    value, interval = _best(series) if name == "best" else _share(series.found[name], 1e4 if name == "beta" else 100)
    return ("(%s)" % value, "misfit") if is_misfit(series, name) else (value, interval)


def _share(estimate, factor):
    value, low, high = _written([estimate.value, estimate.low, estimate.high], factor)
    return value, "[%s, %s]" % (low, high)


def _best(series):
    """What lies beyond the worker counts would be an extrapolation, so the picture does not give it."""
    estimate = series.found["best"]
    most = series.fitted[-1]
    if best_status(series) != "fitted":
        return "> %d" % most, "at least %s" % _count(estimate.low) if estimate.low < most else ""
    high = _count(estimate.high) if estimate.high <= most else "> %d" % most
    return _count(estimate.value), "[%s, %s]" % (_count(estimate.low), high)


def _count(value):
    return "%.1f" % value if value < 99.5 else "%.0f" % value


def _written(shares, factor):
    """In per cent or what else: three digits of what is not small beside the largest of them."""
    values = [factor * share for share in shares]
    small = max(map(abs, values)) < 0.095
    return ["0" if value == 0 else "%.*f" % (3 if small else _decimals(value), value) for value in values]


def _decimals(value):
    return 0 if abs(value) >= 99.5 else 1 if abs(value) >= 9.95 else 2
