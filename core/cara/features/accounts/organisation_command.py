"""`cara organisation add|client`: the first organisation of an installation, and a force's own systems.

Everything after the first is the Trust's administrator's work on the organisations page.
"""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from cara.errors import BadInput
from cara.platform.access.roles import CAPACITIES
from cara.settings import Settings

AUTHENTICATION = ("none", "private_key_jwt", "client_secret_basic")
OPTIONS: Final = {
    "id": "ID",
    "capacities": "--capacity",
    "force_id": "--force",
    "mail_domains": "--domain",
    "issuer": "--issuer",
    "administrator": "--administrator",
    "subject": "--subject",
}
"""What the person at the terminal typed for each field that can have a fault."""


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
    from cara.features.accounts import organisation_actions as organisations
    from cara.platform.bootstrap import open_store
    from cara.platform.unit_of_work import operator, work_as

    verb = {"add": _add, "client": _client}[args.action]
    settings = Settings.load()
    store = open_store(settings)
    try:
        with work_as(store, operator(args.by), "organisation", args.action) as w:
            made = verb(organisations, w, args)
    except BadInput as error:
        if args.json:
            raise
        raise BadInput(
            error.message, [replace(one, field=OPTIONS.get(one.field, one.field)) for one in error.faults]
        ) from None
    finally:
        store.engine.dispose()
    print(json.dumps(made) if args.json else "\n".join(_next(args, settings)))  # noqa: T201
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


def _next(args: Namespace, settings: Settings) -> Iterator[str]:
    """What was done, and what is still to do before anybody can use it."""
    if args.action == "client":
        yield f"Done. “{args.name}” may ask the API with access tokens for the audience cara-api, subject {args.subject}."
        return
    yield f"Done. Next, for {args.id}:"
    yield f"  - At {args.issuer}, register the redirect address {settings.address}/signed-in for the client “{args.client_id}”."
    if args.client_auth != "none":
        what = "private key (PEM or JWK)" if args.client_auth == "private_key_jwt" else "client secret"
        yield f"  - Put CARA’s {what} into {settings.key_folder / 'clients' / args.id}.key, readable by the service alone."
    yield f"  - Let {args.administrator} sign in at {settings.address} and add people on the page “People and roles”."
    if "provider" in args.capacity:
        yield "  - The Trust’s licensing manager grants it a licence for each force on the page “Licences”."
