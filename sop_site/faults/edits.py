"""People at work: random edits through the product's own functions, each by one who may make it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any, TypeVar

import pghistory
from django.db import transaction
from django.db.models import Model, QuerySet

from marketing.campaigns import domain as campaigns
from marketing.campaigns.choices import CampaignStatus, LiftUnit
from marketing.campaigns.domain import CampaignPlan, PlannedLine, StalePlan
from marketing.campaigns.models import Campaign
from marketing.catalogue.domain import edit_product
from marketing.catalogue.models import Door, Product
from planning.remedies.domain import expedite_receipt
from planning.remedies.models import Remedy
from planning.risk.decisions import accept_risk
from planning.risk.models import Flag, RiskAcceptance
from planning.supply.choices import ReceiptStatus
from planning.supply.models import Receipt, StockPosition
from sop_site.access.models import User
from sop_site.access.permissions import NotNow
from sop_site.access.roles import Role
from sop_site.changes import mark_changed
from sop_site.clock import today

EDITABLE = (CampaignStatus.DRAFT, CampaignStatus.SUBMITTED)
OPEN = (*EDITABLE, CampaignStatus.APPROVED, CampaignStatus.RUNNING)
# What people decided, by the fields that nothing may change afterwards.
DECIDED_FIELDS: dict[type[Model], tuple[str, ...]] = {
    RiskAcceptance: ("flag_id", "reason", "accepted_state", "accepted_units_short"),
    Remedy: ("flag_id", "reason", "receipt_id", "eta_after"),
}
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Decided:
    """Something that a person decided and was told is kept: its model and its ``DECIDED_FIELDS``."""

    model: type[Model]
    values: tuple[Any, ...]


@dataclass
class Editor:
    """One source of edits, whose dice its name rolls; ``people`` holds somebody of each role.

    Around ``open_campaigns`` campaigns stay open: with more one is cancelled, with fewer one is made.
    """

    name: str
    people: dict[Role, User]
    open_campaigns: int
    made: int = 0
    refused: int = 0
    decided: list[Decided] = field(default_factory=list)
    dice: Random = field(init=False)
    _numbers: count = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.dice = dice_of(self.name)

    def edit(self) -> None:
        """Make one edit; it counts as refused where the product answers with a sentence, as it may."""
        kinds: list[Callable[[], None]] = [
            self._stock,
            self._receipt,
            self._price,
            self._window,
            self._lift,
            self._line,
            self._door,
            self._status,
            self._turnover,
            self._accept,
            self._expedite,
        ]
        try:
            with pghistory.context():
                self.dice.choice(kinds)()
        except (NotNow, StalePlan):
            self.refused += 1
        else:
            self.made += 1

    def _stock(self) -> None:
        """As a feed of stock does."""
        position = self._any(StockPosition.objects.filter(product=self._any(Product.objects.all())))
        units = self.dice.choice([-5.0, 0.0, 30.5, 120.0, 600.0, 3_000.0])
        with transaction.atomic():
            StockPosition.objects.filter(pk=position.pk).update(on_hand_units=units)
            mark_changed([position.product_id])

    def _receipt(self) -> None:
        """As a feed of receipts does: a new one, another date, or fewer units to come."""
        product = self._any(Product.objects.all())
        eta = today() + timedelta(days=self.dice.randrange(-7, 70))
        known = Receipt.objects.filter(product=product, status=ReceiptStatus.OPEN).order_by("pk").first()
        with transaction.atomic():
            if known is None:
                Receipt.objects.create(
                    po_number=self._new_name("PO"),
                    product=product,
                    door=self._any(Door.objects.all()),
                    ordered_units=self.dice.choice([10.0, 80.0, 300.0]),
                    original_eta=eta,
                    current_eta=eta,
                )
            else:
                changes: list[dict[str, Any]] = [
                    {"current_eta": eta},
                    {"received_units": 10.0},
                    {"status": ReceiptStatus.RECEIVED},
                ]
                Receipt.objects.filter(pk=known.pk).update(**self.dice.choice(changes))
            mark_changed([product.pk])

    def _price(self) -> None:
        price = self.dice.choice([None, Decimal("19.95"), Decimal("60")])
        edit_product(
            product=self._any(Product.objects.all()),
            facts={"unit_price": price},
            by=self.people[Role.MERCHANDISING_MEMBER],
        )

    def _window(self) -> None:
        campaign, plan = self._editable()
        days = timedelta(days=max(self.dice.randrange(-9, 10), (today() - plan.starts_on).days))
        self._change(campaign, replace(plan, starts_on=plan.starts_on + days, ends_on=plan.ends_on + days))

    def _lift(self) -> None:
        campaign, plan = self._editable()
        percent = self.dice.choice([-50.0, 0.0, 80.0, 300.0])
        lines = [replace(line, lift_unit=LiftUnit.PERCENT, lift_value=percent) for line in plan.lines]
        self._change(campaign, replace(plan, lines=lines))

    def _line(self) -> None:
        campaign, plan = self._editable()
        product = self._any(Product.objects.all())
        lines = [line for line in plan.lines if line.product != product]
        if len(lines) == len(plan.lines):
            lines.append(PlannedLine(product, LiftUnit.UNITS, 150.0))
        self._change(campaign, replace(plan, lines=lines or plan.lines))

    def _door(self) -> None:
        campaign, plan = self._editable()
        door = self._any(Door.objects.selling())
        doors = [known for known in plan.doors if known != door]
        if len(doors) == len(plan.doors):
            doors.append(door)
        self._change(campaign, replace(plan, doors=doors or plan.doors))

    def _status(self) -> None:
        campaign = self._any(Campaign.objects.filter(status__in=[*EDITABLE, CampaignStatus.APPROVED]))
        step = {
            CampaignStatus.DRAFT: campaigns.submit_campaign,
            CampaignStatus.SUBMITTED: campaigns.withdraw_campaign,
            CampaignStatus.APPROVED: campaigns.revise_campaign,
        }[CampaignStatus(campaign.status)]
        step(campaign=campaign, by=self.people[Role.MARKETING_MEMBER])

    def _turnover(self) -> None:
        by, open_now = self.people[Role.MARKETING_LEAD], Campaign.objects.filter(status__in=OPEN)
        campaign = self._any(open_now)
        if open_now.count() > self.open_campaigns:
            campaigns.cancel_campaign(campaign=campaign, by=by)
            return
        starts_on = today() + timedelta(days=self.dice.randrange(7, 60))
        plan = replace(
            CampaignPlan.of(campaign),
            name=self._new_name("Campaign"),
            starts_on=starts_on,
            ends_on=starts_on + timedelta(days=self.dice.randrange(3, 21)),
        )
        campaigns.create_campaign(plan=plan, by=by, submit=True)

    def _accept(self) -> None:
        made = accept_risk(
            flag=self._any(Flag.objects.undecided()),
            by=self.people[Role.PLANNING_LEAD],
            reason=self._new_name("Accepted"),
        )
        self._remember(made)

    def _expedite(self) -> None:
        flag = self._any(Flag.objects.undecided())
        receipt = self._any(Receipt.objects.filter(product=flag.product_id, status=ReceiptStatus.OPEN))
        new_eta = today() + timedelta(days=self.dice.randrange(0, 30))
        made = expedite_receipt(
            flag=flag,
            receipt=receipt,
            new_eta=new_eta,
            by=self.people[Role.PLANNING_MEMBER],
            reason=self._new_name("Expedited"),
        )
        self._remember(made)

    def _editable(self) -> tuple[Campaign, CampaignPlan]:
        campaign = self._any(Campaign.objects.filter(status__in=EDITABLE))
        return campaign, CampaignPlan.of(campaign)

    def _change(self, campaign: Campaign, plan: CampaignPlan) -> None:
        campaigns.change_campaign(
            campaign=campaign,
            plan=plan,
            revision=campaign.revision,
            by=self.people[Role.MARKETING_MEMBER],
        )

    def _any(self, rows: QuerySet[Row]) -> Row:
        """One of ``rows``, which others may be changing; NotNow where there is none."""
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        if not keys:
            raise NotNow("There is nothing of that kind now.")
        found = rows.model._default_manager.filter(pk=self.dice.choice(keys)).first()
        if found is None:
            raise NotNow("It is gone.")
        return found

    def _new_name(self, kind: str) -> str:
        return f"{kind} {next(self._numbers)} of {self.name}"

    def _remember(self, made: Model) -> None:
        fields = DECIDED_FIELDS[type(made)]
        self.decided.append(Decided(type(made), tuple(getattr(made, name) for name in fields)))


def dice_of(seed: str) -> Random:
    """Dice that fall the same way for the same seed."""
    return Random(seed)  # noqa: S311 dice, no secret


def someone_of_each_role() -> dict[Role, User]:
    """By role, the first person who holds it, where anybody does."""
    found = (
        User.objects.exclude(role_assignment=None).order_by("-pk").select_related("role_assignment__group")
    )
    return {Role(user.role_assignment.group.name): user for user in found}
