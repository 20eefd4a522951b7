"""Synthetic exports for tests, with the counts that they must give. Every name and number is made up."""

import csv
import io
from collections.abc import Iterable
from random import Random

HEADER = (
    "Crime Reference",
    "OFFENCE CATEGORY",
    "offence date",
    "CautionDate",
    "Surname",
    "forenames",
    "date of birth",
    "Sex",
    "Relationship",
    "RISK",
    "Admits Offence",
    "victim agrees",
    "Phone",
    "Postcode",
    "Interpreter Language",
    "Officer Notes",
)
SURNAMES = ("O'Neill-Synthetic", "O’Testham", "Éxample", "=SUM(Synthetic)", "@Testing", "Ñúñez-Synthetic", "-Hyphen")


def row(number: int, **changed: str) -> dict[str, str]:
    """A good row of its own identity; `changed` by the names of `HEADER`, underscores for spaces."""
    random = Random(number)  # noqa: S311
    cells = {
        "Crime Reference": f"SYN/{number:06}/26",
        "OFFENCE CATEGORY": random.choice(("common assault", "Criminal Damage", "HARASSMENT", "burglary")),
        "offence date": random.choice(("01/04/2026", "2026-04-01", "1/4/2026")),
        "CautionDate": "20/04/2026",
        "Surname": random.choice(SURNAMES),
        "forenames": f"Zoë Synthetic{number}",
        "date of birth": f"{1 + number % 28:02}/{1 + number % 12:02}/{1960 + number % 40}",
        "Sex": random.choice(("M", "female", "Other", "")),
        "Relationship": random.choice(("Ex-Partner", "wife", "brother", "")),
        "RISK": random.choice(("Standard", "MEDIUM", "")),
        "Admits Offence": random.choice(("Y", "no", "")),
        "victim agrees": random.choice(("Yes", "N", "not known")),
        "Phone": "+44 7700 900123",
        "Postcode": random.choice(("SO14 2AA", "zz99zz", ""))[:8].replace("zz99zz", "SO14"),
        "Interpreter Language": random.choice(("", "None", "Português")),
        "Officer Notes": random.choice(("", "two\nlines", '=HYPERLINK("x")')),
    }
    return cells | {name.replace("_", " "): value for name, value in changed.items()}


def export(
    rows: Iterable[dict[str, str] | None],
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
    header: Iterable[str] = HEADER,
) -> bytes:
    """The rows as a file; None is a blank line."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(header)
    for each in rows:
        if each is None:
            out.write("\r\n")
        else:
            writer.writerow([each[name] for name in header])
    return out.getvalue().encode(encoding)


def mixed(count: int) -> tuple[list[dict[str, str] | None], dict[str, int]]:
    """About `count` rows of every kind in a fixed disorder, and what they come to."""
    rows: list[dict[str, str] | None] = []
    counts = {"read": 0, "accepted": 0, "rejected": 0, "duplicates": 0}
    for number in range(count):
        kind = number % 10
        if kind == 3:
            rows.append(row(number, Surname="", date_of_birth="31/02/1990"))  # two faults
            counts["rejected"] += 1
        elif kind == 5:
            rows.append(row(number - 5))  # an exact repeat of a row above
            counts["duplicates"] += 1
        elif kind == 7:
            rows.append(row(number - 7, RISK="high"))  # a changed repeat
            counts["duplicates"] += 1
        else:
            rows.append(row(number))
            counts["accepted"] += 1
        if kind in (2, 8):
            rows.append(None)
        if kind == 9:
            rows.append(dict.fromkeys(HEADER, " "))
    counts["read"] = count
    return rows, counts
