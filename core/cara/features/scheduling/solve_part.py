"""Plans one part. Three questions, one after the other: how many can be placed at most; what is the least that this
costs; how few then have no room for a repeat."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf

from cara.features.scheduling.decompose import Part
from cara.features.scheduling.lower_bound import Hall
from cara.features.scheduling.milp_model import Model, Search, Seating, counted
from cara.features.scheduling.overfull import split
from cara.features.scheduling.solver import Deadline


@dataclass(frozen=True, slots=True)
class Answer:
    """A seating of a part, and what is known: no plan seats more people than `most_placed`; none that seats as many costs
    less than `least_cost`; none of those has fewer people late than `fewest_late`."""

    part: Part
    seating: Seating
    most_placed: int
    least_cost: int
    fewest_late: int

    @property
    def proved(self) -> bool:
        """Whether nothing is better."""
        return self.seating.rank == (-self.most_placed, self.least_cost, self.fewest_late)

    def places(self) -> Mapping[str, str]:
        """Who sits where, by name: of people who are alike, the first one in the earliest room."""
        waiting = [iter(crowd.members) for crowd in self.part.crowds]
        return {
            next(waiting[crowd]): self.part.rooms[room].id
            for (crowd, room), many in sorted(self.seating.seats.items())
            for _ in range(many)
        }

    def run(self) -> frozenset[str]:
        """The cohorts that run."""
        return frozenset(self.part.rooms[room].id for room in self.seating.run)


def seat(part: Part, deadline: Deadline) -> Iterator[Answer]:
    """The best seating of a part, or the best that was found by the deadline; of a part with too few seats, in two."""
    fullest, most = _most_placed(part, deadline)
    if part.apart or fullest.placed == part.people or fullest.placed < most:
        yield _cheapest(part, fullest, most, deadline)
        return
    for piece in split(part, fullest):
        yield _cheapest(piece, *_most_placed(piece, deadline), deadline)


def _cheapest(part: Part, best: Seating, most: int, deadline: Deadline) -> Answer:
    hall = Hall(part, part.people - best.placed, deadline)
    least = hall.least_cost()
    fewest = hall.fewest_late(least)
    model = Model(part, best.placed, hall.rows)
    if all(room.cost in (0, 1) for room in part.rooms):
        # Where cohorts cost the same both bounds are nearly always reached, and one search answers both questions.
        for upper in (fewest, inf):
            search = model.fewest_late(least, (fewest, upper), deadline)
            if search.seating:
                return Answer(part, search.seating, most, least, max(fewest, search.bound))
        least += search.proved
    search = model.least_cost(least, best, deadline)
    best, least = _better(best, search), max(least, search.bound)
    late = 0
    if best.cost == least:
        search = model.fewest_late(least, (0, inf), deadline, best)
        best, late = _better(best, search), search.bound
    return Answer(part, best, most, least, late)


def _most_placed(part: Part, deadline: Deadline) -> tuple[Seating, int]:
    greedy = _greedy(part)
    if greedy.placed == part.people:
        return greedy, greedy.placed
    search = Model(part, 0, only=frozenset(range(len(part.rooms)))).most_placed(deadline)
    best = search.seating if search.seating and search.seating.placed > greedy.placed else greedy
    return best, min(part.people, -search.bound)


def _greedy(part: Part) -> Seating:
    """Each crowd in the first rooms with a seat: enough, where there are plenty."""
    free = [room.seats for room in part.rooms]
    shut: set[tuple[int, int]] = set()
    seats: dict[tuple[int, int], int] = {}
    for place, crowd in enumerate(part.crowds):
        waiting = len(crowd.members)
        for room in crowd.fits:
            many = 0 if (place, room) in shut else min(waiting, free[room])
            if many:
                seats[place, room] = many
                free[room] -= many
                waiting -= many
                shut |= {(pair[pair[0] == place], room) for pair in part.apart if place in pair}
    return counted(part, seats)


def _better(best: Seating, search: Search) -> Seating:
    return min(best, search.seating or best, key=lambda seating: seating.rank)
