"""Which plugins are installed, read from their metadata; none is imported."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from cara.api import PROJECT

DISABLED: Final = "CARA_DISABLED_PLUGINS"
FEATURES: Final = frozenset({"licensing", "national_data"})
"""Entry-point names that are no force: the features that ship with the core. Only these may answer `FEATURE_HOOKS`."""


@dataclass(frozen=True, slots=True)
class Installed:
    """One entry point of the group. `slug` is a force's, or the name of a first-party feature."""

    slug: str
    distribution: str
    version: str
    enabled: bool
    entry_point: EntryPoint

    def as_dict(self) -> dict[str, object]:
        """The form that `cara plugins --json` prints."""
        return {
            "slug": self.slug,
            "distribution": self.distribution,
            "version": self.version,
            "enabled": self.enabled,
        }


def disabled_slugs(environ: Mapping[str, str] = os.environ) -> frozenset[str]:
    """Slugs that the operator has switched off, from `CARA_DISABLED_PLUGINS`, separated by commas."""
    return frozenset(slug.strip() for slug in environ.get(DISABLED, "").split(",") if slug.strip())


def installed_plugins(disabled: Collection[str] | None = None) -> tuple[Installed, ...]:
    """Every plugin's metadata, ordered by slug, then distribution."""
    off = disabled_slugs() if disabled is None else disabled
    found = [_read(entry_point, off) for entry_point in entry_points(group=PROJECT)]
    return tuple(sorted(found, key=lambda plugin: (plugin.slug, plugin.distribution)))


def first_party_plugins() -> tuple[Installed, ...]:
    """Return the features that ship with the platform, switched off or not. What another distribution names so is none of them."""
    own = {name: f"cara-{name.replace('_', '-')}" for name in sorted(FEATURES)}
    return tuple(plugin for plugin in installed_plugins(()) if own.get(plugin.slug) == plugin.distribution)


def _read(entry_point: EntryPoint, disabled: Collection[str]) -> Installed:
    name = version = ""
    if entry_point.dist is not None:
        # A half-removed package has entry points but no metadata file: it is listed, nameless.
        metadata = entry_point.dist.metadata
        name, version = (metadata[key] if key in metadata else "" for key in ("Name", "Version"))  # noqa: SIM401
    return Installed(entry_point.name, name, version, entry_point.name not in disabled, entry_point)
