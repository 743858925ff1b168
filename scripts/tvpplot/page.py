# SPDX-License-Identifier: MIT
"""A page: the question above, the panels, and below them where the numbers come from and what is not shown."""
import re

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from . import style
from .text import drawn, near_one, plain, quantity, ranges

MARGIN = 0.45  # inches, left and right
TITLES = (20, 18, 16)  # points: the largest that keeps the title on one line, else the middle one
SUBTITLE = 11.5
NOTICE = 12
LEGEND = 11.5
CAPTION = 9.5
NOT_SHOWN_MAX = 6


class Pages(list):
    """Figures, the tables (name → text) that are written beside them, and where there are none, why."""

    def __init__(self, figures, tables=None, note=""):
        super().__init__(figures)
        self.tables = tables or {}
        self.note = note


class Page:
    """A figure of style.WIDTH; its height follows from its texts and `body` inches of panels (0: fill a slide)."""

    def __init__(self, title, subtitle, notices, caption, legend=(), body=0.0, body_least=3.6):
        self.figure = Figure(figsize=(style.WIDTH, style.HEIGHT))
        FigureCanvasAgg(self.figure)
        size = next((size for size in TITLES if len(self._wrap(title, size, "bold")) <= 1), TITLES[1])
        title = self._wrap(title, size, "bold")
        subtitle = self._wrap(subtitle, SUBTITLE)
        notices = [self._wrap(notice, NOTICE, "bold", 0.3) for notice in notices]
        caption = [line for paragraph in caption for line in self._wrap(paragraph, CAPTION)]
        head = 0.3 + _height(title, size) + _height(subtitle, SUBTITLE) + 0.1
        legend_columns = self._legend_columns(legend)
        head += sum(_height(notice, NOTICE) + 0.22 for notice in notices)
        head += 0.14 + 0.27 * -(-len(legend) // legend_columns) if legend else 0
        foot = 0.3 + _height(caption, CAPTION)
        body = body or max(style.HEIGHT - head - foot, body_least)
        self.height = head + body + foot
        self.figure.set_size_inches(style.WIDTH, self.height)
        self.top = self.height - head
        self.bottom = foot
        self._draw_head(title, size, subtitle, notices)
        if legend:
            self._draw_legend(legend, legend_columns)
        self._draw_lines(caption, self.bottom - 0.16, CAPTION, color=style.MUTED)

    def axes(self, left, bottom, width, height):
        """Axes at a place in inches."""
        figure_width = style.WIDTH
        return self.figure.add_axes(
            [left / figure_width, bottom / self.height, width / figure_width, height / self.height]
        )

    def text(self, x, y, text, **options):
        """Text at a place in inches."""
        return self.figure.text(x / style.WIDTH, y / self.height, text, **options)

    def width_of(self, text, size, weight="normal"):
        """Inches."""
        renderer = self.figure.canvas.get_renderer()
        properties = FontProperties(family=style.SETTINGS["font.family"], size=size, weight=weight)
        return renderer.get_text_width_height_descent(text.replace(r"\$", "$"), properties, False)[0] / self.figure.dpi

    def fit(self, text, size, room, weight="normal", letters=24):
        """A stranger's text on one line, shortened to so many letters and `room` inches."""
        while letters > 2 and self.width_of(drawn(text, letters), size, weight) > room:
            letters -= 1
        return drawn(text, letters)

    def heading(self, x, title, detail, room, colour=style.INK):
        """At the top of the panels: what they show, and of which cells."""
        self.text(x, self.top - 0.06, title, size=13, weight="bold", va="top", ha="left", color=colour)
        detail = self.fit(detail, CAPTION, room, letters=160)
        self.text(x, self.top - 0.29, detail, size=CAPTION, va="top", ha="left", color=style.MUTED)

    def wrap(self, text, size, room, weight="normal"):
        """Lines that are at most `room` inches wide."""
        return [line for part in text.split("\n") for line in self._wrap_line(part, room, size, weight)]

    def _wrap(self, text, size, weight="normal", indent=0.0):
        return self.wrap(text, size, style.WIDTH - 2 * MARGIN - indent, weight)

    def _wrap_line(self, text, room, size, weight):
        lines = []
        line = ""
        longest = max(8, int(room / size * 72))  # letters of a word; nobody's word but a stranger's is longer
        for word in re.findall(r"\S{1,%d}" % longest, text):
            longer = line + " " + word if line else word
            if line and self.width_of(longer, size, weight) > room:
                lines.append(line)
                line = word
            else:
                line = longer
        return lines + [line] if line else lines

    def _draw_lines(self, lines, y, size, x=MARGIN, **options):
        """Lines downwards from y; returns where the next would begin."""
        for line in lines:
            self.text(x, y, line, size=size, va="top", ha="left", **options)
            y -= _height([line], size)
        return y

    def _draw_head(self, title, size, subtitle, notices):
        y = self._draw_lines(title, self.height - 0.3, size, weight="bold")
        y = self._draw_lines(subtitle, y - 0.04, SUBTITLE, color=style.MUTED) - 0.06
        for notice in notices:
            height = _height(notice, NOTICE) + 0.12
            box = self.axes(MARGIN, y - height, style.WIDTH - 2 * MARGIN, height)
            box.set_facecolor(style.ALARM_FILL)
            box.set(xticks=[], yticks=[])
            for spine in box.spines.values():
                spine.set(color=style.ALARM, linewidth=1.2)
            self._draw_lines(notice, y - 0.08, NOTICE, MARGIN + 0.15, color=style.ALARM, weight="bold")
            y -= height + 0.1

    def _legend_columns(self, legend):
        """As many as there is room for."""
        handle = LEGEND / 72 * 5.4  # and the space around it
        widths = [self.width_of(entry.get_label(), LEGEND) + handle for entry in legend]
        room = style.WIDTH - 2 * MARGIN
        return len(widths) if sum(widths) <= room else max(1, int(room / max(widths)))

    def _draw_legend(self, legend, columns):
        """Between the head and the panels, where it covers nothing."""
        rows = -(-len(legend) // columns)
        self.figure.legend(
            handles=list(legend),
            loc="upper left",
            bbox_to_anchor=(MARGIN / style.WIDTH, (self.top + 0.1 + 0.27 * rows) / self.height),
            bbox_transform=self.figure.transFigure,
            ncol=columns,
            frameon=False,
            fontsize=LEGEND,
            borderaxespad=0,
            borderpad=0.2,
            handlelength=2.6,
            columnspacing=1.8,
        )


def _height(lines, size):
    return len(lines) * size * 1.36 / 72


def notices(run):
    """What must be seen before the data are believed."""
    found = []
    if run.status != "complete":
        word = {"running": "is not finished", "interrupted": "was interrupted", "failed": "failed"}[run.status]
        found.append("INCOMPLETE: this run %s; the numbers are from the blocks that it had completed." % word)
    if run.proven is False:
        found.append(_unproven(run.control))
    return found


def _unproven(control):
    if control.low is None or control.high is None:
        return "UNPROVEN: this run has too few blocks for its A/A control to judge it, so do not conclude from it."
    return (
        "UNPROVEN: the A/A control found a difference between a cell and itself (ratio %s); "
        "something disturbed this run, so do not conclude from it." % near_one(control)
    )


def provenance(run, shown, what=""):
    """Caption: the machine, and what the numbers are, `what` if they are no medians. `shown` are the rows that are
    drawn."""
    cores = core_count(run)
    hypervisor = run.fact("hypervisor")
    machine = [
        run.fact("cpu_model", "cpuid_brand") or run.machine_id or "unknown CPU",
        quantity(cores, "usable core") if cores else "",
        "hypervisor %s" % hypervisor if hypervisor.lower() not in ("", "none") else "",
        "kernel %s" % run.fact("kernel_release") if run.fact("kernel_release") else "",
    ]
    blocks = sorted({row.blocks for row in shown})
    count = quantity(blocks[0], "block") if len(blocks) == 1 else "%d–%d blocks" % (blocks[0], blocks[-1])
    certain = any(estimate.low is not None for row in shown for estimate in (row.median, row.speedup))
    medians = "medians with " + ("95 % intervals" if certain else "no intervals (too few blocks)")
    facts = "n = %s, %s  ·  A/A control: %s  ·  run %s  ·  %s" % (
        count,
        what or medians,
        near_one(run.control) or "none",
        run.run_id,
        drawn(run.tool, 60),
    )
    return ["Machine: " + ", ".join(drawn(part, 80) for part in machine if part), facts]


def core_count(run):
    """Usable cores; 0: unknown."""
    text = run.fact("cores_usable")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


def not_shown(rows):
    """Caption: the cells that have no point, and those that have only a part of their samples."""
    missing = {}
    for row in rows:
        if row.status != "ok" or row.median.value is None:
            what = row.status if row.status != "ok" else "no value"
            missing.setdefault((row.workload, row.executor, what, row.reason), []).append(row.workers)
    return listed("Not shown: ", list(missing.items()), _missing_text) + partly_shown(rows)


def partly_shown(rows):
    """Caption: the cells of whose samples some failed."""
    partly = {}
    for row in rows:
        if row.status == "ok" and row.failed:
            partly.setdefault((row.workload, row.executor, row.workers), {})[row.cell] = row.failed
    return listed("Left out, as failed or invalid: ", list(partly.items()), _partly_text)


def _missing_text(item):
    (workload, executor, what, reason), workers = item
    reason = ": " + drawn(reason, 110) if reason else ""
    return "%s (%s%s)" % (_cell_text(workload, executor, workers), what, reason)


def _partly_text(item):
    (workload, executor, workers), cells = item
    which = " of %d cells" % len(cells) if len(cells) > 1 else ""
    return "%s (%s%s)" % (_cell_text(workload, executor, [workers]), quantity(sum(cells.values()), "sample"), which)


def _cell_text(workload, executor, workers):
    return "%s, %s, %s" % (drawn(workload, 24), drawn(executor, 24), _workers_text(workers))


def _workers_text(workers):
    text = ranges(workers)
    return plain(text, 40) + (" worker" if text == "1" else " workers")


def listed(title, items, text_of):
    """A paragraph that names the first few of the items."""
    if not items:
        return []
    more = len(items) - NOT_SHOWN_MAX
    text = title + "; ".join(map(text_of, items[:NOT_SHOWN_MAX]))
    return [text + ("; and %d more" % more if more > 0 else "") + "."]
