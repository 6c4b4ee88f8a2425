"""What people choose and type on the pages of a cycle and of reconciling."""

from typing import Any, cast

from django import forms
from django.http import QueryDict

from marketing.catalogue.models import Category
from planning.consensus.choices import FUNCTIONS, Layer, RemarkKind
from planning.consensus.models import HORIZON_MONTHS, ForecastVersion
from planning.consensus.reconcile_rows import NO_CATEGORY, Place
from planning.consensus.totals import door_groups_of
from planning.consensus.typed_numbers import units_typed

# What may become the consensus beside a number that is typed.
TAKEN = (Layer.CAMPAIGNS, *FUNCTIONS)


class PlaceForm(forms.Form):
    """Where the rows come from; it stands in the address, so that a view can be shared."""

    category = forms.ChoiceField(label="Category", required=False)
    by = forms.ChoiceField(label="Rows", required=False, choices=[("", "SKUs"), ("style", "Styles")])
    door_group = forms.ChoiceField(label="Doors in", required=False)

    def __init__(self, data: QueryDict, *, version: ForecastVersion) -> None:
        super().__init__(data)
        self.version = version
        self.categories: dict[str, Category] = {
            str(found.pk): found
            for found in Category.objects.filter(
                pk__in=version.blocks.exclude(category=None).values("category")
            )
        }
        self._choices("category", [("", "All categories"), *self._category_choices()])
        self._choices("door_group", [("", "All doors"), *((name, name) for name in door_groups_of(version))])
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select"

    def _category_choices(self) -> list[tuple[str, str]]:
        named = [(key, category.path) for key, category in self.categories.items()]
        return [*named, (NO_CATEGORY, "Without a category")]

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    @property
    def place(self) -> Place:
        """Where that is; what makes no sense (an old link) is left out."""
        self.is_valid()
        said = self.cleaned_data
        return Place(
            version=self.version,
            category=self.categories.get(said.get("category", "")),
            without_category=said.get("category") == NO_CATEGORY,
            by_style=said.get("by") == "style",
            door_group=said.get("door_group", ""),
        )


class SettleForm(forms.Form):
    """The consensus of one row: another layer's number, or a typed one; always with a reason."""

    row = forms.CharField(max_length=140)
    month_place = forms.IntegerField(min_value=0, max_value=HORIZON_MONTHS - 1)
    seen_units = forms.FloatField(min_value=0)
    take = forms.ChoiceField(required=False, choices=[(layer.value, layer.label) for layer in TAKEN])
    units = forms.CharField(required=False, max_length=40)
    reason = forms.CharField(
        max_length=300, error_messages={"required": "Say in a sentence why. Nothing was changed."}
    )
    assumption = forms.CharField(required=False, max_length=300)

    def clean_units(self) -> float | None:
        """The typed units; a sentence where they can be read in two ways or in none."""
        try:
            return units_typed(self.cleaned_data["units"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """One of the two is given."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("take") and cleaned.get("units") is None and "units" not in self.errors:
            self.add_error("units", "Type a number, or take one of the others.")
        return cleaned

    @property
    def taken_layer(self) -> Layer | None:
        """Whose number becomes the consensus; None where one is typed."""
        return Layer(self.cleaned_data["take"]) if self.cleaned_data["take"] else None


class RemarkForm(forms.Form):
    """A comment, or a point that must be closed before anyone signs."""

    row = forms.CharField(required=False, max_length=140)
    kind = forms.ChoiceField(choices=RemarkKind.choices)
    text = forms.CharField(max_length=2000, error_messages={"required": "Say something first."})


class ClosePointForm(forms.Form):
    """How a point was settled."""

    resolution = forms.CharField(
        max_length=2000, error_messages={"required": "Say how the point was settled."}
    )
