"""The demo's consensus: five months that were signed, and the one under way.

What was forecast then is what sold since, with the errors that people and models make: last year is far off,
the statistical forecast nearer, Planning nearest; Marketing adds a little where it hopes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray

from marketing.catalogue.models import Category
from planning.consensus.choices import FUNCTIONS, CycleStatus, Layer, RemarkKind, Seat
from planning.consensus.domain import (
    Change,
    Scope,
    begin_due_reconciling,
    enter_units,
    remark,
    submit_forecast,
)
from planning.consensus.domain.opening import open_cycle
from planning.consensus.door_groups import door_groups
from planning.consensus.engine import months_of_weeks
from planning.consensus.models import (
    HORIZON_MONTHS,
    Cycle,
    ForecastBlock,
    ForecastEntry,
    ForecastSignature,
    ForecastVersion,
    Submission,
)
from planning.consensus.packing import ENTERED, Numbers, pack, unpacked
from planning.consensus.snapshots import snapshot_of
from planning.consensus.totals import totals_by_category
from sop_site.access.models import User
from sop_site.columns import read_columns
from sop_site.fiscal import WEEK, FiscalMonth, month_of, week_start
from sop_site.operating_model.models import OperatingModel

Floats = NDArray[np.float64]

SIGNED_MONTHS: Final = 5
SEED: Final = 20261122
HISTORY_WEEKS: Final = 104
# The spread of the errors of a SKU's month, as the standard deviation of their logarithm.
STATISTICAL_ERROR, CAMPAIGNS_ERROR = 0.30, 0.22
# What is calculated was a little too high on the whole, so that hope on top of it did not help.
CALCULATED_BIAS = 1.03
PLANNING_CORRECTS = 0.4
HOPE = (0.02, 0.09)
HOPES_IN = 0.6
SALES = """
SELECT product_id AS product, door_id AS door, (week_start - %(first)s) / 7 AS week, units
FROM marketing_weeklysales WHERE week_start >= %(first)s AND week_start < %(end)s
"""
SIGNERS: Final = {
    Seat.CMO: "carla.cmo",
    Seat.VP_PLANNING: "victor.vp",
    Seat.HEAD_OF_MERCHANDISING: "hanna.merchandising",
    Seat.CHAIR: "erik.executive",
}
WHO_SUBMITS: Final = {
    Layer.MARKETING: "maya.marketing",
    Layer.PLANNING: "priya.planning",
    Layer.MERCHANDISING: "mei.merchandising",
}
HOPES: Final = (
    "The social reach has doubled since spring",
    "Two creators have confirmed",
    "The feature is on the landing page",
    "Search interest is up on last year",
)
CORRECTIONS: Final = (
    "Eight weeks of sales say so",
    "Last year had a clearance that does not come back",
    "The new colour takes from the old one",
)
AGREED: Final = (
    "Planning's correction counts for most of it",
    "Agreed when we reconciled: closer to what sells",
    "Marketing could not show what the raise rests on",
)


@dataclass(frozen=True, slots=True)
class _Opinion:
    """What a function says of the month under way: a category by its place, a month, and by how much."""

    layer: Layer
    category_place: int
    month_place: int
    ratio: float
    reason: str
    assumption: str = ""


OPINIONS: Final = (
    _Opinion(
        Layer.MARKETING, 0, 0, 1.12, "The holiday film runs a week longer", "Media budget stays at $180k"
    ),
    _Opinion(Layer.MARKETING, 1, 1, 1.08, "The January reset is on the front page"),
    _Opinion(Layer.MARKETING, 3, 2, 1.25, "A creator launches her own colour", "She posts twice a week"),
    _Opinion(Layer.PLANNING, 0, 0, 0.97, "Two stores close early in the week of the holiday"),
    _Opinion(Layer.PLANNING, 2, 1, 0.88, "Last January had a clearance that does not come back"),
    _Opinion(Layer.MERCHANDISING, 1, 1, 0.94, "The old silhouette leaves the range in January"),
    _Opinion(Layer.MERCHANDISING, 3, 2, 1.10, "The supplier can make the new colour", "Fabric is booked"),
)


@transaction.atomic
def seed_consensus(*, today: date) -> Cycle:
    """Open this month's cycle with what the functions have said so far, after the signed ones before it."""
    month = month_of(today)
    current = open_cycle(month=month, today=today)
    rng = np.random.default_rng(SEED)
    truth = _Truth(current.current_version, today)
    for back in range(SIGNED_MONTHS, 0, -1):
        _signed_cycle(month - back, truth, rng)
    _speak(current, today)
    return Cycle.objects.get(pk=current.pk)


class _Truth:
    """Units of each SKU and door group a week: sold, as far as weeks have passed, and forecast after that."""

    def __init__(self, version: ForecastVersion, today: date) -> None:
        self.blocks = [(block, unpacked(block)) for block in version.blocks.order_by("pk")]
        self.first = week_start(today) - HISTORY_WEEKS * WEEK
        weeks_ahead = (version.first_week_start - self.first).days // 7 + version.weeks
        groups = door_groups(self.first, version.last_day)
        kinds = {"product": "int8", "door": "int8", "week": "int4", "units": "float8"}
        sold = read_columns(SALES, {"first": self.first, "end": week_start(today)}, kinds)
        sold["group"] = groups.place_of(sold["door"])
        self._weekly = {}
        for block, numbers in self.blocks:
            ahead = numbers.weekly[list(Layer).index(Layer.CAMPAIGNS)]
            units = np.zeros((len(numbers.product_ids), weeks_ahead))
            units[:, weeks_ahead - version.weeks :] = ahead
            # The rest of the month under way sells as its next weeks do.
            units[:, HISTORY_WEEKS : weeks_ahead - version.weeks] = ahead[:, :1]
            mine = (sold["group"] == groups.names.index(block.door_group)) & np.isin(
                sold["product"], numbers.product_ids
            )
            place = np.searchsorted(numbers.product_ids, sold["product"][mine])
            np.add.at(units, (place, sold["week"][mine]), sold["units"][mine])
            self._weekly[block.pk] = np.maximum(units, 0.0)

    def weeks(self, block: ForecastBlock, first: date, count: int) -> Floats:
        """Units a week of each SKU of a block ``[n, count]``; before the history, those a year later."""
        place = (first - self.first).days // 7
        units = self._weekly[block.pk]
        wanted = np.arange(place, place + count)
        return units[:, np.where(wanted < 0, wanted + 52, wanted)]


def _signed_cycle(month: FiscalMonth, truth: _Truth, rng: np.random.Generator) -> None:
    model = OperatingModel.objects.latest("version")
    signed_on = month.start + timedelta(days=model.consensus_sign_days - 1)
    cycle = Cycle.objects.create(
        month_start=month.start,
        submit_by_date=month.start + timedelta(days=model.consensus_submit_days),
        reconcile_by_date=month.start + timedelta(days=model.consensus_reconcile_days),
        sign_by_date=month.start + timedelta(days=model.consensus_sign_days),
        opened_at=_moment(month.start, 3),
    )
    version = ForecastVersion.objects.create(
        cycle=cycle,
        first_week_start=(month + 1).start,
        weeks_of_months=[(month + place).weeks for place in range(1, HORIZON_MONTHS + 1)],
    )
    hopes: dict[tuple[int | None, int], float] = {}
    for block, numbers in truth.blocks:
        hope = hopes.setdefault
        added = [
            hope((block.category_id, place), rng.uniform(*HOPE) if rng.random() < HOPES_IN else 0.0)
            for place in range(HORIZON_MONTHS)
        ]
        made = ForecastBlock(version=version, category_id=block.category_id, door_group=block.door_group)
        pack(made, _numbers_then(version, block, numbers, truth, np.array(added), rng))
        made.save()
    _entries_then(version, hopes, rng)
    people = {user.username: user for user in User.objects.filter(username__in=_usernames())}
    for layer, username in WHO_SUBMITS.items():
        day = month.start + timedelta(days=model.consensus_submit_days - 2)
        Submission.objects.create(
            version=version, layer=layer, submitted_at=_moment(day, 15), submitted_on=day,
            submitted_by=people[username], is_late=False,
        )  # fmt: skip
    snapshot = snapshot_of(version).hash
    for hour, (seat, username) in enumerate(SIGNERS.items(), start=9):
        ForecastSignature.objects.create(
            version=version, seat=seat, snapshot=snapshot, signed_at=_moment(signed_on, hour),
            signed_by=people[username],
        )  # fmt: skip
    published_at = _moment(signed_on, 12)
    ForecastVersion.objects.filter(pk=version.pk).update(
        published_at=published_at, published_on=signed_on, snapshot=snapshot
    )
    Cycle.objects.filter(pk=cycle.pk).update(status=CycleStatus.PUBLISHED, published_at=published_at)


def _numbers_then(
    version: ForecastVersion,
    block: ForecastBlock,
    numbers: Numbers,
    truth: _Truth,
    hope: Floats,
    rng: np.random.Generator,
) -> Numbers:
    month_of_week = np.asarray(version.month_of_week)
    sold = truth.weeks(block, version.first_week_start, version.weeks)
    shape = (len(sold), HORIZON_MONTHS)
    statistical = sold * np.exp(rng.normal(0, STATISTICAL_ERROR, shape))[:, month_of_week]
    campaigns = sold * CALCULATED_BIAS * np.exp(rng.normal(0, CAMPAIGNS_ERROR, shape))[:, month_of_week]
    naive = truth.weeks(block, version.first_week_start - 52 * WEEK, version.weeks)
    then = months_of_weeks(campaigns, month_of_week, HORIZON_MONTHS)
    since = months_of_weeks(sold, month_of_week, HORIZON_MONTHS)
    planning = then ** (1 - PLANNING_CORRECTS) * since**PLANNING_CORRECTS
    layers = {
        Layer.MARKETING: then * (1 + hope),
        Layer.PLANNING: planning,
        Layer.MERCHANDISING: then * rng.uniform(0.97, 1.03, shape),
        Layer.CONSENSUS: 0.7 * planning + 0.3 * then,
    }
    return Numbers(
        product_ids=numbers.product_ids,
        weekly=np.stack([naive, statistical, campaigns]),
        entered=np.stack([layers[layer] for layer in ENTERED]),
        unit_price=numbers.unit_price,
        unit_cost=numbers.unit_cost,
    )


def _entries_then(
    version: ForecastVersion, hopes: dict[tuple[int | None, int], float], rng: np.random.Generator
) -> None:
    """What was entered and agreed by category and month, so that it can be held against what sold."""
    people = {user.username: user for user in User.objects.filter(username__in=_usernames())}
    submitted_at = _moment(version.cycle.submit_by_date - timedelta(days=2), 14)
    agreed_at = _moment(version.cycle.reconcile_by_date - timedelta(days=1), 11)
    sources = (
        (Layer.MARKETING, HOPES, submitted_at, WHO_SUBMITS[Layer.MARKETING]),
        (Layer.PLANNING, CORRECTIONS, submitted_at, WHO_SUBMITS[Layer.PLANNING]),
        (Layer.CONSENSUS, AGREED, agreed_at, SIGNERS[Seat.VP_PLANNING]),
    )
    rows = {layer: place for place, layer in enumerate(Layer)}
    made = []
    for category, totals in totals_by_category(version).items():
        for month_place in range(HORIZON_MONTHS):
            before = float(totals.units[rows[Layer.CAMPAIGNS], month_place])
            for layer, reasons, entered_at, username in sources:
                if layer == Layer.MARKETING and not hopes.get(
                    (category.pk if category else None, month_place)
                ):
                    continue
                made.append(
                    ForecastEntry(
                        version=version, layer=layer, category=category, month_place=month_place,
                        units_before=before, units_after=float(totals.units[rows[layer], month_place]),
                        reason=reasons[int(rng.integers(len(reasons)))],
                        entered_at=entered_at, entered_by=people[username],
                    )
                )  # fmt: skip
    ForecastEntry.objects.bulk_create(made)


def _speak(cycle: Cycle, today: date) -> None:
    """What the functions have entered and handed in so far, and one point that is open."""
    version = cycle.current_version
    people = {user.username: user for user in User.objects.filter(username__in=_usernames())}
    categories = _largest(version)
    for opinion in OPINIONS:
        category = categories[opinion.category_place % len(categories)]
        units = totals_by_category(version)[category].units
        now = float(units[list(Layer).index(opinion.layer), opinion.month_place])
        change = Change(Scope(category_id=category.pk), opinion.month_place, round(now * opinion.ratio))
        enter_units(
            version=version, layer=opinion.layer, changes=[change], by=people[WHO_SUBMITS[opinion.layer]],
            reason=opinion.reason, assumption=opinion.assumption,
        )  # fmt: skip
    for layer in FUNCTIONS[: 3 if today > cycle.submit_by_date else 2]:
        submit_forecast(version=version, layer=layer, by=people[WHO_SUBMITS[layer]])
    early = version.submissions.exclude(layer=Layer.MERCHANDISING)
    handed_in_on = min(today, cycle.submit_by_date - timedelta(days=1))
    early.update(submitted_on=handed_in_on, submitted_at=_moment(handed_in_on, 16), is_late=False)
    begin_due_reconciling(today)
    # It opened in the first night of its month, before anyone handed in a number.
    Cycle.objects.filter(pk=cycle.pk).update(opened_at=_moment(month_of(today).start, 3))
    remark(
        version=version, kind=RemarkKind.OPEN_POINT, category=categories[3 % len(categories)],
        by=people["mei.merchandising"], text="Can the supplier dye the new colour before January?",
    )  # fmt: skip
    remark(
        version=version, kind=RemarkKind.COMMENT, category=categories[0], by=people["peter.planning"],
        text="The DC works two shifts in December; inbound is no limit.",
    )  # fmt: skip


def _largest(version: ForecastVersion) -> Sequence[Category]:
    """The categories by the money of their forecast."""
    value = {
        category: float(totals.at_price[list(Layer).index(Layer.CAMPAIGNS)].sum())
        for category, totals in totals_by_category(version).items()
        if category is not None
    }
    return sorted(value, key=value.__getitem__, reverse=True)


def _usernames() -> Iterator[str]:
    yield from (*SIGNERS.values(), *WHO_SUBMITS.values(), "peter.planning")


def _moment(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=ZoneInfo(settings.TIME_ZONE))
