"""Forms of the buy plan."""

from typing import Any

from django import forms
from django.db import models
from django.db.models import QuerySet

from planning.buying.models import BuyLine
from planning.consensus.typed_numbers import units_typed

MOST_AT_ONCE = 2_000


class Act(models.TextChoices):
    """What people do to planned orders that they chose from the list: names of transitions."""

    APPROVE = "approve", "Approve"
    TAKE_BACK = "take_back", "Take the approval back"
    SEND = "send", "Put on purchase orders"


class ActForm(forms.Form):
    """One act on the chosen orders, or on all that the filters let through."""

    act = forms.ChoiceField(choices=Act.choices, error_messages={"required": "Choose what to do."})
    line = forms.ModelMultipleChoiceField(
        queryset=BuyLine.objects.all(),
        required=False,
        error_messages={
            "invalid_choice": "The plan was calculated anew meanwhile. Choose again.",
            "invalid_pk_value": "The plan was calculated anew meanwhile. Choose again.",
        },
    )
    all_shown = forms.BooleanField(required=False)

    def __init__(self, *args: Any, shown: QuerySet[BuyLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shown = shown

    def clean(self) -> dict[str, Any]:
        """``line`` becomes the orders to act on, a list."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        chosen = self.shown.order_by("pk") if cleaned["all_shown"] else cleaned["line"]
        lines = list(chosen[: MOST_AT_ONCE + 1])
        if not lines:
            raise forms.ValidationError("Choose at least one planned order.")
        if len(lines) > MOST_AT_ONCE:
            raise forms.ValidationError(
                f"At most {MOST_AT_ONCE:,} orders are acted on at once. Narrow the list down."
            )
        return {**cleaned, "line": lines}

    @property
    def refusal(self) -> str:
        """Why nothing can be done, in a sentence."""
        return next(str(error) for errors in self.errors.values() for error in errors)


class EditForm(forms.Form):
    """Another number of units, with the reason; off the pack or below the minimum it is to be confirmed."""

    units = forms.CharField(
        label="Units to order",
        max_length=40,
        help_text="0 orders nothing.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"required": "Enter the units."},
    )
    reason = forms.CharField(
        label="Reason",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why."},
    )
    confirmed_off_pack = forms.BooleanField(
        label="Order this number all the same", required=False, widget=forms.HiddenInput()
    )

    def clean_units(self) -> float:
        """The number, as people write it."""
        try:
            units = units_typed(self.cleaned_data["units"])
        except ValueError as refused:
            raise forms.ValidationError(str(refused)) from refused
        if units is None:
            raise forms.ValidationError("Enter the units.")
        return units

    def ask_to_confirm(self, sentence: str) -> None:
        """Show the box to confirm a number off the pack, and why it is asked."""
        self.fields["confirmed_off_pack"].widget = forms.CheckboxInput()
        self.add_error("confirmed_off_pack", sentence)


class CancelForm(forms.Form):
    """Why a line on a purchase order will not come."""

    reason = forms.CharField(
        label="Reason",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why."},
    )
