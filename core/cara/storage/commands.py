"""`cara db upgrade`: bring the database to this version's schema, and give it its reference data."""

import json
from argparse import ArgumentParser, Namespace

from cara.errors import Unavailable
from cara.settings import Settings


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument(
        "action", choices=["upgrade"], help="upgrade: as the database's owner (CARA_DATABASE_OWNER_URL)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: Namespace) -> int:
    """Upgrades. On PostgreSQL it needs the owner's URL, because the application's role owns nothing."""
    from sqlalchemy.exc import OperationalError

    from cara.installation import upgrade

    settings = Settings.load()
    try:
        changed = upgrade(settings)
    except OperationalError:
        used = "CARA_HOME" if settings.sqlite else "CARA_DATABASE_URL, because CARA_DATABASE_OWNER_URL is not set"
        used = "CARA_DATABASE_OWNER_URL" if settings.database_owner_url else used
        raise Unavailable(
            f"The database does not answer, or refuses this user. It was looked for by {used}. See that it runs."
        ) from None
    engine = "SQLite" if settings.sqlite else "PostgreSQL"
    if args.json:
        print(json.dumps({"database": engine, "changed": changed}))  # noqa: T201
    else:
        print(f"{engine}: {'upgraded to' if changed else 'already at'} this version’s schema.")  # noqa: T201
    return 0
