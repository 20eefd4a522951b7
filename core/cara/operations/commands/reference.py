"""`cara reference refresh`: replace the offence codes by those of the standing data that this version names."""

import json
from argparse import ArgumentParser, Namespace

from cara.settings import Settings


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("action", choices=["refresh"], help="replace the offence codes in the database as a whole")
    parser.add_argument("--packaged", action="store_true", help="take the data that is installed; fetch nothing")
    parser.add_argument("--as", dest="name", default="system", metavar="NAME", help="who you are, for the ledger")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: Namespace) -> int:
    """Fetches what is out of date, checked by its hash, and replaces the codes in one transaction."""
    from cara.operations import assets
    from cara.platform.bootstrap import open_store
    from cara.platform.ledger.writer import Act
    from cara.platform.reference_data.offence_codes import refresh
    from cara.platform.reference_data.offence_files import data_version
    from cara.platform.unit_of_work import operator, work_as

    if not args.packaged:
        assets.refresh()
    store = open_store(Settings.load())
    try:
        with work_as(store, operator(args.name), "reference", "refresh") as w:
            count = refresh(w.session)
            version = data_version()
            w.record("reference.refreshed", Act.ACCESS, codes={"version": version, "offences": count})
    finally:
        store.engine.dispose()
    if args.json:
        print(json.dumps({"version": version, "offences": count}))  # noqa: T201
    else:
        print(f"{count:,} offence codes of standing data {version}.")  # noqa: T201
    return 0
