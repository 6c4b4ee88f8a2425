"""Both servers of a DATA_DIR under one lock."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sop_site.embedded import postgres, valkey
from sop_site.embedded.places import Places, broker_url, database_url
from sop_site.embedded.preparation import check_owner
from sop_site.embedded.processes import EmbeddedError

LOCK_NAME = "lock"


class InUseError(EmbeddedError):
    """Another run holds the DATA_DIR."""


@contextmanager
def held(folder: Path, note: str) -> Iterator[None]:
    """Hold DATA_DIR `folder` for this process alone; `note` tells others who does.

    The lock ends with the process, however it ends. Raises InUseError with the holder's note.
    """
    check_owner(folder)
    with (folder / LOCK_NAME).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another run"
            raise InUseError(
                f"DATA_DIR {folder} is in use by {holder}; stop that run, or name another DATA_DIR and PORT."
            ) from None
        file.truncate(0)
        file.write(f"{note} (process {os.getpid()})\n")
        file.flush()
        yield


@dataclass(frozen=True)
class Wanted:
    """Which servers the environment leaves to us: those that it names no URL for."""

    database: bool
    broker: bool

    @classmethod
    def by_environment(cls) -> "Wanted":
        """As DATABASE_URL and CELERY_BROKER_URL say."""
        return cls(not os.environ.get("DATABASE_URL"), not os.environ.get("CELERY_BROKER_URL"))


def start_servers(places: Places, wanted: Wanted, *, durable: bool = True) -> None:
    """Start or adopt the wanted servers, in a DATA_DIR that this process holds."""
    if wanted.database:
        postgres.start(places, durable=durable)
    if wanted.broker:
        valkey.start(places, durable=durable)


def servers_answer(places: Places, wanted: Wanted) -> bool:
    """Whether the wanted servers answer."""
    return (not wanted.database or postgres.answers(places)) and (not wanted.broker or valkey.answers(places))


def stop_servers(places: Places) -> None:
    """Stop both servers, whether this process started or adopted them."""
    valkey.stop(places)
    postgres.stop(places)


def connection_environment(places: Places) -> dict[str, str]:
    """The variables by which the product's processes find the servers of `places`."""
    return {
        "DATA_DIR": str(places.data_dir),
        "DATABASE_URL": os.environ.get("DATABASE_URL") or database_url(places=places),
        "CELERY_BROKER_URL": os.environ.get("CELERY_BROKER_URL") or broker_url(places=places),
    }
