"""The whole form of a campaign's plan: its facts and its rows, checked one by one and then together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import QueryDict

from marketing.campaigns.choices import Channel, LiftUnit
from marketing.campaigns.domain import CampaignPlan, PlannedLine, StalePlan
from marketing.campaigns.forms import (
    CampaignForm,
    LineForm,
    LineFormSet,
    products_by_code,
)
from marketing.campaigns.models import Campaign
from marketing.campaigns.queries import baseline_units, unranged_doors
from marketing.catalogue.models import Product
from sop_site.formats import ago
from sop_site.operating_model.models import OperatingModel

ROW_FIELDS = ("sku", "lift_value", "lift_unit")
FACT_FIELDS = ("name", "mechanic", "channel", "starts_on", "ends_on", "brief", "note", "revision")


@dataclass(frozen=True, slots=True)
class Row:
    """A row for the template: its form, and the SKU it names where there is one."""

    form: LineForm
    product: Product | None

    @property
    def is_blank(self) -> bool:
        return not self.form["sku"].value() and not self.form["lift_value"].value()


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

    @classmethod
    def redrawn(
        cls, data: QueryDict, *, today: date, model: OperatingModel, stored: Campaign | None
    ) -> "PlanForm":
        """The form with everything as it was typed, unchecked, without the row to remove, if there is one.

        Blank rows stand at the end again, so that this is also how rows are added.
        """
        count = LineFormSet(data, prefix="lines").total_form_count()
        rows = [
            {field: data.get(f"lines-{number}-{field}", "") for field in ROW_FIELDS}
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
            initial_rows=[row for row in rows if row["sku"] or row["lift_value"]] or [{}],
        )

    def is_valid(self) -> bool:
        """Whether the plan can be saved; every error stands at its field."""
        facts_hold = self.facts.is_valid()
        if not (self.lines.is_valid() and facts_hold):
            return False
        self._check_ranging()
        self._check_units()
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
            lines=[
                PlannedLine(
                    product=form.product,
                    lift_unit=LiftUnit(form.cleaned_data["lift_unit"]),
                    lift_value=form.cleaned_data["lift_value"],
                )
                for form in self.lines.filled
            ],
        )

    @property
    def rows(self) -> list[Row]:
        """Every row with its SKU, looked up at once."""
        codes = {form: str(form["sku"].value() or "").strip() for form in self.lines.forms}
        products = products_by_code(filter(None, codes.values()))
        return [Row(form, products.get(code) or products.get(code.upper())) for form, code in codes.items()]

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


def row_of(line: Any) -> dict[str, Any]:
    """What a row shows of a stored line."""
    return {"sku": line.product.sku, "lift_value": f"{line.lift_value:.10g}", "lift_unit": line.lift_unit}
