"""Kinds of messages that carry a link: the feature that owns what the link opens says how to find it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cara.features.messages.render import Reader
from cara.platform.one_time_links import derive_token
from cara.platform.unit_of_work import Work

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LinkedMessage:
    """A kind of message, the path that its link opens, and the purpose from which the link's token is derived.

    `nonce` finds what a link is derived from, by the case's number and the message's facts; empty once the link has ended.
    `recipient` finds whom the message goes to, where neither the case nor the force names them.
    """

    kind: str
    path: str
    purpose: str
    nonce: Callable[[Work, int, Facts], str]
    recipient: Callable[[Work, Facts], Reader] | None = None

    def link(self, address: str, secret: str, nonce: str) -> str:
        """Return the whole link."""
        return f"{address}{self.path}/{derive_token(secret, self.purpose, nonce)}"
