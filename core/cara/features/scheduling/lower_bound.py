"""How many cohorts there must be, whoever sits where: Hall's condition, rounded up.

People who can only go to certain cohorts need that many seats among these. A *window* is a set of areas and an interval
of first workshops; if n people can sit in no cohort outside a window and its cohorts have at most s seats, then at
least ⌈n / s⌉ of them run. Likewise for those who should be early, where each may be late instead: with k = ⌈n / s⌉ and
r = n − s (k − 1), r × cohorts + late people ≥ r × k. Without these rows the solver must find out by trial that no one can run
two and a half cohorts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from math import ceil, inf

import numpy as np
from numpy.typing import NDArray

from cara.features.scheduling.decompose import Part
from cara.features.scheduling.solver import Deadline, Program

_MOST_AREA_SETS = 64
_NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Row:
    """`weight` × (how many of the `rooms` run) + (how many of the `late` crowds' people are late) ≥ `least`."""

    weight: int
    rooms: tuple[int, ...]
    late: tuple[int, ...]
    least: int


@dataclass(frozen=True, slots=True)
class _Window:
    areas: frozenset[str]
    first: int
    last: int

    def within(self, other: "_Window") -> bool:
        return self.areas <= other.areas and other.first <= self.first and self.last <= other.last


class Hall:
    """Rows that every plan of a part keeps, which leaves no more than `short` people unplaced, found as they are needed,
    and what follows from them for cost and lateness."""

    def __init__(self, part: Part, short: int, deadline: Deadline) -> None:
        self._part, self._short, self._deadline = part, short, deadline
        self._days = sorted({room.a for room in part.rooms})
        at = {day: place for place, day in enumerate(self._days)}
        self._day = [at[room.a] for room in part.rooms]
        self._fits = [self._window(crowd.fits) for crowd in part.crowds]
        self._early = [self._window(crowd.early) if crowd.early else None for crowd in part.crowds]
        self._sizes = [len(crowd.members) for crowd in part.crowds]
        known = {window.areas for window in (*self._fits, *self._early) if window}
        self._areas = [_Area(part, areas, self._days) for areas in _unions(known)]
        self._rows: dict[tuple[_Window, bool], Row] = {}
        self._program = Program()
        self._runs = [self._program.column(float(room.must_run), 1.0) for room in part.rooms]
        self._late = [
            self._program.column(0.0 if crowd.early else float(size), float(size))
            for crowd, size in zip(part.crowds, self._sizes, strict=True)
        ]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows found so far."""
        return tuple(self._rows.values())

    def least_cost(self) -> int:
        """No plan costs less."""
        self._program.minimise(
            {column: float(room.cost) for column, room in zip(self._runs, self._part.rooms, strict=True)}
        )
        return self._least(early=False)

    def fewest_late(self, cost: int) -> int:
        """No plan of at most this cost has fewer people whose first workshop leaves no room for a repeat, or who have no
        place."""
        costs = {
            column: float(room.cost) for column, room in zip(self._runs, self._part.rooms, strict=True) if room.cost
        }
        self._program.row(-inf, float(cost), costs)
        self._program.minimise(dict.fromkeys(self._late, 1.0))
        return self._least(early=True)

    def _least(self, *, early: bool) -> int:
        while True:
            found = self._program.solve(Deadline(None))
            if not found.values:
                return 0
            values = np.array(found.values)
            runs, late = values[self._runs], values[self._late]
            broken = [one for area in self._areas for one in self._broken(area, runs, late, early=early)]
            if not broken or not self._deadline.left:
                return ceil(found.bound - _NEAR * max(1.0, abs(found.bound)))
            for key, row in broken:
                self._rows[key] = row
                terms = dict.fromkeys((self._runs[room] for room in row.rooms), float(row.weight))
                terms |= dict.fromkeys((self._late[crowd] for crowd in row.late), 1.0)
                self._program.row(float(row.least), inf, terms)

    def _broken(
        self, area: "_Area", runs: NDArray[np.double], late: NDArray[np.double], *, early: bool
    ) -> Iterator[tuple[tuple[_Window, bool], Row]]:
        """For each first day the window whose row is most broken."""
        people, may_be_late = area.confined(self._fits, self._sizes), np.zeros(area.shape)
        people = people - self._short
        if early:
            flexible = [size if window else 0 for size, window in zip(self._sizes, self._early, strict=True)]
            wanted = area.confined(self._early, flexible)
            slack = area.confined(self._early, late)
            if self._short:  # who is unplaced is among the late, so that no one counts without
                people, may_be_late = wanted, slack
            else:
                settled = [0 if window else size for size, window in zip(self._sizes, self._early, strict=True)]
                people = wanted + area.confined(self._fits, settled)
                certain = [value if window else 0.0 for value, window in zip(late, self._early, strict=True)]
                may_be_late = slack - area.confined(self._fits, certain)
        cohorts = np.ceil(people / area.seats)
        weight = people - area.seats * (cohorts - 1)
        gap = weight * (cohorts - area.running(runs)) - may_be_late
        gap = np.where((people > 0) & area.sound, gap / np.maximum(weight, 1), -1.0)
        for first in range(len(self._days)):
            last = int(gap[first].argmax())
            window = _Window(area.areas, first, last)
            if gap[first, last] > _NEAR * 10 and (window, early) not in self._rows:
                yield (window, early), self._row(window, area, early=early)

    def _row(self, window: _Window, area: "_Area", *, early: bool) -> Row:
        """The row of a window, counted in whole numbers."""
        confined = {place for place, fits in enumerate(self._fits) if fits.within(window)}
        late: set[int] = set()
        people = sum(self._sizes[place] for place in confined) - self._short
        if early:
            wanted = {place for place, soon in enumerate(self._early) if soon and soon.within(window)}
            confined = set() if self._short else confined
            late = wanted - confined
            people = sum(self._sizes[place] for place in confined | late)
        seats = int(area.seats[window.first, window.last])
        cohorts = -(-people // seats)
        weight = people - seats * (cohorts - 1)
        rooms = tuple(place for place in area.rooms if window.first <= self._day[place] <= window.last)
        return Row(weight, rooms, tuple(sorted(late)), weight * cohorts)

    def _window(self, rooms: Iterable[int]) -> _Window:
        days = [self._day[room] for room in rooms]
        return _Window(frozenset(self._part.rooms[room].area for room in rooms), min(days), max(days))


class _Area:
    """A set of areas; tables over it have a row for each first day of a window and a column for each last."""

    def __init__(self, part: Part, areas: frozenset[str], days: list[date]) -> None:
        at = {day: place for place, day in enumerate(days)}
        size = len(days)
        self.areas, self.shape = areas, (size, size)
        self.rooms = [place for place, room in enumerate(part.rooms) if room.area in areas]
        self._days = np.array([at[part.rooms[place].a] for place in self.rooms])
        most = np.zeros(size)
        for place, day in zip(self.rooms, self._days, strict=True):
            most[day] = max(most[day], part.rooms[place].seats)
        self.seats = np.ones(self.shape)
        for first in range(size):
            self.seats[first, first:] = np.maximum(np.maximum.accumulate(most[first:]), 1)
        self.sound = np.triu(np.ones(self.shape)) > 0

    def confined(self, windows: list[_Window | None] | list[_Window], weights: Iterable[float]) -> NDArray[np.double]:
        """The sum of the weights of those whose window lies within."""
        table = np.zeros(self.shape)
        for window, weight in zip(windows, weights, strict=True):
            if window is not None and window.areas <= self.areas:
                table[window.first, window.last] += weight
        return np.cumsum(np.cumsum(table[::-1], axis=0)[::-1], axis=1)

    def running(self, runs: NDArray[np.double]) -> NDArray[np.double]:
        """How many cohorts run there."""
        sums = np.zeros(self.shape[0] + 1)
        np.add.at(sums, self._days + 1, runs[self.rooms])
        sums = np.cumsum(sums)
        return sums[None, 1:] - sums[:-1, None]


def _unions(sets: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """The sets, what two of them are together, and all of them; not more than are worth looking at."""
    given = sorted(set(sets), key=lambda areas: (len(areas), sorted(areas)))[:_MOST_AREA_SETS]
    found = dict.fromkeys([*given, frozenset().union(*given)])
    for one, other in combinations(given, 2):
        if len(found) >= _MOST_AREA_SETS:
            break
        found[one | other] = None
    return list(found)
