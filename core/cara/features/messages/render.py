"""Putting a message into words: facts, the person and the texts in, what goes out comes out. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from babel.dates import format_date

from cara import clock
from cara.features.messages import icalendar, pdf
from cara.features.messages.message_types import FACTS, KINDS
from cara.features.messages.template_loader import Sender, Text

_WHICH: Mapping[str, Mapping[str, str]] = {
    "en": {"first": "first", "second": "second"},
    "cy": {"first": "gyntaf", "second": "olaf"},
}
_LOCALES = {"en": "en_GB", "cy": "cy"}
NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a message is for. Of an officer there is an address at work and nothing else."""

    name: str = ""
    phone: str = ""
    email: str = ""
    address: tuple[str, ...] = ()

    def way(self, channel: str) -> str:
        """Where the reader is reached on this way; empty if they are not."""
        if channel == "sms":
            return mobile(self.phone)
        return self.email if channel == "email" else "\n".join(self.address) if channel == "letter" else self.name


@dataclass(frozen=True, slots=True)
class Matter:
    """What a message is about: its kind, facts, language, and what the outbox fills in."""

    kind: str
    channel: str
    language: str
    facts: Mapping[str, Any]
    reference: str
    complete_by: date
    force: str
    queued_at: datetime
    link: str = ""
    case_link: str = ""


def words(matter: Matter, reader: Reader, sender: Sender) -> dict[str, str]:
    """Every placeholder with what stands in its place."""
    today = clock.london_day(matter.queued_at)
    given = {name: written(name, value, matter.language) for name, value in matter.facts.items()}
    return given | {
        "name": reader.name, "reference": matter.reference, "sender": sender.name,
        "sender_phone": sender.phone.replace(" ", NO_BREAK) if matter.channel == "letter" else sender.phone,
        "today": day(today, matter.language), "complete_by": day(matter.complete_by, matter.language),
        "link": matter.link, "case_link": matter.case_link,
    }  # fmt: skip


def written(name: str, value: Any, language: str) -> str:
    """A fact as it is read."""
    kind = FACTS[name]
    if kind == "day":
        return day(date.fromisoformat(value), language)
    return _WHICH[language][value] if kind == "which" else str(value)


def day(value: date, language: str) -> str:
    """A day in full: Saturday 5 December 2026."""
    return format_date(value, "EEEE d MMMM y", locale=_LOCALES[language])


def letter(matter: Matter, text: Text, reader: Reader, sender: Sender) -> pdf.Letter:
    """The letter, dated the day on which it was queued."""
    filled = text.filled(words(matter, reader, sender))
    on = clock.london_day(matter.queued_at)
    return pdf.Letter(
        filled.heading, filled.body, matter.language, (reader.name, *reader.address), sender, matter.reference, on,
        day(on, matter.language), certificate=matter.kind == "completion_certificate",
    )  # fmt: skip


def appointment(matter: Matter, text: Text, reader: Reader, sender: Sender) -> icalendar.Appointment:
    """The calendar entry."""
    filled, facts = text.filled(words(matter, reader, sender)), matter.facts
    where = ", ".join(str(facts[name]) for name in ("venue", "venue_address") if facts.get(name))
    return icalendar.Appointment(
        f"{matter.force}/{facts['place']}", int(facts["sequence"]), date.fromisoformat(facts["date"]),
        time.fromisoformat(facts["time"]), time.fromisoformat(facts["ends"]), filled.heading, filled.body, where,
        matter.queued_at, cancelled=KINDS[matter.kind].method == "CANCEL",
    )  # fmt: skip


def mobile(phone: str) -> str:
    """A number that takes text messages, as +447…; empty for any other."""
    digits = "".join(one for one in phone if one.isdecimal())
    if phone.strip().startswith("+"):
        national = digits.removeprefix("44") if digits.startswith("44") else ""
    else:
        national = digits.removeprefix("0") if digits.startswith("0") else ""
    national = national.removeprefix("0")
    return f"+44{national}" if len(national) == 10 and national.startswith("7") else ""  # noqa: PLR2004, RUF100
