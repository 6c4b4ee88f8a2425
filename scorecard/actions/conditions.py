"""What the data says of the conditions of action items."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from django.db.models import Max

from planning.consensus.choices import FUNCTIONS
from planning.consensus.models import Cycle, Submission
from planning.risk.models import Flag
from planning.supply.choices import ReceiptStatus
from planning.supply.models import Receipt
from scorecard.about.about import ids_of
from scorecard.actions.choices import ConditionKind


@dataclass(frozen=True, slots=True)
class Condition:
    """What closes an action by itself: the id of a flag or receipt, or ``cycle:layer`` of a forecast."""

    kind: ConditionKind = ConditionKind.NONE
    key: str = ""


def fulfilled(kind: ConditionKind, keys: Collection[str]) -> set[str]:
    """The ``keys`` of which the condition is true now, in few queries.

    A flag is cleared when nobody has to decide on it: the risk is gone or accepted, or the SKU is no longer
    planned. A receipt has landed when all of it is received. A forecast is handed in while the function's
    submission stands in the newest version of its cycle. A thing that is gone fulfils nothing.
    """
    return CHECKS[kind](keys) if keys else set()


def _cleared_flags(keys: Collection[str]) -> set[str]:
    flags = Flag.objects.filter(pk__in=ids_of(keys))
    undecided = set(Flag.objects.undecided().filter(pk__in=ids_of(keys)).values_list("pk", flat=True))
    return {str(pk) for pk in flags.values_list("pk", flat=True) if pk not in undecided}


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
        case ConditionKind.RECEIPT_LANDED:
            return Receipt.objects.filter(pk__in=ids_of([condition.key])).exists()
        case ConditionKind.FORECAST_SUBMITTED:
            cycle, _, layer = condition.key.partition(":")
            return layer in FUNCTIONS and Cycle.objects.filter(pk__in=ids_of([cycle])).exists()
        case _:
            return condition.key == ""


CHECKS: Final[dict[ConditionKind, Callable[[Collection[str]], set[str]]]] = {
    ConditionKind.FLAG_CLEARED: _cleared_flags,
    ConditionKind.RECEIPT_LANDED: _landed_receipts,
    ConditionKind.FORECAST_SUBMITTED: _submitted_forecasts,
}
