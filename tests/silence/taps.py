"""Taps on all that the platform produces, in whatever process it runs: each hands what passes to the scanner and changes nothing.

A module is tapped when it is loaded, so that what needs none of it stays as quick as it is.
"""

import functools
import logging
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from importlib.abc import MetaPathFinder
from importlib.util import find_spec
from typing import Any

from silence import rooms
from silence.scanner import WATCH, current
from silence.watch import Secret


def _after(owner: Any, name: str, then: Callable[..., None]) -> None:
    """`then(what it returned, *what it was given)` after each call."""
    was = getattr(owner, name)

    @functools.wraps(was)
    def tapped(*given: Any, **named: Any) -> Any:
        made = was(*given, **named)
        then(made, *given, **named)
        return made

    setattr(owner, name, tapped)


def _timed(scan: Callable[..., None]) -> Callable[..., None]:
    """What scanning costs is published with what it found."""

    @functools.wraps(scan)
    def timed(*given: Any, **named: Any) -> None:
        began = time.thread_time()
        scan(*given, **named)
        current().spent += time.thread_time() - began

    return timed


@_timed
def _look(kind: str, *what: Any, place: str = "") -> None:
    current().look(kind, " ".join(one if isinstance(one, str) else repr(one) for one in what), place)


def keys(module: Any) -> None:
    """Every text that is sealed behind the wall is watched for from then on."""

    def sealed(_made: bytes, _keys: Any, force: str, _key: str, column: str, text: str) -> None:
        WATCH.seal(force, column, text)

    _after(module.Keyring, "encrypt", sealed)


def errors(module: Any) -> None:
    """Every error of ours, as it is made."""
    _after(
        module.CaraError,
        "__init__",
        lambda _n, error, *_a, **_k: _look("error", str(error), place=type(error).__name__),
    )


def sql_errors(module: Any) -> None:
    """Every error of the database."""
    _after(module.StatementError, "__init__", lambda _n, error, *_a, **_k: _look("SQL-error", str(error)))


def letters(module: Any) -> None:
    """Every letter and record of failure."""

    @_timed
    def made(pdf: bytes, source: str, content: Any, *_a: Any, **_k: Any) -> None:
        current().look("letter", pdf, source)
        current().look("letter", repr(content), source)

    _after(module, "_made", made)


def calendars(module: Any) -> None:
    """Every calendar entry."""

    @_timed
    def made(entry: bytes, *_a: Any, **_k: Any) -> None:
        current().look("calendar", entry)

    _after(module, "entry", made)


def outgoing(module: Any) -> None:
    """Every message as it goes out, e-mail and text message alike."""

    def made(_none: None, message: Any, *_a: Any, **_k: Any) -> None:
        _look("message", message.reference, message.to, message.subject, message.body, place=message.channel)

    _after(module.Outgoing, "__init__", made)


def spans(module: Any) -> None:
    """Every span's name, attributes and events, where nobody has set up a collector."""
    for name in ("start_span", "start_as_current_span"):
        _after(
            module.ProxyTracer,
            name,
            lambda _made, _self, called, *_a, attributes="", **_k: _look("span", called, attributes),
        )
    plain = module.NonRecordingSpan
    for name in ("set_attribute", "set_attributes", "add_event", "update_name", "set_status", "record_exception"):
        _after(plain, name, lambda _made, _self, *said, **named: _look("span", said, named))


def sdk_spans(module: Any) -> None:
    """Every span that goes to a collector."""
    _after(
        module.Span,
        "end",
        lambda _made, span, *_a, **_k: _look("span", span.name, dict(span.attributes or {}), span.events),
    )


def metrics(module: Any) -> None:
    """Every measurement with its attributes."""
    for owner, name in ((module._ProxyCounter, "add"), (module._ProxyHistogram, "record")):
        _after(owner, name, lambda _made, _self, *said, **named: _look("metric", said, named))


def logs(module: Any) -> None:
    """Every record of every logger, with its arguments and what it says of an exception."""

    def logged(_made: None, _logger: Any, record: logging.LogRecord) -> None:
        try:
            said = record.getMessage()
        except Exception:
            said = f"{record.msg!r} {record.args!r}"  # logging itself says so, and goes on
        fault = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info and record.exc_info[0] else ""
        _look("log", said, record.args or "", fault, record.exc_text or "", record.stack_info or "", place=record.name)

    _after(module.Logger, "handle", logged)


def commands(module: Any) -> None:
    """What a process that a test starts says, where the test waits for it."""

    def said(texts: tuple[Any, Any], *_a: Any, **_k: Any) -> None:
        for one in texts:
            if one:
                current().look("output", one)

    _after(module.Popen, "communicate", said)


def raised(module: Any) -> None:
    """Every exception that a test expects, if it passed through the platform; and what a test reads of its own output."""
    from _pytest.capture import CaptureFixture

    was = module.RaisesExc.__exit__

    def seen(self: Any, kind: Any, error: Any, trace: Any) -> Any:
        if error is not None and any(
            str(frame.f_globals.get("__name__", "")).startswith("cara") for frame, _line in traceback.walk_tb(trace)
        ):
            _look("exception", str(error), *getattr(error, "__notes__", ()), place=type(error).__name__)
        return was(self, kind, error, trace)

    module.RaisesExc.__exit__ = seen

    def read(texts: Any, *_a: Any) -> None:
        for one in texts:
            current().look("output", one)

    _after(CaptureFixture, "readouterr", read)


class Exchange:
    """One request and its answer, at the gate of the application."""

    def __init__(self, scope: Any) -> None:
        self.scope = scope
        self.sent: list[bytes] = []
        self.head: list[bytes] = []
        self.body: list[bytes] = []

    async def receive(self, receive: Any) -> Any:
        message = await receive()
        self.sent.append(message.get("body", b""))
        return message

    async def send(self, send: Any, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.head += [b"%b: %b" % pair for pair in message["headers"]]
        elif message["type"] == "http.response.body":
            self.body.append(message.get("body", b""))
        await send(message)

    @_timed
    def judge(self) -> None:
        """Look through the answer, and at the address and where the browser came from."""
        scope, scanner = self.scope, current()
        handler = scope.get("route_handler")
        does = handler.opt.get("does") if handler is not None else None
        place = f"{scope.get('method')} {scope.get('path_template') or 'nowhere'}"
        came = [value for name, value in scope["headers"] if name in (b"referer", b"user-agent")]
        scanner.look("address", b" ".join([scope.get("raw_path") or b"", scope["query_string"], *came]), place)
        scanner.look("headers", b"\n".join(self.head), place)
        typed = self._typed(does)

        def allowed(secret: Secret) -> bool:
            forces = scope["app"].state.forces
            return secret in typed or rooms.may_read(does, scope.get("cara_actor"), forces, secret)

        scanner.look("answer", b"".join(self.body), place, unless=allowed)

    def _typed(self, does: tuple[str, str] | None) -> set[Secret]:
        """What this very person typed into this very page: it comes back beside what was wrong with it, and to whoever signs in
        again in the same browser."""
        sent = b"".join(self.sent)
        if not rooms.is_room(does):
            if sent:
                WATCH.open(sent)
            return set()
        scope, browser = self.scope, _cookies(self.scope, self.head)
        path = scope["path"]
        if sent:
            for cookie in browser:
                _TYPED.setdefault((path, cookie), set()).update(WATCH.found_in(sent))
        return {secret for cookie in browser for secret in _TYPED.get((path, cookie), ())}


_TYPED: dict[tuple[str, bytes], set[Secret]] = {}
_HOLDS = (b"signed_in", b"typed")
"""Cookies that tell one browser from another."""


def _cookies(scope: Any, head: list[bytes]) -> set[bytes]:
    given = [value for name, value in scope["headers"] if name == b"cookie"]
    given += [line.partition(b": ")[2].partition(b";")[0] for line in head if line.lower().startswith(b"set-cookie")]
    pairs = (pair.strip().partition(b"=") for line in given for pair in line.split(b";"))
    return {value for name, _equals, value in pairs if name.endswith(_HOLDS) and value}


def gate(module: Any) -> None:
    """Every request and answer of every application, in this process or served from another."""
    was = module.Gate.__call__

    async def tapped(self: Any, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or str(scope["path"]).startswith("/static/"):
            await was(self, scope, receive, send)
            return
        seen = Exchange(scope)
        try:
            await was(self, scope, functools.partial(seen.receive, receive), functools.partial(seen.send, send))
        finally:
            seen.judge()

    module.Gate.__call__ = tapped


TAPS: Mapping[str, Callable[[Any], None]] = {
    "cara.platform.crypto.keyring": keys,
    "cara.errors": errors,
    "cara.web.middleware": gate,
    "cara.features.messages.pdf": letters,
    "cara.features.messages.icalendar": calendars,
    "cara.features.messages.transports": outgoing,
    "sqlalchemy.exc": sql_errors,
    "opentelemetry.trace": spans,
    "opentelemetry.sdk.trace": sdk_spans,
    "opentelemetry.metrics._internal.instrument": metrics,
    "logging": logs,
    "subprocess": commands,
}
"""Module → the tap on it."""


class _WhenLoaded(MetaPathFinder):
    """Taps a module as soon as it is loaded."""

    def __init__(self, names: set[str]) -> None:
        self.waiting = names

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> Any:
        if name not in self.waiting:
            return None
        self.waiting.discard(name)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            _after(spec.loader, "exec_module", lambda _made, module: TAPS[name](module))
        return spec


def install() -> None:
    """Tap what is loaded now, and the rest when it is."""
    for name in [one for one in TAPS if one in sys.modules]:
        TAPS[name](sys.modules[name])
    sys.meta_path.insert(0, _WhenLoaded({one for one in TAPS if one not in sys.modules}))
