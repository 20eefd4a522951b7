"""`cara ledger verify`, `root` and `seal`: whether the record of who did what is whole, and the root to keep elsewhere."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cara.errors import BadInput, Fault, Misconfigured
from cara.settings import Settings

if TYPE_CHECKING:
    from cara.platform.ledger.seals import Root
    from cara.platform.unit_of_work import Work

T = TypeVar("T")


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument(
        "action",
        choices=["verify", "root", "seal", "export"],
        help="verify: say what does not fit; root: seal and print what to keep elsewhere; seal: seal alone, for a timed job; "
        "export: seal, and put the root where CARA_ROOT_FILE or CARA_ROOT_COMMAND says",
    )
    parser.add_argument("--count", type=int, metavar="N", help="verify against an exported root: its number of entries")
    parser.add_argument("--root", metavar="HEX", help="verify against an exported root: its hash")
    parser.add_argument("--root-file", metavar="FILE", help="the same, from what `cara ledger root --json` printed")
    parser.add_argument("--as", dest="name", default="system", metavar="NAME", help="who you are")
    parser.set_defaults(misused=parser.error)
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: Namespace) -> int:
    """0 whole or sealed, 1 the ledger has faults or there is none."""
    return {"verify": _verify, "export": _export}.get(args.action, _seal)(args)


def _seal(args: Namespace) -> int:
    from cara.platform.ledger.seals import seal

    root = _do(args, "sealing", lambda w: seal(w.session, whole=True))
    if args.json:
        print(json.dumps({"count": root.count, "root": root.root, "found": root.found}))  # noqa: T201
    elif args.action == "seal":
        print(f"{root.count:,} entries are sealed, {root.found:,} of them just now.")  # noqa: T201
    else:
        print(f"{root.count} {root.root}")  # noqa: T201
    return 0


def _export(args: Namespace) -> int:
    from cara import clock
    from cara.platform.ledger import exported_roots
    from cara.platform.ledger.seals import seal
    from cara.platform.ledger.writer import Act

    settings = Settings.load()
    if not exported_roots.has_place(settings):
        raise Misconfigured("There is no place for the root. Set CARA_ROOT_FILE or CARA_ROOT_COMMAND.")
    root = _do(args, "sealing", lambda w: seal(w.session, whole=True))
    exported_roots.export(settings, root, clock.now())
    _do(args, "writing", lambda w: w.record(exported_roots.EXPORTED, Act.ACCESS, codes={"entries": root.count}))
    told = f"The root of {root.count:,} entries is exported."
    print(json.dumps({"count": root.count, "root": root.root}) if args.json else told)  # noqa: T201
    return 0


def _verify(args: Namespace) -> int:
    from cara.platform.ledger.verifier import verify

    exported = _exported(args)
    verdict = _do(args, "verifying", lambda w: verify(w.session, exported, keys=w.session.info["ledger_keys"]))
    if args.json:
        print(json.dumps({"whole": not verdict.faults, **asdict(verdict)}))  # noqa: T201
    else:
        against = (
            f", and fits {'the exported root' if len(exported) == 1 else f'{len(exported):,} exported roots'}"
            if exported
            else ""
        )
        said = "The ledger has faults:" if verdict.faults else f"The ledger is whole{against}."
        print(said, *(f"  {fault}" for fault in verdict.faults), sep="\n")  # noqa: T201
        print(f"{verdict.entries:,} entries, {verdict.seals:,} seals, {verdict.unsealed:,} entries not sealed yet.")  # noqa: T201
        print(*verdict.unseen, sep="\n", end="\n" if verdict.unseen else "")  # noqa: T201
    return 1 if verdict.faults else 0


def _do(args: Namespace, use: str, act: "Callable[[Work], T]") -> T:
    from cara.platform.bootstrap import open_store
    from cara.platform.database.engine import Use
    from cara.platform.unit_of_work import operator, work_as

    settings = Settings.load()
    if (file := settings.database_file) and not file.is_file():
        # Opening would make one, and a ledger that was made just now is whole whatever was lost.
        raise Misconfigured(f"There is no database at {file}. Set CARA_HOME or CARA_DATABASE_URL to where it is.")
    store = open_store(settings, "ledger")
    try:
        with work_as(store, operator(args.name), "ledger", args.action, use=Use(use)) as w:
            return act(w)
    finally:
        store.engine.dispose()


def _exported(args: Namespace) -> "Sequence[Root]":
    from cara.platform.ledger import exported_roots
    from cara.platform.ledger.seals import Root

    if (args.count is None) != (args.root is None):
        args.misused("give --count and --root together: a root stands for so many entries")
    if args.root is not None:
        return [Root(args.count, args.root.strip().lower())]
    if file := args.root_file or Settings.load().root_file:
        try:
            return exported_roots.read(Path(file))
        except (OSError, ValueError):
            message = "The file with the root cannot be read. It holds what `cara ledger root --json` prints."
            raise BadInput(message, [Fault("root-file", "unreadable", message)]) from None
    return []
