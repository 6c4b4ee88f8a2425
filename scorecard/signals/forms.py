"""What people type about a demand signal."""

from django import forms

LONGEST = 2000


class DecideForm(forms.Form):
    """What follows from a signal."""

    text = forms.CharField(
        label="What follows from it",
        max_length=LONGEST,
        help_text="A sentence: what is done about the forecast or the stock, or why nothing is.",
        error_messages={"required": "Say in a sentence what follows from it, or that nothing does."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )
