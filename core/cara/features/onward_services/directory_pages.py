"""Pages of the directory: for each audience a list, an entry, and what the force does with it. No page knows both audiences."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from cara.errors import CaraError
from cara.features.onward_services import directory
from cara.features.onward_services.directory_form import REVIEW, answers, entry, next_review, questions
from cara.features.onward_services.models import OnwardService
from cara.features.onward_services.vocabulary import NEEDS, NEEDS_OF, OFFENDER, PAGES, RESOURCES, VICTIM
from cara.features.referrals.queries import served
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, once_or_again, one_form
from cara.web.pages.page import Asked, Form, Page, once, page
from cara.web.routing import get, post
from cara.web.ui import form_binding
from cara.web.ui.fragments import Row, Tag

TITLES: Mapping[str, str] = {
    OFFENDER: _("Services for people on the course"), VICTIM: _("Services for victims")
}  # fmt: skip
COLUMNS = (_("Service"), _("Helps with"), _("Areas"), _("Languages"), _("To look at again"))


def forces_of(w: Work) -> list[str]:
    """The forces whose directory the actor may read: their own; of a provider those whose cases it has; of a victim service
    those whose arrangement gives it the contact with victims."""
    if w.reach == "own_force":
        return [w.actor.force or ""]
    return served(w) if w.reach == "own_provider" else directory.contacted(w)


def _labels(values: Sequence[str], known: Mapping[str, str]) -> str:
    return ", ".join(str(known.get(one, one)) for one in values)


def _row(audience: str, one: OnwardService, areas: Mapping[str, str], today: date) -> Row:
    review = (
        Tag(gettext("Never looked at by the force") if one.review_by is None else gettext("Overdue"), "orange")
        if directory.overdue(one, today)
        else one.review_by
    )
    return Row(
        f"/services/{PAGES[audience]}/{one.reference}",
        (
            one.name, _labels(one.needs, NEEDS), _labels(one.areas, areas) or gettext("The whole force"),
            ", ".join(one.languages) or gettext("English"), review,
        ),
    )  # fmt: skip


def _made(audience: str) -> tuple[HTTPRouteHandler, ...]:
    resource, base = RESOURCES[audience], f"/services/{PAGES[audience]}"
    title = TITLES[audience]

    @get(base, does=(resource, "list"), name=f"list_{resource}")
    def listed(request: Asked, force: str = "", area: str = "", need: str = "", language: str = "") -> Page:
        """The force's services, those that fit."""
        with work(request) as w:
            forces = forces_of(w)
            chosen = force if force in forces else next(iter(forces), "")
            areas = directory.areas(w, chosen)
            found = directory.services(w, chosen, audience, area=area, need=need, language=language)
            everything = directory.services(w, chosen, audience)
            may_add = w.actor.may(resource, "add")
            today = w.today
        spoken = sorted({each for one in everything for each in (one.languages or ["English"])})
        return page(
            request, "onward_services/services.html", heading=title, base=base, columns=COLUMNS, may_add=may_add,
            rows=[_row(audience, one, areas, today) for one in found], any=bool(everything),
            overdue=sum(directory.overdue(one, today) for one in everything) if may_add else 0,
            filters=(
                *(((("force", _("Force"), {one: FORCES[one].short_name for one in forces}, chosen)),) if len(forces) > 1 else ()),
                *((("area", _("Area"), {"": _("Any")} | areas, area),) if areas else ()),
                ("need", _("Helps with"), {"": _("Any")} | {one: NEEDS[one] for one in NEEDS_OF[audience]}, need),
                ("language", _("Language"), {"": _("Any")} | {one: one for one in spoken}, language),
            ),
        )  # fmt: skip

    def asked(request: Asked, path: str, sent: Form | None, error: CaraError | None, reference: str = "") -> Page:
        """The form of a new entry, or of one that is there."""
        with work(request) as w:
            one = directory.service(w, reference, audience, forces_of(w)) if reference else None
            asking = questions(audience, directory.areas(w, w.actor.force or ""))
            known = answers(one, w.today) if one else {"review_by": next_review(None, w.today)}
        typed = form_binding.read(asking, sent).typed if sent else form_binding.fill(asking, known)
        return one_form(
            request, one.name if one else gettext("Add a service"), path, asking, back=f"{base}/{reference}" if one else base,
            typed=typed, version=one.version if one else None, error=error, button=gettext("Save"),
        )  # fmt: skip

    def sent_to(w: Work, form: Form) -> tuple[date, dict[str, Any]]:
        return entry(answers_of(questions(audience, directory.areas(w, w.actor.force or "")), form))

    @get(f"{base}/new", does=(resource, "add"), name=f"new_{resource}")
    def new(request: Asked) -> Page:
        return asked(request, f"{base}/new", None, None)

    @post(f"{base}/new", does=(resource, "add"), name=f"add_{resource}", opt=unsaved_forms.KEEPS)
    def add(request: Asked, form: Form) -> Page | Redirect:
        def act(w: Work) -> str:
            reference = directory.add(w, w.actor.force or "", audience, *sent_to(w, form))
            return f"{base}/{reference}?done=added"

        return once_or_again(request, form, act, lambda error: asked(request, f"{base}/new", form, error))

    @get(f"{base}/{{reference:str}}", does=(resource, "read"), name=f"read_{resource}")
    def read(request: Asked, reference: str) -> Page:
        """One entry: what it does, for whom, and how it is reached."""
        with work(request) as w:
            one = directory.service(w, reference, audience, forces_of(w))
            areas = directory.areas(w, one.force_id)
            may = {deed for deed in ("change", "review", "end") if w.actor.may(resource, deed) and not one.ended_at}
            today = w.today
        return page(
            request, "onward_services/service.html", one=one, base=base, list_title=title, may=may, key=new_token(),
            force=FORCES[one.force_id].short_name, sent_on=audience == OFFENDER,
            needs=_labels(one.needs, NEEDS), areas=_labels(one.areas, areas), overdue=directory.overdue(one, today) and not one.ended_at,
        )  # fmt: skip

    @get(f"{base}/{{reference:str}}/change", does=(resource, "change"), name=f"edit_{resource}")
    def edit(request: Asked, reference: str) -> Page:
        return asked(request, f"{base}/{reference}/change", None, None, reference)

    @post(
        f"{base}/{{reference:str}}/change",
        does=(resource, "change"),
        name=f"change_{resource}",
        opt=unsaved_forms.KEEPS,
    )
    def change(request: Asked, form: Form, reference: str) -> Page | Redirect:
        def act(w: Work) -> str:
            one = directory.service(w, reference, audience, forces_of(w))
            directory.change(w, one, form.version, *sent_to(w, form))
            return f"{base}/{reference}?done=saved"

        path = f"{base}/{reference}/change"
        return once_or_again(request, form, act, lambda error: asked(request, path, form, error, reference))

    def reviewing(request: Asked, reference: str, sent: Form | None = None, error: CaraError | None = None) -> Page:
        with work(request) as w:
            one = directory.service(w, reference, audience, forces_of(w))
            known = {"review_by": next_review(one.review_by, w.today)}
        typed = form_binding.read((REVIEW,), sent).typed if sent else form_binding.fill((REVIEW,), known)
        return one_form(
            request, one.name, f"{base}/{reference}/review", (REVIEW,), back=f"{base}/{reference}", typed=typed, version=one.version,
            error=error, button=gettext("It is right as it stands"),
            told=(gettext("Ring the service, or read its own page, before you say so."),),
        )  # fmt: skip

    @get(f"{base}/{{reference:str}}/review", does=(resource, "review"), name=f"look_at_{resource}")
    def look(request: Asked, reference: str) -> Page:
        return reviewing(request, reference)

    @post(
        f"{base}/{{reference:str}}/review",
        does=(resource, "review"),
        name=f"review_{resource}",
        opt=unsaved_forms.KEEPS,
    )
    def review(request: Asked, form: Form, reference: str) -> Page | Redirect:
        def act(w: Work) -> str:
            one = directory.service(w, reference, audience, forces_of(w))
            directory.review(w, one, form.version, date.fromisoformat(answers_of((REVIEW,), form)["review_by"]))
            return f"{base}/{reference}?done=saved"

        return once_or_again(request, form, act, lambda error: reviewing(request, reference, form, error))

    @post(f"{base}/{{reference:str}}/end", does=(resource, "end"), name=f"end_{resource}")
    def end(request: Asked, form: Form, reference: str) -> Redirect:
        form.only()

        def act(w: Work) -> str:
            directory.end(w, directory.service(w, reference, audience, forces_of(w)), form.version)
            return f"{base}?done=ended"

        return once(request, form, act)

    return listed, new, add, read, edit, change, look, review, end


ROUTES = tuple(route for audience in PAGES for route in _made(audience))
