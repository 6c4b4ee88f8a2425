"""The time from the submit to the flag on an open Bridge: measured and written down, not asserted."""

import json
import os
import time
from datetime import UTC, datetime
from statistics import median

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from marketing.campaigns.choices import CampaignStatus
from marketing.tests.factories import make_campaign
from sop_site.access.roles import Role
from sop_site.embedded.places import data_dir
from sop_site.tests.journeys import steps
from sop_site.tests.journeys.world import FIRST_DAY, World

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
RUNS = 5
# The folder of a test run stands in the DATA_DIR that people know.
FILE = data_dir().parent / "measurements.jsonl"


def seconds_to_the_flag(marketing: Page, board: Page, world: World, number: int) -> float:
    """Submit a campaign of one new SKU, and wait until the open Bridge shows its flag."""
    product = world.network.make_sku(f"RUN-{number}", f"Measured Vest {number}", at_dc=100)
    stores = world.network.stores
    campaign = make_campaign(
        products=[product], doors=stores, starts_on=FIRST_DAY, status=CampaignStatus.DRAFT
    )
    marketing.goto(campaign.get_absolute_url())
    button = marketing.get_by_role("button", name="Submit to Planning")
    expect(button).to_be_visible()
    flag = steps.sku_row(board, product)
    began = time.perf_counter()
    button.click(no_wait_after=True)
    flag.wait_for(state="visible")
    return time.perf_counter() - began


def test_the_time_from_submit_to_flag_is_written_down(world, worker, visit, capsys):
    board = visit(Role.PLANNING_MEMBER).new_page()
    board.goto(reverse("risk:bridge"))
    marketing = visit(Role.MARKETING_MEMBER).new_page()
    seconds = [seconds_to_the_flag(marketing, board, world, number) for number in range(1, RUNS + 1)]
    measured = {
        "what": "seconds from the click on submit to the flag on an open Bridge",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": [round(second, 2) for second in seconds],
        "median": round(median(seconds), 2),
        "load_average": round(os.getloadavg()[0], 2),
    }
    with FILE.open("a") as file:
        file.write(json.dumps(measured) + "\n")
    with capsys.disabled():
        print(f"\nFrom submit to flag: {measured['seconds']} s, median {measured['median']} s")
