"""Remedies: what each writes, which rules it keeps, and who may do what in which state."""

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.db import transaction

from marketing.campaigns.choices import CampaignStatus
from marketing.campaigns.domain import cancel_campaign, replace_featured_sku, set_expected_lift
from marketing.campaigns.models import CampaignLine
from marketing.tests.factories import NOW, TODAY, make_product, range_at
from planning.remedies.choices import RemedyStatus
from planning.remedies.domain import (
    consent_to_remedy,
    decline_remedy,
    expedite_receipt,
    propose_reduction,
    propose_shift,
    reallocate_units,
    withdraw_remedy,
)
from planning.remedies.models import Remedy
from planning.remedies.preview import FlagPreview
from planning.risk.choices import DecisionKind, RiskState
from planning.risk.models import Decision
from planning.supply.choices import ReceiptStatus
from planning.supply.models import Receipt, Transfer
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import Role
from sop_site.changes.models import ChangedSku

pytestmark = pytest.mark.django_db
REASON = "The buyer agrees."
EARLIEST = TODAY + timedelta(days=14)


@pytest.fixture
def planner(user_of):
    return user_of(Role.PLANNING_MEMBER)


@pytest.fixture
def marketer(user_of):
    return user_of(Role.MARKETING_MEMBER)


def expedite(network, by, new_eta=EARLIEST):
    return expedite_receipt(flag=network.flag, receipt=network.receipt, new_eta=new_eta, by=by, reason=REASON)


def reallocate(network, by, units=40, **facts):
    facts = {"from_door": network.leeds, "to_door": network.york, "ship_on": TODAY, **facts}
    return reallocate_units(flag=network.flag, units=units, by=by, reason=REASON, **facts)


def shift(network, by, **facts):
    facts = {"replacement": network.navy, **facts}
    return propose_shift(flag=network.flag, by=by, reason=REASON, **facts)


def reduce(network, by, lift_value=20.0, **facts):
    return propose_reduction(flag=network.flag, lift_value=lift_value, by=by, reason=REASON, **facts)


def consent(remedy, by, note=""):
    revision = remedy.flag.campaign.revision
    return consent_to_remedy(remedy=remedy, revision=revision, by=by, note=note)


def assert_nothing_changed(network):
    """No remedy, no decision, nothing to recalculate."""
    assert not Remedy.objects.exists()
    assert not Decision.objects.exists()
    assert not Transfer.objects.exists()
    assert not ChangedSku.objects.exists()
    assert Receipt.objects.get().current_eta == network.receipt.current_eta


def test_network_has_a_flag(network):
    assert network.flag.state == RiskState.STOCKOUT


# Who may act, in a flag that needs a decision: each of Planning, and nobody else.
PLANNING = (Role.PLANNING_MEMBER, Role.PLANNING_LEAD)


@contextmanager
def undone():
    """What happens inside is rolled back, so that one network serves every role."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("act", [expedite, reallocate, shift, reduce])
def test_who_may_act(network, user_of, act):
    for role in Role:
        user = user_of(role)
        if role in PLANNING:
            with undone():
                assert act(network, user).proposed_by == user
            continue
        with pytest.raises(NotAllowed):
            act(network, user)
        assert_nothing_changed(network)


@pytest.mark.parametrize("act", [expedite, reallocate, shift, reduce])
def test_a_flag_that_needs_no_decision_has_no_remedy(network, planner, act):
    flag = network.flag
    flag.state = RiskState.OK
    flag.save()
    with pytest.raises(NotNow, match="needs no decision"):
        act(network, planner)
    assert_nothing_changed(network)


@pytest.mark.parametrize("act", [expedite, reallocate, shift, reduce])
def test_a_campaign_that_is_no_longer_planned_has_no_remedy(network, planner, act):
    network.campaign.__class__.objects.filter(pk=network.campaign.pk).update(status=CampaignStatus.CANCELLED)
    with pytest.raises(NotNow, match="no longer plans CREW-MOSS-M"):
        act(network, planner)
    assert_nothing_changed(network)


# The states of a proposal × transitions × roles: what each role meets.
DONE, REFUSED, LATER = None, NotAllowed, NotNow
# fmt: off
SETTLING = {
    #                                                 proposed                    settled already
    #                           consent  decline  withdraw     consent  decline  withdraw
    Role.MARKETING_MEMBER:     (DONE,    DONE,    REFUSED,     LATER,   LATER,   REFUSED),
    Role.MARKETING_LEAD:       (DONE,    DONE,    REFUSED,     LATER,   LATER,   REFUSED),
    Role.PLANNING_MEMBER:      (REFUSED, REFUSED, DONE,        REFUSED, REFUSED, LATER),
    Role.PLANNING_LEAD:        (REFUSED, REFUSED, DONE,        REFUSED, REFUSED, LATER),
    Role.MERCHANDISING_MEMBER: (REFUSED, REFUSED, REFUSED,     REFUSED, REFUSED, REFUSED),
    Role.MERCHANDISING_LEAD:   (REFUSED, REFUSED, REFUSED,     REFUSED, REFUSED, REFUSED),
    Role.EXECUTIVE:            (REFUSED, REFUSED, REFUSED,     REFUSED, REFUSED, REFUSED),
    Role.ADMINISTRATOR:        (REFUSED, REFUSED, REFUSED,     REFUSED, REFUSED, REFUSED),
}
# fmt: on
TRANSITIONS = {
    "consent": (consent, "come_into_force", RemedyStatus.IN_FORCE, DecisionKind.REMEDY_IN_FORCE),
    "decline": (
        lambda remedy, by: decline_remedy(remedy=remedy, by=by, note="The shoot is done."),
        "decline",
        RemedyStatus.DECLINED,
        DecisionKind.REMEDY_DECLINED,
    ),
    "withdraw": (
        lambda remedy, by: withdraw_remedy(remedy=remedy, by=by, note=""),
        "withdraw",
        RemedyStatus.WITHDRAWN,
        DecisionKind.REMEDY_WITHDRAWN,
    ),
}


def settled(network, planner, marketer, status: RemedyStatus) -> Remedy:
    """A shift in each of the states of a remedy."""
    remedy = shift(network, planner)
    if status == RemedyStatus.IN_FORCE:
        return consent(remedy, marketer)
    if status == RemedyStatus.DECLINED:
        return decline_remedy(remedy=remedy, by=marketer, note="No.")
    if status == RemedyStatus.WITHDRAWN:
        return withdraw_remedy(remedy=remedy, by=planner)
    return remedy


@pytest.mark.parametrize("status", RemedyStatus)
@pytest.mark.parametrize("name", TRANSITIONS)
def test_every_state_transition_and_role(network, user_of, planner, marketer, status, name):
    remedy = settled(network, planner, marketer, status)
    decisions = Decision.objects.count()
    act, method, target, kind = TRANSITIONS[name]
    column = list(TRANSITIONS).index(name) + (0 if status == RemedyStatus.PROPOSED else 3)
    for role in Role:
        expected, user = SETTLING[role][column], user_of(role)
        offered = {found.method.__name__ for found in remedy.get_available_user_status_transitions(user)}
        assert (method in offered) == (expected is DONE)
        if expected is DONE:
            with undone():
                found = act(remedy, user)
                assert (found.status, found.settled_by) == (target, user)
                assert Decision.objects.first().kind == kind
            continue
        with pytest.raises(expected):
            act(remedy, user)
        assert Remedy.objects.get().status == status
        assert Decision.objects.count() == decisions


def test_expediting_moves_the_receipt_at_once_and_clears_the_flag(network, planner):
    original = network.receipt.current_eta
    remedy = expedite(network, planner)
    receipt = Receipt.objects.get()
    assert (receipt.current_eta, receipt.original_eta) == (EARLIEST, original)
    assert (remedy.status, remedy.eta_before, remedy.eta_after) == ("in_force", original, EARLIEST)
    assert remedy.cost_amount == 800
    assert ChangedSku.objects.get().product_id == network.crew.pk
    decision = Decision.objects.get()
    assert (decision.kind, decision.note) == (DecisionKind.REMEDY_IN_FORCE, REASON)
    assert decision.summary == ("Receipt PO-7/1 expedited from Sun 14 Feb to Sun 6 Dec: 400 units, $800")
    assert not network.recalculate().risk_state.needs_decision


@pytest.mark.parametrize(
    ("new_eta", "sentence"),
    [
        (TODAY - timedelta(days=1), "has passed"),
        (EARLIEST - timedelta(days=1), "needs 14 days to expedite it: Sun 6 Dec 2026 is the earliest"),
        (TODAY + timedelta(weeks=12), "is due on Sun 14 Feb 2027 already"),
        (date.max, "more than two years away"),
    ],
)
def test_dates_on_which_a_receipt_cannot_land(network, planner, new_eta, sentence):
    with pytest.raises(NotNow, match=sentence):
        expedite(network, planner, new_eta)
    assert_nothing_changed(network)


def test_a_past_due_receipt_is_re_dated_from_today_on_and_costs_nothing(network, planner):
    network.receipt.current_eta = TODAY - timedelta(days=3)
    network.receipt.save()
    with pytest.raises(NotNow, match="has passed"):
        expedite(network, planner, TODAY - timedelta(days=1))
    remedy = expedite(network, planner, TODAY + timedelta(days=1))
    assert remedy.cost_amount is None
    assert "re-dated" in Decision.objects.get().summary
    assert not network.recalculate().risk_state.needs_decision


def test_a_receipt_that_landed_meanwhile_is_not_expedited(network, planner):
    Receipt.objects.update(status=ReceiptStatus.RECEIVED)
    with pytest.raises(NotNow, match="no open receipt"):
        expedite(network, planner)


def test_reallocating_plans_a_transfer_and_clears_the_flag(network, planner):
    remedy = reallocate(network, planner, units=100)
    transfer = Transfer.objects.get()
    assert (transfer.units, transfer.ship_on, transfer.arrive_on) == (100, TODAY, TODAY + timedelta(days=2))
    assert (remedy.status, remedy.transfer) == ("in_force", transfer)
    assert Decision.objects.get().summary == "100 units reallocated from Leeds to York, arriving Tue 24 Nov"
    flag = network.recalculate()
    york = flag.lines.get(door=network.york)
    assert york.units_short == 0


def test_no_units_are_given_away_twice(network, planner):
    spare = FlagPreview(network.flag, TODAY).spare_units_by_door[network.leeds.pk]
    reallocate(network, planner, units=int(spare) - 10)
    with pytest.raises(NotNow, match=r"Leeds can spare 1[01] units"):
        reallocate(network, planner, units=20)
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"units": 0}, "at least one unit"),
        ({"units": 5_000}, "can spare"),
        ({"ship_on": TODAY - timedelta(days=1)}, "has passed"),
        ({"ship_on": TODAY + timedelta(weeks=9)}, "after the campaign's last day"),
    ],
)
def test_transfers_that_cannot_be(network, planner, facts, sentence):
    with pytest.raises(NotNow, match=sentence):
        reallocate(network, planner, **facts)
    assert_nothing_changed(network)


def test_units_go_to_short_doors_on_known_routes_alone(network, planner):
    with pytest.raises(NotNow, match="Leeds is not short"):
        reallocate(network, planner, from_door=network.york, to_door=network.leeds)
    with pytest.raises(NotNow, match="No route leads from Columbus DC to York"):
        reallocate(network, planner, from_door=network.dc)


def test_a_shift_changes_nothing_until_marketing_consents(network, planner, marketer):
    remedy = shift(network, planner)
    assert (remedy.status, remedy.settled_at) == ("proposed", None)
    assert not ChangedSku.objects.exists()
    assert CampaignLine.objects.get().product == network.crew
    consent(remedy, marketer, "Navy it is.")
    line = CampaignLine.objects.get()
    assert (line.product, line.lift_value) == (network.navy, 100.0)
    assert set(ChangedSku.objects.values_list("product_id", flat=True)) == {network.crew.pk, network.navy.pk}
    kinds = list(Decision.objects.order_by("pk").values_list("kind", "note"))
    assert kinds == [("remedy_proposed", REASON), ("remedy_in_force", "Navy it is.")]
    flag = network.recalculate()
    assert flag.closed_at is not None
    assert flag.decisions.count() == 2


def test_a_reduction_changes_nothing_until_marketing_consents(network, planner, marketer):
    remedy = reduce(network, planner, 20.0)
    assert CampaignLine.objects.get().lift_value == 100.0
    consent(remedy, marketer)
    line = CampaignLine.objects.get()
    assert (line.lift_value, line.uplift_ratio) == (20.0, pytest.approx(0.2))
    assert Decision.objects.first().summary == "Expected lift of CREW-MOSS-M cut from +100% to +20%"
    assert ChangedSku.objects.get().product_id == network.crew.pk


@pytest.mark.parametrize(
    ("lift_value", "sentence"),
    [
        (100.0, "enter a lower one"),
        (140.0, "enter a lower one"),
        (-101.0, "is the least"),
        (float("nan"), "number"),
    ],
)
def test_lifts_that_are_no_reduction(network, planner, lift_value, sentence):
    with pytest.raises(NotNow, match=sentence):
        reduce(network, planner, lift_value)
    assert_nothing_changed(network)


def test_only_a_ranged_sku_that_is_not_in_the_campaign_may_replace(network, planner):
    with pytest.raises(NotNow, match="features CREW-MOSS-M already"):
        shift(network, planner, replacement=network.crew)
    with pytest.raises(NotNow, match=r"No door of .* ranges SKU-X"):
        shift(network, planner, replacement=make_product(sku="SKU-X"))
    assert_nothing_changed(network)


@pytest.mark.parametrize(("act", "lock"), [(shift, "creative lock"), (reduce, "media lock")])
def test_a_passed_lock_must_be_acknowledged(network, planner, act, lock):
    campaign = network.campaign
    campaign.starts_on, campaign.ends_on = TODAY + timedelta(days=3), TODAY + timedelta(days=40)
    campaign.save()
    network.recalculate()
    with pytest.raises(NotNow, match=f"The {lock} passed on"):
        act(network, planner)
    assert act(network, planner, lock_acknowledged=True).status == "proposed"


@pytest.mark.parametrize("act", [shift, reduce])
def test_one_proposal_of_a_kind_waits_at_a_time(network, planner, act):
    first = act(network, planner)
    with pytest.raises(NotNow, match="already waits"):
        act(network, planner)
    withdraw_remedy(remedy=first, by=planner)
    assert act(network, planner).status == "proposed"


def changed_revision(network, marketer):
    network.campaign.__class__.objects.update(revision=7)


def changed_lift(network, marketer):
    set_expected_lift(line=CampaignLine.objects.get(), lift_unit="percent", lift_value=80, by=marketer)


def changed_sku(network, marketer):
    beanie = make_product(sku="BEANIE")
    range_at(beanie, network.york)
    replace_featured_sku(campaign=network.campaign, old=network.crew, new=beanie, by=marketer)


def cancelled(network, marketer):
    cancel_campaign(campaign=network.campaign, by=marketer)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (changed_revision, "changed since you opened this page"),
        (changed_lift, r"changed the lift of CREW-MOSS-M from \+100% to \+80%"),
        (changed_sku, "no longer features CREW-MOSS-M"),
        (cancelled, "is cancelled"),
    ],
)
@pytest.mark.parametrize("propose", [shift, reduce])
def test_consent_to_a_plan_that_changed_meanwhile_changes_nothing(
    network, planner, marketer, propose, change, sentence
):
    remedy = propose(network, planner)
    seen = network.campaign.revision
    change(network, marketer)
    if change is not changed_revision:
        network.campaign.refresh_from_db()
        seen = network.campaign.revision
    before = list(CampaignLine.objects.values())
    with pytest.raises(NotNow, match=sentence):
        consent_to_remedy(remedy=remedy, revision=seen, by=marketer)
    assert list(CampaignLine.objects.values()) == before
    assert Remedy.objects.get().status == RemedyStatus.PROPOSED


def test_consent_to_a_shift_whose_replacement_is_featured_meanwhile(network, planner, marketer):
    remedy = shift(network, planner)
    CampaignLine.objects.create(
        campaign=network.campaign, product=network.navy, lift_value=10, uplift_ratio=0.1
    )
    with pytest.raises(NotNow, match="features CREW-NAVY-M already"):
        consent(remedy, marketer)


def test_two_proposals_of_one_campaign_may_both_be_consented_to(network, planner, marketer):
    first, second = reduce(network, planner, 50.0), shift(network, planner)
    decline_remedy(remedy=second, by=marketer, note="The shoot is done.")
    assert consent(first, marketer).status == "in_force"


def test_reasons_stand_in_the_history(network, planner):
    expedite(network, planner)
    event = Receipt.pgh_event_model.objects.order_by("-pgh_id").first()
    assert event.current_eta == EARLIEST
    assert Remedy.objects.get().proposed_at >= NOW
