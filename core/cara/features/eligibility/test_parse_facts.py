import json
from collections.abc import Callable
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cara.errors import BadInput, Fault
from cara.features.eligibility.examples import example
from cara.features.eligibility.facts import Facts, Needs, Offence, Override, Victim
from cara.features.eligibility.parse_facts import LARGEST, facts_from, read_facts


def faults(data: object) -> set[tuple[str, str]]:
    with pytest.raises(BadInput) as raised:
        facts_from(data)
    return {(fault.field, fault.code) for fault in raised.value.faults}


def faults_in(document: bytes) -> set[tuple[str, str]]:
    with pytest.raises(BadInput) as raised:
        read_facts(document)
    return {(fault.field, fault.code) for fault in raised.value.faults}


def test_the_example_is_read_whole() -> None:
    facts = read_facts(json.dumps(example()).encode())
    assert facts.decided_on == date(2026, 5, 1)
    assert facts.offence == Offence("common_assault", date(2026, 4, 20))
    assert facts.offender.da_disposals == (date(2021, 6, 1),)
    assert facts.victim == Victim(contacted=True, agrees=True, override=None)
    assert facts.conditions == ("cara",)


def test_null_and_missing_are_both_not_known() -> None:
    names = [
        "decided_on",
        "referred_by",
        "offence",
        "offender",
        "relationship",
        "risk",
        "victim",
        "needs",
        "conditions",
    ]
    assert facts_from({}) == facts_from(dict.fromkeys(names)) == Facts()
    assert facts_from({"offence": {"date": None}}) == Facts()
    assert facts_from({"needs": {"interpreter": True}}).needs == Needs(interpreter=True)


def test_no_disposals_is_not_the_same_as_not_known() -> None:
    assert facts_from({"offender": {"da_disposals": []}}).offender.da_disposals == ()
    assert facts_from({"offender": {}}).offender.da_disposals is None


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"colour": "red"}, "colour", "unknown_key"),
        ({"offender__name": "x"}, "offender.name", "unknown_key"),
        ({"victim__override": {"officer": "a", "reason": "b", "rank": "c"}}, "victim.override.rank", "unknown_key"),
        ({"risk": "Standard"}, "risk", "not_in_list"),
        ({"risk": ""}, "risk", "not_in_list"),
        ({"referred_by": "court"}, "referred_by", "not_in_list"),
        ({"relationship": "friends"}, "relationship", "not_in_list"),
        ({"offender__sex": "m"}, "offender.sex", "not_in_list"),
        ({"risk": 1}, "risk", "wrong_type"),
        ({"offender__admits_offence": 1}, "offender.admits_offence", "wrong_type"),
        ({"offender__admits_offence": "true"}, "offender.admits_offence", "wrong_type"),
        ({"needs__health": 0}, "needs.health", "wrong_type"),
        ({"offence": []}, "offence", "wrong_type"),
        ({"victim__override": True}, "victim.override", "wrong_type"),
        ({"conditions": "cara"}, "conditions", "wrong_type"),
        ({"conditions": {"cara": 1}}, "conditions", "wrong_type"),
        ({"conditions": ["cara", None]}, "conditions.1", "wrong_type"),
        ({"conditions": ["Cara"]}, "conditions.0", "not_a_word"),
        ({"conditions": ["cara"] * 51}, "conditions", "too_many"),
        ({"offence__category": " "}, "offence.category", "not_a_word"),
        ({"offence__category": "theft\x00"}, "offence.category", "not_a_word"),
        ({"offence__category": "x" * 101}, "offence.category", "too_long"),
        ({"victim__override": {"reason": "x" * 2001}}, "victim.override.reason", "too_long"),
        ({"decided_on": "2026-02-30"}, "decided_on", "not_a_date"),
        ({"decided_on": "20260501"}, "decided_on", "not_a_date"),
        ({"decided_on": "2026-05-01T00:00:00"}, "decided_on", "not_a_date"),
        ({"decided_on": "２０２６-05-01"}, "decided_on", "not_a_date"),
        ({"decided_on": 20260501}, "decided_on", "not_a_date"),
        ({"offender__da_disposals": "2021-06-01"}, "offender.da_disposals", "wrong_type"),
        ({"offender__da_disposals": [None]}, "offender.da_disposals.0", "not_a_date"),
        ({"offender__da_disposals": ["2021-06-01", "2026-05-02"]}, "offender.da_disposals.1", "after_decision"),
        ({"offence__date": "2026-05-02"}, "offence.date", "after_decision"),
        ({"offender__date_of_birth": "2026-05-02"}, "offender.date_of_birth", "after_decision"),
    ],
)
def test_each_fault_is_named(changes: dict[str, object], field: str, code: str) -> None:
    assert faults(example(**changes)) == {(field, code)}


def test_all_faults_are_named_at_once() -> None:
    data = example(risk="low", offence__date="2027-01-01", offender__admits_offence="yes", extra=1)
    assert faults(data) == {
        ("risk", "not_in_list"),
        ("offence.date", "after_decision"),
        ("offender.admits_offence", "wrong_type"),
        ("extra", "unknown_key"),
    }


def test_the_decision_day_itself_is_not_after_it() -> None:
    facts_from(example(offence__date="2026-05-01", offender__da_disposals=["2026-05-01"]))


def test_a_datetime_is_no_day() -> None:
    assert faults(example(decided_on=datetime(2026, 5, 1))) == {("decided_on", "not_a_date")}  # noqa: DTZ001
    assert facts_from(example(decided_on=date(2026, 5, 1))).decided_on == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("document", "field", "code"),
    [
        (b"", "", "not_json"),
        (b"{", "", "not_json"),
        (b"\xff{}", "", "not_json"),
        (b"[" * 60_000, "", "not_json"),
        (b"[]", "", "wrong_type"),
        (b"null", "", "wrong_type"),
        (b" " * (LARGEST + 1), "", "too_large"),
        (b'{"risk": "high", "risk": "standard"}', "risk", "repeated_key"),
        (b'{"offence": {"date": null, "date": null}}', "date", "repeated_key"),
        (b'{"risk": NaN}', "risk", "wrong_type"),
        (b'{"\\u001b[31m": 1}', "\\x1b[31m", "unknown_key"),
        (b'{"offence": {"category": "\\ud800"}}', "offence.category", "not_a_word"),
    ],
)
def test_hostile_documents(document: bytes, field: str, code: str) -> None:
    assert faults_in(document) == {(field, code)}


def test_a_byte_order_mark_is_no_fault() -> None:
    assert read_facts(b"\xef\xbb\xbf{}") == Facts()


@pytest.mark.parametrize(
    ("override", "stands"),
    [
        (Override("PC 1", "public interest"), True),
        (Override("PC 1", " \t"), False),
        (Override("", "public interest"), False),
        (Override("PC 1", None), False),
        (Override(), False),
    ],
)
def test_an_override_needs_both(override: Override, stands: bool) -> None:
    assert override.stands is stands


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("2026-05-01"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def named(read: Callable[[], object]) -> list[Fault]:
    try:
        read()
    except BadInput as error:
        return list(error.faults) or [Fault("?", "nothing_named", "")]
    return []


@given(st.sampled_from(sorted(example())), json_values)
def test_nothing_but_named_faults_comes_of_any_value(key: str, value: object) -> None:
    for fault in named(lambda: facts_from({**example(), key: value})):
        assert fault.field.startswith(key) or fault.code == "after_decision"


@given(st.binary(max_size=200))
def test_nothing_but_named_faults_comes_of_any_bytes(document: bytes) -> None:
    assert all(fault.code != "nothing_named" for fault in named(lambda: read_facts(document)))
