"""Every column of every table of cases, for the person on the course: given, given once read, or withheld with a reason. Pure.

Nothing here may tell that there is somebody who was harmed, beyond the decision on which the referral rests.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cara.features.course.records.rules import NOT_THEIR_DOING
from cara.i18n import lazy as _
from cara.platform.data_export.columns import Described, Description, Free, Shown, only, withheld

OURS: Final = _("Numbers and marks by which the system finds its own records; they say nothing of the person")
STAFF: Final = _("Which member of staff it was: another person. Days are given instead")
HARMED: Final = _("Of the person harmed, or leads to them")
OTHERS: Final = _("Of other people on the course, or leads to them")
SAFETY: Final = _("Secrets that protect somebody’s answers or a way in")
PROVIDER: Final = _("The provider’s own record, of which it is the controller: asked of the provider")
NAMELESS: Final = _("Kept without a name: nobody can tell whose it is")
KEPT_BACK: Final = _("Why records may not be erased can lead to the person harmed, or to an investigation")
WAITS: Final = _(
    "Answered without a name. It is sealed until it is released among others, and opened for nobody before"
)
NOT_THEIRS: Final = _("About dates and rooms for everybody, not about this person")

_SHARED = "id force_id provider_id version"
_OF_CASE = "referral_id force_id provider_id"
JUDGED: Final = tuple(f"E{number:02}" for number in (*range(1, 9), *range(11, 19)))
"""Rules whose answers are given. E09 and E10 are about the person harmed; a force's own rules may be."""
ANSWERS: Final = (
    "surname", "forenames", "date_of_birth", "sex", "phone", "email", "address", "postcode", "crime_reference", "offence_code",
    "offence_category", "offence_date", "admits_offence", "bail_or_investigation", "coercive_control_evidence",
    "earlier_disposals", "da_disposals", "relationship", "caution_date", "conditions", "needs", "interpreter_language",
    "format_proposed",
)  # fmt: skip
"""Answers of a draft that are given. What is to be prepared for is in its officer's own words, which nobody has read: they are given,
once read, of the referral that a draft becomes."""


def rules(answer: Mapping[str, Any]) -> Sequence[str]:
    """The rules' answers about the person themselves."""
    return [f"{one['id']}: {one['outcome']}" for one in (answer or {}).get("rules", ()) if one.get("id") in JUDGED]


def cause(code: str) -> str:
    """Why somebody missed a workshop. What was not their doing is one word: a hold is not told, by this or by its absence."""
    return str(_("Not your doing")) if code in NOT_THEIR_DOING else code


def evidence(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a report rests on: days and codes."""
    told: dict[str, Any] = only("register", "calls", "places")(found)
    if "register" in told:
        told["register"] = [[*line, cause(code)] for *line, code in told["register"]]
    return told


OF_CASES: Description = {
    "offender": Described(_("You"), {
        **withheld(OURS, f"{_OF_CASE} folded identity_key"),
        "surname": Shown(_("Surname")), "forenames": Shown(_("Forenames")), "date_of_birth": Shown(_("Date of birth")),
        "sex": Shown(_("Sex")), "phone": Shown(_("Telephone")), "email": Shown(_("Email")), "address": Shown(_("Address")),
        "postcode": Shown(_("Postcode")),
    }),
    "referral": Described(_("Your referral"), {
        **withheld(OURS, f"{_SHARED} salt category_corrected pathway proposed_provider authorisation_needed"),
        **withheld(STAFF, "created_by authorised_by declined_by accepted_by returned_by withdrawn_by"),
        **withheld(HARMED, "risk risk_tool risk_count risk_assessor risk_assessed_on victim_contacted victim_agrees victim_overridden"),
        "reference": Shown(_("Reference")), "crime_reference": Shown(_("Crime reference")),
        "offence_code": Shown(_("Offence code")), "offence_category": Shown(_("Offence")),
        "offence_date": Shown(_("Date of the offence")), "relationship": Shown(_("Relationship")),
        "regime": Shown(_("Kind of caution")), "caution_date": Shown(_("Date of the caution")),
        "conditions": Shown(_("Conditions")), "complete_by": Shown(_("To be completed by")),
        "format_proposed": Shown(_("Format proposed")), "format_confirmed": Shown(_("Format confirmed")),
        "needs": Shown(_("Needs")), "interpreter_language": Shown(_("Interpreter")),
        "access_needs": Free(_("To prepare for")), "declined_reason": Free(_("Why it was not authorised")),
        "return_reason": Shown(_("Why it was returned")), "return_note": Free(_("Note on the return")),
        "created_at": Shown(_("Proposed")), "authorised_at": Shown(_("Authorised")), "declined_at": Shown(_("Not authorised")),
        "referred_at": Shown(_("Referred")), "accept_by": Shown(_("To be accepted by")), "asked_at": Shown(_("Information asked for")),
        "accepted_at": Shown(_("Accepted")), "returned_at": Shown(_("Returned")), "withdrawn_at": Shown(_("Withdrawn")),
        "superseded_at": Shown(_("Started again")), "offered_at": Shown(_("Place offered")), "booked_at": Shown(_("Place booked")),
        "telephone_at": Shown(_("By telephone since")), "a_on": Shown(_("Workshop A")), "b_on": Shown(_("Workshop B")),
        "reported_at": Shown(_("Reported to the officer")), "breached_at": Shown(_("Breached")), "closed_at": Shown(_("Closed")),
        "completed_at": Shown(_("Completed")),
    }),
    "draft": Described(_("A draft about you"), {
        **withheld(OURS, f"{_SHARED} reference done identity_key fingerprint referral_id"),
        **withheld(STAFF, "started_by discarded_by"), **withheld(HARMED, "typed"),
        "answers": Shown(_("Answers so far"), only(*ANSWERS)), "source": Shown(_("Where it came from")),
        "started_at": Shown(_("Begun")), "saved_at": Shown(_("Last saved")), "discarded_at": Shown(_("Discarded")),
    }),
    "eligibility_decision": Described(_("Whether you could be dealt with in this way"), {
        **withheld(OURS, f"id {_OF_CASE} rule_pack"), **withheld(STAFF, "override_officer decided_by"),
        **withheld(HARMED, "override_reason"),
        "facts": Shown(_("What was known of you"), only("decided_on", "referred_by", "offence", "offender", "needs", "conditions")),
        "answer": Shown(_("What the rules said"), rules), "outcome": Shown(_("Outcome")), "decided_at": Shown(_("Decided")),
    }),
    "local_answer": Described(_("Questions of the force"), {
        **withheld(OURS, f"{_OF_CASE} question force_only"), "label": Free(_("Question")), "answer": Free(_("Answer")),
    }),
    "information_request": Described(_("What the provider asked the police"), {
        **withheld(OURS, f"id {_OF_CASE}"), **withheld(STAFF, "asked_by answered_by"),
        "question": Free(_("Question")), "asked_at": Shown(_("Asked")), "answer": Free(_("Answer")), "answered_at": Shown(_("Answered")),
    }),
    "place": Described(_("Your places on courses"), {
        **withheld(OURS, f"{_SHARED} referral_id cohort_id"),
        **withheld(STAFF, "waiting_by offered_by booked_by confirmed_by refused_by released_by"),
        "only_b": Shown(_("Workshop B alone")), "gap_reason": Free(_("Why the dates lie as they do")),
        "waiting_at": Shown(_("On a waiting list")), "offered_at": Shown(_("Offered")), "booked_at": Shown(_("Booked")),
        "confirmed_at": Shown(_("Confirmed")), "refused_at": Shown(_("Declined")), "released_at": Shown(_("Taken back")),
        "release_reason": Shown(_("Why it was taken back")),
    }),
    "workshop": Described(_("Workshops in which you had a place"), {
        **withheld(OURS, f"{_SHARED} cohort_id venue_id sequence"),
        "part": Shown(_("Workshop")), "day": Shown(_("Day")), "starts": Shown(_("Begins")), "ends": Shown(_("Ends")),
    }),
    "venue": Described(_("Where they were"), {
        **withheld(OURS, f"{_SHARED} reference area capacity added_at ended_at"), **withheld(STAFF, "added_by ended_by"),
        "name": Shown(_("Name")), "address": Shown(_("Address")), "access": Shown(_("Getting there")),
    }),
    "attendance": Described(_("Registers"), {
        **withheld(OURS, f"id {_OF_CASE} workshop_id corrects"), **withheld(STAFF, "recorded_by"),
        "part": Shown(_("Workshop")), "outcome": Shown(_("Attendance")), "reason_code": Shown(_("Reason"), cause),
        "gap_reason": Free(_("Why the dates lie as they do")), "happened_on": Shown(_("Day")), "recorded_at": Shown(_("Recorded")),
        "correction_reason": Free(_("Why it was corrected")),
    }),
    "telephone_intervention": Described(_("The course by telephone"), {
        **withheld(OURS, f"id {_OF_CASE}"), **withheld(STAFF, "facilitator_id begun_by ended_by"),
        "reasons": Shown(_("Reasons")), "other_reason": Free(_("Another reason")), "begun_at": Shown(_("Begun")),
        "ended_at": Shown(_("Ended")),
    }),
    "telephone_session": Described(_("Calls"), {
        **withheld(OURS, f"id {_OF_CASE} intervention_id"), **withheld(STAFF, "recorded_by"),
        "happened_on": Shown(_("Day")), "outcome": Shown(_("Outcome")), "covers": Shown(_("Instead of workshop")),
        "recorded_at": Shown(_("Recorded")),
    }),
    "non_compliance": Described(_("Reports to the officer"), {
        **withheld(OURS, f"id {_OF_CASE}"), **withheld(STAFF, "reported_by"),
        "ground": Shown(_("Ground")), "account": Free(_("Account")),
        "evidence": Shown(_("What it rests on"), evidence), "reported_at": Shown(_("Reported")),
    }),
    "breach_decision": Described(_("What the officer decided"), {
        **withheld(OURS, f"id {_OF_CASE} report_id"), **withheld(STAFF, "decided_by"),
        "decision": Shown(_("Decision")), "reason": Free(_("Reason")), "complete_by_before": Shown(_("Last day before")),
        "complete_by": Shown(_("Last day since")), "decided_at": Shown(_("Decided")),
    }),
    "closing": Described(_("How it ended"), {
        **withheld(OURS, _OF_CASE), **withheld(STAFF, "closed_by"),
        "kind": Shown(_("End")), "note": Free(_("Note")), "happened_on": Shown(_("Day")), "closed_at": Shown(_("Recorded")),
    }),
    "follow_up": Described(_("Follow-up"), {
        **withheld(OURS, _OF_CASE), **withheld(STAFF, "answered_by"),
        "due_on": Shown(_("Due")), "outcome": Shown(_("Outcome")), "answered_at": Shown(_("Answered")),
    }),
    "outbox_message": Described(_("Messages about you"), {
        **withheld(OURS, f"{_SHARED} referral_id key due_at attempts began_at receipt kept doubtful_at failure"),
        **withheld(STAFF, "queued_by sent_by cancelled_by"),
        "reference": Shown(_("Reference")), "kind": Shown(_("About")), "channel": Shown(_("By")), "audience": Shown(_("To")),
        "language": Shown(_("Language")),
        "facts": Shown(_("It named"), only("date", "time", "ends", "venue", "venue_address", "second_date", "second_time", "second_ends")),
        "queued_at": Shown(_("Written")), "sent_at": Shown(_("Sent")), "delivery": Shown(_("Delivery")),
        "failed_at": Shown(_("Failed")), "cancelled_at": Shown(_("Cancelled")),
    }),
    "feedback_request": Described(_("That you were asked what you thought"), {
        **withheld(OURS, f"id {_OF_CASE}"), **withheld(SAFETY, "token_hash nonce"),
        "ends_at": Shown(_("Until")), "asked_at": Shown(_("Asked")), "answered_on": Shown(_("Answered")),
    }),
    "retention_review": Described(_("Reviews of how long records are kept"), {
        **withheld(OURS, f"{_SHARED} referral_id reference until opened_at proposed_at erased record_class"),
        **withheld(STAFF, "proposed_by decided_by"),
        "due_on": Shown(_("Due")), "reason": Free(_("Reason")), "decided_at": Shown(_("Decided")), "decision": Shown(_("Decision")),
        "keep_until": Shown(_("Kept until")),
    }),
    "signpost": Described(_("Services that you were told of"), {
        **withheld(OURS, f"id {_OF_CASE} service_id audience"), **withheld(STAFF, "noted_by"),
        "moment": Shown(_("When")), "how": Shown(_("How")), "noted_at": Shown(_("Noted")),
    }),
    "onward_referral": Described(_("Services that you were sent on to"), {
        **withheld(OURS, f"{_SHARED} referral_id service_id audience"), **withheld(STAFF, "consent_by made_by withdrawn_by"),
        **withheld(SAFETY, "token_hash nonce link_ends_at"), **withheld(NOT_THEIRS, "unfunded_at"),
        "reference": Shown(_("Reference")), "need": Shown(_("Need")), "area": Shown(_("Area")), "language": Shown(_("Language")),
        "consent_on": Shown(_("You agreed")), "consent_covers": Shown(_("Your agreement covers")), "made_at": Shown(_("Sent")),
        "accepted_at": Shown(_("Accepted")), "declined_at": Shown(_("Declined")), "decline_reason": Shown(_("Why it was declined")),
        "decline_note": Free(_("Note on that")), "withdrawn_at": Shown(_("Withdrawn")), "withdraw_reason": Shown(_("Why it was withdrawn")),
    }),
    "onward_outcome": Described(_("How it went there"), {
        **withheld(OURS, "id onward_referral_id force_id provider_id"), **withheld(STAFF, "recorded_by"),
        "months": Shown(_("Months afterwards")), "due_on": Shown(_("Due")), "outcome": Shown(_("Outcome")),
        "recorded_at": Shown(_("Recorded")),
    }),
    "legal_hold": Described(_("Legal holds"), whole=KEPT_BACK),
    "budget_draw": Described(_("Money of funders"), whole=NOT_THEIRS),
    "engagement_note": Described(_("Engagement notes"), whole=PROVIDER),
    "kept_apart": Described(_("People kept apart"), whole=OTHERS),
    "cohort": Described(_("Cohorts"), whole=OTHERS),
    "schedule_proposal": Described(_("Plans of cohorts"), whole=OTHERS),
    "workshop_change": Described(_("Changes of workshops"), whole=NOT_THEIRS),
    "held_upload": Described(_("Files of records systems"), whole=OTHERS),
    "feedback": Described(_("Feedback"), whole=NAMELESS),
    "feedback_sealed": Described(_("Feedback that is not released yet"), whole=WAITS),
}  # fmt: skip
