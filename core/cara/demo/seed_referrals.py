"""Playing stories through the platform's own verbs: drafts and referrals come about as an officer and a provider make them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from random import Random
from typing import Any, Final

from cara.api import Question
from cara.demo.case_mix import Local, Story
from cara.demo.organisations import PROVIDER_OF
from cara.demo.seed_courses import Courses
from cara.demo.units_of_work import Stage
from cara.features.eligibility.engine import answer
from cara.features.eligibility.instruments import instruments_of
from cara.features.eligibility.parse_facts import facts_from
from cara.features.referrals import actions, draft_actions, queries
from cara.features.referrals.answer_validation import contradictions
from cara.features.referrals.csv_import.to_draft import steps_done
from cara.features.referrals.eligibility_check import decide_again
from cara.features.referrals.eligibility_facts import facts_of
from cara.features.referrals.mapping import answers_again
from cara.features.referrals.models import Draft, Referral
from cara.features.referrals.providers import chosen
from cara.features.referrals.questions import Step, steps
from cara.platform.reference_data import offence_codes
from cara.platform.unit_of_work import Work
from cara.web.ui import form_binding

_ASKED: Final = (
    "Invented question: on which days is the person free?",
    "Invented question: is the telephone number still right?",
    "Invented question: which language does the person read best?",
)
_ANSWERED: Final = "Invented answer: checked with the person today, it is as stated."
_RETURNED: Final = (
    ("facts", "Invented note: the date of the offence and the crime reference do not fit each other."),
    ("area", "Invented note: the person has moved away."),
    ("capacity", "Invented note: no place before the last day. Ask for the telephone intervention."),
)
_DECLINED: Final = "Invented reason: the victim’s refusal should stand in this case."


@dataclass(slots=True)
class _Case:
    """A story while it is played; the reference is known once there is a draft, then a referral."""

    story: Story
    local: Sequence[Question]
    reference: str = ""


@dataclass(frozen=True, slots=True)
class _Scene:
    at: datetime
    case: _Case
    play: Callable[[Stage, Random, _Case, datetime], None]


def play(
    stage: Stage, rng: Random, stories: Sequence[Story], local: Mapping[str, Local], courses: Courses
) -> Iterator[None]:
    """Play all scenes of all stories in the order of time, then what became of the accepted ones; yields after each story's
    first."""
    scenes, cases = [], []
    for story in stories:
        case = _Case(story, local[story.force].questions)
        cases.append(case)
        scenes += [_Scene(story.at, case, _draft), *(_Scene(at, case, TURNS[turn]) for turn, at in story.turns)]
    for scene in sorted(scenes, key=attrgetter("at")):
        scene.play(stage, rng, scene.case, scene.at)
        if scene.play is _draft:
            yield
    for case in cases:
        if case.story.plot.fate:
            courses.play(case.story.force, case.reference, case.story.plot.fate)


def _draft(stage: Stage, rng: Random, case: _Case, at: datetime) -> None:
    """An officer answers page after page and, if the story goes so far, refers the case."""
    story = case.story
    officer = stage.somebody(story.force, "force", "referring_officer", story.officer)
    with stage.sitting(officer, at, "draft", "write") as w:
        draft = draft_actions.start(w, story.force)
        case.reference = draft.reference
        for number, step in enumerate(steps(case.local)[: story.steps], start=1):
            w.now += timedelta(seconds=rng.randint(40, 200))
            _save(w, draft, step, story.answers, mistake=story.plot.mistake and number == story.steps)
        if story.refers:
            w.now += timedelta(seconds=rng.randint(60, 300))
            case.reference = _refer(stage, w, draft, case.local)


def _save(w: Work, draft: Draft, step: Step, answers: Mapping[str, Any], *, mistake: bool) -> None:
    """Save a page as if it had been typed: the same reader, the same checks."""
    known = {name: value for name, value in answers.items() if value is not None or name == "victim_agrees"}
    typed = form_binding.fill(step.questions, known)
    if mistake:
        typed |= _mistake(step)
    reading = form_binding.read(step.questions, typed, draft.answers)
    faults = (*reading.faults, *contradictions(step.questions, reading.values, draft.answers, w.today))
    draft_actions.save_step(w, draft, draft.version, step, form_binding.Reading(reading.values, reading.typed, faults))


def _mistake(step: Step) -> dict[str, list[str]]:
    """Something mistyped: a day that does not exist, or a required answer left out."""
    for question in step.questions:
        if question.kind == "date":
            return dict(zip(form_binding.fields(question), (["31"], ["2"], ["1990"]), strict=True))
    return {field: [""] for field in form_binding.fields(next(q for q in step.questions if q.required))}


def _refer(stage: Stage, w: Work, draft: Draft, local: Sequence[Question]) -> str:
    facts = facts_of(draft.answers, w.today)
    own = {question.name: draft.answers.get(question.name) for question in local}
    given = answer(facts_from(facts), draft.force_id, stage.forces, instruments_of(w.session, draft.force_id), own)
    profile = stage.forces.profile(draft.force_id)
    code = draft.answers.get("offence_code") or ""
    return actions.refer(
        w, draft, facts=facts, answer=given,
        provider=chosen(w, stage.forces, draft.force_id, w.today, PROVIDER_OF[draft.force_id]),
        authorisation_needed=profile.authorisation.required or bool(draft.answers.get("victim_overridden")),
        mapped_category=(offence_codes.category_of(w.session, code) or "") if code else "", local=local,
    )  # fmt: skip


Verb = Callable[[Work, Random, Referral], None]


def _turn(capacity: str, role: str, action: str, verb: Verb) -> Callable[[Stage, Random, _Case, datetime], None]:
    """A scene in which somebody on one side moves the referral."""

    def scene(stage: Stage, rng: Random, case: _Case, at: datetime) -> None:
        story = case.story
        organisation = story.force if capacity == "force" else PROVIDER_OF[story.force]
        actor = stage.somebody(organisation, capacity, role, story.officer)
        with stage.sitting(actor, at, "referral", action) as w:
            verb(w, rng, queries.case(w, case.reference)[0])

    return scene


def _authorise(stage: Stage, _rng: Random, case: _Case, at: datetime) -> None:
    supervisor = stage.somebody(case.story.force, "force", "supervisor", case.story.officer)
    with stage.sitting(supervisor, at, "referral", "authorise") as w:
        referral = queries.case(w, case.reference)[0]
        given = decide_again(w, stage.forces, referral)
        actions.authorise(w, referral, referral.version, provider=referral.proposed_provider, answer=given)


def _discard(stage: Stage, _rng: Random, case: _Case, at: datetime) -> None:
    officer = stage.somebody(case.story.force, "force", "referring_officer", case.story.officer)
    with stage.sitting(officer, at, "draft", "discard") as w:
        draft = draft_actions.open_draft(w, case.reference)
        draft_actions.discard(w, draft, draft.version)


def _amend(w: Work, _rng: Random, referral: Referral) -> None:
    """Start again from a returned referral: the new draft waits for the officer."""
    again, offender = queries.case(w, referral.reference)
    kept = queries.decision(w, again)
    answers = answers_again(again, offender, kept) if kept else {}
    actions.start_again(w, again, again.version)
    draft_actions.start(w, again.force_id, answers=answers, done=steps_done(answers), source="amendment")


def _accept(w: Work, _rng: Random, referral: Referral) -> None:
    actions.accept(w, referral, referral.version, referral.format_proposed)


def _return(w: Work, rng: Random, referral: Referral) -> None:
    actions.return_to_officer(w, referral, referral.version, *rng.choice(_RETURNED))


TURNS: Final = {
    "discard": _discard,
    "authorise": _authorise,
    "decline": _turn("force", "supervisor", "decline", lambda w, _rng, r: actions.decline(w, r, r.version, _DECLINED)),
    "withdraw": _turn("force", "referring_officer", "withdraw", lambda w, _rng, r: actions.withdraw(w, r, r.version)),
    "answer": _turn("force", "referring_officer", "answer", lambda w, _rng, r: actions.answer_request(w, r, r.version, _ANSWERED)),
    "amend": _turn("force", "referring_officer", "amend", _amend),
    "ask": _turn("provider", "coordinator", "ask", lambda w, rng, r: actions.ask(w, r, r.version, rng.choice(_ASKED))),
    "accept": _turn("provider", "coordinator", "accept", _accept),
    "return": _turn("provider", "coordinator", "return", _return),
}  # fmt: skip
"""Turn of a story → the scene in which it happens."""
