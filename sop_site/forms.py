"""What the forms of every room share: a day, and a note beside a decision."""

from typing import Any

from django import forms


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
