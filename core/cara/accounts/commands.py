"""`cara organisation add|client`: the first organisation of an installation, and a force's own systems.

Everything after the first is the Trust's administrator's work on the organisations page.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from cara.identity.roles import CAPACITIES
from cara.settings import Settings

AUTHENTICATION = ("none", "private_key_jwt", "client_secret_basic")


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add an organisation with its capacities, sign-in and first administrator")
    add.add_argument("id", help="short name, such as hampton_trust")
    add.add_argument("--name", required=True, help="its name as people say it")
    add.add_argument(
        "--capacity", required=True, action="append", choices=sorted(CAPACITIES), help="may be given several times"
    )
    add.add_argument("--force", default=None, metavar="SLUG", help="the force that it is, or commissions for")
    add.add_argument(
        "--domain", required=True, action="append", help="domain of its work addresses; several times if need be"
    )
    add.add_argument("--issuer", required=True, help="https:// address of its OpenID Connect issuer")
    add.add_argument("--client-id", required=True, help="the name under which CARA is registered there")
    add.add_argument("--client-auth", default="none", choices=AUTHENTICATION, help="how CARA proves itself there")
    add.add_argument("--entra", action="store_true", help="the issuer is Microsoft Entra")
    add.add_argument(
        "--administrator", required=True, metavar="ADDRESS", help="work address of its first administrator"
    )
    client = actions.add_parser("client", help="register a system of a force, which asks by the API")
    client.add_argument("id", help="short name of the force's organisation")
    client.add_argument("--name", required=True, help="what the system is called")
    client.add_argument("--subject", required=True, help="the subject (sub) of its access tokens")
    for one in (add, client):
        one.add_argument("--as", dest="by", default="system", metavar="NAME", help="who does it, for the ledger")
        one.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: Namespace) -> int:
    """Adds one. 0 done, 1 something is wrong with what was given."""
    from cara.accounts import organisations
    from cara.installation import open_store
    from cara.work import operator, work_as

    verb = {"add": _add, "client": _client}[args.action]
    store = open_store(Settings.load())
    try:
        with work_as(store, operator(args.by), "organisation", args.action) as w:
            made = verb(organisations, w, args)
    finally:
        store.engine.dispose()
    print(json.dumps(made) if args.json else "Done.", file=sys.stdout)  # noqa: T201
    return 0


def _add(organisations: Any, w: Any, args: Namespace) -> dict[str, str]:
    sent = {
        "id": args.id,
        "name": args.name,
        "capacities": args.capacity,
        "force_id": args.force,
        "mail_domains": " ".join(args.domain),
        "issuer": args.issuer,
        "client_id": args.client_id,
        "administrator": args.administrator,
    }
    row = organisations.add_organisation(w, sent, allow_http=not Settings.load().https)
    row.client_auth, row.entra = args.client_auth, args.entra
    w.session.add(row)
    return {"organisation": row.id}


def _client(organisations: Any, w: Any, args: Namespace) -> dict[str, str]:
    person = organisations.add_client(w, args.id, args.name, args.subject)
    return {"organisation": args.id, "client": str(person.id)}
