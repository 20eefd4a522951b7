"""One good deed for every form of the application: who does it, where, with which fields. Sweeps break them, one thing at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from synthetic.browser import Browser, key
from synthetic.cases import TODAY, UPLOADS, case_of, draft_of
from synthetic.course import PAUSE, cohort_of, proposal_of
from synthetic.keeping import review_of
from synthetic.messages import message_of
from synthetic.onward import SENT_ON, onward_of, service_of
from synthetic.people import FORCES, PEOPLE, SERVES
from synthetic.victims import VICTIMS, consultation_of, reference_of
from synthetic.victims import review_of as disclosure_of
from synthetic.world import AGREEMENTS, CONTACTS, INSTRUMENTS, SECONDS


@dataclass(frozen=True, slots=True)
class Deed:
    """A form that is good as it stands. `route` is the application's address of it; `file` is sent beside the fields."""

    route: str
    who: str
    path: str
    fields: Mapping[str, Any]
    file: bytes = b""
    status: int = 303

    def __str__(self) -> str:
        return f"{self.route} by {self.who}"

    @property
    def versioned(self) -> bool:
        """Whether it changes a record that somebody else may have changed."""
        return "_version" in self.fields

    def do(self, browser: Browser, *, sent_key: str = "", **changes: Any) -> httpx.Response:
        """Send it, with a fresh key unless one is given."""
        fields = {"_key": sent_key or key(), **self.fields, **changes}
        if not self.file:
            return browser.post(self.path, fields)
        made = httpx.Request(
            "POST", "http://127.0.0.1:8000/", data={"_csrf_token": browser.token(), **fields},
            files={"file": ("export.csv", self.file, "text/csv")},
        )  # fmt: skip
        return browser.send_raw(self.path, made.headers["content-type"], made.read())


V1 = {"_version": "1"}
KENT, HAMPSHIRE = "kent_police", "hampshire_police"
OFFICER, SUPERVISOR = f"{KENT}.referring_officer", f"{KENT}.supervisor"
COORDINATOR = "south_provider.coordinator"
ADMINISTRATOR = f"{KENT}.administrator"
NATIONAL, LICENSING = "hampton_trust.national.administrator", "hampton_trust.national.licensing_manager"


def _day(name: str, day: Any) -> dict[str, str]:
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def _case(state: str) -> str:
    return f"/cases/{case_of('kent', 'south_provider', state).reference}"


def deeds() -> Iterator[Deed]:
    """All of them. Each is good in the world as it is made; some undo what others need, so do one a world."""
    draft = f"/drafts/{draft_of('kent').reference}"
    yield Deed("/drafts", OFFICER, "/drafts", {})
    needs = {
        "needs": ["interpreter"],
        "interpreter_language": "Synthetic",
        "access_needs": "",
        "format_proposed": "as_the_rules",
    }
    yield Deed("/drafts/{reference}/{slug}", OFFICER, f"{draft}/needs", V1 | needs)
    mistaken = {"surname": "", "forenames": "Synthetic", **_day("date_of_birth", TODAY), "sex": "male"}
    yield Deed("/drafts/{reference}/{slug}", OFFICER, f"{draft}/offender", V1 | mistaken, status=422)
    yield Deed("/drafts/{reference}/discard", OFFICER, f"{draft}/discard", V1)
    for force in FORCES:
        path = f"/drafts/{draft_of(force).reference}/refer"
        provider = {"provider": SERVES[force][0]} if len(SERVES[force]) > 1 else {}
        yield Deed("/drafts/{reference}/refer", f"{force}_police.referring_officer", path, V1 | provider)
    turns: tuple[tuple[str, str, str, dict[str, str]], ...] = (
        ("authorise", SUPERVISOR, "awaiting_authorisation", {}),
        ("decline", SUPERVISOR, "awaiting_authorisation", {"reason": "Synthetic reason"}),
        ("withdraw", OFFICER, "referred", {}),
        ("answer", OFFICER, "information_requested", {"answer": "Synthetic answer"}),
        ("accept", COORDINATOR, "referred", {"format": "group"}),
        ("return", COORDINATOR, "referred", {"reason": "facts", "note": "Synthetic note"}),
        ("ask", COORDINATOR, "referred", {"question": "Synthetic question"}),
        ("amend", OFFICER, "returned", {}),
    )
    for action, who, state, fields in turns:
        yield Deed(f"/cases/{{reference}}/{action}", who, f"{_case(state)}/{action}", V1 | fields)
    yield from _course()
    upload = next(u for u in UPLOADS if (u.force, u.kind) == ("kent", "waiting"))
    yield Deed("/imports", OFFICER, "/imports", {}, file=upload.content.replace(b"SYN-", b"SYN-new-"))
    yield Deed("/imports/{reference}/run", OFFICER, f"/imports/{upload.reference}/run", {})
    yield Deed("/imports/{reference}/discard", OFFICER, f"/imports/{upload.reference}/discard", {})
    for verb, standing in (("posted", "to_post"), ("was_sent", "doubtful"), ("again", "failed"), ("cancel", "waiting")):
        path = f"/messages/{message_of('kent', standing).reference}/{verb}"
        yield Deed(f"/messages/{{reference}}/{verb}", COORDINATOR, path, V1)
    thought = dict.fromkeys(("awareness", "relationships", "own_behaviour", "motivation"), "some")
    yield Deed("/cases/{reference}/invitation", COORDINATOR, f"{_case('both_done')}/invitation", {})
    yield Deed("/cases/{reference}/feedback", COORDINATOR, f"{_case('accepted')}/feedback", {"way": "paper", **thought})
    yield from _victims()
    yield from _agreements()
    yield from _reviews()
    yield from _erasing()
    yield from _keeping()
    yield from _onward()


def _onward() -> Iterator[Deed]:
    """Forms of the directory, of budgets and of onward referrals."""
    again = _day("review_by", TODAY + timedelta(200))
    for audience, page in (("offender", "for-people-on-the-course"), ("victim", "for-victims")):
        base, one = f"/services/{page}", service_of("kent", audience)
        entry = {"name": "Synthetic service", "needs": ["drugs"], "languages": "", "access": "Synthetic stairs", "phone": "", "web": "",
                 "email": "referrals@synthetic.example", **again}  # fmt: skip
        yield Deed(f"{base}/new", ADMINISTRATOR, f"{base}/new", entry)
        at = f"{base}/{one.reference}"
        yield Deed(f"{base}/{{reference}}/change", SUPERVISOR, f"{at}/change", V1 | entry)
        yield Deed(f"{base}/{{reference}}/review", ADMINISTRATOR, f"{at}/review", V1 | again)
        yield Deed(f"{base}/{{reference}}/end", ADMINISTRATOR, f"{at}/end", V1)
        money = f"/budgets/{page}"
        given = {"funder": "another", "name": "Synthetic partnership", "places": "3", "amount": "300.00", "price": "100.00",
                 **_day("starts", TODAY), **_day("ends", TODAY + timedelta(90))}  # fmt: skip
        yield Deed(f"{money}/new", ADMINISTRATOR, f"{money}/new", given)
        yield Deed(f"{money}/{{reference}}/end", ADMINISTRATOR, f"{money}/{one.budget}/end", {})
    service = service_of("kent").reference
    noted = {"moment": "a", "services": [service], "how": "given"}
    yield Deed("/cases/{reference}/signposts", COORDINATOR, f"{_case('attended_a')}/signposts", noted)
    sent = {"service": service, "need": "drugs", "language": "English", "consent_by": "Synthetic coordinator",
            "covers": ["contact", "need"], **_day("consent_on", TODAY)}  # fmt: skip
    yield Deed("/cases/{reference}/onward", COORDINATOR, f"{_case('both_done')}/onward", sent)
    for path, state, fields in (
        ("send", "accepted", {}), ("withdraw", "accepted", {"reason": "consent"}), ("outcome", "completed", {"outcome": "started"}),
    ):  # fmt: skip
        case = next(one for one in SENT_ON if (one.force, one.state) == ("kent", state))
        at = f"/onward-referrals/{onward_of(case)}/{path}"
        yield Deed(f"/onward-referrals/{{reference}}/{path}", COORDINATOR, at, V1 | fields)


def _erasing() -> Iterator[Deed]:
    """After all that is done with a record."""
    at = f"/victims/{reference_of('kent', 'referred')}"
    yield Deed("/victims/{reference}/erase", SUPERVISOR, f"{at}/erase", V1 | dict(VICTIMS["erase"]))


def _victims() -> Iterator[Deed]:
    """Forms of victims' records, kept in Kent by the Trust's victim service."""
    worker, at = "hampton_trust.victim_service.victim_worker", f"/victims/{reference_of('kent', 'referred')}"
    for action in ("attempt", "conversation", "risk", "survey", "check", "emergency-review"):
        who = SUPERVISOR if action == "emergency-review" else worker
        version = V1 if action == "check" else {}
        yield Deed(f"/victims/{{reference}}/{action}", who, f"{at}/{action}", version | dict(VICTIMS[action]))
    yield Deed("/victims/{reference}/refusal", worker, f"{at}/refusal", dict(VICTIMS["refusal"]))
    yield Deed("/victims/{reference}/show", worker, f"{at}/show", {})
    yield Deed("/victims/{reference}/seen", worker, f"{at}/seen", dict(VICTIMS["seen"]))
    harmed = {"name": "Synthetic", "phone": "01632 960001", "address": "1 Synthetic Street"}
    yield Deed("/cases/{reference}/victim", OFFICER, f"{_case('booked')}/victim", harmed)
    reason = {"reason": "Synthetic danger"}
    yield Deed("/cases/{reference}/emergency", OFFICER, f"{_case('accepted')}/emergency", reason)
    held = {"cause": "order", "words": "Synthetic words"}
    yield Deed("/cases/{reference}/hold/place", OFFICER, f"{_case('booked')}/hold/place", held)


def _agreements() -> Iterator[Deed]:
    """Forms of agreements, and the list of what was recorded before."""
    agreed = {"authority": "Synthetic council"} | _day("starts", TODAY)
    yield Deed("/encompass/enter", ADMINISTRATOR, "/encompass/enter", agreed)
    yield Deed("/encompass/{number}/end", SUPERVISOR, f"/encompass/{AGREEMENTS['kent']}/end", {})
    reached = {"kind": "review_cover", "reached_at": "cover@kent.example"} | _day("starts", TODAY)
    yield Deed("/force-contacts/enter", ADMINISTRATOR, "/force-contacts/enter", reached)
    yield Deed("/force-contacts/{contact}/end", ADMINISTRATOR, f"/force-contacts/{CONTACTS['kent']}/end", {})
    yield Deed("/earlier-answers-seen", SUPERVISOR, "/earlier-answers-seen", {})
    yield Deed("/cases/{reference}/hold/cancellation", OFFICER, f"{_case('accepted')}/hold/cancellation", {})


def _reviews() -> Iterator[Deed]:
    """Forms of disclosure reviews."""
    account = {"words": "Synthetic words", "danger": "no", "child": "not_known", "risk": "medium"}
    heard = {"words": "Synthetic words", "danger": "not_known"}
    view = {"view": "managed", "words": "Synthetic reasons"}
    worker, review = "hampton_trust.victim_service.victim_worker", f"/reviews/{disclosure_of('kent')}"
    yield Deed(
        "/victims/{reference}/disclosure", worker, f"/victims/{reference_of('kent', 'referred')}/disclosure", account
    )
    yield Deed("/cases/{reference}/concern", "south_provider.facilitator", f"{_case('booked')}/concern", heard)
    yield Deed("/cases/{reference}/review", COORDINATOR, f"{_case('accepted')}/review", view)
    for path, who, fields in (
        ("view", worker, view), ("account", worker, account), ("risk", SUPERVISOR, {"risk": "high"}),
        ("step", SUPERVISOR, {"step": "marac", "outcome": "done", "words": "Synthetic", "which_day": "other", **_day("on", TODAY)}),
        ("decide", SUPERVISOR, V1 | {"decision": "stop", "reasons": "Synthetic reasons"}),
    ):  # fmt: skip
        yield Deed(f"/reviews/{{reference}}/{path}", who, f"{review}/{path}", fields)
    asked = f"/reviews/{disclosure_of('thames_valley')}/consult"
    yield Deed("/reviews/{reference}/consult", "thames_valley_police.supervisor", asked, {})
    advice = f"/consultations/{consultation_of('kent')}"
    yield Deed("/consultations/{reference}", "hampton_trust.national.quality_supervisor", advice, view)


def _course() -> Iterator[Deed]:
    """Forms of the course."""
    now, ahead = (cohort_of("kent", "south_provider", ahead=one) for one in (False, True))
    second = next(number for number, body in SECONDS.items() if body == "south_provider")
    people = {"lead": str(PEOPLE["south_provider.facilitator"].number), "second": str(second), "cover": ""}
    venue = {"name": "Synthetic hall", "area": "", "address": "1 Synthetic Street", "access": "", "capacity": "12"}
    yield Deed("/venues/new", COORDINATOR, "/venues/new", {"force": "kent", **venue})
    yield Deed("/venues/{reference}", COORDINATOR, f"/venues/{now.venue}", V1 | venue)
    slots = {**_slot("a", 10, now.venue), **_slot("b", 38, now.venue)}
    made = {"group": "male", "capacity": "10", "gap_reason": "", "interpreter_language": ""}
    yield Deed("/cohorts/new", COORDINATOR, "/cohorts/new", made | slots | people)
    other = cohort_of("thames_valley", "south_provider").venue
    yield Deed("/venues/{reference}/end", COORDINATOR, f"/venues/{other}/end", V1)
    moved = {**_slot("b", 21, now.venue), "reason": "Synthetic snow", "gap_reason": ""}
    at = f"/cohorts/{now.reference}"
    yield Deed("/cohorts/{reference}/{part}/date", COORDINATOR, f"{at}/b/date", V1 | moved)
    yield Deed("/cohorts/{reference}/cancel", COORDINATOR, f"{at}/cancel", V1 | {"reason": "Synthetic flood"})
    ahead = cohort_of("kent", "south_provider", ahead=True)
    taken = {"take": f"{ahead.venue}.male", "way": "offer"} | people
    at_plan = f"/schedule/{proposal_of(ahead)}/accept"
    yield Deed("/schedule/{reference}/accept", COORDINATOR, at_plan, V1 | taken)
    booked = case_of("kent", "south_provider", "booked")
    yield Deed("/cohorts/{reference}/{part}/register", "south_provider.facilitator", f"{at}/a/register",
               {f"line-{booked.id}": "attended"})  # fmt: skip
    when = _day("happened_on", TODAY)
    varied = _day("complete_by", TODAY + timedelta(150))
    steps: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("place", COORDINATOR, "offered", {"cohort": ahead.reference, "way": "book"}),
        ("confirm", COORDINATOR, "booked", {}),
        ("refuse", COORDINATOR, "offered", {}),
        ("release", COORDINATOR, "booked", {"reason": "asked"}),
        ("telephone", COORDINATOR, "booked", {"reasons": ["language"], "other": "", "facilitator": ""}),
        ("call", "south_provider.facilitator", "by_telephone", {"outcome": "no_answer", **_day("on", TODAY)}),
        ("group-again", COORDINATOR, "by_telephone", {}),
        ("note", "south_provider.facilitator", "booked", {"text": "Synthetic note"}),
        ("report", COORDINATOR, "booked", {"ground": "no_contact", "account": "Synthetic account"}),
        ("decide", OFFICER, "breach_review", {"decision": "excuse", "reason": "Synthetic reason"}),
        ("vary", OFFICER, "booked", {"reason": "Synthetic reason", **varied}),
        ("complete", COORDINATOR, "both_done", {}),
        ("close", COORDINATOR, "booked", {"kind": "withdrew", "note": "", **when}),
        ("keep-apart", OFFICER, "offered", {"other": booked.reference}),
        ("apart-no-longer", OFFICER, "accepted", {"other": booked.reference}),
        ("follow-up", OFFICER, "completed", {"outcome": "none"}),
    )
    for path, who, state, fields in steps:
        yield Deed(f"/cases/{{reference}}/{path}", who, f"{_case(state)}/{path}", V1 | fields)
    yield Deed("/group-work", COORDINATOR, "/group-work", {"force": "kent", "reason": "Synthetic outbreak"})
    yield Deed(
        "/group-work/{pause}/resume", "hampton_trust.provider.coordinator", f"/group-work/{PAUSE['id']}/resume", {}
    )


def _slot(part: str, days: int, venue: str) -> dict[str, str]:
    times = {f"starts_{part}": "09:30", f"ends_{part}": "15:00", f"venue_{part}": venue}
    return times | _day(f"day_{part}", TODAY + timedelta(days))


def _keeping() -> Iterator[Deed]:
    """Forms of keeping people, organisations, papers and licences."""
    analyst = PEOPLE[f"{KENT}.analyst"].number
    domain = PEOPLE[ADMINISTRATOR].body.domain
    new = {"name": "Synthetic Newcomer", "work_address": f"newcomer@{domain}", "role": "force.analyst"}
    yield Deed("/people", ADMINISTRATOR, "/people", new)
    yield Deed("/people/{person}/roles", ADMINISTRATOR, f"/people/{analyst}/roles", {"role": "force.supervisor"})
    yield Deed("/people/{person}/roles/{membership}/end", ADMINISTRATOR, f"/people/{analyst}/roles/{analyst}/end", {})
    yield Deed("/people/{person}/end", ADMINISTRATOR, f"/people/{analyst}/end", {})
    settings = {"just_in_time": "no", "groups_claim": "roles", "group_lines": ""}
    yield Deed("/organisation", ADMINISTRATOR, "/organisation", settings)
    body = {
        "name": "Synthetic new provider", "id": "new_provider", "capacities": ["provider"], "force_id": "", "mail_domains": "new.example",
        "issuer": "https://new.idp.example.test", "client_id": "cara", "administrator": "first@new.example",
    }  # fmt: skip
    yield Deed("/organisations", NATIONAL, "/organisations", body)
    yield Deed("/organisations/{organisation}/end", NATIONAL, "/organisations/kent_commissioner/end", {})
    paper = {"rule": "E09.medium", "kind": "dpp_dispensation", "authority": "Synthetic", "reference": "Synthetic"}
    yield Deed("/instruments", f"{HAMPSHIRE}.administrator", "/instruments", paper | _day("starts", TODAY))
    for action in ("confirm", "revoke"):
        yield Deed(
            f"/instruments/{{instrument}}/{action}", LICENSING, f"/instruments/{INSTRUMENTS['kent']}/{action}", {}
        )
    yield from _retention()
    licence = {"provider": "south_provider", "force": "surrey", "reference": "Synthetic"} | _day("starts", TODAY)
    yield Deed("/licences/grant", LICENSING, "/licences/grant", licence)
    yield Deed("/licences/{licence}/end", LICENSING, "/licences/1/end", {})


def _retention() -> Iterator[Deed]:
    """Forms of reviews, legal holds and periods."""
    why = {"reason": "Synthetic reason"}
    begun, proposed = (f"/retention/{review_of('kent', kind).reference}" for kind in ("open", "proposed"))
    yield Deed(
        "/retention/{reference}/keep", SUPERVISOR, f"{begun}/keep", V1 | why | _day("until", TODAY + timedelta(90))
    )
    yield Deed("/retention/{reference}/propose", SUPERVISOR, f"{begun}/propose", V1 | why)
    yield Deed("/retention/{reference}/confirm", SUPERVISOR, f"{proposed}/confirm", V1)
    yield Deed("/cases/{reference}/legal-hold/place", SUPERVISOR, f"{_case('closed')}/legal-hold/place", why)
    yield Deed("/cases/{reference}/legal-hold/lift", SUPERVISOR, f"{_case('breached')}/legal-hold/lift", why)
    period = {"record_class": "case", "months": "84", "source": "Synthetic schedule"} | _day("starts", TODAY)
    yield Deed("/retention-periods/new", ADMINISTRATOR, "/retention-periods/new", period)


DEEDS = tuple(deeds())
_TWO = "takes two people, or a force whose plugin is gone: tests of plugins that are gone do it"
_PLANS = "asks for a plan, which is then made beside the page: what comes of it has tests of its own"
NO_DEED = {
    "/schedule/new/{slug}": _PLANS,
    "/schedule/{reference}/again": _PLANS,
    "/schedule/{reference}/candidates": _PLANS,
    "/schedule/{reference}/pins": _PLANS,
    "/schedule/{reference}/what-if": _PLANS,
    "/cases/{reference}/off-the-list": "nobody here waits for a place; tests of the course let somebody off a list",
    "/sign-in": "nobody is signed in; nothing of theirs is changed",
    "/sign-out": "ends a session; a second time there is none",
    "/account/capacity": "changes a session; a second time it is the same",
    "/policy": "asks, and changes nothing",
    "/onward/{token}": "nobody is signed in; a link is answered once, which has tests of its own",
    "/feedback/{token}": "nobody is signed in; a link works once, which has tests of its own",
    "/views/{token}": "nobody is signed in; a link works once, which has tests of its own",
    "/victims/{reference}/ask": "a change of everybody’s details waits, so that nobody can be asked: it has tests of its own",
    "/victims/{reference}/police-risk": "nobody here refuses contact: it has tests of its own",
    "/cases/{reference}/hold/release": "police hold nobody here but by reviews: it has tests of its own",
    "/reviews/{reference}/no-new-risk": "every review here began with a disclosure: it has tests of its own",
    "/reviews/{reference}/ask-provider": "every provider here has been asked: it has tests of its own",
    "/earlier-answers/{reference}": "nobody here was spoken with before such an answer held the case: it has tests of its own",
    "/victims/{reference}/contact-again": "nobody here refuses contact: tests of refusals do",
    "/victims/{reference}/shown": "nobody here refuses contact: tests of refusals do",
    "/cases/{reference}/emergency-second": "no officer here needs a second one: tests of emergency access do",
    "/forces/{slug}/retire": _TWO,
    "/forces/{slug}/retire/confirm": _TWO,
    "/forces/{slug}/retire/withdraw": _TWO,
    "/forces/{slug}/bring-back": _TWO,
    "/forces/{slug}/accept-older": _TWO,
    "/forces/{slug}/victim-contact": _TWO,
    "/forces/{slug}/victim-contact/confirm": _TWO,
    "/forces/{slug}/victim-contact/withdraw": _TWO,
    "/leave": "nobody need be signed in; a second time there is no session",
    "/victims/{reference}/change": "everybody in the world has a change that waits already: it has tests of its own",
    "/cases": "searches, and changes nothing",
    "/cases/{reference}/subject-access": "makes a file, and changes nothing; it has tests of its own",
    "/eligibility": "asks, and changes nothing",
    "/api/v1/forces/{slug}/eligibility": "asks, and changes nothing",
}
"""Forms that have none, each with its reason."""
