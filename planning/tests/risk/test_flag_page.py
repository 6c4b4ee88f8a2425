"""The page of a flag, its arithmetic, and the forms in which people decide."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from marketing.campaigns.choices import CampaignStatus
from marketing.tests.factories import (
    NOW,
    TODAY,
    make_baseline,
    make_campaign,
    make_dc,
    make_door,
    make_product,
    range_at,
)
from planning.risk.arithmetic import door_arithmetic, network_arithmetic
from planning.risk.choices import AcceptanceStatus, RiskState, SigningSide
from planning.risk.decisions import accept_risk, decline_acceptance, sign_acceptance
from planning.risk.models import Decision, Flag, FlagEvent, RiskAcceptance
from planning.risk.pulse import campaign_pulse, flag_pulse
from planning.risk.queries import flag_page
from planning.tests.factories import make_flag, make_receipt, make_route, make_stock
from sop_site.access.roles import Role
from sop_site.changes import mark_changed

pytestmark = pytest.mark.usefixtures("today")
# With 52 days until it is there it was too late ten days ago.
REMEDIES = {"supply_need_date": date(2027, 1, 3), "expedite_days": 50, "route_days": 2}


@pytest.fixture
def shortage():
    """A SKU that sells 10 a week at a store and doubles in the campaign; the DC's receipt comes too late."""
    product = make_product(sku="TEE-1", name="Linen tee")
    dc = make_dc(code="DC", name="Columbus DC")
    door = make_door(code="S1", name="High Street", supplied_by=dc)
    range_at(product, door, presentation_minimum_units=3)
    make_stock(product, door, 45, committed_units=2)
    make_stock(product, dc, 25)
    make_baseline(product, door, 10.0)
    make_route(dc, door, transit_days=2)
    make_receipt(product, dc, 100, po_number="PO-77", eta=TODAY + timedelta(weeks=9))
    campaign = make_campaign(name="Winter push", products=[product], doors=[door])
    flag = make_flag(campaign, product, doors=(door,), worst_door=door, revenue_short=9_600.0, **REMEDIES)
    return flags_visible_to_all().get(pk=flag.pk)


def flags_visible_to_all():
    return Flag.objects.select_related("campaign__mechanic", "product", "worst_door", "operating_model")


def page_at(client, name: str, *args) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_risk_stands_in_one_sentence(shortage, user_of):
    page = flag_page(shortage, user_of(Role.EXECUTIVE))
    assert page.headline == "1 door runs short from Sun 3 Jan: 100 of 500 units, $9.6k of revenue."


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"state": RiskState.OUT, "revenue_short": None},
            "1 door runs short from Sun 3 Jan: 100 of 500 units.",
        ),
        (
            {"state": RiskState.AT_RISK, "units_short": 0.0, "cover": 1.02},
            "1 door is served, but thinly: cover 1.02× at the worst, under the threshold of 1.10×."
            " Nothing is short yet.",
        ),
        (
            {"state": RiskState.WATCH, "units_short": 0.0, "cover": 1.15},
            "Covered only just, or by what is still on its way: cover 1.15× at the worst door.",
        ),
        (
            {"state": RiskState.NO_DATA, "units_short": 0.0, "cover": None},
            "1 door lacks a stock record or a baseline, so nothing can be promised.",
        ),
        (
            {"state": RiskState.OK, "units_short": 0.0, "cover": 2.0},
            "Every door can be served: cover 2.00× at the worst, over the threshold of 1.10×.",
        ),
    ],
)
def test_every_state_has_its_sentence(user_of, facts, sentence):
    product, door = make_product(), make_door()
    flag = make_flag(make_campaign(products=[product]), product, doors=(door,), **facts)
    assert flag_page(flag, user_of(Role.EXECUTIVE)).headline == sentence


def test_each_remedy_says_until_when_it_works_and_what_that_rests_on(shortage, user_of):
    expedite, reallocate, shift, _ = flag_page(shortage, user_of(Role.PLANNING_MEMBER)).deadlines
    assert (expedite.is_lapsed, expedite.is_open) == (True, False)
    assert expedite.basis == (
        "Sun 3 Jan, the first short day, less 50 days of the supplier's expedite (of this SKU)"
        " and 2 days of the way from the DC to the door (of the route)."
    )
    assert reallocate.decide_by_date is None
    assert "any to spare" in reallocate.basis
    assert shift.is_open
    assert shift.basis.endswith("less 21 days of the creative lock (operating model v1).")


@pytest.mark.parametrize("role", Role)
def test_what_one_may_not_do_is_not_offered(shortage, client_of, role):
    page = page_at(client_of(role), "risk:flag", shortage.pk)
    assert ("Accept the risk" in page) == (role in (Role.PLANNING_MEMBER, Role.PLANNING_LEAD))
    assert reverse("risk:door", args=[shortage.pk, shortage.worst_door_id]) in page


def test_decisions_and_changes_stand_in_their_order(shortage, user_of):
    FlagEvent.objects.create(
        flag=shortage, kind="worsened", at=NOW, from_state="at_risk", to_state="stockout", units_short=100
    )
    accept_risk(flag=shortage, by=user_of(Role.PLANNING_MEMBER), reason="We take it.")
    decided, found = flag_page(shortage, user_of(Role.EXECUTIVE)).timeline
    assert decided.title == "Risk accepted: 100 units, $9,600 of revenue"
    assert decided.note == "We take it."
    assert found.title == "Worsened: stockout, was at risk, 100 units short"


def test_the_ledger_adds_up_as_it_is_shown(shortage):
    own, network = door_arithmetic(shortage, shortage.worst_door).ledgers
    for ledger in (own, network):
        shown = {
            row.label: [number(cell.text) for cell in row.cells]
            for group in ledger.groups
            for row in group.rows
        }
        supply = ledger.groups[0].rows
        for week in range(len(ledger.columns)):
            parts = sum(
                (-1 if "minus" in row.css else 1) * number(row.cells[week].text)
                for row in supply
                if row.label != "Available"
            )
            assert parts == shown["Available"][week]
            sold = shown.get("Sold", [Decimal(0)] * 99)[week]
            assert shown["Available"][week] - sold == shown["Closing stock"][week]
            if "Demand" in shown:
                assert sold + shown["Unmet (lost sales)"][week] == shown["Demand"][week]
                uplift = shown["Uplift of Winter push"][week]
                assert shown["Baseline"][week] + uplift == shown["Demand"][week]
            if week:
                assert shown["Opening stock"][week] == shown["Closing stock"][week - 1]
    assert "Receipt PO-77/1, ETA Sun 24 Jan" in [row.label for row in network.groups[0].rows]


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("\u2212", "-").replace("\u2013", "0"))


def test_the_arithmetic_page_names_its_sources(shortage, client_of):
    page = page_at(client_of(Role.EXECUTIVE), "risk:door", shortage.pk, shortage.worst_door_id)
    for words in (
        "On hand 45, less 2 committed: 43 sellable now, of which 3 stay on display.",
        "The threshold is 1.10×",
        "operating model v1",
        "Replenished from Columbus DC",
        "Uplift of Winter push",
        "Columbus DC replenishes it every week, 2 days on the way.",
    ):
        assert words in page
    assert "simulated" not in page


def test_simulated_stock_and_past_due_receipts_are_named(client_of, shortage):
    from planning.supply.models import StockPosition

    StockPosition.objects.update(is_simulated=True)
    make_receipt(shortage.product, shortage.worst_door, 7, po_number="PO-9", eta=TODAY - timedelta(days=3))
    page = page_at(client_of(Role.EXECUTIVE), "risk:door", shortage.pk, shortage.worst_door_id)
    assert "On hand 45 (simulated)" in page
    assert "This position is simulated" in page
    assert "PO-9/1 was due on Thu 19 Nov and counts for nothing until it is re-dated: 7 units." in page


def test_the_network_line_of_the_dc_is_shown(shortage):
    (network,) = network_arithmetic(shortage, [shortage.worst_door])
    assert network.title == "Columbus DC: what the DC can send"
    assert [row.label for row in network.groups[0].rows][-1] == "Closing stock"


def test_accepting_takes_a_reason_and_shows_the_size(shortage, client_of):
    client, address = client_of(Role.PLANNING_MEMBER), reverse("risk:accept", args=[shortage.pk])
    seen = shortage.calculated_at.isoformat()
    assert "Stockout: 100 units, $9,600 of revenue" in client.get(address).content.decode()
    answer = client.post(address, {"reason": " ", "seen": seen})
    assert "Say why you take this risk." in answer.content.decode()
    answer = client.post(address, {"reason": "Two days only.", "seen": seen}, follow=True)
    assert answer.redirect_chain == [(shortage.get_absolute_url(), 302)]
    assert "Risk accepted. The decision stays on the flag." in answer.content.decode()
    assert RiskAcceptance.objects.get().status == AcceptanceStatus.IN_FORCE


def test_a_risk_recalculated_meanwhile_is_shown_again_and_nothing_typed_is_lost(shortage, client_of):
    client, address = client_of(Role.PLANNING_MEMBER), reverse("risk:accept", args=[shortage.pk])
    old = shortage.calculated_at.isoformat()
    Flag.objects.update(units_short=300, calculated_at=NOW + timedelta(minutes=1))
    page = client.post(address, {"reason": "Two days only.", "seen": old}).content.decode()
    assert "recalculated while you wrote" in page
    assert "Two days only." in page
    assert "300 units" in page
    assert not RiskAcceptance.objects.exists()
    new = Flag.objects.get().calculated_at.isoformat()
    assert f'value="{new}"' in page
    assert client.post(address, {"reason": "Two days only.", "seen": new}).status_code == 302


def test_a_large_risk_is_signed_on_the_page_of_the_flag(shortage, client_of, user_of):
    Flag.objects.update(revenue_short=25_000.0)
    flag = Flag.objects.get()
    acceptance = accept_risk(flag=flag, by=user_of(Role.PLANNING_LEAD), reason="Worth it.")
    cmo = client_of(Role.MARKETING_LEAD)
    page = page_at(cmo, "risk:flag", flag.pk)
    assert "Your signature is asked for" in page
    assert "waits for CMO" in page
    assert "Your signature is asked for" not in page_at(
        client_of(Role.MARKETING_MEMBER), "risk:flag", flag.pk
    )
    decline = reverse("risk:decline_acceptance", args=[acceptance.pk])
    assert "Say why" in cmo.post(decline, {"decline-note": ""}).content.decode()
    sign = reverse("risk:sign_acceptance", args=[acceptance.pk])
    answer = cmo.post(sign, {"sign-note": "Fine."}, follow=True)
    assert "Risk accepted." in answer.content.decode()
    answer = cmo.post(sign, {"sign-note": "Again."}, follow=True)
    assert "This acceptance no longer waits: in force." in answer.content.decode()


def test_a_poll_shows_the_signature_of_another_and_keeps_the_forms(shortage, client_of, user_of):
    Flag.objects.update(revenue_short=25_000.0)
    acceptance = accept_risk(flag=Flag.objects.get(), by=user_of(Role.PLANNING_MEMBER), reason="Worth it.")
    cmo, address = client_of(Role.MARKETING_LEAD), reverse("risk:flag", args=[shortage.pk])

    def poll() -> str:
        seen = {"seen": before}
        return cmo.get(address, seen, headers={"HX-Request": "true"}).content.decode()

    before = flag_pulse(flags_visible_to_all().get())
    assert "waits for VP Planning and CMO" in page_at(cmo, "risk:flag", shortage.pk)
    assert poll() == ""
    vp = user_of(Role.PLANNING_LEAD)
    sign_acceptance(acceptance=acceptance, by=vp, note="Fine.")
    fragment = poll()
    assert f"VP Planning</span> signed: {vp}" in fragment
    assert f'id="sign-{acceptance.pk}" hx-preserve' in fragment
    before = flag_pulse(flags_visible_to_all().get())
    decline_acceptance(acceptance=acceptance, by=vp, note="Not any more.")
    assert "Your signature is asked for" not in poll()


def test_a_poll_of_a_campaign_gets_204_until_something_changes(shortage, client_of, user_of):
    client, campaign = client_of(Role.PLANNING_LEAD), shortage.campaign
    address = reverse("risk:campaign", args=[campaign.pk])

    def changed() -> bool:
        answer = client.get(address, {"seen": before}, headers={"HX-Request": "true"})
        return answer.status_code == 200

    def pulse() -> str:
        campaign.refresh_from_db()
        return campaign_pulse(campaign)

    before = pulse()
    assert not changed()
    mark_changed([shortage.product_id])
    assert changed()
    before = pulse()
    accept_risk(flag=shortage, by=user_of(Role.PLANNING_MEMBER), reason="We take it.")
    assert changed()
    before = pulse()
    side, by = SigningSide.MARKETING, user_of(Role.MARKETING_LEAD)
    campaign.approval_signatures.create(campaign_revision=campaign.revision, side=side, at=NOW, by=by)
    assert changed()
    before = pulse()
    assert not changed()


def test_the_campaign_page_says_what_is_open_and_approves(shortage, client_of, user_of):
    client, campaign = client_of(Role.PLANNING_MEMBER), shortage.campaign
    address = reverse("risk:campaign", args=[campaign.pk])
    approve = reverse("risk:approve_campaign", args=[campaign.pk])
    assert "1 flag still needs a decision." in client.get(address).content.decode()
    answer = client.post(approve, {"approve-revision": campaign.revision}, follow=True)
    assert "1 flag still needs a decision." in answer.content.decode()
    accept_risk(flag=shortage, by=user_of(Role.PLANNING_MEMBER), reason="We take it.")
    page = client.get(address).content.decode()
    assert "Decided" in page
    assert f'action="{approve}"' in page
    answer = client.post(approve, {"approve-revision": campaign.revision, "approve-note": "Go."}, follow=True)
    assert "Approved Winter push." in answer.content.decode()
    campaign.refresh_from_db()
    assert (campaign.status, campaign.decision_note) == (CampaignStatus.APPROVED, "Go.")


def test_a_rejection_needs_a_reason(shortage, client_of):
    client, campaign = client_of(Role.PLANNING_LEAD), shortage.campaign
    address = reverse("risk:reject_campaign", args=[campaign.pk])
    assert "Say why" in client.post(address, {"reject-revision": campaign.revision}).content.decode()
    client.post(address, {"reject-revision": campaign.revision, "reject-note": "Move it."})
    campaign.refresh_from_db()
    assert campaign.status == CampaignStatus.REJECTED


def test_a_plan_changed_since_the_page_was_opened_is_not_approved(shortage, client_of, user_of):
    client, campaign = client_of(Role.PLANNING_MEMBER), shortage.campaign
    accept_risk(flag=shortage, by=user_of(Role.PLANNING_MEMBER), reason="We take it.")
    address = reverse("risk:approve_campaign", args=[campaign.pk])
    answer = client.post(address, {"approve-revision": campaign.revision - 1}, follow=True)
    assert "Marketing changed this plan just now" in answer.content.decode()
    campaign.refresh_from_db()
    assert campaign.status == CampaignStatus.SUBMITTED


def test_the_decision_is_embedded_as_a_fragment(shortage, client_of):
    address = reverse("risk:campaign", args=[shortage.campaign_id])
    page = client_of(Role.MARKETING_MEMBER).get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert "Planning&#x27;s decision" in page or "Planning's decision" in page


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("risk:accept", (Role.PLANNING_MEMBER, Role.PLANNING_LEAD)),
        ("risk:sign_acceptance", (Role.PLANNING_LEAD, Role.MARKETING_LEAD)),
        ("risk:decline_acceptance", (Role.PLANNING_LEAD, Role.MARKETING_LEAD)),
        ("risk:approve_campaign", (Role.PLANNING_LEAD, Role.MARKETING_LEAD)),
        ("risk:reject_campaign", (Role.PLANNING_MEMBER, Role.PLANNING_LEAD)),
    ],
)
@pytest.mark.parametrize("role", Role)
def test_others_get_403(shortage, client_of, user_of, name, roles, role):
    Flag.objects.update(revenue_short=25_000.0)
    acceptance = accept_risk(flag=Flag.objects.get(), by=user_of(Role.PLANNING_MEMBER), reason="Worth it.")
    RiskAcceptance.objects.update(
        status="in_force" if name == "risk:approve_campaign" else "proposed",
        planning_signed_at=NOW,
        planning_signed_by=user_of(Role.PLANNING_LEAD),
        marketing_signed_at=NOW,
        marketing_signed_by=user_of(Role.MARKETING_LEAD),
    )
    key = {"risk:accept": shortage.pk}.get(name, shortage.campaign_id)
    key = acceptance.pk if "acceptance" in name else key
    answer = client_of(role).post(reverse(name, args=[key]))
    assert answer.status_code == (200 if role in roles else 403) or (
        role in roles and answer.status_code == 302
    )


def test_a_flag_of_a_draft_is_out_of_reach_of_others(client_of):
    product = make_product()
    campaign = make_campaign(products=[product], status=CampaignStatus.DRAFT)
    flag = make_flag(campaign, product)
    for name, key in (("risk:flag", flag.pk), ("risk:campaign", campaign.pk)):
        assert client_of(Role.PLANNING_LEAD).get(reverse(name, args=[key])).status_code == 404


def test_the_page_says_when_it_is_being_recalculated_and_follows(shortage, client_of):
    client, address = client_of(Role.PLANNING_MEMBER), reverse("risk:flag", args=[shortage.pk])
    seen = flag_pulse(shortage)
    headers = {"HX-Request": "true"}
    assert client.get(address, {"seen": seen}, headers=headers).status_code == 204
    mark_changed([shortage.product_id])
    answer = client.get(address, {"seen": seen}, headers=headers)
    assert "Being recalculated" in answer.content.decode()


@pytest.mark.parametrize("name", ["risk:flag", "risk:campaign"])
def test_rows_cost_no_statements(shortage, client_of, user_of, name, statements_sent):
    client = client_of(Role.PLANNING_LEAD)
    key = shortage.pk if name == "risk:flag" else shortage.campaign_id

    def count() -> int:
        with statements_sent() as sent:
            assert client.get(reverse(name, args=[key])).status_code == 200
        return len(sent)

    def add() -> None:
        short, covered, stranger = make_door(), make_door(), make_door()
        shortage.campaign.doors.add(short, covered, stranger)
        range_at(shortage.product, short, covered)
        shortage.lines.create(door=short, state=RiskState.STOCKOUT, cover=0.5)
        flag = make_flag(shortage.campaign, make_product())
        for found in (shortage, flag):
            Decision.objects.create(
                flag=found, kind="accepted", summary="x", at=NOW, by=user_of(Role.PLANNING_LEAD)
            )

    add()
    one = count()
    add()
    add()
    assert count() == one
