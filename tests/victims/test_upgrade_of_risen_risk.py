"""A populated database of the version before: what the migration fills, on both engines, walls and all."""

from cara.features.referrals.models import LocalAnswer, Referral
from cara.features.victims.wall.models import VictimInCase
from cara.features.victims.wall.review_models import DisclosureReview
from cara.platform.bootstrap import upgrade
from cara.platform.plugins.models import ForceArrangement
from sqlalchemy import delete, insert, select, text, update
from synthetic import past_versions, world
from synthetic.cases import NOW, case_of
from synthetic.people import SERVES


def test_a_populated_database_is_brought_up_and_knows_the_referral_s_grade_and_area(bare_database):
    database = bare_database
    past_versions.make(database, ("core_0010", "licensing_0001"), world.rows(database.home))
    case = case_of("hampshire", SERVES["hampshire"][0], "accepted")
    with database.admin().begin() as connection:
        connection.execute(update(Referral).where(Referral.id == case.id).values(risk="medium"))
        connection.execute(delete(ForceArrangement).where(ForceArrangement.force_id == "hampshire"))
        profile = {"areas": [{"value": "southampton", "label": "Southampton"}]}
        connection.execute(insert(ForceArrangement.__table__), {
            "force_id": "hampshire", "profile": profile, "distribution": "", "version": "", "loaded_at": NOW,
        })  # fmt: skip
        connection.execute(delete(LocalAnswer).where(LocalAnswer.referral_id == case.id))
        columns = set(LocalAnswer.__table__.columns.keys())
        row = {
            "referral_id": case.id, "force_id": "hampshire", "provider_id": SERVES["hampshire"][0], "question": "service_area",
            "label": "Where?", "answer": "Southampton", "force_only": False,
        }  # fmt: skip
        connection.execute(
            insert(LocalAnswer.__table__), {name: value for name, value in row.items() if name in columns}
        )
        before = connection.scalar(text("select count(*) from victim_in_case"))
    assert upgrade(database.settings())
    with database.admin().connect() as connection:
        links = connection.execute(
            select(VictimInCase.referral_id, VictimInCase.referral_risk, VictimInCase.area, Referral.risk).join(
                Referral, Referral.id == VictimInCase.referral_id
            )
        ).all()
        assert len(links) == before > 1
        assert all(one.referral_risk == one.risk for one in links)
        assert {one.area for one in links if one.referral_id == case.id} == {"southampton"}
        assert {one.area for one in links if one.referral_id != case.id} == {""}
        reviews = connection.execute(
            select(DisclosureReview.area, DisclosureReview.decision, DisclosureReview.opened_at, DisclosureReview.provider_asked_at,
                   DisclosureReview.referral_id)
        ).all()  # fmt: skip
        assert reviews
        assert all((one.provider_asked_at == one.opened_at) == (one.decision == "") for one in reviews)
        assert {one.area for one in reviews if one.referral_id == case.id} == {"southampton"}
        assert connection.scalar(text("select count(*) from victim_risk where weighed_at is not null")) == 0
        assert connection.scalar(text("select count(*) from encompass_agreement")) == 0
        if database.kind == "postgresql":
            forced = "select count(*) from pg_class where relname in :names and relforcerowsecurity"
            names = ("victim_in_case", "disclosure_review", "referral", "local_answer")
            assert connection.execute(text(forced.replace(":names", str(names)))).scalar() == len(names)
