"""The hooks, typed. Each answers for the plugin's own force alone; a new one needs two forces that use it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pluggy

from cara.api import PROJECT, CaseView, Clearance, ForceProfile, Loosen, Question, Tighten
from cara.feature import Feature

hookspec = pluggy.HookspecMarker(PROJECT)


@hookspec
def force_profile() -> ForceProfile:  # type: ignore[empty-body]
    """What the force has settled for itself. Required of a force's plugin; asked once, when it loads."""


@hookspec
def extra_questions() -> Sequence[Question]:  # type: ignore[empty-body]
    """The force's own questions, asked with the referral. Nothing in them may identify a victim."""


@hookspec
def eligibility(view: CaseView) -> Sequence[Tighten | Loosen]:  # type: ignore[empty-body]
    """The force's own rules for this case, and the national rules it claims an instrument for. Pure; fails closed."""


@hookspec
def pathways(view: CaseView) -> str | None:
    """The pathway that the force declares for this case, one of its profile's, or None for the nation's. Pure."""


@hookspec
def clearance(force: str, on: date, session: Any) -> Mapping[str, Clearance] | None:
    """First-party features only: by provider, may it deliver in this force on this day? Without an answer it may not.

    One question for all of them: the answer then costs the same however many providers the country has.
    `session` is the asking unit of work's, so that the answer belongs to its transaction; None where there is none.
    """


@hookspec
def feature() -> Feature:  # type: ignore[empty-body]
    """First-party features only: what the feature is made of. The core's sign-in and policy guard its routes."""


FORCE_HOOKS = frozenset({"force_profile", "extra_questions", "eligibility", "pathways"})
FEATURE_HOOKS = frozenset({"clearance", "feature"})
