# SPDX-License-Identifier: MIT
"""The words and numbers beside a forest plot, and how wide the columns are that they want."""
from . import page, style
from .text import drawn, interval, number


class Columns:
    """Inches from the left edge."""

    def __init__(self, here, comparison, pages):
        machines = comparison.mode == "machines"
        items = [item for items in pages for item in items]
        rows = [item.line for item in items if item.kind == "row"]
        self.several = machines or len(comparison.runs) > 2
        self.right = style.WIDTH - page.MARGIN
        self.label = page.MARGIN + 0.08
        widest = max(_label_width(here, item) for item in items if machines or item.kind != "section")
        self.axis_left = self.label + min(max(widest, 2.1), 2.9 if machines else 3.9) + 0.2
        if not machines:
            # words that say which side is better stand beside a section's heading
            headings = max(_label_width(here, item) for item in items if item.kind == "section")
            self.axis_left = max(self.axis_left, self.label + min(headings, 4.2) + 0.12)
        self.axis_left += 0.28 if self.several else 0
        self.run = self.axis_left - 0.12
        words = {verdict_text(entry) for line in rows for entry in line.entries.values()}
        self.verdict = self.right - max([1.0] + [here.width_of(text, 10) for text in words]) - 0.08
        self.interval = self.verdict - 1.45
        self.ratio = self.interval - 0.1  # ends here
        self.axis_right = self.ratio - 0.68
        self.second = None
        if machines:
            # left to right: what each machine says, in numbers, then over the first machine, in numbers
            middle = self.axis_left + (self.axis_right - self.axis_left - 0.98) * 0.52
            self.second = (middle + 0.98, self.axis_right)
            self.axis_right = middle
            self.value = middle + 0.66  # ends here


def _label_width(here, item):
    if item.kind == "section":
        return here.width_of(item.text, 10.5, "bold")
    if item.kind == "mean":
        return here.width_of(mean_text(item), 10.5, "bold")
    if item.kind == "row":
        label, under = row_texts(item.line)
        return max(here.width_of(label, 10.5), here.width_of(under, 9))
    return here.width_of(item.text, 9.5)


def mean_text(item):
    words = {"geometric mean of %d of %d" % (mean.lines, mean.all) for mean in item.means.values()}
    return words.pop() if len(words) == 1 else "geometric means"


def row_texts(line):
    """The label, and what a machine's ratio is over where there is a second line for it."""
    label = line.label or line.cell
    if line.quantity == "value":
        return drawn(label, 90), ""
    for words in (", speed-up over ", ", over "):
        head, found, tail = label.rpartition(words)
        if found:
            return drawn(head, 80), drawn(words[2:] + tail, 70)
    return drawn(label, 90), ""


def verdict_text(entry):
    if entry.ratio.value is None:
        return drawn(entry.why or "no value", 30)
    if entry.blocks_needed:
        needed = "{:,}".format(entry.blocks_needed).replace(",", "\u00a0") if entry.blocks_needed < 1e6 else "> 10⁶"
        return "%s, needs %s blocks" % (entry.verdict, needed)
    return entry.verdict + (", " + drawn(entry.why, 24) if entry.why else "")


def ratio_texts(ratio):
    """Three decimals near 1, as the distance from 1 is what matters."""
    numbers = [value for value in (ratio.value, ratio.low, ratio.high) if value is not None]
    if not all(0.1 <= value < 10 for value in numbers):
        return number(ratio.value), interval(ratio)
    ends = "" if ratio.low is None else "[%.3f, %.3f]" % (ratio.low, ratio.high)
    return "%.3f" % ratio.value, ends
