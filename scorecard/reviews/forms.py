"""What people type in a quarterly review."""

from collections.abc import Sequence
from typing import Any

from django import forms

from sop_site.operating_model.choices import OPEN_STATUSES
from sop_site.operating_model.models import OperatingModel

# The lines of a decision; its text and the summary may be longer.
LONGEST_LINE = 300
LONGEST = 2000


def decision_prefix(pk: int) -> str:
    """What the fields of one decision's form begin with: the page holds several."""
    return f"decision-{pk}"


class SummaryForm(forms.Form):
    """What the chair wants said first; nothing takes it away."""

    summary = forms.CharField(
        label="Said first", required=False, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2})
    )


class AskForm(forms.Form):
    """A decision that is wanted."""

    question = forms.CharField(
        label="What is to be decided",
        max_length=LONGEST_LINE,
        error_messages={"required": "Say what is to be decided."},
    )
    operating_model = forms.ModelChoiceField(
        OperatingModel.objects.filter(status__in=OPEN_STATUSES),
        label="About a proposed operating model",
        required=False,
        empty_label="no",
    )


class DecisionForm(forms.Form):
    """What was decided, and on what."""

    decision = forms.CharField(
        label="What was decided",
        max_length=LONGEST,
        error_messages={"required": "Say what was decided."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    assumption = forms.CharField(
        label="On what assumption (optional)", required=False, max_length=LONGEST_LINE
    )
    would_change_it = forms.CharField(
        label="What would change our mind (optional)",
        required=False,
        max_length=LONGEST_LINE,
    )


class CloseForm(forms.Form):
    """Whether the quarter closes although no night took the ``missing`` weeks whole; else nothing to say."""

    without_missing = forms.BooleanField(required=False)

    def __init__(self, *args: Any, missing: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if missing:
            self.fields["without_missing"].label = f"Close without all of {', '.join(missing)}"
        else:
            del self.fields["without_missing"]
