"""Who is told of a flag, of its dates and of signatures: each once, and nobody of what is not theirs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from marketing.campaigns.models import Campaign
from marketing.tests.factories import make_campaign, make_product
from planning.risk.choices import RiskState, RunScope
from planning.risk.decisions import accept_risk, approve_campaign, sign_acceptance
from planning.risk.domain import recalculate
from planning.risk.models import FlagEvent, RecalculationRun
from planning.risk.telling import remind_of_dates, tell_of_flags
from planning.supply.models import StockPosition
from planning.tests.factories import make_flag
from planning.tests.risk.cases import Network, recalculated
from sop_site.access.roles import Role
from sop_site.changes import mark_changed
from sop_site.notifications.choices import Kind
from sop_site.notifications.models import Notification

OWNER, PLANNER, VP, CMO = (
    Role.MARKETING_MEMBER,
    Role.PLANNING_MEMBER,
    Role.PLANNING_LEAD,
    Role.MARKETING_LEAD,
)


@pytest.fixture
def people(today, user_of) -> None:
    for role in Role:
        user_of(role)


def told() -> list[tuple[str, str, bool, set[str]]]:
    """Kind, title and colour of all that was told since the last time, and who was."""
    rows = Notification.objects.order_by("pk").values_list("kind", "title", "is_red", "recipient__username")
    found: dict[tuple[str, str, bool], set[str]] = {}
    for *what, username in rows:
        found.setdefault(tuple(what), set()).add(username)
    Notification.objects.update(title="")
    return [(*what, who) for what, who in found.items() if what[1]]


def short_campaign(network: Network, user_of, **facts) -> Campaign:
    """A campaign of the owner that features two SKUs, of which nothing is at the DC."""
    skus = [network.make_sku(sku, at_dc=0.0) for sku in ("TEE", "SOCK")]
    return make_campaign(
        products=skus, doors=network.doors, owner=user_of(OWNER), name="Winter Warmers", **facts
    )


def test_the_flags_of_a_campaign_are_told_together_and_once(people, user_of):
    network = Network.make()
    campaign = short_campaign(network, user_of)
    products = [line.product for line in campaign.lines.all()]
    recalculated(*products)
    assert tell_of_flags() == 1
    assert told() == [
        (
            Kind.FLAG_RAISED,
            "Winter Warmers: 2 SKUs cannot be served as planned",
            True,
            {OWNER, PLANNER, VP},
        )
    ]
    recalculated(*products)
    assert tell_of_flags() == 0
    campaign.lines.filter(product__sku="TEE").update(uplift_ratio=3.0)
    recalculated(*products)
    assert tell_of_flags() == 1
    assert told() == [(Kind.FLAG_WORSENED, "Winter Warmers: TEE got worse", True, {OWNER, PLANNER, VP})]


def test_what_cleared_or_was_accepted_meanwhile_is_not_told(people, user_of):
    campaign = short_campaign(Network.make(), user_of)
    products = [line.product for line in campaign.lines.all()]
    recalculated(*products)
    StockPosition.objects.filter(product=products[0]).update(on_hand_units=5_000)
    recalculated(*products)
    accept_risk(flag=campaign.flags.get(product=products[1]), by=user_of(PLANNER), reason="A late season.")
    told()
    assert tell_of_flags() == 0
    assert not FlagEvent.objects.filter(is_to_be_told=True).exists()


def test_while_workers_share_a_run_nobody_is_told_before_its_end(people, user_of):
    campaign = short_campaign(Network.make(), user_of)
    recalculated(*[line.product for line in campaign.lines.all()])
    now = timezone.now()
    run = RecalculationRun.objects.create(
        scope=RunScope.NIGHTLY, chunk_count=2, queued_at=now, heartbeat_at=now
    )
    assert tell_of_flags() == 0
    RecalculationRun.objects.filter(pk=run.pk).update(finished_at=now)
    assert tell_of_flags() == 1


def test_a_recalculation_itself_sends_no_more_statements_for_it(people, user_of, statements_sent):
    campaign = short_campaign(Network.make(), user_of)
    ids = [line.product_id for line in campaign.lines.all()]
    mark_changed(ids)
    with statements_sent() as sent:
        recalculate(product_ids=ids, scope=RunScope.EDIT)
    assert not any("notification" in str(statement) for statement in sent)
    assert FlagEvent.objects.filter(is_to_be_told=True).count() == 2


def test_a_date_is_told_when_it_is_near_and_passed_on_when_it_lapses(people, today, user_of):
    # Decided ten days before the start: on Friday the 27th. Today is Sunday the 22nd.
    product = make_product(sku="TEE")
    campaign = make_campaign(
        products=[product], starts_on=today + timedelta(days=15), owner=user_of(OWNER), name="Winter Warmers"
    )
    make_flag(campaign, product, state=RiskState.STOCKOUT)
    seen = {}
    for days in range(14):
        for _ in range(2):
            remind_of_dates(today + timedelta(days=days))
        if found := told():
            seen[days] = found
    near = (Kind.DECIDE_BY_NEAR, "Decide by Fri 27 Nov: TEE in Winter Warmers", True)
    lapsed = (Kind.DECIDE_BY_LAPSED, "Not decided by Fri 27 Nov: TEE in Winter Warmers", True)
    assert seen == {
        2: [(*near, {OWNER, PLANNER})],  # Tuesday: three working days before
        6: [(*lapsed, {OWNER, PLANNER, CMO, VP})],  # Saturday
        9: [(*lapsed, {Role.EXECUTIVE})],  # Tuesday: two working days past it
    }


def test_the_dates_of_a_campaign_are_told_together(people, today, user_of):
    # Today is Sunday the 22nd; on Monday the 23rd, Tuesday the 24th and, near from Tuesday on, the 27th.
    campaign = make_campaign(name="Winter Warmers")
    for days, sku in ((1, "TEE"), (2, "CREW"), (5, "SOCK")):
        make_flag(
            campaign, make_product(sku=sku), opened_at=None, decide_by_date=today + timedelta(days=days)
        )
    seen = []
    for days in range(5):
        remind_of_dates(today + timedelta(days=days))
        seen.append([title for _, title, _, who in told() if PLANNER in who])
    assert seen == [
        ["Decide by Mon 23 Nov: 2 SKUs in Winter Warmers"],
        [],
        [
            "Not decided by Mon 23 Nov: TEE in Winter Warmers",
            "Decide by Tue 24 Nov: 2 SKUs in Winter Warmers",
        ],
        ["Not decided by Mon 23 Nov: 2 SKUs in Winter Warmers"],
        [],
    ]


def test_both_who_must_sign_for_a_large_risk_are_asked_and_who_has_signed_is_not(people, user_of):
    product = make_product(sku="TEE")
    campaign = make_campaign(products=[product], name="Winter Warmers")
    flag = make_flag(campaign, product, revenue_short=50_000.0)
    acceptance = accept_risk(flag=flag, by=user_of(VP), reason="A late season.")
    asked = "The risk of TEE in Winter Warmers waits for two signatures"
    assert told() == [(Kind.SIGNATURE_ASKED, asked, False, {CMO})]
    sign_acceptance(acceptance=acceptance, by=user_of(CMO), note="")
    assert told() == []
    approve_campaign(campaign=campaign, by=user_of(CMO), note="")
    asked = "Winter Warmers waits for the second signature under its approval"
    assert told() == [(Kind.SIGNATURE_ASKED, asked, False, {VP})]
