"""What the bench runs on: its own databases, worker and web server, none of which the product ever sees."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.core.management import call_command
from django.db import connection
from psycopg import sql

from sop_site.embedded.children import RECALCULATOR, Child, web_command
from sop_site.embedded.foreground import listening, web_answers
from sop_site.embedded.places import Places
from sop_site.embedded.processes import MARK, EmbeddedError, last_lines

START_SECONDS = 60
STOP_SECONDS = 10
ASK_EVERY_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Stage:
    """The servers of one run, and the environment in which the product's processes find them."""

    places: Places

    def environment(self) -> dict[str, str]:
        """What a child gets beside the environment of this process: the database that is measured now."""
        database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        return {
            "DATABASE_URL": database.geturl(),
            "DEBUG": "0",
            "PRODUCTION": "0",
            "PYTHONUNBUFFERED": "1",
            MARK: str(self.places.data_dir),
        }

    def child(self, name: str, command: list[str], pass_fds: tuple[int, ...] = ()) -> Child:
        """A process of the product, not yet started."""
        log = self.places.logs / f"{name}.log"
        return Child(name, command, log, self.environment(), pass_fds)


@contextmanager
def database(name: str, *, fingerprint: str, keep: bool, load: Callable[[], None]) -> Iterator[None]:
    """Let Django's connection lead to the database ``name`` beside its own, migrated and loaded.

    With ``keep`` one that was loaded by the same ``fingerprint`` is taken as it is, and stays at the end.
    """
    home = connection.settings_dict["NAME"]
    beside = f"{home}_{name}"
    is_loaded = keep and _fingerprint_of(beside) == fingerprint
    if not is_loaded:
        _execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", beside)
        _execute("CREATE DATABASE {}", beside)
    _lead_to(beside)
    try:
        call_command("migrate", verbosity=0)
        if not is_loaded:
            load()
            _execute(f"COMMENT ON DATABASE {{}} IS '{fingerprint}'", beside)
        yield
    finally:
        _lead_to(home)
        if not keep:
            _execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", beside)


def _fingerprint_of(name: str) -> str | None:
    """By what a database was loaded; None where there is none, or its load was interrupted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        )
        row = cursor.fetchone()
    return row and row[0]


def _execute(statement: str, name: str) -> None:
    """As text, which the history's hook on the cursor asks for."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(sql.Identifier(name)).as_string(cursor.connection))


def _lead_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


@dataclass(frozen=True, slots=True)
class Worker:
    """The product's real worker of recalculations with its two processes."""

    child: Child

    def peak_memory_mb(self) -> float | None:
        """The highest peak of resident memory that any of its processes has had, None where none is told."""
        pids = [process.pid for process in self.child.started_processes()]
        if self.child.process is not None:
            pids.append(self.child.process.pid)
        peaks = [peak_memory_mb(pid) for pid in pids]
        return max(filter(None, peaks), default=None)


@contextmanager
def worker(stage: Stage) -> Iterator[Worker]:
    """The worker, ready, with nothing waiting for it; it is stopped at the end."""
    from sop_site.celery import app

    app.control.purge()
    child = stage.child("worker", RECALCULATOR)
    child.start()
    try:
        deadline = time.monotonic() + START_SECONDS
        while not app.control.ping(timeout=0.5):
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"The worker did not start; the end of {child.log}:\n{last_lines(child.log)}"
                )
        yield Worker(child)
    finally:
        _stop(child)


@contextmanager
def web(stage: Stage) -> Iterator[str]:
    """The address of the product's web server on a free port; it is stopped at the end."""
    with listening(0) as listener:
        port = listener.getsockname()[1]
        command = web_command(stage.places, listener.fileno())
        child = stage.child("web", command, (listener.fileno(),))
        child.start()
        try:
            deadline = time.monotonic() + START_SECONDS
            while not web_answers(port):
                if time.monotonic() > deadline:
                    raise EmbeddedError(f"The web server did not start; see {child.log}.")
                time.sleep(ASK_EVERY_SECONDS)
            yield f"http://localhost:{port}"
        finally:
            _stop(child)


def _stop(child: Child) -> None:
    """End the process with everything that it started."""
    child.ask_to_end()
    if not child.wait(time.monotonic() + STOP_SECONDS):
        child.kill()


def peak_memory_mb(pid: int) -> float | None:
    """The highest peak of a process's resident memory; None where none is told."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return None
    kilobytes = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(kilobytes[0]) / 1024 if kilobytes else None
