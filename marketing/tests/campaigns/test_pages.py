"""The list, one campaign's page, its buttons and the search for SKUs."""

from datetime import timedelta

import pytest

from marketing.campaigns.choices import CampaignStatus as Status
from marketing.campaigns.choices import LiftUnit
from marketing.campaigns.models import Campaign, CampaignLine
from marketing.campaigns.queries import baseline_units, line_expectations
from marketing.tests.factories import (
    make_baseline,
    make_campaign,
    make_door,
    make_fit,
    make_product,
    range_at,
)
from sop_site.access.roles import Role

MARKETING = {Role.MARKETING_MEMBER, Role.MARKETING_LEAD}


class TestBaseline:
    def test_days_share_their_weeks_at_the_doors_that_range_the_sku(self, today):
        product, door, unranged = make_product(), make_door(), make_door()
        range_at(product, door)
        make_baseline(product, door, 14)
        make_baseline(product, unranged, 1000)
        first = today + timedelta(days=3)
        units = baseline_units([product], [door, unranged], first, first + timedelta(days=9))
        assert units == {product.pk: pytest.approx(20)}

    def test_weeks_beyond_the_fitted_ones_take_the_nearest(self, today):
        product, door = make_product(), make_door()
        range_at(product, door)
        make_baseline(product, door, 7)
        late = today + timedelta(weeks=9)
        assert baseline_units([product], [door], late, late + timedelta(days=6)) == {product.pk: 7.0}

    def test_a_sku_without_a_baseline_is_unknown_not_zero(self, today):
        product, door = make_product(), make_door()
        range_at(product, door)
        campaign = make_campaign(products=[product], doors=[door])
        (expectation,) = line_expectations(campaign)
        assert (expectation.baseline_units, expectation.uplift_units) == (None, None)


class TestDetail:
    def test_shows_the_plan_and_what_it_is_expected_to_add(self, client_of, today):
        product, door = make_product(name="Crew"), make_door(name="Leeds")
        range_at(product, door)
        make_baseline(product, door, 50)
        campaign = make_campaign(products=[product], doors=[door, make_door(name="York")], uplift_ratio=0.64)
        page = client_of(Role.PLANNING_MEMBER).get(f"/campaigns/{campaign.pk}/").content.decode()
        for shown in ("Crew", "+64%", "+64<", "164", "Leeds", "York", "Left out where a door does not range"):
            assert shown in page
        assert f'hx-get="/bridge/campaigns/{campaign.pk}/"' in page

    def test_shows_both_lifts_with_the_fit_and_the_reason(self, client_of, today):
        campaign = make_campaign(products=[make_product(), make_product()], doors=[make_door()])
        fit = make_fit()
        line, _ = campaign.lines.all()
        line.discount_percent, line.suggested_by, line.override_reason = 25.0, fit, "Less media"
        line.suggested_p10, line.suggested_p50, line.suggested_p90 = 1.6, 2.4, 4.1
        line.save()
        page = client_of(Role.PLANNING_MEMBER).get(f"/campaigns/{campaign.pk}/").content.decode()
        for shown in (
            "at 25% off",
            "2.40× the baseline",
            "between 1.60× and 4.10×",
            "Why another: Less media",
        ):
            assert page.count(shown) == 1
        assert f"fit {fit.pk} of {fit.fitted_at:%-d %b %Y}" in page

    @pytest.mark.parametrize(
        ("days_ahead", "sentence"),
        [
            (42, None),
            (41, "This starts in 5 weeks"),
            (3, "This starts in 3 days"),
            (1, "This starts in 1 day"),
            (0, "This starts today"),
            (-1, "Its first day has passed"),
        ],
    )
    def test_a_short_lead_is_allowed_with_a_notice(self, days_ahead, sentence, client_of, today):
        campaign = make_campaign(starts_on=today + timedelta(days=days_ahead))
        page = client_of(Role.MARKETING_MEMBER).get(f"/campaigns/{campaign.pk}/").content.decode()
        if sentence is None:
            assert "This starts" not in page
        else:
            assert sentence in page

    def test_a_draft_is_out_of_reach_for_others(self, client_of, today):
        campaign = make_campaign(status=Status.DRAFT)
        for role in Role:
            expected = 200 if role in MARKETING else 404
            assert client_of(role).get(f"/campaigns/{campaign.pk}/").status_code == expected

    @pytest.mark.parametrize("status", Status)
    def test_buttons_are_the_moves_that_are_possible(self, status, client_of, today):
        campaign = make_campaign(products=[make_product()], doors=[make_door()], status=status)
        for role in (Role.MARKETING_MEMBER, Role.PLANNING_LEAD):
            response = client_of(role).get(f"/campaigns/{campaign.pk}/")
            if response.status_code == 404:
                continue
            offered = {move.name for move in response.context["moves"]}
            possible = {
                Status.DRAFT: {"submit", "cancel"},
                Status.SUBMITTED: {"withdraw", "cancel"},
                Status.APPROVED: {"revise", "cancel"},
                Status.REJECTED: {"revise", "cancel"},
                Status.RUNNING: {"cancel"},
            }.get(status, set())
            assert offered == (possible if role in MARKETING else set())

    def test_lines_and_doors_cost_no_queries(self, client_of, today, connection_queries):
        client = client_of(Role.MARKETING_MEMBER)
        small = make_campaign(products=[make_product()], doors=[make_door()])
        large = make_campaign(
            products=[make_product() for _ in range(3)], doors=[make_door(region="South") for _ in range(3)]
        )
        client.get(f"/campaigns/{small.pk}/")
        with connection_queries() as one:
            client.get(f"/campaigns/{small.pk}/")
        with connection_queries() as three:
            client.get(f"/campaigns/{large.pk}/")
        assert len(three) == len(one)


class TestMoves:
    @pytest.mark.parametrize(
        ("move", "status", "after"),
        [
            ("submit", Status.DRAFT, Status.SUBMITTED),
            ("withdraw", Status.SUBMITTED, Status.DRAFT),
            ("revise", Status.REJECTED, Status.DRAFT),
            ("cancel", Status.APPROVED, Status.CANCELLED),
        ],
    )
    def test_a_button_makes_its_move_and_keeps_the_reason(self, move, status, after, client_of, today):
        campaign = make_campaign(products=[make_product()], doors=[make_door()], status=status)
        response = client_of(Role.MARKETING_MEMBER).post(
            f"/campaigns/{campaign.pk}/{move}/", {"note": "Weather"}, follow=True
        )
        assert Campaign.objects.get(pk=campaign.pk).status == after
        assert "Weather" in response.content.decode()

    def test_a_move_that_is_not_possible_now_is_explained(self, client_of, today):
        campaign = make_campaign(status=Status.RUNNING)
        response = client_of(Role.MARKETING_MEMBER).post(f"/campaigns/{campaign.pk}/withdraw/", follow=True)
        assert f"{campaign.code} is running: it cannot be withdrawn now." in response.content.decode()

    @pytest.mark.parametrize("role", sorted(set(Role) - MARKETING))
    @pytest.mark.parametrize("move", ["submit", "withdraw", "revise", "cancel"])
    def test_moves_are_marketings(self, move, role, client_of, today):
        campaign = make_campaign()
        assert client_of(role).post(f"/campaigns/{campaign.pk}/{move}/").status_code == 403

    def test_a_move_is_a_post(self, client_of, today):
        campaign = make_campaign()
        assert client_of(Role.MARKETING_MEMBER).get(f"/campaigns/{campaign.pk}/cancel/").status_code == 405

    def test_a_reason_that_is_too_long_is_refused(self, client_of, today):
        campaign = make_campaign()
        client_of(Role.MARKETING_MEMBER).post(f"/campaigns/{campaign.pk}/cancel/", {"note": "x" * 1001})
        assert Campaign.objects.get().status == Status.SUBMITTED


class TestList:
    def test_sorts_and_pages(self, client_of, today):
        make_campaign(name="Beta", starts_on=today + timedelta(weeks=1))
        make_campaign(name="Alpha", starts_on=today + timedelta(weeks=2))
        client = client_of(Role.EXECUTIVE)
        first, second = client.get("/campaigns/").context["table"].data
        assert (first.name, second.name) == ("Beta", "Alpha")
        first, _ = client.get("/campaigns/?sort=name").context["table"].data
        assert first.name == "Alpha"
        assert client.get("/campaigns/?page=99&sort=nonsense").status_code == 200

    def test_says_what_to_do_when_there_is_none(self, client_of, today):
        assert "No campaigns yet" in client_of(Role.MARKETING_MEMBER).get("/campaigns/").content.decode()


class TestSkuSearch:
    def test_finds_by_every_word_with_codes_first(self, client_of, today):
        make_product(sku="A-CREW", name="Wool sweater")
        make_product(sku="CREW-7", name="Cotton sweater")
        make_product(sku="Z-1", name="Crew sock")
        client = client_of(Role.MARKETING_MEMBER)
        found = client.get("/campaigns/skus/?q=crew").json()["items"]
        assert [item["sku"] for item in found] == ["CREW-7", "A-CREW", "Z-1"]
        assert [item["sku"] for item in client.get("/campaigns/skus/?q=crew+sock").json()["items"]] == ["Z-1"]

    @pytest.mark.parametrize("query", ["", "%00", "+", "%25", "x" * 500])
    def test_nonsense_finds_nothing(self, query, client_of, today):
        make_product(sku="A-CREW")
        assert client_of(Role.MARKETING_MEMBER).get(f"/campaigns/skus/?q={query}").json() == {"items": []}


def test_lifts_are_shown_as_they_were_entered(client_of, today):
    campaign = make_campaign(doors=[make_door()])
    for unit, value, ratio, units in (
        (LiftUnit.MULTIPLIER, 1.5, 0.5, None),
        (LiftUnit.UNITS, 300.0, None, 300.0),
    ):
        CampaignLine.objects.create(
            campaign=campaign,
            product=make_product(),
            lift_unit=unit,
            lift_value=value,
            uplift_ratio=ratio,
            uplift_units=units,
        )
    page = client_of(Role.EXECUTIVE).get(f"/campaigns/{campaign.pk}/").content.decode()
    assert "1.5× the baseline" in page
    assert "+300 units" in page
