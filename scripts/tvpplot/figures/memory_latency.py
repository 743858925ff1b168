# SPDX-License-Identifier: MIT
"""memory-latency: how long a load takes that waits for the one before, by how much memory there is to load from."""
from .. import labels, memory_curves

KIND = memory_curves.Kind(
    experiment="memory-latency",
    title="How long does a load take, alone and while all cores load?",
    subtitle="Loads that each wait for the one before, in an order that cannot be foreseen, as each worker sees them; both "
    "scales are logarithmic. Less is better.",
    axis="time per load (log scale)",
    fits=lambda row: row.unit in labels.NANOSECONDS,
    scaled=labels.nanoseconds,
    tick=labels.tick_duration,
)


def draw(run, rows, looks):
    return memory_curves.draw(run, rows, looks, KIND)
