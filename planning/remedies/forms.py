"""The four remedies as forms, and the words beside a consent."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from marketing.campaigns.models import CampaignLine
from marketing.catalogue.models import Product
from planning.remedies.choices import RemedyKind
from planning.remedies.options import ReceiptOption, TransferOption
from planning.remedies.rules import (
    LOCKS,
    expedite_days,
    lift_words,
    why_not_eta,
    why_not_lift,
    why_not_replacement,
    why_not_ship_on,
    why_not_units,
)
from planning.risk.models import Flag
from planning.risk.sentences import plural
from sop_site import formats
from sop_site.forms import DateField, NoteForm
from sop_site.operating_model.models import OperatingModel


class RemedyForm(forms.Form):
    """What every remedy asks for: its reason."""

    reason = forms.CharField(
        label="Why this remedy?",
        help_text="Stays on the flag and in the history.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, in a sentence."},
    )


class ProposalForm(RemedyForm):
    """A proposal to Marketing; after its lock has passed it asks for a tick."""

    lock_acknowledged = forms.BooleanField(required=False)

    def __init__(self, *args: Any, kind: RemedyKind, lock_passed_on: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if lock_passed_on is None:
            del self.fields["lock_acknowledged"]
            return
        field = self.fields["lock_acknowledged"]
        field.required = True
        field.label = f"I know that the {LOCKS[kind]} has passed"
        passed = formats.short_date_year(lock_passed_on)
        field.error_messages["required"] = f"The {LOCKS[kind]} passed on {passed}: tick this to go on."


def one_of(
    options: Sequence[ReceiptOption] | Sequence[TransferOption], *, required: str
) -> forms.ChoiceField:
    """A choice of one of ``options``; ``required`` is said where none is chosen."""
    gone = "What you chose no longer helps: choose one of these."
    return forms.ChoiceField(
        choices=[(option.value, option.title) for option in options],
        error_messages={"required": required, "invalid_choice": gone},
    )


class ExpediteForm(RemedyForm):
    """Which receipt, and when it will land."""

    new_eta = DateField(label="New ETA")

    def __init__(
        self,
        *args: Any,
        flag: Flag,
        options: Sequence[ReceiptOption],
        model: OperatingModel,
        day: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.options = {option.value: option for option in options}
        self.model, self.day = model, day
        self.fields["receipt"] = one_of(options, required="Choose a receipt.")
        best = options[0] if options else None
        self.initial = {"new_eta": best and best.eta, "receipt": best and best.value}
        if best is not None and best.is_past_due:
            help_text = "The day that the supplier confirms; the effect above is that of today."
        else:
            source = "this SKU's" if flag.product.expedite_days is not None else "the operating model's"
            days = plural(expedite_days(flag.product, model), "day")
            help_text = f"The earliest date is today and {source} {days} of expediting."
        self.fields["new_eta"].help_text = help_text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        option, new_eta = self.options.get(cleaned.get("receipt", "")), cleaned.get("new_eta")
        if option is not None and new_eta is not None:
            cleaned["receipt"] = option.receipt
            if obstacle := why_not_eta(option.receipt, new_eta, self.model, self.day):
                self.add_error("new_eta", obstacle)
        return cleaned


class ReallocateForm(RemedyForm):
    """Between which doors, how many units, and when they leave."""

    units = forms.FloatField(
        label="Units",
        help_text="At most what the sending door can spare.",
        widget=forms.NumberInput(attrs={"min": 1, "step": "any", "class": "number"}),
        error_messages={"required": "How many units?"},
    )
    ship_on = DateField(
        label="Leaves on",
        help_text="Units that arrive before the campaign may be sold before it.",
    )

    def __init__(
        self, *args: Any, flag: Flag, options: Sequence[TransferOption], day: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.options = {option.value: option for option in options}
        self.campaign, self.day = flag.campaign, day
        self.fields["transfer"] = one_of(options, required="Choose who sends to whom.")
        self.initial = {"ship_on": day}
        if options:
            best = options[0]
            self.initial |= {"transfer": best.value, "units": best.units, "ship_on": best.ship_on}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        option = self.options.get(cleaned.pop("transfer", ""))
        if option is None:
            return cleaned
        units, ship_on = cleaned.get("units"), cleaned.get("ship_on")
        if units is not None and (obstacle := why_not_units(units, option.spare_units, option.from_door)):
            self.add_error("units", obstacle)
        days = option.way.transit_days
        if ship_on is not None and (obstacle := why_not_ship_on(ship_on, days, self.campaign, self.day)):
            self.add_error("ship_on", obstacle)
        return {**cleaned, "from_door": option.from_door, "to_door": option.to_door}


class ShiftForm(ProposalForm):
    """Which SKU to feature instead."""

    search = forms.CharField(
        label="Another SKU",
        required=False,
        max_length=80,
        help_text="Search by code, name, style or colour.",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    replacement = forms.ModelChoiceField(
        queryset=Product.objects.all(),
        to_field_name="sku",
        error_messages={
            "required": "Choose a SKU to feature instead.",
            "invalid_choice": "There is no SKU with this code.",
        },
    )

    field_order = ("search", "replacement", "lock_acknowledged", "reason")

    def __init__(self, *args: Any, flag: Flag, **kwargs: Any) -> None:
        super().__init__(*args, kind=RemedyKind.SHIFT, **kwargs)
        self.campaign = flag.campaign

    def clean_replacement(self) -> Product:
        replacement = self.cleaned_data["replacement"]
        if obstacle := why_not_replacement(self.campaign, replacement):
            raise forms.ValidationError(obstacle)
        return replacement

    @classmethod
    def as_typed(cls, typed: Mapping[str, str], **kwargs: Any) -> "ShiftForm":
        """The form with everything typed kept and nothing checked yet, for another search."""
        return cls(initial=typed, **kwargs)


class ReduceForm(ProposalForm):
    """What lift to expect instead, in the unit in which Marketing entered it."""

    lift_value = forms.FloatField(
        widget=forms.NumberInput(attrs={"step": "any", "class": "number"}),
        error_messages={"required": "What lift do you propose instead?"},
    )

    field_order = ("lift_value", "lock_acknowledged", "reason")

    def __init__(self, *args: Any, line: CampaignLine, clear_lift: float | None, **kwargs: Any) -> None:
        super().__init__(*args, kind=RemedyKind.REDUCE, initial={"lift_value": clear_lift}, **kwargs)
        self.line = line
        present = lift_words(line.lift_unit, line.lift_value)
        self.fields["lift_value"].label = f"New expected lift, in {line.get_lift_unit_display()}"
        self.fields["lift_value"].help_text = f"Lower than the present one, {present}."

    def clean_lift_value(self) -> float:
        lift_value = self.cleaned_data["lift_value"]
        if obstacle := why_not_lift(self.line, lift_value):
            raise forms.ValidationError(obstacle)
        return lift_value


class ConsentForm(NoteForm):
    """Consent to a change of the plan, of the revision that the person looks at."""

    revision = forms.IntegerField(widget=forms.HiddenInput)


class DeclineForm(forms.Form):
    """Why Marketing keeps its plan."""

    note = forms.CharField(
        label="Why not?",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why not, so that Planning knows what else to try."},
    )
