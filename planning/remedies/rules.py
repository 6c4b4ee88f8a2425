"""What a remedy may be: each rule answers with a sentence, or with nothing where it is kept.

Forms show the sentence beside its field; the domain asks again under its locks.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from marketing.campaigns.choices import LiftUnit
from marketing.campaigns.models import Campaign, CampaignLine
from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Door, Product, Ranging
from planning.remedies.choices import NEEDS_CONSENT, RemedyKind, RemedyStatus
from planning.remedies.models import Remedy
from planning.risk.deadline_words import remedy_deadlines
from planning.risk.models import Flag
from planning.risk.sentences import plural
from planning.supply.models import Receipt, Route
from sop_site import formats
from sop_site.operating_model.models import OperatingModel

LOCKS = {RemedyKind.SHIFT: "creative lock", RemedyKind.REDUCE: "media lock"}
# A receipt that is further away is a slip of the keyboard.
LATEST_ETA = timedelta(days=730)
LEAST_LIFT = {LiftUnit.PERCENT: -100.0, LiftUnit.MULTIPLIER: 0.0}


def lift_words(lift_unit: str, lift_value: float | None) -> str:
    """A lift as it was entered: ``+75%``, ``1.75× the baseline``, ``+1,200 units``; "n/a" for none."""
    if lift_value is None:
        return formats.NOT_AVAILABLE
    match LiftUnit(lift_unit):
        case LiftUnit.PERCENT:
            return formats.signed_percent(lift_value / 100, 0 if float(lift_value).is_integer() else 1)
        case LiftUnit.MULTIPLIER:
            return f"{lift_value:.2f}{formats.TIMES} the baseline"
        case LiftUnit.UNITS:
            return f"{formats.signed_units(lift_value)} units"


def expedite_days(product: Product, model: OperatingModel) -> int:
    """Days that the supplier takes to bring a receipt forward, or the operating model's default."""
    return model.default_expedite_days if product.expedite_days is None else product.expedite_days


def earliest_eta(receipt: Receipt, model: OperatingModel, day: date) -> date:
    """The first day on which the receipt could land.

    One that is past due may stand at the gate: re-dating it tells when it will come, and brings
    nothing forward.
    """
    if receipt.current_eta < day:
        return day
    return day + timedelta(days=expedite_days(receipt.product, model))


def why_not_eta(receipt: Receipt, new_eta: date, model: OperatingModel, day: date) -> str:
    """Why the receipt cannot be expected on ``new_eta``."""
    earliest = earliest_eta(receipt, model, day)
    if new_eta < day:
        return "This date has passed: choose today or a later one."
    if new_eta < earliest:
        days = plural((earliest - day).days, "day")
        return (
            f"The supplier needs {days} to expedite it: {formats.short_date_year(earliest)} is the earliest."
        )
    if new_eta > day + LATEST_ETA:
        return "This is more than two years away: check the year."
    if day <= receipt.current_eta <= new_eta:
        return f"It is due on {formats.short_date_year(receipt.current_eta)} already: choose an earlier date."
    return ""


def expedite_cost(receipt: Receipt) -> Decimal | None:
    """What it costs to expedite what is outstanding; None where nobody has entered a cost."""
    per_unit = receipt.product.expedite_cost_per_unit
    return None if per_unit is None else round(per_unit * Decimal(receipt.outstanding_units), 2)


def may_be_brought_forward(receipt: Receipt, model: OperatingModel, day: date) -> bool:
    """Whether there is any earlier date for it; one that is past due can always be re-dated."""
    return receipt.current_eta < day or earliest_eta(receipt, model, day) < receipt.current_eta


def whole_spare_units(spare_units: float) -> int:
    """What a door offers of its spare stock: whole units."""
    return math.floor(spare_units + 1e-6)


def why_not_units(units: float, spare_units: float, from_door: Door) -> str:
    """Why so many units cannot leave ``from_door``."""
    if units <= 0:
        return "Send at least one unit."
    offered = whole_spare_units(spare_units)
    if units > offered:
        return f"{from_door} can spare {plural(offered, 'unit')} without selling less itself."
    return ""


def why_not_ship_on(ship_on: date, transit_days: int, campaign: Campaign, day: date) -> str:
    """Why units that are so many days on the way cannot leave on ``ship_on``."""
    if ship_on < day:
        return "This date has passed: ship today or later."
    if ship_on > campaign.ends_on:
        return f"That is after the campaign's last day, {formats.short_date(campaign.ends_on)}."
    arrive_on = ship_on + timedelta(days=transit_days)
    if arrive_on > campaign.ends_on:
        return (
            f"They would arrive on {formats.short_date(arrive_on)}, after the campaign's last day,"
            f" {formats.short_date(campaign.ends_on)}."
        )
    return ""


@dataclass(frozen=True, slots=True)
class Way:
    """That units may be sent: the days it takes, and the cost of a unit where it is known."""

    transit_days: int
    cost_per_unit: float | None
    is_default: bool = False


def ways_between_doors(model: OperatingModel) -> "Ways":
    """How doors may send units to one another."""
    rows = Route.objects.exclude(from_door__kind=DoorKind.DC).values_list(
        "from_door_id", "to_door_id", "transit_days", "cost_per_unit"
    )
    known = {
        (from_id, to_id): Way(days, None if cost is None else float(cost))
        for from_id, to_id, days, cost in rows
    }
    return Ways(known, Way(model.default_transfer_days, None, is_default=True))


@dataclass(frozen=True, slots=True)
class Ways:
    """The routes between doors; a retailer who has entered none sends anywhere in the default days."""

    known: dict[tuple[int, int], Way]
    default: Way

    def between(self, from_door_id: int, to_door_id: int) -> Way | None:
        """The way from one door to the other, or None where there is none."""
        if from_door_id == to_door_id:
            return None
        return self.known.get((from_door_id, to_door_id)) if self.known else self.default


def why_not_replacement(campaign: Campaign, replacement: Product) -> str:
    """Why the campaign cannot feature ``replacement``."""
    if campaign.lines.filter(product=replacement).exists():
        return f"{campaign} features {replacement.sku} already."
    if not Ranging.objects.filter(product=replacement, door__campaigns=campaign).exists():
        return f"No door of {campaign} ranges {replacement.sku}."
    return ""


def why_not_lift(line: CampaignLine, lift_value: float) -> str:
    """Why the expected lift cannot be cut to ``lift_value``, in the line's unit."""
    if not math.isfinite(lift_value):
        return "Enter a number."
    least = LEAST_LIFT.get(LiftUnit(line.lift_unit))
    if least is not None and lift_value < least:
        return f"Nothing sells less than not at all: {lift_words(line.lift_unit, least)} is the least."
    if lift_value >= line.lift_value:
        present = lift_words(line.lift_unit, line.lift_value)
        return f"The present lift is {present}: enter a lower one."
    return ""


def lock_passed_on(flag: Flag, kind: RemedyKind, day: date) -> date | None:
    """The day on which the lock that this remedy must keep has passed; None while it works."""
    if kind not in NEEDS_CONSENT:
        return None
    deadline = next(deadline for deadline in remedy_deadlines(flag, day) if deadline.kind == kind)
    return deadline.decide_by_date if deadline.is_lapsed else None


def why_not_consent(remedy: Remedy) -> str:
    """Why a waiting proposal no longer fits Marketing's plan; empty where it does."""
    flag, campaign = remedy.flag, remedy.flag.campaign
    if not campaign.is_planned:
        status = campaign.get_status_display().lower()
        return f"{campaign} is {status}, so its plan is not served any more."
    line = campaign.lines.filter(product=flag.product).first()
    if line is None:
        return f"{campaign} no longer features {flag.product.sku}: this proposal has nothing to change."
    if (line.lift_unit, line.lift_value) != (remedy.lift_unit_before, remedy.lift_value_before):
        before = lift_words(remedy.lift_unit_before, remedy.lift_value_before)
        now = lift_words(line.lift_unit, line.lift_value)
        return (
            f"Marketing changed the lift of {flag.product.sku} from {before} to {now} since this was"
            " proposed. Decline it, or let Planning propose anew."
        )
    if remedy.kind == RemedyKind.SHIFT and remedy.replacement is not None:
        return why_not_replacement(campaign, remedy.replacement)
    return ""


def why_no_longer_waits(remedy: Remedy) -> str:
    """Why a remedy can no longer be settled; empty while it waits."""
    if remedy.status == RemedyStatus.PROPOSED:
        return ""
    return f"This proposal no longer waits: {remedy.get_status_display().lower()}."
