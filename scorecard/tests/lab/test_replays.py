"""Replays: by hand on a small past, only with what was known, in the worker, once and twice."""

from datetime import timedelta

import pytest
from django.utils import timezone

from marketing.campaigns.choices import CampaignStatus
from marketing.tests.factories import TODAY, make_campaign, make_door, make_product
from scorecard.lab import domain
from scorecard.lab.choices import ReplayStatus
from scorecard.lab.models import Replay, Sighting
from scorecard.lab.queries import is_silent, replayable
from scorecard.lab.result import WEEKS_AHEAD, ReplayResult
from scorecard.lab.result_page import beside_flags
from scorecard.measures.choices import DayState
from scorecard.tests.lab.cases import LAST_WEEK, make_replay, make_sighting, make_sightings, saw_days
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK
from sop_site.operating_model.domain import ScopeLimits
from sop_site.operating_model.limits import Limit
from sop_site.tests.operating_model.cases import propose

pytestmark = pytest.mark.django_db
IN, OUT, UNSEEN, CLOSED = DayState.IN_STOCK, DayState.OUT, DayState.NOT_SEEN, DayState.NOT_OFFERED


@pytest.fixture
def door(today):
    return make_door()


@pytest.fixture
def past(door):
    """A campaign of last week with four SKUs: short, barely covered, well covered, and one nobody saw."""
    short, barely, well, unseen = (make_product() for _ in range(4))
    campaign = make_campaign(
        products=[short, barely, well, unseen],
        doors=[door],
        starts_on=LAST_WEEK + timedelta(days=1),
        days=3,
        status=CampaignStatus.COMPLETED,
    )
    make_sightings(campaign, {short: 0.8, barely: 1.2, well: 1.5, unseen: 1.2})
    saw_days(campaign, short, door, [IN, OUT, OUT])
    saw_days(campaign, barely, door, [IN, IN, OUT])
    saw_days(campaign, well, door, [IN, CLOSED, IN])
    saw_days(campaign, unseen, door, [IN, UNSEEN, IN])
    return campaign


def asked(model, user_of, **weeks):
    weeks = {"first_week": LAST_WEEK, "last_week": LAST_WEEK, **weeks}
    return domain.ask_replay(model=model, by=user_of(Role.MARKETING_LEAD), **weeks)


def result_of(replay):
    domain.run_replay(replay.pk)
    replay.refresh_from_db()
    assert (replay.status, replay.error) == (ReplayStatus.DONE, "")
    return ReplayResult.of_json(replay.result)


def test_both_versions_are_judged_by_what_came(past, user_of):
    replay = asked(propose(user_of, cover_threshold=1.3), user_of)

    result = result_of(replay)

    # Version 1 asks for 1.1, the proposal for 1.3.
    today, proposed = result.today[6], result.proposed[6]
    assert (today.lines, today.unjudged, today.stockouts) == (4, 1, 2)
    assert (today.flags, today.caught, today.missed, today.false_alarms) == (1, 1, 1, 0)
    assert (proposed.flags, proposed.flags_unjudged, proposed.caught, proposed.missed) == (3, 1, 2, 0)
    assert (today.precision, today.recall) == (1.0, 0.5)
    assert (proposed.precision, proposed.recall) == (1.0, 1.0)
    # From 0.8 to 1.1 of 100 units; from 0.8 and twice from 1.2 to 1.3; at 20.00.
    assert today.inventory_cost == pytest.approx(600.0)
    assert proposed.inventory_cost == pytest.approx(1_400.0)
    assert (proposed.flags_a_week, result.campaigns) == (3.0, 1)
    assert sorted(result.proposed) == sorted(WEEKS_AHEAD)
    replay.refresh_from_db()
    assert (replay.weeks_done, replay.weeks_in_all) == (1, 1)


def test_a_scope_judges_its_category_and_region_alone(past, user_of):
    Sighting.objects.all().delete()
    short, barely, *_ = past.lines.order_by("pk").values_list("product", flat=True)
    products = {line.product: 1.2 for line in past.lines.filter(product__in=[short, barely])}
    make_sightings(past, products, category_path="Women > Tops")
    scope = ScopeLimits("Women", "North", {Limit.COVER_THRESHOLD: 1.4})
    elsewhere = ScopeLimits("Women", "South", {Limit.COVER_THRESHOLD: 2.0})
    model = propose(user_of, scopes=(scope, elsewhere), cover_threshold=1.1)

    result = result_of(asked(model, user_of))

    assert (result.today[6].flags, result.proposed[6].flags) == (0, 2)
    assert result.proposed[6].extra_units == pytest.approx(40.0)


def test_each_version_is_judged_when_its_decision_windows_end(past, user_of):
    """Ten weeks ahead for tops, seen in the eighth before; the barely covered one was scarce only then."""
    short, barely, *_ = past.lines.order_by("pk").values_list("product", flat=True)
    lines = {line.product: 1.2 for line in past.lines.filter(product__in=[short, barely])}
    Sighting.objects.all().delete()
    make_sightings(past, lines, category_path="Women > Tops")
    Sighting.objects.filter(week_start=LAST_WEEK - 8 * WEEK).delete()
    scarce = dict.fromkeys(lines, 0.9)
    make_sighting(LAST_WEEK - 8 * WEEK, past, scarce, category_path="Women > Tops")
    window = {Limit.WINDOW_FROM_WEEKS: 10.0, Limit.WINDOW_TO_WEEKS: 12.0, Limit.LEAD_TIME_BUFFER_DAYS: 7.0}
    model = propose(user_of, scopes=(ScopeLimits("Women", "", window),), cover_threshold=1.1)
    replay = asked(model, user_of)

    result = result_of(replay)

    assert result.proposed_in_window == result.proposed[8]
    assert result.today_in_window == result.today[6]
    assert (result.proposed_in_window.flags, result.today_in_window.flags) == (2, 0)
    beside = beside_flags(replay)
    assert [(row.proposed, row.today) for row in beside.window_rows[:2]] == [("2", "0"), ("2", "0")]
    assert beside.not_replayed == "Lead-time buffer"


def test_only_the_campaigns_as_they_were_planned_then_count(past, user_of):
    """Moved meanwhile, it is still looked at from the weeks before the day on which it was to begin."""
    past.starts_on += timedelta(weeks=20)
    past.ends_on += timedelta(weeks=20)
    past.save()

    result = result_of(asked(propose(user_of), user_of))

    assert result.today[6].lines == 4


def test_what_no_week_saw_is_in_no_figure(past, user_of):
    Sighting.objects.exclude(week_start=LAST_WEEK - 6 * WEEK).delete()

    result = result_of(asked(propose(user_of), user_of))

    assert {weeks: judged.lines for weeks, judged in result.today.items() if judged.lines} == {6: 4}
    assert (result.today[5].precision, result.today[5].flags_a_week) == (None, None)


def test_nights_that_saw_nothing_leave_all_lines_unjudged(past, user_of):
    past.promoted_days.all().delete()

    judged = result_of(asked(propose(user_of), user_of)).today[6]

    assert (judged.lines, judged.unjudged, judged.stockouts) == (4, 4, 0)
    assert (judged.precision, judged.recall) == (None, None)


def test_a_finished_replay_stays_as_it_is(past, user_of):
    replay = asked(propose(user_of), user_of)
    first = result_of(replay)
    finished_at = replay.finished_at
    Sighting.objects.all().delete()

    domain.run_replay(replay.pk)

    replay.refresh_from_db()
    assert (ReplayResult.of_json(replay.result), replay.finished_at) == (first, finished_at)


def test_a_replay_that_was_killed_begins_anew(past, user_of):
    replay = asked(propose(user_of), user_of)
    Replay.objects.update(status=ReplayStatus.RUNNING, started_at=timezone.now(), weeks_done=1)

    assert result_of(replay).today[6].flags == 1


def test_a_replay_that_fails_says_why_and_can_be_asked_for_again(past, user_of):
    replay = asked(propose(user_of), user_of)
    Sighting.objects.update(packed=b"torn")

    domain.run_replay(replay.pk)

    replay.refresh_from_db()
    assert replay.status == ReplayStatus.FAILED
    assert replay.error
    again = domain.retry_replay(replay=replay, by=user_of(Role.EXECUTIVE))
    assert (again.status, again.error, again.weeks_done) == (ReplayStatus.WAITING, "", 0)


def test_a_replay_that_stands_still_says_so(today, user_of):
    model, by = propose(user_of), user_of(Role.EXECUTIVE)
    asked_at = timezone.now() - timedelta(minutes=11)
    facts = {"asked_at": asked_at, "started_at": None, "finished_at": None, "result": None}
    silent = make_replay(model, by, status=ReplayStatus.WAITING, **facts)
    alive = make_replay(model, by, status=ReplayStatus.RUNNING, **{**facts, "started_at": timezone.now()})

    assert (is_silent(silent), is_silent(alive), is_silent(make_replay(model, by))) == (True, False, False)
    assert domain.retry_replay(replay=silent, by=by).status == ReplayStatus.WAITING
    with pytest.raises(NotNow, match="failed or stands still"):
        domain.retry_replay(replay=alive, by=by)


def test_one_replay_of_a_version_at_a_time(past, user_of):
    model = propose(user_of)
    asked(model, user_of)

    with pytest.raises(NotNow, match="is under way"):
        asked(model, user_of)


@pytest.mark.parametrize("weeks_off", [-1, 1])
def test_weeks_that_were_not_seen_six_weeks_before_cannot_be_replayed(past, user_of, weeks_off):
    Sighting.objects.exclude(week_start=LAST_WEEK - 6 * WEEK).delete()

    with pytest.raises(NotNow, match="Weeks can be replayed from Sun 15 Nov 2026 to Sun 15 Nov 2026"):
        asked(
            propose(user_of),
            user_of,
            first_week=LAST_WEEK + min(weeks_off, 0) * WEEK,
            last_week=LAST_WEEK + max(weeks_off, 0) * WEEK,
        )


def test_only_who_proposes_models_may_ask(past, user_of):
    model = propose(user_of)

    with pytest.raises(NotAllowed):
        domain.ask_replay(
            model=model, first_week=LAST_WEEK, last_week=LAST_WEEK, by=user_of(Role.PLANNING_MEMBER)
        )


def test_what_can_be_replayed_begins_six_weeks_after_the_first_sighting(door):
    campaign = make_campaign(doors=[door])
    assert replayable(TODAY).weeks == []
    make_sighting(TODAY - timedelta(days=9), campaign, {})
    young = replayable(TODAY)
    assert (young.weeks, young.sighted_since) == ([], TODAY - timedelta(days=9))

    make_sighting(LAST_WEEK - 8 * WEEK, campaign, {})

    assert [week.start for week in replayable(TODAY).weeks] == [
        LAST_WEEK - 2 * WEEK,
        LAST_WEEK - WEEK,
        LAST_WEEK,
    ]
