"""The rules of the course. Pure: no session, no clock.

A case's progress is a reading of what happened at workshops and on the telephone; nothing else decides whether a pair is valid.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from cara.features.referrals.deadlines import GAP_DAYS, LIMIT_DAYS, Deadlines, deadlines
from cara.i18n import lazy as _

Part = Literal["A", "B"]
PARTS: tuple[Part, ...] = ("A", "B")
SHORTEST, LONGEST = GAP_DAYS
FOLLOW_UP_DAYS = 365
"""Re-offending is asked about 12 months after the intervention (overview 2021)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What may stand in a register. `present`: it counts as attended; `reasons`: why it came about, where that is asked."""

    label: str
    present: bool
    reasons: tuple[str, ...] = ()


REASONS: Mapping[str, str] = {
    "no_contact": _("No word from the person"),
    "ill": _("Ill"),
    "work_or_care": _("Work, or caring for somebody"),
    "refused": _("Refuses to come"),
    "custody": _("In custody"),
    "too_late": _("Came too late to be admitted"),
    "intoxicated": _("Under the influence of drink or drugs"),
    "disruptive": _("Disruptive or threatening"),
    "unwell": _("Became unwell"),
    "on_hold": _("The case is on hold"),
    "not_held": _("The workshop was not held, or could not take them"),
    "other": _("Something else"),
}
_SENT_AWAY = ("too_late", "intoxicated", "disruptive", "unwell", "on_hold", "not_held", "other")
NOT_THEIR_DOING = frozenset({"on_hold", "not_held"})
"""Reasons for which nobody has missed a workshop: no chance is used, no A is lost."""

OUTCOMES: Mapping[str, Outcome] = {
    "attended": Outcome(_("Attended"), present=True),
    "late": Outcome(_("Came late, and took part"), present=True),
    "left_early": Outcome(_("Left early, having done enough of it"), present=True),
    "left_too_early": Outcome(_("Left too early for it to count"), present=False),
    "absent": Outcome(
        _("Absent"), present=False,
        reasons=("no_contact", "ill", "work_or_care", "refused", "custody", "on_hold", "not_held", "other"),
    ),
    "sent_away": Outcome(_("Sent away"), present=False, reasons=_SENT_AWAY),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One person at one workshop, or a telephone session that covered one, as the register now says.

    `any_gap`: a coordinator recorded why B is not 28 to 35 days after A, or it was a telephone session.
    """

    part: str
    on: date
    present: bool
    missed: bool = False
    any_gap: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Where somebody stands. `a_on` is empty once B was missed; `missed_a` counts the chances used."""

    a_on: date | None = None
    b_on: date | None = None
    missed_a: int = 0
    missed_b: int = 0


def missed(outcome: str, reason: str) -> bool:
    """Whether what stands in the register is a workshop missed."""
    return not OUTCOMES[outcome].present and reason not in NOT_THEIR_DOING


def gap_fits(a_on: date, b_on: date) -> bool:
    """Whether B follows A by 28 to 35 days ("4–5 weeks", overview 2021; "four weeks", Hampshire 2023)."""
    return SHORTEST <= (b_on - a_on).days <= LONGEST


def valid_pair(a_on: date, b_on: date, *, any_gap: bool = False) -> bool:
    """Whether A then B make a pair; `any_gap` needs a reason on record, and never turns their order round."""
    return gap_fits(a_on, b_on) or (any_gap and a_on < b_on)


def progress(events: Iterable[Event]) -> Progress:
    """Read what happened, in the order of days: missing B means repeating both (overview 2021). Of two workshops A, of which a
    correction said the first too late, the later one counts, and B goes with either."""
    attended: list[date] = []
    missed_a = missed_b = 0
    for one in sorted(events, key=lambda event: (event.on, event.part)):
        if one.part == "A":
            missed_a += one.missed
            attended += [one.on] * one.present
        elif one.missed:
            attended, missed_b = [], missed_b + 1
        elif one.present:
            pairs = [a_on for a_on in attended if valid_pair(a_on, one.on, any_gap=one.any_gap)]
            if pairs:
                return Progress(pairs[-1], one.on, missed_a, missed_b)
    return Progress(attended[-1] if attended else None, None, missed_a, missed_b)


def chances_left(missed_a: int, chances: int, given: int = 0) -> int:
    """How often A may still be booked: the first time, `chances` rebookings, and one more for each decision of an officer that
    let the person go on. 0: none."""
    return max(0, 1 + chances + given - missed_a)


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a pair of days is safe for one case. `reason` says what to do where it is not; `repeat`: B could still be missed
    once."""

    fits: bool
    repeat: bool = False
    reason: str = ""


def last_days(caution_date: date, complete_by: date) -> Deadlines:
    """The latest safe days of a case, as its last day stands now."""
    usual = deadlines(caution_date)
    moved = complete_by - usual.complete_by

    def along(days: tuple[date, date]) -> tuple[date, date]:
        return days[0] + moved, days[1] + moved

    return Deadlines(caution_date, complete_by, along(usual.last_first_workshop), along(usual.repeat_first_workshop))


def safe(b_on: date, complete_by: date) -> Fit:
    """Whether a course that ends on this day ends in time, and whether both could still be repeated at the shortest gap."""
    if b_on > complete_by:
        return Fit(
            False, reason=_("Workshop B falls after the last day. Choose earlier days, or report it to the officer.")
        )
    return Fit(True, repeat=(complete_by - b_on).days >= SHORTEST)


GROUPS: Mapping[str, str] = {
    "male": _("Men"),
    "female": _("Women"),
    "non_intimate": _("Family members"),
}
"""National groups; a force's own pathway is a group too."""


def group_of(sex: str, relationship: str, confirmed_format: str) -> str:
    """In which group somebody sits; empty where a coordinator chooses (sex `other`), `cti` where it is by telephone."""
    if confirmed_format not in ("group", ""):
        return confirmed_format
    if relationship != "intimate":
        return "non_intimate"
    return sex if sex in ("male", "female") else ""


def may_sit(group: str, sex: str, relationship: str, confirmed_format: str) -> bool:
    """Whether somebody may sit in a cohort of this group."""
    wanted = group_of(sex, relationship, confirmed_format)
    return wanted == group or (wanted == "" and group in ("male", "female"))


RISKS: Mapping[str, str] = {
    "passed": _("The last day has passed"),
    "reported": _("Reported: the officer must decide"),
    "held": _("On hold: no workshop meanwhile"),
    "no_chance": _("No chance left at workshop A"),
    "too_late_for_b": _("Workshop B is booked after the last day"),
    "no_pair_left": _("Two workshops no longer fit before the last day"),
    "no_place": _("No place booked, and a first workshop must be soon"),
    "no_b": _("No workshop B booked"),
    "not_covered": _("Not finished by telephone, and the last day is near"),
}
SEAT_WANTED = LIMIT_DAYS // 2
"""Days before the last day within which whoever has no seat is at risk: both workshops could not be repeated any more."""
TELEPHONE_NEEDS = 14
"""Days before the last day within which an unfinished course by telephone is at risk [our default]."""


def risk(
    today: date,
    complete_by: date,
    *,
    a_on: date | None,
    b_on: date | None,
    next_a: date | None = None,
    next_b: date | None = None,
    telephone: bool = False,
    held: bool = False,
    reported: bool = False,
    chances: int = 1,
) -> str:
    """The foremost reason why a case may not end in time, as a key of `RISKS`; empty where there is none."""
    left = (complete_by - today).days
    ends = next_b or next_a
    no_seat = not telephone and not ends
    checks = (
        ("passed", left < 0 and not (b_on and b_on <= complete_by)),
        ("reported", reported),
        ("", b_on is not None),
        ("held", held),
        ("no_chance", no_seat and a_on is None and chances == 0),
        ("too_late_for_b", ends is not None and ends > complete_by),
        ("no_pair_left", no_seat and a_on is None and left < SHORTEST),
        ("no_b", no_seat and a_on is not None),
        ("no_place", no_seat and left <= SEAT_WANTED),
        ("not_covered", telephone and left <= TELEPHONE_NEEDS),
    )
    return next((key for key, found in checks if found), "")


PUT_OFF = _("“Your workshop is put off. We will write to you with a new day. Your officer can answer questions.”")
"""All that is said to a person whose workshop is put off, for whatever cause: the words are the same for a hold."""
