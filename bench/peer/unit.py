"""What the peer does around every view: one transaction, who asks, whether they may, and the entry in the ledger."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cara.platform.access.policy import reach_of
from cara.platform.ledger.writer import digest
from cara.web.security_headers import headers
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from peer.models import BrowserSession, LedgerEntry

COOKIE = "peer_session"
_IDLE = timedelta(minutes=60)
_SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, in which capacity and roles, and now."""

    id: str
    name: str
    organisation: str
    organisation_name: str
    force: str | None
    capacity: str
    roles: frozenset[str]
    now: datetime

    def record(
        self, act: str, verb: str, subject: tuple[str, str] = ("", ""), provider: str = "", **content: Any
    ) -> None:
        """Leave an audit row in the same transaction, with the same digest as CARA's."""
        entry = {
            "at": self.now, "actor_kind": "person", "actor_id": self.id, "organisation_id": self.organisation,
            "capacity": self.capacity, "roles": " ".join(sorted(self.roles)), "act": act, "verb": verb,
            "subject_kind": subject[0], "subject_id": subject[1], "provider_id": provider,
            "force_id": content.get("force") or self.force or "",
            "shown": json.dumps(content.get("shown", [])), "codes": json.dumps(content.get("codes", {}), sort_keys=True),
            "reason": "",
        }  # fmt: skip
        LedgerEntry.objects.create(**entry, digest=digest(entry))


@contextmanager
def work(request: HttpRequest, resource: str, action: str) -> Iterator[Actor]:
    """One transaction for a person who may do this."""
    with transaction.atomic():
        actor = _actor(request)
        if actor is None or reach_of(actor.capacity, actor.roles, resource, action) is None:
            raise PermissionDenied
        yield actor


def _actor(request: HttpRequest) -> Actor | None:
    """The session joined to person, organisation, capacity and memberships: one query, as CARA's. (`contrib.sessions` and
    `contrib.auth` would make four of it.)"""
    now = timezone.now()
    token = hashlib.sha256(request.COOKIES.get(COOKIE, "").encode()).hexdigest()
    rows = list(
        BrowserSession.objects.filter(
            token_hash=token,
            ended_at=None,
            ends_at__gt=now,
            seen_at__gt=now - _IDLE,
            person__ended_at=None,
            person__organisation__ended_at=None,
            person__organisation__capacities__capacity=F("capacity"),
            person__memberships__ended_at=None,
            person__memberships__capacity=F("capacity"),
        ).values_list(
            "person_id", "person__name", "person__organisation_id", "person__organisation__name",
            "person__organisation__force_id", "capacity", "seen_at", "person__memberships__role",
        )
    )  # fmt: skip
    if not rows:
        return None
    person, name, organisation, organisation_name, force, capacity, seen_at, _role = rows[0]
    if now - seen_at > _SEEN_EVERY:
        BrowserSession.objects.filter(token_hash=token).update(seen_at=now)
    roles = frozenset(row[-1] for row in rows)
    return Actor(str(person), name, organisation, organisation_name, force, capacity, roles, now)


def safety_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: CARA's headers on every answer, and its length, so that connections can be kept."""
    ours = tuple(headers(https=False).items())

    def headed(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in ours:
            response.headers[name] = value
        response.headers["Content-Length"] = str(len(response.content))
        return response

    return headed
