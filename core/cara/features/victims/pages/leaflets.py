"""Leaflets for somebody who was harmed, to print and hand over: a folder of texts per language. Neither address, title nor
file says what they are about; whoever finds one learns nothing of anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from cara.errors import NotFound
from cara.web.pages.page import Asked, Page, page
from cara.web.routing import get

FOLDER: Final = Path(__file__).parent / "leaflets"
LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "cy": "Cymraeg"}


@dataclass(frozen=True, slots=True)
class Leaflet:
    """One leaflet in one language: `slug` is its address."""

    slug: str
    language: str
    title: str
    paragraphs: tuple[str, ...]


@lru_cache(maxsize=1)
def leaflets() -> Mapping[str, Leaflet]:
    """All of them by slug, such as `contact-en`."""
    found = {}
    for language in LANGUAGES:
        for file in sorted((FOLDER / language).glob("*.txt")):
            heading, *paragraphs = file.read_text("utf-8").strip().split("\n\n")
            slug = f"{file.stem}-{language}"
            found[slug] = Leaflet(slug, language, heading.removeprefix("Title: "), tuple(paragraphs))
    return found


@get("/information", public="leaflets are for anybody to read")
def list_leaflets(request: Asked) -> Page:
    return page(request, "victims/leaflets.html", leaflets=leaflets().values(), languages=LANGUAGES)


@get("/information/{slug:str}", public="leaflets are for anybody to read")
def read_leaflet(request: Asked, slug: str) -> Page:
    """One leaflet, as it is printed."""
    found = leaflets().get(slug)
    if found is None:
        raise NotFound
    return page(request, "victims/leaflet.html", leaflet=found)


ROUTES = (list_leaflets, read_leaflet)
