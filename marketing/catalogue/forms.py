"""The form in which Merchandising keeps the facts of a SKU."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from marketing.catalogue.domain import EDITABLE_FIELDS
from marketing.catalogue.models import Product

LABELS = {
    "unit_price": "Price per unit",
    "unit_cost": "Cost per unit",
    "pack_units": "Units per pack",
    "minimum_order_units": "Minimum order, units",
    "lead_time_days": "Lead time, days",
    "expedite_days": "Expedited lead time, days",
    "expedite_cost_per_unit": "Expedite cost per unit",
}
HELP = {
    "unit_price": "Empty where it is not known: money short then stays open.",
    "lead_time_days": "Empty takes the operating model's.",
    "expedite_days": "Empty takes the operating model's. It says until when a receipt can be expedited.",
}
LONGEST_DAYS = 730


class ProductForm(forms.ModelForm):
    """Facts of a SKU that people may edit; ``changed_facts`` holds those that they did."""

    note = forms.CharField(
        required=False,
        max_length=1000,
        label="Why this change",
        help_text="Stands in the history beside what changed.",
    )

    class Meta:
        model = Product
        fields = EDITABLE_FIELDS
        labels = LABELS
        help_texts = HELP

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in EDITABLE_FIELDS:
            # What the person saw travels with the form, so that only what they changed is a change.
            self.fields[name].show_hidden_initial = True
        for name in ("unit_price", "unit_cost", "expedite_cost_per_unit"):
            self.initial[name] = _trimmed(self.initial.get(name))
            self._bound(name, least=0, sentence="Money per unit cannot be below 0.")
        for name in ("lead_time_days", "expedite_days"):
            self._bound(
                name, most=LONGEST_DAYS, sentence=f"More than {LONGEST_DAYS} days is not a lead time."
            )
        self._bound("pack_units", least=1, sentence="A pack holds at least 1 unit.")

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        lead, expedited = facts.get("lead_time_days"), facts.get("expedite_days")
        if lead is not None and expedited is not None and expedited > lead:
            self.add_error(
                "expedite_days",
                f"Expediting cannot take longer, {expedited} days, than the usual {lead} days.",
            )
        return facts

    @property
    def changed_facts(self) -> dict[str, Any]:
        """Only what was changed here, so that another's change of another fact is not undone."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in EDITABLE_FIELDS}

    def _bound(self, name: str, *, sentence: str, least: int | None = None, most: int | None = None) -> None:
        field = self.fields[name]
        if least is not None:
            field.validators.append(MinValueValidator(least, sentence))
        if most is not None:
            field.validators.append(MaxValueValidator(most, sentence))


def _trimmed(money: Decimal | None) -> Decimal | None:
    """Money in whole cents where it is; more decimals only where they say something."""
    if money is None:
        return None
    cents = money.quantize(Decimal("0.01"))
    return cents if cents == money else money.normalize()
