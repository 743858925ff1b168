# SPDX-License-Identifier: MIT
"""How the pictures look: one colour, marker and dash pattern per executor and peer, the same in all of them."""
import zlib
from dataclasses import dataclass, replace
from typing import Tuple

INK = "#1a1a1a"
MUTED = "#5a5a5a"
FAINT = "#b8b8b8"
GRID = "#e4e4e4"
BAND = "#f5f5f5"
ALARM = "#a01c00"
ALARM_FILL = "#ffe9e0"

# What a picture is sized for, in inches: a 16:9 slide.
WIDTH = 13.33
HEIGHT = 7.5

SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.unicode_minus": True,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",  # looks the same where the font is missing
    "svg.hashsalt": "tvp",  # the same ids every time
    "path.simplify": False,
    "hatch.linewidth": 0.5,
}


@dataclass(frozen=True)
class Look:
    colour: str
    marker: str
    dashes: Tuple  # as matplotlib's linestyle
    size: float  # markers of one size do not look so
    peer: bool = False  # somebody else's: thin, with open markers


# Colours of Okabe and Ito, which the colour-blind can tell apart.
_KNOWN = {
    "serial": Look("#000000", "D", (0, (1, 1.2)), 6.0),
    "thread": Look("#0072b2", "o", "solid", 7.5),
    "fork": Look("#d55e00", "s", (0, (6, 2)), 6.8),
    "forkserver": Look("#cc79a7", "v", (0, (3, 1.2)), 7.8),
    "spawn": Look("#009e73", "^", (0, (6, 1.5, 1.2, 1.5)), 7.8),
    "event-loop": Look("#e69f00", "P", (0, (4, 1, 1, 1, 1, 1)), 8.0),
}
# Outside baselines step back: greys for libraries, an earthen tone for Python, whose markers are those of the executors
# that work alike.
_LIBRARY, _PYTHON = "#6e6e6e", "#94713a"
_PEERS = {
    "openmp": Look(_LIBRARY, "P", (0, (5, 1.5)), 7.0, True),
    "tbb": Look(_LIBRARY, "X", (0, (1.5, 1.5)), 7.0, True),
    "glib": Look(_LIBRARY, "p", (0, (5, 1.5, 1.5, 1.5)), 7.0, True),
    "libuv": Look(_LIBRARY, "h", (0, (3, 1.5, 1, 1.5, 1, 1.5)), 7.0, True),
    "python-thread": Look(_PYTHON, "o", (0, (1.5, 1.5)), 6.2, True),
    "python-fork": Look(_PYTHON, "s", (0, (5, 1.5)), 5.6, True),
    "python-forkserver": Look(_PYTHON, "v", (0, (3, 1.2)), 6.6, True),
    "python-spawn": Look(_PYTHON, "^", (0, (5, 1.5, 1.5, 1.5)), 6.6, True),
    "python-executor": Look(_PYTHON, "D", (0, (8, 1.5)), 5.0, True),
}
_SPARE = (
    Look("#56b4e9", "X", (0, (8, 3)), 8.0),
    Look("#7f6a00", "p", (0, (2, 2)), 8.0),
    Look("#882255", "h", (0, (5, 1)), 8.0),
    Look("#4d4d4d", "*", (0, (1, 2)), 10.0),
    Look("#3a5f2c", "<", (0, (3, 3)), 7.8),
    Look("#6b4fa0", ">", (0, (7, 2, 2, 2)), 7.8),
    Look("#a35a3a", "d", (0, (4, 4)), 8.0),
)
# Ways of one kind, which their first word names, have one hue: thread-64k that of thread, but darker.
_KINDS = {"vfork": "#a87400", "clone3": "#882255", "system": "#4d4d4d", "popen": "#4d4d4d",
          "stress": _LIBRARY}


def executor_order(names):
    """Known executors first, from the lightest to the heaviest; then the others by name; peers last."""
    places = {name: i for i, name in enumerate([*_KNOWN, None, *_PEERS])}
    return sorted(set(names), key=lambda name: (places.get(name, places[None]), name))


def executor_looks(names):
    """A look for each executor of a run. Unknown ones get one from their name, so that it rarely changes."""
    looks = {}
    for name in executor_order(names):
        looks[name] = _KNOWN.get(name) or _PEERS.get(name) or _new_look(name, looks.values())
    return looks


def _new_look(name, others):
    """Colour and marker of a spare one, or the marker beside the colour of its kind, that none of the others has."""
    colour = _colour_of_kind(name)
    first = zlib.crc32(name.encode("utf-8", "replace")) % len(_SPARE)
    turns = [_SPARE[(first + i) % len(_SPARE)] for i in range(len(_SPARE))]
    if colour:
        turns = [replace(look, colour=colour) for look in turns]
        taken = {(look.colour, look.marker) for look in others}
        return next((look for look in turns if (colour, look.marker) not in taken), turns[0])
    taken = {look.colour for look in others}.union(_KINDS.values())
    return next((look for look in turns if look.colour not in taken), turns[0])


def _colour_of_kind(name):
    kind = name.partition("-")[0]
    return _shade(_KNOWN[kind].colour, 0.62) if kind in _KNOWN else _KINDS.get(kind)


def _shade(colour, share):
    """That share of a colour, the rest black."""
    return "#" + "".join("%02x" % round(int(colour[i : i + 2], 16) * share) for i in (1, 3, 5))


def tint(colour, share):
    """That share of a colour, the rest white."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join("%02x" % round(255 - (255 - part) * share) for part in parts)


def prepare():
    """matplotlib's own defaults (not the user's), then ours."""
    import matplotlib

    matplotlib.rcdefaults()
    matplotlib.rcParams.update(SETTINGS)


def clean_axes(axes):
    """Horizontal and vertical hairlines below the data, no box."""
    axes.set_axisbelow(True)
    axes.grid(True, color=GRID, linewidth=0.8)
    axes.tick_params(length=3, labelsize=10)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
