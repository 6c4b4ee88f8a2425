"""The money between Marketing and Planning, each part with its arithmetic in words and figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.conf import settings

from scorecard.outcomes import engine
from scorecard.outcomes.models import CampaignOutcome
from sop_site import formats

NOT_SEEN: Final = "Nobody counted the stock on its days, so that what was missing is not known."


class MoneyKind(StrEnum):
    """The parts of it, and what is lost together."""

    MARGIN = "margin"
    MEDIA = "media"
    LOST = "lost"
    BOUND = "bound"

    @property
    def label(self) -> str:
        """Its name on the pages."""
        return NAMES[self]


NAMES: Final = {
    MoneyKind.MARGIN: "Margin lost to stockouts",
    MoneyKind.MEDIA: "Media wasted",
    MoneyKind.LOST: "Money lost",
    MoneyKind.BOUND: "Cash bound in stock left over",
}


@dataclass(frozen=True, slots=True)
class Money:
    """A part of it: its amount (None where it is not known), and how it comes about."""

    kind: MoneyKind
    amount: float | None
    arithmetic: str


@dataclass(frozen=True, slots=True)
class MoneyBetween:
    """What was lost for good, and beside it the cash that leftover stock binds until it sells."""

    margin: Money
    media: Money
    bound: Money

    @property
    def lost(self) -> Money:
        """Margin and media together."""
        amount = engine.money_lost(self.margin.amount, self.media.amount)
        return Money(MoneyKind.LOST, amount, "The sum of what is known of the two.")

    @property
    def lines(self) -> list[Money]:
        """All of it in the order of the pages: what was lost, together, and what is bound."""
        return [self.margin, self.media, self.lost, self.bound]


def money_of(outcome: CampaignOutcome) -> MoneyBetween:
    """The money between both functions of one campaign."""
    demand = outcome.sold_units + outcome.unmet_units
    return MoneyBetween(
        margin=Money(MoneyKind.MARGIN, outcome.lost_margin, _margin_words(outcome)),
        media=Money(MoneyKind.MEDIA, outcome.media_wasted, _media_words(outcome, demand)),
        bound=Money(MoneyKind.BOUND, outcome.leftover_at_cost, _stock_words(outcome)),
    )


def money_of_all(outcomes: Sequence[CampaignOutcome]) -> MoneyBetween:
    """The same of several campaigns: sums of those that know, with how many these are."""
    known_margin = [each for each in outcomes if each.lost_margin is not None]
    known_media = [each for each in outcomes if each.media_wasted is not None]
    known_stock = [each for each in outcomes if each.leftover_at_cost is not None]
    unmet = sum(each.unmet_units for each in known_margin)
    spend = sum(each.spend_actual or 0.0 for each in known_media)
    left = sum(each.leftover_units or 0.0 for each in known_stock)
    return MoneyBetween(
        margin=Money(
            MoneyKind.MARGIN,
            _sum([each.lost_margin for each in known_margin]),
            _of(known_margin, outcomes, f"{formats.units(unmet)} units not served"),
        ),
        media=Money(
            MoneyKind.MEDIA,
            _sum([each.media_wasted for each in known_media]),
            _of(known_media, outcomes, f"{_money(spend)} of media, each × its demand not served"),
        ),
        bound=Money(
            MoneyKind.BOUND,
            _sum([each.leftover_at_cost for each in known_stock]),
            _of(known_stock, outcomes, f"{formats.units(left)} units above the target cover, at cost"),
        ),
    )


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
    if not outcomes:
        return "No campaign ended in these weeks."
    if not known:
        return "It is known of no campaign that ended."
    if len(known) == len(outcomes):
        return words
    return f"{words}; known of {len(known)} of {len(outcomes)} campaigns"


def _sum(amounts: Sequence[float | None]) -> float | None:
    return sum(each for each in amounts if each is not None) if amounts else None


def _money(amount: float) -> str:
    return formats.money_full(amount, settings.CURRENCY)
