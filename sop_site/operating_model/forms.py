"""Proposing a version of the operating model: its limits, and rows of what is said of single places."""

import math
import re
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any, Final, cast

from django import forms
from django.conf import settings
from django.http import QueryDict

from sop_site.formats import short_date_year
from sop_site.forms import DateField
from sop_site.operating_model.comparison import value_of
from sop_site.operating_model.domain import ScopeLimits
from sop_site.operating_model.limits import SEPARATOR, Limit
from sop_site.operating_model.meaning import (
    GROUPS,
    MEANINGS,
    NOT_BY_REGION,
    SCOPED_MEANINGS,
    LimitMeaning,
    LimitUnit,
)
from sop_site.operating_model.models import OperatingModel, OperatingModelScope
from sop_site.operating_model.places import Places

FARTHEST_VERSION: Final = timedelta(days=730)
BLANK_ROWS: Final = 2
MOST_ROWS: Final = 200
# "10,000" is ten thousand, as everywhere in Bridge; "1,5" is not read, being two numbers to two people.
THOUSANDS: Final = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
PLACE_FIELDS: Final = ("category_path", "region")
WINDOW_ORDER: Final = "The window begins at least as many weeks ahead as it ends."


class LimitField(forms.FloatField):
    """A limit as it is typed, a share in percent, with or without its sign; its value is as it is kept."""

    def __init__(self, meaning: LimitMeaning, *, required: bool, help_text: str = "") -> None:
        super().__init__(
            label=f"{meaning.label} ({meaning.unit.suffix})",
            help_text=help_text,
            required=required and not meaning.or_none,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            error_messages={
                "required": "Every version sets this limit: enter a number.",
                "invalid": "This is not a number. Write it like 12 or 1.25.",
            },
        )
        self.meaning = meaning

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            bare = re.sub(r"\s", "", value).removeprefix(settings.CURRENCY)
            bare = re.sub(r"[×x%]$", "", bare, flags=re.IGNORECASE)
            value = bare.replace(",", "") if THOUSANDS.fullmatch(bare) else bare
        typed = super().to_python(value)
        if typed is None:
            return None
        if not math.isfinite(typed):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        unit, least, most = self.meaning.unit, self.meaning.least, self.meaning.most
        if not least <= typed <= most:
            raise forms.ValidationError(f"This can be from {least:,.10g} to {most:,.10g}.")
        if unit.is_whole and typed != int(typed):
            raise forms.ValidationError(f"Whole {unit.suffix} only.")
        if round(typed, 2) != typed:
            raise forms.ValidationError("Two decimals are the most.")
        return round(typed / 100, 4) if unit is LimitUnit.SHARE else typed

    def prepare_value(self, value: Any) -> Any:
        """A stored value as it would be typed; what was typed stays."""
        if value is None or isinstance(value, str):
            return value
        return f"{float(value) * (100 if self.meaning.unit is LimitUnit.SHARE else 1):.10g}"


class ProposalForm(forms.Form):
    """When a version is to come into force, why, and its limits everywhere.

    It begins as the version in force. ``replaces`` is the number of that version when the form was
    opened: where another came into force meanwhile, the proposer is to look at it first.
    """

    replaces = forms.IntegerField(widget=forms.HiddenInput)
    effective_from = DateField(label="In force from")
    note = forms.CharField(
        label="Why",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What it is to bring about. Whoever reviews and adopts it reads this first.",
        error_messages={"required": "Say in a sentence what this version is to bring about."},
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        today: date,
        in_force: OperatingModel,
        initial: dict[str, Any] | None = None,
    ) -> None:
        values = {name: value_of(in_force, meaning) for name, meaning in MEANINGS.items()}
        start: dict[str, Any] = {"replaces": in_force.version, "effective_from": today, **values}
        super().__init__(data, initial=initial or start)
        self.today, self.in_force = today, in_force
        for name, meaning in MEANINGS.items():
            now = f"{meaning.help} Now {meaning.unit.text(values[name])}."
            self.fields[name] = LimitField(meaning, required=True, help_text=now)

    def clean_effective_from(self) -> date:
        effective_from: date = self.cleaned_data["effective_from"]
        if effective_from < self.today:
            raise forms.ValidationError(
                f"{short_date_year(effective_from)} has passed. A version comes into force today,"
                f" {short_date_year(self.today)}, or later."
            )
        if effective_from > self.today + FARTHEST_VERSION:
            raise forms.ValidationError(
                f"{short_date_year(effective_from)} is more than two years ahead. Propose it closer to then."
            )
        return effective_from

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        self._check_order(
            "decision_window_from_weeks",
            "decision_window_to_weeks",
            WINDOW_ORDER,
        )
        self._check_order(
            "consensus_submit_days", "consensus_reconcile_days", "This comes no earlier than Submit."
        )
        self._check_order(
            "consensus_reconcile_days", "consensus_sign_days", "This comes no earlier than Reconcile."
        )
        if facts.get("replaces") not in (None, self.in_force.version):
            typed = cast("QueryDict", self.data).copy()
            typed["replaces"] = str(self.in_force.version)
            self.data = typed
            self.add_error(
                None,
                f"Version {self.in_force.version} came into force while you were filling this in. Nothing of"
                " yours is lost and nothing is proposed yet: look at what it says, then propose again.",
            )
        return facts

    @property
    def limits(self) -> dict[str, float | int | None]:
        """The limits of a valid form, by field."""
        return {
            name: int(value) if value is not None and meaning.unit.is_whole else value
            for name, meaning in MEANINGS.items()
            for value in [self.cleaned_data[name]]
        }

    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """The fields of the limits as the page groups them: a title, what it is about, its fields."""
        return [(group.title, group.about, [self[limit.field] for limit in group.limits]) for group in GROUPS]

    def _check_order(self, earlier: str, later: str, sentence: str) -> None:
        first, second = self.cleaned_data.get(earlier), self.cleaned_data.get(later)
        if first is not None and second is not None and first > second:
            self.add_error(later, sentence)


class ScopeForm(forms.Form):
    """What a version is to say of one category, one region, or the one in the other; empty, it is no row."""

    category_path = forms.CharField(
        label="Category",
        required=False,
        max_length=300,
        help_text="With all that is below it.",
        widget=forms.TextInput(attrs={"list": "categories", "autocomplete": "off"}),
    )
    region = forms.ChoiceField(label="Region", required=False)

    def __init__(self, *args: Any, places: Places, **options: Any) -> None:
        super().__init__(*args, **options)
        self.places = places
        # The region of an earlier version stays on offer, so that its row can be read; it is refused below.
        stored = self.initial.get("region")
        offered = [*places.regions, *([stored] if stored and stored not in places.regions else [])]
        regions = cast("forms.ChoiceField", self.fields["region"])
        regions.choices = [("", "Every region"), *((name, name) for name in offered)]
        regions.error_messages["invalid_choice"] = "There is no region %(value)s."
        for meaning in SCOPED_MEANINGS:
            self.fields[meaning.field] = LimitField(meaning, required=False)

    def clean_category_path(self) -> str:
        typed: str = self.cleaned_data["category_path"].strip()
        paths = self.places.category_paths
        found = [path for path in paths if path.casefold() == typed.casefold()] or [
            path for path in paths if path.split(SEPARATOR)[-1].casefold() == typed.casefold()
        ]
        if not typed or len(found) == 1:
            return found[0] if typed else ""
        if found:
            raise forms.ValidationError(f"{typed} is several categories: {', '.join(found)}. Choose one.")
        near = get_close_matches(typed, paths, n=1)
        guess = f" Did you mean {near[0]}?" if near else " Choose one of the list."
        raise forms.ValidationError(f"There is no category {typed}.{guess}")

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if self.errors or not self.has_changed():
            return facts
        if not facts["category_path"] and not facts["region"]:
            self.add_error(
                "category_path",
                "Choose a category, a region or both. What holds everywhere is entered above.",
            )
        elif all(facts[meaning.field] is None for meaning in SCOPED_MEANINGS):
            self.add_error(
                SCOPED_MEANINGS[0].field, "Enter at least one limit for this place, or remove the row."
            )
        if facts["region"]:
            for limit, sentence in NOT_BY_REGION.items():
                if facts.get(limit) is not None:
                    self.add_error(limit, sentence)
        self._check_window()
        return facts

    def _check_window(self) -> None:
        begins, ends = (
            self.cleaned_data.get(limit) for limit in (Limit.WINDOW_TO_WEEKS, Limit.WINDOW_FROM_WEEKS)
        )
        if (begins is None) != (ends is None):
            missing = Limit.WINDOW_TO_WEEKS if begins is None else Limit.WINDOW_FROM_WEEKS
            self.add_error(missing, "A place has both ends of its decision window: enter this one too.")
        elif begins is not None and ends is not None and begins < ends:
            self.add_error(Limit.WINDOW_TO_WEEKS, WINDOW_ORDER)

    @property
    def scope(self) -> ScopeLimits:
        """The row of a valid form."""
        facts = self.cleaned_data
        said = {limit: facts[limit] for limit in Limit if facts[limit] is not None}
        return ScopeLimits(facts["category_path"], facts["region"], said)

    def limit_fields(self) -> list[forms.BoundField]:
        """The fields of its limits."""
        return [self[meaning.field] for meaning in SCOPED_MEANINGS]


class BaseScopeFormSet(forms.BaseFormSet):
    """The rows of places; blank ones do not count, wherever they stand."""

    def initial_form_count(self) -> int:
        # Every posted row may be blank: clearing a row takes what it said out of the version.
        return 0 if self.is_bound else super().initial_form_count()

    @property
    def filled(self) -> list[ScopeForm]:
        """The rows with something in them."""
        return [form for form in self.forms if form.has_changed()]

    def clean(self) -> None:
        seen = set()
        for form in self.filled:
            if form.errors:
                continue
            place = tuple(form.cleaned_data[name] for name in PLACE_FIELDS)
            if place in seen:
                form.add_error("category_path", "This place stands in a row above: enter its limits there.")
            seen.add(place)


ScopeFormSet = cast(
    "type[BaseScopeFormSet]",
    forms.formset_factory(
        ScopeForm, formset=BaseScopeFormSet, extra=BLANK_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS
    ),
)


class Proposal:
    """The whole form of a proposal: its facts and limits (``facts``), and its rows of places (``scopes``)."""

    def __init__(
        self,
        *,
        today: date,
        in_force: OperatingModel,
        places: Places,
        data: QueryDict | None = None,
        initial: dict[str, Any] | None = None,
        initial_rows: list[dict[str, Any]] | None = None,
    ) -> None:
        stored = [_row_of(scope) for scope in in_force.scopes.all()]
        self.places = places
        self.facts = ProposalForm(data, today=today, in_force=in_force, initial=initial)
        self.scopes = ScopeFormSet(
            data,
            prefix="scopes",
            initial=None if data is not None else stored if initial_rows is None else initial_rows,
            form_kwargs={"places": places, "use_required_attribute": False},
        )

    @classmethod
    def redrawn(cls, data: QueryDict, *, today: date, in_force: OperatingModel, places: Places) -> "Proposal":
        """The form with everything as it was typed, unchecked, without the row to remove, if there is one.

        Blank rows stand at the end again, so that this is also how rows are added.
        """
        fields = (*PLACE_FIELDS, *Limit)
        rows = [
            {field: data.get(f"scopes-{number}-{field}", "") for field in fields}
            for number in range(_row_count(data))
            if str(number) != data.get("remove")
        ]
        typed = {name: data.get(name, "") for name in ("replaces", "effective_from", "note", *MEANINGS)}
        filled = [row for row in rows if any(row.values())]
        return cls(today=today, in_force=in_force, places=places, initial=typed, initial_rows=filled)

    def is_valid(self) -> bool:
        """Whether it can be proposed; every error stands at its field."""
        facts_hold = self.facts.is_valid()
        return self.scopes.is_valid() and facts_hold

    @property
    def scope_limits(self) -> list[ScopeLimits]:
        """The rows of a valid form."""
        return [form.scope for form in self.scopes.filled]

    @property
    def error_count(self) -> int:
        """How many things need attention."""
        rows = sum(len(errors) for errors in self.scopes.errors) if self.scopes.is_bound else 0
        return rows + len(self.facts.errors)


def _row_count(data: QueryDict) -> int:
    count = data.get("scopes-TOTAL_FORMS", "0")
    return min(int(count), MOST_ROWS) if count.isdecimal() else 0


def _row_of(scope: OperatingModelScope) -> dict[str, Any]:
    return {field: getattr(scope, field) for field in (*PLACE_FIELDS, *Limit)}
