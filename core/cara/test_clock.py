"""The clock runs on, stands still, or runs ahead, as it is told."""

from datetime import UTC, datetime, timedelta

from cara import clock


def test_it_runs_ahead_and_then_no_more() -> None:
    with clock.ahead(timedelta(days=29)):
        assert timedelta(days=28, hours=23) < clock.now() - datetime.now(UTC) <= timedelta(days=29)
    assert clock.now() - datetime.now(UTC) < timedelta(hours=1)


def test_where_it_stands_it_is_not_moved() -> None:
    night = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    with clock.ahead(timedelta(days=29)), clock.at(night):
        assert clock.now() == night
        assert clock.today().isoformat() == "2026-07-01"
