"""Forms of the scorecard: what a measure should be, and why a closed week is taken anew."""

from datetime import date, timedelta
from typing import Any

from django import forms

from marketing.catalogue.models import Category
from scorecard.measures.choices import Measure, Slice
from scorecard.measures.targets import newest_closed_quarter, why_not_from
from scorecard.measures.wording import typed_help
from sop_site.forms import DateField

WHY = forms.Textarea(attrs={"rows": 2})


class TargetForm(forms.Form):
    """A target as people type it: of shares in percent, of the rest in its own unit."""

    value = forms.FloatField(
        label="Target",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"required": "Enter the target.", "invalid": "Enter a number, 8.5."},
    )
    category = forms.ModelChoiceField(
        queryset=Category.objects.all(), required=False, empty_label="Everything", label="Of"
    )
    effective_from = DateField(
        label="From", help_text="Periods that begin on this day or later are judged by it."
    )
    reason = forms.CharField(
        label="Reason", max_length=300, widget=WHY, error_messages={"required": "Say why this is the target."}
    )

    def __init__(self, *args: Any, measure: Measure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].help_text = typed_help(measure)
        if Slice.CATEGORY not in measure.facts.slices:
            del self.fields["category"]
        # The page may be of a quarter that is closed: what is offered then is the day after it.
        day, closed = self.initial.get("effective_from"), newest_closed_quarter()
        if day is not None and closed is not None and day <= closed.end:
            self.initial["effective_from"] = closed.end + timedelta(days=1)

    def clean_effective_from(self) -> date:
        """The day, if a target can be set from it on."""
        day: date = self.cleaned_data["effective_from"]
        if refused := why_not_from(day):
            raise forms.ValidationError(refused)
        return day


class RestateForm(forms.Form):
    """Why a closed week is taken anew."""

    reason = forms.CharField(
        label="Reason",
        max_length=1_000,
        widget=WHY,
        error_messages={"required": "A restatement needs its reason."},
    )
