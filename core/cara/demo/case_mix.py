"""The stories that invented cases tell, as data, and a seeded plan of many of them. Pure: no session, no clock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, product
from random import Random
from typing import Any, Final

from cara.api import Question
from cara.clock import london_day
from cara.demo.organisations import CASE_FORCES
from cara.demo.referral_answers import whole
from cara.demo.working_hours import later, started
from cara.features.referrals.questions import steps

_WIDER: Final = frozenset({"hampshire"})
"""Forces whose renewed instruments admit medium risk and family members."""
_FORCE_WEIGHTS: Final = (38, 26, 21, 15)


@dataclass(frozen=True, slots=True)
class Local:
    """What of a force's arrangement changes a story: its own questions, and whether a supervisor authorises each case."""

    questions: tuple[Question, ...] = ()
    authorises: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """One kind of story. `days`: how long ago it began (least, most); `turns`: what happened, after the draft was made.

    `steps`: how many pages of questions were answered (None: some, -1: all); `mistake`: the last of them has one.
    `changes`: answers that differ from those of a case which the rules accept.
    """

    name: str
    weight: int
    days: tuple[int, int]
    turns: tuple[str, ...] = ()
    steps: int | None = -1
    mistake: bool = False
    override: bool = False
    changes: tuple[tuple[str, Any], ...] = ()
    fate: str = ""
    """What became of the case once it was accepted: a key of `courses.FATES`."""


_ACCEPTED: Final = ("refer", "accept")
_FOR_A_GROUP: Final[tuple[tuple[str, Any], ...]] = (
    ("needs", []),
    ("sex", "male"),
    ("relationship", "intimate"),
    ("conditions", ["cara"]),
)
"""So that no story needs another format than its fate has."""


def _course(name: str, weight: int, days: tuple[int, int], fate: str) -> Plot:
    return Plot(name, weight, days, _ACCEPTED, changes=_FOR_A_GROUP, fate=fate)


PLOTS: Final = (
    Plot("just started", 3, (0, 5), steps=1),
    Plot("half way", 6, (0, 12), steps=None),
    Plot("mistake", 4, (0, 9), steps=None, mistake=True),
    Plot("ready to refer", 4, (0, 3)),
    Plot("victim not asked yet", 3, (0, 6), changes=(("victim_contacted", False), ("victim_agrees", None))),
    Plot("risk too high", 2, (0, 10), changes=(("risk", "high"),)),
    Plot("discarded", 3, (10, 90), ("discard",), steps=None),
    Plot("new at the provider", 9, (0, 4), ("refer",)),
    Plot("late at the provider", 2, (8, 11), ("refer",)),
    Plot("asked", 4, (1, 6), ("refer", "ask")),
    Plot("answered", 4, (2, 7), ("refer", "ask", "answer")),
    Plot("to be authorised", 4, (0, 3), ("refer",), override=True),
    Plot("authorised", 3, (1, 6), ("refer", "authorise"), override=True),
    Plot("not authorised", 3, (3, 90), ("refer", "decline"), override=True),
    Plot("accepted", 7, (2, 20), _ACCEPTED),
    _course("place offered", 4, (3, 15), "offered"),
    _course("place booked", 8, (4, 20), "booked"),
    _course("workshop A attended", 9, (20, 34), "attended_a"),
    _course("under review between the workshops", 1, (20, 34), "under_review"),
    _course("reviewed, and goes on with care", 1, (20, 34), "managed"),
    _course("reviewed, and stopped", 1, (20, 34), "stopped"),
    _course("both workshops done", 3, (50, 60), "both_done"),
    _course("completed", 14, (55, 97), "completed"),
    _course("missed B, repeats both", 2, (52, 62), "missed_b"),
    _course("missed A", 2, (20, 40), "missed_a"),
    _course("reported", 2, (30, 60), "reported"),
    _course("last day varied", 2, (35, 60), "varied"),
    _course("breached", 2, (40, 90), "breached"),
    _course("by telephone", 4, (5, 30), "by_telephone"),
    _course("closed", 2, (10, 90), "closed"),
    Plot("accepted after a question", 4, (6, 25), ("refer", "ask", "answer", "accept")),
    Plot("accepted after authorisation", 3, (5, 25), ("refer", "authorise", "accept"), override=True),
    Plot("returned", 7, (3, 95), ("refer", "return")),
    Plot("started again", 3, (4, 95), ("refer", "return", "amend")),
    Plot("withdrawn", 4, (2, 95), ("refer", "withdraw")),
)
"""Every state of a draft and of a referral is among them. A later feature adds its plots, or turns, here."""

EACH: Final = tuple((force, plot) for plot, force in product(PLOTS, CASE_FORCES))
"""Each plot in each force."""

DELAYS: Final[Mapping[str, tuple[int, int]]] = {
    "discard": (1, 8), "authorise": (0, 1), "decline": (0, 2), "ask": (0, 2), "answer": (0, 3), "accept": (1, 5),
    "return": (1, 4), "withdraw": (0, 2), "amend": (0, 2),
}  # fmt: skip
"""Turn → after how many days (least, most) it follows what was before it. Referring ends the officer's own sitting."""


@dataclass(frozen=True, slots=True)
class Story:
    """One invented case: who began it when, what they answered on how many pages, and what happened then."""

    number: int
    plot: Plot
    force: str
    at: datetime
    officer: int
    """Which of the force's officers, counted round."""
    answers: Mapping[str, Any]
    steps: int
    turns: tuple[tuple[str, datetime], ...]

    @property
    def refers(self) -> bool:
        """Whether the officer refers the case in the sitting in which they draft it."""
        return "refer" in self.plot.turns


def plan(rng: Random, count: int, now: datetime, local: Mapping[str, Local]) -> list[Story]:
    """So many stories up to `now`, oldest first. `local` is by force. The same arguments give the same stories."""
    found = [
        _story(rng, number, plot, force, now, local[force])
        for number, (force, plot) in enumerate(_chosen(rng, count), start=1)
    ]
    return sorted(found, key=lambda story: story.at)


def _chosen(rng: Random, count: int) -> Iterator[tuple[str, Plot]]:
    """So many plots, each in a force. Where there are too few for all, they are taken evenly from the first to the last."""
    if count < len(EACH):
        return (EACH[number * len(EACH) // count] for number in range(count))
    return islice(_each_then_more(rng), count)


def _each_then_more(rng: Random) -> Iterator[tuple[str, Plot]]:
    """Each plot in each force once, so that none is missing; then as chance has it."""
    yield from EACH
    weights = [plot.weight for plot in PLOTS]
    while True:
        yield rng.choices(CASE_FORCES, _FORCE_WEIGHTS)[0], rng.choices(PLOTS, weights)[0]


def _story(rng: Random, number: int, plot: Plot, force: str, now: datetime, local: Local) -> Story:
    at = started(rng, now, plot.days)
    answers = whole(
        rng, force, local.questions, number, london_day(at), wider=force in _WIDER, override=plot.override
    ) | dict(plot.changes)  # fmt: skip
    total = len(steps(local.questions))
    done = {None: rng.randint(2, total - 2), -1: total}.get(plot.steps, plot.steps or 0)
    turns, moment = [], at + timedelta(minutes=30)
    for turn in _turns(plot, local):
        moment = later(rng, moment, now, DELAYS[turn])
        turns.append((turn, moment))
    return Story(number, plot, force, at, rng.randrange(100), answers, done, tuple(turns))


def _turns(plot: Plot, local: Local) -> tuple[str, ...]:
    """What follows the draft in this force: where each case is authorised, that comes before anything else."""
    if "refer" not in plot.turns:
        return plot.turns
    authorised = ("authorise",) if local.authorises and not plot.override else ()
    return (*authorised, *plot.turns[1:])
