"""The demo, loaded once; and pictures of its pages, in light, in dark and on a phone, for people to look at.

They go to the folder that SCREENSHOTS names, as `make screenshots` does; without it to `.data/screenshots`,
and only those of the pages that people work on most: a picture proves nothing that the journeys do not.
"""

import os
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pghistory
import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db.models import Max, Min
from django.urls import reverse
from playwright.sync_api import Page, expect

from marketing.campaigns.choices import CampaignStatus
from marketing.campaigns.models import Campaign
from marketing.lift.models import PastLift
from planning.remedies.domain import propose_reduction
from planning.remedies.options import receipt_options
from planning.remedies.preview import FlagPreview
from planning.risk.choices import RiskState
from planning.risk.decisions import accept_risk
from planning.risk.models import Flag
from planning.risk.standing import operating_model_now
from scorecard.measures.choices import Measure
from scorecard.measures.cut import Cut
from scorecard.measures.models import LAGS_WEEKS
from scorecard.outcomes.card import card_of
from scorecard.outcomes.models import CampaignOutcome
from sop_site.access.models import User
from sop_site.access.roles import Role
from sop_site.clock import today as business_day
from sop_site.demo.people import DEMO_PASSWORD, PEOPLE
from sop_site.embedded.places import data_dir
from sop_site.feeds.models import RetailerLoad
from sop_site.fiscal import FiscalPeriod, PeriodKind
from sop_site.tests.journeys.steps import parts_are_there

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
VIEWS = (("light", DESK, "light"), ("dark", DESK, "dark"), ("phone", PHONE, "light"))
MOST_USED = {"calendar", "campaign-form", "campaign-form-errors", "bridge", "flag"}
# The folder of a test run stands in the DATA_DIR that people know.
DEFAULT_FOLDER = data_dir().parent / "screenshots"


@pytest.fixture
def load_demo(transactional_db, settings, tmp_path) -> Callable[[], str]:
    """Loads the demo as its command does, and answers what was said."""
    settings.DEMO_MODE, settings.DATA_DIR = True, tmp_path

    def load() -> str:
        said = StringIO()
        call_command("load_demo", stdout=said, skip_checks=True)
        return said.getvalue()

    return load


def flag_to_show() -> Flag:
    """A stockout of the demo that an earlier receipt helps, beside a risk taken and a cut lift proposed."""
    day, model = business_day(), operating_model_now()
    planner = User.objects.get(username="priya.planning")
    flags = Flag.objects.undecided().filter(state=RiskState.STOCKOUT).order_by("-decide_by_date", "pk")
    shown = next(flag for flag in flags if receipt_options(FlagPreview(flag, day), model))
    taken, cut = flags.exclude(pk=shown.pk)[:2]
    lift = cut.campaign.lines.get(product=cut.product).lift_value
    with pghistory.context():
        accept_risk(flag=taken, by=planner, reason="A launch: we would rather sell out than come late.")
    with pghistory.context():
        propose_reduction(flag=cut, lift_value=round(lift / 2), by=planner, reason="The mill is closed.")
    return shown


@pytest.fixture
def folder() -> Path:
    """Where the pictures go."""
    chosen = Path(os.environ.get("SCREENSHOTS") or DEFAULT_FOLDER)
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


@pytest.fixture
def picture(folder: Path) -> Callable[[Page, str], None]:
    """Takes the page in view in every theme and size."""

    def take(page: Page, name: str) -> None:
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        parts_are_there(page)
        for view, size, theme in VIEWS:
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size(size)
            # As tall as the page, so that what sticks to the edge of the window lies over nothing.
            page.set_viewport_size({**size, "height": page.evaluate("document.body.scrollHeight")})
            page.screenshot(path=folder / f"{name}-{view}.png", full_page=True, animations="disabled")
        page.set_viewport_size(DESK)

    return take


def loads_once(load_demo: Callable[[], str], folder: Path) -> None:
    """The demo has its people and its campaigns, and asked for again stays as it is."""
    said = load_demo()
    assert all(person.username in said for person in PEOPLE)
    maya = authenticate(username="maya.marketing", password=DEMO_PASSWORD)
    assert maya.role == Role.MARKETING_MEMBER
    assert Campaign.objects.filter(owner=maya).exists()
    assert (folder / "products.csv").exists()
    assert business_day() == date.today()
    User.objects.filter(username="maya.marketing").update(first_name="Maia")
    assert "stays as it is" in load_demo()
    assert User.objects.get(username="maya.marketing").first_name == "Maia"
    assert RetailerLoad.objects.count() == 1
    User.objects.filter(username="maya.marketing").update(first_name=maya.first_name)


def scorecard_is_believable() -> None:
    """The last quarter: forecasts are worse the earlier, promoted items out more often, stock left over."""
    quarter = FiscalPeriod.of(PeriodKind.QUARTER, business_day()) - 1
    at_lag = {
        lag: {line.measure: line.actual.value for line in card_of(quarter, Cut(lag_weeks=lag))}
        for lag in LAGS_WEEKS
    }
    now, early, earliest = (at_lag[lag][Measure.ACCURACY_OTHER] for lag in LAGS_WEEKS)
    assert 0.8 > now > early > earliest > 0.7
    assert at_lag[4][Measure.VALUE_PLANNING] > 0 > at_lag[4][Measure.VALUE_MARKETING]
    assert at_lag[4][Measure.STOCKOUT_DAYS] > at_lag[4][Measure.STOCKOUT_DAYS_OTHER]
    assert at_lag[4][Measure.WEEKS_FORWARD] > 4
    left_over = CampaignOutcome.objects.aggregate(least=Min("leftover_units"), most=Max("leftover_units"))
    assert left_over["least"] == 0
    assert left_over["most"] > 100


def test_the_demo_loads_once_and_pictures_of_its_pages(load_demo, visit, picture, folder, tmp_path):
    """Together, since a load takes half a minute and pictures change nothing of it."""
    loads_once(load_demo, tmp_path / "retailer")
    scorecard_is_believable()
    flag = flag_to_show()

    def come(username: str = "") -> Page:
        page = visit(viewport=DESK, reduced_motion="reduce").new_page()
        page.goto("/")
        if username:
            page.get_by_label("Username").fill(username)
            page.get_by_label("Password").fill(DEMO_PASSWORD)
            page.get_by_role("button", name="Sign in", exact=True).click()
            expect(page.get_by_role("link", name="History").first).to_be_visible()
        return page

    def turn(page: Page, name: str, url_name: str, *keys: int) -> None:
        if name in MOST_USED or "SCREENSHOTS" in os.environ:
            page.goto(reverse(url_name, args=keys))
            picture(page, name)

    picture(come(), "sign-in")
    marketing = come("maya.marketing")
    turn(marketing, "calendar", "campaigns:calendar")
    turn(marketing, "campaigns", "campaigns:list")
    turn(marketing, "campaign", "campaigns:detail", flag.campaign_id)
    draft = Campaign.objects.filter(status=CampaignStatus.DRAFT).earliest("starts_on", "pk")
    turn(marketing, "campaign-suggested", "campaigns:edit", draft.pk)
    turn(marketing, "lifts", "lift:norms")
    turn(marketing, "past-promotions", "lift:promotions")
    past = PastLift.objects.latest("starts_on", "pk")
    turn(marketing, "past-promotion", "lift:past", past.pk)
    turn(marketing, "baseline", "baseline:sku", past.product_id)
    turn(marketing, "campaign-form", "campaigns:new")
    marketing.get_by_label("Name").fill("Winter Warmers")
    marketing.get_by_label("First day").fill("2020-01-05")
    marketing.get_by_role("button", name="Submit to Planning").click()
    expect(marketing.get_by_role("alert")).to_be_visible()
    picture(marketing, "campaign-form-errors")
    turn(marketing, "waiting", "remedies:waiting")
    planning = come("priya.planning")
    planning.goto(reverse("risk:bridge"))
    planning.screenshot(path=folder / "bridge.png", animations="disabled")
    picture(planning, "bridge")
    turn(planning, "flag", "risk:flag", flag.pk)
    turn(planning, "arithmetic", "risk:door", flag.pk, flag.worst_door_id)
    turn(planning, "remedy", "remedies:expedite", flag.pk)
    turn(planning, "planning-decision", "risk:campaign", flag.campaign_id)
    turn(planning, "receipts", "supply:receipts")
    turn(planning, "catalogue", "catalogue:products")
    turn(planning, "sku", "catalogue:product", flag.product_id)
    turn(planning, "history", "history:entries")
    turn(planning, "roles", "access:roles")
