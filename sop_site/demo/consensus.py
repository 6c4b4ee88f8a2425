"""The demo's consensus: eight months that were signed, and the one under way.

What was forecast then is what sold since, with the errors that people and models make: last year is far off,
the statistical forecast nearer, Planning nearest; Marketing adds a little where it hopes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
from planning.consensus.packing import ENTERED, pack, unpacked
from planning.consensus.snapshots import snapshot_of
from planning.consensus.totals import totals_by_category
from sop_site.access.models import User
from sop_site.columns import place_in, read_columns
from sop_site.fiscal import WEEK, FiscalMonth, month_of, week_start
from sop_site.operating_model.models import OperatingModel

Floats = NDArray[np.float64]

SIGNED_MONTHS: Final = 8
SEED: Final = 20261122
HISTORY_WEEKS: Final = 104
# The spread of the errors as the standard deviation of their logarithm: of a SKU's month, by how many months
# it lies ahead, and of each week in it. The statistical forecast errs more, and promoted weeks are harder.
MONTH_ERRORS: Final = (0.22, 0.28, 0.34, 0.38)
WEEK_ERROR: Final = 0.22
STATISTICAL_ERRS: Final = 1.25
PROMOTED_ERRS: Final = 1.3
# What the statistical forecast, which knows no campaign, sees of a promoted week.
WITHOUT_CAMPAIGNS: Final = 0.7
# What is calculated was a little too high on the whole, so that hope on top of it did not help.
CALCULATED_BIAS = 1.03
PLANNING_CORRECTS = 0.2
HOPE = (0.04, 0.14)
HOPES_IN = 0.6
MERCHANDISING_BUYS: Final = (0.92, 1.10)
SALES = """
SELECT product_id AS product, door_id AS door, (week_start - %(first)s) / 7 AS week, units,
    promoted_days > 0 AS promoted
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
    """Units of each SKU and door group a week: sold, as far as weeks have passed, and forecast after that.

    The rows of all blocks ``[n]`` follow one another.
    """

    def __init__(self, version: ForecastVersion, today: date) -> None:
        self.blocks = list(version.blocks.order_by("pk"))
        self.numbers = [unpacked(block) for block in self.blocks]
        self.first = week_start(today) - HISTORY_WEEKS * WEEK
        weeks_ahead = (version.first_week_start - self.first).days // 7 + version.weeks
        groups = door_groups(self.first, version.last_day)
        counts = [len(numbers.product_ids) for numbers in self.numbers]
        self.block_of = np.repeat(np.arange(len(counts)), counts)
        in_group = np.array([groups.names.index(block.door_group) for block in self.blocks])[self.block_of]
        keys = (
            np.concatenate([numbers.product_ids for numbers in self.numbers]) * len(groups.names) + in_group
        )
        campaigns = list(Layer).index(Layer.CAMPAIGNS)
        ahead = np.concatenate([numbers.weekly[campaigns] for numbers in self.numbers])
        units = np.zeros((len(keys), weeks_ahead))
        units[:, weeks_ahead - version.weeks :] = ahead
        # The rest of the month under way sells as its next weeks do.
        units[:, HISTORY_WEEKS : weeks_ahead - version.weeks] = ahead[:, :1]
        promoted = np.zeros(units.shape, dtype=np.bool_)
        kinds = {"product": "int8", "door": "int8", "week": "int4", "units": "float8", "promoted": "bool"}
        sold = read_columns(SALES, {"first": self.first, "end": week_start(today)}, kinds)
        order = np.argsort(keys)
        group = groups.place_of(sold["door"])
        place = place_in(keys[order], sold["product"] * len(groups.names) + group)
        row, known = order[place], (place >= 0) & (group >= 0)
        np.add.at(units, (row[known], sold["week"][known]), sold["units"][known])
        known &= sold["promoted"]
        promoted[row[known], sold["week"][known]] = True
        self._units, self._promoted = np.maximum(units, 0.0), promoted

    def units(self, first: date, count: int) -> Floats:
        """Units a week ``[n, count]``; before the history, those a year later."""
        return self._units[:, self._weeks(first, count)]

    def is_promoted(self, first: date, count: int) -> NDArray[np.bool_]:
        """Whether a week had a promotion at any door ``[n, count]``; false for weeks that are ahead."""
        return self._promoted[:, self._weeks(first, count)]

    def _weeks(self, first: date, count: int) -> NDArray[np.int64]:
        place = (first - self.first).days // 7
        wanted = np.arange(place, place + count)
        return np.where(wanted < 0, wanted + 52, wanted)


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
    hopes = {
        (category_id, place): rng.uniform(*HOPE) if rng.random() < HOPES_IN else 0.0
        for category_id in dict.fromkeys(block.category_id for block in truth.blocks)
        for place in range(HORIZON_MONTHS)
    }
    weekly, entered = _numbers_then(version, truth, hopes, rng)
    made = []
    for place, (block, numbers) in enumerate(zip(truth.blocks, truth.numbers, strict=True)):
        mine = truth.block_of == place
        made.append(
            ForecastBlock(version=version, category_id=block.category_id, door_group=block.door_group)
        )
        pack(made[-1], replace(numbers, weekly=weekly[:, mine], entered=entered[:, mine]))
    ForecastBlock.objects.bulk_create(made)
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
    truth: _Truth,
    hopes: Mapping[tuple[int | None, int], float],
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """The calculated layers ``[3, n, W]`` and the entered ones ``[4, n, HORIZON_MONTHS]`` of all blocks."""
    month_of_week = np.asarray(version.month_of_week)
    sold = truth.units(version.first_week_start, version.weeks)
    promoted = truth.is_promoted(version.first_week_start, version.weeks)
    statistical = sold * _errors(promoted, month_of_week, STATISTICAL_ERRS, rng)
    statistical[promoted] *= WITHOUT_CAMPAIGNS
    campaigns = sold * CALCULATED_BIAS * _errors(promoted, month_of_week, 1.0, rng)
    naive = truth.units(version.first_week_start - 52 * WEEK, version.weeks)
    then = months_of_weeks(campaigns, month_of_week, HORIZON_MONTHS)
    since = months_of_weeks(sold, month_of_week, HORIZON_MONTHS)
    # Merchandising rounds Planning's number to what it would buy.
    planning = then ** (1 - PLANNING_CORRECTS) * since**PLANNING_CORRECTS
    merchandising = planning * rng.uniform(*MERCHANDISING_BUYS, then.shape)
    hope = np.array(
        [[hopes[block.category_id, place] for place in range(HORIZON_MONTHS)] for block in truth.blocks]
    )
    layers = {
        Layer.MARKETING: then * (1 + hope[truth.block_of]),
        Layer.PLANNING: planning,
        Layer.MERCHANDISING: merchandising,
        Layer.CONSENSUS: 0.6 * planning + 0.4 * merchandising,
    }
    return np.stack([naive, statistical, campaigns]), np.stack([layers[layer] for layer in ENTERED])


def _errors(
    promoted: NDArray[np.bool_], month_of_week: NDArray[np.int64], scale: float, rng: np.random.Generator
) -> Floats:
    """Ratios of what was forecast to what sold ``[n, W]``, of mean 1: a month's with those of its weeks."""
    nearest = np.minimum(np.arange(HORIZON_MONTHS), len(MONTH_ERRORS) - 1)
    months = rng.normal(0.0, np.take(MONTH_ERRORS, nearest), (len(promoted), HORIZON_MONTHS))
    errs = scale * np.where(promoted, PROMOTED_ERRS, 1.0)
    spread = np.hypot(np.take(MONTH_ERRORS, nearest)[month_of_week], WEEK_ERROR) * errs
    weeks = rng.normal(0.0, WEEK_ERROR, promoted.shape)
    return np.exp(errs * (months[:, month_of_week] + weeks) - spread**2 / 2)


def _entries_then(
    version: ForecastVersion, hopes: Mapping[tuple[int | None, int], float], rng: np.random.Generator
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
