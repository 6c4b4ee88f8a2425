"""Reads for the pages of remedies: those of a flag, those that wait, and what re-dating would bring."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import QuerySet
from django_fsm import get_available_user_FIELD_transitions

from planning.remedies.choices import RemedyKind, RemedyStatus
from planning.remedies.forms import ConsentForm, DeclineForm
from planning.remedies.models import Remedy
from planning.remedies.options import effect, helps
from planning.remedies.preview import moved, outcomes
from planning.remedies.rules import lift_words
from planning.risk.assessment import assess, judged
from planning.risk.choices import FLAGGED_STATES
from planning.risk.deadline_words import RemedyDeadline, remedy_deadlines
from planning.risk.models import Flag
from planning.risk.queries import flags_visible_to
from planning.risk.sentences import plural
from planning.risk.standing import why_nothing_to_decide
from planning.supply.models import Receipt
from sop_site import formats
from sop_site.access.models import User
from sop_site.forms import NoteForm

STATUS_TONES = {
    RemedyStatus.PROPOSED: "waiting",
    RemedyStatus.IN_FORCE: "approved",
    RemedyStatus.DECLINED: "rejected",
    RemedyStatus.WITHDRAWN: "cancelled",
}


@dataclass(frozen=True, slots=True)
class RemedyRow:
    """A remedy in words, and what one person may do with it."""

    remedy: Remedy
    actions: frozenset[str]

    @property
    def words(self) -> str:
        """What it does."""
        remedy = self.remedy
        match remedy.kind:
            case RemedyKind.EXPEDITE:
                before, after = formats.short_date(remedy.eta_before), formats.short_date(remedy.eta_after)
                return f"Receipt {remedy.receipt}: {before} → {after}"
            case RemedyKind.REALLOCATE if remedy.transfer is not None:
                moved_units, there = remedy.transfer.units, formats.short_date(remedy.transfer.arrive_on)
                ends = f"from {remedy.transfer.from_door} to {remedy.transfer.to_door}"
                return f"{plural(moved_units, 'unit')} {ends}, there {there}"
            case RemedyKind.SHIFT:
                return f"Feature {remedy.replacement} in the place of {remedy.flag.product.sku}"
            case _:
                before = lift_words(remedy.lift_unit_before, remedy.lift_value_before)
                after = lift_words(remedy.lift_unit_after, remedy.lift_value_after)
                return f"Expected lift of {remedy.flag.product.sku}: {before} → {after}"

    @property
    def tone(self) -> str:
        """The tone of its status."""
        return STATUS_TONES[RemedyStatus(self.remedy.status)]

    @property
    def status_label(self) -> str:
        """Its status in a word or two."""
        waits = self.remedy.status == RemedyStatus.PROPOSED
        return "Waits for Marketing" if waits else self.remedy.get_status_display()

    @property
    def obstacle(self) -> str:
        """Why Marketing's plan no longer has a place for it; empty while it has."""
        flag = self.remedy.flag
        if flag.closed_at is None and flag.campaign.is_planned:
            return ""
        return f"{flag.campaign} no longer plans {flag.product.sku}, so there is nothing to consent to."

    @property
    def may_consent(self) -> bool:
        """Whether the person may consent now."""
        return "come_into_force" in self.actions and not self.obstacle

    @property
    def may_decline(self) -> bool:
        """Whether the person may decline now."""
        return "decline" in self.actions

    @property
    def may_withdraw(self) -> bool:
        """Whether the person may take it back now."""
        return "withdraw" in self.actions

    @property
    def consent_form(self) -> ConsentForm:
        """Consent to the plan as it stands on this page."""
        seen = {"revision": self.remedy.flag.campaign.revision}
        return ConsentForm(auto_id=f"id_consent_{self.remedy.pk}_%s", initial=seen)

    @property
    def decline_form(self) -> DeclineForm:
        """The reason of a refusal."""
        return DeclineForm(auto_id=f"id_decline_{self.remedy.pk}_%s")

    @property
    def withdraw_form(self) -> NoteForm:
        """A word beside a withdrawal."""
        return NoteForm(auto_id=f"id_withdraw_{self.remedy.pk}_%s")


def remedies_visible_to(user: User) -> QuerySet[Remedy]:
    """Remedies on the flags that ``user`` may see, with all that their rows name."""
    return Remedy.objects.filter(flag__in=flags_visible_to(user)).select_related(
        "flag__campaign",
        "flag__product",
        "proposed_by",
        "settled_by",
        "receipt",
        "transfer__from_door",
        "transfer__to_door",
        "replacement",
    )


def waiting_remedies(user: User) -> QuerySet[Remedy]:
    """Proposals that wait for Marketing's consent, the flag with the nearest deadline first."""
    waiting = remedies_visible_to(user).filter(status=RemedyStatus.PROPOSED)
    return waiting.order_by("flag__decide_by_date", "proposed_at", "pk")


def remedy_rows(remedies: Sequence[Remedy], user: User) -> list[RemedyRow]:
    """Each remedy with what ``user`` may do with it."""
    status = Remedy._meta.get_field("status")
    return [
        RemedyRow(
            remedy,
            frozenset(found.name for found in get_available_user_FIELD_transitions(remedy, user, status)),
        )
        for remedy in remedies
    ]


@dataclass(frozen=True, slots=True)
class FlagRemedies:
    """The remedies of a flag so far, and those that the person may open now.

    ``to_redate``: a receipt of the SKU is past due, which can be re-dated even where no receipt could be
    brought forward.
    """

    flag: Flag
    rows: Sequence[RemedyRow]
    offered: Sequence[RemedyDeadline]
    to_redate: bool


def remedies_of_flag(flag: Flag, user: User, day: date) -> FlagRemedies:
    """What the page of ``flag`` says about remedies."""
    may_act = user.has_perm("planning.propose_remedy") and not why_nothing_to_decide(flag)
    found = remedies_visible_to(user).filter(flag=flag)
    return FlagRemedies(
        flag=flag,
        rows=remedy_rows(list(found), user),
        offered=[found for found in remedy_deadlines(flag, day) if may_act and found.decide_by_date],
        to_redate=may_act and Receipt.objects.past_due(day).filter(product=flag.product_id).exists(),
    )


@dataclass(frozen=True, slots=True)
class FlagEffect:
    """What re-dating a receipt would bring to one flag."""

    flag: Flag
    effect: str


@dataclass(frozen=True, slots=True)
class RedateRow:
    """A past-due receipt, and what it would bring if it landed today."""

    receipt: Receipt
    days_late: int
    effects: Sequence[FlagEffect]


def past_due_receipts(day: date) -> QuerySet[Receipt]:
    """Open receipts that should have landed, the longest overdue first."""
    return Receipt.objects.past_due(day).select_related("product", "door").order_by("current_eta", "pk")


def redate_rows(receipts: Sequence[Receipt], user: User, day: date) -> list[RedateRow]:
    """What each of these past-due receipts would bring to open flags, if it landed on ``day``, today.

    Each is looked at by itself. The SKUs are projected together, one receipt of each at a time.
    """
    effects = _effects(receipts, user, day)
    return [
        RedateRow(receipt, (day - receipt.current_eta).days, effects.get(receipt.pk, []))
        for receipt in receipts
    ]


def _effects(receipts: Sequence[Receipt], user: User, day: date) -> dict[int, list[FlagEffect]]:
    flags = flags_visible_to(user).filter(
        product__in=[receipt.product_id for receipt in receipts], closed_at=None, state__in=FLAGGED_STATES
    )
    flag_of = {(flag.campaign_id, flag.product_id): flag for flag in flags.order_by("decide_by_date", "pk")}
    by_product: dict[int, list[Receipt]] = defaultdict(list)
    for receipt in receipts:
        by_product[receipt.product_id].append(receipt)
    flagged = {product_id for _, product_id in flag_of}
    if not flagged:
        return {}
    assessment = assess(flagged, today=day)
    now, planned = outcomes(assessment), assessment.inputs.planned
    effects: dict[int, list[FlagEffect]] = defaultdict(list)
    for turn in range(max(len(by_product[product_id]) for product_id in flagged)):
        looked_at = {
            product_id: by_product[product_id][turn]
            for product_id in flagged
            if turn < len(by_product[product_id])
        }
        dated = [(receipt, day) for receipt in looked_at.values()]
        inputs = replace(assessment.inputs, receipts=moved(assessment.inputs, dated, day))
        then = outcomes(judged(inputs, assessment.products, assessment.limits))
        for place, (campaign_id, product_id) in enumerate(zip(*planned.keys, strict=True)):
            flag = flag_of.get((campaign_id, product_id))
            receipt_now = looked_at.get(product_id)
            if flag is None or receipt_now is None or not helps(now.get(place), then.get(place)):
                continue
            effects[receipt_now.pk].append(FlagEffect(flag, effect(now.get(place), then[place])))
    return effects
