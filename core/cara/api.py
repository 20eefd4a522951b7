"""What force plugins import, and all that they import. Light: the standard library and pluggy.

A plugin is a module, named by an entry point in group `cara` whose name is the force's slug:

    from cara.api import ForceProfile, hookimpl

    @hookimpl
    def force_profile() -> ForceProfile:
        return ForceProfile(slug="kent", name="Kent Police")

Everything here is a frozen value. `dataclasses.asdict` turns any of it into plain data (dates stay dates), so that the
core can keep a force's arrangement as rows of its own and go on serving it while the plugin is suspended.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

import pluggy

API_VERSION: Final = (1, 3)
"""Major and minor version of this module. A profile's `api` range must admit it, else its force is suspended."""

PROJECT: Final = "cara"
"""Name of the entry-point group and of the pluggy project."""

hookimpl = pluggy.HookimplMarker(PROJECT)

QuestionKind = Literal[
    "text", "long_text", "date", "dates", "choice", "choices", "yes_no_unknown", "yes_no", "whole_number"
]
RuleOutcome = Literal["met", "not_met", "unknown", "overridden", "not_applicable"]
InstrumentKind = Literal["dpp_dispensation", "commissioned_provision"]
VictimContactBy = Literal["force", "provider", "trust_victim_service"]
ProviderLearns = Literal["victim_record", "proceed_or_hold"]
Audience = Literal["offender", "victim"]
OnwardNeed = Literal[
    "drugs", "alcohol", "mental_health", "housing", "finance", "behaviour_programme", "domestic_abuse_support",
    "advocacy", "sexual_violence_support", "refuge", "helpline",
]  # fmt: skip
ContactPoint = Literal["before_a", "midpoint", "after_b", "throughout"]

LOOSENABLE: Final[Mapping[str, frozenset[str]]] = {"E03": frozenset({"family"}), "E09": frozenset({"medium"})}
"""The only national rules that an instrument may loosen, and the values it may admit. The rest stands everywhere."""


RESERVED: Final = frozenset({
    "access_needs", "address", "admits_offence", "answer", "bail_or_investigation", "caution_date", "coercive_control_evidence",
    "conditions", "crime_reference", "da_disposals", "date_of_birth", "earlier_disposals", "email", "file", "find", "forenames",
    "format", "format_proposed", "interpreter_language", "name", "navigation", "needs", "note", "offence_category",
    "offence_code", "offence_code_found", "offence_date", "override_officer", "override_reason", "phone", "postcode", "provider",
    "question", "reason", "relationship", "risk", "risk_assessed_on", "risk_assessor", "risk_count", "risk_tool", "sex", "surname",
    "victim_agrees", "victim_contacted", "victim_overridden",
})  # fmt: skip
"""Names of national questions, and of what else stands in a form. A force's own question has another name than any of these."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be chosen; `value` is stored, `label` is read."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question on a page, the core's own or a force's.

    Kinds: text, long_text, date, dates (several, one a line), choice (radios), choices (checkboxes), yes_no_unknown
    (True, False or None), yes_no, whole_number. `when=("interpreter", "yes")` asks it only after that answer to an
    earlier question. `source` says where the question comes from. A force's questions never ask for anything that
    identifies a victim. `force_only`: the answer to a force's question is read by the force alone, never by its provider:
    whatever tells where somebody is visited, or what was arranged for them.
    """

    name: str
    label: str
    kind: QuestionKind
    hint: str = ""
    options: tuple[Option, ...] = ()
    required: bool = True
    when: tuple[str, str] | None = None
    width: str = ""
    max_length: int = 200
    source: str = ""
    force_only: bool = False


@dataclass(frozen=True, slots=True)
class Instrument:
    """A dated paper that lets one force go beyond one national rule. Both days count; no `until` means without end.

    `rule` and `admits` say what it allows, for instance rule E09 admits "medium". A renewal is another one of these,
    entered by the force's administrator and confirmed by the Trust: data, not a release.
    """

    force: str
    rule: str
    admits: str
    kind: InstrumentKind
    authority: str
    reference: str
    starts: date
    until: date | None

    def in_force(self, on: date) -> bool:
        """Whether it stands on the day `on`."""
        return self.starts <= on and (self.until is None or on <= self.until)


@dataclass(frozen=True, slots=True)
class Loosen:
    """A plugin's claim that national rule `rule` also admits `admits` here. Worth nothing without an `Instrument`
    of the force for the same rule and value, in force on the decision date."""

    rule: str
    admits: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tighten:
    """A force's own rule, answered for one case. It blocks as the national ones do. `rule` is the force's own id
    (never E01 and so on); answer "unknown", not "met", when a fact that it needs is missing. `title` is what the
    rule asks, in a few words, as "not on the course before"."""

    rule: str
    outcome: Literal["met", "not_met", "unknown", "not_applicable"]
    reason: str
    source: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class CaseView:
    """The facts of a case that decision hooks see: no name, no birth date, nothing of the victim. None is not known.

    `answers` holds the answers to the force's own questions by name.
    """

    force: str
    decided_on: date | None = None
    referred_by: str | None = None
    offence_category: str | None = None
    offence_date: date | None = None
    age_at_offence: int | None = None
    sex: str | None = None
    admits_offence: bool | None = None
    bail_or_investigation: bool | None = None
    coercive_control_evidence: bool | None = None
    da_disposals: tuple[date, ...] | None = None
    relationship: str | None = None
    risk: str | None = None
    needs: frozenset[str] = frozenset()
    conditions: tuple[str, ...] | None = None
    answers: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Whether a second person must authorise every referral of the force. Who may is the same in every force."""

    required: bool = False


@dataclass(frozen=True, slots=True)
class VictimContact:
    """Who speaks with victims in this force, when, and what reaches the provider.

    `provider_learns`: "proceed_or_hold" (a word, nothing else) or "victim_record" (its victim service keeps it).
    `extent` names points of the course: before_a, midpoint, after_b, throughout. `reassess_at` are those after which a new
    assessment of risk is asked for, whoever spoke with the person.
    `provider_is_asked`: whether the provider gives its view in a disclosure review. Where it is not, it is told to proceed or to
    hold and nothing else, and the Trust gives the other view. `mash_first` are the areas (values of the profile's `areas`) in
    which all high risk goes to the MASH before MARAC. `encompass_areas` is read no more: an agreement to Operation Encompass is a
    dated row that the force enters on a page, for it changes without a release.
    """

    who: VictimContactBy = "trust_victim_service"
    extent: tuple[ContactPoint, ...] = ("before_a", "midpoint", "after_b")
    reassess_at: tuple[ContactPoint, ...] = ()
    provider_learns: ProviderLearns = "proceed_or_hold"
    provider_is_asked: bool = True
    encompass_areas: tuple[str, ...] = ()
    source: str = ""
    mash_first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceNote:
    """Why something local is as it is: what it is about, what the source says in our words, which source."""

    about: str
    says: str
    source: str


@dataclass(frozen=True, slots=True)
class OnwardService:
    """A service that people are sent on to after, or beside, the course. `audience`: whom it is for; the two never share a page.

    `key` tells it from the force's others, for good: what the force later changes or ends in the directory stays so. `areas`
    are values of the profile's areas (none: the whole force); `languages` are names, such as "English". `paid`: somebody pays
    for each place, see `Funder`. `escalation`: no routine step. Leave empty what is not known, a telephone number above all.
    """

    key: str
    audience: Audience
    name: str
    needs: tuple[OnwardNeed, ...]
    areas: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    access: str = ""
    phone: str = ""
    web: str = ""
    email: str = ""
    paid: bool = False
    escalation: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Funder:
    """Who pays for places in services of one audience, for people of these areas (none: the whole force). How many places, for
    how much, is the force's to enter: a budget is never shipped."""

    key: str
    audience: Audience
    name: str
    areas: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class ForceProfile:
    """What a force has settled for itself. Every field but the first two has a default that runs.

    `api` is the range of `cara.api` versions that the plugin works with. `pathways` are those that its `pathways` hook
    may name, beside group and cti. `chances_at_a` counts how often a missed workshop A may be rebooked. `languages` are
    BCP 47 tags in which letters and workshops are offered. `import_columns` maps the force's export headers to ours.
    `services` and `funders` open the force's directory of what people are sent on to, and who pays for it.
    `data_protection_officer` is the e-mail address at which that officer is told when a victim's record was opened in an
    emergency: an office's rather than a person's, for it changes with a release of the plugin. Empty: nobody beside the force's
    own supervisors and contact officers is told. `duty_supervisor` is the telephone number of the force's duty supervisor, which a
    page names where an answer holds a case; `review_cover` an e-mail address, an office's too, at which somebody is reached when
    no supervisor has decided a review in time. What the force enters on a page counts before both. Leave empty what is not known.
    """

    slug: str
    name: str
    api: str = ">=1,<2"
    areas: tuple[Option, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    pathways: tuple[Option, ...] = ()
    authorisation: Authorisation = Authorisation()
    chances_at_a: int = 1
    victim_contact: VictimContact = VictimContact()
    languages: tuple[str, ...] = ("en",)
    import_columns: Mapping[str, str] = field(default_factory=dict)
    services: tuple[OnwardService, ...] = ()
    funders: tuple[Funder, ...] = ()
    notes: tuple[SourceNote, ...] = ()
    data_protection_officer: str = ""
    duty_supervisor: str = ""
    review_cover: str = ""


@dataclass(frozen=True, slots=True)
class Clearance:
    """Whether a provider may deliver in a force on a day: the answer of the licensing feature."""

    cleared: bool
    reason: str
    reference: str = ""
