"""The promo calendar: bars on fiscal weeks, clipped to the weeks in view."""

from datetime import date, timedelta

import pytest

from marketing.campaigns.calendar import CalendarFrame, bars
from marketing.campaigns.choices import CampaignStatus as Status
from marketing.tests.factories import make_campaign, make_mechanic, make_product
from sop_site.access.roles import Role
from sop_site.operating_model.models import OperatingModel


@pytest.fixture
def frame(today):
    return CalendarFrame.of(today, today=today, model=OperatingModel.objects.in_force(today))


class TestFrame:
    def test_thirteen_weeks_from_the_current_one(self, frame, today):
        assert [column.week.label for column in frame.columns[:2]] == ["FY26 W43", "FY26 W44"]
        assert (frame.first_day, frame.last_day) == (today, date(2027, 2, 20))
        assert frame.columns[-1].week.label == "FY27 W03"

    def test_what_starts_in_the_decision_window_is_six_to_eight_weeks_ahead(self, frame, today):
        marked = [column.week.start for column in frame.columns if column.is_decision]
        assert marked == [today + timedelta(weeks=weeks) for weeks in (6, 7, 8)]
        assert frame.band_from == 7
        assert [(span.weeks, span.is_decision) for span in frame.spans] == [(6, False), (3, True), (4, False)]

    def test_months_are_those_of_the_fiscal_year(self, frame):
        assert [(month.label, month.weeks) for month in frame.months] == [
            ("Nov", 1),
            ("December FY26", 5),
            ("January FY26", 4),
            ("February FY27", 3),
        ]

    def test_a_window_out_of_view_is_not_marked(self, today):
        model = OperatingModel.objects.in_force(today)
        frame = CalendarFrame.of(date(2027, 6, 6), today=today, model=model)
        assert frame.band_from is None
        assert frame.today_column is None


class TestBars:
    @pytest.mark.parametrize(
        ("starts_in_days", "days", "expected"),
        [
            (0, 7, (1, 7, False, False)),
            (-3, 7, (1, 4, True, False)),
            (90, 1, (91, 1, False, False)),
            (88, 10, (89, 3, False, True)),
            (-10, 200, (1, 91, True, True)),
        ],
    )
    def test_stand_on_their_days_and_are_clipped(self, starts_in_days, days, expected, frame, today):
        campaign = make_campaign(starts_on=today + timedelta(days=starts_in_days), days=days)
        (bar,) = bars([campaign], frame)
        assert (bar.first_column, bar.day_count, bar.began_before, bar.goes_on) == expected


class TestPage:
    def test_shows_what_runs_in_its_weeks(self, client_of, today):
        make_campaign(name="Inside")
        make_campaign(name="Too late", starts_on=today + timedelta(weeks=13))
        page = client_of(Role.EXECUTIVE).get("/calendar/").content.decode()
        assert "Inside" in page
        assert "Too late" not in page
        assert "Decision window" in page
        assert 'class="bar is-submitted from-43 span-14"' in page

    def test_later_weeks_show_the_rest(self, client_of, today):
        make_campaign(name="Too late", starts_on=today + timedelta(weeks=13))
        client = client_of(Role.EXECUTIVE)
        assert "Too late" in client.get("/calendar/?from=2027-02-21").content.decode()

    @pytest.mark.parametrize("nonsense", ["x", "9999-12-31", "0001-01-01", "%00", "2026-13-40"])
    def test_a_strange_week_shows_the_current_one(self, nonsense, client_of, today):
        response = client_of(Role.EXECUTIVE).get(f"/calendar/?from={nonsense}")
        assert response.context["frame"].is_now

    def test_filters(self, client_of, today):
        client = client_of(Role.MARKETING_MEMBER)
        social = make_campaign(name="Reels", products=[make_product(sku="CREW-1")])
        draft = make_campaign(name="Idea", status=Status.DRAFT, mechanic=make_mechanic("EVENT"))
        off = make_campaign(name="Off", status=Status.CANCELLED, channel="stores")

        def shown(query: str) -> set[str]:
            return {bar.campaign.name for bar in client.get(f"/calendar/?{query}").context["bars"]}

        assert shown("") == {social.name, draft.name}
        assert shown("status=all") == {social.name, draft.name, off.name}
        assert shown("status=draft") == {draft.name}
        assert shown(f"mechanic={social.mechanic_id}") == {social.name}
        assert shown("q=crew-1+reels") == {social.name}
        assert shown("q=crew-1+idea") == set()
        assert shown("channel=stores&status=cancelled") == {off.name}
        assert shown("channel=moon&mechanic=x&q=%00") == {social.name, draft.name}

    def test_drafts_are_marketings_own(self, client_of, today):
        make_campaign(name="Idea", status=Status.DRAFT)
        assert "Idea" in client_of(Role.MARKETING_LEAD).get("/calendar/").content.decode()
        assert "Idea" not in client_of(Role.PLANNING_LEAD).get("/calendar/").content.decode()

    def test_says_what_to_do_when_nothing_is_planned(self, client_of, today):
        assert (
            "Plan the first campaign" in client_of(Role.MARKETING_MEMBER).get("/calendar/").content.decode()
        )
        assert "as soon as Marketing submits" in client_of(Role.EXECUTIVE).get("/calendar/").content.decode()


@pytest.mark.parametrize("address", ["/calendar/", "/campaigns/"])
def test_rows_cost_no_queries(address, client_of, today, connection_queries):
    client = client_of(Role.MARKETING_MEMBER)
    make_campaign(products=[make_product()])
    client.get(address)
    with connection_queries() as one:
        client.get(address)
    make_campaign(products=[make_product()], owner_id=None)
    make_campaign(products=[make_product(), make_product()], mechanic=make_mechanic("EVENT"))
    with connection_queries() as three:
        client.get(address)
    assert len(three) == len(one)
