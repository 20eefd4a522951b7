"""Disclosure reviews of the demonstration: a concern between the workshops, the views of those who are asked, and a decision."""

from typing import Any, Final

from cara.demo.organisations import TRUST
from cara.features.victims.disclosure_reviews import actions, detail, queries
from cara.features.victims.wall import review_opening
from cara.features.victims.wall.record_keeper import arrangement
from cara.features.victims.wall.review_rules import Account
from cara.platform.ledger.writer import Act

_HEARD: Final = Account(
    "Invented account: somebody close to the victim rang. They sound afraid of what the person says at home since workshop A.",
    "medium", child=True,
)  # fmt: skip
_VIEW: Final = "Invented view: known to us, and calm at the last visit."
_REASONS: Final = "Invented reasons: from the views, and the visit of yesterday."


def opened(p: Any) -> str:
    """A supervisor heard something: the case is on hold and under review. Returns the review's reference."""
    keys, found = p.courses.keys, []

    def concern(w: Any, referral: Any) -> None:
        review_opening.concern(w, keys, referral, _HEARD)
        found.append(queries.of_case(w, referral)[0][0])

    p.do("supervisor", ("concern", "raise"), concern)
    return str(found[0])


def decided(p: Any, decision: str) -> None:
    """The same, and the police decided: after their own view, the provider's where it is asked, and the Trust's."""
    keys, reference = p.courses.keys, opened(p)
    p.do("supervisor", ("review", "view"), lambda w, _r: actions.give_view(w, keys, reference, decision, _VIEW))
    if decision != "stop":
        _others(p, reference, decision)
    p.do("supervisor", ("review", "decide"), lambda w, _r: _decide(p, w, reference, decision))


def _others(p: Any, reference: str, view: str) -> None:
    keys, asked = p.courses.keys, []

    def providers(w: Any, referral: Any) -> None:
        if arrangement(w, referral.force_id).provider_is_asked:
            actions.give_providers_view(w, keys, referral, view, _VIEW)
        w.record("review.provider_asked", Act.CONSULTATION, subject=("referral", referral.id), force=referral.force_id)

    def consult(w: Any, _referral: Any) -> None:
        actions.consult(w, reference)
        asked.append(detail.read(w, keys, reference).row.consultation)

    p.do("supervisor", ("review", "decide"), lambda w, _r: _ask_provider(w, keys, reference))
    p.do("coordinator", ("asked_review", "view"), providers)
    p.do("supervisor", ("review", "consult"), consult)
    supervisor = p.courses.stage.somebody(TRUST, "national", "quality_supervisor")
    with p.courses.stage.sitting(supervisor, p.at, "consultation", "answer") as w:
        actions.answer_consultation(w, asked[0], view, "Invented advice: as long as the group is told nothing.")


def _ask_provider(w: Any, keys: Any, reference: str) -> None:
    if detail.read(w, keys, reference).may_ask_provider:
        actions.ask_provider(w, reference)


def _decide(p: Any, w: Any, reference: str, decision: str) -> None:
    version = detail.read(w, p.courses.keys, reference).row.version
    actions.decide(w, p.courses.keys, reference, version, decision, _REASONS)
