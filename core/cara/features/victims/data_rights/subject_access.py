"""A copy for somebody of all that is kept of them: a table says of each column what it is called there, or why it is not.

Nothing of the person on the course goes along, but what they themselves told of them. What the police decided about that person,
and what the provider or the Trust thought, is not theirs to take home.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from jinja2 import Environment
from sqlalchemy import select
from sqlmodel import SQLModel

from cara.features.victims.contact.address_changes import pending
from cara.features.victims.contact.attempt_warnings import WARNED
from cara.features.victims.wall.actions import behind
from cara.features.victims.wall.contact_models import (
    BrokenGlass,
    ContactAttempt,
    ContactRefusal,
    Conversation,
    DetailsShown,
    RiskAssessment,
    ViewsLink,
)
from cara.features.victims.wall.models import DetailsChange, Victim, VictimInCase
from cara.features.victims.wall.queries import Person
from cara.features.victims.wall.questions import METHOD, RISK, SAFE, SAID, SURVEY, told
from cara.features.victims.wall.review_encryption import account
from cara.features.victims.wall.review_models import DisclosureReview
from cara.features.victims.wall.vocabulary import (
    BASES,
    COMPANY,
    METHODS,
    NOT_RECORDED,
    OUTCOMES,
    POINTS,
    REFUSED,
    SAID_AT,
    SOURCES,
    WHY_AGAINST,
    WHY_OPENED,
    SafeContact,
)
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.access.models import Organisation
from cara.platform.crypto.keyring import Keyring
from cara.platform.data_export.archive import Copy, pack
from cara.platform.data_export.columns import Described, Description, Reader, Shown, sections, withheld
from cara.platform.ledger.writer import Act
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work

OURS: Final = _("A number or code of ours, which says nothing of them")
STAFF: Final = _("Names a member of staff")
OTHER: Final = _("About the person on the course, or what others thought of them")
_WHOSE = "id force_id keeper_id victim_id referral_id"


def _word(labels: Mapping[str, str]) -> Reader:
    return lambda value: str(labels.get(value, value))


def _warned(words: str) -> str:
    return "\n".join(str(WARNED.get(one, one)) for one in words.split())


def _contact(text: str) -> dict[str, str]:
    return told(SAFE, asdict(SafeContact.read(text)))


def _details(text: str) -> dict[str, str]:
    known = json.loads(text)
    return _contact(known["contact"]) | {gettext("Address"): known["address"]}


def _account(text: str) -> str:
    known = account(text)
    return known.words if known else ""


def _answer(value: bool) -> str:
    return gettext("Yes") if value else gettext("No")


OF_VICTIMS: Final[Description] = {
    "victim": Described(_("Who you are, and how to reach you"), {
        **withheld(OURS, "id force_id keeper_id key_id version erased_at"),
        "name": Shown(_("Name")), "contact": Shown(_("How to reach you"), _contact), "address": Shown(_("Address")),
        "added_at": Shown(_("Recorded")),
    }),
    "victim_in_case": Described(_("Your references"), {
        **withheld(OURS, "victim_id referral_id force_id keeper_id area"), **withheld(STAFF, "added_by"),
        **withheld(OTHER, "case_reference referral_risk"),
        "reference": Shown(_("Reference")), "added_at": Shown(_("Recorded")),
    }),
    "victim_details_change": Described(_("Changes of your address or number"), {
        **withheld(OURS, "id force_id keeper_id victim_id reference"), **withheld(STAFF, "proposed_by decided_by"),
        "source": Shown(_("Told by"), _word(SOURCES)), "before": Shown(_("Before"), _details), "after": Shown(_("After"), _details),
        "proposed_at": Shown(_("Told")), "decided_at": Shown(_("Looked at")), "confirmed": Shown(_("Confirmed"), _answer),
    }),
    "victim_attempt": Described(_("Attempts to reach you"), {
        **withheld(OURS, f"{_WHOSE} recorded_at"), **withheld(STAFF, "recorded_by"),
        "point": Shown(_("When in the course"), _word(POINTS)), "method": Shown(_("How"), _word(METHODS)),
        "outcome": Shown(_("What came of it"), _word(OUTCOMES)), "note": Shown(_("Note")), "happened_at": Shown(_("When")),
        "warned": Shown(_("What spoke against it"), _warned), "why": Shown(_("Why it was made all the same"), _word(WHY_AGAINST)),
    }),
    "victim_refusal": Described(_("When you said that you do not want to be contacted"), {
        **withheld(OURS, f"{_WHOSE} recorded_at withdrawn_at"), **withheld(STAFF, "recorded_by withdrawn_by"),
        "on": Shown(_("Day")), "refused": Shown(_("By whom"), _word({**REFUSED, NOT_RECORDED: _("Not recorded")})),
        "company": Shown(_("Whether anyone was with you"), _word({**COMPANY, NOT_RECORDED: _("Not recorded")})),
        "withdrawn_on": Shown(_("You wanted contact again")), "withdrawn_method": Shown(_("How you confirmed it"), _word(METHODS)),
    }),
    "victim_details_shown": Described(_("When your number and address were shown although you refused contact"), {
        **withheld(OURS, f"{_WHOSE} explained_at ends_at"), **withheld(STAFF, "shown_by explained_by"), **withheld(OTHER, "words"),
        "shown_at": Shown(_("When")), "why": Shown(_("Why"), _word(WHY_OPENED)),
    }),
    "victim_conversation": Described(_("What you said"), {
        **withheld(OURS, f"{_WHOSE} recorded_at weighed_at"), **withheld(STAFF, "recorded_by"),
        "point": Shown(_("When in the course"), _word(SAID_AT)), "on": Shown(_("Day")),
        "said": Shown(_("What you said"), lambda text: told((METHOD, *SAID, *SURVEY), json.loads(text))),
    }),
    "victim_views_link": Described(_("When you were asked what you thought"), {
        **withheld(OURS, f"{_WHOSE} nonce token_hash made_at seen_at"), **withheld(STAFF, "made_by seen_by"),
        "method": Shown(_("How"), _word(METHODS)), "agreed_on": Shown(_("You agreed")), "ends_at": Shown(_("Until")),
        "answered_at": Shown(_("Answered")),
    }),
    "victim_risk": Described(_("Risk assessments"), {
        **withheld(OURS, f"{_WHOSE} recorded_at weighed_at"), **withheld(STAFF, "recorded_by"),
        "basis": Shown(_("Made from"), _word(BASES)),
        "assessed_on": Shown(_("Day")), "assessed": Shown(_("Assessment"), lambda text: told(RISK, json.loads(text))),
    }),
    "victim_broken_glass": Described(_("When your record was opened in an emergency"), {
        **withheld(OURS, f"{_WHOSE} reviewed_at justified second_at second_agreed conditional"),
        **withheld(STAFF, "opened_by reviewed_by second_by"), **withheld(OTHER, "reason"),
        "opened_at": Shown(_("Opened")), "ends_at": Shown(_("Until")),
    }),
    "disclosure_review": Described(_("What you told that was reviewed"), {
        **withheld(OURS, f"{_WHOSE} reference hold_id key_id source consultation version area"), **withheld(STAFF, "opened_by decided_by"),
        **withheld(OTHER, "case_reference risk risk_at question decision reasons decided_at provider_asked_at supervisors_told_at"),
        **withheld(OTHER, "cover_told_at"),
        "account": Shown(_("What you told"), _account), "opened_at": Shown(_("When")),
    }),
    "victim_course_news": Described(_("News of the course"), whole=OTHER),
    "victim_hold": Described(_("Holds"), whole=OTHER),
    "disclosure_view": Described(_("Views"), whole=OTHER),
    "disclosure_step": Described(_("What was done about a review"), whole=OTHER),
}  # fmt: skip
"""Every table behind the wall, column by column."""
SEALED: Final[Mapping[Any, tuple[str, ...]]] = {
    Victim: ("name", "contact", "address"), VictimInCase: (), DetailsChange: ("before", "after"), ContactAttempt: ("note",),
    Conversation: ("said",), RiskAssessment: ("assessed",), BrokenGlass: (), ViewsLink: (),
    ContactRefusal: (), DetailsShown: (), DisclosureReview: ("account",),
}  # fmt: skip
"""The tables of which anything is copied, each with its columns that are opened for it."""
IN_DOUBT: Final = frozenset({"contact", "address", "before", "after"})
"""What is shown to nobody while a change of it waits for its second look."""
TOLD_BY_THEM: Final = "victim"
"""The source of a review whose account is the person's own."""


def copy(w: Work, keys: Keyring, templates: Environment, person: Person) -> bytes:
    """A ZIP with a page to read and a file for machines. Its names say nothing of the person, nor what it is about.

    While a change of address or number waits for its second look it says so in their place, as the record's page does.
    """
    rows = {str(model.__tablename__): list(_rows(w, keys, person, model)) for model in SEALED}
    found = sections(_described(doubt=pending(w, person) is not None), rows, frozenset())
    w.record("victim.copied", Act.DISCLOSURE, subject=("victim", person.id), force=person.victim.force_id)
    return pack(templates, Copy(person.link.reference, _controller(w, person), w.today, found))


def _described(*, doubt: bool) -> Description:
    """The description, in which, while a change waits, nothing is read that is in doubt."""
    if not doubt:
        return OF_VICTIMS
    hidden = gettext("Hidden: it has changed, and the change waits for its second look")
    return {
        name: Described(one.title, {
            column: Shown(given.label, lambda _value: hidden) if column in IN_DOUBT and isinstance(given, Shown) else given
            for column, given in one.columns.items()
        }, one.whole)
        for name, one in OF_VICTIMS.items()
    }  # fmt: skip


def _controller(w: Work, person: Person) -> str:
    """Who keeps the record: the organisation, or the force itself."""
    keeper = w.session.get(Organisation, person.victim.keeper_id) if person.victim.keeper_id else None
    return keeper.name if keeper else FORCES[person.victim.force_id].name


def _rows(w: Work, keys: Keyring, person: Person, model: Any) -> Iterator[dict[str, Any]]:
    """The rows of one table, with what is sealed in them opened."""
    which: list[Any] = [model.id == person.id] if model is Victim else [model.victim_id == person.id]
    if model is DisclosureReview:
        which.append(model.source == TOLD_BY_THEM)
    with behind(w) as session:
        rows = session.scalars(select(model).where(*which)).all()
    for row in rows:
        key = getattr(row, "key_id", person.victim.key_id)
        yield {column: _open(keys, person, key, row, column) for column in type(row).model_fields}


def _open(keys: Keyring, person: Person, key: str, row: SQLModel, column: str) -> Any:
    value = getattr(row, column)
    if column not in SEALED[type(row)] or not value:  # emptied with what it belonged to
        return value
    return keys.decrypt(person.victim.force_id, key, f"{row.__tablename__}.{column}", value)
