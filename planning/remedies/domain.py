"""Writes of remedies. Planning acts on supply at once; what changes Marketing's plan waits for consent.

Each function locks the flag with its SKU first, as the recalculation does, then what it changes, and
leaves a decision on the flag.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_fsm import has_transition_perm

import marketing.campaigns.domain as campaigns
from marketing.campaigns.models import Campaign, CampaignLine
from marketing.catalogue.models import Door, Product
from planning.remedies import telling
from planning.remedies.choices import RemedyKind
from planning.remedies.models import Remedy
from planning.remedies.preview import FlagPreview
from planning.remedies.rules import (
    LOCKS,
    expedite_cost,
    lift_words,
    lock_passed_on,
    ways_between_doors,
    why_no_longer_waits,
    why_not_consent,
    why_not_eta,
    why_not_lift,
    why_not_replacement,
    why_not_ship_on,
    why_not_units,
)
from planning.risk.choices import FLAGGED_STATES, DecisionKind
from planning.risk.decisions import locked_flag, record_decision
from planning.risk.models import Flag
from planning.risk.sentences import plural
from planning.risk.standing import operating_model_now, why_nothing_to_decide
from planning.supply.choices import ReceiptStatus
from planning.supply.models import Receipt, Transfer
from sop_site import formats
from sop_site.access.models import User
from sop_site.access.permissions import NotAllowed, NotNow, require
from sop_site.changes import mark_changed
from sop_site.clock import today
from sop_site.history import note_change


@transaction.atomic
def expedite_receipt(*, flag: Flag, receipt: Receipt, new_eta: date, by: User, reason: str) -> Remedy:
    """Expect a receipt of the flag's SKU on ``new_eta``; one that is past due is re-dated by it.

    The original ETA stays. Bringing a receipt forward costs the SKU's expedite cost per unit;
    re-dating costs nothing. Raises NotNow where the receipt is closed or the date breaks a rule.
    """
    current = _open_flag(flag, by, reason)
    day, model = today(), operating_model_now()
    receipt = Receipt.objects.select_for_update(no_key=True, of=("self",)).get(pk=receipt.pk)
    if receipt.product_id != current.product_id or receipt.status != ReceiptStatus.OPEN:
        raise NotNow(f"{receipt} is no open receipt of {current.product.sku} any more.")
    _keep(why_not_eta(receipt, new_eta, model, day))
    was_past_due, eta_before = receipt.current_eta < day, receipt.current_eta
    cost = None if was_past_due else expedite_cost(receipt)
    receipt.current_eta = new_eta
    receipt.save(update_fields=["current_eta"])
    mark_changed([current.product_id])
    remedy = _new(
        current, RemedyKind.EXPEDITE, by, reason,
        receipt=receipt, eta_before=eta_before, eta_after=new_eta, cost_amount=cost,
    )  # fmt: skip
    verb = "re-dated" if was_past_due else "expedited"
    price = "" if cost is None else f", {formats.money_full(cost, settings.CURRENCY)}"
    return _put_in_force(
        remedy,
        by,
        f"Receipt {receipt} {verb} from {formats.short_date(eta_before)} to {formats.short_date(new_eta)}:"
        f" {plural(receipt.outstanding_units, 'unit')}{price}",
    )


@transaction.atomic
def reallocate_units(
    *, flag: Flag, from_door: Door, to_door: Door, units: float, ship_on: date, by: User, reason: str
) -> Remedy:
    """Plan a transfer of the flag's SKU to one of its short doors, from one that can spare the units.

    What can be spared is calculated under the lock of the SKU, so no units are given away twice.
    Raises NotNow where the door is not short, no route leads there, or the units or the date break a
    rule.
    """
    current = _open_flag(flag, by, reason)
    day, model = today(), operating_model_now()
    if not current.lines.filter(door=to_door, state__in=FLAGGED_STATES).exists():
        raise NotNow(f"{to_door} is not short of {current.product.sku} any more.")
    way = ways_between_doors(model).between(from_door.pk, to_door.pk)
    if way is None:
        raise NotNow(f"No route leads from {from_door} to {to_door}.")
    _keep(why_not_ship_on(ship_on, way.transit_days, current.campaign, day))
    arrive_on = ship_on + timedelta(days=way.transit_days)
    spare = FlagPreview(current, day).spare_units_by_door
    _keep(why_not_units(units, spare.get(from_door.pk, 0.0), from_door))
    transfer = Transfer.objects.create(
        product=current.product,
        from_door=from_door,
        to_door=to_door,
        units=units,
        ship_on=ship_on,
        arrive_on=arrive_on,
    )
    mark_changed([current.product_id])
    cost = None if way.cost_per_unit is None else round(Decimal(way.cost_per_unit * units), 2)
    remedy = _new(current, RemedyKind.REALLOCATE, by, reason, transfer=transfer, cost_amount=cost)
    return _put_in_force(
        remedy,
        by,
        f"{plural(units, 'unit')} reallocated from {from_door} to {to_door},"
        f" arriving {formats.short_date(arrive_on)}",
    )


@transaction.atomic
def propose_shift(
    *, flag: Flag, replacement: Product, by: User, reason: str, lock_acknowledged: bool = False
) -> Remedy:
    """Propose to Marketing to feature ``replacement`` in the place of the flag's SKU, with its lift.

    Nothing changes until Marketing consents. After the creative lock it must be acknowledged.
    """
    current = _open_flag(flag, by, reason)
    line = _line_of(current)
    _may_be_proposed(current, RemedyKind.SHIFT, lock_acknowledged)
    _keep(why_not_replacement(current.campaign, replacement))
    remedy = _new(
        current, RemedyKind.SHIFT, by, reason,
        replacement=replacement, lift_unit_before=line.lift_unit, lift_value_before=line.lift_value,
    )  # fmt: skip
    remedy.save()
    summary = f"Proposed to feature {replacement.sku} in the place of {current.product.sku}"
    _record(remedy, DecisionKind.REMEDY_PROPOSED, by, summary, reason)
    telling.tell_consent_asked(remedy)
    return remedy


@transaction.atomic
def propose_reduction(
    *, flag: Flag, lift_value: float, by: User, reason: str, lock_acknowledged: bool = False
) -> Remedy:
    """Propose to Marketing to expect a lower lift, in the unit in which it was entered.

    Nothing changes until Marketing consents. After the media lock it must be acknowledged.
    """
    current = _open_flag(flag, by, reason)
    line = _line_of(current)
    _may_be_proposed(current, RemedyKind.REDUCE, lock_acknowledged)
    _keep(why_not_lift(line, lift_value))
    remedy = _new(
        current, RemedyKind.REDUCE, by, reason,
        lift_unit_before=line.lift_unit, lift_value_before=line.lift_value,
        lift_unit_after=line.lift_unit, lift_value_after=lift_value,
    )  # fmt: skip
    remedy.save()
    after, before = lift_words(line.lift_unit, lift_value), lift_words(line.lift_unit, line.lift_value)
    _record(
        remedy, DecisionKind.REMEDY_PROPOSED, by, f"Proposed to expect {after} instead of {before}", reason
    )
    telling.tell_consent_asked(remedy)
    return remedy


@transaction.atomic
def consent_to_remedy(*, remedy: Remedy, revision: int, by: User, note: str = "") -> Remedy:
    """Marketing consents, and its plan changes with it; the recalculation does the rest.

    ``revision`` is the campaign's as the person saw it. Raises NotNow, and changes nothing, where the
    proposal no longer waits or the plan has changed since it was seen or proposed.
    """
    require(by, "marketing.consent_to_remedy")
    current = _locked_remedy(remedy)
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=current.flag.campaign_id)
    current.flag.campaign = campaign
    if campaign.revision != revision:
        raise NotNow(f"{campaign} changed since you opened this page. Look at it again before you consent.")
    _keep(why_not_consent(current))
    if not has_transition_perm(current.come_into_force, by):
        raise NotAllowed("Consent is Marketing's.")
    note_change(by=by, note=note)
    summary = _change_plan(current, campaign, by, note)
    settled = _settle(current, Remedy.come_into_force, DecisionKind.REMEDY_IN_FORCE, by, summary, note)
    telling.tell_answered(settled, by)
    return settled


@transaction.atomic
def decline_remedy(*, remedy: Remedy, by: User, note: str) -> Remedy:
    """Marketing keeps its plan, and says why; the flag needs another decision."""
    require(by, "marketing.consent_to_remedy")
    current = _locked_remedy(remedy)
    note_change(by=by, note=note)
    summary = f"Declined: {_proposal_words(current)}"
    settled = _settle(current, Remedy.decline, DecisionKind.REMEDY_DECLINED, by, summary, note)
    telling.tell_answered(settled, by)
    return settled


@transaction.atomic
def withdraw_remedy(*, remedy: Remedy, by: User, note: str = "") -> Remedy:
    """Planning takes its proposal back; nothing has changed by it."""
    require(by, "planning.propose_remedy")
    current = _locked_remedy(remedy)
    note_change(by=by, note=note)
    summary = f"Withdrawn: {_proposal_words(current)}"
    return _settle(current, Remedy.withdraw, DecisionKind.REMEDY_WITHDRAWN, by, summary, note)


def _change_plan(remedy: Remedy, campaign: Campaign, by: User, note: str) -> str:
    """Do to Marketing's plan what it consented to; says what that was."""
    product = remedy.flag.product
    if remedy.replacement is not None:
        campaigns.replace_featured_sku(
            campaign=campaign, old=product, new=remedy.replacement, by=by, note=note
        )
        return f"{remedy.replacement.sku} is featured in the place of {product.sku}"
    unit, value = remedy.lift_unit_after, remedy.lift_value_after
    if value is None:
        raise ValueError(f"{remedy} changes neither the SKU nor the lift.")
    line = campaign.lines.get(product=product)
    campaigns.set_expected_lift(line=line, lift_unit=unit, lift_value=value, by=by, note=note)
    before = lift_words(remedy.lift_unit_before, remedy.lift_value_before)
    return f"Expected lift of {product.sku} cut from {before} to {lift_words(unit, value)}"


def _open_flag(flag: Flag, by: User, reason: str) -> Flag:
    """The flag as it stands, locked with its SKU; NotNow where it asks for no decision."""
    require(by, "planning.propose_remedy")
    current = locked_flag(flag)
    _keep(why_nothing_to_decide(current))
    note_change(by=by, note=reason)
    return current


def _keep(broken_rule: str) -> None:
    if broken_rule:
        raise NotNow(broken_rule)


def _line_of(flag: Flag) -> CampaignLine:
    line = flag.campaign.lines.filter(product=flag.product).first()
    if line is None:
        raise NotNow(f"{flag.campaign} no longer features {flag.product.sku}.")
    return line


def _may_be_proposed(flag: Flag, kind: RemedyKind, lock_acknowledged: bool) -> None:
    """NotNow where the same kind waits already, or its lock has passed unknown to the person."""
    if flag.remedies.filter(kind=kind, status="proposed").exists():
        raise NotNow(
            f"“{kind.label}” already waits for Marketing's consent on this flag. Withdraw it before you"
            " propose anew."
        )
    passed_on = lock_passed_on(flag, kind, today())
    if passed_on is not None and not lock_acknowledged:
        raise NotNow(f"The {LOCKS[kind]} passed on {formats.short_date_year(passed_on)}: say that you know.")


def _new(flag: Flag, kind: RemedyKind, by: User, reason: str, **facts: object) -> Remedy:
    return Remedy(flag=flag, kind=kind, reason=reason, proposed_at=timezone.now(), proposed_by=by, **facts)


def _put_in_force(remedy: Remedy, by: User, summary: str) -> Remedy:
    """A remedy on supply is Planning's own to put in force."""
    if not has_transition_perm(remedy.come_into_force, by):
        raise NotAllowed("Remedies on supply are Planning's.")
    return _settle(remedy, Remedy.come_into_force, DecisionKind.REMEDY_IN_FORCE, by, summary, remedy.reason)


def _settle(
    remedy: Remedy,
    transition: Callable[[Remedy], None],
    kind: DecisionKind,
    by: User,
    summary: str,
    note: str,
) -> Remedy:
    transition(remedy)
    remedy.settled_at, remedy.settled_by, remedy.settled_note = timezone.now(), by, note
    remedy.save()
    _record(remedy, kind, by, summary, note)
    return remedy


def _record(remedy: Remedy, kind: DecisionKind, by: User, summary: str, note: str) -> None:
    record_decision(flag=remedy.flag, kind=kind, by=by, summary=summary, note=note)


def _locked_remedy(remedy: Remedy) -> Remedy:
    """The remedy as it stands, under the lock of its flag; NotNow unless it waits."""
    flag = locked_flag(remedy.flag)
    remedies = Remedy.objects.select_related("replacement")
    current = remedies.select_for_update(no_key=True, of=("self",)).get(pk=remedy.pk)
    current.flag = flag
    _keep(why_no_longer_waits(current))
    return current


def _proposal_words(remedy: Remedy) -> str:
    if remedy.kind == RemedyKind.SHIFT and remedy.replacement is not None:
        return f"to feature {remedy.replacement.sku} in the place of {remedy.flag.product.sku}"
    return f"to expect {lift_words(remedy.lift_unit_after, remedy.lift_value_after)}"
