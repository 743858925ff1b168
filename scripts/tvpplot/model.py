# SPDX-License-Identifier: MIT
"""A run as the pictures need it."""
from dataclasses import dataclass, field
from typing import Dict, List, Optional


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


@dataclass(frozen=True)
class Run:
    """run.json and summary.csv."""

    run_id: str
    machine_id: str
    status: str
    tool: str
    control: Optional[Estimate]  # the A/A pair's ratio
    proven: Optional[bool]  # None: the run has no A/A result
    environment: Dict[str, str]
    questions: Dict[str, str]
    rows: List[Row] = field(default_factory=list)

    def fact(self, *names):
        """The first of these facts that is known, else ""."""
        return next((self.environment[name] for name in names if self.environment.get(name)), "")
