"""Two quarters on the scorecard, and the days before and after the second one ended."""

from collections.abc import Mapping
from datetime import date, timedelta

from marketing.sales.models import Mechanic
from marketing.tests.factories import make_mechanic
from scorecard.measures.models import WeekSnapshot
from scorecard.tests.factories import make_category, make_fact, make_week
from sop_site.fiscal import FiscalPeriod, PeriodKind

Q2 = FiscalPeriod(2026, PeriodKind.QUARTER, 2)
Q3 = FiscalPeriod(2026, PeriodKind.QUARTER, 3)
Q4 = FiscalPeriod(2026, PeriodKind.QUARTER, 4)
LAST_DAY = Q3.end
DAY_AFTER = Q3.end + timedelta(days=1)

# Promoted SKU-door-days out of 50 a week, by category and region: 9.1% in one quarter, 13.1% in the next.
DOOR_DAYS = 50.0
OUT_BEFORE = {
    ("Tops", "North"): 4.6,
    ("Tops", "South"): 4.5,
    ("Shoes", "North"): 4.6,
    ("Shoes", "South"): 4.5,
}
OUT_AFTER = {**OUT_BEFORE, ("Tops", "North"): 11.6, ("Tops", "South"): 5.5}


def make_quarters() -> None:
    """Every week of Q2 and Q3, taken whole and open, with promoted days in two categories and regions."""
    mechanic = make_mechanic("Social")
    for period, out in ((Q2, OUT_BEFORE), (Q3, OUT_AFTER)):
        for week in period.weeks:
            make_review_week(week.start, mechanic, out)


def make_review_week(
    start: date, mechanic: Mechanic, out: Mapping[tuple[str, str], float] = OUT_AFTER
) -> WeekSnapshot:
    """One of them: its facts by category and region, and their totals by region."""
    week = make_week(start)
    for region in ("North", "South"):
        mine = {name: days for (name, where), days in out.items() if where == region}
        for name, days in mine.items():
            make_fact(week, category=make_category(name), region=region, **_facts(mechanic, days, 1))
        make_fact(week, region=region, **_facts(mechanic, sum(mine.values()), len(mine)))
    return week


def _facts(mechanic: Mechanic, out: float, parts: int) -> dict[str, object]:
    return {
        "mechanic": mechanic,
        "door_days": DOOR_DAYS * parts,
        "out_door_days": out,
        "sold_units": 90.0 * parts,
        "unmet_units": 10.0 * parts,
    }
