"""The campaign form: its facts, and one row for each featured SKU."""

import math
import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.db.models.functions import Upper

from marketing.campaigns.choices import Channel, LiftUnit
from marketing.campaigns.domain import calculated_lift
from marketing.campaigns.models import Campaign, CampaignLine
from marketing.campaigns.suggestions import RowSuggestion
from marketing.campaigns.words import listed
from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Door, DoorQuerySet, Product
from marketing.sales.models import Mechanic
from sop_site.formats import short_date_year, times
from sop_site.forms import DateField

# Short, because on a phone the unit stands beside its number.
UNIT_CHOICES = [
    (LiftUnit.PERCENT, "% uplift"),
    (LiftUnit.MULTIPLIER, "× baseline"),
    (LiftUnit.UNITS, "units uplift"),
]
BLANK_ROWS = 5
MOST_ROWS = 300
FARTHEST_PLAN = timedelta(days=730)
# Far beyond any promotion; keeps a slip of the keyboard from swamping every projection.
HIGHEST_RATIO = 1_000.0
MOST_UNITS = 10_000_000.0
LONGEST_REASON = CampaignLine._meta.get_field("override_reason").max_length


class LiftField(forms.FloatField):
    """A number that may carry the sign in which people write a lift or a discount: +64 %, 1.5×, −20%."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "number", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            typed = re.sub(r"\s", "", value.replace("−", "-"))
            value = re.sub(r"^[×x]|[%×x]$", "", typed, flags=re.IGNORECASE)
        number = super().to_python(value)
        if number is not None and not math.isfinite(number):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return number


class CampaignForm(forms.Form):
    """What, when and where. ``stored`` is the campaign that is edited, or None for a new one."""

    name = forms.CharField(
        max_length=120,
        help_text="As it will stand on the calendar.",
        error_messages={"required": "Give the campaign a name."},
    )
    mechanic = forms.ModelChoiceField(
        Mechanic.objects.all(),
        empty_label="Choose…",
        error_messages={"required": "Choose how the promotion works."},
    )
    channel = forms.ChoiceField(choices=Channel.choices, initial=Channel.ALL)
    starts_on = DateField(label="First day")
    ends_on = DateField(label="Last day")
    doors = forms.ModelMultipleChoiceField(
        Door.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one door: a campaign of no door sells nothing."},
    )
    brief = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What it is for, in a sentence or two.",
    )
    note = forms.CharField(
        required=False,
        max_length=1000,
        label="Why this change",
        help_text="Stands in the history beside what changed.",
    )
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, stored: Campaign | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        self.stored = stored
        cast("forms.ModelMultipleChoiceField", self.fields["doors"]).queryset = doors_on_offer(today, stored)
        if stored is None:
            del self.fields["note"]

    def clean_starts_on(self) -> date:
        starts_on = self.cleaned_data["starts_on"]
        unchanged = self.stored is not None and self.stored.starts_on == starts_on
        if starts_on < self.today and not unchanged:
            raise forms.ValidationError(
                f"{short_date_year(starts_on)} is in the past. The first day can be today,"
                f" {short_date_year(self.today)}, or later."
            )
        return starts_on

    def clean_ends_on(self) -> date:
        ends_on = self.cleaned_data["ends_on"]
        if ends_on > self.today + FARTHEST_PLAN:
            raise forms.ValidationError(
                f"{short_date_year(ends_on)} is more than two years ahead. Plan it closer to its time."
            )
        return ends_on

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        starts_on, ends_on = facts.get("starts_on"), facts.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error(
                "ends_on",
                f"The last day, {short_date_year(ends_on)}, is before the first day,"
                f" {short_date_year(starts_on)}.",
            )
        self._check_channel(facts.get("channel", ""), facts.get("doors") or ())
        return facts

    def _check_channel(self, channel: str, doors: Iterable[Door]) -> None:
        stranger = {"stores": DoorKind.ECOMMERCE, "ecommerce": DoorKind.STORE}.get(channel)
        strangers = [door.name for door in doors if door.kind == stranger]
        if strangers:
            kind = "an e-commerce node" if stranger == DoorKind.ECOMMERCE else "stores"
            self.add_error(
                "doors",
                f"The channel is {Channel(channel).label}, but {listed(strangers)} sell as {kind}."
                " Leave them out, or choose another channel.",
            )

    def door_groups(self) -> list[tuple[str, list[Any]]]:
        """The door check boxes by region, for the template."""
        groups: dict[str, list[Any]] = {}
        for choice in self["doors"].subwidgets:
            door = choice.data["value"].instance
            region = "E-commerce" if door.kind == DoorKind.ECOMMERCE else door.region or "No region"
            groups.setdefault(region, []).append(choice)
        return sorted(groups.items(), key=lambda group: (group[0] == "E-commerce", group[0]))


class LineForm(forms.Form):
    """One featured SKU with its lift. ``stored_lifts`` are those of the edited campaign, by SKU.

    ``product`` is set by the formset, which looks the codes of all rows up at once.
    """

    product: Product

    sku = forms.CharField(
        label="SKU code",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Which SKU? Give its code, or clear the row."},
    )
    lift_value = LiftField(
        label="Expected lift",
        error_messages={
            "required": "What lift do you expect of it? Enter 0 for none.",
            "invalid": "This is not a number. Write a lift like 64 or 12.5.",
        },
    )
    lift_unit = forms.ChoiceField(label="Unit", choices=UNIT_CHOICES, initial=LiftUnit.PERCENT)
    discount_percent = LiftField(
        label="Discount %",
        required=False,
        min_value=0,
        max_value=100,
        error_messages={
            "invalid": "This is not a number. Write a discount like 25, or leave it empty.",
            "min_value": "A discount takes something off the price: 0 or more.",
            "max_value": "A discount of more than the price would pay people to buy.",
        },
    )
    # The suggested lift that stands in the lift's field because nobody has entered another.
    lift_filled = forms.CharField(required=False)
    override_reason = forms.CharField(label="Why another lift?", required=False, max_length=LONGEST_REASON)
    confirmed = forms.CharField(required=False)

    def __init__(
        self,
        *args: Any,
        lift_to_confirm_percent: float,
        stored_lifts: dict[str, tuple[str, float]],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.lift_to_confirm_percent = lift_to_confirm_percent
        self.stored_lifts = stored_lifts
        self.asks_confirmation = False
        # What a tick confirms: the lift that was entered, and no other.
        self.confirmation = ""
        self.asks_reason = False

    def has_changed(self) -> bool:
        """Whether something was entered; a unit alone is not."""
        return not {"sku", "lift_value", "discount_percent"}.isdisjoint(self.changed_data)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        value, unit = facts.get("lift_value"), facts.get("lift_unit")
        if value is not None and unit:
            ratio, units = calculated_lift(unit, value)
            if units is not None and abs(units) > MOST_UNITS:
                self.add_error("lift_value", f"{units:,.0f} units is more than Bridge plans with.")
            elif ratio is not None:
                self.check_ratio(ratio)
        return facts

    def check_ratio(self, ratio: float) -> None:
        """Refuse what cannot be, and ask for a confirmation of what is hard to believe."""
        if ratio < -1:
            self.add_error("lift_value", "A lift below −100% is impossible: it would sell less than nothing.")
        elif ratio > HIGHEST_RATIO:
            self.add_error("lift_value", f"A lift above {HIGHEST_RATIO:.0%} cannot be planned.")
        elif ratio * 100 > self.lift_to_confirm_percent and not self._is_confirmed():
            self.asks_confirmation = True
            self.add_error(
                "lift_value",
                f"This is +{ratio:,.0%}, more than {self.lift_to_confirm_percent:,.0f}%."
                " Tick the box to confirm that you mean it.",
            )

    def check_reason(self, suggested: RowSuggestion) -> None:
        """Ask why another lift is planned than the one that is suggested."""
        unit, value = self.cleaned_data["lift_unit"], self.cleaned_data["lift_value"]
        self.asks_reason = suggested.is_another(unit, value)
        if self.asks_reason and not self.cleaned_data["override_reason"]:
            self.add_error(
                "override_reason",
                f"Past promotions suggest {times(suggested.suggestion.p50)} the baseline."
                " Say in a sentence why you plan another lift.",
            )

    def _is_confirmed(self) -> bool:
        entered = (self.cleaned_data["lift_unit"], self.cleaned_data["lift_value"])
        self.confirmation = f"{entered[1]:.10g} {entered[0]}"
        self.asks_confirmation = self.cleaned_data.get("confirmed") == self.confirmation
        return self.asks_confirmation or self.stored_lifts.get(self.cleaned_data.get("sku", "")) == entered


class BaseLineFormSet(forms.BaseFormSet):
    """The rows of featured SKUs; blank rows do not count, wherever they stand."""

    def initial_form_count(self) -> int:
        # Every posted row may be blank: clearing a row removes its SKU from the campaign.
        return 0 if self.is_bound else super().initial_form_count()

    @property
    def filled(self) -> list[LineForm]:
        """The rows with something in them."""
        return [form for form in self.forms if form.has_changed()]

    def clean(self) -> None:
        products = products_by_code(form.cleaned_data["sku"] for form in self._with_sku())
        featured: set[int] = set()
        for form in self._with_sku():
            code = form.cleaned_data["sku"]
            product = products.get(code) or products.get(code.upper())
            if product is None:
                form.add_error("sku", f"There is no SKU {code} in the catalogue.")
            elif product.pk in featured:
                form.add_error("sku", f"{product.sku} stands in a row above: a SKU is featured once.")
            else:
                featured.add(product.pk)
                form.product = product
        if not self.filled:
            raise forms.ValidationError("Feature at least one SKU: a campaign of no SKU plans nothing.")

    def _with_sku(self) -> list[LineForm]:
        return [form for form in self.filled if form.cleaned_data.get("sku")]


LineFormSet = cast(
    "type[BaseLineFormSet]",
    forms.formset_factory(
        LineForm, formset=BaseLineFormSet, extra=BLANK_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS
    ),
)


class ReasonForm(forms.Form):
    """Why a campaign is withdrawn, revised or cancelled."""

    note = forms.CharField(required=False, max_length=1000, label="Why")


def doors_on_offer(today: date, stored: Campaign | None) -> DoorQuerySet:
    """Doors that sell and are not closed, and those in the scope of the edited campaign already."""
    offered = Q(closed_on=None) | Q(closed_on__gt=today)
    if stored is not None:
        offered |= Q(pk__in=stored.campaign_doors.values("door_id"))
    return Door.objects.selling().filter(offered).order_by("region", "name")


def products_by_code(codes: Iterable[str]) -> dict[str, Product]:
    """SKUs by their code as it stands, and by its upper case for those who typed it otherwise.

    They come with the category and the like item from which a suggested lift may be borrowed.
    """
    wanted = {code.upper() for code in codes if "\x00" not in code}
    found: dict[str, Product] = {}
    products = Product.objects.select_related("category", "like_item").annotate(upper_sku=Upper("sku"))
    for product in products.filter(upper_sku__in=wanted):
        found.setdefault(product.sku.upper(), product)
        found[product.sku] = product
    return found
