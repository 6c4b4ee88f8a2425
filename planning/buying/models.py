"""Buy plans and their lines: one planned order of a SKU for a DC, to land in one fiscal week."""

from datetime import timedelta

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from marketing.campaigns.models import never
from marketing.catalogue.models import Category, Door, Product
from planning.buying.choices import OPEN_STATUSES, PRESSING, BuyException, BuyStatus
from planning.consensus.models import ForecastVersion

# Whether a line has an exception that asks someone to act; the list begins with these.
PRESSES = models.Case(
    models.When(exceptions__overlap=[exception.value for exception in PRESSING], then=models.Value(True)),
    default=models.Value(False),
    output_field=models.BooleanField(),
)


class BuyPlan(models.Model):
    """One calculation of what to buy, from one published forecast and the supply of that day.

    One that is not finished was asked for at ``started_at``; the next that begins takes its place.
    """

    version = models.ForeignKey(ForecastVersion, on_delete=models.PROTECT, related_name="buy_plans")
    as_of_date = models.DateField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    sku_count = models.PositiveIntegerField(default=0)
    line_count = models.PositiveIntegerField(default=0)

    class Meta:
        get_latest_by = "pk"

    def __str__(self) -> str:
        return f"Buy plan of {self.as_of_date} from {self.version}"


# A plan writes and deletes some hundred thousand lines; history are those that people do something with,
# and begins with the line as they found it (``stored.keep_first_state``).
@pghistory.track(
    pghistory.UpdateEvent(),
    exclude=["needed_units", "planned_units", "exceptions", "plan", "order_by_date", "unit_cost"],
)
class BuyLine(ConcurrentTransitionMixin, models.Model):
    """A planned order. ``week_start`` is the Sunday of the fiscal week in which it lands at ``door``.

    ``needed_units`` is what is missing in that week, ``planned_units`` that on the SKU's pack and minimum;
    ``edited_units`` is what a planner put in its place, with the reason. A proposed line that nobody edited
    is calculated anew with each plan; every other one stays. A line on a purchase order carries its number.
    """

    # A plan writes half a million lines at once: each key that the database checks costs it a tenth of its
    # time, as does each index. Plan and door are known to the calculation, and neither is ever deleted; that
    # the SKU is there, the database sees to. The indexes below are those that lines are looked up by.
    plan = models.ForeignKey(
        BuyPlan, on_delete=models.PROTECT, related_name="lines", db_index=False, db_constraint=False
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    door = models.ForeignKey(
        Door, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    week_start = models.DateField()
    order_by_date = models.DateField()
    needed_units = models.FloatField()
    planned_units = models.FloatField()
    edited_units = models.FloatField(null=True, blank=True)
    edit_reason = models.CharField(max_length=300, blank=True)
    unit_cost = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    exceptions = ArrayField(models.CharField(max_length=16, choices=BuyException.choices), default=list)
    status = FSMField(choices=BuyStatus.choices, default=BuyStatus.PROPOSED, protected=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    po_number = models.CharField("PO", max_length=60, blank=True)
    po_line = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["order_by_date", "product__sku", "door__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "door", "week_start"],
                condition=Q(status="proposed"),
                name="one_proposed_buy_a_week",
            ),
            models.UniqueConstraint(
                fields=["po_number", "po_line"], condition=~Q(po_number=""), name="buy_on_one_po_line"
            ),
            models.CheckConstraint(
                condition=Q(planned_units__gte=0, needed_units__gte=0)
                & (Q(edited_units=None) | Q(edited_units__gte=0)),
                name="buy_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(edited_units=None) | ~Q(edit_reason=""), name="edited_buy_says_why"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "sent", "recognised"])
                | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="approved_buy_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["sent", "recognised"]) | ~Q(po_number="") & Q(po_line__isnull=False),
                name="sent_buy_has_a_po",
            ),
            models.CheckConstraint(
                condition=Q(order_by_date__lte=F("week_start") + timedelta(days=6)),
                name="buy_ordered_before_it_lands",
            ),
        ]
        indexes = [
            # What people did something with: few lines, which calculations count on.
            models.Index(
                fields=["status", "product"],
                name="buy_touched",
                condition=~Q(status="proposed") | Q(edited_units__isnull=False),
            ),
            models.Index(
                PRESSES.desc(),
                "order_by_date",
                "id",
                name="buy_by_pressure",
                condition=Q(status__in=[status.value for status in OPEN_STATUSES]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units:g} × {self.product_id} for the week of {self.week_start}"

    @property
    def units(self) -> float:
        """What is to be ordered: the planner's number where there is one."""
        return self.planned_units if self.edited_units is None else self.edited_units

    @property
    def state(self) -> BuyStatus:
        """The status as a member, with its tone."""
        return BuyStatus(self.status)

    @transition(
        status,
        source=BuyStatus.PROPOSED,
        target=BuyStatus.APPROVED,
        permission="planning.approve_buy",
        custom={"label": "Approve"},
    )
    def approve(self) -> None:
        """It may be ordered."""

    @transition(
        status,
        source=BuyStatus.APPROVED,
        target=BuyStatus.PROPOSED,
        permission="planning.approve_buy",
        custom={"label": "Take the approval back"},
    )
    def take_back(self) -> None:
        """Not yet, or not so."""

    @transition(
        status,
        source=BuyStatus.APPROVED,
        target=BuyStatus.SENT,
        permission="planning.approve_buy",
        custom={"label": "Put on a purchase order"},
    )
    def send(self) -> None:
        """It leaves in a PO file, under its number."""

    @transition(
        status,
        source=BuyStatus.SENT,
        target=BuyStatus.CANCELLED,
        permission="planning.approve_buy",
        custom={"label": "Cancel the order"},
    )
    def cancel(self) -> None:
        """The supplier will not deliver it; the next plan no longer counts on it."""

    @transition(status, source=BuyStatus.SENT, target=BuyStatus.RECOGNISED, permission=never)
    def recognise(self) -> None:
        """Its PO line came back as a receipt, which counts from now on in its place."""


class OpenToBuy(models.Model):
    """A category's open-to-buy of one fiscal week at cost, as a plan found it; negative is over-bought.

    A week begins with the planned end stock of the week before, the first with the stock that is there: so
    weeks add up to the open-to-buy of their month. ``planned_buys_amount`` is what the orders that land in
    that week would spend of it.
    """

    plan = models.ForeignKey(BuyPlan, on_delete=models.CASCADE, related_name="open_to_buy")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, related_name="+")
    week_start = models.DateField()
    sales_amount = models.FloatField()
    begin_stock_amount = models.FloatField()
    end_stock_amount = models.FloatField()
    on_order_amount = models.FloatField()
    open_to_buy_amount = models.FloatField()
    planned_buys_amount = models.FloatField()

    class Meta:
        verbose_name_plural = "open-to-buy"
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "category", "week_start"], nulls_distinct=False, name="open_to_buy_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category_id}, week of {self.week_start}: {self.open_to_buy_amount:.0f}"
