"""The invented country put into a database."""

from collections.abc import Iterable
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cara.api import Clearance, hookimpl
from cara.platform.crypto.keyring import Keyring
from cara.platform.crypto.ledger_keys import LedgerKeys
from cara.platform.database.schema import import_models
from cara.platform.ledger.case_digests import baseline
from cara.platform.ledger.writer import Act, append
from cara.platform.plugins import Forces, load_forces
from cara.platform.plugins.installed import FEATURES, installed_plugins
from sqlalchemy import Connection, Engine, Integer, MetaData, insert, text
from sqlmodel import Session, SQLModel

from synthetic.canaries import canary
from synthetic.cases import CASE_ROWS, CASES, NOW, TODAY, coordinator, officer
from synthetic.course import COHORTS as COHORTS
from synthetic.course import PAUSE
from synthetic.keeping import KEEPING_TABLES as KEEPING_TABLES
from synthetic.links import link_rows
from synthetic.messages import MESSAGE_ROWS
from synthetic.onward import ONWARD_ROWS
from synthetic.people import BODIES, FORCES, MACHINES, PEOPLE, SERVES
from synthetic.victims import consultation_rows, victim_rows

LICENSED = bool(find_spec("cara_licensing") and find_spec("cara_licensing.models"))
"""Whether the licensing feature is there to be asked; where it is not, a stand-in answers from `SERVES`."""
AGREEMENTS = {force: number for number, force in enumerate(FORCES, start=601)}
"""Force → the id of an agreement to Operation Encompass, whose days are over."""
CONTACTS = {force: number for number, force in enumerate(FORCES, start=651)}
"""Force → the id of a cover address, whose days are over."""
INSTRUMENTS = {force: number for number, force in enumerate(FORCES, start=501)}
"""Force → the id of an instrument that its administrator entered and nobody has confirmed."""
SECONDS = {number: body.id for number, body in enumerate((b for b in BODIES if "provider" in b.capacities), start=850)}
"""Number → provider of a second facilitator, because every cohort needs two."""
CASE_VERBS = {"referred": "referral.referred", "accepted": "referral.accepted", "returned": "referral.returned",
              "withdrawn": "referral.withdrawn", "declined": "referral.declined"}  # fmt: skip


def agreement_rows() -> list[dict[str, Any]]:
    """An agreement of each force."""
    return [
        {"id": number, "force_id": force, "area": "", "authority": canary(force, "encompass_agreement", "authority"),
         "starts": TODAY - timedelta(90), "until": TODAY - timedelta(60), "entered_at": NOW,
         "entered_by": str(PEOPLE[f"{force}_police.administrator"].number), "ended_at": None, "ended_by": ""}
        for force, number in AGREEMENTS.items()
    ]  # fmt: skip


def contact_rows() -> list[dict[str, Any]]:
    """A cover address of each force."""
    return [
        {"id": number, "force_id": force, "kind": "review_cover", "reached_at": canary(force, "force_contact", "reached_at"),
         "starts": TODAY - timedelta(90), "until": TODAY - timedelta(60), "entered_at": NOW,
         "entered_by": str(PEOPLE[f"{force}_police.administrator"].number), "ended_at": None, "ended_by": ""}
        for force, number in CONTACTS.items()
    ]  # fmt: skip


def fill(engine: Engine, folder: Path) -> None:
    """Put everything in, through an engine without walls."""
    import_models()
    tables = rows(folder)
    with engine.begin() as connection:
        for name, made in tables.items():
            connection.execute(insert(SQLModel.metadata.tables[name]), made)
        if engine.dialect.name == "postgresql":
            count_on(connection, tables, SQLModel.metadata)
    keys = LedgerKeys(folder / "keys")
    with engine.begin() as connection:
        baseline(connection, keys)
    with Session(engine) as session, session.begin():
        session.info["ledger_keys"] = keys
        _history(session)


def rows(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Table → rows, in the order in which they can be inserted. The keys of victims go into `folder`."""
    tables = PEOPLE_ROWS | _cases_first() | MESSAGE_ROWS | victim_rows(Keyring(folder / "keys"))
    tables["group_work_pause"] = [PAUSE]
    tables["one_time_link"] = link_rows()
    tables["trust_consultation"] = consultation_rows()
    tables["encompass_agreement"] = agreement_rows()
    tables["force_contact"] = contact_rows()
    if LICENSED:
        tables["licence"] = licence_rows()
    return tables


def _cases_first() -> dict[str, list[dict[str, Any]]]:
    """Rows of cases, and then what hangs on services as well as on cases, after its services."""
    return {name: rows for name, rows in CASE_ROWS.items() if name not in ONWARD_ROWS} | ONWARD_ROWS


def count_on(connection: Connection, names: Iterable[str], schema: MetaData) -> None:
    """Rows were given their ids, so sequences must be told where to go on."""
    for name in names:
        column = schema.tables[name].c.get("id")
        if column is not None and isinstance(column.type, Integer):
            connection.execute(
                text(f"select setval(pg_get_serial_sequence('{name}', 'id'), (select max(id) from {name}))")
            )


def people_rows() -> dict[str, list[dict[str, Any]]]:
    """Organisations, people, roles and open sessions, and an instrument for each force."""
    machines = list(enumerate(FORCES, start=MACHINES))
    return {
        "organisation": [
            {
                "id": body.id, "name": f"Synthetic {body.id}", "force_id": body.force, "mail_domains": [body.domain], "issuer": body.issuer,
                "client_id": "cara", "client_auth": "none", "entra": False, "groups_claim": "groups", "group_roles": {},
                "just_in_time": False, "added_at": NOW, "ended_at": None,
            }
            for body in BODIES
        ],
        "organisation_capacity": [{"organisation_id": b.id, "capacity": c} for b in BODIES for c in b.capacities],
        "person": [
            *(
                _person(p.number, p.body.id, "person", p.name, p.address, p.subject)
                for p in PEOPLE.values()
            ),
            *(_person(n, body, "person", "Synthetic second facilitator", f"second@{body}.example", f"subject-{n}")
              for n, body in SECONDS.items()),
            *(_person(n, f"{f}_police", "machine", f"Records of {f}", f"records@{f}", f"machine-{n}") for n, f in machines),
        ],
        "membership": [
            *(_membership(p.number, p.number, p.capacity, p.role) for p in PEOPLE.values()),
            *(_membership(n, n, "provider", "facilitator") for n in SECONDS),
            *(_membership(n, n, "force", "system") for n, _force in machines),
        ],
        "browser_session": [
            {
                "token_hash": _hash(p.token), "person_id": p.number, "capacity": p.capacity, "started_at": NOW, "seen_at": NOW,
                "ends_at": NOW.replace(year=NOW.year + 1, day=min(NOW.day, 28)), "ended_at": None,
            }
            for p in PEOPLE.values()
        ],
        "instrument": [
            {
                "id": INSTRUMENTS[force], "force_id": force, "rule": "E09", "admits": "medium", "kind": "dpp_dispensation",
                "authority": canary(force, "instrument", "authority"), "reference": canary(force, "instrument", "reference"),
                "starts": TODAY, "until": None, "shipped": False, "entered_at": NOW,
                "entered_by": str(PEOPLE[f"{force}_police.administrator"].number),
                "confirmed_at": None, "confirmed_by": "", "revoked_at": None, "revoked_by": "",
            }
            for force in FORCES
        ],
    }  # fmt: skip


def _person(number: int, body: str, kind: str, name: str, address: str, subject: str) -> dict[str, Any]:
    return {
        "id": number, "organisation_id": body, "kind": kind, "name": name, "work_address": address, "subject": subject,
        "added_at": NOW, "added_by": "", "ended_at": None, "ended_by": "",
    }  # fmt: skip


def _membership(number: int, person: int, capacity: str, role: str) -> dict[str, Any]:
    return {
        "id": number, "person_id": person, "capacity": capacity, "role": role, "by_group": False, "added_at": NOW,
        "added_by": "", "ended_at": None, "ended_by": "",
    }  # fmt: skip


def _hash(token: str) -> str:
    from cara.platform.unit_of_work import token_hash

    return token_hash(token)


def licence_rows() -> list[dict[str, Any]]:
    """A licence for every provider in every force that it serves."""
    return [
        {"provider_id": provider, "force_id": force, "starts": TODAY.replace(year=TODAY.year - 1, day=1), "until": None,
         "reference": f"Synthetic licence {force}", "granted_at": NOW, "granted_by": "", "ended_at": None, "ended_by": ""}
        for force, providers in SERVES.items() for provider in providers
    ]  # fmt: skip


def _history(session: Session) -> None:
    """What the ledger says of the cases: who referred them, and what the provider did."""
    for case in CASES:
        for somebody, verb in (
            (officer(case.force), "referral.referred" if case.open_to else "referral.proposed"),
            (coordinator(case.provider) if case.state in ("accepted", "returned") else officer(case.force), CASE_VERBS.get(case.state)),
        ):  # fmt: skip
            if verb:
                append(
                    session, at=NOW, actor=("person", str(somebody.number), somebody.body.id, somebody.capacity, somebody.role),
                    act=Act.ALTERATION, verb=verb, subject=("referral", str(case.id)), force=case.force, provider=case.open_to or "",
                )  # fmt: skip


class StandIn:
    """Answers for licensing until it is there."""

    @hookimpl
    def clearance(self, force: str) -> dict[str, Clearance]:
        return {provider: Clearance(True, "A stand-in says so.") for provider in SERVES.get(force, ())}


def forces() -> Forces:
    """The forces, with licensing or its stand-in."""
    loaded = load_forces(plugins=[one for one in installed_plugins() if LICENSED or one.slug not in FEATURES])
    if not LICENSED:
        loaded._manager.register(StandIn(), name="licensing")
    return loaded


PEOPLE_ROWS = people_rows()
"""Made on import and not when they are put in, so that every process of a run knows every canary."""
