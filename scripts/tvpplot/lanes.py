# SPDX-License-Identifier: MIT
"""What workers did in a batch, as bars that can be seen: tasks too short to be told apart become one bar."""
from dataclasses import dataclass
from typing import List, Tuple


@dataclass(frozen=True)
class Lanes:
    """Bars are (worker, begin, end); times in ns from the start of the batch."""

    makespan_ns: int
    whole: bool  # False: only so many events were kept
    ideal_ns: float  # the same task times shared out evenly, or the longest task if that is longer
    single: List[Tuple[int, int, int]]  # of one task
    several: List[Tuple[int, int, int]]  # of tasks that were claimed together, or short ones and the gaps between them


def lanes_of(timeline, workers, tasks, shortest):
    """`tasks` of the batch; 0: not known. `shortest`: which part of the makespan a bar has to be long to be seen."""
    events = timeline.events
    makespan = max(event.end_ns for event in events)
    busy = sum(event.end_ns - event.begin_ns for event in events)
    longest = max((event.end_ns - event.begin_ns) / max(event.tasks, 1) for event in events)
    whole = sum(event.tasks for event in events) >= tasks
    return Lanes(makespan, whole, max(busy / workers, longest), *_bars(sorted(events), makespan * shortest))


def _bars(events, least):
    """`events` by worker and time."""
    single, several = [], []
    short = None  # the bar of short events in hand
    for worker, begin, end, tasks in events:
        if short and (worker != short[0] or begin - short[2] >= least or end - begin >= least):
            several.append(short)
            short = None
        if end - begin >= least:
            (several if tasks > 1 else single).append((worker, begin, end))
        else:
            short = (worker, short[1] if short else begin, max(end, short[2]) if short else end)
    return single, several + [short] if short else several
