"""One outcome, owned together: a campaign, a quarter, and its file."""

import csv
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketing.campaigns import domain as campaigns
from marketing.campaigns.choices import CampaignStatus as Status
from marketing.campaigns.models import CampaignResult
from marketing.tests.factories import NOW, TODAY, make_campaign, make_door, make_product
from scorecard.outcomes.campaign_page import account_of
from scorecard.outcomes.losses import money_of, money_of_all
from scorecard.outcomes.quarter_page import account_of_quarter
from scorecard.tests.factories import close_week, make_outcome, make_process, make_week
from scorecard.tests.measures.cases import LAST_WEEK
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK, FiscalPeriod, PeriodKind

QUARTER = FiscalPeriod.of(PeriodKind.QUARTER, LAST_WEEK)
MONEY = {
    "lost_margin": 600.0,
    "spend_actual": 12_400.0,
    "media_wasted": 992.0,
    "leftover_units": 50.0,
    "leftover_at_cost": 1_000.0,
    "sold_units": 230.0,
    "unmet_units": 20.0,
}


@pytest.fixture
def week(today):
    return make_week(LAST_WEEK)


def ended(**facts):
    """A campaign of one SKU at one door that ended last week."""
    plan = {"products": [make_product()], "doors": [make_door()], "status": Status.COMPLETED, "days": 7}
    return make_campaign(**plan | {"starts_on": LAST_WEEK} | facts)


def page_of(client, name, *arguments, **headers):
    return client.get(reverse(f"outcomes:{name}", args=arguments), **headers).content.decode()


class TestMoney:
    def test_each_part_says_its_arithmetic(self, week):
        outcome = make_outcome(week, ended(), **MONEY)
        assert [(line.amount, line.arithmetic) for line in money_of(outcome).lines] == [
            (600.0, "20 units not served × $30.00 of margin a unit"),
            (992.0, "$12,400 of media × 8.0% of demand not served"),
            # What is bound in stock is not lost.
            (1_592.0, "The sum of what is known of the two."),
            (1_000.0, "50 units above the target cover × $20.00 of cost a unit"),
        ]

    def test_what_is_not_known_says_why_and_is_in_no_sum(self, week):
        bare = make_outcome(week, ended())
        assert [(line.amount, line.arithmetic) for line in money_of(bare).lines] == [
            (None, "The price or the cost of its SKUs is not known."),
            (None, "Nobody has entered yet what media cost."),
            (None, "The sum of what is known of the two."),
            (None, "The stock at its doors after the end is not known."),
        ]
        full = make_outcome(week, ended(), **MONEY)
        assert [(line.amount, line.arithmetic) for line in money_of_all([bare, full]).lines] == [
            (600.0, "20 units not served; known of 1 of 2 campaigns"),
            (992.0, "$12,400 of media, each × its demand not served; known of 1 of 2 campaigns"),
            (1_592.0, "The sum of what is known of the two."),
            (1_000.0, "50 units above the target cover, at cost; known of 1 of 2 campaigns"),
        ]
        assert [line.amount for line in money_of_all([]).lines] == [None] * 4

    def test_what_nobody_counted_is_said_so(self, week):
        outcome = make_outcome(
            week, ended(), days_seen=0.0, days_out=0.0, spend_actual=12_400.0, unmet_units=0.0
        )
        money = money_of(outcome)
        assert money.margin.arithmetic == money.media.arithmetic
        assert money.margin.arithmetic.startswith("Nobody counted the stock on its days")
        planning = {line.name: line.value for line in account_of(outcome.campaign).planning}
        assert planning["Demand not served"] == planning["SKUs that ran out"] == "no data"

    def test_nothing_lost_is_said_so(self, week):
        fine = {
            **MONEY,
            "unmet_units": 0.0,
            "lost_margin": 0.0,
            "media_wasted": 0.0,
            "leftover_units": 0.0,
            "leftover_at_cost": 0.0,
        }
        outcome = make_outcome(week, ended(), **fine)
        money = money_of(outcome)
        assert [line.arithmetic for line in (money.margin, money.media, money.bound)] == [
            "No unit that was asked for was missing.",
            "$12,400 of media × 0.0% of demand not served",
            "No door holds more than its target cover.",
        ]


class TestCampaign:
    def test_both_functions_have_as_many_figures(self, week):
        campaign = ended()
        make_outcome(
            week,
            campaign,
            **MONEY,
            visits_target=1000,
            visits_actual=900,
            orders_target=50,
            orders_actual=36,
        )
        make_process(week, campaign, risks=3, with_deadline=2, decided_in_time=1)
        account = account_of(campaign)
        assert len(account.marketing) == len(account.planning) == 6
        marketing = {line.name: (line.value, line.note) for line in account.marketing}
        planning = {line.name: (line.value, line.note) for line in account.planning}
        assert marketing["Visits"] == ("900", "90% of 1,000 planned")
        assert marketing["Conversion"] == ("4.0%", "5.0% planned")
        assert marketing["Revenue"] == ("no data", "No target was entered.")
        assert marketing["Submitted to Planning"] == ("8.0 weeks ahead", "in time for the decision window")
        assert planning["Out of stock, SKU-door-days"] == ("7.1%", "1 of 14 days")
        assert planning["Demand not served"] == ("8.0%", "20 of 250 units asked for")
        assert planning["Risks decided in time"] == ("1 of 2", "by their decide-by date")
        assert (account.money.lost.amount, account.is_closed, account.since) == (1_592.0, False, [])

    def test_the_page_and_the_part_that_the_campaign_embeds(self, week, client_of):
        campaign = ended()
        make_outcome(week, campaign, **MONEY)
        client = client_of(Role.PLANNING_MEMBER)
        page = page_of(client, "campaign", campaign.pk)
        part = page_of(client, "campaign", campaign.pk, headers={"HX-Request": "true"})
        for shown in ("One outcome, owned together", "$1,592", "Marketing: demand", "Planning: stock"):
            assert shown in page
            assert shown in part
        assert "<html" in page
        assert "<html" not in part
        embedding = client.get(campaign.get_absolute_url()).content.decode()
        assert f'hx-get="{reverse("outcomes:campaign", args=[campaign.pk])}"' in embedding

    def test_before_its_end_it_says_when(self, today, client_of):
        campaign = ended(status=Status.RUNNING, starts_on=TODAY)
        assert "put down in the night after its last day" in page_of(
            client_of(Role.EXECUTIVE), "campaign", campaign.pk
        )

    def test_what_was_entered_after_the_close_shows_as_a_restatement_to_come(self, week, client_of, user_of):
        campaign = ended()
        CampaignResult.objects.create(campaign=campaign, visits_actual=900, entered_at=NOW)
        make_outcome(week, campaign, visits_actual=900)
        close_week(week)
        assert account_of(campaign).since == []
        changes = {"visits_actual": 950, "spend_actual": Decimal("12.50")}
        campaigns.enter_results(campaign=campaign, changes=changes, by=user_of(Role.MARKETING_MEMBER))
        assert account_of(campaign).since == [
            "Visits actual: 950 now, 900 in the closed week",
            "Spend actual: 13 now, nothing in the closed week",
        ]
        page = page_of(client_of(Role.EXECUTIVE), "campaign", campaign.pk)
        assert "Entered since the week was closed" in page

    def test_the_newest_edition_tells(self, week):
        campaign = ended()
        make_outcome(week, campaign, visits_actual=900)
        type(week).objects.update(is_newest=False)
        assert account_of(campaign) is None


class TestQuarter:
    def test_campaigns_stand_by_money_lost_and_what_nobody_can_tell_last(self, week, client_of):
        unknown, little, much = ended(name="Unknown"), ended(name="Little"), ended(name="Much")
        make_outcome(week, unknown, is_late=True, submitted_weeks_ahead=2.0)
        make_outcome(week, little, lost_margin=10.0)
        make_outcome(week, much, **MONEY)
        make_process(week, much, risks=1, with_deadline=1, decided_in_time=0)
        account = account_of_quarter(QUARTER)
        assert [row.outcome.campaign for row in account.rows] == [much, little, unknown]
        assert (account.money.lost.amount, account.late, account.decided_late) == (1_602.0, 1, 1)
        assert [segment.kind for segment in account.rows[0].bar] == ["margin", "media"]
        assert sum(float(segment.width) for segment in account.rows[0].bar) == pytest.approx(120, abs=0.2)
        assert account.rows[2].bar == []
        page = page_of(client_of(Role.EXECUTIVE), "quarter", QUARTER.key)
        for shown in ("Much", "$1,602", "3 ended · 1 submitted late · 1 with a risk decided late"):
            assert shown in page

    def test_its_functions_are_equals(self, week):
        account = account_of_quarter(QUARTER)
        assert len(account.marketing) == len(account.planning)
        assert (account.rows, account.money.lost.amount) == ([], None)

    def test_only_what_ended_in_it(self, week):
        make_outcome(make_week(QUARTER.start - WEEK), ended())
        assert account_of_quarter(QUARTER).rows == []
        assert len(account_of_quarter(QUARTER - 1).rows) == 1

    def test_no_quarter_is_not_found(self, client_of, today):
        client = client_of(Role.EXECUTIVE)
        for key in ("2026", "2026-m03", "2026-q5", "never"):
            assert client.get(reverse("outcomes:quarter", args=[key])).status_code == 404
        assert client.get(reverse("outcomes:export", args=[QUARTER.key, "exe"])).status_code == 404
        assert "No campaign ended in this quarter" in page_of(client, "current")

    def test_more_campaigns_cost_no_further_queries(self, week, client_of):
        client = client_of(Role.EXECUTIVE)
        counts = []
        for rows in (1, 3):
            for _ in range(rows):
                campaign = ended()
                make_outcome(week, campaign, **MONEY)
                make_process(week, campaign, risks=1)
            with CaptureQueriesContext(connection) as queries:
                page_of(client, "quarter", QUARTER.key)
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_the_file_holds_the_rows_of_the_page(self, week, client_of):
        make_outcome(week, ended(code="A-1", name="=1+1"), **MONEY)
        make_outcome(week, ended(code="A-2"))
        answer = client_of(Role.EXECUTIVE).get(reverse("outcomes:export", args=[QUARTER.key, "csv"]))
        text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
        rows = list(csv.DictReader(text.splitlines()))
        amounts = [(row["Code"], row["Money lost"], row["Cash bound in stock left over"]) for row in rows]
        assert amounts == [("A-1", "1592", "1000"), ("A-2", "", "")]
        assert rows[0]["Campaign"] != "=1+1"
        assert rows[0]["Demand not served"] == "0.08"
