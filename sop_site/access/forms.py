"""Forms for people."""

from django import forms
from django.contrib.auth.password_validation import validate_password

from sop_site.access.models import User
from sop_site.access.roles import Role


class PersonForm(forms.ModelForm):
    """A person's facts and the role they hold."""

    role = forms.ChoiceField(choices=[(role.value, role.label) for role in Role], widget=forms.RadioSelect)

    class Meta:
        model = User
        fields = ["username", "first_name", "last_name", "email", "job_title", "is_active"]
        labels = {"username": "Sign-in name", "is_active": "May sign in"}
        help_texts = {
            "username": "Letters, digits and . _ - @ +",
            "is_active": "Switch off when someone leaves. What they did stays in the history.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["first_name"].required = True
        self.fields["last_name"].required = True
        if self.instance.pk and self.instance.role is not None:
            self.initial["role"] = self.instance.role.value

    @property
    def chosen_role(self) -> Role:
        """The role that was chosen, as a member."""
        return Role(self.cleaned_data["role"])


class NewPersonForm(PersonForm):
    """A new person also needs a first password."""

    password = forms.CharField(
        label="First password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters. They can change it once they are in.",
    )

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        validate_password(password, self.instance)
        return password
