"""The directory: what plugins ship is taken up once, what a force made of it stays, and what is asked for is what is listed."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cara.features.onward_services import directory
from cara.features.onward_services.models import Funder, OnwardService
from cara.features.onward_services.plugin_defaults import take_up
from cara.features.onward_services.vocabulary import OFFENDER, VICTIM
from cara.operations.app import create_app
from cara.platform.plugins.models import ForceArrangement
from cara.platform.plugins.profile_serializer import plain
from cara_leicestershire.plugin import PROFILE
from sqlalchemy import select, update
from synthetic.browser import key
from synthetic.cases import TODAY
from synthetic.onward import service_of
from synthetic.people import PEOPLE

from .conftest import FORCE, Stage


def stored(stage: Stage, table: Any) -> list[Any]:
    columns = table.__table__.c
    with stage.admin.connect() as connection:
        return list(
            connection.execute(select(table.__table__).where(columns.key.is_not(None)).order_by(columns.id)).all()
        )


def test_what_is_shipped_is_taken_up_once(app: Any, database: Any, stage: Stage) -> None:
    """At every start of the application, and of several."""
    before = stored(stage, OnwardService), stored(stage, Funder)
    assert {(one.force_id, one.audience, one.key) for one in before[0]} == {
        ("leicestershire", OFFENDER, "jenkins_centre"),
        *(("hampshire", OFFENDER, one) for one in ("adapt", "trust_programmes", "up2u", "dapp")),
        *(("hampshire", VICTIM, one) for one in ("idash", "pippa")),
    }
    assert [one.areas for one in before[1]] == [["city"], ["county"], ["rutland"]]
    assert not [one for one in before[0] if one.phone or one.web or one.email]  # no source has any
    for _ in range(3):
        take_up(stage.store)
    create_app(database.settings(), forces=app.state.forces).state.store.engine.dispose()
    assert (stored(stage, OnwardService), stored(stage, Funder)) == before


def test_what_the_force_changed_or_ended_stays_so(app: Any, stage: Stage, as_person: Any) -> None:
    by_key = {one.key: one for one in stored(stage, OnwardService)}
    supervisor, base = as_person("hampshire_police.supervisor"), "/services/for-people-on-the-course"
    day = TODAY + timedelta(90)
    given = {"_key": key(), "_version": "1", "name": "ADAPT, as we call it", "needs": ["behaviour_programme"], "languages": "Welsh",
             "access": "", "phone": "01632 960099", "web": "", "email": "", "review_by-day": day.day, "review_by-month": day.month,
             "review_by-year": day.year}  # fmt: skip
    assert supervisor.post(f"{base}/{by_key['adapt'].reference}/change", given).status_code == 303
    ended = supervisor.post(f"{base}/{by_key['dapp'].reference}/end", {"_key": key(), "_version": "1"})
    assert ended.status_code == 303
    take_up(stage.store)
    now = {one.key: one for one in stored(stage, OnwardService)}
    assert (now["adapt"].name, now["adapt"].phone) == ("ADAPT, as we call it", "01632 960099")
    assert now["dapp"].ended_at is not None
    assert now["up2u"] == by_key["up2u"]


def test_a_plugin_that_says_something_else_changes_what_nobody_touched(app: Any, stage: Stage) -> None:
    told = replace(PROFILE.services[0], name="Jenkins Centre, renamed")
    renamed, emptied = (plain(replace(PROFILE, services=services)) for services in ((told,), ()))
    for profile, ended in ((renamed, False), (emptied, True), (renamed, False)):
        with stage.admin.begin() as connection:
            columns = ForceArrangement.__table__.c
            connection.execute(
                update(ForceArrangement.__table__).where(columns.force_id == "leicestershire").values(profile=profile)
            )
        take_up(stage.store)
        row = next(one for one in stored(stage, OnwardService) if one.key == "jenkins_centre")
        assert (row.name, bool(row.ended_at)) == (told.name, ended)


def test_a_filter_lists_what_fits_and_nothing_else(stage: Stage, as_person: Any) -> None:
    with stage.doing("hampshire_police.administrator") as w:
        for name, needs, areas, languages in (
            ("Synthetic one", ["drugs"], ["portsmouth"], ["English", "Polish"]), ("Synthetic two", ["housing"], [], []),
            ("Synthetic three", ["drugs", "housing"], ["county"], ["Welsh"]),
        ):  # fmt: skip
            said = {"name": name, "needs": needs, "areas": areas, "languages": languages, "access": "", "phone": "", "web": "",
                    "email": "", "paid": False, "escalation": False}  # fmt: skip
            directory.add(w, "hampshire", OFFENDER, TODAY + timedelta(9), said)
    for asked, fits in {
        "need=drugs": {"one", "three"}, "area=portsmouth": {"one", "two"}, "language=welsh": {"three"}, "language=English": {"one", "two"},
        "need=drugs&area=county": {"three"}, "need=mental_health": set(), "": {"one", "two", "three"},
    }.items():  # fmt: skip
        page = as_person("hampshire_police.referring_officer").get(f"/services/for-people-on-the-course?{asked}").text
        assert set(re.findall(r"Synthetic (one|two|three)", page)) == fits, asked


def test_entries_that_nobody_looked_at_are_flagged(stage: Stage, as_person: Any) -> None:
    administrator = as_person("kent_police.administrator")
    one = service_of(FORCE)
    path = f"/services/for-people-on-the-course/{one.reference}"
    assert "Nobody of the force has looked at this entry yet" in administrator.get(path).text
    assert "Never looked at by the force" in administrator.get("/services/for-people-on-the-course").text
    past = {f"review_by-{part}": str(getattr(TODAY, part)) for part in ("day", "month", "year")}
    sent = administrator.post(f"{path}/review", {"_key": key(), "_version": "1", **past})
    assert sent.status_code == 422
    later = TODAY + timedelta(400)
    ahead = {f"review_by-{part}": str(getattr(later, part)) for part in ("day", "month", "year")}
    assert administrator.post(f"{path}/review", {"_key": key(), "_version": "1", **ahead}).status_code == 303
    assert "looked at this entry" not in administrator.get(path).text


def test_who_reads_the_directory_and_who_keeps_it(as_person: Any, record_count: Any) -> None:
    """Victims' services: officers of victims, supervisors, administrators and victim services; never a provider's."""
    readers = {
        "force": {"victim_contact_officer", "supervisor", "administrator"},
        "victim_service": {"victim_worker", "manager"},
    }
    wrong = []
    for one in PEOPLE.values():
        status = as_person(one.key).get("/services/for-victims").status_code
        may = one.role in readers.get(one.capacity, set())
        wrong += [(one.key, status)] if status != (200 if may else 403) else []
        kept = as_person(one.key).get("/services/for-victims/new").status_code
        keeper = one.capacity == "force" and one.role in ("supervisor", "administrator")
        wrong += [(one.key, "keeps", kept)] if kept != (200 if keeper else 403) else []
    record_count("roles at the directory of victims' services", 2 * len(PEOPLE), wrong)
