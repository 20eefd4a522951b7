"""The template environment: strict for our own pages, lenient inside govuk-frontend's macros, which count on it."""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    ChainableUndefined,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
)
from markupsafe import Markup

from cara import dates, i18n
from cara.i18n import gettext, ngettext
from cara.web.ui import form_binding, fragments
from cara.web.ui.static_files import Static

TEMPLATES = Path(__file__).parent / "templates"


def environment(template_dirs: Mapping[str, Path] | None = None, static: Static | None = None) -> Environment:
    """An environment in which `page.html` and `components/…` are ours and `<prefix>/…` comes from each room's folder.

    A name that a template misspells raises; every value is escaped; texts pass through gettext.
    """
    rooms = PrefixLoader({prefix: FileSystemLoader(folder) for prefix, folder in (template_dirs or {}).items()})
    made = Environment(
        loader=ChoiceLoader([rooms, FileSystemLoader(TEMPLATES)]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {
        "_": translated,
        "govuk": Govuk(),
        "static": (static or Static()).url,
        "tag": fragments.Tag,
        "deadline": fragments.Deadline,
        "day": fragments.day,
        "moment": fragments.moment,
        "cell": fragments.cell,
        "worklist_rows": fragments.worklist_rows,
        "forms": form_binding,
    }
    made.filters |= {"relative": dates.relative, "absolute": dates.absolute, "plain_date": dates.plain}
    return made


def translated(message: str, /, **named: Any) -> Markup:
    """`_` in a template: what the i18n extension makes of it, at a seventh of the cost. What is named is escaped."""
    return Markup(gettext(message)) % named if named else _plain(message, i18n.LOCALE)  # noqa: S704 our own words


@lru_cache(maxsize=2048)
def _plain(message: str, _locale: str) -> Markup:
    return Markup(gettext(message)) % {}  # noqa: S704 our own words


class Govuk:
    """govuk-frontend's macros by component: `govuk.date_input({...})` is its `govukDateInput`."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            autoescape=True,
            undefined=ChainableUndefined,
            auto_reload=False,
        )
        # Its macros indent what they nest, which would add spaces to every line typed into a textarea.
        self._environment.filters["indent"] = lambda text, *_, **__: text
        self.component = cache(self._component)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.component(name)

    def _component(self, name: str) -> Callable[..., Any]:
        words = name.split("_")
        template = self._environment.get_template(f"govuk_frontend_jinja/components/{'-'.join(words)}/macro.html")
        macro: Callable[..., Any] = getattr(template.module, "govuk" + "".join(word.capitalize() for word in words))
        return macro
