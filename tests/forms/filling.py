"""What somebody types into a field, by its label and name; and the ways in which a form is filled in whole. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made_by
from datetime import date, timedelta
from fnmatch import fnmatch

from synthetic.markup import SENT_BY, Control, Form

Typed = dict[str, list[str]]
PARTS = ("day", "month", "year")
DAYS: Mapping[str, int] = {
    "date_of_birth": -12_000, "offence_date": -20, "caution_date": -10, "risk_assessed_on": -19,
    "ends": 90, "until": 90, "review_by": 200, "complete_by": 95, "day_a": 10, "day_b": 38,
    "first": 14, "last": 98, "venue_first": 10, "venue_last": 40, "facilitator_first": 10, "facilitator_last": 40,
}  # fmt: skip
"""Name of a date → days from today; every other date is today."""
TEXTS: tuple[tuple[str, str], ...] = (
    ("phone", "01632 960{n:03}"), ("postcode", "ZZ99 1AA"), ("email", "synthetic{n}@mail.example"),
    ("*work_address", "synthetic{n}@{domain}"), ("administrator", "synthetic{n}@new{n}.example"),
    ("starts*", "09:30"), ("ends*", "15:00"), ("safe_from", "09:30"), ("safe_until", "15:00"), ("time", "00:00"), ("web", "https://synthetic{n}.example"),
    ("issuer", "https://synthetic{n}.idp.example.test"), ("id", "synthetic_{n}"), ("mail_domains", "new{n}.example"),
    ("force_id", "surrey"), ("places", "3"), ("amount", "300.00"), ("price", "100.00"), ("cost", "2500"), ("months", "84"),
    ("capacity", "9"), ("percent", "20"), ("count", "3"), ("da_disposals", "27 3 2024"), ("offence_code", "CJ88116"),
    ("group_lines", "synthetic-group-{n} = force.analyst"), ("groups_claim", "roles{n}"), ("client_id", "cara-{n}"),
    ("language", "English"), ("languages", "English"), ("crime_reference", "SYN {n}"),
)  # fmt: skip
"""Name of a field → what is typed; every other text is words that can be found again."""
EXPORT = "crime_reference,surname,forenames,date_of_birth,sex\r\nSYN-{n},Synthetic,Synthetic,03/02/1990,male\r\n"


@dataclass(frozen=True, slots=True)
class Filling:
    """One way to send a form: what is chosen in it, all its fields, and the words that must be found again."""

    choice: str
    fields: Typed
    marks: dict[str, str] = made_by(default_factory=dict)
    file: bytes = b""


@dataclass(frozen=True, slots=True)
class Hand:
    """Who fills in: the day, a number that makes their words their own, their organisation's domain, and what they must know."""

    today: date
    n: int
    domain: str
    typed: Mapping[str, str]


def fillings(form: Form, hand: Hand, picks: Mapping[str, str], wanted: Callable[[str, str], bool]) -> Iterator[Filling]:
    """The form filled in whole, and once more for each `wanted` choice that this leaves out."""
    whole = _whole(form, picks)
    used = {(name, value) for name, values in whole.items() for value in values if len(values) == 1}
    yield _filling("filled in whole", form, whole, hand)
    for name, options in form.choices().items():
        for kind, value in options:
            if not value or (name, value) in used or not wanted(name, value):
                continue
            chosen = whole if kind in SENT_BY else {**whole, name: [value]}
            made = _filling(f"{name}={value}", form, chosen, hand)
            pressed = value.partition("=")
            yield Filling(made.choice, {**made.fields, pressed[0]: [pressed[2]]}) if kind in SENT_BY else made


def nothing(form: Form) -> Filling:
    """The form with nothing in it but what it holds by itself."""
    return Filling("with nothing", _hidden(form) | {one.name: [""] for one in form.controls if _is_typed(one)})


def _hidden(form: Form) -> Typed:
    found: Typed = {}
    for one in form.controls:
        if one.kind == "hidden":
            found.setdefault(one.name, []).append(one.value)
    return found


def _is_typed(one: Control) -> bool:
    return one.kind not in ("hidden", "radio", "checkbox", "select", "file", *SENT_BY, "button")


def _whole(form: Form, picks: Mapping[str, str]) -> Typed:
    """Every choice made once: the first of each, all boxes ticked; but where `picks` name another, or none."""
    chosen: Typed = {}
    for name, options in form.choices().items():
        kinds = {kind for kind, _value in options}
        values = [value for _kind, value in options if value]
        for pick in (wanted for field, wanted in picks.items() if fnmatch(name, field)):
            values = [one for one in values if any(fnmatch(one, each) for each in pick.split("|"))]
        if values and not kinds & SENT_BY:
            chosen[name] = values if kinds == {"checkbox"} else values[:1]
    return chosen


def _filling(choice: str, form: Form, chosen: Typed, hand: Hand) -> Filling:
    fields, marks, file = _hidden(form) | chosen, {}, b""
    for one in form.controls:
        if one.kind == "file":
            file = EXPORT.format(n=hand.n).encode()
        elif _is_typed(one):
            text = _text(one, hand)
            fields[one.name] = [text]
            if not _is_day(one) and all(value in chosen.get(name, ()) for name, value in one.revealed_by):
                marks[one.name] = text
    return Filling(choice, fields, marks, file)


def _is_day(one: Control) -> bool:
    return one.name.rpartition("-")[2] in PARTS


def _text(one: Control, hand: Hand) -> str:
    if one.name in hand.typed:
        return hand.typed[one.name]
    stem, _dash, part = one.name.rpartition("-")
    if part in PARTS:
        return str(getattr(hand.today + timedelta(DAYS.get(stem, 0)), part))
    for name, text in TEXTS:
        if fnmatch(one.name, name):
            return text.format(n=hand.n, domain=hand.domain)
    return str(3 + hand.n % 5) if one.number else f"Synthetic {one.name} {hand.n}"
