"""Checks of what the installation does for people: plugins, licences, sign-in, links, the clock."""

from collections.abc import Iterator

from cara.operations.doctor.checks import Finding, Patient, work_in


def plugins(patient: Patient) -> Iterator[Finding]:
    """Every plugin that reference data expects, or that is installed, loads."""
    from cara.platform.plugins import check_plugins
    from cara.platform.plugins.loader import MISSING

    for report in check_plugins():
        if patient.forces.standing(report.slug).retired:
            if report.status != "failed" or report.error != MISSING:
                todo = f"Uninstall it, or let the Trust bring it back on the page of the force, /forces/{report.slug}."
                yield "warn", f"{report.slug} is installed, but was retired, so it does not count.", todo
        elif report.status == "failed":
            todo = f"Install or mend it; `cara plugins check {report.slug}` says how it fails."
            yield "fail", f"{report.slug}: {report.error}.", todo
        elif report.status == "disabled":
            yield (
                "warn",
                f"{report.slug} is switched off.",
                "Take it out of CARA_DISABLED_PLUGINS if that is not meant.",
            )


def suspended(patient: Patient) -> Iterator[Finding]:
    """No force is suspended, and every arrangement that is kept can be read."""
    from cara.platform.reference_data import suspension_notice

    for slug in patient.forces.known:
        if why := patient.forces.why(slug):
            todo = f"{suspension_notice.ENDS} {suspension_notice.WORKS}"
            yield "fail", f"{patient.forces.known[slug].name} is suspended: {why}.", todo
    yield from _unreadable(patient)


def _unreadable(patient: Patient) -> Iterator[Finding]:
    from sqlmodel import select

    from cara.platform.plugins.models import ForceArrangement
    from cara.platform.plugins.profile_serializer import readable

    if not patient.there:
        return
    with work_in(patient) as w:
        for row in w.session.exec(select(ForceArrangement)).all():
            if row.force_id in patient.forces.known and readable(row.force_id, row.profile) is None:
                todo = (
                    "Start CARA with its plugin, which writes it again. Until then the force itself contacts victims."
                )
                yield (
                    "warn",
                    f"The stored arrangement of {patient.forces.known[row.force_id].name} cannot be read.",
                    todo,
                )


def licences(patient: Patient) -> Iterator[Finding]:
    """Every force that has drafts or cases has a provider that is licensed today."""
    from sqlmodel import select

    from cara import clock
    from cara.features.referrals.models import Draft, Referral
    from cara.features.referrals.providers import cleared
    from cara.platform.database.row_scope import Scope

    for slug, force in patient.forces.known.items():
        with work_in(patient, Scope(force=slug)) as w:
            busy = any(w.session.exec(select(model.id).limit(1)).first() for model in (Draft, Referral))
            if busy and not cleared(w, patient.forces, slug, clock.today()):
                todo = "The Trust’s licensing manager grants one on the page “Licences”."
                yield (
                    "warn",
                    f"No provider holds a licence for {force.name} today: nothing can be referred there.",
                    todo,
                )


def cover(patient: Patient) -> Iterator[Finding]:
    """Every force that has drafts or cases names a duty supervisor, and who covers an overdue review."""
    from sqlmodel import select

    from cara import clock
    from cara.features.referrals.models import Draft, Referral
    from cara.platform.database.row_scope import Scope
    from cara.platform.plugins.force_contacts import reached_at

    if patient.practice:
        return
    todo = "The force’s administrator enters it on the page “Duty supervisor and cover”."
    for slug, force in patient.forces.known.items():
        with work_in(patient, Scope(force=slug)) as w:
            if not any(w.session.exec(select(model.id).limit(1)).first() for model in (Draft, Referral)):
                continue
            if not reached_at(w.session, slug, "duty_supervisor", clock.today()):
                yield (
                    "warn",
                    f"{force.name} names no number of a duty supervisor: pages tell officers to call 999.",
                    todo,
                )
            if not reached_at(w.session, slug, "review_cover", clock.today()):
                yield (
                    "warn",
                    f"{force.name} names no cover address: an overdue review is told to its supervisors only.",
                    todo,
                )


def credentials(patient: Patient) -> Iterator[Finding]:
    """Every organisation at whose sign-in service CARA must prove itself has the credential for it."""
    from sqlmodel import col, select

    from cara.platform.access.models import Organisation

    with work_in(patient) as w:
        proving = select(Organisation).where(col(Organisation.ended_at).is_(None), Organisation.client_auth != "none")
        for one in w.session.exec(proving.order_by(col(Organisation.id))):
            path = patient.settings.key_folder / "clients" / f"{one.id}.key"
            if not path.is_file():
                todo = f"Put the credential ({one.client_auth}) into {path}."
                yield "fail", f"Nobody of {one.name} can sign in: CARA’s credential there is missing.", todo


def demonstration(patient: Patient) -> Iterator[Finding]:
    """The practice sign-in never runs where people could take it for the real one."""
    from urllib.parse import urlsplit

    from cara.operations.serve import LOOPBACK

    settings = patient.settings
    if settings.demo and urlsplit(settings.address).hostname not in LOOPBACK:
        todo = "Unset CARA_DEMO and use a new database; or leave CARA_BASE_URL empty."
        yield "fail", "The demonstration is on, under an address that others can reach.", todo
    elif settings.demo:
        yield "ok", "The demonstration is on: invented cases, a practice sign-in.", ""
    elif patient.practice:
        yield "ok", "The database is the demonstration’s: every person and case in it is invented.", ""


def links(patient: Patient) -> Iterator[Finding]:
    """The host that stands in the links of text messages, which others see, does not tell what the course is about."""
    from urllib.parse import urlsplit

    from cara.features.messages import discretion

    if word := discretion.told_by_host(urlsplit(patient.settings.address).hostname or ""):
        todo = "Choose a host name that tells nothing, and set CARA_BASE_URL to it."
        yield "warn", f"Links in text messages show “{word}” to whoever sees the telephone.", todo


def flood(patient: Patient) -> Iterator[Finding]:
    """Failures are counted, from where they come, and nobody was refused for them today."""
    from cara import clock
    from cara.web.rate_limit import place
    from cara.web.rate_limit_counter import FloodCounter

    settings = patient.settings
    if settings.https and not settings.trusted_proxies:
        todo = "Set CARA_TRUSTED_PROXIES to the address of your proxy, which must send X-Forwarded-For."
        yield "warn", "Failures before sign-in are counted by browser alone: no proxy is named.", todo
    path = place(settings)
    if not path.exists():
        yield "ok", "Nothing was counted on this machine yet.", ""
        return
    try:
        counter = FloodCounter(path, "")
    except (OSError, ValueError):
        yield (
            "fail",
            "The counts of failures cannot be read or written: nobody is limited.",
            f"Remove {path}, and restart.",
        )
        return
    refused = counter.refused(clock.now())
    counter.close()
    said = ", ".join(f"{WORDS[kind]} {number:,}" for kind, number in refused.items())
    if sum(refused.values()):
        todo = "See in the proxy’s log who that is. CARA_FLOOD_ADDRESS and CARA_FLOOD_BROWSER are the limits."
        yield "warn", f"Refused today for too many failures: {said}.", todo
    else:
        yield "ok", "Nobody was refused today for too many failures.", ""


def jobs(patient: Patient) -> Iterator[Finding]:
    """No timed job failed when it was last tried on this machine."""
    from datetime import datetime

    from cara.clock import london_day
    from cara.operations.job_failures import JobFailures

    for name, one in sorted(JobFailures(patient.settings).read().items()):
        since = london_day(datetime.fromisoformat(one.since))
        told = f"{name} fails since {since:%-d %B %Y} ({one.error}), {one.times:,} times so far."
        yield "fail", told, "Tell the developers the job and the error’s type. It is tried again every hour."


WORDS = {"sign_in": "sign-in", "link": "links", "form": "forms", "token": "tokens"}


def clocks(patient: Patient) -> Iterator[Finding]:
    """London's time zone is known, and the clock is not behind what the ledger has seen."""
    from datetime import UTC, datetime, timedelta
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        london = ZoneInfo("Europe/London")
    except ZoneInfoNotFoundError:
        yield "fail", "The time zone of London is not known here.", "Install the package tzdata."
        return
    winter, summer = (datetime(2026, month, 1, 12, tzinfo=UTC).astimezone(london).hour for month in (1, 7))
    if (winter, summer) != (12, 13):
        yield "fail", "The time zone of London is wrong here.", "Install the package tzdata."
        return
    from sqlalchemy import func
    from sqlmodel import select

    from cara import clock
    from cara.platform.ledger.models import LedgerEntry

    if patient.there and not patient.practice:  # the demonstration's stories go on until the end of the day
        with work_in(patient, ledger=True) as w:
            newest = w.session.exec(select(func.max(LedgerEntry.at))).one()
        if newest and newest > clock.now() + timedelta(minutes=1):
            yield (
                "fail",
                "The clock is behind the newest entry of the ledger.",
                "Set the machine’s clock; use time service.",
            )
