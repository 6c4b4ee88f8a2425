"""How figures, dates and weeks are written."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_site import formats
from sop_site.fiscal import FiscalWeek, week_of

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12480, "12,480"),
        (0, "0"),
        (-40, "−40"),
        (0.4, "0.4"),
        (9.96, "10.0"),
        (10.4, "10"),
        (2.5, "2.5"),
        (-0.04, "0.0"),
        (Decimal("1240.00"), "1,240"),
        (None, "n/a"),
        (math.nan, "n/a"),
        (math.inf, "n/a"),
        ("", "n/a"),
        ("words", "n/a"),
    ],
)
def test_units(value: object, text: str) -> None:
    assert formats.units(value) == text


def test_multiples() -> None:
    assert formats.times(2.405) == "2.41×"
    assert formats.times(2.405, 1) == "2.4×"
    assert formats.times(None) == "n/a"


@pytest.mark.parametrize(
    ("value", "text"), [(120, "+120"), (-120, "−120"), (0, "0"), (None, "n/a"), (0.2, "+0.2")]
)
def test_signed_units(value: object, text: str) -> None:
    assert formats.signed_units(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (940, "$940"),
        (12_431, "$12.4k"),
        (12_000, "$12k"),
        (999.6, "$1,000"),
        (999_499, "$999k"),
        (999_500, "$1m"),
        (1_250_000, "$1.3m"),
        (3_400_000_000, "$3.4bn"),
        (-12_431, "−$12.4k"),
        (0, "$0"),
        (None, "n/a"),
        (math.nan, "n/a"),
    ],
)
def test_compact_money(value: object, text: str) -> None:
    assert formats.money(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(12_431, "+$12.4k"), (-940.4, "−$940"), (0, "$0"), (0.3, "$0"), (-0.3, "$0"), (None, "n/a")],
)
def test_a_change_in_money(value: object, text: str) -> None:
    assert formats.signed_money(value) == text


def test_money_in_full_and_prices_carry_the_currency() -> None:
    assert formats.money_full(12430.5, "£") == "£12,431"
    assert formats.money_full(-12430.4, "£") == "−£12,430"
    assert formats.price(24.5, "£") == "£24.50"
    assert formats.price(None, "£") == "n/a"


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.253, 0, "25%"),
        (0.253, 1, "25.3%"),
        (-0.5, 0, "−50%"),
        (10, 0, "1,000%"),
        (0.005, 0, "1%"),
        (None, 0, "n/a"),
    ],
)
def test_percent(value: object, decimals: int, text: str) -> None:
    assert formats.percent(value, decimals) == text


def test_a_rise_has_its_plus() -> None:
    assert [formats.signed_percent(value) for value in (0.64, -0.1, 0, None)] == ["+64%", "−10%", "0%", "n/a"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.82, "0.82×"),
        (0.999, "0.99×"),
        (1, "1.00×"),
        (12.7, "12×"),
        (250, "99+×"),
        (math.nan, "n/a"),
        (0, "0.00×"),
    ],
)
def test_cover_never_looks_better_than_it_is(value: object, text: str) -> None:
    assert formats.cover(value) == text


@given(st.floats(min_value=0, max_value=9.99))
def test_cover_below_one_is_never_written_as_one(ratio: float) -> None:
    written = float(formats.cover(ratio).removesuffix("×"))
    assert written <= ratio < written + 0.0101


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_every_number_can_be_written(value: float) -> None:
    for write in (
        formats.units,
        formats.compact,
        formats.money,
        formats.percent,
        formats.cover,
        formats.price,
    ):
        text = write(value)
        assert text
        assert "-" not in text, "a hyphen is not a minus"
        assert (text == "n/a") == (not math.isfinite(value))


def test_weeks_are_named_as_people_name_them() -> None:
    assert formats.week_label(SUNDAY) == "FY26 W43"
    assert formats.week_label(FiscalWeek(2027, 3)) == "FY27 W03"
    assert formats.week_label(None) == "n/a"


def test_a_week_has_its_dates() -> None:
    assert formats.week_dates(SUNDAY) == "22–28 Nov"
    assert formats.week_dates(date(2026, 12, 5)) == "29 Nov – 5 Dec"
    assert formats.week_dates(week_of(date(2026, 12, 30))) == "27 Dec 2026 – 2 Jan 2027"
    assert formats.week_dates(None) == "n/a"


def test_a_range_of_one_day_is_that_day() -> None:
    assert formats.day_range(SUNDAY, SUNDAY) == "22 Nov"
    assert formats.day_range(SUNDAY, SUNDAY + timedelta(days=30), with_year=True) == "22 Nov – 22 Dec 2026"


def test_dates() -> None:
    assert formats.short_date(date(2026, 11, 24)) == "Tue 24 Nov"
    assert formats.short_date_year(date(2026, 11, 4)) == "Wed 4 Nov 2026"
    assert formats.short_date(None) == "n/a"


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (0, "today"),
        (1, "tomorrow"),
        (-1, "yesterday"),
        (12, "in 12 days"),
        (-3, "3 days ago"),
        (1200, "in 1,200 days"),
    ],
)
def test_distance_in_days(days: int, text: str) -> None:
    assert formats.in_days(SUNDAY + timedelta(days=days), SUNDAY) == text


def test_distance_of_a_moment_counts_days_and_not_hours() -> None:
    assert formats.in_days(datetime(2026, 11, 23, 0, 5, tzinfo=UTC), SUNDAY) == "tomorrow"
    assert formats.in_days(None, SUNDAY) == "n/a"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "just now"),
        (-5, "just now"),
        (2, "2 s ago"),
        (59.9, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (7200, "2 h ago"),
        (86_400, "1 day ago"),
        (200_000, "2 days ago"),
    ],
)
def test_how_long_ago(seconds: float, text: str) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert formats.ago(now - timedelta(seconds=seconds), now) == text
