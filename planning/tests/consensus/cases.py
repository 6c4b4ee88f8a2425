"""A small forecast with round numbers, for tests of the consensus."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from marketing.catalogue.models import Category, Product
from marketing.tests.factories import NOW, TODAY, make_product
from planning.consensus.choices import CALCULATED_LAYERS, ENTERED_LAYERS, FUNCTIONS, CycleStatus, Seat
from planning.consensus.domain import (
    ask_for_signatures,
    begin_reconciling,
    sign_forecast,
    submit_forecast,
)
from planning.consensus.models import Cycle, ForecastBlock, ForecastSignature, ForecastVersion
from planning.consensus.packing import Numbers, pack
from planning.consensus.snapshots import snapshot_of
from sop_site.access.models import User
from sop_site.access.roles import Role
from sop_site.fiscal import FiscalMonth, month_of

PASSWORD = "correct horse battery"
WEEKS_OF_MONTHS = [5, 4, 4, 5, 4, 4]
HEAD_OF = {
    Seat.CMO: Role.MARKETING_LEAD,
    Seat.VP_PLANNING: Role.PLANNING_LEAD,
    Seat.HEAD_OF_MERCHANDISING: Role.MERCHANDISING_LEAD,
    Seat.CHAIR: Role.EXECUTIVE,
}


@dataclass(frozen=True)
class Forecast:
    """A cycle about two categories below one, three SKUs and two regions."""

    cycle: Cycle
    apparel: Category
    tops: Category
    shoes: Category
    crew: Product
    polo: Product
    boot: Product

    @property
    def version(self) -> ForecastVersion:
        """The version that is worked on."""
        return self.cycle.current_version


def make_cycle(*, day: date = TODAY) -> Forecast:
    """The cycle of the fiscal month of ``day``, just opened.

    A month of December sells, in each of North and South: crew 100 and polo 300 of the style Classic in
    tops (50.00 each, cost 20.00), boot 50 in shoes; campaigns add nothing, last year was a tenth less. The
    calculated units are 20, 60 and 10 a week, so 80, 240 and 40 in a month of four weeks.
    """
    apparel = Category.objects.create(path="Apparel", name="Apparel")
    tops = Category.objects.create(path="Apparel > Tops", name="Tops", parent=apparel)
    shoes = Category.objects.create(path="Apparel > Shoes", name="Shoes", parent=apparel)
    crew = make_product(sku="CREW", category=tops, style="Classic")
    polo = make_product(sku="POLO", category=tops, style="Classic")
    boot = make_product(sku="BOOT", category=shoes, style="Boot")
    version = make_version(month_of(day))
    for door_group in ("North", "South"):
        make_block(version, tops, door_group, {crew: 20.0, polo: 60.0})
        make_block(version, shoes, door_group, {boot: 10.0})
    return Forecast(version.cycle, apparel, tops, shoes, crew, polo, boot)


def make_block(
    version: ForecastVersion, category: Category | None, door_group: str, weekly_units: dict[Product, float]
) -> ForecastBlock:
    """A block whose SKUs sell the same each week, a tenth less last year; nothing is entered yet."""
    units = np.array(list(weekly_units.values()))
    weekly = np.repeat(units[:, None], version.weeks, axis=1)
    numbers = Numbers(
        product_ids=np.array([product.pk for product in weekly_units], dtype=np.int64),
        weekly=np.stack([weekly * 0.9] + [weekly] * (len(CALCULATED_LAYERS) - 1)),
        entered=np.empty((0,)),
        unit_price=np.array([float(product.unit_price or np.nan) for product in weekly_units]),
        unit_cost=np.array([float(product.unit_cost or np.nan) for product in weekly_units]),
    )
    monthly = units[:, None] * np.array(version.weeks_of_months)
    numbers.entered = np.repeat(monthly[None], len(ENTERED_LAYERS), axis=0)
    block = ForecastBlock(version=version, category=category, door_group=door_group)
    pack(block, numbers)
    block.save()
    return block


def make_version(month: FiscalMonth) -> ForecastVersion:
    """The first version of the cycle held in ``month``, without a number."""
    days = {"submit_by_date": 10, "reconcile_by_date": 17, "sign_by_date": 24}
    cycle = Cycle.objects.create(
        month_start=month.start,
        opened_at=NOW,
        **{name: month.start + timedelta(days=count) for name, count in days.items()},
    )
    return ForecastVersion.objects.create(
        cycle=cycle,
        first_week_start=(month + 1).start,
        weeks_of_months=[(month + place).weeks for place in range(1, 7)],
    )


def publish(version: ForecastVersion, published_on: date) -> ForecastVersion:
    """The version in force from that business date on, without the people who sign."""
    version.published_at = datetime.combine(published_on, time(9), tzinfo=UTC)
    version.published_on = published_on
    version.snapshot = "0" * 64
    version.save()
    return version


def advance(forecast: Forecast, status: CycleStatus, user_of) -> Cycle:
    """Bring a fresh cycle to ``status`` as people would."""
    steps = list(CycleStatus)[1 : list(CycleStatus).index(status) + 1]
    for step in steps:
        if step == CycleStatus.RECONCILING:
            begin_reconciling(cycle=forecast.cycle, by=user_of(Role.PLANNING_LEAD))
        elif step == CycleStatus.SIGNING:
            ask_for_signatures(cycle=forecast.cycle, by=user_of(Role.PLANNING_LEAD))
        else:
            for seat in Seat:
                signed(forecast, seat, user_of)
    return Cycle.objects.get(pk=forecast.cycle.pk)


def signer(seat: Seat, user_of) -> User:
    """Who signs for a seat, with a password."""
    user = user_of(HEAD_OF[seat])
    if not user.check_password(PASSWORD):
        user.set_password(PASSWORD)
        user.save()
    return user


def signed(forecast: Forecast, seat: Seat, user_of, **facts) -> ForecastSignature:
    """A signature of a seat under the forecast as it stands."""
    version = forecast.version
    given = {
        "snapshot": snapshot_of(version).token,
        "password": PASSWORD,
        "by": signer(seat, user_of),
        **facts,
    }
    return sign_forecast(version=version, seat=seat, **given)


def submitted(forecast: Forecast, user_of) -> None:
    """All three functions have handed in their number."""
    members = (Role.MARKETING_MEMBER, Role.PLANNING_MEMBER, Role.MERCHANDISING_MEMBER)
    for layer, role in zip(FUNCTIONS, members, strict=True):
        submit_forecast(version=forecast.version, layer=layer, by=user_of(role))
