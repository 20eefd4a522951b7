"""Cookies are set in one place, and nothing that a request holds gets into what is said of them."""

import ast
from pathlib import Path

import pytest
from litestar import Response

import cara
from cara.settings import Settings
from cara.web import cookies

ROOT = Path(cara.__file__).parents[2]
HOSTILE = ("x; Domain=evil.example", "x\r\nSet-Cookie: a=b", "x\0", "ü", "", 'x"', "x y", "x,y", "a=b")


def test_no_other_module_sets_a_cookie() -> None:
    found = [
        (str(path.relative_to(ROOT)), node.lineno)
        for folder in ("core", "licensing", "national_data", "plugins")
        for path in (ROOT / folder).rglob("*.py")
        if path not in (Path(cookies.__file__), Path(__file__))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("set_cookie", "delete_cookie")
    ]
    assert not found


@pytest.mark.parametrize("text", HOSTILE)
def test_what_could_be_more_than_a_name_or_a_value_is_refused(text: str) -> None:
    response: Response[str] = Response("")
    for name, value in ((text, "v"), ("n", text)):
        with pytest.raises(ValueError, match="cookie"):
            cookies.set_cookie(Settings(), response, name, value)
    with pytest.raises(ValueError, match="cookie"):
        cookies.drop_cookie(Settings(), response, text)
    assert not response.cookies


def test_a_cookie_is_this_host_s_alone() -> None:
    response: Response[str] = Response("")
    cookies.set_cookie(Settings(base_url="https://cara.example"), response, "n", "v")
    (made,) = response.cookies
    assert made.to_header(header="").strip() == "__Host-n=v; HttpOnly; Path=/; SameSite=lax; Secure"
