"""A copy for somebody of all that is kept of them: a table says of each column what it is called there, or why it is not.

Nothing of the person on the course goes along, but what they themselves told of them. What the police decided about that person,
and what the provider or the Trust thought, is not theirs to take home.
"""

import html
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select

from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.ledger.record import Act
from cara.storage.keys import Keyring
from cara.victims.actions import behind
from cara.victims.changes import pending
from cara.victims.models import DetailsChange, Victim, VictimInCase
from cara.victims.reading import Person
from cara.victims.records import BrokenGlass, ContactAttempt, Conversation, RiskAssessment, ViewsLink
from cara.victims.reviews.models import DisclosureReview
from cara.work import Work

_OURS = "a number or code of ours, which says nothing of them"
_STAFF = "names a member of staff"
_OTHER = "about the person on the course, or what others thought of them"


@dataclass(frozen=True, slots=True)
class Copied:
    """A table: its heading, the columns that are copied with their labels, those that are not with the reason."""

    model: Any
    title: str
    given: Mapping[str, str]
    withheld: Mapping[str, str]
    sealed: tuple[str, ...] = ()


_WHOSE = dict.fromkeys(("id", "force_id", "keeper_id", "victim_id", "referral_id"), _OURS)
TABLES: Final = (
    Copied(
        Victim, _("Who you are, and how to reach you"),
        {"name": _("Name"), "contact": _("How to reach you"), "address": _("Address"), "added_at": _("Recorded")},
        {"id": _OURS, "force_id": _OURS, "keeper_id": _OURS, "key_id": _OURS, "erased_at": "is empty", "version": _OURS},
        ("name", "contact", "address"),
    ),
    Copied(
        VictimInCase, _("Your references"), {"reference": _("Reference"), "added_at": _("Recorded")},
        _WHOSE | {"case_reference": _OTHER, "added_by": _STAFF},
    ),
    Copied(
        DetailsChange, _("Changes of your address or number"),
        {"source": _("Told by"), "before": _("Before"), "after": _("After"), "proposed_at": _("Told"), "decided_at": _("Looked at"),
         "confirmed": _("Confirmed")},
        _WHOSE | {"reference": _OURS, "proposed_by": _STAFF, "decided_by": _STAFF}, ("before", "after"),
    ),
    Copied(
        ContactAttempt, _("Attempts to reach you"),
        {"point": _("When in the course"), "method": _("How"), "outcome": _("What came of it"), "note": _("Note"),
         "happened_at": _("When")},
        _WHOSE | {"recorded_at": _OURS, "recorded_by": _STAFF}, ("note",),
    ),
    Copied(
        Conversation, _("What you said"), {"point": _("When in the course"), "on": _("Day"), "said": _("What you said")},
        _WHOSE | {"recorded_at": _OURS, "recorded_by": _STAFF}, ("said",),
    ),
    Copied(
        ViewsLink, _("When you were asked what you thought"),
        {"method": _("How"), "agreed_on": _("You agreed"), "ends_at": _("Until"), "answered_at": _("Answered")},
        _WHOSE | {"nonce": _OURS, "token_hash": _OURS, "made_at": _OURS, "made_by": _STAFF, "seen_at": _OURS, "seen_by": _STAFF},
    ),
    Copied(
        RiskAssessment, _("Risk assessments"), {"assessed_on": _("Day"), "assessed": _("Assessment")},
        _WHOSE | {"recorded_at": _OURS, "recorded_by": _STAFF}, ("assessed",),
    ),
    Copied(
        BrokenGlass, _("When your record was opened in an emergency"), {"opened_at": _("Opened"), "ends_at": _("Until")},
        _WHOSE | {"reason": _OTHER, "opened_by": _STAFF, "reviewed_at": _OURS, "reviewed_by": _STAFF, "justified": _OURS},
    ),
    Copied(
        DisclosureReview, _("What you told that was reviewed"), {"account": _("What you told"), "opened_at": _("When")},
        {**_WHOSE, "case_reference": _OTHER, "reference": _OURS, "hold_id": _OURS, "key_id": _OURS, "source": _OURS, "risk": _OTHER,
         "question": _OTHER, "opened_by": _STAFF, "consultation": _OURS, "decision": _OTHER, "reasons": _OTHER,
         "decided_at": _OTHER, "decided_by": _STAFF, "version": _OURS},
        ("account",),
    ),
)  # fmt: skip
NOT_THEIRS: Final[Mapping[str, str]] = {
    "victim_course_news": _OTHER,
    "victim_hold": _OTHER,
    "disclosure_view": _OTHER,
    "disclosure_step": _OTHER,
}
"""Tables behind the wall of which nothing is copied, each with its reason."""
IN_DOUBT: Final = frozenset({"contact", "address", "before", "after"})
"""What is shown to nobody while a change of it waits for its second look."""
TOLD_BY_THEM: Final = "victim"
"""The source of a review whose account is the person's own."""


def copy(w: Work, keys: Keyring, person: Person) -> bytes:
    """A ZIP with a page to read and a file for machines. Its names say nothing of the person, nor what it is about.

    While a change of address or number waits for its second look it says so in their place, as the record's page does.
    """
    hidden = IN_DOUBT if pending(w, person) else frozenset[str]()
    found = {str(table.title): _rows(w, keys, person, table, hidden) for table in TABLES}
    w.record("victim.copied", Act.DISCLOSURE, subject=("victim", person.id), force=person.victim.force_id)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("copy.html", _page(found))
        archive.writestr("copy.json", json.dumps(found, ensure_ascii=False, indent=1))
    return made.getvalue()


def _rows(w: Work, keys: Keyring, person: Person, table: Copied, hidden: frozenset[str]) -> list[dict[str, Any]]:
    model = table.model
    which: list[Any] = [model.id == person.id] if model is Victim else [model.victim_id == person.id]
    if model is DisclosureReview:
        which.append(model.source == TOLD_BY_THEM)
    with behind(w) as session:
        rows = session.scalars(select(model).where(*which)).all()
    return [
        {
            str(label): gettext("Hidden: it has changed, and the change waits for its second look")
            if column in hidden
            else _value(keys, person, table, row, column)
            for column, label in table.given.items()
        }
        for row in rows
    ]


def _value(keys: Keyring, person: Person, table: Copied, row: Any, column: str) -> Any:
    value = getattr(row, column)
    if column in table.sealed:
        if not value:
            return ""  # emptied with what it belonged to
        place = f"{table.model.__tablename__}.{column}"
        key = getattr(row, "key_id", person.victim.key_id)
        return _plain(keys.decrypt(person.victim.force_id, key, place, value))
    return value.isoformat() if isinstance(value, date | datetime) else value


def _plain(text: str) -> Any:
    """Sealed JSON as what it holds, other words as they are."""
    try:
        known = json.loads(text)
    except ValueError:
        return text
    if not isinstance(known, dict):
        return text
    return {
        name: _plain(value) if isinstance(value, str) and value.startswith("{") else value
        for name, value in known.items()
    }


def _page(found: Mapping[str, list[dict[str, Any]]]) -> str:
    title = html.escape(gettext("A copy of what is kept"))
    parts = []
    for heading, rows in found.items():
        lines = "".join(f"<dl>{_list(row)}</dl>" for row in rows) or f"<p>{html.escape(gettext('Nothing.'))}</p>"
        parts.append(f"<h2>{html.escape(heading)}</h2>{lines}")
    return (
        f'<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><main><h1>{title}</h1>{''.join(parts)}</main></body></html>"
    )


def _list(row: Mapping[str, Any]) -> str:
    return "".join(f"<dt>{html.escape(str(label))}</dt><dd>{_said(value)}</dd>" for label, value in row.items())


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return f"<dl>{_list(value)}</dl>"
    return html.escape(str(value if value is not None else ""))
