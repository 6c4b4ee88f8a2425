"""How numbers, money, dates and weeks are written, everywhere the same.

Pure functions: a missing value (None, NaN, an infinity) is written "n/a". Minus is a true minus sign,
thousands are separated by commas, and no figure breaks across lines.
"""

import math
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

from sop_site.fiscal import FiscalWeek, week_of, week_start

NOT_AVAILABLE = "n/a"
MINUS = "\u2212"
EN_DASH = "\u2013"
TIMES = "\u00d7"
# Wide enough for every float, so that no figure, however wrong, breaks a page.
WIDE = Context(prec=400, rounding=ROUND_HALF_UP)
COMPACT_STEPS = (
    (Decimal(1_000_000_000), "bn"),
    (Decimal(1_000_000), "m"),
    (Decimal(1_000), "k"),
)


def _number(value: object) -> Decimal | None:
    """``value`` as a Decimal, or None where it is missing or not a finite number."""
    if value is None or value == "" or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


def _fixed(number: Decimal, decimals: int) -> str:
    """Thousands separated, halves rounded away from zero, "0" never with a minus."""
    rounded = number.quantize(Decimal(1).scaleb(-decimals), context=WIDE)
    sign = MINUS if rounded < 0 else ""
    return f"{sign}{abs(rounded):,.{decimals}f}"


def units(value: object) -> str:
    """Units: ``12,480``. Below ten one decimal is shown, because some retailers' units are not whole."""
    number = _number(value)
    if number is None:
        return NOT_AVAILABLE
    whole = number == number.to_integral_value()
    return _fixed(number, 0 if whole or abs(number) >= 10 else 1)


def signed_units(value: object) -> str:
    """A change in units, with its sign: ``+120``, ``−40``, ``0``."""
    number = _number(value)
    text = units(value)
    return f"+{text}" if number is not None and text != "0" and number > 0 else text


def compact(value: object) -> str:
    """A figure for a narrow place, in three digits or so: ``940``, ``12.4k``, ``1.2m``."""
    number = _number(value)
    if number is None:
        return NOT_AVAILABLE
    if abs(number) < 1000:
        return units(number)
    for step, suffix in COMPACT_STEPS:
        # 999,500 would be written 1,000k: it belongs to the next step.
        if abs(number) >= step * Decimal("0.9995"):
            scaled = number / step
            decimals = 1 if abs(scaled) < 100 else 0
            return _fixed(scaled, decimals).removesuffix(".0") + suffix
    return units(number)


def _with_currency(text: str, currency: str) -> str:
    return f"{MINUS}{currency}{text.removeprefix(MINUS)}" if text.startswith(MINUS) else f"{currency}{text}"


def money(value: object, currency: str = "$") -> str:
    """Money for a narrow place: ``$12.4k``, ``$940``."""
    number = _number(value)
    if number is None:
        return NOT_AVAILABLE
    text = compact(number) if abs(number) >= 1000 else _fixed(number, 0)
    return _with_currency(text, currency)


def money_full(value: object, currency: str = "$") -> str:
    """Money in whole units: ``$12,431``."""
    number = _number(value)
    return NOT_AVAILABLE if number is None else _with_currency(_fixed(number, 0), currency)


def signed_money(value: object, currency: str = "$") -> str:
    """A change in money, with its sign: ``+$12.4k``, ``−$940``, ``$0``."""
    number = _number(value)
    text = money(value, currency)
    return f"+{text}" if number is not None and text != money(0, currency) and number > 0 else text


def price(value: object, currency: str = "$") -> str:
    """A price or a unit cost, always with two decimals: ``$24.50``."""
    number = _number(value)
    return NOT_AVAILABLE if number is None else _with_currency(_fixed(number, 2), currency)


def percent(value: object, decimals: int = 0) -> str:
    """A ratio as a percentage: 0.253 is ``25%``, with one decimal ``25.3%``."""
    number = _number(value)
    return NOT_AVAILABLE if number is None else f"{_fixed(number * 100, decimals)}%"


def signed_percent(value: object, decimals: int = 0) -> str:
    """A ratio as a change: 0.25 is ``+25%``."""
    text = percent(value, decimals)
    number = _number(value)
    return f"+{text}" if number is not None and number > 0 else text


def cover(value: object) -> str:
    """Supply over demand: ``0.82×``; from ten times on without decimals, where they say nothing.

    Rounded down: cover just under a threshold must not look like the threshold.
    """
    number = _number(value)
    if number is None:
        return NOT_AVAILABLE
    if abs(number) >= 100:
        return f"99+{TIMES}"
    exponent = Decimal(1) if abs(number) >= 10 else Decimal("0.01")
    return f"{number.quantize(exponent, 'ROUND_FLOOR')}{TIMES}".replace("-", MINUS)


def times(value: object, decimals: int = 2) -> str:
    """A multiple of something: ``2.41×``, with one decimal ``2.4×``."""
    number = _number(value)
    return NOT_AVAILABLE if number is None else f"{_fixed(number, decimals)}{TIMES}"


def day_range(first: date, last: date, *, with_year: bool = False) -> str:
    """Two dates as people write them: ``22–28 Nov``, ``29 Nov – 5 Dec``, ``27 Dec 2026 – 2 Jan 2027``."""
    if first.year != last.year:
        return f"{_day_month(first)} {first.year} {EN_DASH} {_day_month(last)} {last.year}"
    year = f" {last.year}" if with_year else ""
    if first == last:
        return f"{_day_month(first)}{year}"
    if first.month == last.month:
        return f"{first.day}{EN_DASH}{last.day} {last:%b}{year}"
    return f"{_day_month(first)} {EN_DASH} {_day_month(last)}{year}"


def _day_month(day: date) -> str:
    return f"{day.day} {day:%b}"


def _week(value: FiscalWeek | date) -> FiscalWeek:
    return value if isinstance(value, FiscalWeek) else week_of(_day(value))


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def week_label(value: FiscalWeek | date | None) -> str:
    """The fiscal week, or that of a date, by its name: ``FY26 W43``."""
    return NOT_AVAILABLE if value is None else _week(value).label


def week_dates(value: FiscalWeek | date | None) -> str:
    """The dates of a fiscal week, or of the week that holds a date: ``22–28 Nov``."""
    if value is None:
        return NOT_AVAILABLE
    first = value.start if isinstance(value, FiscalWeek) else week_start(_day(value))
    return day_range(first, first + timedelta(days=6))


def short_date(value: date | None) -> str:
    """A near date: ``Tue 24 Nov``."""
    return NOT_AVAILABLE if value is None else f"{value:%a} {_day_month(value)}"


def short_date_year(value: date | None) -> str:
    """A date that may lie far away: ``Tue 24 Nov 2026``."""
    return NOT_AVAILABLE if value is None else f"{short_date(value)} {value.year}"


def in_days(value: date | None, today: date | None) -> str:
    """How far ``value`` is from ``today``: ``today``, ``tomorrow``, ``in 12 days``, ``3 days ago``."""
    if value is None or today is None:
        return NOT_AVAILABLE
    days = (_day(value) - _day(today)).days
    named = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in named:
        return named[days]
    return f"in {days:,} days" if days > 0 else f"{-days:,} days ago"


def ago(value: datetime | None, now: datetime) -> str:
    """How long since ``value``: ``just now``, ``12 s ago``, ``5 min ago``, ``3 h ago``, ``2 days ago``."""
    if value is None:
        return NOT_AVAILABLE
    seconds = math.floor((now - value).total_seconds())
    if seconds < 1:
        return "just now"
    if seconds < 60:
        return f"{seconds} s ago"
    if seconds < 3600:
        return f"{seconds // 60} min ago"
    if seconds < 86_400:
        return f"{seconds // 3600} h ago"
    days = seconds // 86_400
    return f"{days:,} day{'s' if days > 1 else ''} ago"
