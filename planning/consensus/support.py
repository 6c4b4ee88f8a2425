"""The calendar held against the signed forecast: which campaigns it does not support, and what is missing.

Nothing is stored: the signed forecast does not change what the Bridge projects, it is compared with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import numpy as np
from django.db import models
from django.db.models import Q
from numpy.typing import NDArray

from marketing.campaigns.choices import PLANNED_STATUSES
from marketing.campaigns.models import Campaign, CampaignLine
from marketing.catalogue.models import Product
from planning.consensus.calculated import expected_demand_by_group
from planning.consensus.choices import CALCULATED_LAYERS, Layer
from planning.consensus.door_groups import door_groups
from planning.consensus.engine import weeks_of_months
from planning.consensus.in_force import PublishedVersions
from planning.consensus.models import ForecastBlock, ForecastVersion
from planning.consensus.packing import ENTERED, unpacked
from planning.risk.runs import chunks_of
from sop_site import formats
from sop_site.columns import place_in
from sop_site.fiscal import WEEK, week_start
from sop_site.operating_model.limits import Limit, Limits
from sop_site.operating_model.models import OperatingModel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# What pages show as the same whole number is no drift, whatever share it is.
LEAST_UNITS: Final = 0.5
COMPARED: Final = (Layer.STATISTICAL, Layer.CAMPAIGNS, Layer.CONSENSUS)
CALCULATED_PLACES: Final = [CALCULATED_LAYERS.index(layer) for layer in COMPARED[:2]]


class SupportState(models.TextChoices):
    UNSUPPORTED = "unsupported", "Not supported"
    BELOW = "below", "Below the signed forecast"
    SUPPORTED = "supported", "Supported"

    @property
    def tone(self) -> str:
        """The colour family; the word always stands beside it."""
        return STATE_TONES[self]


STATE_TONES: Final = {
    SupportState.UNSUPPORTED: "warn",
    SupportState.BELOW: "waiting",
    SupportState.SUPPORTED: "good",
}


@dataclass(frozen=True, slots=True)
class SkuSupport:
    """What a campaign's SKU is expected to sell over the campaign's weeks, against what was signed for them.

    Units over all doors: ``expected`` now, with every planned campaign, and ``signed``. Their difference is
    ``baseline_moved + campaigns_moved - agreed``: what the baseline and the campaigns are expected to sell
    more than when the data was frozen, and what people agreed to sign above the forecast with campaigns.
    ``plan_change`` says what happened to the campaign since the signature, "" for nothing.
    """

    campaign: Campaign
    product: Product
    expected: float
    signed: float
    baseline_moved: float
    campaigns_moved: float
    agreed: float
    is_in_forecast: bool
    plan_change: str
    tolerance: float

    @property
    def missing(self) -> float:
        """Units that the signed forecast lacks; below 0 it has more than is expected."""
        return self.expected - self.signed

    @property
    def money(self) -> float | None:
        """The missing units at price; None where no price is known."""
        price = self.product.unit_price
        return None if price is None else self.missing * float(price)

    @property
    def drift(self) -> float | None:
        """The missing units as a share of the signed ones; None where none were signed."""
        return self.missing / self.signed if self.signed > 0 else None

    @property
    def state(self) -> SupportState:
        """Whether the difference is beyond the tolerance of the operating model, and to which side."""
        if abs(self.missing) <= max(self.tolerance * self.signed, LEAST_UNITS):
            return SupportState.SUPPORTED
        return SupportState.UNSUPPORTED if self.missing > 0 else SupportState.BELOW

    @property
    def reasons(self) -> list[str]:
        """What changed since the signed forecast was made, the largest part first."""
        if not self.is_in_forecast:
            return ["This SKU is not in the signed forecast"]
        parts = [
            (self.campaigns_moved, self.plan_change or "Campaigns of this SKU changed"),
            (self.baseline_moved, "The baseline moved"),
            (-self.agreed, f"Signed {'above' if self.agreed > 0 else 'below'} the forecast with campaigns"),
        ]
        told = [(units, words) for units, words in parts if abs(units) >= LEAST_UNITS]
        told.sort(key=lambda part: -abs(part[0]))
        said = [f"{words}: {_units_in_words(round(units))}" for units, words in told]
        mentions_plan = not self.plan_change or abs(self.campaigns_moved) >= LEAST_UNITS
        return said if mentions_plan else [*said, self.plan_change]


def _units_in_words(change: int) -> str:
    return f"{formats.signed_units(change)} unit{'' if abs(change) == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class CampaignSupport:
    """A campaign with its SKUs; where it cannot be compared, ``why_not`` says so and there are none."""

    campaign: Campaign
    version: ForecastVersion | None
    skus: Sequence[SkuSupport]
    why_not: str = ""

    @property
    def is_beyond(self) -> bool:
        """Whether it counts as demand, but has weeks that no signed forecast covers."""
        return bool(self.why_not) and self.campaign.is_planned and self.version is not None

    @property
    def drifted(self) -> list[SkuSupport]:
        """Its SKUs beyond the tolerance."""
        return [sku for sku in self.skus if sku.state != SupportState.SUPPORTED]

    @property
    def unsupported(self) -> list[SkuSupport]:
        """Its SKUs of which the signed forecast has too few."""
        return [sku for sku in self.skus if sku.state == SupportState.UNSUPPORTED]

    @property
    def missing_units(self) -> float:
        """Units that the signed forecast lacks of its unsupported SKUs."""
        return sum(sku.missing for sku in self.unsupported)

    @property
    def missing_money(self) -> float | None:
        """The same at price; None where no price is known."""
        known = [sku.money for sku in self.unsupported if sku.money is not None]
        return sum(known) if known else None


def supports_of(campaigns: Iterable[Campaign], *, today: date) -> list[CampaignSupport]:
    """Each of these campaigns held against the signed forecast in force, from the week of ``today`` on.

    In a fixed number of queries. Weeks that are over are left out: there is nothing to decide on them.
    """
    published = PublishedVersions.read()
    asked = list(campaigns)
    compared, others = _split(asked, published, today)
    if not compared:
        return [others[campaign.pk] for campaign in asked]
    lines = CampaignLine.objects.filter(campaign__in=compared).select_related("product__category")
    by_campaign: dict[int, list[CampaignLine]] = {pk: [] for pk in compared}
    for line in lines.order_by("product__sku"):
        by_campaign[line.campaign_id].append(line)
    products = {line.product_id: line.product for of_one in by_campaign.values() for line in of_one}
    units = _Units.read(products, compared, today)
    changes = _plan_changes([campaign for campaign in asked if campaign.pk in compared], compared)
    limits = Limits.of(OperatingModel.objects.in_force(today))

    def compare(campaign: Campaign) -> CampaignSupport:
        versions = compared[campaign.pk]
        skus = [
            units.support_of(
                campaign, line.product, versions, changes[campaign.pk], tolerance_of(line.product, limits)
            )
            for line in by_campaign[campaign.pk]
        ]
        return CampaignSupport(campaign, next(iter(versions.values())), skus)

    return [others[one.pk] if one.pk in others else compare(one) for one in asked]


def tolerance_of(product: Product, limits: Limits) -> float:
    """How far a SKU may drift from the signed forecast: as its category says, over all regions alike."""
    path = "" if product.category is None else product.category.path
    return limits.value(Limit.CONSENSUS_DRIFT, path, "")


def planned_supports(*, today: date) -> list[CampaignSupport]:
    """Every planned campaign that is not over, held against the signed forecast."""
    return supports_of(Campaign.objects.planned().filter(ends_on__gte=today), today=today)


def _split(
    campaigns: Sequence[Campaign], published: PublishedVersions, today: date
) -> tuple[dict[int, dict[date, ForecastVersion]], dict[int, CampaignSupport]]:
    """The version in force for each week to come of each campaign; and campaigns that cannot be compared."""
    compared: dict[int, dict[date, ForecastVersion]] = {}
    others: dict[int, CampaignSupport] = {}
    newest = published.in_force(today)
    for campaign in campaigns:
        weeks = _weeks_to_come(campaign, today)
        in_force = {week: published.in_force(today, week) for week in weeks}
        covered = {week: version for week, version in in_force.items() if version is not None}
        if not campaign.is_planned or not weeks:
            why_not = "Only a submitted, approved or running campaign is held against the signed forecast."
        elif newest is None:
            why_not = "No forecast is signed yet. Once one is, the campaign is held against it."
        elif len(covered) < len(weeks):
            why_not = _not_reached(weeks, newest)
        else:
            compared[campaign.pk] = covered
            continue
        others[campaign.pk] = CampaignSupport(campaign, newest, (), why_not)
    return compared, others


def _weeks_to_come(campaign: Campaign, today: date) -> list[date]:
    first = week_start(max(campaign.starts_on, today))
    return [first + place * WEEK for place in range((campaign.ends_on - first).days // 7 + 1)]


def _not_reached(weeks: Sequence[date], newest: ForecastVersion) -> str:
    if weeks[-1] > newest.last_day:
        ends = formats.short_date_year(newest.last_day)
        return f"The signed forecast does not reach that far: it ends on {ends}."
    begins = formats.short_date_year(newest.first_week_start)
    return f"No signed forecast covers its weeks: the one in force begins on {begins}."


def _plan_changes(
    campaigns: Sequence[Campaign], versions: Mapping[int, Mapping[date, ForecastVersion]]
) -> dict[int, str]:
    """What happened to the plan of each campaign since its forecast was published, in a few words."""
    signed_at = {
        pk: next(iter(of_weeks.values())).published_at for pk, of_weeks in versions.items() if of_weeks
    }
    found: dict[int, str] = {}
    for moment in set(signed_at.values()):
        mine = [campaign for campaign in campaigns if signed_at[campaign.pk] == moment]
        then = _as_of(mine, moment)
        found |= {campaign.pk: _change_since(campaign, then.get(campaign.pk)) for campaign in mine}
    return found


def _as_of(campaigns: Sequence[Campaign], moment: datetime | None) -> dict[int, tuple[str, int]]:
    """Status and revision of each campaign at a moment, for those that were there."""
    events = Campaign.pgh_event_model.objects.filter(
        pgh_obj_id__in=[campaign.pk for campaign in campaigns], pgh_created_at__lte=moment
    )
    newest = events.order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id")
    facts = newest.values_list("pgh_obj_id", "status", "revision")
    return {pk: (status, revision) for pk, status, revision in facts}


def _change_since(campaign: Campaign, then: tuple[str, int] | None) -> str:
    if then is None:
        return "This campaign was added since the signature"
    status, revision = then
    if status not in PLANNED_STATUSES:
        return "This campaign was submitted since the signature"
    return "This campaign was changed since the signature" if revision != campaign.revision else ""


@dataclass(frozen=True, slots=True)
class _Signed:
    """What a version says of the SKUs ``[n]``: units by ``COMPARED`` layer, SKU and week ``[3, n, W]``."""

    weekly: Floats
    is_known: Flags

    @classmethod
    def read(cls, version: ForecastVersion, products: Mapping[int, Product]) -> "_Signed":
        """Of these SKUs, over all door groups; SKUs that it does not know have 0."""
        product_ids = np.array(sorted(products), dtype=np.int64)
        signed = cls(
            np.zeros((len(COMPARED), len(product_ids), version.weeks)),
            np.zeros(len(product_ids), dtype=np.bool_),
        )
        homes = {product.category_id for product in products.values()}
        at_home = Q(category__in=homes - {None}) | (Q(category=None) if None in homes else Q(pk__in=[]))
        signed._add(version, product_ids, at_home)
        strangers = product_ids[~signed.is_known].tolist()
        if strangers:
            # What has moved to another category since the freeze stands where it was then.
            signed._add(version, product_ids, ~at_home & Q(product_ids__overlap=strangers))
        return signed

    def _add(self, version: ForecastVersion, product_ids: Integers, wanted: Q) -> None:
        rows, calculated, consensus = [], [], []
        for block in ForecastBlock.objects.filter(wanted, version=version).defer("totals", "digest"):
            row = place_in(product_ids, np.asarray(block.product_ids, dtype=np.int64))
            chosen = np.flatnonzero(row >= 0)
            if len(chosen):
                numbers = unpacked(block)
                rows.append(row[chosen])
                calculated.append(numbers.weekly[CALCULATED_PLACES][:, chosen])
                consensus.append(numbers.entered[ENTERED.index(Layer.CONSENSUS), chosen])
        if not rows:
            return
        row, weekly = np.concatenate(rows), np.concatenate(calculated, axis=1)
        # Spread in each door group by its own campaigns, all of them at once.
        spread = weeks_of_months(np.concatenate(consensus), weekly[1], np.array(version.month_of_week))
        for place, units in enumerate((*weekly, spread)):
            np.add.at(self.weekly[place], row, units)
        self.is_known[row] = True


@dataclass(frozen=True, slots=True)
class _Units:
    """What some SKUs, ascending, are expected to sell now by week from ``first_week`` on, and what is signed.

    ``now [2, n, W]`` are the statistical forecast and that with campaigns, over all door groups.
    """

    product_ids: Integers
    first_week: date
    now: Floats
    signed: dict[int, _Signed]

    @classmethod
    def read(
        cls,
        products: Mapping[int, Product],
        compared: Mapping[int, Mapping[date, ForecastVersion]],
        today: date,
    ) -> "_Units":
        """Everything about these SKUs in the weeks of the campaigns that are compared."""
        weeks = sorted({week for of_campaign in compared.values() for week in of_campaign})
        versions = {version.pk: version for of_one in compared.values() for version in of_one.values()}
        groups = door_groups(weeks[0], weeks[-1] + WEEK)
        count = (weeks[-1] - weeks[0]) // WEEK + 1
        product_ids = np.array(sorted(products), dtype=np.int64)
        parts = [np.zeros((2, 0, count))]
        for chunk in chunks_of(product_ids.tolist()):
            wanted = np.array(chunk, dtype=np.int64)
            demand = expected_demand_by_group(wanted, weeks[0], count, groups, today=today)
            parts.append(np.stack([demand[layer].sum(axis=0) for layer in COMPARED[:2]]))
        return cls(
            product_ids,
            weeks[0],
            np.concatenate(parts, axis=1),
            {pk: _Signed.read(version, products) for pk, version in versions.items()},
        )

    def support_of(
        self,
        campaign: Campaign,
        product: Product,
        versions: Mapping[date, ForecastVersion],
        plan_change: str,
        tolerance: float,
    ) -> SkuSupport:
        """One SKU over the weeks of one campaign, each held against its version."""
        row = int(np.searchsorted(self.product_ids, product.pk))
        baseline = expected = frozen_baseline = frozen = consensus = 0.0
        is_known = True
        for week, version in versions.items():
            signed = self.signed[version.pk]
            now = self.now[:, row, (week - self.first_week) // WEEK]
            then = signed.weekly[:, row, (week - version.first_week_start) // WEEK]
            baseline, expected = baseline + float(now[0]), expected + float(now[1])
            frozen_baseline, frozen = frozen_baseline + float(then[0]), frozen + float(then[1])
            consensus += float(then[2])
            is_known = is_known and bool(signed.is_known[row])
        return SkuSupport(
            campaign=campaign,
            product=product,
            expected=expected,
            signed=consensus,
            baseline_moved=baseline - frozen_baseline,
            campaigns_moved=(expected - baseline) - (frozen - frozen_baseline),
            agreed=consensus - frozen,
            is_in_forecast=is_known,
            plan_change=plan_change,
            tolerance=tolerance,
        )
