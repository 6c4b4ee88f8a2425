"""Writes to a campaign's plan: what it features, where, when, and how much it is expected to add."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from marketing.campaigns.choices import Channel, LiftUnit
from marketing.campaigns.domain.locking import locked, next_code
from marketing.campaigns.domain.workflow import submit_campaign
from marketing.campaigns.models import Campaign, CampaignDoor, CampaignLine
from marketing.campaigns.queries import last_change_of
from marketing.catalogue.models import Door, Product
from marketing.lift.engine import ratio_from_multiplier, ratio_from_percent
from marketing.lift.suggestion import LiftSuggestion, PlannedPromotion, suggestions_for
from marketing.sales.models import Mechanic
from sop_site.access.models import User
from sop_site.access.permissions import NotNow, require
from sop_site.changes import mark_changed
from sop_site.history import note_change


@dataclass(frozen=True, slots=True)
class SuggestedLift:
    """What the fit with the key ``fit_id`` expected of a line, as multipliers of its baseline."""

    fit_id: int | None
    p10: float
    p50: float
    p90: float

    @classmethod
    def of(cls, suggestion: LiftSuggestion) -> "SuggestedLift":
        """The figures of a suggestion as they are kept: to a thousandth of the baseline."""
        p10, p50, p90 = (round(figure, 3) for figure in (suggestion.p10, suggestion.p50, suggestion.p90))
        return cls(suggestion.fit.pk, p10, p50, p90)

    @classmethod
    def kept_on(cls, line: CampaignLine) -> "SuggestedLift | None":
        """What stands on ``line``; None where nothing was suggested."""
        if line.suggested_p10 is None or line.suggested_p50 is None or line.suggested_p90 is None:
            return None
        return cls(line.suggested_by_id, line.suggested_p10, line.suggested_p50, line.suggested_p90)


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A SKU to feature, and the lift expected of it as it was entered.

    ``suggested`` is what the past suggested for it, ``override_reason`` why another lift is planned.
    """

    product: Product
    lift_unit: LiftUnit
    lift_value: float
    discount_percent: float | None = None
    suggested: SuggestedLift | None = None
    override_reason: str = ""

    @classmethod
    def of(cls, line: CampaignLine) -> "PlannedLine":
        """The line as it stands."""
        return cls(
            product=line.product,
            lift_unit=LiftUnit(line.lift_unit),
            lift_value=line.lift_value,
            discount_percent=line.discount_percent,
            suggested=SuggestedLift.kept_on(line),
            override_reason=line.override_reason,
        )


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """All that Marketing decides about a campaign."""

    name: str
    mechanic: Mechanic
    channel: Channel
    starts_on: date
    ends_on: date
    brief: str
    doors: Sequence[Door]
    lines: Sequence[PlannedLine]

    @classmethod
    def of(cls, campaign: Campaign) -> "CampaignPlan":
        """The plan of ``campaign`` as it stands."""
        return cls(
            name=campaign.name,
            mechanic=campaign.mechanic,
            channel=Channel(campaign.channel),
            starts_on=campaign.starts_on,
            ends_on=campaign.ends_on,
            brief=campaign.brief,
            doors=list(campaign.doors.all()),
            lines=[PlannedLine.of(line) for line in campaign.lines.select_related("product")],
        )


class StalePlan(Exception):
    """Someone else changed the campaign since the form was opened; says who and when, where known."""

    def __init__(self, *, revision: int, changed_by: str, changed_at: datetime | None) -> None:
        super().__init__(f"The plan stands at revision {revision}.")
        self.revision = revision
        self.changed_by = changed_by
        self.changed_at = changed_at


def calculated_lift(lift_unit: str, lift_value: float) -> tuple[float | None, float | None]:
    """What is calculated with: (uplift ratio, uplift units), one of them None (definitions: Lift).

    The ratio is incremental ÷ base; the units are those of the whole campaign at all its doors.
    """
    match LiftUnit(lift_unit):
        case LiftUnit.PERCENT:
            return float(ratio_from_percent(lift_value)), None
        case LiftUnit.MULTIPLIER:
            return float(ratio_from_multiplier(lift_value)), None
        case LiftUnit.UNITS:
            return None, lift_value


@transaction.atomic
def create_campaign(*, plan: CampaignPlan, by: User, note: str = "", submit: bool = False) -> Campaign:
    """A new draft with the next free code, owned by ``by``; with ``submit`` it goes to Planning at once.

    The plan is taken as valid: forms check it, and constraints hold the rest. A draft changes no demand.
    """
    require(by, "marketing.draft_campaign")
    note_change(by=by, note=note)
    campaign = Campaign.objects.create(
        code=next_code(),
        name=plan.name,
        mechanic=plan.mechanic,
        channel=plan.channel,
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        brief=plan.brief,
        owner=by,
    )
    _write_doors(campaign, plan.doors)
    _write_lines(campaign, plan.lines)
    return submit_campaign(campaign=campaign, by=by, note=note) if submit else campaign


@transaction.atomic
def change_campaign(
    *, campaign: Campaign, plan: CampaignPlan, revision: int, by: User, note: str = "", submit: bool = False
) -> Campaign:
    """Replace the plan of a draft or submitted campaign, and raise its revision.

    ``revision`` is the one that the person saw: raises StalePlan where it is no longer the newest.
    Marks the SKUs before and after as changed where the campaign counts as demand. An unchanged plan
    is left as it is. Leaves owner, status and earlier decisions alone, unless ``submit`` is asked for.
    """
    require(by, "marketing.draft_campaign")
    campaign = locked(campaign)
    if campaign.revision != revision:
        change = last_change_of(campaign)
        raise StalePlan(revision=campaign.revision, changed_by=change.by, changed_at=change.at)
    if not campaign.is_editable:
        raise NotNow(
            f"{campaign.code} is {campaign.get_status_display().lower()}: only drafts and submitted"
            " campaigns can be edited. Revise it first, which opens its plan again."
        )
    note_change(by=by, note=note)
    before = _featured(campaign)
    changes = [_write_facts(campaign, plan), _write_doors(campaign, plan.doors)]
    changes.append(_write_lines(campaign, plan.lines))
    if any(changes):
        _new_revision(campaign)
        if campaign.is_planned:
            mark_changed(before | _featured(campaign))
    return submit_campaign(campaign=campaign, by=by, note=note) if submit else campaign


@transaction.atomic
def replace_featured_sku(
    *, campaign: Campaign, old: Product, new: Product, by: User, note: str = ""
) -> CampaignLine:
    """Feature ``new`` in the place of ``old``, with the lift as it was entered for ``old``.

    The line then keeps what the past suggests for ``new``; a reason for another lift spoke of ``old``.

    For Planning's remedy, once Marketing has consented: ``by`` is the one who consents. Raises NotNow
    where the campaign is not planned, does not feature ``old``, or features ``new`` already.
    """
    require(by, "marketing.consent_to_remedy")
    campaign = _planned(campaign)
    line = campaign.lines.filter(product=old).first()
    if line is None:
        raise NotNow(f"{campaign.code} no longer features {old.sku}.")
    if campaign.lines.filter(product=new).exists():
        raise NotNow(f"{campaign.code} features {new.sku} already.")
    note_change(by=by, note=note)
    line.product, line.override_reason = new, ""
    _set_suggested(line, _suggestion_for(campaign, new, line.discount_percent))
    line.save(update_fields=["product", "override_reason", *SUGGESTED_FIELDS])
    _new_revision(campaign)
    mark_changed([old.pk, new.pk])
    return line


@transaction.atomic
def set_expected_lift(
    *, line: CampaignLine, lift_unit: str, lift_value: float, by: User, note: str = ""
) -> CampaignLine:
    """Expect another lift of a featured SKU; ``note`` becomes the reason that the line keeps.

    For Planning's remedy, once Marketing has consented: ``by`` is the one who consents. Raises NotNow
    where the campaign is not planned or no longer features the SKU.
    """
    require(by, "marketing.consent_to_remedy")
    campaign = _planned(line.campaign)
    current = campaign.lines.filter(pk=line.pk).first()
    if current is None:
        raise NotNow(f"{campaign.code} no longer features this SKU.")
    note_change(by=by, note=note)
    if _set_lift(current, lift_unit, lift_value):
        current.override_reason = note[:LONGEST_REASON]
        current.save(update_fields=[*LIFT_FIELDS, "override_reason"])
        _new_revision(campaign)
        mark_changed([current.product_id])
    return current


LONGEST_REASON = CampaignLine._meta.get_field("override_reason").max_length
LIFT_FIELDS = ["lift_unit", "lift_value", "uplift_ratio", "uplift_units"]
SUGGESTED_FIELDS = ["suggested_by_id", "suggested_p10", "suggested_p50", "suggested_p90"]
LINE_FIELDS = [*LIFT_FIELDS, "discount_percent", *SUGGESTED_FIELDS, "override_reason"]
PLAN_FIELDS = ["name", "mechanic_id", "channel", "starts_on", "ends_on", "brief"]


def _planned(campaign: Campaign) -> Campaign:
    campaign = locked(campaign)
    if not campaign.is_planned:
        raise NotNow(
            f"{campaign.code} is {campaign.get_status_display().lower()}: its plan is not served any more."
        )
    return campaign


def _featured(campaign: Campaign) -> set[int]:
    return set(campaign.lines.values_list("product_id", flat=True))


def _new_revision(campaign: Campaign) -> None:
    campaign.revision += 1
    campaign.save(update_fields=["revision"])


def _write_facts(campaign: Campaign, plan: CampaignPlan) -> bool:
    before = [getattr(campaign, field) for field in PLAN_FIELDS]
    campaign.name, campaign.mechanic, campaign.channel = plan.name, plan.mechanic, plan.channel
    campaign.starts_on, campaign.ends_on, campaign.brief = plan.starts_on, plan.ends_on, plan.brief
    if before == [getattr(campaign, field) for field in PLAN_FIELDS]:
        return False
    campaign.save(update_fields=PLAN_FIELDS)
    return True


def _write_doors(campaign: Campaign, doors: Sequence[Door]) -> bool:
    wanted = {door.pk for door in doors}
    present = set(campaign.campaign_doors.values_list("door_id", flat=True))
    campaign.campaign_doors.filter(door_id__in=present - wanted).delete()
    CampaignDoor.objects.bulk_create(
        CampaignDoor(campaign=campaign, door_id=door_id) for door_id in sorted(wanted - present)
    )
    return wanted != present


def _write_lines(campaign: Campaign, lines: Sequence[PlannedLine]) -> bool:
    present = {line.product_id: line for line in campaign.lines.all()}
    dropped = present.keys() - {line.product.pk for line in lines}
    campaign.lines.filter(product_id__in=dropped).delete()
    added, changed = [], []
    for wanted in lines:
        line = present.get(wanted.product.pk)
        if line is None:
            line = CampaignLine(campaign=campaign, product=wanted.product)
            added.append(line)
            _set_line(line, wanted)
        elif _set_line(line, wanted):
            changed.append(line)
    CampaignLine.objects.bulk_create(added)
    CampaignLine.objects.bulk_update(changed, LINE_FIELDS)
    return bool(dropped or added or changed)


def _set_line(line: CampaignLine, wanted: PlannedLine) -> bool:
    before = [getattr(line, field) for field in LINE_FIELDS]
    _set_lift(line, wanted.lift_unit, wanted.lift_value)
    line.discount_percent, line.override_reason = wanted.discount_percent, wanted.override_reason
    _set_suggested(line, wanted.suggested)
    return before != [getattr(line, field) for field in LINE_FIELDS]


def _set_lift(line: CampaignLine, lift_unit: str, lift_value: float) -> bool:
    before = (line.lift_unit, line.lift_value)
    line.lift_unit, line.lift_value = lift_unit, lift_value
    line.uplift_ratio, line.uplift_units = calculated_lift(lift_unit, lift_value)
    return before != (line.lift_unit, line.lift_value)


def _set_suggested(line: CampaignLine, suggested: SuggestedLift | None) -> None:
    line.suggested_by_id = suggested.fit_id if suggested else None
    line.suggested_p10, line.suggested_p50, line.suggested_p90 = (
        (suggested.p10, suggested.p50, suggested.p90) if suggested else (None, None, None)
    )


def _suggestion_for(
    campaign: Campaign, product: Product, discount_percent: float | None
) -> SuggestedLift | None:
    """What the past suggests for ``product`` in the campaign as it stands."""
    doors = list(campaign.doors.all())
    return suggested_lifts(campaign=campaign, doors=doors, discounts={product: discount_percent}).get(
        product.pk
    )


def suggested_lifts(
    *, campaign: Campaign, doors: Sequence[Door], discounts: Mapping[Product, float | None]
) -> dict[int, SuggestedLift]:
    """What the past suggests, by product id, for SKUs at their discounts in per cent (None: not known yet).

    Mechanic and days are those of ``campaign``, which need not be stored yet.
    """
    promotion = PlannedPromotion(campaign.mechanic, campaign.starts_on, campaign.ends_on, tuple(doors))
    ratios = [(product, None if percent is None else percent / 100) for product, percent in discounts.items()]
    found = suggestions_for(promotion, ratios)
    return {product: SuggestedLift.of(suggestion) for product, suggestion in found.items()}
