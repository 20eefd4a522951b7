"""What comes in is refused early if it is too large or meant for another host; what goes out carries its headers always."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cara.operations.app import create_app
from cara.settings import Settings
from cara.web.middleware import MOST_BYTES, MOST_FIELDS
from cara.web.security_headers import headers
from litestar.testing import TestClient

HERE = "http://127.0.0.1:8000"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=home)), base_url=HERE, raise_server_exceptions=False) as made:
        yield made


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nowhere"), ("PUT", "/sign-in"), ("GET", "/static/0/x.css"), ("GET", "/api/nowhere"), ("GET", "/"), ("GET", "/cases")],
)  # fmt: skip
def test_every_answer_carries_its_headers(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path, follow_redirects=False)
    for name, value in headers(https=False).items():
        assert answer.headers[name] == value


def test_behind_tls_every_answer_says_so_and_cookies_are_this_host_s(home: Path) -> None:
    app = create_app(Settings(home=home, base_url="https://cara.example"))
    with TestClient(app, base_url="https://cara.example") as client:
        assert "strict-transport-security" in client.get("/nowhere").headers
        cookie = client.get("/sign-in").headers["set-cookie"]
        assert cookie.startswith("__Host-form_token=")
        assert "Secure" in cookie
        assert "__Host-signed_in" in client.get("/help/privacy").text
        assert client.get("/sign-in", headers={"host": "127.0.0.1"}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000", "LocalHost:1"])
def test_this_machine_s_names_are_answered_to(client: TestClient, host: str) -> None:
    assert client.get("/sign-in", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "", "localhost:x", "a,localhost"]
)
def test_other_hosts_are_not_answered_for(client: TestClient, host: str) -> None:
    answer = client.get("/sign-in", headers={"host": host, "x-forwarded-host": "127.0.0.1"})
    assert answer.status_code == 400
    assert "http://127.0.0.1:8000" in answer.text
    assert answer.headers["x-frame-options"] == "DENY"
    assert client.get("/health/live", headers={"host": host}).status_code == 200


def many(fields: int) -> bytes:
    return b"&".join(b"a=1" for _number in range(fields))


@pytest.mark.parametrize("path", ["/sign-in", "/imports", "/api/eligibility", "/nowhere"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_large_body_is_refused_by_its_announced_length(client: TestClient, path: str, method: str) -> None:
    answer = client.request(method, path, content=b"x" * (MOST_BYTES + 1), headers={"content-type": FORM})
    assert answer.status_code == 413
    kind = "application/problem+json" if path.startswith("/api/") else "text/html"
    assert answer.headers["content-type"].startswith(kind)
    assert "Nothing was saved" in answer.text


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x"])
def test_a_large_body_of_unannounced_length_is_refused_too(client: TestClient, kind: str) -> None:
    pieces = (b"x" * 65_536 for _number in range(5))
    answer = client.post("/sign-in", content=pieces, headers={"content-type": kind})
    assert answer.status_code == 413


def test_a_form_of_too_many_fields_is_refused_before_it_is_read(client: TestClient) -> None:
    sent = {"content-type": FORM}
    assert client.post("/sign-in", content=many(MOST_FIELDS), headers=sent).status_code == 403  # its token is missing
    assert client.post("/sign-in", content=many(MOST_FIELDS + 1), headers=sent).status_code == 413
    assert client.post("/sign-in", content=b"&" * MOST_FIELDS, headers=sent).status_code == 413


def test_a_form_of_too_many_parts_is_refused(client: TestClient) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    sent = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post("/sign-in", content=part * MOST_FIELDS + b"--x--\r\n", headers=sent).status_code == 403
    assert client.post("/sign-in", content=part * (MOST_FIELDS + 1) + b"--x--\r\n", headers=sent).status_code == 413


def test_a_file_is_taken_from_whoever_has_a_session(client: TestClient) -> None:
    body = b"x" * (MOST_BYTES + 1)
    files = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post("/imports", content=body, headers=files).status_code == 413
    assert client.post("/imports", content=body, headers={**files, "cookie": "signed_in=x"}).status_code != 413
    assert (
        client.post("/imports", content=body, headers={"content-type": FORM, "cookie": "signed_in=x"}).status_code
        == 413
    )
    assert client.post("/sign-in", content=body, headers={**files, "cookie": "signed_in=x"}).status_code == 413


def test_an_address_to_come_back_to_that_cannot_be_read_leads_home(client: TestClient) -> None:
    answer = client.get("/sign-in?to=//%5B")
    assert answer.status_code == 200
    assert 'value="/home"' in answer.text
