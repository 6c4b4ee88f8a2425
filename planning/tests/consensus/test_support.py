"""The calendar held against the signed forecast: supported, missing, drifted, and what changed since."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from marketing.baseline.models import BaselineForecast
from marketing.baseline.vectors import FORECAST_WEEKS
from marketing.campaigns.choices import CampaignStatus, LiftUnit
from marketing.campaigns.models import Campaign, CampaignLine
from marketing.catalogue.models import Door, Product
from marketing.tests.factories import (
    TODAY,
    make_baseline,
    make_campaign,
    make_door,
    make_product,
    range_at,
    set_limits,
    set_scopes,
)
from planning.consensus.choices import Layer
from planning.consensus.models import ForecastVersion
from planning.consensus.packing import ENTERED, pack, unpacked
from planning.consensus.support import CampaignSupport, SkuSupport, SupportState, supports_of
from planning.risk.models import Flag
from planning.tests.consensus.cases import Forecast, make_block, make_cycle, make_version, publish
from sop_site.access.roles import Role
from sop_site.changes.models import ChangedSku
from sop_site.fiscal import FiscalMonth

pytestmark = pytest.mark.django_db

# Two fiscal weeks of January.
STARTS_ON = TODAY + timedelta(weeks=6)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def doors(today) -> tuple[Door, Door]:
    return make_door(region="North"), make_door(region="South")


@pytest.fixture
def forecast(doors) -> Forecast:
    """What is calculated is what is expected now: crew 20, polo 60, boot 10 a week in North and in South."""
    forecast = make_cycle()
    for product, weekly in ((forecast.crew, 20.0), (forecast.polo, 60.0), (forecast.boot, 10.0)):
        range_at(product, *doors)
        for door in doors:
            make_baseline(product, door, weekly)
    return forecast


@pytest.fixture
def signed(forecast) -> ForecastVersion:
    """The forecast is published, later than anything was planned."""
    version = publish(forecast.version, TODAY)
    return signed_at(version, timezone.now() + timedelta(hours=1))


def signed_at(version: ForecastVersion, moment: datetime) -> ForecastVersion:
    """Put the signature at a moment of the wall clock, by which changes of campaigns are dated."""
    version.published_at = moment
    version.save()
    return version


def plan(*products: Product, doors: tuple[Door, ...], ratio: float, **facts) -> Campaign:
    """Two weeks in January."""
    return make_campaign(products=products, doors=doors, uplift_ratio=ratio, starts_on=STARTS_ON, **facts)


def support_of(campaign: Campaign, today: date = TODAY) -> CampaignSupport:
    (support,) = supports_of([campaign], today=today)
    return support


def only_sku(campaign: Campaign) -> SkuSupport:
    (sku,) = support_of(campaign).skus
    return sku


def test_what_is_expected_within_the_tolerance_is_supported(forecast, signed, doors):
    # A tenth of the 80 signed for two weeks in two regions is 8.
    sku = only_sku(plan(forecast.crew, doors=doors, ratio=0.1))
    assert (sku.expected, sku.signed) == (pytest.approx(88.0), pytest.approx(80.0))
    assert sku.state == SupportState.SUPPORTED


def test_units_beyond_the_tolerance_are_missing_with_their_money(forecast, signed, doors):
    campaign = plan(forecast.crew, forecast.polo, doors=doors, ratio=1.0)
    support = support_of(campaign)
    assert [(sku.product.sku, sku.state) for sku in support.unsupported] == [
        ("CREW", SupportState.UNSUPPORTED),
        ("POLO", SupportState.UNSUPPORTED),
    ]
    assert (support.missing_units, support.missing_money) == pytest.approx((80.0 + 240.0, 320.0 * 50))
    assert support.skus[0].drift == pytest.approx(1.0)


def test_all_campaigns_of_the_weeks_count(forecast, signed, doors):
    mine = plan(forecast.crew, doors=doors, ratio=0.05)
    plan(forecast.crew, doors=doors[:1], ratio=1.0)
    assert only_sku(mine).expected == pytest.approx(80.0 + 4.0 + 40.0)


def test_doors_and_weeks_outside_a_campaign_count_whole(forecast, signed, doors):
    # Three days in one week at one door: the whole week everywhere is held against what is signed for it.
    campaign = plan(forecast.crew, doors=doors[:1], ratio=1.4, days=3)
    sku = only_sku(campaign)
    assert (sku.signed, sku.expected) == (pytest.approx(40.0), pytest.approx(40.0 + 20.0 * 1.4 * 3 / 7))


def test_fewer_expected_than_signed_is_below(forecast, signed, doors):
    BaselineForecast.objects.filter(product=forecast.crew).update(weekly_units=[10.0] * FORECAST_WEEKS)
    sku = only_sku(plan(forecast.crew, doors=doors, ratio=0.2))
    assert (sku.state, sku.drift) == (SupportState.BELOW, pytest.approx(-0.4))
    assert sku.reasons == ["The baseline moved: −40 units", "Campaigns of this SKU changed: +8 units"]


def test_what_people_signed_beside_the_campaigns_is_a_reason(forecast, doors):
    for block in forecast.version.blocks.all():
        make_consensus_half(block)
    signed_at(publish(forecast.version, TODAY), timezone.now() + timedelta(hours=1))
    sku = only_sku(plan(forecast.crew, doors=doors, ratio=0.0))
    assert (sku.signed, sku.missing) == (pytest.approx(40.0), pytest.approx(40.0))
    assert sku.reasons == ["Signed below the forecast with campaigns: +40 units"]
    assert sku.missing == pytest.approx(sku.baseline_moved + sku.campaigns_moved - sku.agreed)


def make_consensus_half(block) -> None:
    """The consensus of a block is half of what it was."""
    numbers = unpacked(block)
    numbers.entered[ENTERED.index(Layer.CONSENSUS)] /= 2
    pack(block, numbers)
    block.save()


def test_a_campaign_that_was_added_or_changed_since_the_signature_says_so(forecast, signed, doors):
    campaign = plan(forecast.crew, doors=doors, ratio=1.0)
    assert only_sku(campaign).reasons == ["Campaigns of this SKU changed: +80 units"]
    now = timezone.now()
    signed_at(signed, now - timedelta(days=2))
    assert only_sku(campaign).reasons == ["This campaign was added since the signature: +80 units"]
    Campaign.pgh_event_model.objects.update(pgh_created_at=now - timedelta(days=3))
    assert only_sku(campaign).reasons == ["Campaigns of this SKU changed: +80 units"]
    campaign.revision += 1
    campaign.save()
    assert only_sku(campaign).reasons == ["This campaign was changed since the signature: +80 units"]


def test_a_plan_that_was_a_draft_when_the_forecast_was_signed_was_submitted_since(forecast, signed, doors):
    campaign = plan(forecast.crew, doors=doors, ratio=1.0, status=CampaignStatus.DRAFT)
    now = timezone.now()
    Campaign.pgh_event_model.objects.update(pgh_created_at=now - timedelta(days=3))
    signed_at(signed, now - timedelta(days=2))
    campaign.submitted_at = now
    campaign.submit()
    campaign.save()
    assert only_sku(campaign).reasons == ["This campaign was submitted since the signature: +80 units"]


def test_the_newest_signed_forecast_of_each_week_counts(forecast, signed, doors):
    """December's cycle is about January and later; the week before is November's."""
    of_december = make_version(FiscalMonth(2026, 11))
    make_block(of_december, forecast.tops, "North", {forecast.crew: 100.0})
    signed_at(publish(of_december, TODAY), timezone.now() + timedelta(hours=2))
    campaign = make_campaign(
        products=[forecast.crew], doors=doors, starts_on=STARTS_ON - timedelta(days=1), days=8
    )
    assert only_sku(campaign).signed == pytest.approx(2 * 20.0 + 100.0)


def test_a_sku_that_moved_to_another_category_is_found_where_it_was(forecast, signed, doors):
    forecast.crew.category = forecast.shoes
    forecast.crew.save()
    sku = only_sku(plan(forecast.crew, doors=doors, ratio=0.0))
    assert (sku.signed, sku.is_in_forecast) == (pytest.approx(80.0), True)


def test_a_new_sku_is_not_in_the_signed_forecast(forecast, signed, doors):
    new = make_product(sku="NEW", category=forecast.tops, unit_price=None)
    range_at(new, *doors)
    make_baseline(new, doors[0], 5.0)
    sku = only_sku(plan(new, doors=doors, ratio=0.0))
    assert (sku.signed, sku.missing, sku.drift, sku.money) == (0.0, pytest.approx(10.0), None, None)
    assert sku.reasons == ["This SKU is not in the signed forecast"]


def test_weeks_that_no_signed_forecast_covers_are_not_judged(forecast, signed, doors):
    far = make_campaign(products=[forecast.crew], doors=doors, starts_on=TODAY + timedelta(weeks=30))
    support = support_of(far)
    assert support.why_not == "The signed forecast does not reach that far: it ends on Sat 29 May 2027."
    near = make_campaign(products=[forecast.crew], doors=doors, starts_on=TODAY)
    assert support_of(near).why_not == (
        "No signed forecast covers its weeks: the one in force begins on Sun 29 Nov 2026."
    )
    assert (support.is_beyond, support.skus) == (True, ())


def test_weeks_that_are_over_are_left_out(forecast, signed, doors):
    campaign = plan(forecast.crew, doors=doors, ratio=1.0, status=CampaignStatus.RUNNING)
    second_week = STARTS_ON + timedelta(days=9)
    BaselineForecast.objects.update(first_week_start=STARTS_ON)
    (sku,) = support_of(campaign, today=second_week).skus
    assert (sku.signed, sku.expected) == (pytest.approx(40.0), pytest.approx(80.0))


def test_units_over_the_whole_campaign_count_as_the_projection_has_them(forecast, signed, doors):
    campaign = plan(forecast.crew, doors=doors, ratio=0.0)
    CampaignLine.objects.update(
        lift_unit=LiftUnit.UNITS, lift_value=300.0, uplift_ratio=None, uplift_units=300.0
    )
    assert only_sku(campaign).missing == pytest.approx(300.0)


def test_before_a_forecast_is_signed_the_pages_say_so(forecast, doors, client_of):
    campaign = plan(forecast.crew, doors=doors, ratio=1.0)
    client = client_of(Role.PLANNING_MEMBER)
    page = client.get(reverse("consensus:campaign_support", args=[campaign.pk]))
    assertContains(page, "No forecast is signed yet.")
    assertContains(client.get(reverse("consensus:drift")), "No forecast is signed yet")
    assertContains(client.get(reverse("consensus:drift"), headers=HTMX), "Campaigns against the signed")


def test_a_campaign_says_what_the_signed_forecast_lacks(forecast, signed, doors, client_of):
    campaign = plan(forecast.crew, doors=doors, ratio=1.0)
    client = client_of(Role.PLANNING_MEMBER)
    address = reverse("consensus:campaign_support", args=[campaign.pk])
    assertContains(client.get(address), "80 units ($4,000) missing in the signed forecast")
    part = client.get(address, headers=HTMX)
    assertContains(part, "80 units ($4,000) missing in the signed forecast")
    assertNotContains(part, "<html")
    assertContains(client.get(campaign.get_absolute_url()), f'hx-get="{address}"')


def test_a_draft_is_marketings_own_and_not_held_against_anything(forecast, signed, doors, client_of):
    draft = plan(forecast.crew, doors=doors, ratio=1.0, status=CampaignStatus.DRAFT)
    address = reverse("consensus:campaign_support", args=[draft.pk])
    assert client_of(Role.PLANNING_LEAD).get(address).status_code == 404
    assertContains(client_of(Role.MARKETING_MEMBER).get(address), "Only a submitted, approved or running")
    assertNotContains(client_of(Role.MARKETING_MEMBER).get(reverse("consensus:drift")), draft.name)


def test_the_review_has_every_sku_beyond_the_tolerance_by_money(forecast, signed, doors, client_of):
    set_limits(consensus_drift_tolerance=0.2)
    one = plan(forecast.crew, forecast.boot, doors=doors, ratio=0.6, name="Winter Warmers")
    plan(forecast.polo, doors=doors, ratio=0.15, name="Within a fifth")
    BaselineForecast.objects.filter(product=forecast.boot).update(weekly_units=[3.0] * FORECAST_WEEKS)
    make_campaign(
        products=[forecast.polo], doors=doors, starts_on=TODAY + timedelta(weeks=40), name="Far Away"
    )
    client = client_of(Role.PLANNING_LEAD)
    page = client.get(reverse("consensus:drift"))
    found = [(sku.product.sku, sku.state.value) for sku in page.context["page"].page]
    assert found == [("CREW", "unsupported"), ("BOOT", "below")]
    assertContains(page, "$2.4k")
    assertContains(page, "Far Away")
    assertNotContains(page, "Within a fifth")
    note = client.get(reverse("consensus:drift"), headers=HTMX)
    assertContains(note, "1 campaign is not supported by the signed forecast")
    assertContains(note, f'<a href="{one.get_absolute_url()}">Winter Warmers</a>: 48 units ($2,400) missing')
    for listing in ("campaigns:calendar", "campaigns:list"):
        assertContains(client.get(reverse(listing)), f'hx-get="{reverse("consensus:drift")}"')


def test_a_category_may_drift_further_before_it_is_reviewed(forecast, signed, doors, client_of):
    plan(forecast.crew, forecast.boot, doors=doors, ratio=0.6)
    set_scopes({"category_path": forecast.crew.category.path, "consensus_drift_tolerance": 9.0})
    page = client_of(Role.PLANNING_LEAD).get(reverse("consensus:drift"))
    assert [sku.product.sku for sku in page.context["page"].page] == ["BOOT"]
    assert page.context["page"].tolerance == "10% (10% to 900% by category)"


def test_nothing_is_written_by_looking(forecast, signed, doors, client_of):
    plan(forecast.crew, doors=doors, ratio=1.0)
    ChangedSku.objects.all().delete()
    client_of(Role.PLANNING_LEAD).get(reverse("consensus:drift"))
    assert not ChangedSku.objects.exists()
    assert not Flag.objects.exists()


def test_the_review_asks_as_often_for_three_campaigns_as_for_one(forecast, signed, doors, client_of):
    client = client_of(Role.PLANNING_LEAD)
    counts = []
    for product in (forecast.crew, forecast.polo, forecast.boot):
        plan(product, doors=doors, ratio=1.0)
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("consensus:drift"))
        counts.append(len(asked))
    assert counts[0] == counts[2]
