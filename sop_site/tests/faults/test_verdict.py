"""The judge sees what a fault could do: every kind of harm is done by hand, and found."""

from collections.abc import Callable

import pytest
from django.db.models import F
from django.utils import timezone

from marketing.campaigns.domain import cancel_campaign
from marketing.tests.factories import make_campaign, make_fit
from planning.risk.choices import FlagEventKind, RunScope
from planning.risk.decisions import accept_risk
from planning.risk.models import Decision, Flag, FlagEvent, FlagLine, RecalculationRun, RiskAcceptance
from planning.tests.risk.cases import Network, recalculated
from sop_site.access.roles import Role
from sop_site.changes import mark_changed
from sop_site.faults.edits import DECIDED_FIELDS, Decided
from sop_site.faults.verdict import Moment, Verdict, judge, stored

pytestmark = pytest.mark.django_db
BEGIN = Moment(0, 0)


@pytest.fixture
def decided(today, user_of) -> list[Decided]:
    """A SKU in two campaigns, of which one is cancelled again; the risk of the other is accepted."""
    network = Network.make()
    product = network.make_sku("CREW-M", at_dc=40.0)
    kept, cancelled = (make_campaign(products=[product], doors=network.doors) for _ in range(2))
    recalculated(product)
    cancel_campaign(campaign=cancelled, by=user_of(Role.MARKETING_MEMBER))
    recalculated(product)
    made = accept_risk(
        flag=Flag.objects.get(campaign=kept), by=user_of(Role.PLANNING_LEAD), reason="Late season."
    )
    return [Decided(RiskAcceptance, tuple(getattr(made, name) for name in DECIDED_FIELDS[RiskAcceptance]))]


def verdict_on(decided: list[Decided], *, runs_were_cut_off: bool = False) -> Verdict:
    return judge(decided=decided, since=BEGIN, runs_were_cut_off=runs_were_cut_off)


def kinds(verdict: Verdict) -> set[str]:
    return {kind for kind in ("lost", "doubled", "stale") if getattr(verdict, kind)}


def test_what_is_right_is_clean_and_stays_as_it_is(decided):
    before = stored(), list(FlagEvent.objects.values_list("pk")), list(RecalculationRun.objects.values())

    verdict = verdict_on(decided)

    assert (verdict.lost, verdict.doubled, verdict.stale) == ([], [], [])
    assert (verdict.flags, verdict.lines) == (1, 2)
    assert (
        stored(),
        list(FlagEvent.objects.values_list("pk")),
        list(RecalculationRun.objects.values()),
    ) == before


@pytest.mark.parametrize(("off_by", "found"), [(0.004, set()), (0.04, {"stale"})])
def test_a_chance_that_moved_too_little_to_be_written_is_right(decided, off_by, found):
    ratios = [number / 10 for number in range(1, 20)]
    make_fit(door_error_ratios=ratios, sku_error_ratios=ratios)
    recalculated(live().product)
    Flag.objects.update(short_probability=F("short_probability") - off_by)

    assert kinds(verdict_on(decided)) == found


def live() -> Flag:
    return Flag.objects.live().get()


def add_event(kind: FlagEventKind) -> None:
    FlagEvent.objects.create(flag=live(), kind=kind, at=timezone.now(), to_state="stockout", units_short=1)


HARM: dict[str, tuple[Callable[[], object], set[str]]] = {
    "a flag is gone": (lambda: live().delete(), {"lost", "stale", "doubled"}),
    "a line is gone": (lambda: FlagLine.objects.filter(flag=live()).first().delete(), {"lost", "stale"}),
    "a flag says other units": (lambda: Flag.objects.update(units_short=F("units_short") + 1), {"stale"}),
    "a line says other units": (lambda: FlagLine.objects.update(units_short=F("units_short") + 1), {"stale"}),
    "a closed flag is back": (lambda: Flag.objects.update(closed_at=None), {"lost", "stale"}),
    "a SKU waits": (lambda: mark_changed([live().product_id]), {"stale"}),
    "a flag opened twice": (lambda: add_event(FlagEventKind.OPENED), {"lost", "doubled"}),
    "a flag never opened": (lambda: FlagEvent.objects.filter(flag=live()).delete(), {"lost", "doubled"}),
    "a clearing was told of none": (lambda: add_event(FlagEventKind.CLEARED), {"lost"}),
    "an acceptance is gone": (lambda: RiskAcceptance.objects.all().delete(), {"lost"}),
    "an acceptance was overwritten": (lambda: RiskAcceptance.objects.update(reason="Mine."), {"lost"}),
    "an outgrown acceptance stands": (
        lambda: RiskAcceptance.objects.update(accepted_units_short=1.0, accepted_revenue_short=1.0),
        {"lost", "stale"},
    ),
    "a decision was noted twice": (
        lambda: Decision.objects.bulk_create(_copy(decision) for decision in Decision.objects.all()),
        {"doubled"},
    ),
    "a run counted twice": (
        lambda: RecalculationRun.objects.update(opened_count=F("opened_count") * 2),
        {"doubled"},
    ),
    "a run did not count": (lambda: RecalculationRun.objects.update(opened_count=0), {"lost"}),
}  # fmt: skip


def _copy(decision: Decision) -> Decision:
    decision.pk = None
    return decision


@pytest.mark.parametrize("name", HARM)
def test_harm_is_found(decided, name):
    harm, found = HARM[name]
    harm()

    assert kinds(verdict_on(decided)) == found


def test_runs_that_were_cut_off_may_have_counted_less(decided):
    RecalculationRun.objects.filter(scope=RunScope.EDIT).update(opened_count=0)

    assert kinds(verdict_on(decided, runs_were_cut_off=True)) == set()
