"""Every route of the application, and for each one addresses and forms to try it with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cara.features.referrals.pages import ASKED
from cara.features.referrals.states import TRANSITIONS
from cara.platform.unit_of_work import COOKIE
from litestar import Litestar
from litestar.routes import HTTPRoute

from synthetic.browser import key
from synthetic.cases import CASES, DRAFTS, TODAY, UPLOADS, Case
from synthetic.course import COHORTS, PAUSE, proposal_of
from synthetic.keeping import REVIEWS
from synthetic.messages import MESSAGES, token_of
from synthetic.onward import CONTACTED, SENT_ON, SERVICES, onward_of, onward_token
from synthetic.people import BODIES, FORCES, MACHINES, PEOPLE, SERVES, Somebody
from synthetic.victims import HELD, VICTIMS, consultation_of, keeper_of, reference_of, review_of, views_token
from synthetic.world import AGREEMENTS, CONTACTS, INSTRUMENTS

DOCUMENTATION = frozenset({"/api", "/api/openapi.json", "/api/{path}"})
"""Litestar's own routes, which describe the API. They have no place to say what they do."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address. `does` is a (resource, action), or None where `public` says why."""

    method: str
    path: str
    does: tuple[str, str] | None
    public: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes_of(app: Litestar) -> tuple[Route, ...]:
    """All of them, as the running application has them."""
    return tuple(_routes(app))


def _routes(app: Litestar) -> Iterator[Route]:
    for route in app.routes:
        assert isinstance(route, HTTPRoute), route
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                yield Route(str(method), route.path_format, handler.opt.get("does"), handler.opt.get("public", ""))


@dataclass(frozen=True, slots=True)
class Target:
    """An address to try. `force`, `provider` and `keeper` say whose the thing there is; `body` whose person; none of them: nobody's."""

    path: str
    kind: str = ""
    force: str = ""
    provider: str = ""
    keeper: str = ""
    body: str = ""
    missing: bool = False
    fields: Mapping[str, Any] | None = None

    def belongs_to(self, somebody: Somebody, reach: str) -> bool:
        """Whether somebody who may do this as far as `reach` should find the thing."""
        if self.missing:
            return False
        if not self.kind or reach == "everywhere":
            return True
        if self.kind == "service" and reach != "own_force":
            mine = SERVES[self.force] if reach == "own_provider" else ()
            return somebody.body.id in mine or (reach == "own_organisation" and self.force in CONTACTED)
        if self.kind == "person":
            return self.body == somebody.body.id
        if reach == "own_force":
            return self.force == somebody.force
        if reach == "own_victims":
            return self.keeper == somebody.body.id
        return reach == "own_provider" and self.provider == somebody.body.id


NOWHERE = "2222-2222"
"""A reference that no case has."""
WORDS = {"reason": "facts", "note": "Synthetic", "format": "group", "question": "Synthetic", "answer": "Synthetic"}


def targets(route: Route) -> Iterator[Target]:
    """What to try a route with: one thing of each force and provider, and one that is not there."""
    given = _form(route)
    if "{reference}" in route.path:
        at = route.path.replace("{slug}", "offender").replace("{part}", "a")
        for reference, facts in _held(route):
            yield Target(at.replace("{reference}", reference), fields=given, **facts)
    elif "{person}" in route.path:
        for person in (p for p in PEOPLE.values() if p.role == "manager" or p.role == "analyst"):
            at = route.path.replace("{person}", str(person.number)).replace("{membership}", str(person.number))
            yield Target(at, "person", body=person.body.id, fields=_role(given, person))
        yield Target(
            route.path.replace("{person}", "99999").replace("{membership}", "1"), "person", missing=True, fields=given
        )
    elif "{organisation}" in route.path:
        yield from (
            Target(route.path.replace("{organisation}", b.id), fields=given) for b in BODIES if b.id != "hampton_trust"
        )
        yield Target(route.path.replace("{organisation}", "nobody_at_all"), missing=True, fields=given)
    elif "{instrument}" in route.path:
        yield from (
            Target(route.path.replace("{instrument}", str(number)), "case", force=force, fields=given)
            for force, number in INSTRUMENTS.items()
        )
        yield Target(route.path.replace("{instrument}", "99999"), missing=True, fields=given)
    elif route.path == "/onward/{token}":
        yield from (Target(f"/onward/{one}", fields=given) for one in (*map(onward_token, FORCES), "no-such-link"))
    elif route.path == "/views/{token}":
        yield from (Target(f"/views/{one}", fields=given) for one in (*map(views_token, FORCES), "no-such-link"))
    elif "{token}" in route.path:
        yield from (
            Target(route.path.replace("{token}", one), fields=given) for one in (*map(token_of, FORCES), "no-such-link")
        )
    elif "{pause}" in route.path:
        given = {}
        at = route.path.replace("{pause}", str(PAUSE["id"]))
        yield Target(at, "case", force=str(PAUSE["force_id"]), provider=str(PAUSE["provider_id"]), fields=given)
        yield Target(route.path.replace("{pause}", "99999"), missing=True, fields=given)
    elif route.path.startswith("/schedule/new/"):
        for force, (provider, *others) in SERVES.items():
            if not others:  # whose of several a plan will be, the address does not say
                yield Target(route.path.replace("{slug}", force), "case", force=force, provider=provider, fields=given)
    elif "{slug}" in route.path:
        yield from (Target(route.path.replace("{slug}", force), "case", force=force, fields=given) for force in FORCES)
    elif "{number}" in route.path:
        for force, number in AGREEMENTS.items():
            yield Target(route.path.replace("{number}", str(number)), "case", force=force, fields=given)
        yield Target(route.path.replace("{number}", "99999"), missing=True, fields=given)
    elif "{contact}" in route.path:
        for force, number in CONTACTS.items():
            yield Target(route.path.replace("{contact}", str(number)), "case", force=force, fields=given)
        yield Target(route.path.replace("{contact}", "99999"), missing=True, fields=given)
    elif "{licence}" in route.path:
        yield Target(route.path.replace("{licence}", "1"), fields=given)
    elif route.path == "/policy" and given:
        for person in (p for p in PEOPLE.values() if p.role == "manager" or p.role == "analyst"):
            yield Target(route.path, "person", body=person.body.id, fields={**given, "person": str(person.number)})
    else:
        assert "{" not in route.path or "static" in route.path or route.path in DOCUMENTATION, f"say how to try {route}"
        yield Target(route.path.replace("{file_path}", "cara.css").replace("{path}", "x"), fields=given)


def _held(route: Route) -> Iterator[tuple[str, dict[str, Any]]]:
    """What an address of this room may name: references and whose they are."""
    room = route.path.split("/")[1]
    if room == "cases":
        yield from _cases(route)
    elif room == "victims":
        for force in FORCES:
            for state in HELD:
                yield reference_of(force, state), {"kind": "victim", "force": force, "keeper": keeper_of(force)}
    elif room == "messages":
        for one in MESSAGES:
            yield one.reference, _facts(one.case)
    elif room in ("cohorts", "venues"):
        for cohort in COHORTS:
            reference = cohort.reference if room == "cohorts" else cohort.venue
            yield reference, {"kind": "case", "force": cohort.force, "provider": cohort.provider}
    elif room in ("services", "budgets"):
        kind = "service" if room == "services" else "case"
        for one in SERVICES:
            if (one.audience == "victim") == ("for-victims" in route.path):
                yield (one.reference if room == "services" else one.budget), {"kind": kind, "force": one.force}
    elif room == "onward-referrals":
        for case in SENT_ON:
            yield onward_of(case), _facts(case)
    elif room == "schedule":
        for cohort in (one for one in COHORTS if one.ahead):
            yield proposal_of(cohort), {"kind": "case", "force": cohort.force, "provider": cohort.provider}
    elif room == "earlier-answers":
        pass  # nobody here was spoken with before such an answer held the case: it has tests of its own
    elif room in ("reviews", "consultations"):
        for force in FORCES:
            yield (review_of if room == "reviews" else consultation_of)(force), {
                "kind": "victim", "force": force, "keeper": keeper_of(force)
            }  # fmt: skip
    else:
        for one in {"drafts": DRAFTS, "imports": UPLOADS, "retention": REVIEWS}[room]:
            yield one.reference, {"kind": "case", "force": one.force}
    yield NOWHERE, {"kind": "case", "missing": True}


def _cases(route: Route) -> Iterator[tuple[str, dict[str, Any]]]:
    action = route.does[1] if route.does else ""
    sources = next((one.sources for one in TRANSITIONS if one.action == action), ("accepted", "awaiting_authorisation"))
    for case in CASES:
        if case.state in sources:
            yield case.reference, _facts(case)


def _facts(case: Case) -> dict[str, Any]:
    return {"kind": "case", "force": case.force, "provider": case.open_to or ""}


def _form(route: Route) -> dict[str, Any] | None:
    """Fields that the route's page would send; whether they are any good is not the point here."""
    if route.method != "POST":
        return None
    fields: dict[str, Any] = {"_version": "1"}
    action = route.path.rpartition("/")[2]
    if route.path == "/cases":
        fields = {"name": "cny"}
    elif route.path.startswith("/victims/"):
        fields |= VICTIMS.get(action, {})
    elif route.path in ("/cases/{reference}/victim", "/cases/{reference}/emergency"):
        fields |= (
            {"name": "Synthetic", "phone": "01632 960001"} if action == "victim" else {"reason": "Synthetic danger"}
        )
    elif route.path == "/cases/{reference}/emergency-second":
        fields = {"agreed": "yes"}
    elif route.path.startswith("/cases/{reference}/hold"):
        held = {"place": {"cause": "group", "words": "Synthetic"}, "cancellation": {}}
        fields |= held.get(action, {"reason": "over", "advice": "no"})
    elif route.path.startswith("/cases/"):
        fields |= {question.name: WORDS[question.name] for question in ASKED.get(action, ())}
    elif route.path == "/instruments":
        day = {"day": TODAY.day, "month": TODAY.month, "year": TODAY.year}
        fields = {
            "rule": "E09.medium",
            "kind": "dpp_dispensation",
            "authority": "Synthetic",
            "reference": "Synthetic",
        } | {f"starts-{part}": str(value) for part, value in day.items()}
    elif route.path == "/encompass/enter":
        fields = {"authority": "Synthetic", "starts-day": "1", "starts-month": "4", "starts-year": "2026"}
    elif route.path == "/force-contacts/enter":
        fields = {"kind": "review_cover", "reached_at": "cover@kent.example"}
        fields |= {"starts-day": "1", "starts-month": "4", "starts-year": "2026"}
    elif route.path.startswith("/earlier-answers/"):
        fields = {"what": "no_new_risk", "reasons": "Synthetic"}
    elif route.path == "/policy":
        fields = {"resource": "referral", "action": "read"}
    elif route.path == "/account/capacity":
        fields = {"capacity": "provider"}
    elif "/roles" in route.path and action == "roles":
        fields = {"role": "force.analyst"}
    elif route.path.startswith("/onward/"):
        fields = {"answer": "accept"}
    elif route.path.startswith("/onward-referrals/"):
        fields |= {"withdraw": {"reason": "consent"}, "outcome": {"outcome": "started"}}.get(action, {})
    elif route.path.startswith("/views/"):
        fields = {"heard": "some", "in_words": "Synthetic"}
    elif route.path.startswith("/feedback/"):
        fields = dict.fromkeys(("awareness", "relationships", "own_behaviour", "motivation"), "some")
    elif route.path.startswith(("/reviews/", "/victims/", "/consultations/")):
        fields |= {
            "words": "Synthetic",
            "view": "managed",
            "risk": "medium",
            "reasons": "Synthetic",
            "decision": "stop",
        }
    elif not route.path.startswith(("/drafts/", "/messages/", "/retention/")):
        fields = {}
    return fields


def _role(given: dict[str, Any] | None, person: Somebody) -> dict[str, Any] | None:
    return {"role": f"{person.capacity}.{person.role}"} if given and "role" in given else given


def body(target: Target) -> dict[str, Any]:
    """The target's form with a fresh key."""
    return {"_key": key(), **(target.fields or {})}


__all__ = ["COOKIE", "MACHINES", "Route", "Target", "body", "routes_of", "targets"]
