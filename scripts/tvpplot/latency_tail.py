# SPDX-License-Identifier: MIT
"""Which share of the operations took longer: of all counted ones together, with how sure that is from block to block."""
from dataclasses import dataclass
from typing import Optional

import numpy

from .latency_csv import BLOCK, COUNT, HIGH, LOW

BLOCKS_LEAST = 10  # for a band
RESAMPLES = 1000
SEED = 1
BEYOND = 10  # operations: where fewer took longer, a share is a matter of chance


@dataclass
class Tail:
    """Where the line goes: at each latency, the share of the operations that took at least so long."""

    latency_ns: numpy.ndarray  # ascending
    share: numpy.ndarray  # from 1 downwards, never 0
    low: Optional[numpy.ndarray]  # its 95 % interval; None: too few blocks
    high: Optional[numpy.ndarray]
    operations: int
    blocks: int
    width: float  # of the widest bucket, over its beginning

    def counted(self):
        """How many of the points have BEYOND operations at least that took so long."""
        return int(numpy.count_nonzero(self.share * self.operations >= BEYOND - 1e-6))


def tail_of(columns):
    """From the columns of a cell's rows. The line ends where the last bucket begins: nobody knows where in it."""
    lows, at = numpy.unique(columns[LOW], return_inverse=True)
    highs = numpy.zeros_like(lows)
    highs[at] = columns[HIGH]
    blocks, of_block = numpy.unique(columns[BLOCK], return_inverse=True)
    counts = numpy.zeros((len(blocks), len(lows)))
    numpy.add.at(counts, (of_block, at), columns[COUNT])
    # Reaching a bucket, and getting out of it; where the next one follows at once both are one place.
    reached = counts[:, ::-1].cumsum(axis=1)[:, ::-1]
    places = numpy.concatenate([lows, highs[:-1]])
    beyond = numpy.concatenate([reached, reached[:, 1:]], axis=1)
    places, first = numpy.unique(places, return_index=True)
    beyond = beyond[:, first]
    total = reached[:, 0]
    low, high = _band(beyond, total) if len(blocks) >= BLOCKS_LEAST else (None, None)
    large = lows >= 16
    widths = (highs[large] - lows[large]) / lows[large]
    return Tail(places.astype(float), beyond.sum(axis=0) / total.sum(), low, high, int(total.sum()), len(blocks),
                float(widths.max()) if len(widths) else 0.0)


def _band(beyond, total):
    """Pointwise, by drawing whole blocks anew: operations of one block have a fate in common, so they are no sample."""
    chance = numpy.random.default_rng(SEED)
    count = len(total)
    weights = chance.multinomial(count, numpy.full(count, 1 / count), RESAMPLES)
    shares = (weights @ beyond) / (weights @ total)[:, None]
    return numpy.percentile(shares, (2.5, 97.5), axis=0)
