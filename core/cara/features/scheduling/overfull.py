"""Where there are more people than seats: the crowds that press against full rooms are planned apart from the others.

In every plan that places the most people these rooms run and hold nobody else, so all that is left to ask is who of the
crowds sits early; and the others, who all find a place, are planned without them.
"""

from collections import Counter, defaultdict
from dataclasses import replace

from cara.features.scheduling.decompose import Crowd, Part
from cara.features.scheduling.milp_model import Seating


def split(part: Part, fullest: Seating) -> tuple[Part, ...]:
    """The part, or the two that it falls into by a seating that places the most people. Only for parts in which nobody
    must be kept apart."""
    seated, sitting = Counter[int](), defaultdict[int, set[int]](set)
    for (crowd, room), many in fullest.seats.items():
        seated[crowd] += many
        sitting[room].add(crowd)
    pressing = {place for place, crowd in enumerate(part.crowds) if seated[place] < len(crowd.members)}
    full: set[int] = set()
    waiting = list(pressing)
    while waiting:
        for room in part.crowds[waiting.pop()].fits:
            if room not in full:
                full.add(room)
                waiting.extend(sitting[room] - pressing)
                pressing |= sitting[room]
    if not full:
        return (part,)
    others = set(range(len(part.crowds))) - pressing
    open_rooms = set(range(len(part.rooms))) - full
    crowded = _only(part, pressing, full)
    crowded = replace(crowded, rooms=tuple(replace(room, must_run=True) for room in crowded.rooms))
    return (crowded, _only(part, others, open_rooms)) if others else (crowded,)


def _only(part: Part, crowds: set[int], rooms: set[int]) -> Part:
    at = {room: place for place, room in enumerate(sorted(rooms))}

    def of(crowd: Crowd) -> Crowd:
        fits = tuple(at[room] for room in crowd.fits if room in at)
        return replace(crowd, fits=fits, early=frozenset(at[room] for room in crowd.early if room in at))

    return replace(
        part,
        crowds=tuple(of(part.crowds[crowd]) for crowd in sorted(crowds)),
        rooms=tuple(part.rooms[room] for room in sorted(rooms)),
    )
