"""The faults: each does its harm while people work, and says what it did."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from django.utils import timezone

from planning.risk.choices import RunScope
from planning.risk.models import RecalculationRun
from sop_site.faults.retailer import turn_the_day
from sop_site.faults.stage import Stage, seconds_until

# Of the killed, one in so many is the whole worker.
WHOLE_WORKER = 8
# For the first of the kills a nightly run is under way.
NIGHTLY_SHARE = 0.8
PAUSE_BETWEEN_KILLS_SECONDS = (0.05, 1.0)
PAUSE_BEFORE_RESTART_SECONDS = (0.2, 4.0)
# After a restart people go on, before the next one or the end.
SOON_SECONDS = 2.0
# Longer than any nightly run of this retailer takes among edits.
NIGHT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: ``act`` does it, while ``editors`` work, and says in words what it did.

    ``cuts_runs_off``: runs may end in the middle. ``may_fail_edits``: so may edits, for want of a database.
    """

    name: str
    act: Callable[[Stage, Random], str]
    editors: int
    cuts_runs_off: bool = False
    may_fail_edits: bool = False


def kill_workers(times: int) -> Callable[[Stage, Random], str]:
    """``kill -9`` of a worker's process, now and then of the whole worker, while a nightly run works.

    The last ones strike what edits ask for alone, so that no nightly run covers what was lost.
    """

    def act(stage: Stage, dice: Random) -> str:
        whole = 0
        for number in range(times):
            if number < times * NIGHTLY_SHARE and not stage.messages_wait():
                stage.send_nightly()
            time.sleep(dice.uniform(*PAUSE_BETWEEN_KILLS_SECONDS))
            if dice.randrange(WHOLE_WORKER):
                stage.kill_pool_process()
            else:
                stage.kill_worker()
                whole += 1
        return f"{times} kills, {whole} of the whole worker"

    return act


def take_the_broker_away(seconds: float) -> Callable[[Stage, Random], str]:
    """The broker is stopped, and comes back with nothing in it."""

    def act(stage: Stage, dice: Random) -> str:
        stage.stop_broker()
        time.sleep(seconds)
        stage.start_broker()
        return f"{seconds:g} s without a broker, then an empty one"

    return act


def restart_the_database(times: int) -> Callable[[Stage, Random], str]:
    """The database is stopped in immediate mode, and recovers."""

    def act(stage: Stage, dice: Random) -> str:
        for _ in range(times):
            stage.send_nightly()
            time.sleep(dice.uniform(*PAUSE_BEFORE_RESTART_SECONDS))
            stage.restart_database()
            time.sleep(SOON_SECONDS)
        return f"{times} restarts"

    return act


def run_two_nights_at_once(stage: Stage, dice: Random) -> str:
    """A week passes, much changes that nobody marked, and two nightly runs start together."""
    turn_the_day(days=7, factor=0.6)
    stage.send_nightly()
    stage.send_nightly()
    return "2 nightly runs together"


def edit_against_nights(nights: int) -> Callable[[Stage, Random], str]:
    """One nightly run after another, some on a new day and each to its end, while everybody edits.

    Nothing recalculates everything after the last, so that what it did wrong stands.
    """

    def act(stage: Stage, dice: Random) -> str:
        finished = 0
        for _ in range(nights):
            turn_the_day(days=dice.randrange(2), factor=dice.choice([0.7, 1.4]))
            since = timezone.now()
            stage.send_nightly()
            ended = RecalculationRun.objects.filter(scope=RunScope.NIGHTLY, finished_at__gt=since)
            finished += seconds_until(ended.exists, NIGHT_SECONDS) is not None
        return f"{nights} nightly runs one by one, {finished} of them finished among edits"

    return act
