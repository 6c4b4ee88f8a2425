"""A chain's promotion calendar becomes campaigns, and the policy gives them stock to run out of."""

from datetime import date

import pytest
import time_machine
from django.core.management import CommandError, call_command

from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Door
from marketing.lift.models import LiftNorm
from planning.supply.models import Receipt, StockPosition
from sop_site.feeds.models import RetailerLoad
from sop_site.tests.feeds.everything import everything
from sop_site.tests.feeds.folders import small_retailer, write_folder

pytestmark = pytest.mark.django_db

WEEKS = [date.fromordinal(date(2026, 5, 2).toordinal() + 7 * week).isoformat() for week in range(30)]


def files() -> dict[str, str]:
    sales = [
        # A mug sells ten a week, and thirty in the tenth and twentieth week, when it is on display.
        f"{week_end},{store},MUG,{30 if number in (10, 20) else 10}"
        for number, week_end in enumerate(WEEKS)
        for store in ("S1", "S2")
    ]
    display = []
    for number in (10, 20):
        end = date.fromisoformat(WEEKS[number])
        start = date.fromordinal(end.toordinal() - 6)
        display += [f"P{number},MUG,{store},{start},{end},DISPLAY" for store in ("S1", "S2")]
    return {
        "products": "sku,name\nMUG,Stoneware mug",
        "stores": "store\nS1\nS2\nS3",
        "sales": "week_end,store,sku,units\n" + "\n".join(sales),
        "promotions": "promo_id,sku,store,start,end,mechanic\n"
        + "\n".join(
            [
                *display,
                "F1,MUG,S2,2026-12-03,2026-12-09,DISPLAY",
                "F2,MUG,S3,2026-12-03,2026-12-09,FEATURE",
                "F3,MUG,S1,2026-12-09,2026-12-15,DISPLAY",
            ]
        ),
        "chain_calendar": """
            sku,start,end,weeks,mechanic
            MUG,2026-07-05,2026-07-11,1,DISPLAY
            MUG,2026-12-03,2026-12-09,1,DISPLAY
            MUG,2027-02-04,2027-02-10,1,DISPLAY
            """,
    }


@pytest.fixture(autouse=True)
def _wall_clock():
    with time_machine.travel("2026-11-25 10:00Z", tick=False):
        yield


def load(folder, *arguments: str) -> None:
    call_command("load_retailer", str(folder), "--as-of", "2026-11-22", *arguments, skip_checks=True)


def test_each_run_to_come_is_a_campaign_with_its_doors_and_the_median_lift(tmp_path):
    load(write_folder(tmp_path, **files()))

    norm = LiftNorm.objects.get(category=None, discount_band="")
    assert norm.p50_uplift_ratio == pytest.approx(2.0, rel=0.1)
    # The first run is history, and no door takes part in the third.
    campaign = Campaign.objects.get()
    assert (campaign.code, campaign.name, campaign.status) == (
        "CAL-00002",
        "Display: Stoneware mug",
        "submitted",
    )
    assert (campaign.starts_on, campaign.ends_on) == (date(2026, 12, 3), date(2026, 12, 9))
    assert set(campaign.doors.values_list("code", flat=True)) == {"S1", "S2"}
    line = campaign.lines.get()
    assert (line.lift_unit, line.lift_value) == ("percent", round(100 * norm.p50_uplift_ratio, 1))


def test_simulated_stock_is_marked_and_the_same_on_every_run(tmp_path):
    folder = write_folder(tmp_path, **files())
    load(folder, "--simulate-inventory")
    before = everything()

    load(folder, "--simulate-inventory")

    assert everything() == before
    assert not StockPosition.objects.filter(is_simulated=False).exists()
    assert set(StockPosition.objects.values_list("door__code", flat=True)) == {"DC-SIM", "S1", "S2"}
    assert Door.objects.get(code="S1").supplied_by.code == "DC-SIM"
    assert Receipt.objects.filter(is_simulated=True, current_eta__gt=date(2026, 11, 22)).exists()
    assert RetailerLoad.objects.first().simulated_inventory


def test_a_later_simulation_replaces_what_the_earlier_one_ordered(tmp_path):
    folder = write_folder(tmp_path, **files())
    load(folder, "--simulate-inventory")

    call_command(
        "load_retailer", str(folder), "--as-of", "2026-11-29", "--simulate-inventory", skip_checks=True
    )

    assert not Receipt.objects.filter(current_eta__lt=date(2026, 11, 29)).exists()


def test_a_retailer_with_stock_is_not_simulated(tmp_path):
    folder = write_folder(tmp_path, **small_retailer())

    with pytest.raises(CommandError, match="has stock of its own"):
        load(folder, "--simulate-inventory")
