"""The servers and processes of a campaign, and the harm that can be done to each of them."""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from operator import itemgetter

import psutil
import redis
from django.db import InterfaceError, OperationalError

from sop_site.celery import app
from sop_site.changes.models import ChangedSku
from sop_site.embedded import postgres, valkey
from sop_site.embedded.children import Child
from sop_site.embedded.places import Places
from sop_site.embedded.processes import EmbeddedError

NIGHTLY_TASK = "planning.recalculate_everything"
ASK_EVERY_SECONDS = 0.2
START_SECONDS = 60


@dataclass
class Stage:
    """The embedded servers of ``places``, the Celery workers on them, and the processes beside them.

    Without a ``learner`` the ``worker`` serves every queue.
    """

    places: Places
    worker: Child
    learner: Child | None = None
    others: tuple[Child, ...] = ()
    _cpu_seconds: dict[int, float] = field(default_factory=dict)

    @property
    def workers(self) -> tuple[Child, ...]:
        """The one Celery worker, or both."""
        return (self.worker,) if self.learner is None else (self.worker, self.learner)

    def start(self) -> None:
        """Start the processes; returns when every worker has answered."""
        for child in (*self.workers, *self.others):
            child.start()
        count = len(self.workers)
        self._wait(
            lambda: len(app.control.ping(timeout=1, limit=count) or []) == count, "the workers to answer"
        )

    def keep_up(self) -> None:
        """Start again what has ended, as whatever runs the product does."""
        for child in (*self.workers, *self.others):
            if child.wait(until_seconds=0):
                child.start()

    def kill_pool_process(self) -> None:
        """``kill -9`` the process of the recalculating pool that has worked most since the last look."""
        self._wait(self._kill_busiest, "the worker to have a process")

    def _kill_busiest(self) -> bool:
        """False where there is none, or where one ended while they were looked at."""
        before, self._cpu_seconds = self._cpu_seconds, {}
        worked = []
        with suppress(psutil.NoSuchProcess):
            for process in self.worker.started_processes():
                spent = sum(process.cpu_times()[:2])
                self._cpu_seconds[process.pid] = spent
                worked.append((spent - before.get(process.pid, 0.0), process))
            if worked:
                max(worked, key=itemgetter(0))[1].kill()
                return True
        return False

    def kill_worker(self) -> None:
        """``kill -9`` the whole of the recalculating worker, and start it again."""
        self.worker.kill()
        self.worker.start()

    def stop_broker(self) -> None:
        """Stop the broker and remove everything that it held."""
        valkey.stop(self.places)
        shutil.rmtree(self.places.valkey_home)
        self.places.valkey_home.mkdir(mode=0o700)

    def start_broker(self) -> None:
        """Start the broker with what it holds, which may be nothing."""
        valkey.start(self.places)

    def restart_database(self) -> None:
        """Stop the database in the middle of everything, and start it again, which recovers it."""
        postgres.control(self.places, "-m", "immediate", "-t", "30", "stop")
        postgres.start(self.places)

    def send_nightly(self) -> None:
        """Ask for a nightly run, as the scheduler does."""
        app.send_task(NIGHTLY_TASK)

    def messages_wait(self) -> bool:
        """Whether a message is in a queue of the broker that no worker has taken."""
        client = redis.Redis(unix_socket_path=str(self.places.valkey_socket))
        try:
            return any(not key.endswith(b"pidbox") for key in client.scan_iter(_type="list"))
        finally:
            client.close()

    def is_quiet(self) -> bool:
        """Whether no SKU waits, no message waits, and every worker answers and has no task in hand.

        What ended on its own is started again, as whatever runs the product does.
        """
        self.keep_up()
        try:
            if ChangedSku.objects.exists():
                return False
        except (OperationalError, InterfaceError):
            return False
        if self.messages_wait():
            return False
        # A connection of before may lead to a broker that was stopped since.
        with app.connection_for_write() as connection:
            inspect = app.control.inspect(timeout=5, limit=len(self.workers), connection=connection)
            answers = [inspect.active() or {}, inspect.reserved() or {}]
        return all(len(answer) == len(self.workers) and not any(answer.values()) for answer in answers)

    def _wait(self, condition: Callable[[], object], what: str) -> None:
        def asked() -> object:
            self.keep_up()
            return condition()

        if seconds_until(asked, START_SECONDS) is None:
            raise EmbeddedError(f"Waited {START_SECONDS} s in vain for {what}; see {self.worker.log}.")


def seconds_until(condition: Callable[[], object], limit_seconds: float) -> float | None:
    """Ask until ``condition`` is true; the seconds that it took, None where the limit came first."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > limit_seconds:
            return None
        time.sleep(ASK_EVERY_SECONDS)
    return time.monotonic() - began
