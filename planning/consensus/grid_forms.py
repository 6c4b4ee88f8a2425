"""What people choose and enter on the editing grid."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast

from django import forms
from django.core.exceptions import BadRequest
from django.http import QueryDict

from marketing.catalogue.models import Category
from planning.consensus.choices import ENTERED_LAYERS, Layer
from planning.consensus.domain import Change
from planning.consensus.grid import Place
from planning.consensus.models import HORIZON_MONTHS, ForecastVersion
from planning.consensus.totals import door_groups_of
from planning.consensus.typed_numbers import units_typed
from sop_site.access.models import User
from sop_site.formats import units as units_text

ROWS_A_PAGE: Final = (25, 100, 500)
ALL_LAYERS: Final = "all"
WITHOUT_CATEGORY: Final = "0"


class Choice(forms.Select):
    """A select in the look of the filter bar."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attrs.setdefault("class", "form-select")


class GridFilterForm(forms.Form):
    """Where the grid stands; all of it is in the address, so that a view can be shared."""

    layer = forms.ChoiceField(label="Number of", required=False, widget=Choice)
    door_group = forms.ChoiceField(label="Doors in", required=False, widget=Choice)
    by = forms.ChoiceField(
        label="Rows", required=False, choices=[("", "Styles"), ("sku", "SKUs")], widget=Choice
    )
    layers = forms.ChoiceField(
        label="Layers",
        required=False,
        choices=[("", "The number and its start"), (ALL_LAYERS, "All seven")],
        widget=Choice,
    )
    text = forms.CharField(
        label="Find a row",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "data-search": "", "class": "form-control"}),
    )
    rows = forms.TypedChoiceField(
        label="Rows a page",
        required=False,
        coerce=int,
        choices=[(count, count) for count in ROWS_A_PAGE],
        widget=Choice,
    )
    category = forms.CharField(required=False, widget=forms.HiddenInput)
    style = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, version: ForecastVersion, user: User) -> None:
        own = own_layer(user)
        super().__init__({"layer": own, "rows": ROWS_A_PAGE[0], **data.dict()})
        self.version, self.own_layer = version, own
        layers = [(layer.value, layer.label) for layer in ENTERED_LAYERS]
        cast(forms.ChoiceField, self.fields["layer"]).choices = layers
        groups = [("", "All doors"), *((name, name) for name in door_groups_of(version))]
        cast(forms.ChoiceField, self.fields["door_group"]).choices = groups

    @cached_property
    def place(self) -> Place:
        """Where that is; what makes no sense (an old link) is left out."""
        self.is_valid()
        said = self.cleaned_data
        without = said.get("category") == WITHOUT_CATEGORY
        category = None if without else _category(said.get("category", ""))
        return Place(
            version=self.version,
            layer=Layer(said.get("layer") or self.own_layer),
            category=category,
            without_category=without,
            style=said.get("style", "") if category else "",
            by_sku=said.get("by") == "sku",
            door_group=said.get("door_group", ""),
            text=said.get("text", ""),
        )

    @property
    def all_layers(self) -> bool:
        """Whether each row shows every layer below its number."""
        self.is_valid()
        return self.cleaned_data.get("layers") == ALL_LAYERS

    @property
    def rows_a_page(self) -> int:
        """How many rows a page shows."""
        self.is_valid()
        return self.cleaned_data.get("rows") or ROWS_A_PAGE[0]


def _category(key: str) -> Category | None:
    return Category.objects.filter(pk=key).first() if key.isdecimal() else None


def own_layer(user: User) -> Layer:
    """The number of this person's own function; without one, the consensus."""
    return next((layer for layer in ENTERED_LAYERS if user.has_perm(layer.permission)), Layer.CONSENSUS)


class ReasonForm(forms.Form):
    """Why numbers are entered; one reason for all that are saved together."""

    # The page says what is missing in a sentence of its own.
    use_required_attribute = False

    reason = forms.CharField(
        label="Why?",
        max_length=300,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": "Say in a sentence why. Nothing was saved."},
    )
    assumption = forms.CharField(
        label="It assumes (optional)",
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


@dataclass(frozen=True, slots=True)
class TypedCell:
    """What someone typed into the cell of a row and month, and the units that were read there before.

    ``error`` is the sentence for what cannot be read. A blank asks for no change.
    ``keeps_theirs`` is the answer to a conflict: the number that someone else entered stays.
    """

    key: str
    month_place: int
    text: str
    seen_units: float
    units: float = 0.0
    error: str = ""
    is_blank: bool = False
    keeps_theirs: bool = False

    @property
    def asks_for_change(self) -> bool:
        """Whether another number is asked for than the page showed, or one that cannot be read."""
        if self.is_blank or self.keeps_theirs:
            return False
        return bool(self.error) or self.text.strip() != units_text(self.seen_units)

    def change(self, place: Place) -> Change:
        """The change for the domain; BadRequest where the row is none."""
        try:
            scope = place.scope_of(self.key)
        except ValueError as error:
            raise BadRequest(str(error)) from error
        return Change(scope, self.month_place, self.units, self.seen_units)


def typed_cells(posted: Mapping[str, str]) -> list[TypedCell]:
    """The cells that were posted with another number than their page showed.

    ``units-<month>-<row>`` is the text of a cell, ``seen-<row>`` the six units that the page was made from
    and ``whose-<month>-<row>`` the answer to a conflict: "theirs", or the units that the answer knew of.
    BadRequest for a cell that no page has.
    """
    cells = (_typed_cell(name, posted) for name in posted if name.startswith("units-"))
    return [cell for cell in cells if cell.asks_for_change]


def _typed_cell(name: str, posted: Mapping[str, str]) -> TypedCell:
    month, _, key = name.removeprefix("units-").partition("-")
    try:
        month_place = int(month)
        seen = [float(units) for units in posted[f"seen-{key}"].split()]
        whose = posted.get(f"whose-{month}-{key}", "")
        known = float(whose) if whose not in ("", "theirs") else seen[range(HORIZON_MONTHS)[month_place]]
        if not math.isfinite(known):
            raise ValueError
    except (KeyError, ValueError, IndexError) as error:
        raise BadRequest(f"{name} is no cell of this page.") from error
    text = posted[name]
    units, refusal = read_units(text)
    is_blank = units is None and not refusal
    return TypedCell(key, month_place, text, known, units or 0.0, refusal, is_blank, whose == "theirs")


def read_units(text: str) -> tuple[float | None, str]:
    """The units that a text says, and the sentence for the person where it says none."""
    try:
        return units_typed(text), ""
    except ValueError as error:
        return None, str(error)


def read_all(texts: Iterable[str]) -> list[dict[str, float | str | None]]:
    """What each text says, for a page that shows it before it is saved."""
    return [dict(zip(("units", "sentence"), read_units(text), strict=True)) for text in texts]
