"""The facts of one case. None is not known, everywhere; `cara.features.eligibility.parse_facts` makes them from what is sent."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Literal

Day = date
Sex = Literal["male", "female", "other"]
Relationship = Literal["intimate", "family", "other"]
Risk = Literal["standard", "medium", "high"]
Referrer = Literal["police", "self", "partner_agency", "other"]


@dataclass(frozen=True, slots=True)
class Offence:
    """The offence that the caution would be for."""

    category: str | None = None
    date: Day | None = None


@dataclass(frozen=True, slots=True)
class Offender:
    """Who would be cautioned. `da_disposals`: days of convictions and cautions for domestic abuse; () is none."""

    date_of_birth: Day | None = None
    sex: Sex | None = None
    admits_offence: bool | None = None
    bail_or_investigation: bool | None = None
    coercive_control_evidence: bool | None = None
    da_disposals: tuple[Day, ...] | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """A decision to go ahead without the victim's agreement: who took it and why, or it is none."""

    officer: str | None = None
    reason: str | None = None

    @property
    def stands(self) -> bool:
        """Whether both are filled with more than blanks."""
        return bool((self.officer or "").strip()) and bool((self.reason or "").strip())


@dataclass(frozen=True, slots=True)
class Victim:
    """The victim's decision, and nothing else of them."""

    contacted: bool | None = None
    agrees: bool | None = None
    override: Override | None = None


@dataclass(frozen=True, slots=True)
class Needs:
    """What makes group work unsuitable. A need that is not mentioned counts as none."""

    interpreter: bool | None = None
    learning_disability: bool | None = None
    gender_identity: bool | None = None
    health: bool | None = None

    @property
    def recorded(self) -> tuple[str, ...]:
        """Names of the needs that are there."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name))


@dataclass(frozen=True, slots=True)
class Facts:
    """One case. `decided_on` is the day on which the named person decides."""

    decided_on: Day | None = None
    referred_by: Referrer | None = None
    offence: Offence = Offence()
    offender: Offender = Offender()
    relationship: Relationship | None = None
    risk: Risk | None = None
    victim: Victim = Victim()
    needs: Needs = Needs()
    conditions: tuple[str, ...] | None = None
