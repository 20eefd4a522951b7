"""The people of the demonstration: every role that a person can hold, under names that nobody could take for real."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class DemoMember:
    """Somebody who can sign in. `key` is the part of their address before the @; `roles` are `capacity.role`."""

    key: str
    name: str
    organisation: str
    roles: tuple[str, ...]


def _staff(organisation: str, *rows: tuple[str, str, str]) -> tuple[DemoMember, ...]:
    return tuple(DemoMember(key, name, organisation, tuple(roles.split())) for key, name, roles in rows)


PEOPLE: Final = (
    *_staff(
        "hampton_trust",
        ("nell.specimen", "Nell Specimen", "national.administrator"),
        ("lena.specimen", "Lena Specimen", "national.licensing_manager"),
        ("tomos.wyn.example", "Tomos Ŵyn-Example", "national.trainer national.quality_supervisor"),
        ("rhona.specimen", "Rhona Specimen", "national.returns_reviewer"),
        ("evan.specimen", "Evan Specimen", "national.evaluator"),
        ("cora.sample", "Cora Sample", "provider.coordinator"),
        ("fay.sample", "Fay Sample", "provider.facilitator"),
        ("felix.sample", "Felix Sample", "provider.facilitator"),
        ("quentin.sample", "Quentin Sample", "provider.quality_lead"),
        ("mona.sample", "Mona Sample", "provider.manager provider.administrator"),
        ("vera.example", "Vera Example", "victim_service.victim_worker"),
        ("viola.example", "Viola Example", "victim_service.manager victim_service.administrator"),
    ),
    *_staff(
        "hampshire",
        ("adrian.specimen", "Adrian Specimen", "force.administrator"),
        ("amber.testcase", "Officer Amber Testcase", "force.referring_officer"),
        ("owen.testcase", "Officer Owen O’Testcase", "force.referring_officer"),
        ("sasha.testcase", "Sergeant Sasha Testcase", "force.supervisor"),
        ("sidney.testcase", "Sergeant Sidney Testcase", "force.supervisor"),
        ("vic.testcase", "Officer Vic Testcase", "force.victim_contact_officer"),
        ("ana.testcase", "Analyst Ana Testcase", "force.analyst"),
    ),
    *_staff(
        "thames_valley",
        ("alice.specimen", "Alice Specimen", "force.administrator"),
        ("basil.testcase", "Officer Basil Testcase", "force.referring_officer"),
        ("sian.testcase", "Sergeant Siân Testcase", "force.supervisor"),
        ("vanya.testcase", "Officer Vanya Testcase", "force.victim_contact_officer"),
    ),
    *_staff(
        "leicestershire",
        ("amir.specimen", "Amir Specimen", "force.administrator"),
        ("coral.testcase", "Officer Coral Testcase", "force.referring_officer"),
        ("sol.testcase", "Sergeant Sol Testcase", "force.supervisor"),
    ),
    *_staff(
        "kent",
        ("asha.specimen", "Asha Specimen", "force.administrator"),
        ("dylan.testcase", "Officer Dylan Testcase", "force.referring_officer"),
        ("sunny.testcase", "Sergeant Sunny Testcase", "force.supervisor"),
    ),
    *_staff(
        "sample_bridge",
        ("pat.specimen", "Pat Specimen", "provider.administrator"),
        ("carys.sample", "Carys Sample", "provider.coordinator"),
        ("fred.sample", "Fred Sample", "provider.facilitator"),
        ("freya.sample", "Freya Sample", "provider.facilitator"),
        ("mick.sample", "Mick Sample", "provider.manager"),
    ),
    *_staff(
        "example_meadow",
        ("peg.specimen", "Peg Specimen", "provider.administrator"),
        ("cleo.sample", "Cleo Sample", "provider.coordinator"),
        ("flo.sample", "Flo Sample", "provider.facilitator"),
        ("finn.sample", "Finn Sample", "provider.facilitator"),
        ("max.sample", "Max Sample", "provider.manager provider.quality_lead"),
    ),
    *_staff(
        "hampshire_commissioner",
        ("carl.specimen", "Carl Specimen", "commissioner.administrator"),
        ("connie.specimen", "Connie Specimen", "commissioner.commissioner"),
    ),
)  # fmt: skip


def holding(organisation: str, role: str) -> tuple[DemoMember, ...]:
    """Who in an organisation holds a role (`capacity.role`)."""
    return tuple(one for one in PEOPLE if one.organisation == organisation and role in one.roles)
