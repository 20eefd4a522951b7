"""Every room describes itself as a feature, and what stands in the code is named by one: handlers, tables, jobs, messages and the rest."""

import inspect
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import cara.features
import cara.platform
import cara.web
import pytest
from cara.feature import Feature
from cara.features.messages.message_types import KINDS
from cara.features.referrals.models import Referral
from cara.operations import composition
from cara.operations.cli import COMMANDS
from cara.operations.features import CORE, PLATFORM, installed
from cara.platform.database.engine import Store
from cara.platform.unit_of_work import Work
from litestar.handlers import HTTPRouteHandler
from sqlmodel import SQLModel

ALL = installed()
ROOMS = sorted(room.name for room in pkgutil.iter_modules(cara.features.__path__))
FIRST_PARTY = ("cara_licensing", "cara_national_data")
Features = Sequence[Feature]


def modules() -> Iterator[ModuleType]:
    """Every module that may hold what a feature names, without tests and migrations."""
    packages = (cara.features, cara.platform, cara.web, *map(import_module, FIRST_PARTY))
    for package in packages:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not {"conftest", "migrations"} & {*found.name.split(".")} and ".test" not in found.name:
                yield import_module(found.name)


MODULES = [*modules()]


def functions() -> Iterator[Callable[..., Any]]:
    """Every function, where it is written."""
    for module in MODULES:
        for name, found in vars(module).items():
            if inspect.isfunction(found) and found.__module__ == module.__name__ and not name.startswith("_"):
                yield found


def handlers(features: Features) -> set[str]:
    """Handlers that stand in a module and in no feature."""
    known = {id(route) for route in composition.routes(features)}
    found = set()
    for module in MODULES:
        for name, value in vars(module).items():
            some = value if isinstance(value, tuple) else (value,)
            routes = [one for one in some if isinstance(one, HTTPRouteHandler)]
            found |= {f"{module.__name__}.{name} {route.paths}" for route in routes if id(route) not in known}
    return found


def tables(features: Features) -> set[str]:
    """Modules with tables that no feature names."""
    named = {f"{feature.package}.{module}" for feature in features for module in feature.models}
    mapped = {mapper.class_.__module__ for mapper in SQLModel._sa_registry.mappers}
    return {module.__name__ for module in MODULES} & mapped - named


def template_folders(features: Features) -> set[str]:
    """Folders of templates that no feature names; the page kit's belong to every page."""
    named = set(composition.template_folders(features).values())
    roots = [feature.folder for feature in features if feature is not PLATFORM] + [Path(cara.platform.__path__[0])]
    return {str(folder) for root in roots for folder in root.rglob("templates") if folder.is_dir()} - {*map(str, named)}


def jobs(features: Features) -> set[str]:
    """Functions that do a job for one force, and that no feature names."""
    named = {feature.load(job.function) for feature in features for job in feature.jobs}
    return {
        told(one)
        for one in functions()
        if [*inspect.get_annotations(one).items()][-3:] == [("store", Store), ("force", str), ("return", Iterator[int])]
        and one not in named
    }


def case_panels(features: Features) -> set[str]:
    """Functions that make a panel of a case, and that no feature names."""
    named = composition.case_panels(features)
    shape = {"w": Work, "referral": Referral, "return": dict[str, Any] | None}
    return {told(one) for one in functions() if inspect.get_annotations(one) == shape and one not in named}


def task_lists(features: Features) -> set[str]:
    """Functions that say what waits, and that no feature names."""
    return {told(one) for one in functions() if one.__name__ == "needs_me"} - {
        told(one) for one in composition.task_lists(features)
    }


def commands(features: Features) -> set[str]:
    """Modules of commands that no feature names."""
    named = {one.module for one in composition.commands(features)}
    return {m.__name__ for m in MODULES if hasattr(m, "add_arguments") and hasattr(m, "run")} - named


def message_types(features: Features) -> set[str]:
    """Types of messages that no feature names, or that two do."""
    named = [name for feature in features for name in feature.message_types]
    return {*KINDS} ^ {*named} | {name for name in named if named.count(name) > 1}


def told(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__name__}"


SWEEPS = {
    "routes": handlers,
    "models": tables,
    "templates": template_folders,
    "jobs": jobs,
    "case_panels": case_panels,
    "task_lists": task_lists,
    "commands": commands,
    "message_types": message_types,
}
each_sweep = pytest.mark.parametrize("part", SWEEPS)


def test_every_room_is_a_feature(record_count):
    described = [import_module(f"cara.features.{room}.feature").FEATURE for room in ROOMS]
    outside = [import_module(f"{package}.feature").FEATURE for package in FIRST_PARTY]
    assert {*map(id, described)} | {id(PLATFORM)} == {*map(id, CORE)}
    assert {*map(id, outside)} == {*map(id, ALL[len(CORE) :])}
    wrong = [one.name for one in described if one.package != f"cara.features.{one.name}"]
    wrong += [one.name for one in outside if one.package != f"cara_{one.name}"]
    record_count("features: rooms that describe themselves", len(described) + len(outside), wrong)


@each_sweep
def test_a_feature_names_what_stands_in_the_code(part, record_count):
    named = sum(len(getattr(feature, part)) for feature in ALL)
    record_count(f"features: {part} named", named, SWEEPS[part](ALL))


@each_sweep
def test_what_no_feature_names_is_found(part, record_count):
    """Each feature in turn forgets what it has of this kind."""
    having = [feature for feature in ALL if getattr(feature, part)]
    unseen = [
        feature.name
        for feature in having
        if not SWEEPS[part]([replace(one, **{part: ()}) if one is feature else one for one in ALL])
    ]
    record_count(f"features: {part} forgotten", len(having), unseen)


def test_every_reference_leads_to_something(record_count):
    names = [(feature, name) for feature in ALL for name in feature.references]
    wrong = [
        (feature.name, name)
        for feature, name in names
        if not (found := feature.load(name)) or not (callable(found) or name.endswith((":ROUTES", ":MESSAGE")))
    ]
    record_count("features: references", len(names), wrong)


@pytest.mark.parametrize("part", ["case_panels", "task_lists", "jobs", "commands"])
def test_no_two_claim_one_place(part, record_count):
    some = COMMANDS if part == "commands" else [one for feature in ALL for one in getattr(feature, part)]
    orders = [one.order for one in some]
    record_count(f"features: places of {part}", len(orders), {order for order in orders if orders.count(order) > 1})
