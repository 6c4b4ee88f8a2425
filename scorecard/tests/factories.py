"""Rows of the scorecard's tables for tests: each function makes one, and takes what the test is about."""

from collections.abc import Sequence
from datetime import date, timedelta

from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Category, Door, Product
from marketing.tests.factories import NOW
from planning.consensus.choices import Layer
from scorecard.measures.choices import DayState, Measure, SellingChannel
from scorecard.measures.models import (
    AccuracyFact,
    MeasureTarget,
    ProcessFact,
    PromotedDays,
    WeekFact,
    WeekSnapshot,
)
from scorecard.outcomes.models import CampaignOutcome
from sop_site.access.models import User


def make_category(path: str) -> Category:
    """A category with all above it, by the names from the top (``Women > Knitwear``); made once."""
    above, _, name = path.rpartition(" > ")
    parent = make_category(above) if above else None
    return Category.objects.get_or_create(path=path, defaults={"name": name, "parent": parent})[0]


def make_week(week_start: date, **facts) -> WeekSnapshot:
    """The snapshot of a week that is over, with stock, still open."""
    defaults = {"taken_at": NOW, "taken_on": week_start + timedelta(days=7), "has_stock": True}
    return WeekSnapshot.objects.create(week_start=week_start, **{**defaults, **facts})


def close_week(week: WeekSnapshot) -> None:
    """From now on it does not change."""
    WeekSnapshot.objects.filter(pk=week.pk).update(closed_at=NOW)


def make_fact(week: WeekSnapshot, **facts) -> WeekFact:
    """Sums of one cell; a total over all categories unless a category is named."""
    defaults = {
        "is_total": facts.get("category") is None,
        "region": "North",
        "channel": SellingChannel.STORES,
    }
    return WeekFact.objects.create(snapshot=week, **{**defaults, **facts})


def make_accuracy(
    week: WeekSnapshot,
    *,
    errors: dict[Layer, float],
    forecasts: dict[Layer, float] | None = None,
    **facts,
) -> AccuracyFact:
    """Errors by layer on 40 cells that sold 1,000 units; a total unless a category is named."""
    defaults = {
        "is_total": facts.get("category") is None,
        "region": "North",
        "is_promoted": False,
        "lag_weeks": 4,
        "cells": 40,
        "actual_units": 1000.0,
    }
    return AccuracyFact.objects.create(
        snapshot=week,
        forecast_units=[(forecasts or {}).get(layer, 1000.0) for layer in Layer],
        absolute_error_units=[errors.get(layer, 0.0) for layer in Layer],
        **{**defaults, **facts},
    )


def make_process(week: WeekSnapshot, campaign: Campaign, **facts) -> ProcessFact:
    """How the process served a campaign that starts in the week."""
    return ProcessFact.objects.create(snapshot=week, campaign=campaign, **facts)


def make_promoted_days(
    campaign: Campaign, product: Product, door: Door, states: Sequence[DayState]
) -> PromotedDays:
    """What the nights saw of a SKU at a door, day after day."""
    of = {"campaign": campaign, "product": product, "category": product.category, "door": door}
    return PromotedDays.objects.create(**of, states=bytes(states))


def make_outcome(week: WeekSnapshot, campaign: Campaign, **facts) -> CampaignOutcome:
    """What a campaign that ended in the week came to: planned 300 units, sold 240, 20 unmet."""
    defaults = {
        "skus": 1,
        "doors": 1,
        "is_late": False,
        "submitted_weeks_ahead": 8.0,
        "planned_units": 300.0,
        "sold_units": 240.0,
        "unmet_units": 20.0,
        "baseline_units": 150.0,
        "uplift_units": 90.0,
        "days": 14.0,
        "days_seen": 14.0,
        "days_out": 1.0,
        "net_sales": 12_000.0,
    }
    return CampaignOutcome.objects.create(snapshot=week, campaign=campaign, **{**defaults, **facts})


def make_target(
    measure: Measure, value: float, *, effective_from: date, by: User, category: Category | None = None
) -> MeasureTarget:
    """What a measure should be from a day on."""
    return MeasureTarget.objects.create(
        measure=measure,
        category=category,
        effective_from=effective_from,
        value=value,
        reason="As agreed.",
        set_at=NOW,
        set_by=by,
    )
