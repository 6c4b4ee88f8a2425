"""What a campaign was to bring, and what it brought: entered, refused, kept in the history."""

from datetime import timedelta
from decimal import Decimal

import pghistory
import pytest

from marketing.campaigns import domain
from marketing.campaigns.choices import CampaignStatus as Status
from marketing.campaigns.models import CampaignResult
from marketing.campaigns.results import ResultLine, result_lines, weeks_figures_are_closed
from marketing.tests.factories import TODAY, make_campaign, make_door, make_product
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import MARKETING, Role
from sop_site.fiscal import week_start
from sop_site.history.queries import entries_of
from sop_site.operating_model.models import OperatingModel

pytestmark = pytest.mark.django_db
PLANNED = {
    "visits_target": 12_000,
    "orders_target": 600,
    "revenue_target": Decimal("48000"),
    "spend_target": Decimal("9500.50"),
}
BROUGHT = {"visits_actual": 10_000, "orders_actual": 400}


def draft(**facts):
    return make_campaign(status=Status.DRAFT, **facts)


def running():
    return make_campaign(status=Status.RUNNING, starts_on=TODAY - timedelta(days=3))


@pytest.fixture
def marketer(today, user_of):
    return user_of(Role.MARKETING_MEMBER)


class TestEntering:
    def test_targets_of_a_draft_with_who_and_when(self, marketer):
        result = domain.enter_results(campaign=draft(), changes=PLANNED, by=marketer)
        stored = CampaignResult.objects.get()
        assert result.pk == stored.pk
        assert {name: getattr(stored, name) for name in PLANNED} == PLANNED
        assert (stored.entered_by, stored.is_loaded, stored.visits_actual) == (marketer, False, None)

    def test_others_entries_stay(self, marketer):
        campaign = running()
        domain.enter_results(campaign=campaign, changes=PLANNED, by=marketer)
        domain.enter_results(campaign=campaign, changes=BROUGHT, by=marketer)
        stored = CampaignResult.objects.get()
        assert (stored.visits_target, stored.visits_actual) == (12_000, 10_000)
        domain.enter_results(campaign=campaign, changes={"visits_target": None}, by=marketer)
        stored.refresh_from_db()
        assert (stored.visits_target, stored.orders_target) == (None, 600)

    def test_what_changes_nothing_is_not_written(self, marketer):
        campaign = draft()
        assert domain.enter_results(campaign=campaign, changes={"visits_target": None}, by=marketer) is None
        first = domain.enter_results(campaign=campaign, changes=PLANNED, by=marketer)
        again = domain.enter_results(campaign=campaign, changes=PLANNED, by=marketer)
        assert again.entered_at == first.entered_at

    def test_the_history_says_what_and_why(self, marketer):
        campaign = draft()
        with pghistory.context():
            domain.enter_results(campaign=campaign, changes={"visits_target": 900}, by=marketer, note="Brief")
        (entry,) = [each for each in entries_of(campaign) if each.subject_label == "campaign result"]
        assert (entry.by, entry.note) == (str(marketer), "Brief")
        assert [(change.field_label, change.after) for change in entry.changes] == [("Visits target", "900")]

    @pytest.mark.parametrize("role", sorted(set(Role) - MARKETING))
    def test_is_marketings(self, role, today, user_of):
        with pytest.raises(NotAllowed):
            domain.enter_results(campaign=draft(), changes=PLANNED, by=user_of(role))
        assert not CampaignResult.objects.exists()

    @pytest.mark.parametrize(
        ("status", "days", "is_refused"),
        [
            (Status.DRAFT, -3, True),
            (Status.SUBMITTED, 1, True),
            (Status.APPROVED, 1, True),
            (Status.APPROVED, 0, False),
            (Status.RUNNING, -3, False),
            (Status.COMPLETED, -30, False),
            (Status.CANCELLED, -3, False),
        ],
    )
    def test_actuals_wait_for_the_start(self, marketer, status, days, is_refused):
        campaign = make_campaign(status=status, starts_on=TODAY + timedelta(days=days))
        if is_refused:
            with pytest.raises(NotNow, match="has not started"):
                domain.enter_results(campaign=campaign, changes=BROUGHT, by=marketer)
        else:
            domain.enter_results(campaign=campaign, changes=BROUGHT, by=marketer)
        assert CampaignResult.objects.exists() is not is_refused

    def test_more_orders_than_visits_are_refused_also_of_two_entries(self, marketer):
        campaign = draft()
        domain.enter_results(campaign=campaign, changes={"visits_target": 500}, by=marketer)
        with pytest.raises(NotNow, match="600 orders cannot come of 500 visits"):
            domain.enter_results(campaign=campaign, changes={"orders_target": 600}, by=marketer)
        assert CampaignResult.objects.get().orders_target is None


def test_lines_show_conversion_and_the_share_of_the_target():
    result = CampaignResult(**PLANNED, **BROUGHT)
    lines = {line.label: line for line in result_lines(result)}
    assert (lines["Visits"].share, lines["Revenue"].share) == (10_000 / 12_000, None)
    assert lines["Conversion"] == ResultLine("Conversion", "share", 0.05, 0.04)
    assert lines["Conversion"].share == pytest.approx(0.8)
    assert result_lines(None) == []
    assert result_lines(CampaignResult(visits_target=0, visits_actual=5))[0].share is None


@pytest.mark.parametrize(("weeks_ago", "closed"), [(0, False), (1, False), (2, True)])
def test_figures_are_closed_some_days_after_the_week_in_which_it_ends(today, weeks_ago, closed):
    ends_on = week_start(TODAY) - timedelta(days=1) - timedelta(weeks=weeks_ago - 1)
    campaign = make_campaign(status=Status.COMPLETED, starts_on=ends_on - timedelta(days=6), days=7)
    model = OperatingModel.objects.in_force(TODAY)
    assert model.closing_days == 7
    assert weeks_figures_are_closed(campaign, TODAY, model) is closed


class TestForm:
    def address(self, campaign):
        return f"/campaigns/{campaign.pk}/results/"

    def posted(self, **facts):
        """What a browser sends: each figure, and what stood there when the form was opened."""
        return {**facts, "note": ""}

    def test_enters_targets_and_shows_them(self, client_of, today):
        campaign, client = draft(), client_of(Role.MARKETING_MEMBER)
        answer = client.post(
            self.address(campaign),
            self.posted(visits_target="12,000", orders_target="600", spend_target="9 500.50"),
        )
        assert answer.url == f"/campaigns/{campaign.pk}/#results"
        page = client.get(f"/campaigns/{campaign.pk}/").content.decode()
        for shown in ("12,000", "5.0%", "9,501", "Entered by"):
            assert shown in page
        assert 'name="visits_actual"' not in client.get(self.address(campaign)).content.decode()

    @pytest.mark.parametrize(
        ("name", "typed", "sentence"),
        [
            ("visits_actual", "many", "Enter a whole number, such as 12000."),
            ("visits_actual", "1.5", "Enter a whole number, such as 12000."),
            ("orders_actual", "-4", "Orders cannot be below 0."),
            ("visits_actual", "99999999999", "More than 2,000,000,000 is no number of visits."),
            ("revenue_actual", "£12", "Enter an amount, such as 12400 or 12400.50."),
            ("spend_actual", "-0.01", "Media spend cannot be below 0."),
            ("spend_actual", "1.005", "Enter an amount in whole cents, such as 12400.50."),
            ("orders_actual", "900", "900 orders cannot come of 800 visits. Check both figures."),
        ],
    )
    def test_bad_input_is_named_beside_its_cause_and_nothing_is_lost(
        self, client_of, today, name, typed, sentence
    ):
        campaign = running()
        typed_in = {"visits_actual": "800", "revenue_target": "4400", name: typed}
        answer = client_of(Role.MARKETING_LEAD).post(self.address(campaign), self.posted(**typed_in))
        assert answer.status_code == 200
        assert answer.context["form"].errors == {name: [sentence]}
        page = answer.content.decode()
        for value in typed_in.values():
            assert f'value="{value}"' in page
        assert not CampaignResult.objects.exists()

    def test_saving_an_old_form_leaves_what_another_entered_since(self, client_of, marketer):
        campaign = running()
        domain.enter_results(campaign=campaign, changes=BROUGHT, by=marketer)
        client_of(Role.MARKETING_LEAD).post(
            self.address(campaign), self.posted(visits_actual="", **{"initial-visits_actual": ""})
        )
        assert CampaignResult.objects.get().visits_actual == 10_000

    def test_says_that_a_late_entry_is_a_restatement(self, client_of, today):
        late = make_campaign(status=Status.COMPLETED, starts_on=TODAY - timedelta(weeks=6))
        client = client_of(Role.MARKETING_MEMBER)
        assert "shows there as a restatement" in client.get(self.address(late)).content.decode()
        assert "restatement" not in client.get(self.address(running())).content.decode()

    def test_others_see_the_figures_and_no_button(self, client_of, marketer):
        campaign = make_campaign(products=[make_product()], doors=[make_door()])
        domain.enter_results(campaign=campaign, changes={"visits_target": 900}, by=marketer)
        page = client_of(Role.PLANNING_MEMBER).get(f"/campaigns/{campaign.pk}/").content.decode()
        assert "What it was to bring" in page
        assert self.address(campaign) not in page
