"""Loads plugins one by one. Whatever goes wrong in one is reported, and stays with it.

Each is first registered in a manager of its own, so that one that fails half way leaves nothing in the real one.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import pluggy

from cara.api import PROJECT, ForceProfile, Question
from cara.platform.plugins import hookspecs, validation
from cara.platform.plugins.facade import Forces
from cara.platform.plugins.installed import FEATURES, Installed, installed_plugins
from cara.platform.reference_data.forces import FORCES, Force

MISSING: Final = "not installed"
"""How the report of a plugin says that there is none."""
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plugin that runs: the object with its hooks and, of a force's, the data it gave when it loaded."""

    slug: str
    plugin: object
    profile: ForceProfile | None
    questions: tuple[Question, ...]
    hooks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """How loading one plugin went. `why` may be shown on a page; `error` is for the operator and says more."""

    slug: str
    status: Literal["active", "disabled", "failed"]
    api: str | None = None
    hooks: tuple[str, ...] = ()
    why: str = ""
    error: str | None = None
    loaded: Loaded | None = field(default=None, compare=False)

    def as_dict(self) -> dict[str, object]:
        """The form that `cara plugins check --json` prints."""
        return {
            "slug": self.slug,
            "api": self.api,
            "status": self.status,
            "hooks": list(self.hooks),
            "error": self.error,
        }


def load_forces(
    known: Mapping[str, Force] = FORCES,
    *,
    plugins: Sequence[Installed] | None = None,
    only: Collection[str] | None = None,
) -> Forces:
    """Every force of the reference data, with the plugins that are installed; `only` those named are imported.

    Never raises for what a plugin does: the force is suspended, and `Forces.why` says so.
    """
    installed = installed_plugins() if plugins is None else plugins
    reports = check_plugins(known, plugins=installed, only=only)
    manager = _manager()
    loaded = [report.loaded for report in reports if report.loaded is not None]
    for one in loaded:
        manager.register(one.plugin, name=one.slug)
    return Forces(
        known,
        manager,
        profiles={one.slug: one.profile for one in loaded if one.profile is not None},
        questions={one.slug: one.questions for one in loaded},
        faults={report.slug: report.why for report in reports if report.loaded is None},
        packages={plugin.slug: (plugin.distribution, plugin.version) for plugin in installed},
    )


def check_plugins(
    known: Mapping[str, Force] = FORCES,
    *,
    plugins: Sequence[Installed] | None = None,
    only: Collection[str] | None = None,
) -> tuple[Report, ...]:
    """Loads each plugin alone and says how that went, marked forces without one included. Ordered by slug."""
    installed = installed_plugins() if plugins is None else plugins
    copies = Counter(plugin.slug for plugin in installed)
    reports: dict[str, Report] = {}
    for plugin in installed:
        if only is None or plugin.slug in only:
            reports[plugin.slug] = _rivals(plugin) if copies[plugin.slug] > 1 else _load(plugin, known)
    for slug, force in known.items():
        if force.plugin and slug not in copies and (only is None or slug in only):
            reports[slug] = Report(slug, "failed", why="its plugin is not installed", error=MISSING)
    return tuple(reports[slug] for slug in sorted(reports))


def _manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def _rivals(plugin: Installed) -> Report:
    why = "more than one installed package claims it"
    return Report(plugin.slug, "failed", why=why, error=why)


def _load(plugin: Installed, known: Mapping[str, Force]) -> Report:
    slug = plugin.slug
    if not plugin.enabled:
        return Report(slug, "disabled", why="its plugin is switched off")
    if slug not in known and slug not in FEATURES:
        return Report(slug, "failed", why="no such force", error="no force or feature has this name")
    stage = "import"
    try:
        # SystemExit and its like are caught too: a plugin must not be able to stop the core from starting.
        module = plugin.entry_point.load()
        stage = "registration"
        hooks = _register_alone(module, slug)
        stage = "profile"
        profile, questions = (None, ()) if slug in FEATURES else _data(module, slug)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001, RUF100
        return _failed(slug, stage, error)
    loaded = Loaded(slug, module, profile, questions, hooks)
    return Report(slug, "active", api=profile.api if profile else None, hooks=hooks, loaded=loaded)


def _register_alone(module: object, slug: str) -> tuple[str, ...]:
    manager = _manager()
    manager.register(module, name=slug)
    manager.check_pending()
    hooks = {caller.name for caller in manager.get_hookcallers(module) or []}
    allowed = hookspecs.FEATURE_HOOKS if slug in FEATURES else hookspecs.FORCE_HOOKS
    if hooks - allowed:
        raise validation.Nonsense(f"may not answer {', '.join(sorted(hooks - allowed))}")
    if not hooks or (slug not in FEATURES and "force_profile" not in hooks):
        raise validation.Nonsense("has no force_profile" if slug not in FEATURES else "has no hook")
    return tuple(sorted(hooks))


def _data(module: object, slug: str) -> tuple[ForceProfile, tuple[Question, ...]]:
    manager = _manager()
    manager.register(module, name=slug)
    profiles = manager.hook.force_profile()
    questions = manager.hook.extra_questions()
    if len(profiles) != 1:
        raise validation.Nonsense("force_profile gave no answer")
    return validation.profile(profiles[0], slug), validation.questions(questions[0] if questions else ())


def _failed(slug: str, stage: str, error: BaseException) -> Report:
    said = str(error).splitlines()[0] if _sayable(error) else ""
    if isinstance(error, validation.Nonsense):
        return Report(slug, "failed", why=f"its plugin {said}", error=said)
    name = type(error).__name__
    return Report(slug, "failed", why=f"its plugin failed at {stage}", error=f"{stage}: {name}: {said}"[:_LONGEST])


def _sayable(error: BaseException) -> bool:
    try:
        return bool(str(error).strip())
    except Exception:
        return False
