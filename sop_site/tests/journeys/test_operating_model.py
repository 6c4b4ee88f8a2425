"""Leadership tries a limit of one category on the past and adopts it: its flags alone change, and name it."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from marketing.campaigns.choices import CampaignStatus
from marketing.tests.factories import make_campaign
from planning.risk.models import Flag
from planning.tests.risk.cases import recalculated
from scorecard.measures.choices import DayState
from scorecard.tests.lab.cases import LAST_WEEK, make_sightings, saw_days
from sop_site.access.roles import Role
from sop_site.tests.journeys import steps
from sop_site.tests.journeys.world import FIRST_DAY

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
WORKER_SECONDS = 30
TEES = "Womens > Tops > Tees"


@pytest.fixture
def flags(world) -> tuple[Flag, Flag]:
    """A tee and a sock that are both covered 1.5 times."""
    tee = world.network.make_sku("TEE-R", "Linen Tee Red", at_dc=200, category=world.shifted.category)
    sock = world.network.make_sku("SOCK", "Plain Sock", at_dc=200)
    make_campaign(products=[tee, sock], doors=world.network.stores, starts_on=FIRST_DAY)
    recalculated(tee, sock)
    return Flag.objects.get(product=tee), Flag.objects.get(product=sock)


@pytest.fixture
def past(world) -> None:
    """Last week a tee ran out that had been covered 1.5 times in each of the eight weeks before."""
    tee = world.network.make_sku("TEE-P", "Linen Tee Pink", at_dc=200, category=world.shifted.category)
    door = world.network.stores[0]
    campaign = make_campaign(
        products=[tee], doors=[door], starts_on=LAST_WEEK, days=2, status=CampaignStatus.COMPLETED
    )
    make_sightings(campaign, {tee: 1.5}, category_path=TEES, region=door.region)
    saw_days(campaign, tee, door, [DayState.IN_STOCK, DayState.OUT])


def open_version(page: Page) -> None:
    """The page of the newest version, by the menu."""
    steps.menu(page, "Operating model")
    page.get_by_role("row").get_by_role("link", name="Version 2").click()


def test_a_limit_of_a_category_is_proposed_replayed_reviewed_and_adopted(flags, past, worker, person):
    marketing = person(Role.MARKETING_LEAD, java_script_enabled=False)
    planning, executive = person(Role.PLANNING_LEAD), person(Role.EXECUTIVE)
    tee, sock = flags
    assert (tee.state, sock.state) == ("ok", "ok")

    steps.menu(marketing, "Operating model")
    marketing.get_by_role("link", name="Propose a change").click()
    marketing.get_by_label("Why").fill("Tees ran out twice last summer.")
    marketing.get_by_role("button", name="Add places").click()
    place = marketing.get_by_role("group", name="Place 1")
    place.get_by_label("Category").fill("tea")
    place.get_by_label("Cover threshold").fill("1.6")
    marketing.get_by_role("button", name="Propose", exact=True).click()
    expect(marketing.get_by_text("There is no category tea.")).to_be_visible()
    place.get_by_label("Category").fill("tees")
    marketing.get_by_role("button", name="Propose", exact=True).click()
    steps.message(marketing, "Version 2 is proposed. Another head reviews it.")
    expect(marketing.get_by_role("button", name="Review")).to_have_count(0)

    open_version(planning)
    changes = planning.get_by_role("region", name="What it changes")
    expect(changes.get_by_role("row", name=f"Cover threshold {TEES} 1.10× 1.60×")).to_be_visible()
    planning.get_by_role("button", name="Replay").click()
    outcome = "version 2 would have flagged 1 of 1 stockout, 1 more than version 1"
    expect(planning.get_by_text(outcome)).to_be_visible(timeout=WORKER_SECONDS * 1_000)
    open_version(planning)
    planning.get_by_role("button", name="Review").click()
    steps.message(planning, "Version 2 is reviewed.")

    open_version(executive)
    executive.get_by_role("button", name="Adopt").click()
    steps.message(executive, "Version 2 is adopted.")

    planning.goto(reverse("risk:flag", args=[tee.pk]))
    named = planning.get_by_text(f"threshold 1.60× (operating model v2, {TEES})")
    steps.reload_until(planning, named, seconds=WORKER_SECONDS, what="the flag under the new version")
    expect(planning.get_by_text("under the threshold of 1.60×")).to_be_visible()
    planning.goto(reverse("risk:flag", args=[sock.pk]))
    expect(planning.get_by_text("threshold 1.10× (operating model v2)")).to_be_visible()
    expect(planning.get_by_text("over the threshold of 1.10×")).to_be_visible()
