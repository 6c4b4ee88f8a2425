"""The page on which the forecast is signed, sent back, reopened and compared."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketing.catalogue.models import Category
from marketing.tests.factories import make_product
from planning.consensus.choices import CycleStatus, Layer, RemarkKind, Seat
from planning.consensus.domain import Change, Scope, enter_units, remark
from planning.consensus.models import Cycle, ForecastSignature, ForecastVersion
from planning.consensus.signing_page import signing_page
from planning.consensus.snapshots import snapshot_of
from planning.tests.consensus.cases import PASSWORD, Forecast, advance, make_block, make_cycle, signed, signer
from sop_site.access.roles import Role


@pytest.fixture
def forecast(today, user_of) -> Forecast:
    """It waits for signatures."""
    forecast = make_cycle()
    advance(forecast, CycleStatus.SIGNING, user_of)
    return forecast


def posted(client, forecast: Forecast, **facts):
    given = {"snapshot": snapshot_of(forecast.version).token, "password": PASSWORD, "comment": "", **facts}
    return client.post(reverse("consensus:sign", args=[forecast.cycle.pk]), given)


def client_for(client_of, user_of, seat: Seat):
    """Someone who can sign for the seat, signed in."""
    client = client_of(signer(seat, user_of).role)
    client.force_login(signer(seat, user_of))
    return client


def test_all_four_sign_and_it_is_published(forecast, client_of, user_of):
    for seat in Seat:
        answer = posted(client_for(client_of, user_of, seat), forecast, comment=f"{seat.label} agrees")
        assert answer.status_code == 302
    assert Cycle.objects.get().status == CycleStatus.PUBLISHED
    page = client_of(Role.MARKETING_MEMBER).get(reverse("consensus:sign", args=[forecast.cycle.pk]))
    assert "Published and locked" in page.content.decode()
    assert "CMO agrees" in page.content.decode()


def test_a_wrong_password_is_told_beside_its_field_and_signs_nothing(forecast, client_of, user_of):
    answer = posted(
        client_for(client_of, user_of, Seat.CMO), forecast, password="guess", comment="I typed this"
    )
    assert answer.status_code == 200
    assert answer.context["form"].errors == {"password": ["That is not your password. Nothing was signed."]}
    assert "I typed this" in answer.content.decode()
    assert ForecastSignature.objects.count() == 0


def test_a_stale_page_is_refused_with_the_difference(forecast, client_of, user_of):
    seen = snapshot_of(forecast.version).token
    enter_units(
        version=forecast.version, layer=Layer.CONSENSUS, by=user_of(Role.PLANNING_LEAD), reason="Late boot",
        changes=[Change(Scope(category_id=forecast.shoes.pk, door_group="North"), 0, 30.0)],
    )  # fmt: skip
    answer = posted(client_for(client_of, user_of, Seat.CMO), forecast, snapshot=seen)

    assert answer.context["changed"] == [
        f"{user_of(Role.PLANNING_LEAD)} set Shoes in North from 50 to 30 units in December: Late boot"
    ]
    assert ForecastSignature.objects.count() == 0
    assert posted(client_for(client_of, user_of, Seat.CMO), forecast).status_code == 302
    assert ForecastSignature.objects.count() == 1


@pytest.mark.parametrize("token", ["", "x", "x.y", "é.²"])
def test_a_token_that_no_page_gave_signs_nothing(forecast, client_of, user_of, token):
    assert posted(client_for(client_of, user_of, Seat.CMO), forecast, snapshot=token).status_code == 200
    assert ForecastSignature.objects.count() == 0


def test_the_page_says_what_an_executive_needs(forecast, user_of):
    enter_units(
        version=forecast.version, layer=Layer.CONSENSUS, by=user_of(Role.PLANNING_LEAD), reason="New store",
        changes=[Change(Scope(category_id=forecast.tops.pk), 0, 1_000.0)],
    )  # fmt: skip
    remark(
        version=forecast.version, kind=RemarkKind.OPEN_POINT, text="Does the polo land?",
        by=user_of(Role.MERCHANDISING_LEAD),
    )  # fmt: skip
    page = signing_page(forecast.version, user_of(Role.EXECUTIVE))

    assert [figure.value for figure in page.figures] == [
        "4,880 units", "$244k", "$97.6k", "–", "+200 units",
    ]  # fmt: skip
    assert page.figures[0].note.endswith("above last year")
    assert (page.entry_count, [point.text for point in page.open_points]) == (1, ["Does the polo land?"])
    assert page.risks == tuple(
        f"{layer.label} has not handed in its number."
        for layer in (Layer.MARKETING, Layer.PLANNING, Layer.MERCHANDISING)
    )
    assert (page.seat, page.waits_for) == (
        None, "The chair signs last. Still to sign: CMO, VP Planning, Head of Merchandising.",
    )  # fmt: skip


def test_functions_far_apart_are_a_risk(forecast, user_of):
    version = forecast.version
    Cycle.objects.update(status=CycleStatus.RECONCILING)
    enter_units(
        version=version, layer=Layer.MARKETING, by=user_of(Role.MARKETING_LEAD), reason="A campaign",
        changes=[Change(Scope(category_id=forecast.shoes.pk), 0, 400.0)],
    )  # fmt: skip
    assert signing_page(version, user_of(Role.EXECUTIVE)).risks[0] == (
        "Apparel > Shoes, December: Marketing expects 300 units ($15k) more than Planning;"
        " the consensus is 100."
    )


def test_a_category_without_data_is_a_risk(forecast, user_of):
    bags = Category.objects.create(path="Apparel > Bags", name="Bags", parent=forecast.apparel)
    make_block(forecast.version, bags, "North", {make_product(sku="TOTE", category=bags): 0.0})
    risks = signing_page(forecast.version, user_of(Role.EXECUTIVE)).risks
    assert risks[-1] == "Apparel > Bags: no data; nothing is forecast."


def test_it_is_sent_back_with_what_must_change(forecast, client_of, user_of):
    signed(forecast, Seat.CMO, user_of)
    address = reverse("consensus:send_back", args=[forecast.cycle.pk])
    client = client_of(Role.EXECUTIVE)
    assert client.post(address, {"back-comment": ""}).status_code == 200
    assert Cycle.objects.get().status == CycleStatus.SIGNING
    assert client.post(address, {"back-comment": "Shoes are too high"}).status_code == 302
    assert Cycle.objects.get().status == CycleStatus.RECONCILING
    page = client.get(reverse("consensus:sign", args=[forecast.cycle.pk])).content.decode()
    assert "sent the forecast back: Shoes are too high" in page


def test_it_is_reopened_and_both_versions_can_be_compared(forecast, client_of, user_of):
    for seat in Seat:
        signed(forecast, seat, user_of)
    client = client_of(Role.EXECUTIVE)
    address = reverse("consensus:reopen", args=[forecast.cycle.pk])
    assert client.post(address, {"reopen-reason": ""}).status_code == 200
    assert client.post(address, {"reopen-reason": "A store closes"}).status_code == 302
    first, second = ForecastVersion.objects.order_by("number")
    enter_units(
        version=second, layer=Layer.CONSENSUS, by=user_of(Role.PLANNING_LEAD), reason="A store closes",
        changes=[Change(Scope(category_id=forecast.shoes.pk), 5, 8.0)],
    )  # fmt: skip
    page = client.get(reverse("consensus:compare", args=[second.pk]))

    comparison = page.context["comparison"]
    assert (comparison.before, len(comparison.months)) == (first, 6)
    assert [(row.name, row.units_change, row.value_change) for row in comparison.rows] == [
        ("Apparel > Shoes", -72.0, -3_600.0), ("Apparel > Tops", 0.0, 0.0),
    ]  # fmt: skip
    assert comparison.total.units_change == -72.0
    assert client.get(reverse("consensus:compare", args=[first.pk])).context["comparison"] is None
    with_second = client.get(reverse("consensus:compare", args=[first.pk]), {"with": second.pk})
    assert with_second.context["comparison"].total.units_change == 72.0


def test_its_queries_do_not_grow_with_categories(forecast, user_of):
    version, executive, counts = forecast.version, user_of(Role.EXECUTIVE), []
    signing_page(version, executive)  # asks for the person's role, once
    for number in range(3):
        with CaptureQueriesContext(connection) as sent:
            signing_page(version, executive)
        counts.append(len(sent))
        category = Category.objects.create(path=f"Apparel > More {number}", name=f"More {number}")
        make_block(version, category, "North", {make_product(category=category): 5.0})
    assert counts[1:] == counts[:1] * 2
