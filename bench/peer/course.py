"""The peer's board of deadlines and its register: the same rows, the same pure rules, the same words, one transaction each."""

import secrets
from collections import Counter
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from cara.features.course.records.rules import (
    OUTCOMES,
    REASONS,
    RISKS,
    SEAT_WANTED,
    TELEPHONE_NEEDS,
    chances_left,
    missed,
    risk,
)
from cara.features.referrals.states import LABELS, state_of
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import get_template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as lazy

from peer.cases import COLOURS, frame
from peer.models import (
    Attendance,
    BreachDecision,
    Cohort,
    ForceArrangement,
    Place,
    Referral,
    Venue,
    VictimHold,
    Workshop,
)
from peer.unit import Actor, reach_of, work

PAGE = 25
FILTERS = {
    "all": lazy("All in the course"),
    "due": lazy("Due within a week"),
    "risk": lazy("At risk"),
    "passed": lazy("Passed"),
}
COLUMNS = (lazy("Case"), lazy("Person"), lazy("Stands at"), lazy("Workshop A"), lazy("Workshop B"), lazy("Complete by"),
           lazy("At risk because"))  # fmt: skip
NOT_OVER = Q(
    accepted_at__isnull=False, completed_at=None, breached_at=None, closed_at=None, superseded_at=None, withdrawn_at=None,
    returned_at=None, declined_at=None,
)  # fmt: skip
NO_SEAT = Q(b_on=None, booked_at=None, telephone_at=None)
BOARD = (
    "id", "reference", "force_id", "complete_by", "authorisation_needed", "authorised_at", "declined_at", "referred_at", "asked_at",
    "accepted_at", "returned_at", "withdrawn_at", "superseded_at", "offered_at", "booked_at", "telephone_at", "a_on", "b_on",
    "reported_at", "breached_at", "closed_at", "completed_at", "offender__surname", "offender__forenames",
)  # fmt: skip
COURSE_COLOURS = COLOURS | {"offered": "orange", "booked": "teal", "attended_a": "teal", "by_telephone": "teal",
                            "breach_review": "orange"}  # fmt: skip


def _own(actor: Actor) -> dict[str, Any]:
    return {"force_id": actor.force} if actor.capacity == "force" else {"provider_id": actor.organisation}


def deadlines(request: HttpRequest) -> HttpResponse:
    show, today = request.GET.get("show", "all"), timezone.localdate()
    if show not in FILTERS:
        raise Http404
    narrowed = {
        "all": Q(),
        "due": Q(complete_by__range=(today, today + timedelta(7))),
        "passed": Q(complete_by__lt=today),
        "risk": Q(complete_by__lt=today, b_on=None)
        | Q(reported_at__isnull=False)
        | Q(b_on=None, id__in=VictimHold.objects.filter(released_at=None).values("referral_id"))
        | Q(b_on=None, telephone_at__isnull=False, complete_by__lte=today + timedelta(TELEPHONE_NEEDS))
        | NO_SEAT & Q(a_on__isnull=False)
        | NO_SEAT & Q(complete_by__lte=today + timedelta(SEAT_WANTED)),
    }[show]
    with work(request, "course", "list") as actor:
        found = Referral.objects.filter(NOT_OVER, narrowed, **_own(actor)).order_by("complete_by", "id")
        rows = [SimpleNamespace(**row, days={}, risk="", state="") for row in found.values(*BOARD)[: PAGE + 1]]
        shown = rows[:PAGE]
        _add_risks(shown, today)
        actor.record("consultation", "course.listed", shown=[str(row.id) for row in shown], codes={"found": len(shown)})
    for row in shown:
        row.state = state_of(row)
    context = {
        "frame": frame(request, actor), "rows": shown, "columns": COLUMNS, "filters": FILTERS, "show": show, "labels": LABELS,
        "colours": COURSE_COLOURS, "risks": RISKS,
        "following": f"{shown[-1].complete_by.isoformat()}.{shown[-1].id}" if len(rows) > PAGE else "",
    }  # fmt: skip
    return HttpResponse(get_template("deadlines.html").render(context))


def _add_risks(shown: list[Any], today: Any) -> None:
    by_number = {row.id: row for row in shown}
    seats = Place.objects.filter(referral_id__in=by_number, booked_at__isnull=False, refused_at=None, released_at=None)
    for number, only_b, part, day in seats.values_list(
        "referral_id", "only_b", "cohort__workshops__part", "cohort__workshops__day"
    ):
        if not (only_b and part == "A"):
            by_number[number].days[part] = day
    lines = list(
        Attendance.objects.filter(referral_id__in=by_number).values_list(
            "id", "corrects", "referral_id", "part", "outcome", "reason_code"
        )
    )
    corrected = {line[1] for line in lines}
    used = Counter(
        number
        for one, _corrects, number, part, outcome, reason in lines
        if one not in corrected and part == "A" and missed(outcome, reason)
    )
    given = Counter(
        BreachDecision.objects.filter(referral_id__in=by_number, report_id__isnull=False)
        .exclude(decision="prosecute")
        .values_list("referral_id", flat=True)
    )
    held = set(
        VictimHold.objects.filter(referral_id__in=by_number, released_at=None).values_list("referral_id", flat=True)
    )
    settled = {
        one.force_id: int(one.profile.get("chances_at_a", 1))
        for one in ForceArrangement.objects.filter(force_id__in={row.force_id for row in shown})
    }
    for row in shown:
        row.risk = risk(
            today, row.complete_by, a_on=row.a_on, b_on=row.b_on, next_a=row.days.get("A"), next_b=row.days.get("B"),
            telephone=row.telephone_at is not None, held=row.id in held, reported=row.reported_at is not None,
            chances=chances_left(used[row.id], settled.get(row.force_id, 1), given[row.id]),
        )  # fmt: skip


def show_register(request: HttpRequest, reference: str, part: str) -> HttpResponse:
    part = part.upper()
    with work(request, "register", "read") as actor:
        cohort = Cohort.objects.filter(reference=reference, **_own(actor)).first()
        if cohort is None:
            raise Http404
        room = {one.part: one for one in Workshop.objects.filter(cohort_id=cohort.id)}[part]
        lines = list(Attendance.objects.filter(workshop_id=room.id).order_by("id"))
        corrected = {line.corrects for line in lines}
        written = {line.referral_id: line for line in lines if line.id not in corrected}
        sitting = (
            Place.objects.filter(cohort_id=cohort.id, refused_at=None, released_at=None)
            .select_related("referral", "referral__offender")
            .only(
                "booked_at", "only_b", "referral__reference", "referral__offender__surname", "referral__offender__forenames",
                "referral__offender__phone",
            )
            .order_by("referral__offender__surname", "referral__offender__forenames", "referral_id")
        )  # fmt: skip
        rows = [
            (one.referral, one.referral.offender.surname, one.referral.offender.forenames, one.referral.offender.phone)
            for one in sitting
            if one.booked_at and not (part == "A" and one.only_b)
        ]
        rows.sort(key=lambda row: (row[1].casefold(), row[2].casefold(), row[0].id))
        numbers = [row[0].id for row in rows]
        holds = VictimHold.objects.filter(referral_id__in=numbers)
        held = set(holds.filter(released_at=None).values_list("referral_id", flat=True))
        care = set(
            holds.filter(released_at__isnull=False, advice_before_b=True).values_list("referral_id", flat=True)
        ) if part == "B" else set()  # fmt: skip
        venue = Venue.objects.get(id=room.venue_id)
        may = reach_of(actor.capacity, actor.roles, "register", "record")
        actor.record(
            "consultation", "register.read", subject=("cohort", str(cohort.id)), provider=cohort.provider_id,
            force=cohort.force_id, shown=[str(number) for number in numbers],
        )  # fmt: skip
    context = {
        "frame": frame(request, actor), "cohort": cohort, "room": room, "part": part, "rows": rows, "written": written, "held": held,
        "care": care, "venue": venue, "open": room.day <= timezone.localdate() and not cohort.cancelled_at and may,
        "values": {number: written[number].outcome if number in written else "" for number in numbers}, "choices": _choices(),
        "key": secrets.token_urlsafe(32), "day_text": date_format(room.day, "l j F Y"), "faults": (), "why": "",
    }  # fmt: skip
    return HttpResponse(get_template("register.html").render(context))


def _choices() -> list[tuple[str, list[tuple[str, str]]]]:
    plain = [(key, str(one.label)) for key, one in OUTCOMES.items() if not one.reasons]
    return [("", plain)] + [
        (str(one.label), [(f"{key}.{reason}", str(REASONS[reason])) for reason in one.reasons])
        for key, one in OUTCOMES.items()
        if one.reasons
    ]
