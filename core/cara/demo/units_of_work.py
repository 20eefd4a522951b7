"""Where stories are played: the units of work of invented people, each under the policy, at the moment it happened."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from cara import clock
from cara.demo.people import holding
from cara.errors import Forbidden
from cara.platform.access.actor import Actor
from cara.platform.access.policy import reach_of
from cara.platform.database.engine import Store
from cara.platform.plugins import Forces
from cara.platform.unit_of_work import Work, work_as


@dataclass(frozen=True, slots=True)
class Stage:
    """The store and the forces, and who may come on: `cast` is (address's key, capacity) → actor."""

    store: Store
    forces: Forces
    cast: Mapping[tuple[str, str], Actor]

    def somebody(self, organisation: str, capacity: str, role: str, turn: int = 0) -> Actor:
        """One of those who hold a role in an organisation, taken in turn."""
        members = holding(organisation, f"{capacity}.{role}")
        return self.cast[members[turn % len(members)].key, capacity]

    @contextmanager
    def sitting(self, actor: Actor, moment: datetime, resource: str, action: str) -> Iterator[Work]:
        """A unit of work as this person at that moment, as far as the policy lets them reach; `w.now` may be moved on.

        Raises:
            Forbidden: the policy has no row for it. Nobody in the demonstration does what they may not.
        """
        reach = reach_of(actor.capacity, actor.roles, resource, action)
        if reach is None:
            raise Forbidden(f"{actor.capacity} {' '.join(sorted(actor.roles))} may not {action} {resource}")
        with clock.at(moment), work_as(self.store, actor, resource, action, actor.scope(reach)) as w:
            w.reach = reach
            yield w
