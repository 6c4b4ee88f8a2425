"""Waiting for what another thread or process does: by asking the database until a deadline."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connection, connections

ASK_EVERY_SECONDS = 0.05


def until(condition: Callable[[], object], *, seconds: float, what: str) -> None:
    """Ask until ``condition`` is true; fail with ``what`` was waited for when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"Waited {seconds} s in vain: {what}"
        time.sleep(ASK_EVERY_SECONDS)


def someone_waits_for_us() -> bool:
    """Whether another session is held up by a lock that this transaction holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        return cursor.fetchone()[0]


def sessions_that_wait() -> int:
    """How many sessions are held up by a lock, whoever holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


@contextmanager
def threads(count: int):
    """Yields ``start(function, *arguments, **named) -> Future``; each has its own database connection."""

    def closing(function: Callable, *arguments: object, **named: object) -> object:
        try:
            return function(*arguments, **named)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:

        def start(function: Callable, *arguments: object, **named: object) -> Future:
            return pool.submit(closing, function, *arguments, **named)

        yield start
