"""What the lab writes: what was seen each week, and replays."""

import logging
from datetime import date
from typing import Final

from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from scorecard.lab.choices import UNDER_WAY, ReplayStatus
from scorecard.lab.models import Replay, Sighting
from scorecard.lab.packing import pack_sighting
from scorecard.lab.queries import is_silent, replayable, weeks_of
from scorecard.lab.replaying import replayed
from scorecard.lab.sightings import seen_now
from sop_site.access.models import User
from sop_site.access.permissions import NotNow, require
from sop_site.celery import app
from sop_site.clock import today
from sop_site.fiscal import week_start
from sop_site.formats import short_date_year
from sop_site.operating_model.models import OperatingModel

logger = logging.getLogger(__name__)

REPLAY_TASK: Final = "scorecard.replay"


def record_sighting(today: date) -> Sighting | None:
    """Keep what is known of every planned campaign line in the week of ``today``; once a week.

    Returns None where the week has its sighting already: it is of the first night that took one, and stays.
    """
    week = week_start(today)
    if Sighting.objects.filter(week_start=week).exists():
        return None
    seen = seen_now(today)
    sighting, is_new = Sighting.objects.get_or_create(
        week_start=week,
        defaults={
            "seen_on": today,
            "operating_model": OperatingModel.objects.in_force(today),
            "lines": len(seen),
            "packed": pack_sighting(seen),
        },
    )
    return sighting if is_new else None


@transaction.atomic
def ask_replay(*, model: OperatingModel, first_week: date, last_week: date, by: User) -> Replay:
    """Ask for a replay of ``model`` beside today's on the campaigns that began in these weeks.

    Where ``model`` itself is today's it is replayed beside the one that it replaced. The worker is called
    after commit. Raises NotNow where not all of these weeks can be replayed, and where a replay of this
    version is under way.
    """
    require(by, "sop_site.propose_operating_model")
    day = today()
    weeks = [week.start for week in replayable(day).weeks]
    first, last = week_start(first_week), week_start(last_week)
    if first > last:
        raise NotNow("The first week is after the last.")
    if not weeks:
        raise NotNow("No week can be replayed yet.")
    if first not in weeks or last not in weeks:
        raise NotNow(
            f"Weeks can be replayed from {short_date_year(weeks[0])} to {short_date_year(weeks[-1])}."
        )
    # Whoever asks at the same moment waits here.
    OperatingModel.objects.select_for_update(no_key=True).get(pk=model.pk)
    if Replay.objects.filter(model=model, status__in=UNDER_WAY).exists():
        raise NotNow("A replay of this version is under way.")
    in_force = OperatingModel.objects.in_force(day)
    replay = Replay.objects.create(
        model=model,
        beside=model.replaces if model.replaces and model.pk == in_force.pk else in_force,
        first_week_start=first,
        last_week_start=last,
        asked_at=timezone.now(),
        asked_by=by,
        weeks_in_all=len([week for week in weeks if first <= week <= last]),
    )
    transaction.on_commit(lambda: _call_worker(replay.pk))
    return replay


@transaction.atomic
def retry_replay(*, replay: Replay, by: User) -> Replay:
    """Ask again for a replay that failed, or that people have waited for too long.

    Raises NotNow for one that is under way or done.
    """
    require(by, "sop_site.propose_operating_model")
    locked = Replay.objects.select_for_update(no_key=True).get(pk=replay.pk)
    if locked.status != ReplayStatus.FAILED and not is_silent(locked):
        raise NotNow("Only a replay that failed or stands still can be asked for again.")
    locked.status, locked.error = ReplayStatus.WAITING, ""
    locked.asked_at, locked.started_at, locked.finished_at, locked.weeks_done = timezone.now(), None, None, 0
    locked.save()
    transaction.on_commit(lambda: _call_worker(locked.pk))
    return locked


def run_replay(replay_id: int) -> None:
    """What the worker does: replay, and keep the result; nothing where it is done or no longer there.

    May come twice, or again after a kill: it begins anew and comes to the same. An error is kept with it.
    """
    replay = Replay.objects.select_related("model", "beside").filter(pk=replay_id).first()
    if replay is None or replay.status not in UNDER_WAY:
        return
    weeks = weeks_of(replay)
    rows = Replay.objects.filter(pk=replay_id)
    rows.update(status=ReplayStatus.RUNNING, started_at=timezone.now(), weeks_done=0, weeks_in_all=len(weeks))
    try:
        result = replayed(
            proposed=replay.model,
            today=replay.beside,
            week_starts=weeks,
            tell=lambda number: rows.update(weeks_done=number),
        )
    except Exception as problem:
        logger.exception("The replay %s failed.", replay_id)
        rows.update(
            status=ReplayStatus.FAILED,
            finished_at=timezone.now(),
            error=f"{type(problem).__name__}: {problem}",
        )
        return
    rows.update(
        status=ReplayStatus.DONE, finished_at=timezone.now(), result=result.as_json(), weeks_done=len(weeks)
    )


def _call_worker(replay_id: int) -> None:
    """Send the message; without the broker the page says after a while that the replay stands still."""
    try:
        app.send_task(REPLAY_TASK, kwargs={"replay_id": replay_id})
    except OperationalError:
        logger.warning("The broker cannot be reached; the replay %s waits.", replay_id)
