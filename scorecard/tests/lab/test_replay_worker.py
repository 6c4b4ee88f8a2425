"""A real worker on a real broker replays what people ask for."""

import pytest

from marketing.tests.factories import make_campaign, make_door, make_product
from planning.tests.waiting import until
from scorecard.lab.choices import ReplayStatus
from scorecard.lab.domain import ask_replay
from scorecard.lab.models import Replay
from scorecard.lab.result import ReplayResult
from scorecard.measures.choices import DayState
from scorecard.tests.lab.cases import LAST_WEEK, make_sightings, saw_days
from sop_site.access.roles import Role
from sop_site.tests.operating_model.cases import propose

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_what_is_asked_for_is_replayed(today, user_of, worker):
    door, tee = make_door(), make_product()
    campaign = make_campaign(products=[tee], doors=[door], starts_on=LAST_WEEK, days=1)
    make_sightings(campaign, {tee: 1.2})
    saw_days(campaign, tee, door, [DayState.OUT])

    ask_replay(
        model=propose(user_of, cover_threshold=1.3),
        first_week=LAST_WEEK,
        last_week=LAST_WEEK,
        by=user_of(Role.EXECUTIVE),
    )

    until(Replay.objects.filter(status=ReplayStatus.DONE).exists, seconds=60, what="the worker to replay it")
    result = ReplayResult.of_json(Replay.objects.get().result)
    assert (result.today[6].caught, result.proposed[6].caught) == (0, 1)
