# SPDX-License-Identifier: MIT
"""memory-bandwidth: how many bytes a second workers move, by how much memory each of them works on."""
from .. import memory_curves

KIND = memory_curves.Kind(
    experiment="memory-bandwidth",
    title="How fast is memory read and written, alone and on all cores at once?",
    subtitle="The triad a = b + s × c, all workers together, bytes counted as STREAM counts them (two reads and a write); "
    "both scales are logarithmic. More is better.",
    axis="GB/s of all workers together (log scale)",
    fits=lambda row: row.unit == "GB/s",
    scaled=lambda row: row.median,
    tick="{:g}".format,
)


def draw(run, rows, looks):
    return memory_curves.draw(run, rows, looks, KIND)
