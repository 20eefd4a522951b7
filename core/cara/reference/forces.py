"""The police forces, by slug: a stand-in until the reference data is in."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Force:
    """One force. `plugin` says that its local rules live in a plugin, without which it gets no answer."""

    slug: str
    name: str
    region: str
    codes: tuple[str, ...] = ()
    plugin: bool = False


FORCES: Mapping[str, Force] = MappingProxyType(
    {
        force.slug: force
        for force in (
            Force("hampshire", "Hampshire and Isle of Wight Constabulary", "South East", plugin=True),
            Force("leicestershire", "Leicestershire Police", "East Midlands", plugin=True),
            Force("thames_valley", "Thames Valley Police", "South East", plugin=True),
            Force("kent", "Kent Police", "South East"),
            Force("dorset", "Dorset Police", "South West"),
        )
    }
)
