"""All rows about one person in one force, table by table, and what was done in their cases by whom: organisations, not people."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import SQLModel

from cara.clock import london_day
from cara.features.onward_services import directory
from cara.features.referrals import queries
from cara.features.referrals.course_formats import formats
from cara.features.referrals.models import Offender, Referral
from cara.features.referrals.name_matching import fold
from cara.features.referrals.timeline import WORDS
from cara.features.referrals.warnings import named
from cara.features.subject_access.column_map import OF_CASES
from cara.features.subject_access.labels import Known
from cara.features.subject_access.labels import words as worded
from cara.platform.data_export.archive import Copy
from cara.platform.data_export.columns import Rows, sections
from cara.platform.reference_data import offence_codes
from cara.platform.unit_of_work import Work

_o: Any = Offender
_r: Any = Referral
UNTOLD = ("course.kept_apart", "course.no_longer_kept_apart")
"""What was done to somebody else's safety as much as to this case."""
TOLD = ("referral.", "course.")
"""Beginnings of the verbs that are told; whatever another room does in a case is not this list's to tell."""

MESSAGES = frozenset(
    {
        "place_offered", "place_booked", "workshop_entry", "date_changed", "place_cancelled", "missed_workshop", "telephone_appointment",
        "feedback_invitation", "completion_certificate", "no_show", "breach_reported", "onward_referral", "follow_up_due",
    }
)  # fmt: skip
"""Kinds of messages that are told; no other is. A reminder is not sent while a hold stands, staff are reminded of a last day because
one does, and others tell that there is a victim’s record: each would tell of a hold by being there, or by not being there."""
VICTIMS = "victim"
"""The class of records of a retention review that is opened only where a victim’s record, or the words of a hold, are kept."""

_OTHERWISE = ("draft", "workshop", "venue", "onward_outcome")
"""Tables that do not name the case of their rows."""


def cases_of(w: Work, person: Offender) -> Sequence[Referral]:
    """Every case of the force with a person of the same name and birth date: theirs, as far as the force can tell.

    Whoever was erased has no name any more, and a birth date that many share: their own case alone is theirs.
    """
    same = [_o.folded == person.folded, _o.date_of_birth == person.date_of_birth]
    if not person.folded:
        same = [_o.referral_id == person.referral_id]
    return w.session.scalars(select(Referral).join(_o, _o.referral_id == _r.id).where(*same).order_by(_r.id)).all()


def rows_about(w: Work, person: Offender, cases: Sequence[Referral]) -> Rows:
    """Table → rows, of each table that is not withheld as a whole."""
    numbers = [one.id for one in cases]
    found: dict[str, Sequence[Mapping[str, Any]]] = {}
    for name, told in OF_CASES.items():
        if told.whole:
            continue
        table = SQLModel.metadata.tables[name]
        if name == "referral":
            found[name] = _rows(w, name, table.c.id.in_(numbers))
        elif name == "local_answer":  # what is for the force alone is about whoever was harmed
            found[name] = _rows(w, name, table.c.referral_id.in_(numbers) & table.c.force_only.is_(False))
        elif name == "outbox_message":
            found[name] = _rows(w, name, table.c.referral_id.in_(numbers) & table.c.kind.in_(MESSAGES))
        elif name == "retention_review":
            found[name] = _rows(w, name, table.c.referral_id.in_(numbers) & (table.c.record_class != VICTIMS))
        elif name not in _OTHERWISE:
            found[name] = _rows(w, name, table.c.referral_id.in_(numbers))
    sent_on = [one["id"] for one in found["onward_referral"]]
    found["onward_outcome"] = _rows(w, "onward_outcome", _column("onward_outcome", "onward_referral_id").in_(sent_on))
    found["draft"] = _drafts(w, person, numbers)
    found["workshop"] = _rows(
        w, "workshop", _column("workshop", "cohort_id").in_({one["cohort_id"] for one in found["place"]})
    )
    found["venue"] = _rows(w, "venue", _column("venue", "id").in_({one["venue_id"] for one in found["workshop"]}))
    return found


def make(w: Work, force: str, cases: Sequence[Referral], rows: Rows, reference: str, ticked: frozenset[str]) -> Copy:
    """Make the copy of what `rows_about` found: with the words that somebody has read and `ticked`, by their keys. `force`: the
    controller’s name."""
    given = sections(OF_CASES, rows, ticked, worded(known(w, cases, rows)))
    return Copy(reference, force, w.today, given, happenings(w, cases))


def known(w: Work, cases: Sequence[Referral], rows: Rows) -> Known:
    """What the codes in these rows are called, where the lists are data."""
    codes = [one.offence_code for one in cases] + [one["answers"].get("offence_code") or "" for one in rows["draft"]]
    return Known(
        offences={code: named(code, offence_codes.offence(w.session, code)) for code in codes},
        formats={code: label for one in cases for code, label in formats(w, one).items()},
        areas=directory.areas(w, cases[0].force_id),
    )


def happenings(w: Work, cases: Sequence[Referral]) -> list[dict[str, str]]:
    """What was done in the cases, oldest first: the day, what, and the organisation."""
    made = []
    for one in cases:
        for event in queries.events(w, one):
            text = WORDS.get(event.verb, (None, None))[0]
            if text and event.verb.startswith(TOLD) and event.verb not in UNTOLD:
                day = london_day(event.at).isoformat()
                made.append({"case": one.reference, "day": day, "what": str(text), "by": event.name or ""})
    return made


def _drafts(w: Work, person: Offender, numbers: Sequence[int | None]) -> Sequence[Mapping[str, Any]]:
    """Drafts that became one of the cases, and open ones that name the same person: a draft's answers are no columns."""
    draft = SQLModel.metadata.tables["draft"]
    found = _rows(w, "draft", draft.c.referral_id.in_(numbers) | draft.c.referral_id.is_(None))
    return [one for one in found if one["referral_id"] or _is(person, one["answers"])]


def _is(person: Offender, answers: Mapping[str, Any]) -> bool:
    born = str(answers.get("date_of_birth") or "")
    named = fold(f"{answers.get('surname', '')} {answers.get('forenames', '')}")
    return bool(born) and date.fromisoformat(born) == person.date_of_birth and named == person.folded


def _column(table: str, name: str) -> Any:
    return SQLModel.metadata.tables[table].c[name]


def _rows(w: Work, name: str, which: Any) -> Sequence[Mapping[str, Any]]:
    table = SQLModel.metadata.tables[name]
    wanted = (
        select(table).where(table.c.force_id == bindparam("scope_force"), which).order_by(*table.primary_key.columns)
    )
    return [dict(row) for row in w.connection.execute(wanted, {"scope_force": w.actor.force}).mappings()]
