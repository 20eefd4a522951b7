"""One plugin's trouble is its own: whatever it does when it loads, the others run and its force is suspended."""

import logging

import pytest

from cara.api import CaseView, ForceProfile
from cara.errors import ForceSuspended, NotFound
from cara.platform.plugins import Forces, check_plugins, installed_plugins, load_forces
from cara.platform.plugins.conftest import Install
from cara.platform.reference_data.forces import FORCES, Force

KNOWN = {
    slug: Force(slug, f"{slug.title()} Police", slug.title(), "synthetic", (), plugin=plugin)
    for slug, plugin in {"northshire": True, "southshire": True, "eastshire": False}.items()
}

SOUND = """
from cara.api import ForceProfile, hookimpl

@hookimpl
def force_profile():
    return ForceProfile(slug="{slug}", name="{slug} Police", chances_at_a=2)
"""

TROUBLE = {
    "raises_at_import": "raise RuntimeError('CANARY')",
    "exits_at_import": "import sys; sys.exit(3)",
    "raises_base_exception": "raise GeneratorExit",
    "is_no_python": "def (",
    "needs_what_is_missing": "import no_such_module_anywhere",
    "raises_an_exception_that_cannot_be_said": (
        "class E(Exception):\n    def __str__(self): raise ValueError\nraise E()"
    ),
    "has_no_hooks": "x = 1",
    "has_no_profile": "from cara.api import hookimpl\n@hookimpl\ndef pathways(view): return None",
    "raises_in_profile": SOUND.replace("return ForceProfile", "raise KeyError('CANARY')\n    return ForceProfile"),
    "exits_in_profile": SOUND.replace("return ForceProfile", "raise SystemExit\n    return ForceProfile"),
    "returns_nothing": SOUND.replace("return ForceProfile(", "return (lambda **k: None)("),
    "returns_a_dictionary": SOUND.replace("return ForceProfile(", "return dict("),
    "answers_for_another": SOUND.replace('slug="{slug}"', 'slug="southshire"'),
    "wants_a_newer_api": SOUND.replace("chances_at_a=2", 'api=">=2"'),
    "wants_no_known_api": SOUND.replace("chances_at_a=2", 'api="latest"'),
    "talks_nonsense": SOUND.replace("chances_at_a=2", "chances_at_a=True"),
    "has_an_unknown_hook": SOUND + "\n@hookimpl\ndef erase_everything(): return None\n",
    "has_a_feature_hook": SOUND + "\n@hookimpl\ndef clearance(force, on): return None\n",
    "has_a_misfit_argument": SOUND + "\n@hookimpl\ndef pathways(view, database): return None\n",
    "asks_nonsense": SOUND + "\n@hookimpl\ndef extra_questions(): return ['your name?']\n",
    "raises_in_questions": SOUND + "\n@hookimpl\ndef extra_questions(): raise OSError\n",
}


def plain(source: str, slug: str = "northshire") -> str:
    return source.replace("{slug}", slug)


@pytest.mark.parametrize("trouble", TROUBLE)
def test_a_broken_plugin_suspends_its_force_and_nothing_else(
    trouble: str, install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    install("northshire", plain(TROUBLE[trouble]))
    install("southshire", plain(SOUND, "southshire"))
    with caplog.at_level(logging.DEBUG):
        forces = load_forces(KNOWN)
    assert forces.status("northshire") == "suspended"
    assert forces.why("northshire").startswith("its plugin")
    assert forces.status("southshire") == "active"
    assert forces.profile("southshire").chances_at_a == 2
    assert forces.status("eastshire") == "national"
    for ask in (forces.profile, forces.extra_questions):
        with pytest.raises(ForceSuspended) as refused:
            ask("northshire")
        assert refused.value.force == "northshire"
    for decide in (forces.adjustments, forces.pathway):
        with pytest.raises(ForceSuspended):
            decide("northshire", CaseView("northshire"))
    assert "CANARY" not in caplog.text + forces.why("northshire")
    report = next(report for report in check_plugins(KNOWN, only={"northshire"}))
    assert (report.status, report.loaded) == ("failed", None)
    assert report.error


def test_a_plugin_that_is_not_installed_suspends_its_force(install: Install) -> None:
    install("southshire", plain(SOUND, "southshire"))
    forces = load_forces(KNOWN)
    assert (forces.status("northshire"), forces.status("southshire")) == ("suspended", "active")
    assert "not installed" in forces.why("northshire")
    assert check_plugins(KNOWN, only={"northshire"})[0].as_dict() == {
        "slug": "northshire",
        "api": None,
        "status": "failed",
        "hooks": [],
        "error": "not installed",
    }


def test_a_plugin_that_is_switched_off_suspends_its_force(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("northshire", "raise RuntimeError('must not be imported')")
    monkeypatch.setenv("CARA_DISABLED_PLUGINS", "elsewhere, northshire")
    forces = load_forces(KNOWN)
    assert forces.status("northshire") == "suspended"
    assert "switched off" in forces.why("northshire")
    assert check_plugins(KNOWN, only={"northshire"})[0].status == "disabled"


def test_two_packages_for_one_force_suspend_it(install: Install) -> None:
    install("northshire", plain(SOUND), distribution="first")
    install("northshire", plain(SOUND), distribution="second")
    assert load_forces(KNOWN).status("northshire") == "suspended"


def test_a_plugin_for_no_known_force_is_reported_and_never_imported(install: Install) -> None:
    install("atlantis", "raise RuntimeError('must not be imported')")
    report = check_plugins(KNOWN, only={"atlantis"})[0]
    assert (report.status, report.error) == ("failed", "no force or feature has this name")
    with pytest.raises(NotFound):
        load_forces(KNOWN).status("atlantis")


def test_an_unmarked_force_may_bring_a_plugin_and_fails_closed_too(install: Install) -> None:
    install("eastshire", plain(SOUND, "eastshire"))
    assert load_forces(KNOWN).status("eastshire") == "active"


def test_an_unmarked_force_with_a_broken_plugin_is_suspended(install: Install) -> None:
    install("eastshire", "raise RuntimeError")
    assert load_forces(KNOWN).status("eastshire") == "suspended"


def test_a_force_of_the_national_rules_has_the_defaults() -> None:
    forces = load_forces(KNOWN, plugins=())
    assert forces.profile("eastshire") == ForceProfile("eastshire", "Eastshire Police")
    assert forces.extra_questions("eastshire") == ()
    assert forces.adjustments("eastshire", CaseView("eastshire")) == ()
    assert forces.pathway("eastshire", CaseView("eastshire")) is None


def test_metadata_is_read_without_importing(install: Install) -> None:
    install("northshire", "raise RuntimeError('must not be imported')")
    found = next(plugin for plugin in installed_plugins() if plugin.slug == "northshire")
    assert found.as_dict() == {
        "slug": "northshire",
        "distribution": "synthetic_northshire",
        "version": "1.2",
        "enabled": True,
    }


def test_a_half_removed_package_is_listed_nameless(install: Install) -> None:
    install("northshire", "x = 1", metadata=False)
    found = next(plugin for plugin in installed_plugins() if plugin.slug == "northshire")
    assert (found.distribution, found.version) == ("", "")


def test_only_what_is_asked_for_is_imported(install: Install) -> None:
    install("northshire", plain(SOUND))
    install("southshire", "raise RuntimeError")
    forces = load_forces(KNOWN, only={"northshire"})
    assert (forces.status("northshire"), forces.status("southshire")) == ("active", "suspended")


def test_the_three_plugins_of_this_repository_load() -> None:
    forces: Forces = load_forces()
    marked = {slug for slug, force in FORCES.items() if force.plugin}
    assert marked == {"hampshire", "leicestershire", "thames_valley"}
    assert {slug for slug in FORCES if forces.status(slug) == "active"} == marked
