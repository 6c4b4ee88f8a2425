"""What was agreed about a thing is on its page, and on that of all that it concerns."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketing.campaigns.choices import CampaignStatus
from marketing.tests.factories import NOW, make_campaign, make_dc, make_product
from planning.tests.factories import make_flag, make_receipt
from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.meetings.agreed import agreed_about
from scorecard.meetings.choices import MeetingStatus
from scorecard.meetings.domain import room
from scorecard.meetings.domain.points import add_point
from scorecard.tests.actions.cases import give
from scorecard.tests.meetings.cases import CHAIR, make_meeting
from scorecard.tests.signals.cases import make_signal
from sop_site.access.roles import Role


@pytest.fixture
def things(today) -> dict[str, About]:
    """Two SKUs in a campaign, one of them also in one that is over, a signal and a receipt."""
    crew, tee = make_product(sku="CREW"), make_product(sku="TEE")
    glow = make_campaign(name="Glow", submitted_at=NOW)
    over = make_campaign(name="Over", submitted_at=NOW, status=CampaignStatus.COMPLETED)
    return {
        "crew": About(AboutKind.SKU, str(crew.pk)),
        "glow": About(AboutKind.CAMPAIGN, str(glow.pk)),
        "crew in glow": About(AboutKind.FLAG, str(make_flag(glow, crew).pk)),
        "tee in glow": About(AboutKind.FLAG, str(make_flag(glow, tee).pk)),
        "crew in over": About(AboutKind.FLAG, str(make_flag(over, crew).pk)),
        "signal": About(AboutKind.SIGNAL, str(make_signal(crew).pk)),
        "receipt": About(AboutKind.RECEIPT, str(make_receipt(crew, make_dc(), 240).pk)),
        "measure": About(AboutKind.MEASURE, "forecast_accuracy"),
    }


@pytest.fixture
def agree(today, user_of):
    """Decides something about a thing, and has somebody do something about it."""
    meeting, chair = make_meeting(user_of, today, MeetingStatus.RUNNING), user_of(CHAIR)

    def about(thing: About, words: str) -> None:
        point = add_point(meeting=meeting, by=chair, title=words, about=thing)
        room.decide(point=point, by=chair, text=words, owner=chair)
        room.give_action_on(point=point, by=chair, title=words, owner=chair, due_on=today)

    return about


def test_it_shows_on_all_that_it_concerns(today, user_of, things, agree):
    for name, thing in things.items():
        agree(thing, name)

    def shown(name: str) -> list[str]:
        parts = agreed_about(things[name], user_of(Role.EXECUTIVE), today, most=9)
        assert [row.decision.text for row in parts[0].decisions] == [name]
        others = [row.decision.text for part in parts[1:] for row in part.decisions]
        assert sorted(others) == sorted(row.action.title for part in parts[1:] for row in part.actions)
        return others

    assert {name: shown(name) for name in things} == {
        "crew": ["signal", "crew in glow"],
        "glow": ["tee in glow", "crew in glow"],
        "crew in glow": ["glow", "crew"],
        "tee in glow": ["glow"],
        "crew in over": ["crew"],
        "signal": ["crew"],
        "receipt": ["crew"],
        "measure": [],
    }


def test_each_row_says_what_it_is_about_and_the_page_has_what_a_part_leaves_out(
    today, client_of, things, agree
):
    for number in range(1, 8):
        agree(things["glow"], f"Number {number}")
    address = f"/agreed/flag/{things['crew in glow'].key}/"
    part = client_of(Role.EXECUTIVE).get(address, headers={"hx-request": "true"}).text
    assert "About its campaign and its SKU" in part
    assert "Nothing was decided about it itself" in part
    assert part.count(f'<a href="/campaigns/{things["glow"].key}/">Glow</a>') == 10
    assert "Number 7" in part
    assert "4 more</a>" in part
    whole = client_of(Role.EXECUTIVE).get(address).text
    assert "Number 1" in whole
    assert "more</a>" not in whole


def test_nobody_is_told_of_what_they_may_not_see(today, user_of, things, agree):
    """A draft is Marketing's own, and so is what was agreed about it."""
    draft = make_campaign(name="Draft", status=CampaignStatus.DRAFT)
    flag = About(AboutKind.FLAG, str(make_flag(draft, make_product()).pk))
    agree(flag, "Not yet.")
    about = About(AboutKind.CAMPAIGN, str(draft.pk))
    assert len(agreed_about(about, user_of(Role.MARKETING_LEAD), today, most=9)) == 2
    assert len(agreed_about(about, user_of(Role.PLANNING_LEAD), today, most=9)) == 1


@pytest.mark.parametrize("name", ["crew", "glow", "crew in glow"])
def test_asks_as_much_for_many_as_for_one(name, today, user_of, things, agree):
    reader = user_of(Role.EXECUTIVE)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            agreed_about(things[name], reader, today, most=9)
        return len(queries)

    for thing in things.values():
        agree(thing, "Once.")
    asked()  # which looks the reader's permissions up
    once = asked()
    for thing in things.values():
        agree(thing, "Again.")
        give(user_of, today, about=thing)
    assert asked() == once
