"""What must hold for every case: hypothesis looks for one for which it does not."""

from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cara.api import Instrument, Loosen, Tighten
from cara.features.eligibility.engine import judge
from cara.features.eligibility.facts import Facts, Needs, Offence, Offender, Override, Victim
from cara.features.eligibility.rules import Case
from cara.features.eligibility.rules.referral import ELIGIBLE_CATEGORIES

FLAG = st.sampled_from([True, False, None])
DECIDED = st.dates(date(2011, 12, 1), date(2030, 12, 31))


def leaning(good: object, *others: object) -> st.SearchStrategy[Any]:
    """Mostly the value that passes, so that eligible cases are common enough to be looked at."""
    return st.sampled_from([good] * 12 + [*others, None])


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    decided_on = draw(st.one_of(DECIDED, DECIDED, DECIDED, st.none()))
    until = decided_on or date(2030, 12, 31)
    offence_on = draw(leaning(until - timedelta(days=10), until))
    return Facts(
        decided_on=decided_on,
        referred_by=draw(leaning("police", "self")),
        offence=Offence(draw(leaning("criminal_damage", *ELIGIBLE_CATEGORIES, "other word")), offence_on),
        offender=Offender(
            date_of_birth=draw(leaning(date(1990, 2, 28), until - timedelta(days=6000))),
            sex=draw(st.sampled_from(["male", "female", "other", None])),
            admits_offence=draw(leaning(True, False)),
            bail_or_investigation=draw(leaning(False, True)),
            coercive_control_evidence=draw(leaning(False, True)),
            da_disposals=draw(leaning((), (until - timedelta(days=731),), (until - timedelta(days=800),))),
        ),
        relationship=draw(st.sampled_from(["intimate", "intimate", "family", "other", None])),
        risk=draw(st.sampled_from(["standard", "standard", "medium", "high", None])),
        victim=Victim(
            draw(leaning(True, False)),
            draw(leaning(True, False)),
            draw(st.sampled_from([None, None, Override("PS 1", "reason"), Override("", "reason"), Override("PS 1")])),
        ),
        needs=Needs(draw(FLAG), draw(FLAG), draw(FLAG), draw(FLAG)),
        conditions=draw(
            leaning(("cara",), (), ("cara", "fine"), ("cara", "restorative_justice"), ("anger_management",))
        ),
    )


CLAIMS = (Loosen("E03", "family", "family by provision"), Loosen("E09", "medium", "medium by dispensation"))
FAMILY = Instrument(
    "northshire", "E03", "family", "commissioned_provision", "A", "N/1", date(2021, 4, 1), date(2025, 3, 31)
)
MEDIUM = Instrument("northshire", "E09", "medium", "dpp_dispensation", "A", "N/2", date(2021, 4, 1), None)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    return Case(
        draw(facts()),
        "northshire",
        "Northshire Police",
        claims=draw(st.sampled_from([(), CLAIMS])),
        instruments=draw(st.sampled_from([(), (FAMILY,), (FAMILY, MEDIUM)])),
        pathway=draw(st.sampled_from([None, "juno"])),
    )


NEEDED_TO_PASS = {"decided_on", "referred_by", "relationship", "risk", "conditions"}
OF_OFFENDER = ("date_of_birth", "admits_offence", "bail_or_investigation", "coercive_control_evidence", "da_disposals")


@given(cases())
def test_a_fact_that_a_blocking_rule_needs_is_known_in_every_eligible_case(case: Case) -> None:
    answer = judge(case)
    if answer.outcome == "eligible":
        assert all(getattr(case.facts, name) is not None for name in NEEDED_TO_PASS)
        assert all(getattr(case.facts.offender, name) is not None for name in OF_OFFENDER)
        assert case.facts.offence.date is not None
        assert case.facts.offence.category in ELIGIBLE_CATEGORIES
        assert case.facts.relationship == "intimate" or case.facts.offender.sex is not None
        assert case.facts.risk in {"standard", "medium"}
        assert case.facts.referred_by == "police"
        assert case.facts.offender.admits_offence is True
        override = case.facts.victim.override
        agreed = case.facts.victim.contacted is True and case.facts.victim.agrees is True
        assert agreed or (override is not None and override.stands)


def forgetting(value: Any) -> list[Any]:
    """The same value with one fact after another made unknown."""
    smaller = []
    for field in fields(value):
        inner = getattr(value, field.name)
        if is_dataclass(inner) and not isinstance(inner, type) and not isinstance(inner, Override):
            smaller += [replace(value, **{field.name: less}) for less in forgetting(inner)]
        elif inner is not None:
            smaller.append(replace(value, **{field.name: None}))
    return smaller


@given(cases())
def test_forgetting_a_fact_never_makes_a_case_eligible(case: Case) -> None:
    if judge(case).outcome != "eligible":
        for less in forgetting(case.facts):
            assert judge(replace(case, facts=less)).outcome != "eligible"


@given(cases(), st.sampled_from(["met", "not_met", "unknown", "not_applicable"]))
def test_tightening_never_helps(case: Case, found: Any) -> None:
    order = ["not_eligible", "needs_information", "eligible"]
    tightened = judge(case, (Tighten("N1", found, "a local rule", "synthetic"),))
    assert order.index(tightened.outcome) <= order.index(judge(case).outcome)
    if found == "not_met":
        assert tightened.outcome == "not_eligible"
    if found == "unknown":
        assert tightened.outcome != "eligible"


@given(cases())
def test_a_claim_without_an_instrument_changes_nothing_but_words(case: Case) -> None:
    bare = judge(replace(case, claims=(), instruments=()))
    claimed = judge(replace(case, claims=CLAIMS, instruments=()))
    assert claimed.outcome != "eligible" or bare.outcome == "eligible"
    assert claimed.instruments == ()


@given(cases())
def test_an_instrument_without_a_claim_or_of_another_force_changes_nothing(case: Case) -> None:
    bare = judge(replace(case, claims=(), instruments=()))
    assert judge(replace(case, claims=(), instruments=(FAMILY, MEDIUM))) == bare
    foreign = (replace(FAMILY, force="southshire"), replace(MEDIUM, force="southshire"))
    assert judge(replace(case, claims=CLAIMS, instruments=foreign)).instruments == ()
    assert judge(replace(case, claims=CLAIMS, instruments=foreign)).outcome in {bare.outcome, "needs_information"}


@given(cases(), st.sampled_from(["E01", "E02", "E04", "E05", "E06", "E07", "E08", "E10", "E09", "E03"]))
def test_no_claim_reaches_beyond_what_may_be_loosened(case: Case, rule: str) -> None:
    for value in ("high", "other", "self", "true"):
        paper = Instrument("northshire", rule, value, "dpp_dispensation", "A", "N/3", date(2000, 1, 1), None)
        more = replace(
            case, claims=(*case.claims, Loosen(rule, value, "claimed")), instruments=(*case.instruments, paper)
        )
        assert judge(more).outcome == judge(case).outcome


@given(cases())
def test_every_rule_answers_and_instruments_relied_on_stand(case: Case) -> None:
    answer = judge(case)
    assert len(answer.rules) == 18
    assert all(rule.reason and rule.source for rule in answer.rules)
    assert all(rule.outcome in {"met", "not_applicable"} for rule in answer.rules if rule.effect == "advises")
    assert (answer.pathway is None) == (answer.outcome != "eligible")
    for instrument in answer.instruments:
        assert case.facts.decided_on is not None
        assert instrument.in_force(case.facts.decided_on)
    assert [rule.outcome for rule in answer.rules].count("overridden") <= 1
