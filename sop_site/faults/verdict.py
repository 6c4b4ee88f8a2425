"""What stands after a fault, against a recalculation from nothing and against what people were told."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from django.db import connection, transaction
from django.db.models import Count, Model, Sum

from marketing.catalogue.models import Product
from planning.remedies.models import Remedy
from planning.risk.choices import FLAGGED_STATES, AcceptanceStatus, FlagEventKind, RunScope
from planning.risk.domain import recalculate_all
from planning.risk.models import Decision, Flag, FlagEvent, FlagLine, RecalculationRun, RiskAcceptance
from planning.risk.reconciliation import LEAST_PROBABILITY_CHANGE
from sop_site.changes.models import ChangedSku
from sop_site.faults.edits import DECIDED_FIELDS, Decided

# What tells a row apart and when it was written; everything else is what it says.
FLAG_IDENTITY = {"id", "campaign_id", "product_id", "opened_at", "calculated_at", "closed_at"}
LINE_IDENTITY = {"id", "flag_id", "door_id"}
OPENINGS = (FlagEventKind.OPENED, FlagEventKind.REOPENED)
COUNTED = {
    "opened_count": OPENINGS,
    "worsened_count": (FlagEventKind.WORSENED,),
    "eased_count": (FlagEventKind.EASED,),
    "cleared_count": (FlagEventKind.CLEARED,),
}
# What is said of a flag or line, by what it is said of.
Facts = dict[tuple[object, ...], dict[str, object]]


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in the order of runs and events."""

    run_id: int
    event_id: int

    @classmethod
    def now(cls) -> "Moment":
        """After the last run and event that are there."""
        return cls(_last(RecalculationRun), _last(FlagEvent))


@dataclass(slots=True)
class Verdict:
    """What was found wrong, a sentence each: nothing, after a fault that did no harm."""

    flags: int = 0
    lines: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)


def judge(*, decided: Collection[Decided], since: Moment, runs_were_cut_off: bool) -> Verdict:
    """What is wrong with the flags, lines, events and decisions that stand, now that no SKU waits.

    All SKUs are locked meanwhile, as a recalculation locks them, and what is calculated for comparison is
    rolled back. ``since`` is when the fault began; where runs were cut off, they may have counted fewer
    moves than they made, else exactly as many.
    """
    verdict = Verdict()
    with transaction.atomic():
        _lock_everything()
        if waiting := ChangedSku.objects.count():
            verdict.stale.append(f"{waiting} SKUs wait.")
        _judge_keys(verdict)
        _judge_decisions(verdict, decided)
        _judge_events(verdict)
        _judge_runs(verdict, since, runs_were_cut_off)
        standing = stored()
        _judge_another_run(verdict, standing)
        _forget_flags()
        recalculate_all(scope=RunScope.NIGHTLY)
        _compare(verdict, standing, stored())
        transaction.set_rollback(True)
    return verdict


def stored() -> Facts:
    """What all live flags and their lines say, by campaign, SKU and, for lines, door."""
    flags = Flag.objects.live()
    lines = FlagLine.objects.filter(flag__in=flags)
    keyed = {
        "flag": (flags, ("campaign_id", "product_id"), _facts(Flag, FLAG_IDENTITY)),
        "line": (
            lines,
            ("flag__campaign_id", "flag__product_id", "door_id"),
            _facts(FlagLine, LINE_IDENTITY),
        ),
    }
    return {
        (kind, *row[: len(key)]): dict(zip(facts, row[len(key) :], strict=True))
        for kind, (rows, key, facts) in keyed.items()
        for row in rows.values_list(*key, *facts)
    }


def _facts(model: type[Model], identity: set[str]) -> list[str]:
    return [column.attname for column in model._meta.concrete_fields if column.attname not in identity]


def _last(model: type[Model]) -> int:
    return model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0


def _lock_everything() -> None:
    list(Product.objects.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def _forget_flags() -> None:
    """Empty the flags with all that hangs on them; to be rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {Flag._meta.db_table}, {FlagLine._meta.db_table} CASCADE")


def _judge_decisions(verdict: Verdict, decided: Collection[Decided]) -> None:
    """What people decided stands once, as they decided it, with its entry among the flag's decisions."""
    for model, fields in DECIDED_FIELDS.items():
        kept = Counter(model._default_manager.values_list(*fields))
        told = Counter(Decision.objects.values_list("flag_id", "note"))
        for values in (entry.values for entry in decided if entry.model is model):
            for name, times in (("", kept[values]), (" in the flag's decisions", told[values[:2]])):
                if times == 0:
                    verdict.lost.append(f"{model.__name__} {values} is gone{name}.")
                elif times > 1:
                    verdict.doubled.append(f"{model.__name__} {values} is there {times} times{name}.")
    outgrown = Counter(
        RiskAcceptance.objects.filter(status=AcceptanceStatus.OUTGROWN).values_list("flag_id", flat=True)
    )
    events = Counter(
        FlagEvent.objects.filter(kind=FlagEventKind.OUTGREW_ACCEPTANCE).values_list("flag_id", flat=True)
    )
    for flag_id in outgrown.keys() | events.keys():
        if outgrown[flag_id] != events[flag_id]:
            found = verdict.lost if events[flag_id] < outgrown[flag_id] else verdict.doubled
            found.append(
                f"Flag {flag_id} has {outgrown[flag_id]} outgrown acceptances and tells {events[flag_id]}."
            )


def _judge_keys(verdict: Verdict) -> None:
    """No flag stands twice, and no line."""
    for model, key in ((Flag, ("campaign_id", "product_id")), (FlagLine, ("flag_id", "door_id"))):
        rows = model._default_manager.order_by().values_list(*key).annotate(times=Count("*"))
        verdict.doubled += [
            f"{model.__name__} {row[:-1]} is there {row[-1]} times." for row in rows.filter(times__gt=1)
        ]


def _judge_events(verdict: Verdict) -> None:
    """A flag's events tell of openings and clearings in turn, and end where the flag stands."""
    needing = set(Flag.objects.live().filter(state__in=FLAGGED_STATES).values_list("pk", flat=True))
    told = FlagEvent.objects.order_by("flag_id", "pk").values_list("flag_id", "kind")
    open_flags = set()
    for flag_id, entries in groupby(told, key=itemgetter(0)):
        if _follow(verdict, flag_id, (FlagEventKind(kind) for _, kind in entries)):
            open_flags.add(flag_id)
    verdict.lost += [
        f"Flag {flag_id} needs a decision without having opened." for flag_id in needing - open_flags
    ]
    verdict.lost += [
        f"Flag {flag_id} needs no decision and never cleared." for flag_id in open_flags - needing
    ]


def _follow(verdict: Verdict, flag_id: int, kinds: Iterator[FlagEventKind]) -> bool:
    """Whether the flag is open after its events; those that do not follow from the one before are kept."""
    is_open, was_open = False, False
    for kind in kinds:
        if kind == FlagEventKind.OUTGREW_ACCEPTANCE:
            continue
        if kind in OPENINGS:
            if is_open or (kind == FlagEventKind.OPENED) == was_open:
                verdict.doubled.append(f"Flag {flag_id} opened while open, or for the first time twice.")
            is_open = was_open = True
        elif not is_open:
            verdict.lost.append(f"Flag {flag_id} {kind.label.lower()} without having opened.")
        elif kind == FlagEventKind.CLEARED:
            is_open = False
    return is_open


def _judge_runs(verdict: Verdict, since: Moment, runs_were_cut_off: bool) -> None:
    """The runs counted each move once: as many as there are events."""
    runs = RecalculationRun.objects.filter(pk__gt=since.run_id)
    counted = runs.aggregate(**{name: Sum(name, default=0) for name in COUNTED})
    events = Counter(FlagEvent.objects.filter(pk__gt=since.event_id).values_list("kind", flat=True))
    for name, kinds in COUNTED.items():
        told = sum(events[kind] for kind in kinds)
        sentence = (
            f"The runs counted {counted[name]} as {name.removesuffix('_count')}, and events tell of {told}."
        )
        if counted[name] > told:
            verdict.doubled.append(sentence)
        elif counted[name] < told and not runs_were_cut_off:
            verdict.lost.append(sentence)


def _judge_another_run(verdict: Verdict, standing: Facts) -> None:
    """Another recalculation changes neither flags nor what was decided on them."""
    before, statuses = Moment.now(), _statuses()
    recalculate_all(scope=RunScope.NIGHTLY)
    for event in FlagEvent.objects.filter(pk__gt=before.event_id):
        verdict.stale.append(
            f"Another run found that flag {event.flag_id} {event.get_kind_display().lower()}."
        )
    again = stored()
    changed = [key for key in standing.keys() | again.keys() if standing.get(key) != again.get(key)]
    verdict.stale += [f"Another run changed {_named(key)}." for key in changed]
    verdict.stale += [f"Another run changed {row}." for row in set(_statuses()) ^ set(statuses)]


def _statuses() -> list[tuple[object, ...]]:
    return [
        (model.__name__, *row)
        for model in (RiskAcceptance, Remedy)
        for row in model._default_manager.values_list("pk", "status")
    ]


def _compare(verdict: Verdict, standing: Facts, fresh: Facts) -> None:
    """What stands says what a calculation from nothing says."""
    verdict.flags = sum(key[0] == "flag" for key in fresh)
    verdict.lines = len(fresh) - verdict.flags
    for key, facts in fresh.items():
        if key not in standing:
            verdict.lost.append(f"{_named(key)} is missing.")
        elif told := _told_otherwise(standing[key], facts):
            wanted = {name: facts[name] for name in told}
            verdict.stale.append(f"{_named(key)} says {told} and should say {wanted}.")
    verdict.stale += [f"{_named(key)} should not be there." for key in standing.keys() - fresh.keys()]


def _told_otherwise(standing: dict[str, object], fresh: dict[str, object]) -> dict[str, object]:
    """The facts that stand and should be others; a chance that moved too little to be written is right."""
    told = {name: value for name, value in standing.items() if value != fresh[name]}
    stands, should = told.get("short_probability"), fresh.get("short_probability")
    match stands, should:
        case float(), float() if abs(stands - should) < LEAST_PROBABILITY_CHANGE:
            del told["short_probability"]
    return told


def _named(key: tuple[object, ...]) -> str:
    kind, campaign_id, product_id, *door_id = key
    at = f" at door {door_id[0]}" if door_id else ""
    return f"the {kind} of SKU {product_id} in campaign {campaign_id}{at}"
