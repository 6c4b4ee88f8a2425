"""campaign_results.csv: by code, twice the same, and never over what people typed."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from marketing.campaigns import domain
from marketing.campaigns.models import Campaign, CampaignResult
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK
from sop_site.tests.feeds.folders import small_retailer, write_folder

pytestmark = pytest.mark.django_db
HEADINGS = "code,visits_target,visits_actual,orders_target,orders_actual,revenue_plan,media_spend_actual"


def load(folder) -> str:
    said = StringIO()
    call_command("load_retailer", str(folder), "--no-recalculate", stdout=said, skip_checks=True)
    return said.getvalue()


def folder(tmp_path, *rows):
    return write_folder(tmp_path, **small_retailer(), campaign_results="\n".join([HEADINGS, *rows]))


def over(code):
    """The campaign of that code lies in the past."""
    campaign = Campaign.objects.get(code=code)
    Campaign.objects.filter(pk=campaign.pk).update(
        starts_on=campaign.starts_on - 40 * WEEK, ends_on=campaign.ends_on - 40 * WEEK
    )
    return campaign


def result(code):
    return CampaignResult.objects.get(campaign__code=code)


def test_targets_are_loaded_and_loading_again_changes_nothing(tmp_path):
    files = folder(tmp_path, "C1,12000,,600,,48000.50,", "C2,900,,,,,")
    load(files)
    first = result("C1")
    assert (first.visits_target, first.orders_target, first.revenue_target) == (
        12000,
        600,
        Decimal("48000.50"),
    )
    assert (first.is_loaded, first.entered_by, first.visits_actual) == (True, None, None)
    assert result("C2").visits_target == 900
    assert "nothing had changed" in load(files)
    assert result("C1").entered_at == first.entered_at


def test_actuals_wait_until_the_campaign_is_over(tmp_path):
    files = folder(tmp_path, "C1,12000,11000,600,500,,8000")
    said = load(files)
    assert "1 campaigns are not over on 2026-11-22: their actuals are left out" in said
    assert result("C1").visits_actual is None
    over("C1")
    load(files)
    stored = result("C1")
    assert (stored.visits_actual, stored.orders_actual, stored.spend_actual) == (11000, 500, Decimal("8000"))


def test_what_people_typed_stays(tmp_path, user_of):
    files = folder(tmp_path, "C1,12000,,600,,,")
    load(files)
    campaign = Campaign.objects.get(code="C1")
    by = user_of(Role.MARKETING_MEMBER)
    domain.enter_results(campaign=campaign, changes={"visits_target": 9000, "orders_target": None}, by=by)
    said = load(files)
    assert "1 figures differ from what people typed" in said
    stored = result("C1")
    assert (stored.visits_target, stored.orders_target, stored.is_loaded) == (9000, 600, False)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (["C9,1,,,,,"], "campaign_results.csv, line 2, column code: “C9” is no campaign of this retailer."),
        (["C1,1,,,,,", "C1,2,,,,,"], "line 3, column code: stands already in line 2."),
        (["C1,many,,,,,"], "column visits_target: “many” is not a number."),
        (["C1,1.5,,,,,"], "column visits_target: 1.5 is not a whole number."),
        (["C1,,,,,-4,"], "column revenue_plan: -4 is below 0."),
        (["C1,5,,6,,,"], "column orders_target: 6 orders cannot come of 5 visits. Check both figures."),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_written(tmp_path, rows, sentence):
    with pytest.raises(CommandError) as error:
        load(folder(tmp_path, *rows))
    assert sentence in str(error.value)
    assert not CampaignResult.objects.exists()
