"""What the data says of the conditions of action items."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Max
from django.utils import timezone

from marketing.campaigns.models import Campaign
from planning.consensus.choices import FUNCTIONS, Layer
from planning.consensus.models import Cycle, Submission
from planning.risk.choices import FLAGGED_STATES, AcceptanceStatus, RiskState
from planning.risk.models import Flag, FlagQuerySet, RiskAcceptance
from planning.risk.sentences import joined
from planning.supply.choices import ReceiptStatus
from planning.supply.models import Receipt
from scorecard.about.about import ids_of
from scorecard.actions.choices import ConditionKind
from sop_site.formats import short_date


@dataclass(frozen=True, slots=True)
class Condition:
    """What closes an action by itself.

    ``key`` is the id of a flag, campaign or receipt, or ``cycle:layer`` of a forecast.
    """

    kind: ConditionKind = ConditionKind.NONE
    key: str = ""


def fulfilled(kind: ConditionKind, keys: Collection[str]) -> set[str]:
    """The ``keys`` of which the condition is true now, in few queries.

    A flag is cleared when nobody has to decide on it: the risk is gone or accepted, or the SKU is no longer
    planned; a campaign is when that is so of all its flags. A receipt has landed when all of it is received.
    A forecast is handed in while the function's submission stands in the newest version of its cycle. A thing
    that is gone fulfils nothing.
    """
    return CHECKS[kind](keys) if keys else set()


def _cleared_flags(keys: Collection[str]) -> set[str]:
    flags = Flag.objects.filter(pk__in=ids_of(keys))
    undecided = set(Flag.objects.undecided().filter(pk__in=ids_of(keys)).values_list("pk", flat=True))
    return {str(pk) for pk in flags.values_list("pk", flat=True) if pk not in undecided}


def _cleared_campaigns(keys: Collection[str]) -> set[str]:
    undecided = Flag.objects.undecided().filter(campaign__in=ids_of(keys))
    campaigns = Campaign.objects.filter(pk__in=ids_of(keys)).exclude(pk__in=undecided.values("campaign"))
    return {str(pk) for pk in campaigns.values_list("pk", flat=True)}


def _landed_receipts(keys: Collection[str]) -> set[str]:
    landed = Receipt.objects.filter(pk__in=ids_of(keys), status=ReceiptStatus.RECEIVED)
    return {str(pk) for pk in landed.values_list("pk", flat=True)}


def _submitted_forecasts(keys: Collection[str]) -> set[str]:
    cycles = Cycle.objects.filter(pk__in=ids_of([key.partition(":")[0] for key in keys]))
    newest = cycles.annotate(newest=Max("versions__number")).values_list("pk", "newest")
    given = Submission.objects.filter(version__cycle__in=cycles).values_list(
        "version__cycle", "version__number", "layer"
    )
    numbers = dict(newest)
    return {f"{cycle}:{layer}" for cycle, number, layer in given if numbers[cycle] == number} & set(keys)


def there_is(condition: Condition) -> bool:
    """Whether there is such a thing to wait for."""
    match condition.kind:
        case ConditionKind.FLAG_CLEARED:
            return Flag.objects.filter(pk__in=ids_of([condition.key])).exists()
        case ConditionKind.CAMPAIGN_CLEARED:
            return Campaign.objects.filter(pk__in=ids_of([condition.key])).exists()
        case ConditionKind.RECEIPT_LANDED:
            return Receipt.objects.filter(pk__in=ids_of([condition.key])).exists()
        case ConditionKind.FORECAST_SUBMITTED:
            cycle, _, layer = condition.key.partition(":")
            return layer in FUNCTIONS and Cycle.objects.filter(pk__in=ids_of([cycle])).exists()
        case _:
            return condition.key == ""


def why_fulfilled(condition: Condition) -> str:
    """What made the condition true, to stand after "because"; to be asked of one that is true now."""
    match condition.kind:
        case ConditionKind.FLAG_CLEARED:
            return _why_decided(Flag.objects.filter(pk__in=ids_of([condition.key])))
        case ConditionKind.CAMPAIGN_CLEARED:
            return _why_decided(Flag.objects.filter(campaign__in=ids_of([condition.key])))
        case ConditionKind.FORECAST_SUBMITTED:
            layer = Layer(condition.key.partition(":")[2])
            return f"{layer.label} has handed in its forecast"
        case _:
            return condition.kind.words


def _why_decided(flags: FlagQuerySet) -> str:
    """Why nobody has to decide on any of the flags: a risk that was taken is not one that is gone."""
    live = flags.live()
    taken = RiskAcceptance.objects.filter(
        flag__in=live.filter(state__in=FLAGGED_STATES), status=AcceptanceStatus.IN_FORCE
    )
    people = ("proposed_by", "planning_signed_by", "marketing_signed_by")
    accepted = sorted(taken.select_related(*people), key=_in_force_since)
    if accepted:
        last = accepted[-1]
        day = short_date(timezone.localtime(_in_force_since(last)).date())
        if len(accepted) == 1:
            return f"the risk was accepted by {_accepted_by(last)} on {day}"
        return f"{len(accepted)} risks were accepted, the last by {_accepted_by(last)} on {day}"
    states = set(live.values_list("state", flat=True))
    if not states:
        return "it is not planned any more"
    return "nothing is known to run short" if RiskState.NO_DATA in states else "the stock covers the plan"


def _in_force_since(acceptance: RiskAcceptance) -> datetime:
    signed = (acceptance.planning_signed_at, acceptance.marketing_signed_at)
    return max([acceptance.proposed_at, *(at for at in signed if at is not None)])


def _accepted_by(acceptance: RiskAcceptance) -> str:
    signers = (acceptance.planning_signed_by, acceptance.marketing_signed_by)
    names = [str(person) for person in signers if person is not None]
    return joined(names or [str(acceptance.proposed_by)])


CHECKS: Final[dict[ConditionKind, Callable[[Collection[str]], set[str]]]] = {
    ConditionKind.FLAG_CLEARED: _cleared_flags,
    ConditionKind.CAMPAIGN_CLEARED: _cleared_campaigns,
    ConditionKind.RECEIPT_LANDED: _landed_receipts,
    ConditionKind.FORECAST_SUBMITTED: _submitted_forecasts,
}
