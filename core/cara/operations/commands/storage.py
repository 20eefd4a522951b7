"""`cara db upgrade`: bring the database to this version's schema, and give it its reference data."""

import json
from argparse import ArgumentParser, Namespace

from cara.settings import Settings


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument(
        "action", choices=["upgrade"], help="upgrade: as the database's owner (CARA_DATABASE_OWNER_URL)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: Namespace) -> int:
    """Upgrades. On PostgreSQL it needs the owner's URL, because the application's role owns nothing."""
    from cara.platform.bootstrap import answering, upgrade

    settings = Settings.load()
    used = (
        "CARA_DATABASE_OWNER_URL"
        if settings.database_owner_url
        else "CARA_DATABASE_URL (CARA_DATABASE_OWNER_URL is not set)"
    )
    with answering(settings, used):
        changed = upgrade(settings)
    engine = "SQLite" if settings.sqlite else "PostgreSQL"
    if args.json:
        print(json.dumps({"database": engine, "changed": changed}))  # noqa: T201
    else:
        print(f"{engine}: {'upgraded to' if changed else 'already at'} this version’s schema.")  # noqa: T201
    return 0
