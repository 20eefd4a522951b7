"""Who of one's own organisation did something. Of others no name is shown, only that it was done."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from cara.platform.access.models import Person
from cara.platform.unit_of_work import Work

_p: Any = Person


def named(w: Work, ids: Iterable[str]) -> dict[str, str]:
    """The names of those of these people who are of one organisation with whoever asks, by their ids as rows keep them."""
    numbers = {int(one) for one in ids if one.isdecimal()}
    found = w.session.execute(
        select(_p.id, _p.name).where(_p.id.in_(numbers), _p.organisation_id == w.actor.organisation)
    )
    return {str(row.id): row.name for row in found}
