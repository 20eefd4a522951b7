"""What a force's people enter with a first and a last day, and end: agreements to Operation Encompass, numbers and addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import update
from sqlmodel import SQLModel, col, select

from cara.errors import BadInput, Fault, Forbidden, NotFound
from cara.i18n import gettext as _
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

T = TypeVar("T", bound=SQLModel)


@dataclass(frozen=True, slots=True)
class ForceEntries(Generic[T]):
    """The entries of one table. `name` is what the ledger calls them."""

    model: type[T]
    name: str

    def listed(self, w: Work) -> Sequence[T]:
        """Read every entry of the actor's force, those that were ended too, the newest first."""
        model: Any = self.model
        found = w.session.exec(
            select(self.model).where(model.force_id == force_of(w)).order_by(col(model.id).desc())
        ).all()
        w.record(f"{self.name}.listed", Act.CONSULTATION, force=force_of(w), shown=[_number(row) for row in found])
        return found

    def enter(self, w: Work, codes: Mapping[str, str], *, starts: date, until: date | None, **values: str) -> None:
        """Enter one for the actor's force. `codes` is what the ledger says of it.

        Raises:
            BadInput: it ends before it starts.
        """
        if until is not None and until < starts:
            raise BadInput(faults=[Fault("until", "range", _("The last day must not be before the first"))])
        row = self.model(
            force_id=force_of(w), starts=starts, until=until, entered_at=w.now, entered_by=w.actor.id, **values
        )
        w.session.add(row)
        w.session.flush()
        w.record(
            f"{self.name}.entered",
            Act.COLLECTION,
            subject=(self.name, _number(row)),
            force=force_of(w),
            codes={**codes},
        )

    def end(self, w: Work, number: int) -> None:
        """End one of the actor's force from now on. Raises `NotFound`: there is none, or it was ended."""
        model: Any = self.model
        ended = w.session.execute(
            update(self.model)
            .where(model.id == number, model.force_id == force_of(w), model.ended_at.is_(None))
            .values(ended_at=w.now, ended_by=w.actor.id)
            .returning(model.id)
            .execution_options(synchronize_session=False)
        ).first()
        if ended is None:
            raise NotFound
        w.record(f"{self.name}.ended", Act.ALTERATION, subject=(self.name, number), force=force_of(w))


def force_of(w: Work) -> str:
    """Return the force that the actor acts for. Raises `Forbidden`: they act for none."""
    if not w.actor.force:
        raise Forbidden(_("Only somebody who acts for a police force can do this."))
    return w.actor.force


def days_of(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first and the last day of an answered form."""
    until = sent.get("until")
    return {"starts": date.fromisoformat(sent["starts"]), "until": date.fromisoformat(until) if until else None}


def _number(row: Any) -> int:
    return row.id or 0
