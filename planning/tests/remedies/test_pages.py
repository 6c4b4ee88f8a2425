"""The forms of the four remedies, the proposals that wait, and the re-date list, as people see them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from marketing.campaigns.models import Campaign, CampaignLine
from marketing.tests.factories import TODAY, make_product
from planning.remedies.domain import expedite_receipt, propose_reduction, propose_shift
from planning.remedies.models import Remedy
from planning.supply.models import Receipt, Transfer
from planning.tests.factories import make_flag, make_receipt
from sop_site.access.roles import Role

pytestmark = pytest.mark.django_db
EARLIEST = TODAY + timedelta(days=14)


@pytest.fixture
def planning(client_of):
    return client_of(Role.PLANNING_MEMBER)


@pytest.fixture
def marketing(client_of):
    return client_of(Role.MARKETING_MEMBER)


def text_of(response) -> str:
    return response.content.decode()


def address(network, kind: str) -> str:
    return reverse(f"remedies:{kind}", args=[network.flag.pk])


def proposal(network, user_of, lift_value: float = 20.0) -> Remedy:
    return propose_reduction(
        flag=network.flag, lift_value=lift_value, by=user_of(Role.PLANNING_MEMBER), reason="Too thin."
    )


def test_expediting_by_its_form(network, planning):
    page = text_of(planning.get(address(network, "expedite")))
    assert "Works until" in page
    assert "PO-7/1, 400 units" in page
    assert "Clears the flag" in page
    assert f'value="{EARLIEST:%Y-%m-%d}"' in page
    answer = planning.post(
        address(network, "expedite"),
        {"receipt": network.receipt.pk, "new_eta": EARLIEST, "reason": "Ship by air."},
        follow=True,
    )
    assert answer.redirect_chain == [(network.flag.get_absolute_url(), 302)]
    assert "The flag is being recalculated" in text_of(answer)
    assert Receipt.objects.get().current_eta == EARLIEST


def test_an_eta_that_cannot_be_stands_beside_its_field_and_loses_nothing(network, planning):
    typed = {"receipt": network.receipt.pk, "new_eta": TODAY, "reason": "Ship by air."}
    answer = planning.post(address(network, "expedite"), typed)
    assert answer.status_code == 200
    assert "needs 14 days to expedite it" in answer.context["form"].errors["new_eta"][0]
    assert "Ship by air." in text_of(answer)
    assert f'value="{TODAY:%Y-%m-%d}"' in text_of(answer)
    assert not Remedy.objects.exists()


def test_no_receipt_to_expedite(network, planning):
    Receipt.objects.all().delete()
    assert "No receipt to expedite" in text_of(planning.get(address(network, "expedite")))


def test_reallocating_by_its_form(network, planning):
    page = planning.get(address(network, "reallocate"))
    assert "Leeds to York" in text_of(page)
    assert "Can spare" in text_of(page)
    pair = f"{network.leeds.pk}-{network.york.pk}"
    typed = {"transfer": pair, "units": 9_999, "ship_on": TODAY, "reason": "Leeds has plenty."}
    refused = planning.post(address(network, "reallocate"), typed)
    assert "Leeds can spare" in refused.context["form"].errors["units"][0]
    assert "Leeds has plenty." in text_of(refused)
    planning.post(address(network, "reallocate"), {**typed, "units": 40})
    transfer = Transfer.objects.get()
    assert (transfer.from_door, transfer.to_door, transfer.units) == (network.leeds, network.york, 40)


def test_a_day_beyond_the_calendar_is_refused(network, planning):
    pair = f"{network.leeds.pk}-{network.york.pk}"
    typed = {"transfer": pair, "units": 4, "ship_on": "9999-12-31", "reason": "Leeds has plenty."}
    refused = planning.post(address(network, "reallocate"), typed)
    assert "after the campaign's last day" in refused.context["form"].errors["ship_on"][0]


def test_shifting_by_its_form_with_a_search_that_loses_nothing(network, planning):
    beanie = make_product(sku="BEANIE", name="Rib Beanie")
    assert "CREW-NAVY-M" in text_of(planning.get(address(network, "shift")))
    searched = planning.post(address(network, "shift"), {"find": 1, "search": "rib", "reason": "More stock."})
    assert "Rib Beanie" in text_of(searched)
    assert "More stock." in text_of(searched)
    assert not searched.context["form"].errors
    typed = {"search": "rib", "replacement": beanie.sku, "reason": "More stock."}
    refused = planning.post(address(network, "shift"), typed)
    assert "ranges BEANIE" in refused.context["form"].errors["replacement"][0]
    answer = planning.post(address(network, "shift"), {**typed, "replacement": "CREW-NAVY-M"}, follow=True)
    assert "it waits for consent" in text_of(answer)
    assert Remedy.objects.get().replacement == network.navy


@pytest.mark.parametrize("code", ["NO-SUCH-SKU", "\x00"])
def test_an_unknown_sku_is_refused(network, planning, code):
    answer = planning.post(address(network, "shift"), {"replacement": code, "reason": "More stock."})
    assert answer.status_code == 200
    assert answer.context["form"].errors["replacement"]


def test_reducing_by_its_form(network, planning):
    stock = network.stock_at_york
    stock.on_hand_units = 95
    stock.save()
    network.recalculate()
    page = planning.get(address(network, "reduce"))
    clear = page.context["form"]["lift_value"].value()
    assert f"At +{clear:.0f}% the flag clears" in text_of(page)
    refused = planning.post(address(network, "reduce"), {"lift_value": 100, "reason": "Too thin."})
    assert "enter a lower one" in refused.context["form"].errors["lift_value"][0]
    planning.post(address(network, "reduce"), {"lift_value": clear, "reason": "Too thin."})
    assert Remedy.objects.get().lift_value_after == clear


def test_after_the_lock_the_form_opens_and_asks_for_a_tick(network, planning):
    Campaign.objects.update(starts_on=TODAY + timedelta(days=3), ends_on=TODAY + timedelta(days=40))
    network.recalculate()
    page = text_of(planning.get(address(network, "reduce")))
    assert "The media lock has passed" in page
    assert "I know that the media lock has passed" in page
    typed = {"lift_value": 20, "reason": "Too thin."}
    refused = planning.post(address(network, "reduce"), typed)
    assert "tick this to go on" in refused.context["form"].errors["lock_acknowledged"][0]
    assert planning.post(address(network, "reduce"), {**typed, "lock_acknowledged": "on"}).status_code == 302


@pytest.mark.parametrize("kind", ["expedite", "reallocate", "shift", "reduce"])
def test_a_campaign_that_is_no_longer_planned_says_so(network, planning, kind):
    Campaign.objects.update(status="cancelled")
    page = text_of(planning.get(address(network, kind)))
    assert "no longer plans CREW-MOSS-M" in page
    assert '<form class="form-page"' not in page


@pytest.mark.parametrize("kind", ["shift", "reduce"])
def test_a_sku_that_marketing_took_out_says_so(network, planning, kind):
    CampaignLine.objects.all().delete()
    page = text_of(planning.get(address(network, kind)))
    assert "taken this SKU out of the campaign" in page


def test_a_second_proposal_says_that_one_waits_and_loses_nothing(network, planning, user_of):
    proposal(network, user_of)
    answer = planning.post(address(network, "reduce"), {"lift_value": 30, "reason": "Thinner still."})
    assert "already waits" in answer.context["form"].non_field_errors()[0]
    assert "Thinner still." in text_of(answer)


def test_marketing_consents_on_the_waiting_page(network, marketing, user_of):
    remedy = proposal(network, user_of)
    page = text_of(marketing.get(reverse("remedies:waiting")))
    assert "Expected lift of CREW-MOSS-M: +100% → +20%" in page
    assert "Too thin." in page
    assert reverse("remedies:consent", args=[remedy.pk]) in page
    assert reverse("remedies:withdraw", args=[remedy.pk]) not in page
    typed = {"revision": network.campaign.revision, "note": "Fine."}
    answer = marketing.post(reverse("remedies:consent", args=[remedy.pk]), typed, follow=True)
    assert "You consented" in text_of(answer)
    assert "Nothing waits for Marketing" in text_of(answer)
    assert CampaignLine.objects.get().lift_value == 20


def test_consent_to_a_plan_that_was_not_seen_says_so(network, marketing, user_of):
    remedy = proposal(network, user_of)
    typed = {"revision": network.campaign.revision - 1, "note": ""}
    answer = marketing.post(reverse("remedies:consent", args=[remedy.pk]), typed, follow=True)
    assert "changed since you opened this page" in text_of(answer)
    assert CampaignLine.objects.get().lift_value == 100


def test_declining_takes_a_reason(network, marketing, user_of):
    remedy = proposal(network, user_of)
    url = reverse("remedies:decline", args=[remedy.pk])
    assert "Say why not" in text_of(marketing.post(url, {"note": ""}, follow=True))
    marketing.post(url, {"note": "The media is booked."})
    remedy.refresh_from_db()
    assert (remedy.status, remedy.settled_note) == ("declined", "The media is booked.")


def test_planning_withdraws_and_others_read(network, planning, client_of, user_of):
    remedy = proposal(network, user_of)
    page = text_of(client_of(Role.EXECUTIVE).get(reverse("remedies:waiting")))
    assert "Too thin." in page
    assert '<form method="post" action="/remedies/' not in page
    assert reverse("remedies:withdraw", args=[remedy.pk]) in text_of(
        planning.get(reverse("remedies:waiting"))
    )
    planning.post(reverse("remedies:withdraw", args=[remedy.pk]), {"note": ""})
    remedy.refresh_from_db()
    assert remedy.status == "withdrawn"


def test_a_proposal_for_a_cancelled_campaign_offers_no_consent(network, marketing, user_of):
    remedy = proposal(network, user_of)
    Campaign.objects.update(status="cancelled")
    page = text_of(marketing.get(reverse("remedies:waiting")))
    assert "nothing to consent to" in page
    assert reverse("remedies:consent", args=[remedy.pk]) not in page
    assert reverse("remedies:decline", args=[remedy.pk]) in page


def test_the_flag_shows_its_remedies_and_offers_more(network, planning, client_of, user_of):
    planner = user_of(Role.PLANNING_MEMBER)
    url = reverse("remedies:of_flag", args=[network.flag.pk])
    assert "No remedy has been taken" in text_of(planning.get(url))
    propose_shift(flag=network.flag, replacement=network.navy, by=planner, reason="Navy is plenty.")
    expedite_receipt(
        flag=network.flag, receipt=network.receipt, new_eta=EARLIEST, by=planner, reason="By air."
    )
    page = text_of(planning.get(url))
    for shown in ("Feature CREW-NAVY-M", "Waits for Marketing", "In force", "$800", "Withdraw"):
        assert shown in page
    assert address(network, "reduce") in page
    read = text_of(client_of(Role.EXECUTIVE).get(url))
    assert "By air." in read
    assert address(network, "reduce") not in read
    fragment = text_of(planning.get(url, headers={"HX-Request": "true"}))
    assert "<html" not in fragment


def test_a_past_due_receipt_offers_re_dating_on_the_flag_and_in_the_list(network, planning):
    Receipt.objects.update(current_eta=TODAY - timedelta(days=5))
    network.recalculate()
    assert address(network, "expedite") in text_of(
        planning.get(reverse("remedies:of_flag", args=[network.flag.pk]))
    )
    page = text_of(planning.get(reverse("remedies:redates")))
    form = text_of(planning.get(address(network, "expedite")))
    assert f'value="{TODAY:%Y-%m-%d}"' in form
    assert "if it landed today" in form
    assert "5 days late" in page
    assert "Clears the flag" in page
    assert address(network, "expedite") in page


def test_a_past_due_receipt_that_helps_no_flag(network, planning):
    make_receipt(network.navy, network.dc, 50, eta=TODAY - timedelta(days=2))
    assert "No flag that needs a decision" in text_of(planning.get(reverse("remedies:redates")))


def test_nothing_to_re_date(today, planning):
    assert "No open receipt is past its ETA" in text_of(planning.get(reverse("remedies:redates")))


@pytest.fixture
def counted(statements_sent) -> Callable[[Client, str], int]:
    """Answers how many statements a page sends to the database."""

    def count(client: Client, url: str) -> int:
        with statements_sent() as sent:
            assert client.get(url).status_code == 200
        return len(sent)

    return count


def test_waiting_sends_the_same_number_of_statements_for_one_and_three(network, marketing, user_of, counted):
    proposal(network, user_of)
    url = reverse("remedies:waiting")
    one = counted(marketing, url)
    for sku in ("A", "B"):
        product = make_product(sku=sku)
        CampaignLine.objects.create(
            campaign=network.campaign, product=product, lift_value=100, uplift_ratio=1
        )
        propose_shift(
            flag=make_flag(network.campaign, product),
            replacement=network.navy,
            by=user_of(Role.PLANNING_MEMBER),
            reason="x",
        )
    assert counted(marketing, url) == one


def test_the_re_date_list_sends_the_same_number_of_statements_for_one_and_three(network, planning, counted):
    Receipt.objects.update(current_eta=TODAY - timedelta(days=5))
    url = reverse("remedies:redates")
    one = counted(planning, url)
    make_receipt(network.crew, network.dc, 50, eta=TODAY - timedelta(days=2))
    make_receipt(network.navy, network.dc, 50, eta=TODAY - timedelta(days=2))
    assert counted(planning, url) == one
