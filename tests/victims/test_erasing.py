"""Erasing somebody: all that is theirs is gone, with the names by which they were called, and nothing of anybody else."""

import re

import pytest
from cara.errors import NotFound, NotNow
from cara.features.victims.data_rights import erasure
from cara.features.victims.disclosure_reviews import actions as reviews
from cara.features.victims.disclosure_reviews import detail
from cara.features.victims.disclosure_reviews import queries as read
from cara.features.victims.wall import actions, encryption, hold_gate, queries, review_opening
from cara.features.victims.wall.models import Hold, Victim, VictimInCase
from cara.features.victims.wall.review_models import DisclosureReview
from cara.features.victims.wall.review_rules import Account
from cara.platform.crypto.keyring import installation_secret
from cara.platform.database.engine import behind_the_wall
from cara.platform.idempotency import IdempotencyKey, mark
from course.conftest import FORCE
from sqlalchemy import select
from synthetic.browser import form_of
from synthetic.cases import case_of, officer
from synthetic.deeds import DEEDS
from synthetic.victims import reference_of

from .conftest import FACILITATOR, KEEPS, SUPERVISOR, WORDS, WORKER, supervisor


def test_erasing_takes_the_words_of_holds_and_reviews_along(doing, keys):
    reference = reference_of("kent", "accepted")
    with doing(supervisor("kent"), "erase") as w:
        person = queries.find(w, reference)
        key = person.victim.key_id
        erasure.erase(w, keys, person.id)
        with pytest.raises(NotFound):
            queries.find(w, reference)
        with actions.behind(w) as session:
            held = session.scalars(select(Hold).where(Hold.referral_id == person.link.referral_id)).all()
            assert held
            assert {one.cause for one in held} == {b""}
            for model, columns in (*erasure.OF_VICTIM, (Victim, encryption.SEALED)):
                which = model.id if model is Victim else model.victim_id
                for row in session.scalars(select(model).where(which == person.id)):
                    assert {getattr(row, column) for column in columns} == {b""}, model
    assert not list(keys.folder.rglob(f"{key}.key"))


def test_what_one_said_goes_with_them_though_a_concern_came_first(room):
    """Of two who were harmed each has a review of their own; a concern about neither goes with the last."""
    case = room.accepted()
    one, other = room.harmed(case), room.harmed(case)
    with room.doing(FACILITATOR) as w:
        review_opening.concern(w, room.keys, room.case(w, case), Account("Synthetic concern"))
    with room.doing(SUPERVISOR) as w:
        concern = read.of_case(w, room.case(w, case))[0][0]
        numbers = {ref: queries.find(w, ref).id for ref in (one, other)}
    with room.doing(WORKER) as w:
        said = reviews.disclose(w, room.keys, one, Account("Synthetic words of one"))
        with pytest.raises(NotNow, match="on their own record"):
            reviews.add_account(w, room.keys, concern, Account("Synthetic words of one"))
    assert said != concern
    with room.doing(SUPERVISOR) as w:
        erasure.erase(w, room.keys, numbers[one])
    assert accounts(room, said) == [None]
    assert accounts(room, concern) == ["Synthetic concern"]
    with room.doing(SUPERVISOR) as w:
        erasure.erase(w, room.keys, numbers[other])
    assert accounts(room, concern) == [None]
    with room.doing(SUPERVISOR) as w, behind_the_wall(w.session, FORCE) as session:
        number = room.case(w, case).id
        assert {row.cause for row in session.scalars(select(Hold).where(Hold.referral_id == number))} == {b""}
        sealed = session.scalars(select(DisclosureReview).where(DisclosureReview.referral_id == number)).all()
        assert not [row.reference for row in sealed if room.keys.has(FORCE, row.key_id)]


def accounts(room, review):
    with room.doing(SUPERVISOR) as w:
        found = detail.read(w, room.keys, review).accounts
    return [account.words if account else None for account, _at, _by in found]


def test_what_they_were_called_leads_nowhere_and_no_sent_form_tells(as_person, doing, keys, database):
    case = case_of("kent", "south_provider", "booked").reference
    amber, worker = as_person(officer("kent").key), as_person(KEEPS.key)
    at = f"/cases/{case}/victim"
    sent = form_of(amber.get(at).text, at) | {"name": WORDS, "phone": "01632 960001"}
    assert amber.send(at, sent).status_code == 303
    with doing(supervisor("kent")) as w, behind_the_wall(w.session, "kent") as session:
        wanted = select(VictimInCase).where(VictimInCase.case_reference == case).order_by(VictimInCase.victim_id.desc())
        link = session.scalars(wanted).first()
    reference, number = link.reference, link.victim_id
    record = f"/victims/{reference}"
    changed = {"source": "victim", "phone": "01632 960009"}
    assert worker.fill(f"{record}/change", f"{record}/change", changed).status_code == 303
    told = worker.fill(f"{record}/disclosure", f"{record}/disclosure",
                       {"words": WORDS, "danger": "no", "child": "no", "risk": "high"})  # fmt: skip
    review = told.headers["location"].split("?")[0]
    sergeant = as_person(supervisor("kent").key)
    stopped = {"decision": "stop", "reasons": "Synthetic"}
    assert sergeant.fill(f"{review}/decide", f"{review}/decide", stopped).status_code == 303
    secret = installation_secret(keys.folder)
    theirs = {mark(secret, "victim", name) for name in (reference, case, review.rpartition("/")[2])}
    beside = mark(secret, "referral", case)
    assert theirs == {one.about for one in forms_in(database)} & (theirs | {beside})
    note = next(one for one in DEEDS if one.path == f"/cases/{case}/note")
    assert note.do(as_person(note.who), _version=version_on(as_person(note.who).get(note.path).text)).status_code == 303
    assert sergeant.fill(f"{record}/erase", f"{record}/erase", {"why": "asked"}).status_code == 303

    forms = forms_in(database)
    with database.admin().connect() as connection:
        links = connection.execute(select(VictimInCase.__table__).where(VictimInCase.victim_id == number)).all()
    assert not theirs & {one.about for one in forms}
    emptied = [one for one in forms if one.about == b""]
    # Handed over, changed, told, decided; the form that erased them is answered, and about nobody.
    assert sorted(bool(one.tag or one.sealed) for one in emptied) == [False, False, False, False, True]
    assert [bool(one.sealed) for one in forms if one.about == beside] == [True], "what is about the case alone stays"
    assert [(one.reference == reference, one.case_reference) for one in links] == [(False, "")]
    assert amber.send(at, sent).status_code == 422, "a form that was taken is never taken again"
    for who in (worker, sergeant):
        assert who.get(record).status_code == 404


def version_on(page):
    return re.search(r'name="_version" value="([0-9]+)"', page)[1]


def forms_in(database):
    with database.admin().connect() as connection:
        return connection.execute(select(IdempotencyKey.__table__)).all()


def test_two_whom_somebody_feared_share_no_room_after_their_erasure(room):
    one, other = room.accepted(), room.accepted()
    harmed = room.harmed(one)
    with room.doing(SUPERVISOR) as w:
        number = queries.find(w, harmed).id
        actions.link(w, number, room.case(w, other))
        erasure.erase(w, room.keys, number)
    with room.doing(FACILITATOR) as w:
        assert not hold_gate.may_share_room(w, room.case(w, one), room.case(w, other))
