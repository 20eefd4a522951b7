"""The peer's template environment: CARA's own layout, compiled once, with Django's translations."""

from datetime import date
from functools import lru_cache
from typing import Any

from cara.web.ui.fragments import moment
from cara.web.ui.jinja import TEMPLATES, Govuk
from cara.web.ui.static_files import Static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from markupsafe import Markup


def environment(**options: Any) -> Environment:
    """For Django's Jinja2 backend."""
    options["loader"] = ChoiceLoader([options["loader"], FileSystemLoader(TEMPLATES)])
    made = Environment(  # noqa: S701 - the backend passes autoescape=True
        **options, extensions=["jinja2.ext.i18n", "jinja2.ext.do"], trim_blocks=True, lstrip_blocks=True
    )
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {"govuk": Govuk(), "static": Static().url, "deadline": deadline, "day": day, "moment": moment}
    return made


def deadline(value: date, near: int) -> Markup:
    """A day both ways, as CARA draws it; drawn ones are kept, as CARA does."""
    return _deadline(value, timezone.localdate(), near)


def day(value: date) -> Markup:
    """A day both ways, with nothing to say of how near it is."""
    return _deadline(value, timezone.localdate(), None)


@lru_cache(maxsize=2048)
def _deadline(value: date, today: date, near: int | None) -> Markup:
    left = (value - today).days
    urgency = "" if near is None else " cara-day--past" if left < 0 else " cara-day--near" if left <= near else ""
    words = {-1: gettext("yesterday"), 0: gettext("today"), 1: gettext("tomorrow")}
    relative = words.get(left) or (
        ngettext("in %(n)d day", "in %(n)d days", left) % {"n": left}
        if left > 0
        else ngettext("%(n)d day ago", "%(n)d days ago", -left) % {"n": -left}
    )
    return Markup(
        '<time class="cara-day{}" datetime="{}"><b class="cara-day__near">{}</b> <span class="cara-day__full">{}</span></time>'
    ).format(urgency, value.isoformat(), relative, date_format(value, "l j F Y"))
