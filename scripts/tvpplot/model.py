# SPDX-License-Identifier: MIT
"""A run as the pictures need it."""
from dataclasses import dataclass, field
from typing import Dict, List, NamedTuple, Optional


@dataclass(frozen=True)
class Estimate:
    """A number with its interval; low and high are None where there is none, all three where nothing was measured."""

    value: Optional[float]
    low: Optional[float]
    high: Optional[float]


@dataclass(frozen=True)
class Row:
    """One row of summary.csv: a cell and a figure."""

    experiment: str
    group: str
    cell: str
    workload: str
    executor: str
    workers: int
    placement: str
    params: str
    figure: str
    unit: str
    blocks: int
    samples: int
    failed: int
    median: Estimate
    baseline: str
    ratio: Estimate
    verdict: str
    reference: str
    speedup: Estimate
    efficiency: Estimate
    status: str
    reason: str
    operations: int = 0  # in all samples; 0 in older runs, which do not say


@dataclass(frozen=True)
class Crossing:
    """One row of crossings.csv: from which value of `parameter` on a cell is better than its reference."""

    experiment: str
    workload: str
    executor: str
    workers: int
    placement: str
    params: str  # without that parameter
    figure: str
    parameter: str
    unit: str
    estimate: Estimate  # nothing unless it crossed; an end that is None lies beyond all that was measured
    blocks: int
    status: str  # crossed; always, never: it is better at every value, at none; unclear


@dataclass(frozen=True)
class Fit:
    """One row of fits.csv: a figure as a fixed part and so much for each unit of `parameter`."""

    experiment: str
    workload: str
    executor: str
    workers: int
    placement: str
    params: str  # without that parameter
    figure: str
    parameter: str
    least: int  # of the parameter's values
    most: int
    levels: int  # how many of them
    fixed: Estimate  # at 0
    fixed_unit: str
    slope: Estimate
    slope_unit: str
    off: Optional[float]  # by which share of what was measured the line misses the worst level
    blocks: int
    status: str  # fitted; unclear: too few blocks, so there is no line


class Event(NamedTuple):
    """One row of timeline.csv: a worker ran tasks. Times are from the start of the batch."""

    worker: int
    begin_ns: int
    end_ns: int
    tasks: int


@dataclass(frozen=True)
class Timeline:
    """A cell's last batch in one block."""

    block: int
    events: List[Event] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """run.json, summary.csv, crossings.csv, fits.csv and timeline.csv."""

    run_id: str
    machine_id: str
    status: str
    tool: str
    control: Optional[Estimate]  # the A/A pair's ratio
    proven: Optional[bool]  # None: the run has no A/A result
    environment: Dict[str, str]
    questions: Dict[str, str]
    figures: Dict[str, Dict[str, str]]  # of an experiment, with what they mean; the headline first
    published: Dict[str, list] = field(default_factory=dict)  # of an experiment: tables (published.py)
    rows: List[Row] = field(default_factory=list)
    crossings: List[Crossing] = field(default_factory=list)
    fits: List[Fit] = field(default_factory=list)
    timelines: Dict[str, Timeline] = field(default_factory=dict)  # by cell
    blocks: Optional[int] = None  # that are whole; None: it does not say
    folder: str = ""  # for what is too large to be read for every picture

    def fact(self, *names):
        """The first of these facts that is known, else ""."""
        return next((self.environment[name] for name in names if self.environment.get(name)), "")
