"""Put together what the features say: their routes, templates, panels, lists and jobs, in the order that they have on a page."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cara.feature import Command, Feature, Placed

if TYPE_CHECKING:
    from litestar.datastructures import State

Features = Iterable[Feature]
T = TypeVar("T")


def routes(features: Features) -> tuple[Any, ...]:
    """Return every handler."""
    return tuple(route for feature in features for name in feature.routes for route in feature.load(name))


def template_folders(features: Features) -> dict[str, Path]:
    """Return the folders of templates by the first part of their templates' names.

    Raises:
        LookupError: two features claim the same first part.
    """
    return _joined(feature.template_folders for feature in features)


def problem_pages(features: Features) -> dict[str, str]:
    """Return the pages of whatever goes wrong, by the beginning of the address.

    Raises:
        LookupError: two features claim the same beginning.
    """
    return _joined(feature.problem_pages for feature in features)


def case_panels(features: Features) -> tuple[Callable[..., Any], ...]:
    """Return what makes the panels of a case's page, in their order there."""
    return _placed((feature, feature.case_panels) for feature in features)


def task_lists(features: Features) -> tuple[Callable[..., Any], ...]:
    """Return what makes the lists of what waits, in their order on the first page."""
    return _placed((feature, feature.task_lists) for feature in features)


def notices(features: Features) -> tuple[Callable[..., Any], ...]:
    """Return what makes the announcements of the first page."""
    return tuple(feature.load(name) for feature in features for name in feature.notices)


def linked_messages(features: Features) -> tuple[Any, ...]:
    """Return every message that carries a link of its feature's own."""
    return tuple(feature.load(name) for feature in features for name in feature.linked_messages)


def on_start(features: Features) -> tuple[Callable[..., Any], ...]:
    """Return what is to be done with the store as the application starts."""
    return tuple(feature.load(name) for feature in features for name in feature.on_start)


def add_services(state: "State", features: Features) -> None:
    """Make each feature's services and enter them in the application's state, where the next ones may look for them.

    Raises:
        LookupError: two features claim the same name.
    """
    for feature in features:
        for name, maker in feature.services.items():
            if name in state:
                raise LookupError(f"two features claim {name}")
            state[name] = feature.load(maker)(state)


def lifespans(features: Features) -> tuple[Callable[..., Any], ...]:
    """Return what goes on beside the application as long as it runs."""
    return tuple(feature.load(name) for feature in features for name in feature.lifespans)


def commands(features: Features, others: Iterable[Command] = ()) -> tuple[Command, ...]:
    """Return every command of the features and the `others`, in their order."""
    all_of_them = [*others, *(one for feature in features for one in feature.absolute_commands())]
    return tuple(sorted(all_of_them, key=lambda command: command.order))


def _placed(said: Iterable[tuple[Feature, Iterable[Placed]]]) -> tuple[Callable[..., Any], ...]:
    found = [(one.order, feature, one.function) for feature, some in said for one in some]
    return tuple(feature.load(function) for _order, feature, function in sorted(found, key=lambda one: one[0]))


def _joined(parts: Iterable[Mapping[str, T]]) -> dict[str, T]:
    whole: dict[str, T] = {}
    for part in parts:
        if twice := whole.keys() & part.keys():
            raise LookupError(f"two features claim {', '.join(sorted(twice))}")
        whole |= part
    return whole
