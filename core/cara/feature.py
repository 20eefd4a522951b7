"""Say what a feature is made of: the one `Feature` in its `feature.py`, from which the application is put together.

A reference is an entry point's, relative to the feature's package: `pages:ROUTES` is `ROUTES` of its module `pages`. A feature so names
nothing but its own, and `feature.py` imports none of it: a command starts without the pages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name
from typing import Any


@dataclass(frozen=True, slots=True)
class Placed:
    """Name a function whose answer stands on a page that features share. `order` is its place there: the lowest comes first."""

    function: str
    order: int


@dataclass(frozen=True, slots=True)
class Job:
    """Name what is to be done for one force by the clock: `(store, force)` → how much was done, a little at a time.

    `told` is how a person reads the sum. A job that `unseals` is given the keys before the rest.
    """

    name: str
    function: str
    told: str
    order: int
    unseals: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """Name a command, what it is for, and the module with its `add_arguments(parser)` and `run(args) -> int`.

    `order` is its place among all commands: the lowest comes first.
    """

    name: str
    help: str
    module: str
    order: int = 0


@dataclass(frozen=True, slots=True)
class Feature:
    """Describe one feature. `package` is `__package__` of its `feature.py`."""

    name: str
    package: str
    routes: tuple[str, ...] = ()
    """Tuples of Litestar's handlers."""
    templates: tuple[str, ...] = ()
    """Folders of templates. `templates` goes by the feature's name, one of a sub-package by the sub-package's."""
    case_panels: tuple[Placed, ...] = ()
    """What the page of a case shows: `(work, referral)` → a panel, or None."""
    task_lists: tuple[Placed, ...] = ()
    """What waits for the actor: `(work)` → lists for their first page."""
    notices: tuple[str, ...] = ()
    """What the first page announces: `(work)` → a notice, or None."""
    problem_pages: Mapping[str, str] = field(default_factory=dict)
    """Beginning of an address → the page of whatever goes wrong under it, where a person reads it who was sent a link, or somebody
    beside them: it tells no more of what this is about than the page that they were to see. Elsewhere it is the common one."""
    jobs: tuple[Job, ...] = ()
    commands: tuple[Command, ...] = ()
    models: tuple[str, ...] = ()
    """Modules with tables."""
    message_types: tuple[str, ...] = ()
    """The types of messages that only this feature sends."""
    linked_messages: tuple[str, ...] = ()
    """Messages with a link of this feature's own: each a `LinkedMessage`."""
    on_start: tuple[str, ...] = ()
    """What is done once the database is open and the plugins are loaded: `(store)`."""
    services: Mapping[str, str] = field(default_factory=dict)
    """Name in the application's state → what makes it: `(state)` → the service."""
    lifespans: tuple[str, ...] = ()
    """What goes on beside the application as long as it runs: `(app)` → an asynchronous context manager, as Litestar has it."""
    demo_seeds: tuple[str, ...] = ()
    """What the demonstration needs before its first case: `(stage, instant)`."""

    @property
    def folder(self) -> Path:
        """Return the folder of the package.

        Raises:
            ModuleNotFoundError: there is no such package.
        """
        found = find_spec(self.package)
        if found is None or found.origin is None:
            raise ModuleNotFoundError(f"no package {self.package}", name=self.package)
        return Path(found.origin).parent

    @property
    def references(self) -> tuple[str, ...]:
        """Return every reference to something that the application calls or mounts."""
        return (
            *self.routes, *self.notices, *self.linked_messages, *self.on_start, *self.services.values(), *self.lifespans, *self.demo_seeds,
            *(one.function for one in (*self.case_panels, *self.task_lists)), *(job.function for job in self.jobs),
        )  # fmt: skip

    @property
    def template_folders(self) -> dict[str, Path]:
        """Return the folders of templates by the first part of their templates' names."""
        folders = [Path(one) for one in self.templates]
        return {folder.parent.name or self.name: self.folder / folder for folder in folders}

    @property
    def migrations(self) -> Path | None:
        """Return the folder of the migrations that the feature brings, if it brings any."""
        folder = self.folder / "migrations"
        return folder if folder.is_dir() else None

    def load(self, reference: str) -> Any:
        """Import what a reference names.

        Raises:
            ImportError, AttributeError: there is no such thing.
        """
        return resolve_name(f"{self.package}.{reference}")

    def load_models(self) -> None:
        """Import the tables, so that the schema knows them."""
        for module in self.models:
            import_module(f"{self.package}.{module}")

    def absolute_commands(self) -> tuple[Command, ...]:
        """Return the commands with the full names of their modules."""
        return tuple(replace(one, module=f"{self.package}.{one.module}") for one in self.commands)


_sources: list[Callable[[], tuple[Feature, ...]]] = []


def register(installed: Callable[[], tuple[Feature, ...]]) -> None:
    """Have the composition root say which features are installed, for what stands below them: the schema needs their tables."""
    _sources[:] = [installed]


def installed_features() -> tuple[Feature, ...]:
    """Return every feature that is installed.

    Raises:
        LookupError: the composition root was not imported, so the tables to put walls around are not known.
    """
    if not _sources:
        raise LookupError("No feature is known. Import cara.operations.features before the database is opened.")
    return _sources[0]()
