"""Sightings, the days that nights saw, and replays, for tests."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Door, Product
from marketing.tests.factories import NOW, TODAY
from scorecard.lab.choices import ReplayStatus
from scorecard.lab.engine import Judgement, SeenLines
from scorecard.lab.models import Replay, Sighting
from scorecard.lab.packing import SeenWeek, pack_sighting
from scorecard.lab.result import WEEKS_AHEAD, ReplayResult
from scorecard.measures.choices import DayState
from scorecard.measures.models import PromotedDays
from sop_site.access.models import User
from sop_site.fiscal import WEEK, week_start
from sop_site.operating_model.models import OperatingModel

# A campaign of the past, which was seen in each of the eight weeks before.
LAST_WEEK = week_start(TODAY) - WEEK


def make_sighting(
    seen_on: date,
    campaign: Campaign,
    covers: dict[Product, float],
    *,
    category_path: str = "",
    region: str = "North",
) -> Sighting:
    """The sighting of a week, in which each SKU of a campaign had some cover for 100 units, at 20.00 each."""
    count = len(covers)
    cover = np.array(list(covers.values()), dtype=np.float64)
    seen = SeenWeek(
        campaign_ids=np.full(count, campaign.pk),
        product_ids=np.array([product.pk for product in covers]),
        start_days=np.full(count, (campaign.starts_on - seen_on).days),
        category=np.ones(count, dtype=np.int64),
        region=np.zeros(count, dtype=np.int64),
        lines=SeenLines(
            cover=cover,
            supply_units=100.0 * cover,
            expected_units=np.full(count, 100.0),
            units_short=np.maximum(100.0 - 100.0 * cover, 0.0),
            unit_cost=np.full(count, 20.0),
        ),
        category_paths=("", category_path),
        regions=(region,),
    )
    return Sighting.objects.create(
        week_start=week_start(seen_on),
        seen_on=seen_on,
        operating_model=OperatingModel.objects.in_force(seen_on),
        lines=count,
        packed=pack_sighting(seen),
    )


def make_sightings(campaign: Campaign, covers: dict[Product, float], **facts: Any) -> None:
    """The same in each of the eight weeks before the campaign's."""
    for weeks in WEEKS_AHEAD:
        make_sighting(week_start(campaign.starts_on) - weeks * WEEK, campaign, covers, **facts)


def saw_days(campaign: Campaign, product: Product, door: Door, states: Sequence[DayState]) -> PromotedDays:
    """What the nights of a campaign saw of a SKU at a door."""
    return PromotedDays.objects.create(
        campaign=campaign, product=product, door=door, states=bytes(state.value for state in states)
    )


def make_replay(model: OperatingModel, by: User, **facts: Any) -> Replay:
    """A finished replay of last week's campaigns."""
    judged = Judgement(40, 4, 12, 20, 2, 9, 340.0, 6_800.0, 0.0, 1)
    calmer = Judgement(40, 4, 12, 14, 1, 7, 210.0, 4_200.0, 0.0, 1)
    result = ReplayResult(
        proposed=dict.fromkeys(WEEKS_AHEAD, judged), today=dict.fromkeys(WEEKS_AHEAD, calmer), campaigns=3
    )
    defaults = {
        "beside": OperatingModel.objects.in_force(TODAY),
        "first_week_start": LAST_WEEK,
        "last_week_start": LAST_WEEK,
        "status": ReplayStatus.DONE,
        "asked_at": NOW,
        "started_at": NOW,
        "finished_at": NOW + timedelta(seconds=4),
        "weeks_done": 1,
        "weeks_in_all": 1,
        "result": result.as_json(),
    }
    return Replay.objects.create(model=model, asked_by=by, **{**defaults, **facts})
