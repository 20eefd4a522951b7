"""The access policy: one table that a data protection officer can read. Whatever has no row is refused.

Checks, the scope of sessions, the policy page and the "why not?" answers are all made from `POLICY`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from cara.i18n import lazy as _

REACHES: Mapping[str, str] = MappingProxyType(
    {
        "own_force": _("cases of their own force"),
        "own_provider": _("cases referred to their own organisation"),
        "own_victims": _("victims whose records their own organisation keeps; no case"),
        "own_organisation": _("their own organisation"),
        "everywhere": _("the whole platform; no case"),
        "self": _("their own sign-in"),
    }
)

RESOURCES: Mapping[str, str] = MappingProxyType(
    {
        "account": _("Own account and session"),
        "draft": _("Drafts of referrals"),
        "referral": _("Referrals"),
        "import": _("Imports from records systems"),
        "eligibility": _("Eligibility answers"),
        "venue": _("Venues"),
        "cohort": _("Cohorts and their workshops"),
        "schedule": _("Proposals of cohorts"),
        "place": _("Places in cohorts"),
        "register": _("Registers and notes of workshops"),
        "telephone": _("The telephone intervention"),
        "course": _("The course of a case, and its deadlines"),
        "breach": _("Reports of non-compliance, and what is decided"),
        "group_work": _("Whether groups are held at all"),
        "people": _("People and roles"),
        "organisation": _("Organisations"),
        "instrument": _("Dated instruments that loosen a national rule"),
        "arrangement": _("A force’s arrangement and settings"),
        "licence": _("Licences"),
        "message": _("Messages to the person on the course and to the officer"),
        "feedback": _("What people thought of the course"),
        "service": _("Services for people on the course"),
        "victims_service": _("Services for victims"),
        "signpost": _("Services mentioned to people on the course"),
        "onward_referral": _("Onward referrals"),
        "budget": _("Budgets for people on the course"),
        "victims_budget": _("Budgets for victims"),
        "retention": _("Reviews of records whose period is over, and legal holds"),
        "retention_period": _("How long records are kept"),
        "subject_access": _("What is held of a person, for that person"),
        "victim": _("Victims’ records"),
        "review": _("Disclosure reviews"),
        "hold": _("Holds that police place themselves"),
        "agreement": _("Agreements to Operation Encompass"),
        "force_contact": _("Duty supervisor and cover address of a force"),
        "concern": _("Concerns from the course"),
        "asked_review": _("What a provider is asked in a disclosure review"),
        "consultation": _("What the Trust is asked, of nobody"),
        "figures": _("Released figures"),
        "policy": _("This access policy"),
    }
)

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "use": _("use"), "list": _("list"), "read": _("read"), "search": _("search"), "write": _("write"),
        "discard": _("discard"), "refer": _("refer"), "authorise": _("authorise"), "decline": _("decline to authorise"),
        "withdraw": _("withdraw"), "amend": _("start again from"),
        "answer": _("answer a question about"), "accept": _("accept"), "return": _("return"),
        "ask": _("ask for information about"), "run": _("run"), "add": _("add"), "end": _("end"), "enter": _("enter"),
        "confirm": _("confirm"), "grant": _("grant"), "explain": _("explain"),
        "settle": _("settle how people come in to"),
        "make": _("make"), "change": _("change"), "cancel": _("cancel"), "wait": _("put on the waiting list for"),
        "offer": _("offer"), "book": _("book"), "refuse": _("record as declined"), "release": _("take back"),
        "record": _("write"),
        "correct": _("correct"),
        "note": _("write notes in"),
        "telephone": _("begin"),
        "session": _("record a call of"),
        "group_again": _("end, back to a group,"),
        "report": _("send to the officer"), "prosecute": _("decide to prosecute after"), "vary": _("vary the last day after"),
        "excuse": _("accept a reasonable excuse after"), "complete": _("complete"), "close": _("close"),
        "keep_apart": _("keep people apart in"), "follow_up": _("answer the follow-up of"),
        "suspend": _("suspend"), "resume": _("resume"),
        "keep": _("decide to keep after"), "propose": _("propose to erase after"), "confirm_erasure": _("confirm erasure after"),
        "hold": _("place legal holds in"), "lift": _("lift legal holds in"), "set": _("set"), "produce": _("produce"),
        "contact": _("speak with the person and write down what they say in"), "check": _("confirm a new address or number in"),
        "export": _("give the person a copy of"), "erase": _("erase"),
        "open_in_emergency": _("open one for an hour in an emergency, of"), "review_emergency": _("review emergency openings of"),
        "survey": _("ask for the person’s opinion in"),
        "police_risk": _("grade the risk from police information in"),
        "second_emergency": _("answer as the second officer for emergency access to"),
        "open": _("write an account for"), "view": _("give a view in"), "step": _("record what was done in"),
        "consult": _("consult the Trust in"), "decide": _("decide"), "raise": _("raise"),
        "plan": _("plan, and change"), "send": _("send, post or cancel"), "invite": _("ask for"),
        "review": _("look at again, and confirm"), "place": _("place"), "retire": _("retire and bring back the plugin of"),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the policy: this role, in this capacity, may do these things to this resource, as far as this."""

    capacity: str
    role: str
    resource: str
    actions: frozenset[str]
    reach: str


def _rows(capacity: str, roles: str, resource: str, actions: str, reach: str) -> Iterable[Row]:
    for role in roles.split():
        yield Row(capacity, role, resource, frozenset(actions.split()), reach)


_ANYBODY = (
    ("force", "referring_officer supervisor victim_contact_officer analyst administrator"),
    ("provider", "coordinator facilitator quality_lead manager administrator"),
    ("victim_service", "victim_worker manager administrator"),
    ("commissioner", "commissioner administrator"),
    ("national", "licensing_manager trainer quality_supervisor returns_reviewer evaluator administrator"),
)
_ADMINISTRATORS = ("force", "provider", "victim_service", "commissioner", "national")

POLICY: tuple[Row, ...] = (
    # A force's officers work on the cases of their force, and of no other.
    *_rows("force", "referring_officer supervisor", "draft", "list read write discard", "own_force"),
    *_rows("force", "referring_officer supervisor", "referral", "list read search refer answer amend withdraw", "own_force"),
    *_rows("force", "supervisor", "referral", "authorise decline", "own_force"),
    *_rows("force", "referring_officer supervisor", "course", "list read close keep_apart follow_up", "own_force"),
    *_rows("force", "referring_officer supervisor", "breach", "read prosecute vary excuse", "own_force"),
    *_rows("force", "supervisor", "group_work", "read suspend resume", "own_force"),
    # Two supervisors erase: who proposed it cannot confirm it. How long records are kept is the administrator's.
    *_rows("force", "supervisor", "retention", "list read keep propose confirm_erasure hold lift", "own_force"),
    *_rows("force", "administrator", "retention_period", "read set", "own_force"),
    *_rows("force", "supervisor", "retention_period", "read", "own_force"),
    *_rows("force", "supervisor", "subject_access", "read produce", "own_force"),
    *_rows("force", "victim_contact_officer", "referral", "list read search", "own_force"),
    # A disclosure review: police and whoever keeps the victims' records read the account; a supervisor of the police decides.
    *_rows("force", "victim_contact_officer supervisor", "review", "list read open view step consult", "own_force"),
    *_rows("force", "supervisor", "review", "decide", "own_force"),
    # Where a local authority agreed to Operation Encompass is the force's to enter: it names nobody.
    *_rows("force", "administrator supervisor", "agreement", "list enter end", "own_force"),
    # Whom a force names to be reached about a held case is its administrator's to enter: it names an office.
    *_rows("force", "administrator", "force_contact", "list enter end", "own_force"),
    *_rows("force", "supervisor", "force_contact", "list", "own_force"),
    # What police hold for another cause than a review: any officer of a case holds it, those who read victims' records read why,
    # and a supervisor releases it.
    *_rows("force", "referring_officer supervisor victim_contact_officer", "hold", "place", "own_force"),
    *_rows("force", "supervisor victim_contact_officer", "hold", "read", "own_force"),
    *_rows("force", "supervisor", "hold", "release", "own_force"),
    *_rows("victim_service", "victim_worker manager", "review", "list read open view step consult", "own_victims"),
    *_rows("force", "referring_officer supervisor victim_contact_officer", "concern", "raise", "own_force"),
    *_rows("force", "referring_officer supervisor", "import", "run", "own_force"),
    *_rows("force", "referring_officer supervisor victim_contact_officer", "eligibility", "use", "own_force"),
    *_rows("force", "system", "eligibility", "use", "own_force"),
    *_rows("force", "administrator", "instrument", "read enter", "own_force"),
    # The Trust retires the plugin of a suspended force, and the force's own administrator confirms it: nothing else ends its rules.
    *_rows("force", "administrator", "arrangement", "read confirm", "own_force"),
    *_rows("force", "referring_officer supervisor victim_contact_officer", "arrangement", "read", "own_force"),
    # Who speaks with victims: the force's own people in their force, a victim service on the records that it keeps, and nobody
    # else. An officer hands over who was harmed and cannot read it back, but in an emergency that the force is told of at once.
    *_rows("force", "victim_contact_officer supervisor", "victim",
           "list read record contact change check export survey police_risk", "own_force"),
    # An officer whose emergency access was not justified names a second officer, who answers within a day.
    *_rows("force", "referring_officer supervisor victim_contact_officer", "victim", "second_emergency", "own_force"),
    *_rows("force", "supervisor", "victim", "erase review_emergency", "own_force"),
    *_rows("force", "referring_officer", "victim", "record open_in_emergency", "own_force"),
    *_rows("victim_service", "victim_worker manager", "victim", "list read contact change check export survey", "own_victims"),
    # A provider's staff work on the cases referred to it, in whichever force, and on no other provider's.
    *_rows("provider", "coordinator manager", "referral", "list read search accept return ask", "own_provider"),
    *_rows("provider", "facilitator quality_lead", "referral", "list read", "own_provider"),
    *_rows("provider", "coordinator manager", "venue", "list add change end", "own_provider"),
    *_rows("provider", "coordinator manager", "cohort", "list read make change cancel", "own_provider"),
    *_rows("provider", "facilitator quality_lead", "cohort", "list read", "own_provider"),
    *_rows("provider", "coordinator manager", "schedule", "list read plan accept", "own_provider"),
    *_rows("provider", "coordinator manager", "place", "wait offer book confirm refuse release", "own_provider"),
    *_rows("provider", "coordinator manager facilitator", "register",
           "read record correct note", "own_provider"),
    *_rows("provider", "coordinator manager", "telephone", "read telephone session group_again", "own_provider"),
    *_rows("provider", "facilitator", "telephone", "read session", "own_provider"),
    *_rows("provider", "coordinator manager", "course", "list read complete close", "own_provider"),
    *_rows("provider", "facilitator quality_lead", "course", "list read", "own_provider"),
    *_rows("provider", "coordinator manager", "breach", "read report", "own_provider"),
    *_rows("provider", "coordinator manager", "group_work", "read suspend resume", "own_provider"),
    # Whoever hears something passes it on; nobody here reads what was disclosed, or that it was.
    *_rows("provider", "coordinator manager facilitator", "concern", "raise", "own_provider"),
    *_rows("provider", "coordinator manager", "asked_review", "read view", "own_provider"),
    # Who books a place also sees to it that it is written about; nobody writes to a victim from here.
    *_rows("provider", "coordinator manager", "message", "list read send", "own_provider"),
    *_rows("provider", "facilitator", "message", "list read", "own_provider"),
    *_rows("force", "referring_officer supervisor", "message", "list read", "own_force"),
    *_rows("provider", "coordinator manager", "feedback", "invite enter", "own_provider"),
    *_rows("provider", "facilitator", "feedback", "enter", "own_provider"),
    # Each force keeps a directory of services: one for people on the course, one for victims, which no provider reads.
    *_rows("force", "administrator supervisor", "service", "list read add change review end", "own_force"),
    *_rows("force", "referring_officer victim_contact_officer", "service", "list read", "own_force"),
    *_rows("provider", "coordinator facilitator quality_lead manager", "service", "list read", "own_provider"),
    *_rows("force", "administrator supervisor", "victims_service", "list read add change review end", "own_force"),
    *_rows("force", "victim_contact_officer", "victims_service", "list read", "own_force"),
    *_rows("victim_service", "victim_worker manager", "victims_service", "list read", "own_organisation"),
    *_rows("provider", "coordinator facilitator manager", "signpost", "note", "own_provider"),
    *_rows("provider", "coordinator manager", "onward_referral", "list read make send withdraw record", "own_provider"),
    *_rows("provider", "facilitator", "onward_referral", "list read", "own_provider"),
    *_rows("force", "referring_officer supervisor", "onward_referral", "list read", "own_force"),
    # Money for places is the force's to enter. That of the two audiences is never on one page.
    *_rows("force", "administrator", "budget", "list enter end", "own_force"),
    *_rows("force", "supervisor analyst", "budget", "list", "own_force"),
    *_rows("force", "administrator", "victims_budget", "list enter end", "own_force"),
    *_rows("force", "supervisor victim_contact_officer", "victims_budget", "list", "own_force"),
    # The Trust licenses and confirms; in its national capacity it sees no case and no name.
    *_rows("national", "licensing_manager", "licence", "list grant end", "everywhere"),
    *_rows("national", "licensing_manager", "instrument", "read confirm", "everywhere"),
    *_rows("national", "trainer quality_supervisor administrator", "licence", "list", "everywhere"),
    # What it is consulted on names nobody and leads to no case.
    *_rows("national", "quality_supervisor", "consultation", "list read answer", "everywhere"),
    *_rows("national", "administrator", "organisation", "list add end", "everywhere"),
    *_rows("national", "administrator licensing_manager", "arrangement", "read retire", "everywhere"),
    # Figures are released figures; there is no path from here to a case.
    *_rows("commissioner", "commissioner", "figures", "read", "own_organisation"),
    *_rows("national", "returns_reviewer evaluator licensing_manager", "figures", "read", "everywhere"),
    # Each organisation keeps its own people.
    *(row for capacity in _ADMINISTRATORS
      for row in _rows(capacity, "administrator", "people", "list add end", "own_organisation")),
    *(row for capacity in _ADMINISTRATORS
      for row in _rows(capacity, "administrator", "organisation", "settle", "own_organisation")),
    # Everybody may read the rules that bind them, and leave.
    *(row for capacity, roles in _ANYBODY for row in _rows(capacity, roles, "account", "use", "self")),
    *(row for capacity, roles in _ANYBODY for row in _rows(capacity, roles, "policy", "read", "everywhere")),
    *(row for capacity in _ADMINISTRATORS
      for row in _rows(capacity, "administrator", "policy", "explain", "own_organisation")),
)  # fmt: skip


@lru_cache(maxsize=4096)
def reach_of(capacity: str, roles: frozenset[str], resource: str, action: str) -> str | None:
    """How far somebody in these roles may do this, or None: refused."""
    for row in POLICY:
        if row.capacity == capacity and row.role in roles and row.resource == resource and action in row.actions:
            return row.reach
    return None


@lru_cache(maxsize=1)
def pairs() -> frozenset[tuple[str, str]]:
    """Every (resource, action) that some row allows."""
    return frozenset((row.resource, action) for row in POLICY for action in row.actions)
