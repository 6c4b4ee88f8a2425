"""What campaigns were to bring, and what they brought, from a retailer folder."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import numpy as np
from django.utils import timezone

from marketing.campaigns.domain.results import Amount
from marketing.campaigns.loading import CODE
from marketing.campaigns.models import Campaign, CampaignResult
from marketing.campaigns.results import ACTUALS, COUNTS, RESULT_FIELDS, orders_beyond_visits
from sop_site.feeds.load import Load
from sop_site.feeds.staging import MergeCount
from sop_site.feeds.table import Column, Table

SYNONYMS: Final = {
    "visits": ("traffic", "sessions"),
    "orders": ("transactions",),
    "revenue": ("sales",),
    "spend": ("media_spend", "media_cost"),
}
PLURALS: Final = {"target": ("target", "plan", "planned"), "actual": ("actual",)}
# One below what the columns of counts and of money hold.
MOST_COUNTED, MOST_MONEY = 2_000_000_000.0, 999_999_999_999.0


def _column(name: str) -> Column:
    """The column of a figure, also under its other names: traffic_plan is visits_target."""
    noun, _, kind = name.partition("_")
    headings = [f"{word}_{end}" for word in (noun, *SYNONYMS[noun]) for end in PLURALS[kind]]
    return Column(headings[0], tuple(headings[1:]))


COLUMNS: Final = {name: _column(name) for name in RESULT_FIELDS}


@dataclass(slots=True)
class _Left:
    """What of the file was not taken, to be told."""

    typed: int = 0
    not_over: int = 0


def load_results(load: Load) -> None:
    """campaign_results.csv: a row for each campaign, by its code; what is empty there says nothing.

    What people typed on a campaign stays, and only what they left empty is taken. Actuals count once the
    campaign is over on the as-of date. Loading it twice changes nothing.
    """
    table = load.folder.table("campaign_results", (CODE, *COLUMNS.values()))
    if table is None:
        return
    table.require(CODE)
    campaigns = {campaign.pk: campaign for campaign in Campaign.objects.only("code", "ends_on")}
    ids = {campaign.code: pk for pk, campaign in campaigns.items()}
    of_campaign = table.references(CODE, ids, "campaign").tolist()
    table.unique(CODE, of_campaign)
    columns = {name: _amounts(table, name) for name in RESULT_FIELDS}
    table.raise_if_bad()
    standing = CampaignResult.objects.in_bulk(of_campaign, field_name="campaign_id")
    left = _Left()
    added: list[CampaignResult] = []
    changed: list[CampaignResult] = []
    for index, pk in enumerate(of_campaign):
        result = standing.get(pk) or CampaignResult(campaign_id=pk)
        said = {name: column[index] for name, column in columns.items() if column[index] is not None}
        if campaigns[pk].ends_on >= load.as_of and any(name in said for name in ACTUALS):
            left.not_over += 1
            said = {name: value for name, value in said.items() if name not in ACTUALS}
        if not _took(result, said, left):
            continue
        for name, sentence in orders_beyond_visits({name: getattr(result, name) for name in RESULT_FIELDS}):
            table.error(index, COLUMNS[name], sentence)
        (changed if result.pk else added).append(result)
    table.raise_if_bad()
    CampaignResult.objects.bulk_create(added)
    CampaignResult.objects.bulk_update(changed, [*RESULT_FIELDS, "entered_at"])
    load.done(table.file_name, len(table), MergeCount(len(added), len(changed)))
    if left.typed:
        load.tell(f"    {left.typed:,} figures differ from what people typed on the campaign, which stays")
    if left.not_over:
        load.tell(f"    {left.not_over:,} campaigns are not over on {load.as_of}: their actuals are left out")


def _amounts(table: Table, name: str) -> list[Amount]:
    """A figure of each row, None where the file says nothing."""
    is_count = name in COUNTS
    numbers = table.numbers(
        COLUMNS[name], least=0, most=MOST_COUNTED if is_count else MOST_MONEY, whole=is_count
    )
    return [_amount(number, is_count) for number in numbers.tolist()]


def _amount(number: float, is_count: bool) -> Amount:
    if not np.isfinite(number):
        return None
    return int(number) if is_count else Decimal(f"{number:.2f}")


def _took(result: CampaignResult, said: dict[str, Any], left: _Left) -> bool:
    """Put what the file says into ``result``, but for what people typed; whether that changed anything."""
    is_typed = result.pk is not None and not result.is_loaded
    changed = {}
    for name, value in said.items():
        stands = getattr(result, name)
        if stands == value:
            continue
        if is_typed and stands is not None:
            left.typed += 1
        else:
            changed[name] = value
    for name, value in changed.items():
        setattr(result, name, value)
    if changed:
        result.entered_at = timezone.now()
        result.is_loaded = not is_typed
    return bool(changed)
