"""What one side of a case reads and the other does not, and what a force's arrangement decides on the pages."""

import re
from typing import Any

import httpx2
import pytest
from cara.features.referrals.models import Referral
from cara.platform.ledger.models import LedgerEntry
from cara.platform.oidc.discovery import Providers
from cara.platform.plugins.models import ForceArrangement
from sqlalchemy import select, update
from synthetic.browser import Browser, key
from synthetic.cases import NOW, TODAY, case_of, coordinator, draft_of, officer
from synthetic.people import PEOPLE
from synthetic.world import INSTRUMENTS

FORCE_OF = {"north_provider": "hampshire", "south_provider": "kent"}


def test_only_the_force_reads_what_the_victim_decided(as_person, database):
    for overridden in (False, True):
        with database.admin().begin() as connection:
            connection.execute(update(Referral).values(victim_overridden=overridden))
        for provider, force in FORCE_OF.items():
            for state in ("referred", "accepted", "information_requested"):
                case = f"/cases/{case_of(force, provider, state).reference}"
                police = as_person(officer(force).key).get(case).text
                assert ("Overridden in the public interest" if overridden else "Agrees") in police
                for path in (case, f"{case}/accept", f"{case}/ask", f"{case}/return"):
                    theirs = as_person(coordinator(provider).key).get(path).text
                    for word in ("Victim’s decision", "Overridden", "Agrees"):
                        assert word not in theirs, (path, word)


@pytest.mark.parametrize(
    ("force", "provider", "hidden", "shown"),
    [
        ("hampshire", "north_provider", "neighbourhood team", "Which area does the person live in"),
        ("thames_valley", "south_provider", "victim contact team", "local policing area"),
    ],
)
def test_what_a_force_asks_for_itself_its_provider_never_reads(as_person, force, provider, hidden, shown):
    """Sent at once in the one force, authorised by a supervisor in the other."""
    draft = f"/drafts/{draft_of(force).reference}"
    police = as_person(officer(force).key)
    page = police.get(f"{draft}/check")
    some = {"provider": provider} if 'name="provider"' in page.text else {}
    case = police.fill(f"{draft}/check", f"{draft}/refer", some, page).headers["location"].partition("?")[0]
    supervisor = as_person(f"{force}_police.supervisor")
    if "/authorise" in supervisor.get(case).text:
        done = supervisor.fill(f"{case}/authorise", f"{case}/authorise")
        assert done.status_code == 303, done.text
    at_home, there = police.get(case).text, as_person(coordinator(provider).key).get(case).text
    assert hidden in at_home
    assert shown in at_home
    assert shown in there
    assert hidden not in there


def formats(browser: Browser, case: Any) -> list[str]:
    page = browser.get(f"/cases/{case.reference}/accept")
    assert page.status_code == 200
    return re.findall(r'name="format" type="radio" value="([^"]+)"', page.text)


def test_the_formats_are_the_nation_s_and_those_of_the_force(as_person, database):
    at_home, elsewhere = (
        case_of("hampshire", "north_provider", "referred"),
        case_of("kent", "south_provider", "referred"),
    )
    assert formats(as_person("north_provider.coordinator"), at_home) == ["group", "cti", "juno"]
    assert formats(as_person("south_provider.coordinator"), elsewhere) == ["group", "cti"]
    refused = as_person("south_provider.coordinator").post(
        f"/cases/{elsewhere.reference}/accept", {"_key": key(), "_version": "1", "format": "juno"}
    )
    assert refused.status_code == 422


def test_a_pathway_of_a_force_is_confirmed_and_shown_by_its_label(as_person, database):
    """From the kept arrangement, which a suspended force has too; and the case's own pathway in any case."""
    case = case_of("kent", "south_provider", "referred")
    pathways = [{"value": "coast", "label": "Coast course", "hint": ""}]
    with database.admin().begin() as connection:
        connection.execute(
            ForceArrangement.__table__.insert(),  # type: ignore[attr-defined]
            {"force_id": "kent", "profile": {"pathways": pathways}, "distribution": "", "version": "", "loaded_at": NOW},
        )  # fmt: skip
        connection.execute(update(Referral).where(_id(case)).values(pathway="gone", format_proposed="gone"))
    browser = as_person("south_provider.coordinator")
    assert formats(browser, case) == ["group", "cti", "coast", "gone"]
    accepted = browser.post(f"/cases/{case.reference}/accept", {"_key": key(), "_version": "1", "format": "coast"})
    assert accepted.status_code == 303
    assert "Coast course – confirmed" in browser.get(f"/cases/{case.reference}").text


def _id(case: Any) -> Any:
    columns: Any = Referral
    return columns.id == case.id


@pytest.fixture
def paper() -> dict[str, str]:
    day = {f"starts-{part}": str(getattr(TODAY, part)) for part in ("day", "month", "year")}
    return {"rule": "E09.medium", "kind": "dpp_dispensation", "authority": "Synthetic", "reference": "Synthetic", **day}


def test_no_instrument_is_entered_where_no_rule_could_use_it(as_person, paper):
    browser = as_person("kent_police.administrator")
    assert 'action="/instruments"' not in browser.get("/instruments").text
    refused = browser.post("/instruments", {"_key": key(), **paper})
    assert refused.status_code == 422
    assert "goes by the national rules" in refused.text
    assert as_person("hampshire_police.administrator").post("/instruments", {"_key": key(), **paper}).status_code == 303


def test_an_instrument_that_no_rule_uses_does_not_claim_to_count(as_person):
    trust = as_person("hampton_trust.national.licensing_manager")
    said = {}
    for force in ("hampshire", "leicestershire"):
        done = trust.post(f"/instruments/{INSTRUMENTS[force]}/confirm", {"_key": key()})
        said[force] = trust.get(done.headers["location"]).text
        at_home = as_person(f"{force}_police.administrator").get("/instruments").text
        assert ("The force’s rules do not use it." in at_home) is (force == "leicestershire")
    assert "It counts on the days that it names" in said["hampshire"]
    assert "so it allows nothing" in said["leicestershire"]


class TestSigningOut:
    """A shared computer: the organisation's own sign-in is left too, and its failure hinders nothing."""

    @pytest.fixture
    def providers(self) -> Any:
        def answer(request: Any) -> Any:
            home = f"https://{request.url.host}"
            if request.url.host.startswith("hampshire"):
                return httpx2.Response(500)
            document = {
                "issuer": home, "authorization_endpoint": f"{home}/authorize", "token_endpoint": f"{home}/token",
                "jwks_uri": f"{home}/keys", "id_token_signing_alg_values_supported": ["ES256"],
            }  # fmt: skip
            bye = {"end_session_endpoint": f"{home}/bye"} if request.url.host.startswith("kent") else {}
            return httpx2.Response(200, json=document | bye)

        return Providers(lambda: httpx2.MockTransport(answer))

    def test_where_the_provider_has_such_a_page_it_is_offered(self, as_person):
        browser = as_person("kent_police.referring_officer")
        page = browser.post("/sign-out")
        assert page.status_code == 200
        assert "https://kent-police.idp.example.test/bye?client_id=cara&amp;post_logout_redirect_uri=" in page.text
        assert "http-equiv" not in page.text
        assert PEOPLE["kent_police.referring_officer"].name not in page.text
        browser.cookies["signed_in"] = PEOPLE["kent_police.referring_officer"].token
        assert browser.get("/cases").headers["location"].startswith("/sign-in")

    @pytest.mark.parametrize("who", ["hampshire_police.supervisor", "north_provider.coordinator"])
    def test_a_provider_that_fails_or_has_none_hinders_nothing(self, as_person, who, database):
        browser = as_person(who)
        gone = browser.post("/sign-out")
        assert (gone.status_code, gone.headers["location"]) == (303, "/signed-out")
        browser.cookies["signed_in"] = PEOPLE[who].token
        assert browser.get("/cases").headers["location"].startswith("/sign-in")
        columns: Any = LedgerEntry
        with database.admin().connect() as connection:
            assert connection.execute(select(columns.id).where(columns.verb == "account.signed_out")).all()


@pytest.mark.parametrize("who", ["kent_police.supervisor", "south_provider.coordinator"])
def test_what_needs_somebody_opens_where_cases_wait(as_person, who):
    page = as_person(who).get("/work")
    assert page.status_code == 200
    assert case_of("kent", "south_provider", "information_requested").reference in page.text
