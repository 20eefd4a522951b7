"""The page that answers "could this case go to CARA, and why?" without starting a referral. Nothing is stored."""

from typing import Any

from cara.api import Question
from cara.features.eligibility.engine import answer
from cara.features.eligibility.instruments import instruments_of
from cara.features.eligibility.parse_facts import facts_from
from cara.features.referrals.answer_validation import contradictions
from cara.features.referrals.eligibility_facts import facts_of
from cara.features.referrals.questions import NATIONAL_STEPS
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import work
from cara.web.pages.page import Asked, Form, Page, page
from cara.web.routing import get, post
from cara.web.ui import form_binding

_FACTS = (
    "admits_offence", "bail_or_investigation", "coercive_control_evidence", "earlier_disposals", "da_disposals", "date_of_birth",
    "sex", "offence_category", "offence_date", "relationship", "risk", "victim_contacted", "victim_agrees", "conditions", "needs",
)  # fmt: skip
_ALL = {question.name: question for step in NATIONAL_STEPS for question in step.questions}


_NO_HINT = ("offence_category",)
"""Their hint speaks of a field of another page."""


def _optional(question: Question) -> Question:
    hint = "" if question.name in _NO_HINT else question.hint
    return Question(
        question.name, question.label, question.kind, hint, question.options, required=False, when=question.when,
        width=question.width, max_length=question.max_length,
    )  # fmt: skip


QUESTIONS = tuple(_optional(_ALL[name]) for name in _FACTS)
"""The facts that rules ask for; none that says who anybody is. All may stay open: then the answer says what is missing."""


@get("/eligibility", does=("eligibility", "use"))
def ask_eligibility(request: Asked) -> Page:
    with work(request):
        pass
    return page(request, "referrals/eligibility.html", questions=QUESTIONS, typed={}, faults=(), given=None)


@post("/eligibility", does=("eligibility", "use"))
def show_eligibility(request: Asked, form: Form) -> Page:
    form.only(*(field for question in QUESTIONS for field in form_binding.fields(question)))
    reading = form_binding.read(QUESTIONS, form)
    given: Any = None
    with work(request) as w:
        faults = (*reading.faults, *contradictions(QUESTIONS, reading.values, {}, w.today))
        if not faults:
            force = w.actor.force or ""
            found = answer(
                facts_from(facts_of(reading.values, w.today)),
                force,
                request.app.state.forces,
                instruments_of(w.session, force),
            )
            given = found.as_dict()
            w.record(
                "eligibility.answered", Act.CONSULTATION, codes={"outcome": found.outcome, "rules": found.rule_pack}
            )
    return page(
        request, "referrals/eligibility.html", status=422 if faults else 200, questions=QUESTIONS, typed=reading.typed, faults=faults,
        given=given,
    )  # fmt: skip


ROUTES = (ask_eligibility, show_eligibility)
