"""Run the command `cara`: a table of commands, each imported only when it is the one that was asked for.

A command's module has `add_arguments(parser)` and `run(args) -> int`. Exit codes: 0 done, 1 the input has faults
or something is not as it must be, 2 the command was used wrongly, 130 interrupted. Never a traceback, unless
CARA_DEBUG=1.
"""

import json
import os
import re
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from typing import Final

from cara.errors import BadInput, CaraError, Fault, ForceSuspended, Misconfigured
from cara.feature import Command
from cara.operations import composition
from cara.operations.features import CORE, enabled

_OWN: Final = (
    Command("demo", "run the platform with invented cases and practice sign-in", "cara.demo.commands", 10),
    Command("serve", "run the platform", "cara.operations.serve", 20),
    Command("plugins", "list the force plugins, or check that each loads", "cara.operations.commands.forces", 40),
    Command(
        "work",
        "do what is due: send messages; for a timer, or beside several processes",
        "cara.operations.commands.correspondence",
        80,
    ),
    Command("db", "bring the database to this version's schema", "cara.operations.commands.storage", 90),
    Command("backup", "write the whole database, as it stands, into one file", "cara.operations.backup.write", 100),
    Command("restore", "bring a backup back into an empty installation", "cara.operations.backup.restore", 110),
    Command(
        "keys",
        "change a force's key, check the keys, keep a copy of them elsewhere",
        "cara.operations.backup.key_commands",
        120,
    ),
    Command("ledger", "verify or seal the record of who did what", "cara.operations.commands.ledger", 130),
    Command("reference", "refresh the offence codes", "cara.operations.commands.reference", 140),
    Command("assets", "fetch page styles and reference data again", "cara.operations.assets", 150),
    Command(
        "doctor", "say what is wrong with this installation, and what to do", "cara.operations.commands.doctor", 160
    ),
)
"""What belongs to no feature."""
COMMANDS: Final = composition.commands(CORE, _OWN)


_ABOUT: Final = {Misconfigured: "settings", ForceSuspended: "force"}
"""What errors that name no field are about."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):  # a terminal that knows no ŵ shows its number, not a defect
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(words)
        sys.stdout.flush()
    except SystemExit as error:  # argparse says what was wrong, or helps, and leaves
        return error.code if isinstance(error.code, int) else 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has left, as `head` does. Give the interpreter something it can flush at exit.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if os.environ.get("CARA_DEBUG") == "1" and not isinstance(error, CaraError):
            raise
        _say(_known(error), as_json="--json" in words)
        return 1
    return code


def _run(words: list[str]) -> int:
    known = COMMANDS
    if not words or words[0] not in {command.name for command in known}:
        known = composition.commands(
            enabled()[len(CORE) :], known
        )  # other distributions are looked for only where that is needed
    table = {command.name: command for command in known}
    parser = ArgumentParser(prog="cara", description="CARA: one platform for many police forces.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    chosen = table.get(words[0]) if words else None
    if chosen is None:
        for command in known:
            commands.add_parser(command.name, help=command.help)
        parser.parse_args(words)
        return 2
    module = import_module(chosen.module)
    own = ArgumentParser(prog=f"cara {chosen.name}", description=chosen.help)
    module.add_arguments(own)
    code = module.run(own.parse_args(words[1:]))
    return int(code)


def _known(error: Exception) -> CaraError:
    if isinstance(error, CaraError):
        return error
    if isinstance(error, (PermissionError, NotADirectoryError, FileExistsError, IsADirectoryError)):
        return Misconfigured(
            "A file or folder that CARA needs cannot be read or written. Check that CARA_HOME, CARA_KEYS and CARA_SETTINGS "
            "name what this user may use, and run `cara doctor`."
        )
    return CaraError(
        f"an unexpected {type(error).__name__}. Nothing more is shown, because it could hold personal data; "
        "set CARA_DEBUG=1 to see where it happened."
    )


def _say(error: CaraError, *, as_json: bool) -> None:
    """Say what is wrong and what to do: a document on standard output where one was asked for, else lines."""
    faults = _faults(error)
    if as_json:
        document = [{"field": one.field, "code": one.code, "message": str(one.message)} for one in faults]
        print(json.dumps({"faults": document}))  # noqa: T201
        return
    print(f"cara: {error.message}", file=sys.stderr)  # noqa: T201
    for fault in faults:
        if fault.message != error.message:
            where = f"{fault.field}: " if fault.field else ""
            print(f"  {where}{fault.message}", file=sys.stderr)  # noqa: T201


def _faults(error: CaraError) -> tuple[Fault, ...]:
    """What is wrong, for a machine: each fault of the input, else the error itself under what it is about."""
    if isinstance(error, BadInput) and error.faults:
        return error.faults
    field = next((field for kind, field in _ABOUT.items() if isinstance(error, kind)), "")
    code = "unexpected" if type(error) is CaraError else re.sub(r"(?<=.)(?=[A-Z])", "_", type(error).__name__).lower()
    return (Fault(field, code, error.message),)


if __name__ == "__main__":
    sys.exit(main())
