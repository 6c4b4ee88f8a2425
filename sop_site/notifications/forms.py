"""How people want to be told, and chat channels."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from typing import Any

from django import forms
from django.forms import BoundField

from sop_site.access.permissions import NotNow
from sop_site.notifications.addresses import service_at
from sop_site.notifications.choices import CHOOSABLE, Kind, Ways
from sop_site.notifications.models import ChatChannel, MailSettings, Preference

WAYS = {"in_product": "in Bridge", "in_digest": "in the daily digest", "at_once": "at once by mail"}


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind, and its boxes in the order of the columns."""

    kind: Kind
    boxes: tuple[BoundField, ...]


class SettingsForm(forms.Form):
    """Whether and when a person wants mail, and by which ways each kind reaches them."""

    wants_mail = forms.BooleanField(label="Send me mail", required=False)
    digest_at = forms.TimeField(
        label="Daily digest at",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": "Choose a time.", "invalid": "Enter a time as 07:30."},
    )

    def __init__(
        self, data: Any = None, *, mail: MailSettings, chosen: dict[Kind, Preference], **options: Any
    ) -> None:
        super().__init__(
            data, initial={"wants_mail": mail.wants_mail, "digest_at": mail.digest_at}, **options
        )
        for kind in CHOOSABLE:
            now = chosen.get(kind, kind.ways)
            for way, words in WAYS.items():
                box = forms.CheckboxInput(
                    attrs={"class": "form-check-input", "aria-label": f"{kind.label}: {words}"}
                )
                self.fields[f"{kind.value}-{way}"] = forms.BooleanField(
                    required=False, initial=getattr(now, way), widget=box
                )

    def rows(self) -> Iterator[KindRow]:
        """A row for each kind."""
        for kind in CHOOSABLE:
            yield KindRow(kind, tuple(self[f"{kind.value}-{way}"] for way in WAYS))

    @property
    def chosen_ways(self) -> dict[Kind, Ways]:
        """What was chosen for each kind."""
        return {
            kind: Ways(**{way: self.cleaned_data[f"{kind.value}-{way}"] for way in WAYS})
            for kind in CHOOSABLE
        }

    @property
    def chosen_time(self) -> time:
        """When the digest is to come."""
        chosen: time = self.cleaned_data["digest_at"]
        return chosen


class ChannelForm(forms.ModelForm):
    """A chat channel. Its address is only ever typed in; left empty, a channel keeps the one it has."""

    address = forms.CharField(
        label="Address",
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=(
            "The address that the chat gives for messages from outside: a webhook of Slack, Discord or "
            "Google Chat as it is, any other as jsons://host/path. It is not shown again."
        ),
    )
    kinds = forms.MultipleChoiceField(
        label="Told of",
        choices=[(kind.value, kind.label) for kind in CHOOSABLE],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one kind."},
    )

    class Meta:
        model = ChatChannel
        fields = ["name", "kinds", "is_active"]
        labels = {"is_active": "In use"}
        help_texts = {"name": "As people know it: #demand-planning"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.fields["address"].required = False
            self.fields["address"].label = "New address"

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        if address:
            try:
                service_at(address)
            except NotNow as reason:
                raise forms.ValidationError(str(reason)) from reason
        return address

    @property
    def chosen_kinds(self) -> list[Kind]:
        """The kinds that were chosen, as members."""
        return [Kind(value) for value in self.cleaned_data["kinds"]]
