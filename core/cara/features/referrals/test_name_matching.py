"""How people are found and told apart."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from cara.features.referrals.name_matching import fold, identity_key, new_reference


def test_spellings_of_one_name_fold_alike() -> None:
    assert fold("O'Neill") == fold("O’NEILL") == fold("oneill")
    assert fold("Ŵyn-Ŷstwyth") == fold("wyn ystwyth")
    assert fold("  Sample   Birch ") == "sample birch"
    assert fold("Łukasz") != fold("Lucas")


@given(st.text(max_size=40))
def test_composed_and_decomposed_fold_alike(name: str) -> None:
    assert fold(unicodedata.normalize("NFC", name)) == fold(unicodedata.normalize("NFD", name))


@given(st.text(max_size=40))
def test_a_folded_name_holds_nothing_that_like_reads_as_a_wildcard(name: str) -> None:
    assert not set("%_\\") & set(fold(name))


def test_identity_is_force_crime_name_and_birth_date() -> None:
    base = identity_key("kent", "46/0001/26", "Testcase", "Amber", "1990-01-02")
    assert base == identity_key("kent", "46/0001/26 ", "TESTCASE", "amber", "1990-01-02")
    others = {
        identity_key("essex", "46/0001/26", "Testcase", "Amber", "1990-01-02"),
        identity_key("kent", "46/0002/26", "Testcase", "Amber", "1990-01-02"),
        identity_key("kent", "46/0001/26", "Testcasea", "mber", "1990-01-02"),
        identity_key("kent", "46/0001/26", "Testcase", "Amber", "1990-02-01"),
    }
    assert base not in others
    assert len(others) == 4


def test_references_can_be_read_out() -> None:
    made = {new_reference() for _ in range(500)}
    assert len(made) == 500
    assert not set("".join(made)) & set("01OILU")
