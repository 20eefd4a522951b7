"""The organisations of the demonstration. Forces and the Trust bear their names with "practice", providers are invented."""

from dataclasses import dataclass
from typing import Final

from cara.platform.reference_data.forces import FORCES


@dataclass(frozen=True, slots=True)
class DemoOrganisation:
    """One organisation; `domain` is that of its people's addresses, `first` names its first administrator."""

    id: str
    name: str
    capacities: tuple[str, ...]
    domain: str
    first: str
    force: str | None = None


@dataclass(frozen=True, slots=True)
class DemoLicence:
    """Which provider may take which force's cases in the demonstration."""

    provider: str
    force: str


TRUST: Final = "hampton_trust"


def _force(slug: str, first: str) -> DemoOrganisation:
    name = f"{FORCES[slug].name} (practice)"
    return DemoOrganisation(slug, name, ("force",), f"{slug.replace('_', '-')}.police.example", first, slug)


ORGANISATIONS: Final = (
    DemoOrganisation(
        TRUST, "The Hampton Trust (practice)", ("national", "provider", "victim_service"), "hampton-trust.example",
        "nell.specimen",
    ),
    _force("hampshire", "adrian.specimen"),
    _force("thames_valley", "alice.specimen"),
    _force("leicestershire", "amir.specimen"),
    _force("kent", "asha.specimen"),
    DemoOrganisation("sample_bridge", "Sample Bridge (invented provider)", ("provider",), "sample-bridge.example", "pat.specimen"),
    DemoOrganisation("example_meadow", "Example Meadow (invented provider)", ("provider",), "example-meadow.example", "peg.specimen"),
    DemoOrganisation(
        "hampshire_commissioner", "Police and Crime Commissioner for Hampshire (practice)", ("commissioner",),
        "hampshire-pcc.example", "carl.specimen", "hampshire",
    ),
)  # fmt: skip
"""The Trust first: it adds the others. Practice sign-in listens in this order, from the port after the web's."""

LICENCES: Final = (
    DemoLicence(TRUST, "hampshire"),
    DemoLicence("example_meadow", "thames_valley"),
    DemoLicence("sample_bridge", "leicestershire"),
    DemoLicence("sample_bridge", "kent"),
)
PROVIDER_OF: Final = {licence.force: licence.provider for licence in LICENCES}
CASE_FORCES: Final = tuple(licence.force for licence in LICENCES)
