"""The doors of a flag: which have a part in it, what its page says of each, and their arithmetic."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from marketing.campaigns.models import CampaignDoor, CampaignLine
from marketing.catalogue.models import Door, Ranging
from marketing.tests.factories import TODAY, make_baseline, make_campaign, make_dc, make_door, range_at
from planning.risk.arithmetic import network_arithmetic
from planning.risk.assessment import assess
from planning.risk.choices import RiskState
from planning.risk.doors import FlagDoors, doors_of, doors_with_a_part
from planning.risk.models import Flag
from planning.risk.pulse import flag_pulse
from planning.supply.models import StockPosition
from planning.tests.factories import make_stock
from planning.tests.risk.cases import Network, recalculated
from sop_site.access.roles import Role
from sop_site.changes import mark_changed
from sop_site.clock import set_today

pytestmark = pytest.mark.django_db
STARTS, ENDS = TODAY + timedelta(weeks=6), TODAY + timedelta(weeks=8, days=-1)
DAY = timedelta(days=1)


@pytest.fixture
def network(today) -> Network:
    return Network.make()


@pytest.fixture
def client(client_of) -> Client:
    return client_of(Role.EXECUTIVE)


@pytest.fixture
def mixed(network):
    """Of five doors in scope S1 is short, S2 and S3 have plenty, S8 has closed and S9 lacks the SKU."""
    product = network.make_sku("CREW-M", at_dc=0.0)
    StockPosition.objects.filter(door=network.doors[1]).update(on_hand_units=900)
    plenty = make_door(code="S3", supplied_by=network.dc)
    closed = make_door(code="S8", supplied_by=network.dc, closed_on=TODAY)
    stranger = make_door(code="S9", supplied_by=network.dc)
    for door in (plenty, closed):
        range_at(product, door)
        make_baseline(product, door, 10.0)
        make_stock(product, door, 900)
    make_campaign(products=[product], doors=[*network.doors, plenty, closed, stranger])
    recalculated(product)
    return the_flag()


@pytest.fixture
def fine(network):
    """Both doors of the network are served."""
    product = network.make_sku("CREW-M")
    make_campaign(products=[product], doors=network.doors)
    recalculated(product)
    return the_flag()


def the_flag() -> Flag:
    return Flag.objects.select_related("campaign", "product", "operating_model").get()


def page_of(client: Client, flag: Flag) -> str:
    answer = client.get(flag.get_absolute_url())
    assert answer.status_code == 200
    return answer.content.decode()


def address(flag: Flag, door: Door) -> str:
    return reverse("risk:door", args=[flag.pk, door.pk])


def codes(doors) -> list[str]:
    return [door.code for door in doors]


def test_the_doors_of_a_flag(mixed):
    doors = doors_of(mixed, is_calculated=True)
    assert codes(doors.doors) == codes(doors_with_a_part(mixed)) == ["S1", "S2", "S3"]
    assert codes(doors.unranged) == ["S9"]
    assert codes(line.door for line in doors.lines) == ["S1"]
    assert codes(doors.others) == ["S2", "S3"]
    assert doors.others_in_words == "2 more doors are covered"


@pytest.mark.parametrize(
    ("opened_on", "closed_on"),
    [
        pytest.param(None, None, id="always"),
        pytest.param(None, TODAY, id="closed already"),
        pytest.param(None, STARTS, id="closes on the first day"),
        pytest.param(None, STARTS + DAY, id="open on the first day alone"),
        pytest.param(ENDS, None, id="opens on the last day"),
        pytest.param(ENDS + DAY, None, id="opens after it"),
        pytest.param(STARTS + 3 * DAY, STARTS + 3 * DAY, id="closes as it opens"),
        pytest.param(STARTS + 3 * DAY, STARTS + 4 * DAY, id="open for one day"),
        pytest.param(ENDS - DAY, ENDS + 9 * DAY, id="open at the end"),
    ],
)
@pytest.mark.parametrize("day", [TODAY, STARTS + 2 * DAY, ENDS], ids=["ahead", "begun", "last day"])
def test_a_door_has_a_part_where_the_recalculation_gives_it_one(network, day, opened_on, closed_on):
    product = network.make_sku("CREW-M")
    make_campaign(products=[product], doors=network.doors, starts_on=STARTS)
    Door.objects.filter(pk=network.doors[1].pk).update(opened_on=opened_on, closed_on=closed_on)
    set_today(day)
    recalculated(product)
    inputs = assess([product.pk], today=day).inputs
    found = doors_with_a_part(the_flag()).values_list("pk", flat=True)
    assert set(found) == set(inputs.door_ids[inputs.lines.row].tolist())


def test_the_page_counts_all_doors_lists_the_short_ones_and_folds_the_others(mixed, client):
    page = page_of(client, mixed)
    assert "at 3 doors; not ranged at S9</p>" in page
    table, _, fold = page.partition('<details class="fold"><summary>2 more doors are covered</summary>')
    shown = {door.code: door for door in Door.objects.all()}
    assert address(mixed, shown["S1"]) in table
    for code in ("S2", "S3"):
        assert address(mixed, shown[code]) in fold
        assert address(mixed, shown[code]) not in table
    for code in ("S8", "S9"):
        assert address(mixed, shown[code]) not in page


def test_a_flag_that_is_fine_says_so_and_links_to_each_door(fine, network, client):
    page = page_of(client, fine)
    assert "at 2 doors</p>" in page
    assert "<p>All 2 doors are covered.</p>" in page
    assert "First short</th>" not in page
    for door in network.doors:
        assert address(fine, door) in page


@pytest.mark.parametrize(
    ("lines", "others", "state", "is_calculated", "words"),
    [
        (0, 1, RiskState.OK, True, "1 door is covered"),
        (0, 19, RiskState.OK, True, "All 19 doors are covered"),
        (5, 1, RiskState.STOCKOUT, True, "1 more door is covered"),
        (5, 14, RiskState.WATCH, True, "14 more doors are covered"),
        (5, 14, RiskState.WATCH, False, "14 more doors wait for the recalculation"),
        (0, 1, RiskState.OK, False, "1 door waits for the recalculation"),
        # It was no data for want of a door, and one has opened since.
        (0, 1, RiskState.NO_DATA, True, "1 door waits for the recalculation"),
    ],
)
def test_how_the_others_stand_in_words(lines, others, state, is_calculated, words):
    flag = Flag(state=state)
    doors = FlagDoors(
        flag,
        doors=[Door(pk=number) for number in range(1, others + 1)],
        unranged=[],
        lines=[flag.lines.model(flag=flag, door_id=-number) for number in range(1, lines + 1)],
        chances=["31%"] * lines,
        is_calculated=is_calculated,
    )
    assert doors.others_in_words == words


def test_nothing_is_said_to_be_covered_while_it_is_being_recalculated(fine, mixed_door, client):
    """A door that has just come into the scope is not covered before anyone has looked."""
    CampaignDoor.objects.create(campaign=fine.campaign, door=mixed_door)
    mark_changed([fine.product_id])
    page = page_of(client, fine)
    assert "3 doors wait for the recalculation." in page
    assert "covered" not in page
    recalculated(fine.product)
    assert "2 more doors are covered" in page_of(client, fine)


@pytest.fixture
def mixed_door(network, fine) -> Door:
    """A door that ranges the SKU, has none of it, and is not in the scope yet."""
    door = make_door(code="S3")
    range_at(fine.product, door)
    make_baseline(fine.product, door, 10.0)
    make_stock(fine.product, door, 0)
    return door


def test_no_door_that_ranges_the_sku(fine, client):
    Ranging.objects.all().delete()
    recalculated(fine.product)
    page = page_of(client, fine)
    assert "at no doors; not ranged at S1, S2</p>" in page
    assert "No door of the campaign ranges this SKU." in page
    assert "opens its arithmetic" not in page
    assert "No open door of the campaign ranges this SKU, so nothing can be promised." in page


def test_a_closed_flag_keeps_its_lines_and_claims_nothing_of_the_others(mixed, client):
    CampaignLine.objects.all().delete()
    recalculated(mixed.product)
    page = page_of(client, mixed)
    assert mixed.lines.get().door.name in page
    assert "covered" not in page
    assert "What still works" not in page
    mixed.lines.all().delete()
    assert "Nothing is calculated for its doors any more." in page_of(client, mixed)


def test_a_line_of_a_door_that_has_left_the_scope_leads_nowhere(mixed, client):
    door = mixed.lines.get().door
    CampaignDoor.objects.filter(door=door).delete()
    page = page_of(client, mixed)
    assert f'<th scope="row">{door.name}</th>' in page
    assert "at 2 doors;" in page


@pytest.mark.parametrize(("code", "state"), [("S1", "stockout"), ("S2", "ok"), ("S3", "ok")])
def test_every_door_with_a_part_opens_its_arithmetic(mixed, client, code, state):
    door = Door.objects.get(code=code)
    page = client.get(address(mixed, door)).content.decode()
    label = RiskState(state).label
    assert f'at {door.name} <span class="badge-state is-{state}">{label}</span>' in page
    assert f"<p>{label}. The threshold is 1.10×" in page
    assert "DC: what the DC can send" in page


@pytest.mark.parametrize("code", ["S8", "S9", "DC", "FAR"])
def test_a_door_without_a_part_has_no_arithmetic(mixed, client, code):
    """It has closed, lacks the SKU, is no part of the scope."""
    make_door(code="FAR")
    assert client.get(address(mixed, Door.objects.get(code=code))).status_code == 404


def test_the_arithmetic_shows_todays_state_and_not_the_stored_one(mixed, network, client):
    StockPosition.objects.filter(door=network.doors[0]).update(on_hand_units=900)
    page = client.get(address(mixed, network.doors[0])).content.decode()
    assert '<span class="badge-state is-ok">' in page
    assert mixed.lines.get().state == RiskState.STOCKOUT


def test_the_arithmetic_of_a_campaign_that_plans_the_sku_no_more(mixed, network, client):
    CampaignLine.objects.all().delete()
    page = client.get(address(mixed, network.doors[0])).content.decode()
    assert "no longer plans CREW-M, so there is no cover to speak of." in page
    assert "badge-state" not in page


@pytest.mark.parametrize("closed_on", [None, ENDS + DAY])
def test_the_arithmetic_of_a_campaign_that_is_over(mixed, network, client, closed_on):
    Door.objects.filter(pk=network.doors[0].pk).update(closed_on=closed_on)
    set_today(date(2027, 3, 1))
    assert client.get(address(mixed, network.doors[0])).status_code == (404 if closed_on else 200)
    assert client.get(mixed.get_absolute_url()).status_code == 200


def test_the_dcs_behind_all_doors_are_shown(mixed):
    """The DC of a door that is well, too."""
    far = make_dc(code="FAR", name="Reno DC")
    Door.objects.filter(code="S3").update(supplied_by=far)
    titles = [ledger.title for ledger in network_arithmetic(mixed, doors_with_a_part(mixed))]
    assert titles == ["Door DC: what the DC can send", "Reno DC: what the DC can send"]
    assert network_arithmetic(mixed, doors_with_a_part(mixed).filter(code="S3"))[0].title == titles[1]


def test_a_poll_sees_a_door_change_though_the_flag_does_not(network):
    """The second door is only watched, before as after; the flag speaks of the first, which has nothing."""
    product = network.make_sku("CREW-M", at_dc=0.0, at_door=0.0)
    make_campaign(products=[product], doors=network.doors)
    seen = []
    for on_hand_units, cover in ((105, 1.125), (106, 1.15)):
        StockPosition.objects.filter(door=network.doors[1]).update(on_hand_units=on_hand_units)
        recalculated(product)
        line = the_flag().lines.get(door=network.doors[1])
        assert (line.state, line.cover) == (RiskState.WATCH, cover)
        seen.append((the_flag().calculated_at, flag_pulse(the_flag())))
    (before, pulse_before), (after, pulse_after) = seen
    assert after == before
    assert pulse_after != pulse_before
