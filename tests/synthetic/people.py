"""Who there is: four forces, two providers, the Trust, a victim service, two commissioners, and somebody in every role."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cara.platform.access.policy import POLICY, reach_of
from cara.platform.access.roles import ROLES

from synthetic.canaries import canary

FORCES = ("hampshire", "leicestershire", "thames_valley", "kent")
"""Three with a plugin, one on the national rules."""

SERVES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "hampshire": ("north_provider", "hampton_trust"),
        "leicestershire": ("north_provider",),
        "thames_valley": ("south_provider",),
        "kent": ("south_provider",),
    }
)
"""Force → providers licensed there. One provider serves two forces, one force has two providers."""


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation."""

    id: str
    capacities: tuple[str, ...]
    force: str | None = None

    @property
    def domain(self) -> str:
        """The domain of its work addresses."""
        return f"{self.id.replace('_', '-')}.example"

    @property
    def issuer(self) -> str:
        """Its sign-in service, which does not exist."""
        return f"https://{self.id.replace('_', '-')}.idp.example.test"


BODIES: tuple[Body, ...] = (
    *(Body(f"{force}_police", ("force",), force) for force in FORCES),
    Body("north_provider", ("provider",)),
    Body("south_provider", ("provider",)),
    Body("hampton_trust", ("national", "provider", "victim_service")),
    Body("safe_voices", ("victim_service",)),
    Body("hampshire_commissioner", ("commissioner",), "hampshire"),
    Body("kent_commissioner", ("commissioner",), "kent"),
)
BODY: Mapping[str, Body] = MappingProxyType({body.id: body for body in BODIES})


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person in one role. `number` is their id, `token` opens their session."""

    number: int
    body: Body
    capacity: str
    role: str

    @property
    def key(self) -> str:
        """How tests call them: `hampshire_police.supervisor`."""
        return (
            f"{self.body.id}.{self.role}"
            if len(self.body.capacities) == 1
            else f"{self.body.id}.{self.capacity}.{self.role}"
        )

    @property
    def token(self) -> str:
        return f"synthetic-session-of-person-{self.number:04}"

    @property
    def name(self) -> str:
        return f"Synthetic {canary(self.body.id, 'person', 'name')}"

    @property
    def address(self) -> str:
        return f"{self.role}.{self.capacity}.{canary(self.body.id, 'person', 'work_address')}@{self.body.domain}"

    @property
    def subject(self) -> str:
        """What their sign-in service calls them."""
        return f"subject-{self.number}"

    @property
    def force(self) -> str | None:
        """The force that they act for, if any."""
        return self.body.force if self.capacity in ("force", "commissioner") else None

    def reach(self, resource: str, action: str) -> str | None:
        """What the policy gives them."""
        return reach_of(self.capacity, frozenset({self.role}), resource, action)


def _everybody() -> Iterator[Somebody]:
    number = 0
    for body in BODIES:
        for capacity in body.capacities:
            for held, role in ROLES:
                if held == capacity and role != "system":
                    number += 1
                    yield Somebody(number, body, capacity, role)


PEOPLE: Mapping[str, Somebody] = MappingProxyType({one.key: one for one in _everybody()})
"""Somebody in each role of each organisation."""
MACHINES = 900
"""Ids of the forces' machine clients begin here, in the order of `FORCES`."""

assert {(row.capacity, row.role) for row in POLICY if row.role != "system"} <= {
    (p.capacity, p.role) for p in PEOPLE.values()
}
