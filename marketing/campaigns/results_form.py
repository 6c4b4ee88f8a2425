"""The form in which Marketing says what a campaign was to bring, and what it brought."""

from typing import Any, Final

from django import forms

from marketing.campaigns.models import CampaignResult
from marketing.campaigns.results import ACTUALS, COUNTS, RESULT_FIELDS, orders_beyond_visits

LABELS: Final = {"visits": "Visits", "orders": "Orders", "revenue": "Revenue", "spend": "Media spend"}
# More visits or orders than any campaign has; what is stored has room for it.
MOST: Final = 2_000_000_000
# People write 12,000 or 12 000, with a narrow space too.
GROUPING: Final = str.maketrans("", "", ",\u00a0\u202f ")


class _Grouped:
    """A number as people write it, its thousands apart."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.translate(GROUPING) if isinstance(value, str) else value)  # type: ignore[misc]


class CountField(_Grouped, forms.IntegerField):
    """A whole number from 0 on."""


class MoneyField(_Grouped, forms.DecimalField):
    """An amount from 0 on, in cents."""


class ResultsForm(forms.ModelForm):
    """Targets and actuals; ``changed_results`` holds those that the person changed."""

    note = forms.CharField(
        required=False,
        max_length=1000,
        label="Why this change",
        help_text="Stands in the history beside what changed.",
    )

    class Meta:
        model = CampaignResult
        fields = RESULT_FIELDS

    def __init__(self, *args: Any, has_started: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in RESULT_FIELDS:
            self.fields[name] = _field(name)
        if not has_started:
            for name in ACTUALS:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        figures = super().clean() or {}
        for name, sentence in orders_beyond_visits(figures):
            self.add_error(name, sentence)
        return figures

    def validate_constraints(self) -> None:
        """Left to `clean`, whose sentences stand beside their cause."""

    @property
    def changed_results(self) -> dict[str, Any]:
        """Only what was changed here, so that another's change of another figure is not undone."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in RESULT_FIELDS}


def _field(name: str) -> forms.Field:
    noun = LABELS[name.partition("_")[0]]
    sentences = {
        "min_value": f"{noun} cannot be below 0.",
        "max_value": f"More than {MOST:,} is no number of {noun.lower()}.",
    }
    shared: dict[str, Any] = {
        "label": noun,
        "required": False,
        # What the person saw travels with the form, so that only what they changed is a change.
        "show_hidden_initial": True,
        "widget": forms.TextInput(attrs={"inputmode": "numeric" if name in COUNTS else "decimal"}),
        "min_value": 0,
    }
    if name in COUNTS:
        sentences["invalid"] = "Enter a whole number, such as 12000."
        return CountField(**shared, max_value=MOST, error_messages=sentences)
    sentences |= {
        "invalid": "Enter an amount, such as 12400 or 12400.50.",
        "max_decimal_places": "Enter an amount in whole cents, such as 12400.50.",
        "max_digits": "An amount of more than 12 digits is too large.",
        "max_whole_digits": "An amount of more than 12 digits is too large.",
    }
    return MoneyField(**shared, max_digits=14, decimal_places=2, error_messages=sentences)
