"""The Bridge: what stands on it, in which order, and when it answers that nothing changed."""

from datetime import timedelta

import pytest
from django.urls import reverse

from marketing.campaigns.choices import CampaignStatus
from marketing.catalogue.models import Door, Product
from marketing.tests.factories import (
    NOW,
    TODAY,
    make_baseline,
    make_campaign,
    make_dc,
    make_door,
    make_product,
    range_at,
)
from planning.risk.board import CAMPAIGNS_A_PAGE, read_board
from planning.risk.choices import RiskState
from planning.risk.decisions import accept_risk, approve_campaign
from planning.risk.models import Flag, RecalculationRun
from planning.risk.pulse import board_pulse
from planning.tests.factories import make_flag, make_stock
from sop_site.access.roles import Role

pytestmark = pytest.mark.usefixtures("today")
SHOW_OPEN = {"show": "open"}


def red(*, decide_by_in: int | None = 10, campaign=None, **facts) -> Flag:
    """A flag that needs a decision, so many days from today."""
    product = facts.pop("product", None) or make_product()
    campaign = campaign or make_campaign(products=[product])
    due = None if decide_by_in is None else TODAY + timedelta(days=decide_by_in)
    return make_flag(campaign, product, decide_by_date=due, **facts)


def rows_of(user, **chosen):
    board = read_board(user, {**SHOW_OPEN, **chosen})
    return [row for group in board.campaigns for row in group.rows]


def page_of(client, **query) -> str:
    return client.get(reverse("risk:bridge"), query).content.decode()


@pytest.fixture
def planner(user_of):
    return user_of(Role.PLANNING_MEMBER)


def test_campaigns_and_rows_stand_in_the_order_of_their_decide_by_dates(planner):
    late, soon, lapsed = red(decide_by_in=20), red(decide_by_in=3), red(decide_by_in=-2)
    second = red(campaign=lapsed.campaign, decide_by_in=1)
    assert [row.flag.pk for row in rows_of(planner)] == [lapsed.pk, second.pk, soon.pk, late.pk]


def test_lapsed_and_near_dates_are_marked_in_words(planner, client_of):
    red(decide_by_in=-2)
    red(decide_by_in=3)
    lapsed, soon = rows_of(planner)
    assert (lapsed.is_lapsed, lapsed.is_due_soon) == (True, False)
    assert (soon.is_lapsed, soon.is_due_soon) == (False, True)
    assert "Lapsed 20 Nov" in page_of(client_of(Role.PLANNING_MEMBER))


def test_decided_and_safe_skus_come_last_and_only_when_asked_for(planner):
    accepted, waiting = red(), red(decide_by_in=30)
    safe = red(campaign=waiting.campaign, state=RiskState.OK, units_short=0, revenue_short=0)
    accept_risk(flag=accepted, by=planner, reason="We take it.")
    assert [row.flag.pk for row in rows_of(planner)] == [waiting.pk]
    rows = rows_of(planner, show="all")
    assert [row.flag.pk for row in rows] == [waiting.pk, safe.pk, accepted.pk]
    assert [row.badge for row in rows] == ["stockout", "ok", "decided"]
    assert rows[2].decision is not None
    assert rows[2].decision.summary.startswith("Risk accepted")


def test_what_waits_for_signatures_can_be_listed(planner):
    waits = red(revenue_short=50_000.0)
    red()
    accept_risk(flag=waits, by=planner, reason="We take it.")
    assert [row.flag.pk for row in rows_of(planner, show="signature")] == [waits.pk]


def test_filters_by_campaign_region_and_text(planner):
    north, south = make_door(region="North"), make_door(region="South")
    tee = red(doors=(north,), product=make_product(sku="TEE-1", name="Linen tee"))
    coat = red(doors=(south,), product=make_product(sku="COAT-1", name="Wool coat"))
    assert [row.flag for row in rows_of(planner, campaign=tee.campaign)] == [tee]
    assert [row.flag for row in rows_of(planner, region="South")] == [coat]
    assert [row.flag for row in rows_of(planner, text="linen")] == [tee]
    assert [row.flag for row in rows_of(planner, text=coat.campaign.name)] == [coat]
    assert not rows_of(planner, text="linen", region="South")


def test_a_flag_belongs_to_the_regions_of_its_flagged_doors_or_of_all_its_doors(planner):
    """Open flags are looked for where a door needs a decision, all of them where the SKU is in the plan."""
    north, south, east, west = (make_door(region=region) for region in ("North", "South", "East", "West"))
    product = make_product()
    campaign = make_campaign(products=[product], doors=[north, south, west])
    range_at(product, north, south, east)
    flag = red(campaign=campaign, product=product, doors=(north,))
    flag.lines.create(door=south, state=RiskState.WATCH)
    fine = red(campaign=campaign, state=RiskState.OK, units_short=0, revenue_short=0)
    range_at(fine.product, south)

    def found_in(show: str) -> dict[str, set[Flag]]:
        regions = ("North", "South", "East", "West")
        return {
            region: {row.flag for row in rows_of(planner, show=show, region=region)} for region in regions
        }

    assert found_in("open") == {"North": {flag}, "South": set(), "East": set(), "West": set()}
    # The East ranges the SKU and has no part in the campaign, the West has one and does not range it.
    assert found_in("all") == {"North": {flag}, "South": {flag, fine}, "East": set(), "West": set()}


def test_a_filter_that_makes_no_sense_is_left_out(client_of):
    flag = red()
    page = page_of(client_of(Role.EXECUTIVE), show="nonsense", campaign="999999", region="Nowhere")
    assert flag.product.sku in page


@pytest.mark.parametrize("status", [CampaignStatus.DRAFT, CampaignStatus.REJECTED, CampaignStatus.CANCELLED])
def test_campaigns_that_are_not_planned_do_not_stand_on_it(planner, status):
    product = make_product()
    make_flag(make_campaign(products=[product], status=status), product)
    assert rows_of(planner, show="all") == []


def test_the_decision_window_is_marked(planner):
    columns = read_board(planner, SHOW_OPEN).columns
    assert len(columns) == 13
    assert [index for index, column in enumerate(columns) if column.is_decision] == [6, 7, 8]
    assert columns[0].is_now


def test_a_poll_that_has_seen_everything_gets_204_until_something_changes(planner, client_of):
    flag = red()
    client = client_of(Role.PLANNING_MEMBER)

    def poll(seen: str):
        return client.get(reverse("risk:bridge"), {"seen": seen}, headers={"HX-Request": "true"})

    def changed() -> bool:
        nonlocal seen
        answer, before = poll(seen), seen
        seen = board_pulse()
        if answer.status_code == 204:
            return False
        assert "<html" not in answer.content.decode()
        assert f"seen={seen}" in answer.content.decode()
        return seen != before

    seen = board_pulse()
    assert not changed()
    RecalculationRun.objects.create(scope="edit", queued_at=NOW, finished_at=NOW)
    assert changed()
    accept_risk(flag=flag, by=planner, reason="We take it.")
    assert changed()
    approve_campaign(campaign=flag.campaign, by=planner, note="")
    assert changed()
    assert not changed()


def test_the_version_is_part_of_no_other_link(client_of):
    red()
    page = page_of(client_of(Role.EXECUTIVE), seen="old", show="all")
    assert "seen=old" not in page


def test_many_campaigns_are_paged(planner):
    for _ in range(CAMPAIGNS_A_PAGE + 1):
        red()
    assert len(read_board(planner, SHOW_OPEN, 1).campaigns) == CAMPAIGNS_A_PAGE
    assert len(read_board(planner, SHOW_OPEN, 2).campaigns) == 1


def test_empty_states_say_what_to_do_next(client_of):
    client = client_of(Role.PLANNING_MEMBER)
    assert "No campaign is planned" in page_of(client)
    red(state=RiskState.OK, units_short=0, revenue_short=0)
    assert "Nothing needs a decision" in page_of(client)
    assert "Nothing found" in page_of(client, text="no such thing")


def shortage(name: str) -> tuple[Product, Door]:
    """A SKU of which a door, supplied by an empty DC, expects to sell more than there is."""
    product, dc = make_product(sku=name), make_dc(code=f"DC-{name}")
    door = make_door(code=f"S-{name}", supplied_by=dc)
    range_at(product, door)
    make_stock(product, door, 20)
    make_stock(product, dc, 0)
    make_baseline(product, door, 10.0)
    return product, door


def test_each_week_of_the_campaign_opens_the_arithmetic_of_the_worst_door(planner, client_of):
    product, door = shortage("TEE")
    campaign = make_campaign(products=[product], doors=[door])
    flag = make_flag(campaign, product, doors=(door,), worst_door=door)
    (row,) = rows_of(planner)
    weeks = [index for index, cell in enumerate(row.cells) if cell.state]
    assert weeks == [6, 7]
    assert {row.cells[week].state for week in weeks} == {"stockout"}
    address = reverse("risk:door", args=[flag.pk, door.pk])
    assert row.arithmetic_url == address
    assert f'href="{address}"' in page_of(client_of(Role.PLANNING_MEMBER))


def test_weeks_show_the_projected_units_and_a_decided_risk_is_red_no_more(planner, client_of):
    product, door = shortage("TEE")
    flag = make_flag(make_campaign(products=[product], doors=[door]), product, doors=(door,), worst_door=door)
    (row,) = rows_of(planner)
    assert [cell.on_hand for cell in row.cells] == ["10"] + ["0"] * 12
    page = page_of(client_of(Role.PLANNING_MEMBER))
    assert '<span class="cell-quiet">10</span>' in page
    assert 'title="0 units projected"' in page
    accept_risk(flag=flag, by=planner, reason="We take it.")
    (row,) = rows_of(planner, show="all")
    assert {(cell.state, cell.label) for cell in row.cells if cell.state} == {
        ("decided", "Decided, stockout")
    }


@pytest.mark.parametrize("show", ["open", "all"])
def test_rows_cost_no_statements(client_of, show, statements_sent):
    client = client_of(Role.PLANNING_LEAD)

    def count() -> int:
        client.get(reverse("risk:bridge"))
        with statements_sent() as sent:
            assert client.get(reverse("risk:bridge"), {"show": show}).status_code == 200
        return len(sent)

    def add(name: str) -> None:
        product, door = shortage(name)
        make_flag(make_campaign(products=[product], doors=[door]), product, doors=(door,), worst_door=door)

    add("A")
    one = count()
    add("B")
    add("C")
    assert count() == one
