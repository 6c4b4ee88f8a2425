"""What a remedy may choose from, each with what it would bring, the best first."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from marketing.campaigns.models import CampaignLine
from marketing.catalogue.models import Door, Product
from planning.remedies.preview import FlagPreview, Outcome, replacement_outcomes
from planning.remedies.rules import (
    Way,
    earliest_eta,
    expedite_cost,
    lift_words,
    may_be_brought_forward,
    ways_between_doors,
    whole_spare_units,
)
from planning.risk.choices import FLAGGED_STATES
from planning.risk.models import Flag, FlagLine
from planning.risk.sentences import plural
from planning.supply.choices import ReceiptStatus
from planning.supply.models import Receipt
from sop_site import formats
from sop_site.operating_model.models import OperatingModel

MOST_TRANSFERS: Final = 12
MOST_REPLACEMENTS: Final = 10
MOST_CANDIDATES: Final = 40
LIFTS_SHOWN: Final = 4


def effect(now: Outcome | None, then: Outcome) -> str:
    """What a remedy would bring, in words: ``Clears the flag``, ``240 → 120 units short``."""
    if then.is_clear:
        return f"Clears the flag: {then.state.label}, cover {formats.cover(then.cover)}"
    if then.units_short:
        return f"{_change(None if now is None else now.units_short, then.units_short)} short"
    under_now = None if now is None else now.units_under_threshold
    under = _change(under_now, then.units_under_threshold)
    return (
        f"{then.state.label}, nothing short; {under} under the threshold, cover {formats.cover(then.cover)}"
    )


def _change(before: float | None, after: float) -> str:
    """``240 → 120 units``."""
    if before is None:
        return plural(round(after, 1), "unit")
    start, end = formats.units(round(before, 1)), plural(round(after, 1), "unit")
    return f"{before:.1f} → {after:.1f} units" if end.startswith(f"{start} ") else f"{start} → {end}"


def helps(now: Outcome | None, then: Outcome | None) -> bool:
    """Whether the flag would stand better."""
    return now is not None and then is not None and then.rank < now.rank


@dataclass(frozen=True, slots=True)
class ReceiptOption:
    """A receipt that could land earlier, or be re-dated, and what landing on ``eta`` would bring.

    ``eta`` is the earliest date for it; for one that is past due that is today.
    """

    receipt: Receipt
    is_past_due: bool
    eta: date
    outcome: Outcome
    effect: str

    @property
    def value(self) -> str:
        """What the form sends."""
        return str(self.receipt.pk)

    @property
    def title(self) -> str:
        """The receipt and its units."""
        return f"{self.receipt}, {plural(self.receipt.outstanding_units, 'unit')}"

    @property
    def facts(self) -> str:
        """Where it lands, when it is due, and what it costs to bring it forward."""
        due = formats.short_date_year(self.receipt.current_eta)
        if self.is_past_due:
            return f"To {self.receipt.door}, was due {due}. Counts again once it is re-dated."
        cost = expedite_cost(self.receipt)
        if cost is None:
            return f"To {self.receipt.door}, due {due}. Cost unknown."
        each = formats.price(self.receipt.product.expedite_cost_per_unit, settings.CURRENCY)
        full = formats.money_full(cost, settings.CURRENCY)
        return f"To {self.receipt.door}, due {due}. Costs {full} ({each} a unit)."

    @property
    def condition(self) -> str:
        """What the effect was reckoned with."""
        return "if it landed today" if self.is_past_due else f"landing {formats.short_date(self.eta)}"


def receipt_options(preview: FlagPreview, model: OperatingModel) -> list[ReceiptOption]:
    """The open receipts of the SKU that would help if they landed on the earliest date there is for them."""
    day, now = preview.day, preview.now
    found = Receipt.objects.filter(product=preview.flag.product_id, status=ReceiptStatus.OPEN)
    options = []
    for receipt in found.select_related("product", "door"):
        eta = earliest_eta(receipt, model, day)
        if not may_be_brought_forward(receipt, model, day) or not receipt.outstanding_units:
            continue
        then = preview.with_receipt(receipt, eta)
        if then is not None and helps(now, then):
            options.append(ReceiptOption(receipt, receipt.current_eta < day, eta, then, effect(now, then)))
    return sorted(options, key=lambda option: (option.outcome.rank, option.receipt.current_eta))


@dataclass(frozen=True, slots=True)
class TransferOption:
    """A door that can spare units, one that is short of them, and what sending ``units`` would bring.

    They leave on ``ship_on``: at once, or to arrive on the campaign's first day, whichever helps more.
    """

    from_door: Door
    to_door: Door
    way: Way
    spare_units: int
    units: int
    ship_on: date
    arrive_on: date
    outcome: Outcome
    effect: str

    @property
    def value(self) -> str:
        """What the form sends."""
        return f"{self.from_door.pk}-{self.to_door.pk}"

    @property
    def title(self) -> str:
        """From where to where."""
        return f"{self.from_door} to {self.to_door}"

    @property
    def facts(self) -> str:
        """What can be spared, and how long it takes."""
        days = plural(self.way.transit_days, "day")
        default = " (operating model's default)" if self.way.is_default else ""
        return (
            f"Can spare {plural(self.spare_units, 'unit')}. {days} on the way{default}:"
            f" shipped {formats.short_date(self.ship_on)}, there {formats.short_date(self.arrive_on)}."
        )

    @property
    def condition(self) -> str:
        """What the effect was reckoned with."""
        return f"with {plural(self.units, 'unit')}"


def transfer_options(preview: FlagPreview, model: OperatingModel) -> list[TransferOption]:
    """The transfers from doors with spare units to short doors that would help most."""
    now = preview.now
    short = {line.door_id: line for line in _short_lines(preview.flag)}
    offered = {door: whole_spare_units(units) for door, units in preview.spare_units_by_door.items()}
    doors = Door.objects.in_bulk([*offered, *short])
    ways, thresholds = ways_between_doors(model), preview.threshold_by_door
    pairs = []
    for from_id, spare in offered.items():
        for to_id, line in short.items():
            way = ways.between(from_id, to_id)
            if spare >= 1 and from_id not in short and way is not None and to_id in thresholds:
                units = min(spare, units_lacking(line, thresholds[to_id]))
                pairs.append((units, -way.transit_days, from_id, to_id, way, spare))
    options = []
    for units, _, from_id, to_id, way, spare in sorted(pairs, key=_most_first)[:MOST_TRANSFERS]:
        ship_on, then = _best_day(preview, from_id, to_id, units, way)
        if then is not None and helps(now, then):
            options.append(
                TransferOption(
                    from_door=doors[from_id],
                    to_door=doors[to_id],
                    way=way,
                    spare_units=spare,
                    units=units,
                    ship_on=ship_on,
                    arrive_on=ship_on + timedelta(days=way.transit_days),
                    outcome=then,
                    effect=effect(now, then),
                )
            )
    return sorted(options, key=lambda option: (option.outcome.rank, option.way.transit_days))


def _best_day(
    preview: FlagPreview, from_id: int, to_id: int, units: int, way: Way
) -> tuple[date, Outcome | None]:
    """The day on which units should leave, and what that would bring.

    Early ones spare the DC a delivery; but where it has nothing to send they are sold before the campaign.
    """
    days = timedelta(days=way.transit_days)
    for_campaign = max(preview.day, preview.flag.campaign.starts_on - days)
    found = []
    for ship_on in sorted({preview.day, for_campaign}):
        then = preview.with_transfer(
            from_door_id=from_id, to_door_id=to_id, units=units, ship_on=ship_on, arrive_on=ship_on + days
        )
        if then is not None:
            found.append((ship_on, then))
    return min(found, key=lambda day_and_outcome: day_and_outcome[1].rank, default=(preview.day, None))


def threshold_words(preview: FlagPreview) -> str:
    """What cover must keep to: ``the threshold of 1.10×``, or of and to where it differs by region."""
    model = preview.assessment.operating_model
    thresholds = list(preview.threshold_by_door.values()) or [model.cover_threshold]
    lowest, highest = formats.cover(min(thresholds)), formats.cover(max(thresholds))
    which = lowest if lowest == highest else f"its region, {lowest} to {highest}"
    return f"the threshold of {which} (operating model v{model.version})"


def units_lacking(line: FlagLine, cover_threshold: float) -> int:
    """Units that a short door lacks: what it cannot sell, or what keeps its cover under the threshold."""
    to_threshold = 0.0 if line.cover is None else (cover_threshold - line.cover) * line.expected_units
    return max(1, math.ceil(round(max(line.units_short, to_threshold), 6)))


def _short_lines(flag: Flag) -> QuerySet[FlagLine]:
    return flag.lines.filter(state__in=FLAGGED_STATES)


def _most_first(pair: tuple[int, int, int, int, Way, int]) -> tuple[int, int, int, int]:
    units, minus_days, from_id, to_id, _, _ = pair
    return -units, -minus_days, from_id, to_id


@dataclass(frozen=True, slots=True)
class ReplacementOption:
    """A SKU that could be featured instead, and how it would stand in the campaign."""

    product: Product
    likeness: str
    outcome: Outcome | None

    @property
    def value(self) -> str:
        """What the form sends."""
        return self.product.sku

    @property
    def title(self) -> str:
        """Its name."""
        return self.product.name

    @property
    def facts(self) -> str:
        """Its code and what it has in common with the featured SKU."""
        return f"{self.product.sku}. {self.likeness}" if self.likeness else self.product.sku

    @property
    def effect(self) -> str:
        """How it would stand with the same lift."""
        if self.outcome is None:
            return "No door of the campaign ranges it"
        cover = f"cover {formats.cover(self.outcome.cover)} at the worst door"
        if self.outcome.units_short:
            return f"{self.outcome.state.label}: {_change(None, self.outcome.units_short)} short, {cover}"
        return f"{self.outcome.state.label}: {cover}"


def replacement_options(flag: Flag, line: CampaignLine, day: date) -> list[ReplacementOption]:
    """SKUs of the same style, or else of the same subclass, that cover the campaign best."""
    candidates = list(_candidates(flag)[:MOST_CANDIDATES])
    outcomes = replacement_outcomes(flag, line, [product.pk for product in candidates], day)
    options = [option for option in _replacements(flag, candidates, outcomes) if option.outcome is not None]
    return _best(options)[:MOST_REPLACEMENTS]


def replacements_found(
    flag: Flag, line: CampaignLine, text: str, day: date, *, chosen: Collection[str] = ()
) -> list[ReplacementOption]:
    """SKUs that are not in the campaign and match ``text``, or whose codes are ``chosen``."""
    free = Product.objects.exclude(campaign_lines__campaign=flag.campaign_id)
    text, chosen = text.replace("\x00", ""), [code for code in chosen if "\x00" not in code]
    found = list(free.matching(text).order_by("sku")[:MOST_REPLACEMENTS]) if text.strip() else []
    found += [product for product in free.filter(sku__in=chosen) if product not in found]
    outcomes = replacement_outcomes(flag, line, [product.pk for product in found], day)
    return _best(_replacements(flag, found, outcomes))


def _best(options: Sequence[ReplacementOption]) -> list[ReplacementOption]:
    last = (99, 0.0, 0.0, 0.0)
    return sorted(options, key=lambda option: option.outcome.rank if option.outcome else last)


def _replacements(
    flag: Flag, products: Sequence[Product], outcomes: Mapping[int, Outcome]
) -> list[ReplacementOption]:
    return [
        ReplacementOption(product, _likeness(flag.product, product), outcomes.get(product.pk))
        for product in products
    ]


def _likeness(featured: Product, other: Product) -> str:
    if featured.style and featured.style == other.style:
        return f"Same style, {other.colour}" if other.colour != featured.colour else "Same style and colour"
    if featured.category_id is not None and featured.category_id == other.category_id:
        return "Same subclass"
    return ""


def _candidates(flag: Flag) -> QuerySet[Product]:
    """Other SKUs of the style in another colour, then of the subclass; those of the same size first."""
    featured = flag.product
    same_style = Q(style=featured.style) & ~Q(colour=featured.colour) if featured.style else Q(pk=None)
    same_subclass = Q(category=featured.category_id) if featured.category_id else Q(pk=None)
    place = Case(
        When(same_style & Q(size=featured.size), then=Value(0)),
        When(same_style, then=Value(1)),
        When(size=featured.size, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    ranged = Product.objects.filter(rangings__door__campaigns=flag.campaign_id).values("pk")
    return (
        Product.objects.filter(same_style | same_subclass, pk__in=ranged)
        .exclude(campaign_lines__campaign=flag.campaign_id)
        .order_by(place, "sku")
    )


@dataclass(frozen=True, slots=True)
class LiftOption:
    """A lower lift, and what it would bring."""

    words: str
    effect: str


def lift_options(preview: FlagPreview, line: CampaignLine, clear_lift: float | None) -> list[LiftOption]:
    """The lift that clears the flag, and steps from there up to the present one; or steps to no lift."""
    least = clear_lift if clear_lift is not None else _no_lift(line)
    if least >= line.lift_value:
        return []
    decimals = 2 if line.lift_unit == "multiplier" else 0
    steps = {
        round(least + (line.lift_value - least) * step / LIFTS_SHOWN, decimals) for step in range(LIFTS_SHOWN)
    }
    options = []
    for value in sorted(step for step in steps if step < line.lift_value):
        then = preview.with_lift(line.lift_unit, value)
        if then is not None:
            options.append(LiftOption(lift_words(line.lift_unit, value), effect(preview.now, then)))
    return options


def _no_lift(line: CampaignLine) -> float:
    return 1.0 if line.lift_unit == "multiplier" else 0.0
