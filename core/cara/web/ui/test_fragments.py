"""Small pieces of pages: days, deadlines, cells."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cara.web.ui.fragments import Deadline, cell, day

TODAY = date(2026, 11, 22)


def test_a_day_carries_its_date_by_londons_clock() -> None:
    assert 'datetime="2026-07-01"' in day(datetime(2026, 6, 30, 23, 30, tzinfo=UTC))


@pytest.mark.parametrize(("days", "mark"), [(-1, "cara-day--past"), (0, "cara-day--near"), (7, "cara-day--near")])
def test_a_deadline_is_marked_when_near_or_past(days: int, mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cara.clock.today", lambda: TODAY)
    assert mark in cell(Deadline(TODAY + timedelta(days=days)))
    assert "cara-day--" not in cell(Deadline(TODAY + timedelta(days=8)))


def test_cells_are_escaped() -> None:
    assert cell("<b>") == "&lt;b&gt;"
    assert cell(0) == "0"
    assert "aria-hidden" in cell("")
