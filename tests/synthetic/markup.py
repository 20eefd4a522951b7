"""A page as a browser has it: elements, and the forms that somebody can fill in. Pure, on the standard library's parser."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
SENT_BY = frozenset({"submit", "image"})
CHOSEN = frozenset({"radio", "checkbox", "select"})


@dataclass(eq=False, slots=True)
class Element:
    """One element and what stands in it."""

    tag: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    children: "list[Element | str]" = field(default_factory=list)

    def walk(self) -> "Iterator[Element]":
        """This element and all beneath it, in the order of the page."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def above(self) -> "Iterator[Element]":
        """The elements that this one stands in, the nearest first."""
        found = self.parent
        while found is not None:
            yield found
            found = found.parent

    @property
    def text(self) -> str:
        """All words in it, as they were written."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def get(self, name: str) -> str:
        """An attribute, or nothing."""
        return self.attributes.get(name, "")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.here = Element("", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(made)
        if tag not in VOID:
            self.here = made

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        for element in (self.here, *self.here.above()):
            if element.tag == tag and element.parent is not None:
                self.here = element.parent
                return

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def read(html: str) -> Element:
    """The page's elements."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


@dataclass(frozen=True, slots=True)
class Control:
    """One input of a form. `options` are what a select offers; `revealed_by` the choice that shows it, where one does."""

    name: str
    kind: str
    value: str
    label: str
    options: tuple[str, ...] = ()
    chosen: bool = False
    number: bool = False
    revealed_by: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a page, as its markup has it."""

    action: str
    method: str
    kind: str
    controls: tuple[Control, ...]

    def choices(self) -> dict[str, list[tuple[str, str]]]:
        """Name → (kind, value) of all that may be chosen; an empty select option is a choice as well."""
        found: dict[str, list[tuple[str, str]]] = {}
        for one in self.controls:
            if one.kind in ("radio", "checkbox"):
                found.setdefault(one.name, []).append((one.kind, one.value))
            elif one.kind == "select":
                found.setdefault(one.name, []).extend(("select", option) for option in one.options)
            elif one.kind in SENT_BY and one.name:
                found.setdefault("the button", []).append(("submit", f"{one.name}={one.value}"))
        return found

    @property
    def shape(self) -> tuple[tuple[str, str], ...]:
        """What it asks, whatever its hidden fields hold."""
        return tuple(sorted({(one.name, one.kind) for one in self.controls if one.kind != "hidden"}))


def forms_of(page: Element, address: str) -> list[Form]:
    """All forms of a page at `address`, in its order."""
    labels = _labels(page)
    reveals = _reveals(page)
    return [_form(element, address, labels, reveals) for element in page.walk() if element.tag == "form"]


def _form(element: Element, address: str, labels: dict[str, str], reveals: dict[str, tuple[str, str]]) -> Form:
    controls = tuple(
        control
        for each in element.walk()
        if each.get("name") and "disabled" not in each.attributes
        for control in _control(each, labels, reveals)
    )
    kind = element.get("enctype") or "application/x-www-form-urlencoded"
    return Form(element.get("action") or address, element.get("method").lower() or "get", kind, controls)


def _control(each: Element, labels: dict[str, str], reveals: dict[str, tuple[str, str]]) -> Iterator[Control]:
    name, label = each.get("name"), labels.get(each.get("id"), "")
    shown = tuple(reveals[one.get("id")] for one in each.above() if one.get("id") in reveals)
    if each.tag == "select":
        options = [one for one in each.walk() if one.tag == "option"]
        values = tuple(one.attributes.get("value", one.text.strip()) for one in options)
        chosen = next((v for v, one in zip(values, options, strict=True) if "selected" in one.attributes), "")
        yield Control(name, "select", chosen, label, options=values, revealed_by=shown)
    elif each.tag == "textarea":
        yield Control(name, "textarea", each.text.removeprefix("\n"), label, revealed_by=shown)
    elif each.tag == "button":
        yield Control(name, each.get("type") or "submit", each.get("value"), each.text.strip())
    elif each.tag == "input":
        kind = each.get("type") or "text"
        value = each.attributes.get("value", "on" if kind in ("radio", "checkbox") else "")
        number = each.get("inputmode") in ("numeric", "decimal")
        yield Control(
            name, kind, value, label, chosen="checked" in each.attributes, number=number, revealed_by=shown
        )  # fmt: skip


def _labels(page: Element) -> dict[str, str]:
    return {one.get("for"): " ".join(one.text.split()) for one in page.walk() if one.tag == "label" and one.get("for")}


def _reveals(page: Element) -> dict[str, tuple[str, str]]:
    """Id of what is hidden → the choice that shows it."""
    return {
        one.get("data-aria-controls"): (one.get("name"), one.get("value"))
        for one in page.walk()
        if one.tag == "input" and one.get("data-aria-controls")
    }


REFERS = (
    "for",
    "aria-describedby",
    "aria-labelledby",
    "aria-controls",
    "data-aria-controls",
    "headers",
    "list",
    "form",
)
LABELLED = frozenset({"input", "select", "textarea"})


def faults_of_ids(page: Element) -> Iterator[str]:
    """What is wrong with a page's ids: one that is there twice, a reference that leads nowhere, a field without a label."""
    seen: dict[str, Element] = {}
    for one in page.walk():
        if "id" in one.attributes:
            if one.get("id") in seen or not one.get("id"):
                yield f"the id {one.get('id')!r} is there twice"
            seen[one.get("id")] = one
    labels = {one.get("for") for one in page.walk() if one.tag == "label"}
    for one in page.walk():
        for name in REFERS:
            for target in one.get(name).split():
                if target not in seen:
                    yield f"{name}={target!r} of <{one.tag}> leads nowhere"
        if one.get("href").startswith("#") and one.get("href")[1:] not in seen:
            yield f"the link {one.get('href')!r} leads nowhere"
        if one.tag == "label" and (led := seen.get(one.get("for"))) is not None and led.tag not in LABELLED:
            yield f"the label for {one.get('for')!r} leads to a <{led.tag}>"
        if one.tag in LABELLED and one.get("type") not in ("hidden", "submit") and not _named(one, labels):
            yield f"<{one.tag} name={one.get('name')!r}> has no label"


def _named(one: Element, labels: set[str]) -> bool:
    within = any(above.tag == "label" for above in one.above())
    return within or bool(one.get("aria-label") or one.get("aria-labelledby")) or one.get("id") in labels


def summary_links(page: Element) -> list[str]:
    """Where the lines of an error summary lead."""
    boxes = [one for one in page.walk() if "govuk-error-summary" in one.get("class").split()]
    return [one.get("href") for box in boxes for one in box.walk() if one.tag == "a"]
