"""What the forms of every room share: a day, a note beside a decision, and the way back."""

from typing import Any

from django import forms
from django.utils.http import url_has_allowed_host_and_scheme


class DateField(forms.DateField):
    """A day, with the browser's own picker."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def __init__(self, **options: Any) -> None:
        sentences = {
            "required": "Choose a day.",
            "invalid": "Enter a date as year-month-day, 2026-11-22.",
        }
        super().__init__(error_messages=sentences, **options)


class NoteForm(forms.Form):
    """A word beside a decision."""

    note = forms.CharField(
        label="Note (optional)",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def own_path(address: str) -> str:
    """An address that somebody sent along to be led back to, if it is a path of this site, or else ""."""
    is_ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if is_ours else ""
