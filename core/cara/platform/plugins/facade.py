"""The one place that asks plugins anything: a method a hook, typed, each for one force alone.

A force has a plugin where the reference data says so, one is loaded, or the installation's database has seen one run
(`cara.platform.plugins.plugin_lifecycle`). Without it the force is suspended, until the Trust and the force have retired the plugin.

A force whose plugin raises or talks nonsense is suspended from then on, until the process starts again with a sound
one. Decisions fail closed: the asker gets `ForceSuspended`, never a guess. Nothing a plugin says in an exception is
logged or shown, because a case was in its hands, unless CARA_DEBUG=1 is set.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import pluggy

from cara.api import CaseView, Clearance, ForceProfile, Loosen, Question, Tighten
from cara.errors import CaraError, ForceSuspended, NotFound
from cara.feature import Feature
from cara.platform.plugins import validation
from cara.platform.plugins.plugin_lifecycle import Standing, Standings, older
from cara.platform.plugins.self_test import told
from cara.platform.reference_data.forces import Force

T = TypeVar("T")
Status = Literal["active", "suspended", "national"]

LICENSING: Final = "licensing"
_log = logging.getLogger("cara.platform.plugins")


class Forces:
    """All forces of the reference data and what may be asked of each. Made by `load_forces`."""

    def __init__(
        self,
        known: Mapping[str, Force],
        manager: pluggy.PluginManager,
        *,
        profiles: Mapping[str, ForceProfile],
        questions: Mapping[str, tuple[Question, ...]],
        faults: Mapping[str, str],
        packages: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self.known = known
        self._packages = packages or {}
        self._standings: Standings = {}
        self._manager = manager
        self._profiles = dict(profiles)
        self._questions = dict(questions)
        self._faults = dict(faults)
        for slug, why in self._faults.items():
            _log.warning("plugin %s does not run: %s", slug, why)

    def heed(self, standings: Standings) -> None:
        """Go by what the installation's database says now. Each unit of work reads it anew, because another process may have
        seen a plugin that this one does not have, and people retire plugins while processes run."""
        self._standings = standings

    def standing(self, slug: str) -> Standing:
        """What the database says of the force's plugin, as read last."""
        return self._standings.get(slug, Standing())

    def package(self, slug: str) -> tuple[str, str]:
        """Distribution and version of the force's plugin that is installed here; empty where none is."""
        return self._packages.get(slug, ("", ""))

    def loaded(self, slug: str) -> bool:
        """Whether a plugin of the force is loaded in this process, whether it counts or not."""
        return slug in self._profiles

    def older(self, slug: str) -> bool:
        """Whether the plugin that is loaded is an earlier release of the one that ran last: its rules are not the force's."""
        kept, (distribution, version) = self.standing(slug), self.package(slug)
        return slug in self._profiles and distribution == kept.distribution and older(version, kept.version)

    def status(self, slug: str) -> Status:
        """Where the force stands: its plugin runs, is missing or broken, or it goes by the national rules alone."""
        force = self.known.get(slug)
        if force is None:
            raise NotFound("There is no such force.")
        kept = self.standing(slug)
        if kept.retired:
            return "national"
        if slug in self._faults or self.older(slug):
            return "suspended"
        if slug in self._profiles:
            return "active"
        return "suspended" if force.plugin or kept.ran else "national"

    def why(self, slug: str) -> str:
        """Why the force is suspended, in words for a page; empty where it is not."""
        if self.status(slug) != "suspended":
            return ""
        kept = self.standing(slug)
        if (fault := self._faults.get(slug)) is None:
            fault = f"its plugin{f' ({kept.plugin})' if kept.plugin else ''} is not loaded"
            if self.older(slug):
                fault = (
                    f"version {self.package(slug)[1]} of its plugin is loaded, but version {kept.version} ran before"
                )
        return f"{fault}, and the Trust proposes to retire it" if kept.proposed else fault

    def profile(self, slug: str) -> ForceProfile:
        """The force's arrangement. Where its plugin was retired, what it had settled for itself stays; a force that never had
        one has the defaults under its name."""
        if self._require(slug) == "national":
            return self.standing(slug).settled or ForceProfile(slug=slug, name=self.known[slug].name)
        return self._profiles[slug]

    def extra_questions(self, slug: str) -> tuple[Question, ...]:
        """The force's own questions, in its order."""
        return () if self._require(slug) == "national" else self._questions.get(slug, ())

    def adjustments(self, slug: str, view: CaseView) -> tuple[Tighten | Loosen, ...]:
        """What the force's rules add for this case, and which national rules it claims an instrument for."""
        if self._require(slug) == "national":
            return ()
        return self._ask(slug, "eligibility", validation.adjustments, (), view=view)

    def pathway(self, slug: str, view: CaseView) -> str | None:
        """The pathway that the force declares for this case, if it does."""
        if self._require(slug) == "national":
            return None
        declared = self._profiles[slug].pathways
        return self._ask(slug, "pathways", lambda value: validation.pathway(value, declared), None, view=view)

    def clearance(self, force: str, provider: str, on: date, session: Any = None) -> Clearance:
        """Whether licensing clears the provider for the force on that day. No answer means no."""
        refused = Clearance(False, "The licensing register gave no answer, so the provider is not cleared.")
        return self.clearances(force, on, session).get(provider, refused)

    def clearances(self, force: str, on: date, session: Any = None) -> Mapping[str, Clearance]:
        """What licensing says of each provider it knows, for the force on that day. One that is not there is not cleared."""
        try:
            answers = self._only(LICENSING, "clearance")(force=force, on=on, session=session)
            return validation.clearances(answers[0]) if len(answers) == 1 else {}
        except (CaraError, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001, RUF100 - as below: nothing that it does may end the core
            _log.error("licensing gave no clearance: %s", type(error).__name__)  # noqa: TRY400, RUF100
            return {}

    def features(self) -> tuple[Feature, ...]:
        """Return the first-party features that run. One whose parts cannot be loaded is left out, and counts as faulty."""
        found: list[Feature] = []
        for name, _plugin in self._manager.list_name_plugin():
            try:
                for feature in self._only(name, "feature")():
                    for reference in feature.references:
                        feature.load(reference)
                    found.append(feature)
            except Exception as error:
                self._faults[name] = "its pages could not be made"
                _log.error("%s has no routes: %s", name, type(error).__name__)  # noqa: TRY400, RUF100
        return tuple(found)

    def letters(self) -> dict[str, Path]:
        """The folders with the forces' own texts of messages, by slug: `letters` beside the plugin's module."""
        found: dict[str, Path] = {}
        for name, plugin in self._manager.list_name_plugin():
            file = getattr(plugin, "__file__", None)
            runs = name in self._profiles and self.status(name) == "active"
            if runs and file and (folder := Path(file).parent / "letters").is_dir():
                found[name] = folder
        return found

    def suspend(self, slug: str, why: str) -> None:
        """Suspend a force whose folders hold what cannot be used; `why` may be shown on a page."""
        self._faults[slug] = why
        _log.error("force %s suspended: %s", slug, why)

    def set_aside(self, slug: str, why: str) -> None:
        """Let a plugin that was retired when this process started not count in it, whatever is decided while it runs."""
        if slug in self._profiles:
            self._faults[slug] = why

    def _require(self, slug: str) -> Status:
        status = self.status(slug)
        if status == "suspended":
            raise ForceSuspended(slug, f"{self.known[slug].name} is suspended: {self.why(slug)}.")
        return status

    def _only(self, slug: str, hook: str) -> Callable[..., Sequence[Any]]:
        """The hook, answered by this plugin and no other."""
        others = [plugin for name, plugin in self._manager.list_name_plugin() if name != slug and plugin is not None]
        return self._manager.subset_hook_caller(hook, others)

    def _ask(self, slug: str, hook: str, check: Callable[[object], T], silent: object, **given: object) -> T:
        try:
            answers = self._only(slug, hook)(**given)
            return check(answers[0] if answers else silent)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001, RUF100 - a plugin that calls sys.exit() must not end the core
            self._faults[slug] = f"its plugin failed in {hook}"
            told(error)
            _log.error("force %s suspended: %s in %s", slug, type(error).__name__, hook)  # noqa: TRY400, RUF100
        raise ForceSuspended(slug, f"{self.known[slug].name} is suspended: {self.why(slug)}.")
