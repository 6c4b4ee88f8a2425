"""Forms of the scorecard: what a measure should be, and why a closed week is taken anew."""

from typing import Any

from django import forms

from marketing.catalogue.models import Category
from scorecard.measures.choices import Measure, Slice
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


class RestateForm(forms.Form):
    """Why a closed week is taken anew."""

    reason = forms.CharField(
        label="Reason",
        max_length=1_000,
        widget=WHY,
        error_messages={"required": "A restatement needs its reason."},
    )
