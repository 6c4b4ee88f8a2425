"""The pages of replays: asking for one, its progress, and what it came to."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from marketing.campaigns.choices import CampaignStatus
from marketing.tests.factories import TODAY, make_campaign, make_door, make_product
from scorecard.lab.choices import ReplayStatus
from scorecard.lab.domain import run_replay
from scorecard.lab.engine import Judgement
from scorecard.lab.models import Replay
from scorecard.lab.result import WEEKS_AHEAD, ReplayResult
from scorecard.measures.choices import DayState
from scorecard.tests.lab.cases import LAST_WEEK, make_replay, make_sighting, make_sightings, saw_days
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK
from sop_site.tests.operating_model.cases import propose

pytestmark = pytest.mark.django_db
AS_HTMX = {"HTTP_HX_REQUEST": "true"}
UNFINISHED = {"finished_at": None, "result": None, "weeks_done": 0}


@pytest.fixture
def model(today, user_of):
    return propose(user_of, cover_threshold=1.3)


@pytest.fixture
def past(today):
    """A campaign of last week: one SKU ran out, one was barely covered."""
    door, short, barely = make_door(), make_product(), make_product()
    campaign = make_campaign(
        products=[short, barely],
        doors=[door],
        starts_on=LAST_WEEK,
        days=2,
        status=CampaignStatus.COMPLETED,
    )
    make_sightings(campaign, {short: 1.2, barely: 1.25})
    saw_days(campaign, short, door, [DayState.IN_STOCK, DayState.OUT])
    saw_days(campaign, barely, door, [DayState.IN_STOCK, DayState.IN_STOCK])
    return campaign


def text_of(response):
    return " ".join(response.content.decode().split())


def test_without_any_sighting_the_fragment_says_what_is_needed(model, client_of):
    answer = client_of(Role.EXECUTIVE).get(reverse("lab:of_model", args=[model.pk]), **AS_HTMX)

    assert "Nothing to replay yet" in text_of(answer)
    assert "<form" not in text_of(answer)
    assert "<html" not in text_of(answer)


def test_with_too_few_sightings_it_says_since_when_they_are_kept(model, client_of):
    make_sighting(TODAY - timedelta(weeks=2), make_campaign(doors=[make_door()]), {})

    answer = client_of(Role.EXECUTIVE).get(reverse("lab:of_model", args=[model.pk]))

    assert "has been kept since Sun 8 Nov 2026. A replay needs campaigns that began at least six weeks" in (
        text_of(answer)
    )


def test_a_head_asks_and_reads_the_result_beside_todays_model(model, past, client_of, settings):
    client = client_of(Role.MARKETING_LEAD)
    form = text_of(client.get(reverse("lab:of_model", args=[model.pk])))
    assert f'<option value="{LAST_WEEK}" selected>' in form
    weeks = {"first_week": str(LAST_WEEK), "last_week": str(LAST_WEEK)}

    answer = client.post(reverse("lab:ask", args=[model.pk]), weeks)

    replay = Replay.objects.get()
    assert answer.url == reverse("lab:replay", args=[replay.pk])
    assert "0 of 1 week replayed" in text_of(client.get(answer.url))
    run_replay(replay.pk)
    page = text_of(client.get(answer.url))
    assert (
        "Six weeks ahead, version 2 would have flagged 1 of 1 stockout, 1 more than version 1."
        " It would have raised 2 flags, 2 more than version 1."
        " To bring these up to its threshold takes $300 of stock at cost, against $0."
    ) in page
    assert page.count("<svg viewBox") == 2
    assert "hx-get" not in page.partition('id="replay"')[2]
    settings.CURRENCY = "€"
    assert "takes €300 of stock at cost, against €0." in text_of(client.get(answer.url))


def test_a_week_that_cannot_be_replayed_is_refused_in_a_sentence(model, past, client_of):
    client = client_of(Role.MARKETING_LEAD)
    weeks = {"first_week": str(LAST_WEEK + WEEK), "last_week": str(LAST_WEEK)}

    answer = client.post(reverse("lab:ask", args=[model.pk]), weeks, follow=True)

    assert "Choose two weeks that can be replayed." in text_of(answer)
    assert not Replay.objects.exists()


def test_the_order_of_the_weeks_is_checked(model, past, client_of):
    weeks = {"first_week": str(LAST_WEEK), "last_week": str(LAST_WEEK - WEEK)}

    answer = client_of(Role.EXECUTIVE).post(reverse("lab:ask", args=[model.pk]), weeks, follow=True)

    assert "The first week is after the last." in text_of(answer)


def test_progress_is_polled_until_it_is_final(model, user_of, client_of):
    by = user_of(Role.EXECUTIVE)
    replay = make_replay(
        model, by, status=ReplayStatus.RUNNING, **UNFINISHED | {"started_at": timezone.now()}, weeks_in_all=9
    )
    client, url = client_of(Role.PLANNING_MEMBER), reverse("lab:replay", args=[replay.pk])

    first = text_of(client.get(url))
    assert f'hx-get="{url}?seen=running-0-False"' in first
    assert client.get(url, {"seen": "running-0-False"}, **AS_HTMX).status_code == 204
    Replay.objects.update(weeks_done=4)
    moved = client.get(url, {"seen": "running-0-False"}, **AS_HTMX)
    assert "4 of 9 weeks replayed" in text_of(moved)


def test_a_replay_that_stands_still_or_failed_can_be_asked_for_again(model, user_of, client_of):
    replay = make_replay(
        model,
        user_of(Role.EXECUTIVE),
        status=ReplayStatus.WAITING,
        asked_at=timezone.now() - timedelta(minutes=20),
        started_at=None,
        **UNFINISHED,
    )
    client, url = client_of(Role.EXECUTIVE), reverse("lab:replay", args=[replay.pk])
    assert "It has not ended for ten minutes." in text_of(client.get(url))
    assert "Replay it again" not in text_of(client_of(Role.PLANNING_MEMBER).get(url))
    Replay.objects.update(status=ReplayStatus.FAILED, error="ValueError: torn")
    assert "It failed: ValueError: torn" in text_of(client.get(url))

    answer = client.post(reverse("lab:retry", args=[replay.pk]))

    assert answer.url == url
    assert "Replay it again" not in text_of(client.get(url))


@pytest.mark.parametrize(
    ("judged", "sentence"),
    [
        (Judgement.none(), "No campaign of these weeks was seen six weeks before it was to begin."),
        (
            Judgement(7, 7, 0, 3, 3, 0, 10.0, 20.0, 0.0, 1),
            "7 campaign lines were seen six weeks before, but the nights did not see every day",
        ),
    ],
)
def test_what_cannot_be_judged_is_said_in_words(model, user_of, client_of, judged, sentence):
    side = dict.fromkeys(WEEKS_AHEAD, judged)
    result = ReplayResult(side, side, campaigns=0).as_json()
    replay = make_replay(model, user_of(Role.EXECUTIVE), result=result)

    page = text_of(client_of(Role.EXECUTIVE).get(reverse("lab:replay", args=[replay.pk])))

    assert sentence in page
    assert "<svg viewBox" not in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_of_replays_costs_the_same_queries(
    model, user_of, client_of, number, django_assert_num_queries
):
    for _ in range(number):
        make_replay(model, user_of(Role.EXECUTIVE))
    client = client_of(Role.EXECUTIVE)
    client.get(reverse("lab:of_model", args=[model.pk]), **AS_HTMX)

    with django_assert_num_queries(7):
        client.get(reverse("lab:of_model", args=[model.pk]), **AS_HTMX)
