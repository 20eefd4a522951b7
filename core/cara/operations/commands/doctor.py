"""`cara doctor`: every check, in order, and what is printed of it.

A check yields findings; one that cannot be made is itself a finding, and the others go on. `ok` and `warn` exit with 0,
`fail` with 1; `skip` is a check for which there is nothing to look at.
"""

import contextlib
import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from cara.errors import CaraError
from cara.operations.doctor import machine_checks, service_checks
from cara.operations.doctor.checks import RANK, Check, Finding, Found, NotChecked, Patient
from cara.settings import Settings

CHECKS: Final[tuple[tuple[str, str, Check], ...]] = (
    ("assets", "Page styles and standing data are those that this version names.", machine_checks.assets),
    ("database", "It answers, its schema is this version’s and its file is whole.", machine_checks.database),
    ("logins", "Each has what it needs, and no more.", machine_checks.logins),
    ("offences", "", machine_checks.offences),
    ("ledger", "Whole.", machine_checks.ledger),
    ("roots", "One of the ledger was exported when it was due.", machine_checks.exported_roots),
    ("keys", "Private, and apart from the database.", machine_checks.keys),
    ("files", "Nobody else on this machine can read the database.", machine_checks.files),
    ("plugins", "All that are expected load.", service_checks.plugins),
    ("forces", "None is suspended.", service_checks.suspended),
    ("licences", "Every force with cases has a licensed provider.", service_checks.licences),
    ("cover", "Every force with cases names a duty supervisor and a cover address.", service_checks.cover),
    ("sign-in", "Every credential that CARA needs at a sign-in service is there.", service_checks.credentials),
    ("flood limits", "Nobody was refused.", service_checks.flood),
    ("jobs", "None failed on this machine.", service_checks.jobs),
    ("demonstration", "Off.", service_checks.demonstration),
    ("links", "The host name in them tells nothing.", service_checks.links),
    ("clock", "London’s time is known.", service_checks.clocks),
)
"""Name, what is said when a check finds nothing, and the check. Settings come before all of them."""


def examine(settings: Settings) -> list[Found]:
    """Make every check and return what was found, in order."""
    found = [Found("settings", "ok", "They can be read, and fit together.")]
    patient = Patient(settings)
    try:
        for name, fine, check in CHECKS:
            found += [Found(name, *one) for one in _made(check, patient)] or [Found(name, "ok", fine)]
    finally:
        patient.close()
    return found


def _made(check: Check, patient: Patient) -> list[Finding]:
    try:
        return list(check(patient))
    except NotChecked as error:
        return [("skip", str(error), "")]
    except CaraError as error:
        return [("fail", error.message, "")]
    except Exception as error:  # noqa: BLE001, RUF100 - the other checks must be made whatever this one met
        return [
            ("fail", f"This could not be checked: {type(error).__name__}.", "Mend what fails above, then look again.")
        ]


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: Namespace) -> int:
    """Prints what was found. 0 nothing fails, 1 something does."""
    # What a plugin prints while it loads must not get into the document.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            found = examine(Settings.load())
        except CaraError as error:
            found = [Found("settings", "fail", error.message)]
    worst = max((one.status for one in found), key=RANK.__getitem__)
    if args.json:
        print(json.dumps({"status": worst, "checks": [asdict(one) for one in found]}))  # noqa: T201
    else:
        print(*_lines(found), sep="\n")  # noqa: T201
    return 1 if worst == "fail" else 0


def _lines(found: list[Found]) -> Iterator[str]:
    for one in found:
        yield f"{one.status:<5} {one.name:<14} {one.message}"
        if one.todo:
            yield f"{'':<20} → {one.todo}"
    wrong = sum(one.status == "fail" for one in found)
    advised = sum(one.status == "warn" for one in found)
    yield ""
    yield (
        "All is well." if not wrong and not advised
        else f"{wrong} to mend, {advised} to look at." if wrong
        else f"It works. {advised} to look at."
    )  # fmt: skip
