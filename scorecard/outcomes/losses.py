"""The money between Marketing and Planning, each part with its arithmetic in words and figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from scorecard.outcomes import engine
from scorecard.outcomes.models import CampaignOutcome
from sop_site import formats

NOT_SEEN: Final = "Nobody counted the stock on its days, so that what was missing is not known."


@dataclass(frozen=True, slots=True)
class Loss:
    """A part of it: what it is, its amount (None where it is not known), and how it comes about."""

    name: str
    amount: float | None
    arithmetic: str


def money_of(outcome: CampaignOutcome) -> float | None:
    """What one campaign lost in all: the sum of the parts that are known, None where none is."""
    return engine.money_between(outcome.lost_margin, outcome.media_wasted, outcome.leftover_at_cost)


def losses_of(outcome: CampaignOutcome) -> list[Loss]:
    """Margin lost to stockouts, media wasted and stock left over, of one campaign."""
    demand = outcome.sold_units + outcome.unmet_units
    return [
        Loss("Margin lost to stockouts", outcome.lost_margin, _margin_words(outcome)),
        Loss("Media wasted", outcome.media_wasted, _media_words(outcome, demand)),
        Loss("Stock left over, at cost", outcome.leftover_at_cost, _stock_words(outcome)),
    ]


def summed_losses(outcomes: Sequence[CampaignOutcome]) -> list[Loss]:
    """The same of several campaigns: sums of those that know, with how many these are."""
    known_margin = [each for each in outcomes if each.lost_margin is not None]
    known_media = [each for each in outcomes if each.media_wasted is not None]
    known_stock = [each for each in outcomes if each.leftover_at_cost is not None]
    unmet = sum(each.unmet_units for each in known_margin)
    spend = sum(each.spend_actual or 0.0 for each in known_media)
    left = sum(each.leftover_units or 0.0 for each in known_stock)
    margin, wasted, at_cost = (
        _sum([each.lost_margin for each in known_margin]),
        _sum([each.media_wasted for each in known_media]),
        _sum([each.leftover_at_cost for each in known_stock]),
    )
    return [
        Loss(
            "Margin lost to stockouts",
            margin,
            _of(known_margin, outcomes, f"{formats.units(unmet)} units not served"),
        ),
        Loss(
            "Media wasted",
            wasted,
            _of(known_media, outcomes, f"{_money(spend)} of media, each × its demand not served"),
        ),
        Loss(
            "Stock left over, at cost",
            at_cost,
            _of(known_stock, outcomes, f"{formats.units(left)} units above the target cover"),
        ),
    ]


def _margin_words(outcome: CampaignOutcome) -> str:
    if outcome.days_seen <= 0:
        return NOT_SEEN
    if outcome.lost_margin is None:
        return "The price or the cost of its SKUs is not known."
    if outcome.unmet_units <= 0:
        return "No unit that was asked for was missing."
    a_unit = formats.price(outcome.lost_margin / outcome.unmet_units, settings.CURRENCY)
    return f"{formats.units(outcome.unmet_units)} units not served × {a_unit} of margin a unit"


def _media_words(outcome: CampaignOutcome, demand: float) -> str:
    if outcome.spend_actual is None:
        return "Nobody has entered yet what media cost."
    if outcome.days_seen <= 0:
        return NOT_SEEN
    if outcome.media_wasted is None:
        return "Nobody asked for its SKUs, so that no share of demand can be told."
    share = min(1.0, outcome.unmet_units / demand)
    return f"{_money(outcome.spend_actual)} of media × {formats.percent(share, 1)} of demand not served"


def _stock_words(outcome: CampaignOutcome) -> str:
    if outcome.leftover_units is None:
        return "The stock at its doors after the end is not known."
    if outcome.leftover_at_cost is None:
        return f"{formats.units(outcome.leftover_units)} units, of which no cost is known"
    if outcome.leftover_units <= 0:
        return "No door holds more than its target cover."
    a_unit = formats.price(outcome.leftover_at_cost / outcome.leftover_units, settings.CURRENCY)
    return f"{formats.units(outcome.leftover_units)} units above the target cover × {a_unit} of cost a unit"


def _of(known: Sequence[CampaignOutcome], outcomes: Sequence[CampaignOutcome], words: str) -> str:
    """The words with of how many campaigns they tell, where not of all."""
    if not known:
        return "No campaign that ended knows it."
    if len(known) == len(outcomes):
        return words
    return f"{words}; known of {len(known)} of {len(outcomes)} campaigns"


def _sum(amounts: Sequence[float | None]) -> float | None:
    return sum(each for each in amounts if each is not None) if amounts else None


def _money(amount: float) -> str:
    return formats.money_full(amount, settings.CURRENCY)
