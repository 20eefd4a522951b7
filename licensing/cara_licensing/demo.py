"""License the demonstration's providers."""

from datetime import date, datetime

from cara import clock
from cara.demo.organisations import LICENCES, TRUST
from cara.demo.units_of_work import Stage

from cara_licensing import actions


def grant_licences(stage: Stage, on: datetime) -> None:
    """Grant each provider its licence, as the Trust's licensing manager."""
    starts = clock.london_day(on)
    until = date(starts.year + 2, 3, 31)
    with stage.sitting(stage.somebody(TRUST, "national", "licensing_manager"), on, "licence", "grant") as w:
        for number, licence in enumerate(LICENCES, start=1):
            actions.grant(w, licence.provider, licence.force, starts, until, f"PRACTICE-{number:03}")
