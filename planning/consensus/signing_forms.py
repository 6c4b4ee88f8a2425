"""What people type when they sign, send back or reopen a forecast."""

from django import forms


class SignForm(forms.Form):
    """The signature: the password says who is at the screen."""

    comment = forms.CharField(
        label="Comment (optional)",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    password = forms.CharField(
        label="Your password, once more",
        strip=False,
        error_messages={"required": "Enter your password: it stands for your hand."},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class SendBackForm(forms.Form):
    """Why a forecast is not signed."""

    comment = forms.CharField(
        label="What must change",
        max_length=2000,
        error_messages={"required": "Say what must change before you sign."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReopenForm(forms.Form):
    """Why a published forecast is opened again."""

    reason = forms.CharField(
        label="Why it is reopened",
        max_length=2000,
        error_messages={"required": "Say why the signed forecast is reopened."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )
