"""All that the page of one campaign shows, and what the person before it may do."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django_fsm import get_available_user_FIELD_transitions

from marketing.campaigns.choices import CampaignStatus
from marketing.campaigns.decision_window import decision_window_of
from marketing.campaigns.models import Campaign
from marketing.campaigns.queries import LineExpectation, line_expectations
from marketing.campaigns.words import listed
from marketing.catalogue.models import Door
from marketing.lift.side_effects import side_effects_of
from marketing.lift.suggestion import PlannedPromotion
from sop_site.access.models import User
from sop_site.operating_model.models import OperatingModel

SKUS_NAMED = 3
# Marketing's own moves and what each means; approving and rejecting stand on Planning's part of the page.
MOVES = {
    "submit": "Planning sees it, and its uplift counts as demand at once.",
    "withdraw": "It becomes a draft again, and its uplift no longer counts as demand.",
    "revise": "Opens the plan again. It must then be submitted and decided anew.",
    "cancel": "Calls it off for good. Its uplift no longer counts as demand.",
}


@dataclass(frozen=True, slots=True)
class Move:
    """A transition that the person may make now."""

    name: str
    label: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know about a plan that is allowed as it is."""

    title: str
    text: str


def campaign_in_full(campaign: Campaign, user: User, *, today: date, model: OperatingModel) -> dict[str, Any]:
    """The campaign with its lines, sums, doors by region, notices and moves."""
    expectations = line_expectations(campaign)
    regions = doors_by_region(campaign)
    return {
        "campaign": campaign,
        "expectations": expectations,
        "baseline_units": _total([line.baseline_units for line in expectations]),
        "uplift_units": _total([line.uplift_units for line in expectations]),
        "expected_units": _total([line.expected_units for line in expectations]),
        "regions": regions,
        "door_count": sum(len(doors) for _, doors in regions),
        "notices": notices(campaign, expectations, today=today, model=model),
        "moves": moves_of(campaign, user),
        "may_edit": campaign.is_editable and user.has_perm("marketing.draft_campaign"),
    }


def besides_its_lift(campaign: Campaign, *, counted: bool) -> dict[str, Any]:
    """What the campaign does besides its own lift, and the uplift with it; not estimated unless counted."""
    uplift_units = _total([line.uplift_units for line in line_expectations(campaign)])
    found = None
    if counted:
        promotion = PlannedPromotion(
            campaign.mechanic, campaign.starts_on, campaign.ends_on, tuple(campaign.doors.all())
        )
        lines = campaign.lines.select_related("product__category")
        found = side_effects_of(
            promotion,
            [
                (line.product, None if line.discount_percent is None else line.discount_percent / 100)
                for line in lines
            ],
        )
    besides = found.units if found else 0.0
    return {
        "campaign": campaign,
        "is_counted": counted,
        "effects": found,
        "uplift_units": uplift_units,
        "net_units": None if uplift_units is None else uplift_units + besides,
    }


def moves_of(campaign: Campaign, user: User) -> list[Move]:
    """Marketing's transitions that the state and the person's role allow, in the order of MOVES."""
    status = Campaign._meta.get_field("status")
    allowed = {found.name: found for found in get_available_user_FIELD_transitions(campaign, user, status)}
    return [
        Move(name, allowed[name].custom["label"], meaning)
        for name, meaning in MOVES.items()
        if name in allowed
    ]


def doors_by_region(campaign: Campaign) -> list[tuple[str, list[Door]]]:
    """The doors in scope by region; those without one last."""
    regions: dict[str, list[Door]] = {}
    for door in campaign.doors.order_by("name"):
        regions.setdefault(door.region or door.get_kind_display(), []).append(door)
    return sorted(regions.items())


def notices(
    campaign: Campaign, expectations: list[LineExpectation], *, today: date, model: OperatingModel
) -> list[Notice]:
    """What people should know: a short lead, a start that has passed undecided, doors that are left out."""
    found = []
    if campaign.status in (CampaignStatus.DRAFT, CampaignStatus.SUBMITTED):
        found += _about_the_start(campaign, today, model)
    if left_out := [line for line in expectations if line.unranged_doors]:
        found.append(_about_left_out_doors(left_out))
    return found


def _about_the_start(campaign: Campaign, today: date, model: OperatingModel) -> list[Notice]:
    days = (campaign.starts_on - today).days
    if days < 0:
        return [Notice("Its first day has passed", "Planning has not decided on it.")]
    window = decision_window_of(campaign, model)
    if days >= window.from_weeks * 7:
        return []
    ahead = f"{days // 7} weeks" if days >= 14 else "1 day" if days == 1 else f"{days} days"
    return [
        Notice(
            f"This starts {'today' if days == 0 else f'in {ahead}'}",
            f"Planning asks for {window.from_weeks} to {window.to_weeks} weeks"
            f"{f' for {window.where}' if window.where else ''}: fewer remedies still work when it is later.",
        )
    ]


def _about_left_out_doors(lines: list[LineExpectation]) -> Notice:
    """Named in full for a few SKUs; for many the rows of the page name them."""
    if len(lines) > SKUS_NAMED:
        return Notice(
            f"{len(lines)} SKUs are left out at doors that do not range them",
            "The table of expected lift names the doors of each.",
        )
    return Notice(
        "Left out where a door does not range the SKU",
        "; ".join(
            f"{line.line.product.sku}: {listed(door.name for door in line.unranged_doors)}" for line in lines
        )
        + ".",
    )


def _total(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
