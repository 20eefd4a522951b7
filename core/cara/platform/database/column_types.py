"""What tables say so that both engines understand it alike: types of columns, and indexes of some rows."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, Integer, Numeric, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_PENCE = 100
_SMALLEST = Decimal("0.01")


class Instant(TypeDecorator[datetime]):
    """An aware instant. Kept as UTC without a zone, because SQLite has none; naive values are refused on the way in."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - its signature
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=UTC)


class Money(TypeDecorator[Decimal]):
    """Pounds and pence. A numeric column; on SQLite, which would reckon in fractions of two, a whole number of pence."""

    impl = Numeric(12, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else Numeric(12, 2))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if not isinstance(value, Decimal) or value != value.quantize(_SMALLEST):
            raise ValueError("money is a decimal number of pounds and whole pence")
        return int(value * _PENCE) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return (Decimal(value) / _PENCE if dialect.name == "sqlite" else Decimal(value)).quantize(_SMALLEST)


def only(condition: str) -> dict[str, Any]:
    """What makes an index cover the rows of `condition` alone."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
