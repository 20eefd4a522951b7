"""A stand-in for GOV.UK Notify that behaves as its API is published: signed requests, its bodies, its errors, its statuses."""

import json
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

SERVICE, SECRET = "26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0"
KEY = f"synthetic-{SERVICE}-{SECRET}"
TEMPLATES = {"email": "9a3a2f7e-3f0e-4a53-a2a0-2f0f1dd0a1f1", "sms": "1c7f0a6b-0b8a-4f55-9a66-0d6f8a9b0c22"}
SENT, REFUSED, FORBIDDEN, TOO_MANY, BROKEN = 201, 400, 403, 429, 500


@dataclass
class StandIn:
    """What it was sent. `faults` are what happens to the next requests, in order: a status; `lost`: taken, then 500; `cut`: taken,
    then hung up; `gone`: hung up before."""

    url: str = ""
    faults: list[int | str] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    strangers: int = 0

    @property
    def times(self) -> Counter[str]:
        """How often each reference was taken."""
        return Counter(one["reference"] for one in self.taken)

    def went(self, status: str) -> None:
        """All that was taken has gone on to this status."""
        for one in self.taken:
            one["status"] = status


@contextmanager
def running() -> Iterator[StandIn]:
    """One that listens on loopback."""
    notify = StandIn()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(notify))
    notify.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield notify
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(notify: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def log_message(self, *_said: Any) -> None:
            """It keeps no log."""

        def do_POST(self) -> None:
            given = json.loads(self.rfile.read(int(self.headers["content-length"])))
            kind = self.path.rpartition("/")[2]
            fault = notify.faults.pop(0) if notify.faults else SENT
            if not self._known() or fault == FORBIDDEN:
                self._error(FORBIDDEN, "AuthError", "Invalid token: API key not found")
            elif fault == "gone":
                self.close_connection = True
            elif isinstance(fault, int) and fault != SENT:
                self._error(
                    fault, {REFUSED: "BadRequestError", TOO_MANY: "RateLimitError"}.get(fault, "Exception"), "No"
                )
            elif given["template_id"] != TEMPLATES[kind] or not self._right(kind, given):
                self._error(REFUSED, "ValidationError", "not a valid address")
            else:
                made = {
                    "id": str(uuid.uuid4()),
                    "reference": given["reference"],
                    "status": "created",
                    "type": kind,
                    "given": given,
                }
                notify.taken.append(made)
                if fault == "lost":
                    self._error(BROKEN, "Exception", "Internal server error")
                elif fault != "cut":
                    self._answer(SENT, _accepted(made, kind))

        def do_GET(self) -> None:
            notify.asked += 1
            fault = notify.faults.pop(0) if notify.faults else 200
            where = urlsplit(self.path)
            if not self._known() or fault != 200:
                self._error(FORBIDDEN if fault == 200 else int(fault), "AuthError", "No")
            elif where.path == "/v2/notifications":
                wanted = parse_qs(where.query).get("reference", [""])[0]
                found = [_told(one) for one in notify.taken if one["reference"] == wanted]
                self._answer(200, {"notifications": found, "links": {"current": notify.url + self.path}})
            else:
                found = [_told(one) for one in notify.taken if one["id"] == where.path.rpartition("/")[2]]
                self._answer(200, found[0]) if found else self._error(404, "NoResultFound", "No result found")

        def _right(self, kind: str, given: dict[str, Any]) -> bool:
            words = given["personalisation"]
            if kind == "sms":
                return given["phone_number"].startswith("+447") and set(words) == {"body"}
            return bool(given["email_address"]) and set(words) == {"subject", "body"}

        def _known(self) -> bool:
            try:
                token = self.headers["authorization"].removeprefix("Bearer ")
                claims = jwt.decode(token, SECRET, algorithms=["HS256"], leeway=30)
            except (jwt.InvalidTokenError, AttributeError):
                notify.strangers += 1
                return False
            return claims["iss"] == SERVICE and "iat" in claims

        def _error(self, status: int, error: str, message: str) -> None:
            self._answer(status, {"status_code": status, "errors": [{"error": error, "message": message}]})

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

    return Handler


def _accepted(made: dict[str, Any], kind: str) -> dict[str, Any]:
    words = made["given"]["personalisation"]
    content = {"body": words["body"]} | (
        {"subject": words["subject"], "from_email": "a@b.example"} if kind == "email" else {"from_number": "OFFICE"}
    )
    template = {"id": TEMPLATES[kind], "version": 1, "uri": f"/v2/template/{TEMPLATES[kind]}"}
    return {"id": made["id"], "reference": made["reference"], "content": content, "uri": f"/v2/notifications/{made['id']}",
            "template": template, "scheduled_for": None}  # fmt: skip


def _told(made: dict[str, Any]) -> dict[str, Any]:
    return {"id": made["id"], "reference": made["reference"], "status": made["status"], "type": made["type"]}
