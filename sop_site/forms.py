"""What the forms of every room share: a day, a note beside a decision, and the way back."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
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


class TextField(forms.CharField):
    """Some lines of text up to a limit, counted as a browser does: the end of a line is one character."""

    widget = forms.Textarea(attrs={"rows": 2})

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)
        self.validators = [
            _AtMost(max_length) if isinstance(known, MaxLengthValidator) else known
            for known in self.validators
        ]

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class _AtMost(MaxLengthValidator):
    """The limit in a sentence that says by how much it was missed."""

    def __call__(self, value: str) -> None:
        if len(value) > self.limit_value:
            raise forms.ValidationError(
                f"At most {self.limit_value:,} characters; this has {len(value):,}.", code=self.code
            )


class NoteForm(forms.Form):
    """A word beside a decision."""

    note = TextField(label="Note (optional)", required=False, max_length=2000)


def own_path(address: str) -> str:
    """An address that somebody sent along to be led back to, if it is a path of this site, or else ""."""
    is_ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if is_ours else ""
