"""The product's own processes, started as children: each in a session of its own, with a log and a mark.

The terminal's Ctrl-C so reaches only their parent, which ends them in order; and by the mark the next start
finds those that outlived a killed parent.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from sop_site.embedded.places import REPOSITORY, Places
from sop_site.embedded.processes import EmbeddedError, is_alive, last_lines

CELERY = [sys.executable, "-m", "celery", "--app", "sop_site.celery:app"]
# Serves every queue with two processes.
WORKER = [
    *CELERY,
    "worker",
    "--concurrency",
    "2",
    "--loglevel",
    "INFO",
    "--without-gossip",
    "--without-mingle",
]
# The product has two: what people wait for never stands behind learning, and the memory that learning takes
# goes back after each night with its process.
RECALCULATOR = [*WORKER, "--hostname", "worker@%h", "--queues", "recalculation,nightly"]
LEARNER = [
    *WORKER,
    "--hostname",
    "learner@%h",
    "--queues",
    "learning",
    "--concurrency",
    "1",
    "--max-tasks-per-child",
    "1",
]
LARGEST_LOG_BYTES = 10_000_000
SETTLED_SECONDS = 20
MOST_EARLY_ENDS = 3


def web_command(places: Places, listening_descriptor: int) -> list[str]:
    """The web server, on a socket that listens already and that it inherits.

    Its own small files lie beside the broker's socket, in the folder that is there however long the path
    of DATA_DIR is.
    """
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "sop_site.wsgi:application",
        "--bind",
        f"fd://{listening_descriptor}",
        "--worker-class",
        "gthread",
        "--workers",
        "2",
        "--threads",
        "4",
        # Imported once for both; nor does one that takes another's place wait for it.
        "--preload",
        "--no-control-socket",
        "--graceful-timeout",
        "5",
        "--worker-tmp-dir",
        str(places.valkey_socket.parent),
    ]


def beat_command(places: Places) -> list[str]:
    """The scheduler, which keeps its times in the folder of `places`."""
    return [
        *CELERY,
        "beat",
        "--schedule",
        str(places.data_dir / "beat-schedule"),
        "--pidfile",
        "",
        "--loglevel",
        "INFO",
    ]


@dataclass
class Child:
    """One long-running process of the product, by the name that people see."""

    name: str
    command: list[str]
    log: Path
    environment: Mapping[str, str]
    pass_fds: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    started_at_seconds: float = 0.0
    early_ends: int = field(default=0)

    def start(self) -> None:
        """Start the process; its output goes to the end of the log, whose earlier part may be put aside."""
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=REPOSITORY,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=self.pass_fds,
            )
        self.started_at_seconds = time.monotonic()

    def revive(self) -> str:
        """Start the process again if it has ended; what to tell people, empty if it runs.

        Raises EmbeddedError with the end of the log when it keeps ending soon after its start.
        """
        if self.process is None or self.process.poll() is None:
            return ""
        soon = time.monotonic() - self.started_at_seconds < SETTLED_SECONDS
        self.early_ends = self.early_ends + 1 if soon else 0
        if self.early_ends >= MOST_EARLY_ENDS:
            raise EmbeddedError(
                f"The {self.name} does not stay up; the end of {self.log}:\n{last_lines(self.log, 20)}"
            )
        code = self.process.returncode
        self.start()
        return f"The {self.name} ended (code {code}) and was started again."

    def ask_to_end(self) -> None:
        """Ask the process to finish what it has in hand and end."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """`kill -9` the process with everything that it started; returns when it is dead."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def started_processes(self) -> list[psutil.Process]:
        """The living processes that the process has started itself."""
        if self.process is None or self.process.poll() is not None:
            return []
        return [process for process in psutil.Process(self.process.pid).children() if is_alive(process)]

    def wait(self, until_seconds: float) -> bool:
        """Whether the process has ended by the moment `until_seconds` of the monotonic clock."""
        if self.process is None:
            return True
        try:
            self.process.wait(timeout=max(0.0, until_seconds - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True
