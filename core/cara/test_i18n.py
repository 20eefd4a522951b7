"""Texts are translated when they are shown, not when they are written down."""

import pytest
from jinja2 import Environment

from cara import i18n
from cara.i18n import PSEUDO, gettext, language, lazy, ngettext

LABEL = lazy("Date of birth")


def test_source_text_is_shown_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "LOCALE", i18n.SOURCE)
    assert gettext("Sign out") == "Sign out"
    assert ngettext("%(n)d case", "%(n)d cases", 2) == "%(n)d cases"
    assert language() == "en_GB"


def test_lazy_text_follows_the_locale_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Environment(autoescape=True).from_string("{{ label }}")
    assert page.render(label=LABEL) == "Date of birth"
    monkeypatch.setattr(i18n, "LOCALE", PSEUDO)
    assert str(LABEL) == f"{LABEL}" == page.render(label=LABEL) == "⟦Date of birth⟧"
    assert LABEL == "Date of birth"


def test_an_unknown_locale_falls_back_to_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "LOCALE", "tlh_XX")
    assert gettext("Sign out") == "Sign out"


def test_empty_text_stays_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "LOCALE", PSEUDO)
    assert gettext("") == ""
