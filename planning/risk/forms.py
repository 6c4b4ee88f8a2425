"""What people fill in on the Bridge and on a flag."""

from typing import Any, cast

from django import forms
from django.db import models

from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Door
from planning.risk.models import Flag
from sop_site.forms import NoteForm


class Show(models.TextChoices):
    """Which flags the Bridge lists."""

    OPEN = "open", "Needs a decision"
    SIGNATURE = "signature", "Waits for signatures"
    ALL = "all", "All featured SKUs"


class Choice(forms.Select):
    """A select in the look of the filter bar."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attrs.setdefault("class", "form-select")


class BridgeFilterForm(forms.Form):
    """The filters of the Bridge; they stand in the address, so that a view can be shared."""

    text = forms.CharField(
        label="SKU or campaign",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "data-search": ""}),
    )
    show = forms.ChoiceField(label="Show", required=False, choices=Show.choices, widget=Choice)
    campaign = forms.ModelChoiceField(
        label="Campaign",
        required=False,
        queryset=Campaign.objects.none(),
        empty_label="All campaigns",
        widget=Choice,
    )
    region = forms.ChoiceField(label="Doors in", required=False, widget=Choice)

    def __init__(self, *args: Any, campaigns: models.QuerySet[Campaign], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["campaign"]).queryset = campaigns
        regions = Door.objects.exclude(region="").order_by("region").values_list("region", flat=True)
        names = [("", "All regions"), *((name, name) for name in regions.distinct())]
        cast(forms.ChoiceField, self.fields["region"]).choices = names

    @property
    def chosen(self) -> dict[str, Any]:
        """The filters that make sense; one that does not (an old link) is left out."""
        self.is_valid()
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        return {"show": Show.OPEN.value, **chosen}


class AcceptForm(forms.Form):
    """Why the risk is taken. ``seen`` is the state of the figures that the person looks at."""

    reason = forms.CharField(
        label="Why do you take this risk?",
        help_text="Stays on the flag and in the history.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why you take this risk."},
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, flag: Flag, **kwargs: Any) -> None:
        self.flag = flag
        super().__init__(*args, **kwargs)
        self.initial["seen"] = flag.calculated_at.isoformat()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("seen") != self.flag.calculated_at.isoformat():
            # The page shows the new figures; sending the form again accepts those.
            self.data = {**dict(self.data.items()), "seen": self.flag.calculated_at.isoformat()}
            raise forms.ValidationError(
                "The risk was recalculated while you wrote. Look at its size above, then accept it again."
            )
        return cleaned


class ReasonForm(forms.Form):
    """The reason of a refusal, which Marketing or Planning must be able to work with."""

    note = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why, so that the others know what to change."},
    )


class CampaignDecisionForm(NoteForm):
    """Approval of a campaign, of the revision that the person looks at."""

    revision = forms.IntegerField(widget=forms.HiddenInput)


class CampaignRejectionForm(ReasonForm):
    """Rejection of a campaign, of the revision that the person looks at."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
