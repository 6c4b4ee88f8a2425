"""The whole form of a campaign's plan: its facts and its rows, checked one by one and then together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict

from marketing.campaigns.choices import Channel, LiftUnit
from marketing.campaigns.decision_window import decision_window_of
from marketing.campaigns.domain import CampaignPlan, PlannedLine, StalePlan, SuggestedLift
from marketing.campaigns.forms import (
    FARTHEST_PLAN,
    CampaignForm,
    LineForm,
    LineFormSet,
    products_by_code,
)
from marketing.campaigns.models import Campaign, CampaignLine
from marketing.campaigns.queries import baseline_units, unranged_doors
from marketing.campaigns.suggestions import RowSuggestion, row_suggestions
from marketing.catalogue.models import Product
from marketing.lift.suggestion import PlannedPromotion
from sop_site.formats import ago
from sop_site.operating_model.limits import WINDOW_LIMITS, Limits
from sop_site.operating_model.models import OperatingModel
from sop_site.operating_model.weeks import DecisionWindow

# What a row's suggestion and its reason rest on.
STANDING_FIELDS = ("lift_unit", "lift_value", "discount_percent", "override_reason")
# What a row is filled with; a unit alone does not make it filled.
ENTRY_FIELDS = ("sku", "lift_value", "discount_percent")
ROW_FIELDS = (*ENTRY_FIELDS, "lift_unit", "lift_filled", "override_reason")
FACT_FIELDS = ("name", "mechanic", "channel", "starts_on", "ends_on", "brief", "note", "revision")


@dataclass(frozen=True, slots=True)
class Row:
    """A row for the template: its form, the SKU it names, and the lift suggested for it, if there are any."""

    form: LineForm
    product: Product | None = None
    suggested: RowSuggestion | None = None

    @property
    def is_blank(self) -> bool:
        return not any(_typed(self.form, field) for field in ENTRY_FIELDS)

    @property
    def lift_text(self) -> str:
        """What stands in the lift's field: what was typed, or the suggested lift where nothing was."""
        typed = _typed(self.form, "lift_value")
        if typed and typed != _typed(self.form, "lift_filled"):
            return typed
        return self._suggested_text or typed

    @property
    def is_suggested(self) -> bool:
        """Whether the lift is the suggested one."""
        return bool(self._suggested_text) and self.lift_text == self._suggested_text

    @property
    def asks_reason(self) -> bool:
        """Whether the lift differs so much from the suggested one that it needs a reason."""
        if self.form.is_bound and "override_reason" in self.form.errors:
            return True
        value = _cleaned(self.form, "lift_value")
        unit = _cleaned(self.form, "lift_unit")
        if self.suggested is None or self.is_suggested or value is None or unit is None:
            return False
        return self.suggested.is_another(unit, value)

    @property
    def _suggested_text(self) -> str:
        return self.suggested.lift_in(_typed(self.form, "lift_unit")) if self.suggested else ""


class PlanForm:
    """A campaign's facts (``facts``) and its featured SKUs (``lines``)."""

    def __init__(
        self,
        *,
        today: date,
        model: OperatingModel,
        stored: Campaign | None = None,
        data: QueryDict | None = None,
        initial: Mapping[str, Any] | None = None,
        initial_rows: list[dict[str, Any]] | None = None,
    ) -> None:
        stored_lines = list(stored.lines.select_related("product")) if stored else []
        self._stored_lines = {line.product_id: line for line in stored_lines}
        self.model = model
        self.stored = stored
        self.data = data or QueryDict()
        self.facts = CampaignForm(
            data, today=today, stored=stored, initial=initial or (facts_of(stored) if stored else None)
        )
        self.lines = LineFormSet(
            data,
            prefix="lines",
            # Posted rows stand for themselves: a row is no less filled for being as it was.
            initial=None if data else initial_rows or [row_of(line) for line in stored_lines],
            form_kwargs={
                "lift_to_confirm_percent": model.lift_to_confirm_percent,
                "stored_lifts": {
                    line.product.sku: (line.lift_unit, line.lift_value) for line in stored_lines
                },
                "use_required_attribute": False,
            },
        )

    @property
    def asked_for(self) -> str:
        """How long before its first day Planning asks for the campaign: that of what is stored of it."""
        if self.stored is None:
            window = DecisionWindow.of(self.model)
            others = Limits.of(self.model).differ(WINDOW_LIMITS)
        else:
            window, others = decision_window_of(self.stored, self.model), False
        where = f" for {window.where}" if window.where else ""
        some = "; for some categories or regions it is another time, which its page says" if others else ""
        return f"{window.from_weeks} to {window.to_weeks} weeks before the first day{where}{some}"

    @classmethod
    def redrawn(
        cls, data: QueryDict, *, today: date, model: OperatingModel, stored: Campaign | None
    ) -> "PlanForm":
        """The form with everything as it was typed, unchecked, without the row to remove, if there is one.

        Blank rows stand at the end again, so that this is also how rows are added. The row whose
        suggestion is to be used takes it in the place of its lift.
        """
        count = LineFormSet(data, prefix="lines").total_form_count()
        rows = [
            {field: data.get(f"lines-{number}-{field}", "") for field in ROW_FIELDS}
            | ({"lift_value": ""} if str(number) == data.get("use") else {})
            for number in range(count)
            if str(number) != data.get("remove")
        ]
        return cls(
            today=today,
            model=model,
            stored=stored,
            initial={
                "doors": data.getlist("doors"),
                **{field: data.get(field, "") for field in FACT_FIELDS},
            },
            initial_rows=[row for row in rows if any(row[field] for field in ENTRY_FIELDS)] or [{}],
        )

    def is_valid(self) -> bool:
        """Whether the plan can be saved; every error stands at its field."""
        facts_hold = self.facts.is_valid()
        if not (self.lines.is_valid() and facts_hold):
            return False
        self._check_ranging()
        self._check_units()
        self._check_reasons()
        return not any(self.lines.errors)

    def plan(self) -> CampaignPlan:
        """The plan of a valid form."""
        facts = self.facts.cleaned_data
        return CampaignPlan(
            name=facts["name"],
            mechanic=facts["mechanic"],
            channel=Channel(facts["channel"]),
            starts_on=facts["starts_on"],
            ends_on=facts["ends_on"],
            brief=facts["brief"],
            doors=list(facts["doors"]),
            lines=[self._line(form) for form in self.lines.filled],
        )

    def _line(self, form: LineForm) -> PlannedLine:
        """A row as it is planned. What stands as it was stored keeps what was suggested then."""
        if self._stands_as_stored(form):
            return PlannedLine.of(self._stored_lines[form.product.pk])
        suggested = self._suggestions.get(form.product.pk)
        return PlannedLine(
            product=form.product,
            lift_unit=LiftUnit(form.cleaned_data["lift_unit"]),
            lift_value=form.cleaned_data["lift_value"],
            discount_percent=form.cleaned_data["discount_percent"],
            suggested=SuggestedLift.of(suggested.suggestion) if suggested else None,
            override_reason=form.cleaned_data["override_reason"] if form.asks_reason else "",
        )

    @property
    def rows(self) -> list[Row]:
        """Every row with its SKU and its suggested lift, each looked up at once."""
        return [
            Row(form, product, self._suggestions.get(product.pk) if product else None)
            for form, product in self._products.items()
        ]

    @property
    def suggested_count(self) -> int:
        """For how many SKUs a lift is suggested."""
        return len(self._suggestions)

    @property
    def row_template(self) -> Row:
        """The row from which script makes more."""
        return Row(self.lines.empty_form)

    @cached_property
    def promotion(self) -> PlannedPromotion | None:
        """The promotion as far as its facts are entered; None where they are not enough to suggest a lift."""
        mechanic, starts_on, ends_on, doors = (
            _cleaned(self.facts, field) for field in ("mechanic", "starts_on", "ends_on", "doors")
        )
        if not (mechanic and starts_on and ends_on and doors):
            return None
        if not starts_on <= ends_on <= starts_on + FARTHEST_PLAN:
            return None
        return PlannedPromotion(mechanic, starts_on, ends_on, tuple(doors))

    @cached_property
    def _products(self) -> dict[LineForm, Product | None]:
        codes = {form: _typed(form, "sku") for form in self.lines.forms}
        products = products_by_code(filter(None, codes.values()))
        return {form: products.get(code) or products.get(code.upper()) for form, code in codes.items()}

    @cached_property
    def _suggestions(self) -> dict[int, RowSuggestion]:
        if self.promotion is None:
            return {}
        return row_suggestions(
            self.promotion,
            [
                (product, _cleaned(form, "discount_percent"))
                for form, product in self._products.items()
                if product is not None
            ],
        )

    @cached_property
    def _is_stored_promotion(self) -> bool:
        """Whether the promotion is the stored one, so that the past suggests for it what it did then."""
        if self.stored is None:
            return False
        facts = self.facts.cleaned_data
        return (
            (facts["mechanic"].pk, facts["starts_on"], facts["ends_on"])
            == (self.stored.mechanic_id, self.stored.starts_on, self.stored.ends_on)
        ) and {door.pk for door in facts["doors"]} == set(
            self.stored.campaign_doors.values_list("door_id", flat=True)
        )

    def _stands_as_stored(self, form: LineForm) -> bool:
        """Whether nothing of what a suggestion and its reason rest on was changed."""
        line = self._stored_lines.get(form.product.pk)
        if line is None or not self._is_stored_promotion:
            return False
        entered = form.cleaned_data
        return all(entered[field] == getattr(line, field) for field in STANDING_FIELDS)

    @property
    def error_count(self) -> int:
        """How many things need attention."""
        rows = sum(len(errors) for errors in self.lines.errors) if self.lines.is_bound else 0
        return rows + len(self.facts.errors) + len(self.lines.non_form_errors())

    def say_stale(self, stale: StalePlan, now: datetime) -> None:
        """Name who was faster, keep what was typed, and let a second save replace the other's version."""
        when = f" {ago(stale.changed_at, now)}" if stale.changed_at else ""
        data = self.data.copy()
        data["revision"] = str(stale.revision)
        self.facts.data = data
        self.facts.add_error(
            None,
            f"{stale.changed_by} changed this campaign{when}, while you were editing it. Nothing of yours"
            " is lost and nothing is saved yet: look at their version, then save again to replace it"
            " with what stands here.",
        )

    def _check_ranging(self) -> None:
        doors = list(self.facts.cleaned_data["doors"])
        without = unranged_doors([form.product for form in self.lines.filled], doors)
        for form in self.lines.filled:
            if len(without.get(form.product, ())) == len(doors):
                form.add_error("sku", f"None of the chosen doors ranges {form.product.sku}.")

    def _check_units(self) -> None:
        """A lift in units is held against the baseline, where there is one, as a ratio would be."""
        in_units = [form for form in self.lines.filled if form.cleaned_data["lift_unit"] == LiftUnit.UNITS]
        if not in_units:
            return
        facts = self.facts.cleaned_data
        baseline = baseline_units(
            [form.product for form in in_units], facts["doors"], facts["starts_on"], facts["ends_on"]
        )
        for form in in_units:
            if expected := baseline.get(form.product.pk):
                form.check_ratio(form.cleaned_data["lift_value"] / expected)

    def _check_reasons(self) -> None:
        """A lift far from the suggested one needs a reason, unless all stands as it was stored."""
        for form in self.lines.filled:
            suggested = self._suggestions.get(form.product.pk)
            if suggested is not None and not self._stands_as_stored(form):
                form.check_reason(suggested)


def facts_of(campaign: Campaign) -> dict[str, Any]:
    """What the form shows of a stored campaign."""
    return {
        "name": campaign.name,
        "mechanic": campaign.mechanic_id,
        "channel": campaign.channel,
        "starts_on": campaign.starts_on,
        "ends_on": campaign.ends_on,
        "doors": list(campaign.campaign_doors.values_list("door_id", flat=True)),
        "brief": campaign.brief,
        "revision": campaign.revision,
    }


def row_of(line: CampaignLine) -> dict[str, Any]:
    """What a row shows of a stored line."""
    return {
        "sku": line.product.sku,
        "lift_value": f"{line.lift_value:.10g}",
        "lift_unit": line.lift_unit,
        "discount_percent": "" if line.discount_percent is None else f"{line.discount_percent:.10g}",
        "override_reason": line.override_reason,
    }


def _typed(form: forms.Form, field: str) -> str:
    """What stands in a field, checked or not."""
    value = form[field].value()
    return "" if value is None else str(value).strip()


def _cleaned(form: forms.Form, field: str) -> Any:
    """What a field holds, whatever the others do; None where it holds nothing that it could."""
    try:
        return form.fields[field].clean(form[field].value())
    except forms.ValidationError:
        return None
