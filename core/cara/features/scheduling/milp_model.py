"""A part as a program: which rooms run, how many of each crowd sit in each, how many of each are late.

The solver works with tolerances; here its answer is rounded, the seats are laid out anew for the rooms that it chose,
and everything is counted in whole numbers before it is believed.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from math import ceil, inf, isfinite

from cara.features.scheduling.decompose import Part
from cara.features.scheduling.lower_bound import Row
from cara.features.scheduling.solver import Deadline, Found, Program

Seats = Mapping[tuple[int, int], int]
"""How many of a crowd sit in a room."""


@dataclass(frozen=True, slots=True)
class Seating:
    """Rooms that run, and who sits where. `late` are those with no room for a repeat, the unplaced among them."""

    run: frozenset[int]
    seats: Seats
    placed: int
    cost: int
    late: int

    @property
    def rank(self) -> tuple[int, int, int]:
        """The lower, the better."""
        return (-self.placed, self.cost, self.late)


@dataclass(frozen=True, slots=True)
class Search:
    """What came of a search: the best seating found, if any; whether there is none better; what no seating goes below."""

    seating: Seating | None
    proved: bool
    bound: int


def counted(part: Part, seats: Seats) -> Seating:
    """The seating that these seats are, with the rooms that run for them."""
    run = frozenset(room for (_, room), many in seats.items() if many)
    run |= {place for place, room in enumerate(part.rooms) if room.must_run}
    early = sum(many for (crowd, room), many in seats.items() if room in part.crowds[crowd].early)
    cost = sum(part.rooms[room].cost for room in run)
    return Seating(run, seats, sum(seats.values()), cost, part.people - early)


def is_sound(part: Part, seats: Seats) -> bool:
    """Whether nobody sits twice, no room is too full, and no two are together who must not be."""
    crowds, rooms = Counter[int](), Counter[int]()
    for (crowd, room), many in seats.items():
        crowds[crowd] += many
        rooms[room] += many
    return (
        all(many >= 0 and room in part.crowds[crowd].fits for (crowd, room), many in seats.items())
        and all(many <= len(part.crowds[crowd].members) for crowd, many in crowds.items())
        and all(many <= part.rooms[room].seats for room, many in rooms.items())
        and not any(seats.get((one, room)) and seats.get((other, room)) for one, other in part.apart for room in rooms)
    )


class Model:
    """The program of a part in which at least `placed` people are seated. `only` leaves out all other rooms, and has
    these run."""

    def __init__(self, part: Part, placed: int, rows: Iterable[Row] = (), only: frozenset[int] | None = None) -> None:
        self._part, self._placed, self._program = part, placed, Program()
        add, row = self._program.column, self._program.row
        self._rooms = [place for place in range(len(part.rooms)) if only is None or place in only]
        self._runs = {
            room: add(float(only is not None or part.rooms[room].must_run), 1.0, whole=only is None)
            for room in self._rooms
        }
        everyone = part.people
        self._late = [add(0.0, float(len(crowd.members))) for crowd in part.crowds]
        alone = part.alone
        self._sits = {
            (place, room): add(0.0, float(min(len(crowd.members), part.rooms[room].seats)), whole=place in alone)
            for place, crowd in enumerate(part.crowds)
            for room in crowd.fits
            if room in self._runs
        }
        for place, crowd in enumerate(part.crowds):
            size = float(len(crowd.members))
            sits = {self._sits[place, room]: 1.0 for room in crowd.fits if room in self._runs}
            early = {self._sits[place, room]: 1.0 for room in crowd.early if room in self._runs}
            row(size if placed == everyone else 0.0, size, sits)
            row(size, size, early | {self._late[place]: 1.0})
        row(float(placed), inf, dict.fromkeys(self._sits.values(), 1.0))
        self._seats_and_pairs()
        for one in rows:
            terms = dict.fromkeys((self._runs[room] for room in one.rooms), float(one.weight))
            row(float(one.least), inf, terms | dict.fromkeys((self._late[crowd] for crowd in one.late), 1.0))
        self._costs = {self._runs[room]: float(part.rooms[room].cost) for room in self._rooms if part.rooms[room].cost}
        self._cost = row(-inf, inf, self._costs)
        self._lateness = row(-inf, inf, dict.fromkeys(self._late, 1.0))

    def _seats_and_pairs(self) -> None:
        filled: dict[int, dict[int, float]] = defaultdict(dict)
        for (_, room), column in self._sits.items():
            filled[room][column] = 1.0
        for room, columns in filled.items():
            self._program.row(-inf, 0.0, columns | {self._runs[room]: -float(self._part.rooms[room].seats)})
        for (one, other), room in product(self._part.apart, self._rooms):
            if (one, room) in self._sits and (other, room) in self._sits:
                both = {self._sits[one, room]: 1.0, self._sits[other, room]: 1.0}
                self._program.row(-inf, 0.0, both | {self._runs[room]: -1.0})

    def most_placed(self, deadline: Deadline) -> Search:
        """Seats as many people as can be. The bound is less than zero: so many people, and no more."""
        self._program.minimise(dict.fromkeys(self._sits.values(), -1.0))
        return self._search(deadline, lambda seating: -seating.placed, -self._part.people)

    def least_cost(self, at_least: int, start: Seating, deadline: Deadline) -> Search:
        """Costs as little as can be, which is known to be `at_least` so much."""
        self._program.row_bounds(self._cost, float(at_least), inf)
        self._program.minimise(self._costs)
        self._start(start)
        return self._search(deadline, lambda seating: seating.cost)

    def fewest_late(
        self, cost: int, late: tuple[float, float], deadline: Deadline, start: Seating | None = None
    ) -> Search:
        """Has as few people late as can be, between so many and so many, at no more than this cost."""
        self._program.row_bounds(self._cost, -inf, float(cost))
        self._program.row_bounds(self._lateness, *late)
        self._program.minimise(dict.fromkeys(self._late, 1.0))
        if start:
            self._start(start)
        search = self._search(deadline, lambda seating: seating.late)
        if search.seating and search.seating.cost > cost:
            return Search(None, False, search.bound)
        return search

    def _search(self, deadline: Deadline, value: Callable[[Seating], int], lowest: int = 0) -> Search:
        found = self._program.solve(deadline)
        seating = self._settled(found) if found.values else None
        if found.proved and seating is not None:
            return Search(seating, True, min(value(seating), round(found.bound)))
        known = ceil(found.bound - max(1e-6, 1e-7 * abs(found.bound))) if isfinite(found.bound) else lowest
        return Search(seating, found.proved and not found.values, max(lowest, known))

    def _settled(self, found: Found) -> Seating | None:
        """What the solver found, in whole numbers; None if that breaks a rule."""
        run = frozenset(room for room, column in self._runs.items() if found.values[column] > 0.5)
        alone = self._part.alone
        single = {key: round(found.values[column]) for key, column in self._sits.items() if key[0] in alone}
        seats = Model(self._part, self._placed, only=run).laid_out(single)
        if seats is None or not is_sound(self._part, seats):
            return None
        seating = counted(self._part, seats)
        return seating if seating.placed >= self._placed else None

    def laid_out(self, single: Seats) -> Seats | None:
        """Seats for everyone: with the rooms given and those who are alone seated, what is left is a flow, and the
        corner of a flow that the simplex method ends in is whole."""
        for key, column in self._sits.items():
            if key in single:
                self._program.bounds(column, single[key], single[key])
        self._program.relax(self._sits.values())
        terms = dict.fromkeys(self._sits.values(), -float(self._part.people + 1))
        self._program.minimise(terms | dict.fromkeys(self._late, 1.0))
        found = self._program.solve(Deadline(None))
        if not found.values:
            return None
        seats = {key: round(found.values[column]) for key, column in self._sits.items()}
        return {key: many for key, many in seats.items() if many}

    def _start(self, seating: Seating) -> None:
        values = [0.0] * (len(self._runs) + len(self._late) + len(self._sits))
        for room in seating.run:
            values[self._runs[room]] = 1.0
        for place, crowd in enumerate(self._part.crowds):
            values[self._late[place]] = float(len(crowd.members))
        for (place, room), many in seating.seats.items():
            values[self._sits[place, room]] = float(many)
            if room in self._part.crowds[place].early:
                values[self._late[place]] -= many
        self._program.start(values)
