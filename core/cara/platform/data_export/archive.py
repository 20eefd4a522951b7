"""One ZIP: the same to read in a browser, in words, and to hand to another system, in codes. Its names say nothing of anybody."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from jinja2 import Environment

from cara.platform.data_export.columns import Section


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of what is held of somebody. `about`: the reference by which they are called; `controller`: who holds it."""

    about: str
    controller: str
    produced_on: date
    sections: tuple[Section, ...]
    happenings: Sequence[Mapping[str, str]] = ()


def pack(templates: Environment, copy: Copy) -> bytes:
    """The copy as one file, with nothing in it that names who made it."""
    page = templates.get_template("data_export/copy.html").render(
        copy=copy, happenings=[(date.fromisoformat(one["day"]), one["what"], one["by"]) for one in copy.happenings]
    )
    document = {
        "about": copy.about,
        "controller": copy.controller,
        "produced_on": copy.produced_on,
        "sections": [{"title": one.title, "records": one.records} for one in copy.sections],
        "happenings": copy.happenings,
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as into:
        into.writestr(_named("copy.html"), page)
        into.writestr(_named("copy.json"), json.dumps(_texts(document), ensure_ascii=False, indent=1))
    return made.getvalue()


def _named(name: str) -> zipfile.ZipInfo:
    """Without the hour, and readable by its owner alone."""
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o600 << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _texts(value: Any) -> Any:
    """Texts that wait for their language become plain ones, labels too."""
    if isinstance(value, Mapping):
        return {str(name): _texts(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(one) for one in value]
    return value if isinstance(value, int | float | bool | None) else str(value)
