"""A weekly review by three people in three browsers, and an action that the data closes and reopens."""

import json
import os
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from marketing.catalogue.models import Product
from marketing.tests.factories import TODAY, make_campaign
from planning.risk.models import Flag
from planning.supply.models import StockPosition
from planning.tests.waiting import until
from scorecard.meetings.models import Meeting
from scorecard.tests.meetings.cases import make_series
from sop_site.access.models import User
from sop_site.access.roles import Role
from sop_site.celery import app
from sop_site.changes import mark_changed
from sop_site.tests.journeys.test_measurement import FILE
from sop_site.tests.journeys.world import FIRST_DAY, World

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
CAMPAIGN = "Winter Warmers"
HIDE = "Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })"
DECISION = "Start a week later."
ACTION = "Tell the stores about the new week"


def up(page: Page) -> Locator:
    """What the room shows of the point that is up."""
    return page.locator(".room-up")


def subject(page: Page) -> Locator:
    """What the form of a decision says that it is on."""
    return page.get_by_role("heading", level=2, name="Decide").locator("+ p")


def decide(page: Page, text: str, owner: User) -> None:
    """Fill in what was decided; the button is not pressed yet."""
    form = page.locator("#room-decide")
    form.get_by_label("We decide").fill(text)
    form.get_by_label("Owner").select_option(value=str(owner.pk))
    form.get_by_label("It assumes (optional)").fill("The yarn arrives.")
    form.get_by_label("What would change our mind (optional)").fill("A second delay.")


def press(page: Page, name: str) -> None:
    """Press a button of the page that is called so."""
    page.get_by_role("button", name=name, exact=True).click(no_wait_after=True)


def write_down(seconds: dict[str, float]) -> None:
    """Keep how long the others waited, as it was on this machine with what else it did."""
    measured = {
        "what": "seconds from the click on a decision to where the others see it in the room",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": {who: round(value, 2) for who, value in seconds.items()},
        "load_average": round(os.getloadavg()[0], 2),
    }
    with FILE.open("a") as file:
        file.write(json.dumps(measured) + "\n")


def test_a_weekly_review_by_three_people_in_three_browsers(world, visit, user_of):
    campaign = make_campaign(
        products=[world.expedited], doors=world.network.stores, starts_on=FIRST_DAY, name=CAMPAIGN
    )
    meeting = make_series(user_of).meetings.earliest("starts_at")
    chair = visit(Role.PLANNING_MEMBER, viewport=DESK).new_page()
    phone = visit(Role.MARKETING_MEMBER, viewport=PHONE, has_touch=True).new_page()
    phone.clock.install()
    head = visit(Role.EXECUTIVE, viewport=DESK).new_page()

    # The chair adds a point and opens the meeting; the campaign stands on the agenda by itself.
    chair.goto(meeting.get_absolute_url())
    chair.get_by_text("Add a point").click()
    chair.get_by_label("What is to be talked about").fill("The weather")
    press(chair, "Add")
    chair.get_by_text("Open the room today").click()
    press(chair, "Open the room")
    expect(up(chair).get_by_role("heading", level=2)).to_contain_text(CAMPAIGN)
    for page in (phone, head):
        page.goto(meeting.get_absolute_url())
        page.get_by_role("link", name="Go into the room").click()
    wall = head.context.new_page()
    wall.goto(reverse("meetings:projector", args=[meeting.pk]))
    everybody = (chair, phone, head, wall)
    for page in everybody:
        expect(page.get_by_role("list", name="In the room").get_by_role("listitem")).to_have_count(3)
        expect(up(page).get_by_role("timer")).to_have_text(re.compile(r"\d:\d\d of \d+ min"))

    # Who looks at another tab is still here: a hidden page asks too, but rarely.
    phone.evaluate(HIDE)
    with phone.expect_request(lambda request: request.url.split("?")[0].endswith("/room/")):
        phone.clock.fast_forward(10_000)
    phone.evaluate("delete document.visibilityState")

    # What one decides the others see, and it disturbs nobody who types.
    thought = head.locator("#room-decide").get_by_label("We decide")
    thought.press_sequentially("Ask for the january slot")
    head.locator("#fold-notes summary").click()
    head.get_by_label("Notes").fill("The yarn is late.")
    press(head, "Keep the notes")
    expect(phone.get_by_label("Notes")).to_have_value("The yarn is late.")
    asked: list[str] = []
    head.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    head.get_by_role("link", name="Home").click()
    expect(thought).to_have_value("Ask for the january slot")
    assert asked == ["beforeunload"]
    thought.focus()
    thought.evaluate("field => field.setSelectionRange(8, 11)")
    decide(phone, DECISION, user_of(Role.MARKETING_MEMBER))
    began = time.perf_counter()
    press(phone, "Write the decision down")
    seconds = {}
    for who, page in (("chair", chair), ("executive", head), ("projector", wall)):
        up(page).get_by_text(DECISION).wait_for()
        seconds[who] = time.perf_counter() - began
    write_down(seconds)
    expect(phone.locator("#room-decide").get_by_label("We decide")).to_have_value("")

    # An action is given on the point, and the point parked; whoever types stays on it, to the letter.
    chair.get_by_text("Give an action").click()
    form = chair.locator("#room-action")
    form.get_by_label("What is to be done").fill(ACTION)
    form.get_by_label("Owner").select_option(value=str(user_of(Role.MARKETING_MEMBER).pk))
    press(chair, "Give the action")
    for page in everybody:
        expect(up(page).get_by_role("link", name=f"{ACTION} (opens in a new tab)")).to_be_visible()
    press(chair, "Park it")
    expect(up(chair).get_by_role("heading", level=2, name="The weather")).to_be_focused()
    for page in everybody:
        expect(up(page).get_by_role("heading", level=2)).to_have_text("The weather")
    expect(subject(phone)).to_contain_text("The weather")
    expect(subject(head)).to_contain_text(CAMPAIGN)
    expect(head.get_by_text("The meeting has moved on.")).to_be_visible()
    expect(thought).to_be_focused()
    head.keyboard.type("one")
    expect(thought).to_have_value("Ask for one january slot")
    head.locator("#room-decide").get_by_label("Owner").select_option(index=1)
    press(head, "Write the decision down")
    expect(thought).to_have_value("")
    expect(subject(head)).to_contain_text("The weather")
    expect(head.get_by_text("The meeting has moved on.")).to_be_hidden()
    parked = chair.locator(".room-agenda li", has_text=CAMPAIGN)
    expect(parked).to_contain_text("2 decided")
    expect(parked).to_contain_text("Parked")

    # The chair closes it: everybody comes to the minutes, but nobody loses what is half written.
    thought.press_sequentially("And then")
    chair.get_by_text("Close the meeting").first.click()
    chair.get_by_label("What the minutes say first (optional)").fill("A week later.")
    press(chair, "Close the meeting")
    minutes = re.compile(re.escape(meeting.get_absolute_url()) + "$")
    for page in (chair, phone, wall):
        expect(page).to_have_url(minutes)
    expect(head.get_by_role("alert")).to_contain_text("what you were writing was not sent")
    expect(thought).to_have_value("And then")
    head.once("dialog", lambda dialog: dialog.accept())
    head.get_by_role("link", name="To the minutes").click()
    for page in (chair, phone, head, wall):
        expect(page.get_by_role("heading", level=2, name="Minutes")).to_be_visible()
        expect(page.get_by_text("Ask for one january slot")).to_be_visible()

    # It stands where the campaign does.
    phone.goto(campaign.get_absolute_url())
    agreed = phone.get_by_role("region", name="Decisions and actions")
    expect(agreed).to_contain_text(DECISION)
    expect(agreed).to_contain_text("What would change our mind: A second delay.")
    expect(agreed.get_by_role("link", name=ACTION)).to_be_visible()
    assert Meeting.objects.get(pk=meeting.pk).attendances.count() == 3


def hold(product: Product, world: World, units: float) -> None:
    """The DC holds so many of it, as a delivery or a count says."""
    StockPosition.objects.filter(product=product, door=world.network.dc).update(on_hand_units=units)
    mark_changed([product.pk])


def data_says(page: Page, product: Product, *, undecided: bool, status: str) -> None:
    """Wait until the worker has judged the SKU, let it look at the conditions, and read the action anew."""

    def is_so() -> bool:
        return Flag.objects.undecided().filter(product=product).exists() is undecided

    until(is_so, seconds=30, what=f"a flag that is {'open' if undecided else 'cleared'}")
    app.send_task("scorecard.check_conditions")
    heading = page.get_by_role("heading", level=1)

    def stands() -> bool:
        page.reload()
        return status in heading.inner_text()

    until(stands, seconds=30, what=f"an action that is {status.lower()}")


def test_an_action_closes_itself_when_the_stock_comes_and_opens_again_when_it_goes(
    world, worker, visit, user_of
):
    crew, owner = world.expedited, user_of(Role.PLANNING_LEAD)
    make_campaign(products=[crew], doors=world.network.stores, starts_on=FIRST_DAY, name=CAMPAIGN)
    mark_changed([crew.pk])
    until(Flag.objects.undecided().exists, seconds=30, what="the worker to flag it")
    page = visit(Role.PLANNING_MEMBER, viewport=DESK).new_page()
    page.goto(Flag.objects.get().get_absolute_url())
    page.get_by_role("region", name="Decisions and actions").get_by_role(
        "link", name="Give an action"
    ).click()
    page.get_by_label("What is to be done").fill("Find 80 crews")
    page.get_by_label("Owner").select_option(value=str(owner.pk))
    page.get_by_label("Until").fill((TODAY + timedelta(days=7)).isoformat())
    page.get_by_label("It is done when").select_option(label="Nobody has to decide on the flag any more")
    press(page, "Give the action")
    page.get_by_role("link", name="Find 80 crews").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Open")

    hold(crew, world, 1_000)
    data_says(page, crew, undecided=False, status="Done")
    expect(page.get_by_text("because the stock covers the plan")).to_be_visible()
    hold(crew, world, 100)
    data_says(page, crew, undecided=True, status="Open")
    expect(page.get_by_role("region", name="What changed").get_by_text("The data says so.")).to_have_count(2)
