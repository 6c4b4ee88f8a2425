"""The Bridge: campaigns × featured SKUs × the next fiscal weeks, the most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum, When
from django.urls import reverse

from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Product, Ranging
from planning.risk.choices import FLAGGED_STATES
from planning.risk.figures import Figure, board_figures
from planning.risk.forms import Show
from planning.risk.freshness import Freshness, freshness
from planning.risk.models import Decision, FlagLine
from planning.risk.projection import FlagWeeks, WeekCell, weeks_of_flags
from planning.risk.rows import FlagRow, latest_decisions, live_flags
from sop_site import formats
from sop_site.access.models import User
from sop_site.clock import today
from sop_site.operating_model.models import OperatingModel
from sop_site.operating_model.weeks import DecisionWindow, WeekColumn, week_columns

if TYPE_CHECKING:
    from planning.risk.rows import LiveFlag

WEEKS = 13
CAMPAIGNS_A_PAGE = 12


class BoardCell(NamedTuple):
    """One week of one SKU; ``state`` is empty outside the campaign. A page has thousands of them.

    ``on_hand`` is what is projected for the end of the week: in short outside the campaign, in units
    within; empty where the SKU is at none of the campaign's doors. All are texts, because a template
    takes its time over each number.
    """

    css: str
    week: str
    on_hand: str = ""
    state: str = ""
    label: str = ""
    cover: str = ""


@dataclass(frozen=True, slots=True)
class BoardRow(FlagRow):
    """A flag with its weeks."""

    url: str
    arithmetic_url: str
    cells: Sequence[BoardCell]


@dataclass(frozen=True, slots=True)
class CampaignRows:
    """A campaign and its rows."""

    campaign: Campaign
    rows: Sequence[BoardRow]


@dataclass(frozen=True, slots=True)
class EmptyState:
    """What to say, and to do next, where the Bridge lists nothing."""

    icon: str
    title: str
    text: str
    action_url: str
    action_label: str


def planned_campaigns(user: User) -> QuerySet[Campaign]:
    """The campaigns that may stand on the Bridge of ``user``."""
    return Campaign.objects.visible_to(user).planned().order_by("name", "code")


def filtered(flags: "QuerySet[LiveFlag]", chosen: dict[str, Any]) -> "QuerySet[LiveFlag]":
    """The flags that fit the filters of the Bridge."""
    if chosen["show"] != Show.ALL:
        flags = flags.filter(state__in=FLAGGED_STATES, needs_decision=True)
    if chosen["show"] == Show.SIGNATURE:
        flags = flags.filter(waits_for_signature=True)
    if campaign := chosen.get("campaign"):
        flags = flags.filter(campaign=campaign)
    if region := chosen.get("region"):
        flags = flags.filter(_in_region(region, only_flagged=chosen["show"] != Show.ALL))
    if text := chosen.get("text"):
        named = Q(campaign__name__icontains=text) | Q(campaign__code__icontains=text)
        flags = flags.filter(named | Q(product__in=Product.objects.matching(text)))
    return flags


def _in_region(region: str, *, only_flagged: bool) -> Exists:
    """Whether a door of the region needs a decision, or else whether it ranges the SKU for the campaign."""
    if only_flagged:
        lines = FlagLine.objects.filter(flag=OuterRef("pk"), door__region=region)
        return Exists(lines.filter(state__in=FLAGGED_STATES))
    ranging = Ranging.objects.filter(product=OuterRef("product"), door__region=region)
    return Exists(ranging.filter(door__campaigns=OuterRef("campaign")))


@dataclass
class Board:
    """One page of the Bridge."""

    chosen: dict[str, Any]
    day: date
    operating_model: OperatingModel
    freshness: Freshness
    totals: dict[str, Any]
    page: Page
    flags: "Sequence[LiveFlag]"
    decisions: dict[int, Decision]

    @cached_property
    def columns(self) -> list[WeekColumn]:
        """The weeks across the page."""
        return week_columns(self.day, WEEKS, today=self.day, window=DecisionWindow.of(self.operating_model))

    @property
    def decision_band(self) -> dict[str, int]:
        """How many week columns stand before, in and after the decision window."""
        marked = [column.is_decision for column in self.columns]
        before = marked.index(True) if any(marked) else len(marked)
        return {"before": before, "width": sum(marked), "after": len(marked) - before - sum(marked)}

    @property
    def figures(self) -> list[Figure]:
        """What is open on the whole Bridge, whatever the filters."""
        return board_figures(self.totals, self.day)

    @property
    def empty(self) -> EmptyState:
        """Why there is nothing to list."""
        address = reverse("risk:bridge")
        if not self.totals["all_count"]:
            text = "As soon as Marketing submits a campaign, its SKUs are checked against stock."
            return EmptyState(
                "calendar", "No campaign is planned", text, reverse("campaigns:calendar"), "Open the calendar"
            )
        if self.chosen == {"show": Show.OPEN}:
            text = f"All {formats.units(self.totals['all_count'])} featured SKUs are served or decided."
            return EmptyState(
                "check", "Nothing needs a decision", text, f"{address}?show={Show.ALL}", "Show all of them"
            )
        text = "No featured SKU fits these filters."
        return EmptyState("filter", "Nothing found", text, address, "Clear the filters")

    @cached_property
    def campaigns(self) -> list[CampaignRows]:
        """The campaigns of the page in their order; the rows of each with the most urgent first."""
        weeks = weeks_of_flags([flag.pk for flag in self.flags])
        by_campaign: dict[int, list[BoardRow]] = {group["campaign_id"]: [] for group in self.page}
        for flag in self.flags:
            by_campaign[flag.campaign_id].append(self._row(flag, weeks.get(flag.pk)))
        return [
            CampaignRows(rows[0].flag.campaign, sorted(rows, key=lambda row: row.urgency))
            for rows in by_campaign.values()
            if rows
        ]

    def _row(self, flag: "LiveFlag", weeks: FlagWeeks | None) -> BoardRow:
        url = flag.get_absolute_url()
        row = FlagRow(flag, self.decisions.get(flag.pk), self.day)
        return BoardRow(
            flag=flag,
            decision=row.decision,
            day=self.day,
            url=url,
            # Spelled out and not reversed: a page has hundreds of rows.
            arithmetic_url=f"{url}doors/{flag.worst_door_id}/" if flag.worst_door_id else url,
            cells=_cells(self.columns, weeks, is_decided=row.is_decided),
        )


def read_board(user: User, chosen: dict[str, Any], page_number: str | int = 1) -> Board:
    """One page of the Bridge as ``user`` may see it, under the ``chosen`` filters."""
    day = today()
    all_flags = live_flags().filter(campaign__in=planned_campaigns(user))
    found = filtered(all_flags, chosen)
    # All of them: to count them first costs as much as to have them, and a thousand are a few milliseconds.
    page = Paginator(list(campaigns_by_urgency(found)), CAMPAIGNS_A_PAGE).get_page(page_number)
    shown = found.filter(campaign_id__in=[group["campaign_id"] for group in page])
    flags = list(shown.select_related("product", "campaign__mechanic"))
    return Board(
        chosen=chosen,
        day=day,
        operating_model=OperatingModel.objects.in_force(day),
        freshness=freshness(),
        totals=totals_of(all_flags, day),
        page=page,
        flags=flags,
        decisions=latest_decisions(flags),
    )


def campaigns_by_urgency(flags: "QuerySet[LiveFlag]") -> QuerySet:
    """The campaigns of ``flags``: the one whose decision is due first in front, decided ones at the end."""
    return (
        flags.values("campaign_id", "campaign__starts_on")
        .annotate(
            open_count=Count("pk", filter=Q(needs_decision=True)),
            due=Min("decide_by_date", filter=Q(needs_decision=True)),
        )
        .order_by(
            Case(When(open_count=0, then=1), default=0),
            F("due").asc(nulls_first=True),
            "campaign__starts_on",
            "campaign_id",
        )
    )


def totals_of(flags: "QuerySet[LiveFlag]", day: date) -> dict[str, Any]:
    """What is open among ``flags``: counts, units, revenue and the next decide-by date."""
    is_open = Q(needs_decision=True)
    totals = flags.filter(state__in=FLAGGED_STATES).aggregate(
        open_count=Count("pk", filter=is_open),
        lapsed_count=Count("pk", filter=is_open & Q(decide_by_date__lt=day)),
        signature_count=Count("pk", filter=is_open & Q(waits_for_signature=True)),
        next_date=Min("decide_by_date", filter=is_open & Q(decide_by_date__gte=day)),
        units_short=Sum("units_short", filter=is_open),
        revenue_short=Sum("revenue_short", filter=is_open),
    )
    return totals | {"all_count": flags.count()}


def _cells(columns: Sequence[WeekColumn], weeks: FlagWeeks | None, *, is_decided: bool) -> list[BoardCell]:
    """A cell a column; those of a risk that was accepted are decided, and red no more."""
    if weeks is None:
        return [BoardCell(column.css, str(column.week.week)) for column in columns]
    by_week = {cell.week_start: cell for cell in weeks.cells}
    return [
        _cell(column, by_week.get(column.week.start), on_hand_units, is_decided)
        for column, on_hand_units in zip(columns, weeks.on_hand_units.tolist(), strict=True)
    ]


def _cell(column: WeekColumn, cell: WeekCell | None, on_hand_units: float, is_decided: bool) -> BoardCell:
    if cell is None:
        return BoardCell(column.css, str(column.week.week), formats.compact(on_hand_units))
    is_accepted = is_decided and cell.state.needs_decision
    return BoardCell(
        column.css,
        str(column.week.week),
        formats.units(on_hand_units),
        "decided" if is_accepted else cell.state.value,
        f"Decided, {cell.state.label.lower()}" if is_accepted else cell.state.label,
        formats.cover(cell.cover),
    )
