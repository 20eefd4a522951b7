"""Asking a plugin: its own force only, and the first failure suspends it for good."""

import logging
from datetime import date

import pytest

from cara.api import CaseView, Clearance, Loosen, Tighten, hookimpl
from cara.errors import ForceSuspended, WallBreached
from cara.feature import Feature
from cara.platform.plugins import Forces, load_forces
from cara.platform.plugins.conftest import Install
from cara.platform.plugins.installed import first_party_plugins
from cara.platform.reference_data.forces import Force

KNOWN = {
    slug: Force(slug, f"{slug.title()} Police", slug.title(), "synthetic", (), plugin=True)
    for slug in ("northshire", "southshire")
}

PLUGIN = """
from cara.api import *
from cara.api import hookimpl

@hookimpl
def force_profile():
    return ForceProfile(slug="{slug}", name="{slug}", pathways=(Option("juno", "JUNO"),))

@hookimpl
def eligibility(view):
    {eligibility}

@hookimpl
def pathways(view):
    {pathways}
"""


def load(install: Install, eligibility: str = "return ()", pathways: str = "return None") -> Forces:
    install("northshire", PLUGIN.format(slug="northshire", eligibility=eligibility, pathways=pathways))
    sound = 'return (Tighten("S1", "not_met", "southern", "synthetic"),)'
    install("southshire", PLUGIN.format(slug="southshire", eligibility=sound, pathways='return "juno"'))
    return load_forces(KNOWN)


def test_each_plugin_answers_for_its_own_force(install: Install) -> None:
    forces = load(install, 'return [Loosen("E09", "medium", "by dispensation")]')
    assert forces.adjustments("northshire", CaseView("northshire")) == (Loosen("E09", "medium", "by dispensation"),)
    southern = forces.adjustments("southshire", CaseView("southshire"))
    assert southern == (Tighten("S1", "not_met", "southern", "synthetic"),)
    assert forces.pathway("northshire", CaseView("northshire")) is None
    assert forces.pathway("southshire", CaseView("southshire")) == "juno"


@pytest.mark.parametrize(
    "eligibility",
    [
        "raise RuntimeError('CANARY')",
        "import sys; sys.exit('CANARY')",
        "return 'met'",
        "return None or {}",
        "return [None]",
        "return (x for x in ())",
        'return [Tighten("E09", "met", "medium is fine", "us")]',
        'return [Tighten("e9", "met", "medium is fine", "us")]',
        'return [Tighten("N1", "fine", "because", "us")]',
        'return [Tighten("N1", "met", "", "us")]',
        'return [Tighten("N1", "met", "a", "us", title=1)]',
        'return [Tighten("N1", "met", "a", "us"), Tighten("N1", "not_met", "b", "us")]',
        'return [Loosen("E02", "self", "we take anyone")]',
        'return [Loosen("E08", "denied", "we take anyone")]',
        'return [Loosen("E09", "high", "we take anyone")]',
        'return [Loosen("E03", "other", "we take anyone")]',
        'return [Loosen(["E03"], "family", "we take anyone")]',
    ],
)
def test_failing_once_suspends_for_good(eligibility: str, install: Install, caplog: pytest.LogCaptureFixture) -> None:
    forces = load(install, eligibility)
    assert forces.status("northshire") == "active"
    with caplog.at_level(logging.DEBUG), pytest.raises(ForceSuspended) as refused:
        forces.adjustments("northshire", CaseView("northshire"))
    assert forces.status("northshire") == "suspended"
    assert "eligibility" in forces.why("northshire")
    with pytest.raises(ForceSuspended):
        forces.pathway("northshire", CaseView("northshire"))
    assert forces.pathway("southshire", CaseView("southshire")) == "juno"
    assert "northshire suspended" in caplog.text
    assert "CANARY" not in caplog.text + str(refused.value) + forces.why("northshire")
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


@pytest.mark.parametrize("pathways", ["return 'elsewhere'", "return 7", "return ['juno']", "raise SystemExit"])
def test_a_pathway_that_is_not_declared_is_nonsense(pathways: str, install: Install) -> None:
    forces = load(install, pathways=pathways)
    with pytest.raises(ForceSuspended):
        forces.pathway("northshire", CaseView("northshire"))
    assert forces.status("northshire") == "suspended"


def test_a_person_may_interrupt_a_plugin(install: Install) -> None:
    forces = load(install, "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        forces.adjustments("northshire", CaseView("northshire"))
    assert forces.status("northshire") == "active"


@pytest.mark.parametrize("part", ["routes", "notices", "lifespans", "demo_seeds"])
def test_a_first_party_feature_whose_parts_cannot_be_loaded_is_left_out(part: str) -> None:
    """The others run, and so does the core."""
    broken, sound = Feature("broken", "cara", **{part: ("nowhere:NOTHING",)}), Feature("sound", "cara")  # type: ignore[arg-type]

    class Plugin:
        def __init__(self, described: Feature) -> None:
            self.described = described

        @hookimpl
        def feature(self) -> Feature:
            return self.described

    forces = load_forces(KNOWN, plugins=())
    for described in (broken, sound):
        forces._manager.register(Plugin(described), name=described.name)
    assert forces.features() == (sound,)
    assert {slug: why for slug, why in forces._faults.items() if slug not in KNOWN} == {
        "broken": "its pages could not be made"
    }


def test_only_the_platforms_own_distribution_is_a_first_party_feature(install: Install) -> None:
    install("licensing", "raise LookupError('never imported for its tables')", distribution="rival")
    assert [plugin.distribution for plugin in first_party_plugins()] == ["cara-licensing", "cara-national-data"]


def clear(answer: object) -> Clearance:
    """What the facade makes of what the licensing feature answers."""

    class Feature:
        @hookimpl
        def clearance(self) -> object:
            if isinstance(answer, Exception):
                raise answer
            return answer

    forces = load_forces(KNOWN, plugins=())
    forces._manager.register(Feature(), name="licensing")
    return forces.clearance("northshire", "some_provider", date(2026, 5, 1))


@pytest.mark.parametrize(
    "answer",
    [
        None, True, "yes", RuntimeError("CANARY"), {}, Clearance(True, "yes"), {"some_provider": True}, {1: Clearance(True, "yes")},
        {"some_provider": Clearance("yes", "yes")}, {"another_provider": Clearance(True, "yes")},  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_no_sound_answer_means_not_cleared(answer: object) -> None:
    assert clear(answer).cleared is False


def test_licensing_clears() -> None:
    assert clear({"some_provider": Clearance(True, "licence 1")}) == Clearance(True, "licence 1")


def test_where_licensing_is_not_installed_nobody_is_cleared() -> None:
    assert load_forces(KNOWN, plugins=()).clearance("northshire", "some_provider", date(2026, 5, 1)).cleared is False


def test_a_defect_in_licensing_is_not_hidden() -> None:
    with pytest.raises(WallBreached):
        clear(WallBreached())
