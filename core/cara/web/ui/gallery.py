"""Every component in every state on one page, for eyes and for tests: obviously synthetic, never served.

python -m cara.web.ui.gallery gallery.html
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jinja2 import Environment

from cara import clock
from cara.api import Option, Question
from cara.web.ui import form_binding
from cara.web.ui.fragments import Deadline, Row, Tag
from cara.web.ui.jinja import environment
from cara.web.ui.layout import Flash, Frame, Place, Who

HERE = Path(__file__).parent

QUESTIONS = (
    Question("surname", "Family name", "text", "As on the custody record"),
    Question("born", "Date of birth", "date", "For example, 31 3 1980"),
    Question(
        "interpreter",
        "Does the person need an interpreter?",
        "yes_no_unknown",
    ),
    Question("language", "Which language?", "text", when=("interpreter", "yes"), width="20"),
    Question(
        "risk",
        "Risk to the victim",
        "choice",
        "The grade that the risk tool gave",
        (Option("standard", "Standard"), Option("medium", "Medium", "Only where the force has a dispensation")),
    ),
    Question(
        "needs",
        "What may help this person attend",
        "choices",
        "Select all that apply",
        (Option("health", "Health"), Option("learning", "Learning disability"), Option("other", "Something else")),
        required=False,
    ),
    Question("need_text", "What is it?", "long_text", when=("needs", "other")),
    Question("disposals", "Earlier cautions or convictions", "dates", "One date a line", required=False),
    Question("children", "Children in the household", "whole_number"),
    Question("admits", "Is the offence admitted?", "yes_no"),
    Question("notes", "Anything the provider should know", "long_text", required=False, max_length=500),
)

POSTED = {
    "surname": ["O’Neill-Ŵyn <b>"],
    "born-day": ["31"], "born-month": ["2"], "born-year": ["1990"],
    "interpreter": ["yes"],
    "needs": ["health", "other"],
    "need_text": ["first line\n  second line, set in"],
    "children": ["two"],
    "admits": ["yes"],
}  # fmt: skip

RULES = (
    ("E01", "Adult on the offence date", "met", "blocks", "36 on the offence date", "S2 “18+”"),
    ("E03", "Present or past intimate partners", "met", "blocks", "The two are, or were, intimate partners", "S2"),
    (
        "E04",
        "No domestic-abuse disposal in two years",
        "unknown",
        "blocks",
        "It is not recorded whether there is one",
        "S2",
    ),
    ("E09", "Standard risk", "not_met", "blocks", "Risk is medium; no instrument of this force admits that", "S2"),
    ("E10", "Victim’s views", "overridden", "blocks", "A supervisor overrode them, in the public interest", "S2"),
    ("E12", "Women’s diversion", "not_applicable", "advises", "Only for female offenders", "S0"),
)

FRAME = Frame(
    who=Who(
        "Sam Synthetic",
        "Hampshire and Isle of Wight Constabulary",
        "Referring officer",
        account="/account",
        switch=True,
    ),
    places=(Place("Your work", "/", current=True), Place("Cases", "/cases"), Place("Start a referral", "/new")),
    csrf="token",
    flashes=(
        Flash("Referral CARA-0042 was sent to the Hampton Trust."),
        Flash("Reference data is from 1 November 2026.", "notice"),
        Flash("Leicestershire is suspended: its plugin could not be loaded. You can read its cases.", "warning"),
    ),
    ribbon="Demonstration. Every person here is made up.",
    version="0.1.0",
)


def render(made: Environment) -> str:
    """The gallery as one HTML page."""
    reading = form_binding.read(QUESTIONS, POSTED)
    today = clock.today()
    rows = tuple(
        Row(f"/cases/{number}", (f"CARA-{number:04d}", name, tag, Deadline(today + timedelta(days=days)), owner))
        for number, name, tag, days, owner in (
            (41, "Synthetic, Alex", Tag("Referred"), 3, "PC 0001 Synthetic"),
            (42, "O’Neill-Ŵyn, Robin", Tag("Information asked for", "yellow"), -2, "PC 0002 Synthetic"),
            (43, "Synthetic, Jo", Tag("Accepted", "green"), 76, ""),
        )
    )
    entries = (
        {"title": "Accepted", "when": datetime(2026, 11, 20, 9, 5, tzinfo=UTC), "who": "Pat Synthetic, coordinator",
         "text": "First workshop offered in Southampton.", "tag": Tag("Accepted", "green")},
        {"title": "Referred to the Hampton Trust", "when": datetime(2026, 11, 18, 15, 40, tzinfo=UTC),
         "who": "Sam Synthetic, referring officer", "text": "", "tag": ""},
    )  # fmt: skip
    explained = {
        "outcome": "not_eligible",
        "pathway": None,
        "rules": [
            dict(zip(("id", "title", "outcome", "effect", "reason", "source"), rule, strict=True)) for rule in RULES
        ],
        "advice": ["Otherwise charge, or a simple caution.", "A women’s diversion may suit better."],
    }
    return made.get_template("gallery.html").render(
        frame=FRAME, questions=QUESTIONS, reading=reading, faults=reading.faults, rows=rows, entries=entries,
        explained=explained, today=today, soon=Deadline(today + timedelta(days=5)),
    )  # fmt: skip


def main(target: Path) -> None:
    """Write the gallery where a browser can open it as a file: addresses of static files become paths."""
    made = environment()
    made.globals["static"] = lambda name: (HERE / "static" / name).as_uri()
    target.write_text(render(made), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
