"""What counts as an answer. A plugin is a stranger's code: whatever it returns is looked at before it is believed.

Each function gives back its argument, typed, or raises `Nonsense` saying what is wrong with it. The message goes to the
operator: it names fields, never values from a case.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeVar, get_args

from cara.api import (
    API_VERSION,
    LOOSENABLE,
    RESERVED,
    Audience,
    Authorisation,
    Clearance,
    ContactPoint,
    ForceProfile,
    Funder,
    Instrument,
    InstrumentKind,
    Loosen,
    OnwardNeed,
    OnwardService,
    Option,
    ProviderLearns,
    Question,
    QuestionKind,
    SourceNote,
    Tighten,
    VictimContact,
    VictimContactBy,
)
from cara.platform.plugins.versions import admits

T = TypeVar("T")

NATIONAL_PATHWAYS: Final = frozenset({"group", "cti"})
_LONGEST_TITLE: Final = 100
_ADDRESS: Final = re.compile(r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+")
_NUMBER: Final = re.compile(r"\+?[0-9][0-9 ]{1,20}")
_WORD: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_NATIONAL_RULE: Final = re.compile(r"E\d+", re.IGNORECASE)
_TIGHTENED: Final = frozenset({"met", "not_met", "unknown", "not_applicable"})


class Nonsense(Exception):
    """A plugin's answer that is no answer."""


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Nonsense(otherwise)


def _text(value: object, what: str) -> None:
    _must(isinstance(value, str) and bool(value.strip()) and len(value) <= 1000, f"{what} is not a text")


def _word(value: object, what: str) -> None:
    _must(isinstance(value, str) and _WORD.fullmatch(value) is not None, f"{what} is not a lower-case word")


def _a(kind: type[T], value: object, what: str) -> T:
    if type(value) is not kind:
        raise Nonsense(f"{what} is no {kind.__name__}")
    return value


def _several(values: object, what: str) -> tuple[object, ...]:
    if not isinstance(values, list | tuple):
        raise Nonsense(f"{what} is not a list or tuple")
    return tuple(values)


def _all(kind: type[T], values: object, what: str) -> tuple[T, ...]:
    return tuple(_a(kind, value, f"something in {what}") for value in _several(values, what))


def _unique(names: Iterable[str], what: str) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    _must(not twice, f"{what} repeats {', '.join(twice)}")


def _options(values: object, what: str) -> None:
    options = _all(Option, values, what)
    for option in options:
        _text(option.value, f"{what}: value")
        _text(option.label, f"{what}: label")
        _must(isinstance(option.hint, str), f"{what}: hint is not a text")
    _unique((option.value for option in options), what)


def _instrument(value: Instrument, slug: str) -> None:
    _must(value.force == slug, "an instrument belongs to another force")
    _loosens(value.rule, value.admits)
    _must(value.kind in get_args(InstrumentKind), "an instrument's kind is not known")
    _text(value.authority, "an instrument's authority")
    _text(value.reference, "an instrument's reference")
    _must(type(value.starts) is date, "an instrument's start is not a date")
    _must(value.until is None or type(value.until) is date, "an instrument's end is not a date")
    _must(value.until is None or value.starts <= value.until, "an instrument ends before it starts")


def _loosens(rule: object, admitted: object) -> None:
    allowed = LOOSENABLE.get(rule, frozenset()) if isinstance(rule, str) else frozenset()
    _must(isinstance(admitted, str) and admitted in allowed, "loosens a national rule that nothing may loosen so")


def profile(answer: object, slug: str) -> ForceProfile:
    """The profile of the force `slug`, whole and of an interface version that runs here."""
    value = _a(ForceProfile, answer, "force_profile's answer")
    _must(value.slug == slug, f"answers for another force than {slug}")
    _text(value.name, "name")
    try:
        fits = isinstance(value.api, str) and admits(value.api, API_VERSION)
    except ValueError:
        fits = False
    _must(fits, f"its api range does not admit {'.'.join(map(str, API_VERSION))}")
    _options(value.areas, "areas")
    _options(value.pathways, "pathways")
    for instrument in _all(Instrument, value.instruments, "instruments"):
        _instrument(instrument, slug)
    _a(Authorisation, value.authorisation, "authorisation")
    _a(bool, value.authorisation.required, "authorisation: required")
    _must(type(value.chances_at_a) is int and 0 <= value.chances_at_a <= 10, "chances_at_a is not 0 to 10")
    _contact(value.victim_contact)
    for name, named in (
        ("encompass_areas", value.victim_contact.encompass_areas),
        ("mash_first", value.victim_contact.mash_first),
    ):
        strange = set(named) - {area.value for area in value.areas}
        _must(not strange, f"victim_contact: {name} names no area of the force")
    _must(bool(_all(str, value.languages, "languages")), "languages is empty")
    _must(isinstance(value.import_columns, Mapping), "import_columns is no mapping")
    for header, ours in value.import_columns.items():
        _text(header, "import_columns: header")
        _word(ours, "import_columns: column")
    _onward(value)
    for name in ("data_protection_officer", "review_cover"):
        address = _a(str, getattr(value, name), name)
        _must(not address or _ADDRESS.fullmatch(address) is not None, f"{name} is no e-mail address")
    number = _a(str, value.duty_supervisor, "duty_supervisor")
    _must(not number or _NUMBER.fullmatch(number) is not None, "duty_supervisor is no telephone number")
    for note in _all(SourceNote, value.notes, "notes"):
        _text(note.source, "notes: source")
    return value


def _onward(value: ForceProfile) -> None:
    """Services and funders: named, for one audience each, in areas that the profile has."""
    areas = {option.value for option in value.areas}
    services = _all(OnwardService, value.services, "services")
    for service in services:
        for name in ("paid", "escalation"):
            _a(bool, getattr(service, name), f"services: {name}")
        for name in ("access", "phone", "web", "email"):
            _a(str, getattr(service, name), f"services: {name}")
        needs = _all(str, service.needs, "services: needs")
        _must(bool(needs) and set(needs) <= set(get_args(OnwardNeed)), "services: a need is not known")
        _all(str, service.languages, "services: languages")
    funders = _all(Funder, value.funders, "funders")
    for what, some in (("services", services), ("funders", funders)):
        for one in some:
            _word(one.key, f"{what}: key")
            _text(one.name, f"{what}: name")
            _must(one.audience in get_args(Audience), f"{what}: audience is not known")
            _must(set(_all(str, one.areas, f"{what}: areas")) <= areas, f"{what}: an area is none of the force's")
        _unique((one.key for one in some), what)


def _contact(value: VictimContact) -> None:
    _a(VictimContact, value, "victim_contact")
    _must(value.who in get_args(VictimContactBy), "victim_contact: who is not known")
    _must(value.provider_learns in get_args(ProviderLearns), "victim_contact: provider_learns is not known")
    for name, points in (("extent", value.extent), ("reassess_at", value.reassess_at)):
        known = set(_all(str, points, f"victim_contact: {name}")) <= set(get_args(ContactPoint))
        _must(known, f"victim_contact: {name} names a point of the course that is not known")
    _a(bool, value.provider_is_asked, "victim_contact: provider_is_asked")
    _all(str, value.encompass_areas, "victim_contact: encompass_areas")
    _all(str, value.mash_first, "victim_contact: mash_first")


def questions(value: object) -> tuple[Question, ...]:
    """Questions that a page can ask: named once each, of known kinds, conditional only on earlier ones."""
    found = _all(Question, value, "extra_questions")
    earlier: set[str] = set()
    for question in found:
        _word(question.name, "a question's name")
        _must(
            question.name not in RESERVED, f"{question.name} is the name of a national question or of a form's control"
        )
        _text(question.label, f"{question.name}: label")
        _must(question.kind in get_args(QuestionKind), f"{question.name}: kind is not known")
        _options(question.options, f"{question.name}: options")
        _must(bool(question.options) == (question.kind in {"choice", "choices"}), f"{question.name}: options")
        _a(bool, question.required, f"{question.name}: required")
        _a(bool, question.force_only, f"{question.name}: force_only")
        _must(type(question.max_length) is int and question.max_length > 0, f"{question.name}: max_length")
        _must(question.when is None or _when(question.when, earlier), f"{question.name}: when")
        earlier.add(question.name)
    _unique((question.name for question in found), "extra_questions")
    return found


def _when(value: Any, earlier: set[str]) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and value[0] in earlier and isinstance(value[1], str)


def adjustments(answer: object) -> tuple[Tighten | Loosen, ...]:
    """A force's own rules under ids of its own, and claims to loosen only what may be loosened at all."""
    found: list[Tighten | Loosen] = []
    for item in _several(answer, "eligibility's answer"):
        if isinstance(item, Tighten):
            _text(item.rule, "a rule's id")
            _must(_NATIONAL_RULE.fullmatch(item.rule.strip()) is None, "a force's rule uses a national rule's id")
            _must(isinstance(item.outcome, str) and item.outcome in _TIGHTENED, "a rule's outcome is not known")
            _text(item.reason, "a rule's reason")
            _text(item.source, "a rule's source")
            _must(
                isinstance(item.title, str) and len(item.title) <= _LONGEST_TITLE, "a rule's title is not a short text"
            )
        elif isinstance(item, Loosen):
            _loosens(item.rule, item.admits)
            _text(item.reason, "a loosening's reason")
        else:
            raise Nonsense("eligibility holds something that is neither Tighten nor Loosen")
        found.append(item)
    _unique((item.rule for item in found if isinstance(item, Tighten)), "eligibility")
    return tuple(found)


def pathway(value: object, declared: Sequence[Option]) -> str | None:
    """A pathway that the profile declares, one of the nation's, or None."""
    known = NATIONAL_PATHWAYS | {option.value for option in declared}
    _must(value is None or (isinstance(value, str) and value in known), "pathways named one that is not declared")
    return value if isinstance(value, str) else None


def clearances(answer: object) -> Mapping[str, Clearance]:
    """By provider, a yes or no with its reason."""
    found: dict[str, Clearance] = {}
    for provider, given in _a(dict, answer, "clearance's answer").items():
        value = _a(Clearance, given, "clearance of a provider")
        _a(bool, value.cleared, "clearance: cleared")
        _text(value.reason, "clearance: reason")
        found[_a(str, provider, "clearance: provider")] = value
    return found
