"""Forms are read for what the page asked, and redirects stay at home."""

import pytest

from cara.errors import BadInput
from cara.web.pages.page import Form, local


@pytest.mark.parametrize("address", ["/", "/cases", "/cases/7K2M-9QXD", "/cases?state=referred"])
def test_our_own_addresses_are_followed(address: str) -> None:
    assert local(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "", "cases", "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example/", "javascript:alert(1)",
        "/\t/evil.example", "/\n/evil.example", "///evil.example", "http:/evil.example", "//[", "/\\[", "http://[", "/cases\\..\\evil",
    ],
)  # fmt: skip
def test_every_other_address_leads_home(address: str) -> None:
    assert local(address) == "/home"


def test_a_field_that_the_page_does_not_have_is_refused() -> None:
    sent = Form({"name": ["x"], "force_id": ["kent"], "_csrf_token": ["t"]})
    with pytest.raises(BadInput):
        sent.only("name")
    assert Form({"name": [" x "], "_key": ["k"]}).only("name").first("name") == "x"


@pytest.mark.parametrize("version", ["", "-1", "1.0", "x", "9" * 10, "²"])
def test_a_version_is_a_plain_number(version: str) -> None:
    with pytest.raises(BadInput):
        _ = Form({"_version": [version]}).version


def test_the_body_tells_forms_apart_and_forgets_tokens() -> None:
    one = Form({"a": ["1"], "b": ["2"], "_csrf_token": ["x"], "_key": ["k" * 20]})
    assert one.body == Form({"b": ["2"], "a": ["1"], "_csrf_token": ["y"], "_key": ["q" * 20]}).body
    assert one.body != Form({"a": ["1"], "b": ["3"]}).body
    assert one.body != Form({"a": ["1", "2"], "b": []}).body


def test_a_form_sent_again_by_a_page_has_the_body_that_a_browser_sent_first() -> None:
    assert Form({"a": ["1\r\n2\r3"]}).body == Form({"a": ["1\n2\n3"]}).body
