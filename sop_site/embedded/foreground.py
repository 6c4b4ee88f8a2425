"""The whole product in the foreground: servers, web, workers and beat, until Ctrl-C."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from sop_site.embedded.children import LEARNER, RECALCULATOR, Child, beat_command, web_command
from sop_site.embedded.places import REPOSITORY, Places, data_dir
from sop_site.embedded.preparation import prepare
from sop_site.embedded.processes import MARK, EmbeddedError, end, kill, marked_processes
from sop_site.embedded.supervisor import (
    Wanted,
    connection_environment,
    held,
    servers_answer,
    start_servers,
    stop_servers,
)

TICK_SECONDS = 0.2
SERVER_CHECK_SECONDS = 5
WEB_START_SECONDS = 60
PATIENCE_SECONDS = 10
PREPARATIONS = (
    ("Bringing the database up to date", ["migrate", "--verbosity", "0"]),
    ("Looking for the demo retailer (the first time it is made and loaded: about a minute)", ["load_demo"]),
)


class StopAsked(Exception):
    """A person or the system asked the run to stop."""


class Run:
    """One run of the product in one DATA_DIR; when `serve` returns or raises, no process of it is left."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.url = f"http://localhost:{port}/"
        self.mark = str(folder)
        self.wanted = Wanted.by_environment()
        self.stop_requests = 0
        self.children: list[Child] = []

    def serve(self) -> None:
        """Start everything, say where it is, and keep it up until a signal asks to stop."""
        with held(self.folder, f"Bridge at {self.url}"), self.signals():
            end(marked_processes(self.mark), PATIENCE_SECONDS)
            with listening(self.port) as listener:
                places = None
                try:
                    places = prepare(self.folder)
                    if self.wanted.database or self.wanted.broker:
                        say("Starting the database and the broker")
                    start_servers(places, self.wanted)
                    self.prepare(self.environment(places))
                    self.start_children(places, listener)
                    self.wait_for_web()
                    say(f"Bridge is ready: {self.url}  (Ctrl-C stops it; logs in {places.logs})")
                    self.keep_up(places)
                except StopAsked:
                    say("Stopping")
                finally:
                    self.stop(places)
        say("Stopped; the data is kept.")

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Count requests to stop instead of dying of them; a hang-up that was ignored stays ignored."""
        wanted = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            wanted.append(signal.SIGHUP)
        earlier = {number: signal.signal(number, self.note_stop) for number in wanted}
        try:
            yield
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)

    def note_stop(self, number: int, frame: FrameType | None) -> None:
        """Signal handler: only counts, the run looks at the count at every tick."""
        self.stop_requests += 1

    def tick(self) -> None:
        """Let a little time pass. Raises StopAsked when a signal has come."""
        if self.stop_requests:
            raise StopAsked
        time.sleep(TICK_SECONDS)

    def environment(self, places: Places) -> dict[str, str]:
        """What the product's processes get beside the environment of this one."""
        return {
            **connection_environment(places),
            "DEMO_MODE": "1",
            "DEBUG": "0",
            "PRODUCTION": "0",
            "SECRET_KEY": os.environ.get("SECRET_KEY") or secret_key(self.folder),
            "PYTHONUNBUFFERED": "1",
            MARK: self.mark,
        }

    def prepare(self, environment: dict[str, str]) -> None:
        """Bring the database up to date and load the demo retailer, in processes that a signal can end."""
        quiet = {"LOG_LEVEL": os.environ.get("LOG_LEVEL") or "WARNING"}
        for told, command in PREPARATIONS:
            say(told)
            process = subprocess.Popen(
                [sys.executable, "manage.py", *command],
                cwd=REPOSITORY,
                env={**os.environ, **environment, **quiet},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            while process.poll() is None:
                self.tick()
            if process.returncode != 0:
                raise EmbeddedError("The database could not be prepared; the reason stands above.")

    def start_children(self, places: Places, listener: socket.socket) -> None:
        """Start web, both workers and beat."""
        environment = self.environment(places)
        commands = {
            "web": web_command(places, listener.fileno()),
            "worker": RECALCULATOR,
            "learner": LEARNER,
            "beat": beat_command(places),
        }
        for name, command in commands.items():
            fds = (listener.fileno(),) if name == "web" else ()
            child = Child(name, command, places.logs / f"{name}.log", environment, fds)
            self.children.append(child)
            child.start()

    def wait_for_web(self) -> None:
        """Wait until the web process answers a request."""
        deadline = time.monotonic() + WEB_START_SECONDS
        while not web_answers(self.port):
            self.tick()
            self.revive_children()
            if time.monotonic() > deadline:
                raise EmbeddedError(f"The web process does not answer; see {self.children[0].log}.")

    def keep_up(self, places: Places) -> None:
        """Start again what ends, until asked to stop."""
        next_check_seconds = time.monotonic() + SERVER_CHECK_SECONDS
        while True:
            self.tick()
            self.revive_children()
            if time.monotonic() >= next_check_seconds:
                if not servers_answer(places, self.wanted):
                    say("The database or the broker does not answer; starting it again")
                    start_servers(places, self.wanted)
                next_check_seconds = time.monotonic() + SERVER_CHECK_SECONDS

    def revive_children(self) -> None:
        """Start again every child that ended, and say so."""
        for child in self.children:
            if told := child.revive():
                say(told)

    def stop(self, places: Places | None) -> None:
        """End the children in order, then the servers; a second request to stop cuts the waiting short."""
        requests = self.stop_requests
        for child in self.children:
            child.ask_to_end()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self.stop_requests <= max(1, requests):
            if all(child.wait(time.monotonic() + TICK_SECONDS) for child in self.children):
                break
        kill(marked_processes(self.mark))
        for child in self.children:
            child.wait(time.monotonic() + TICK_SECONDS)
        if places is not None:
            stop_servers(places)


def say(text: str) -> None:
    """Tell the person at the terminal; a terminal that has gone away is no reason to fail."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 stands in for the terminal


def wanted_port() -> int:
    """PORT of the environment, 8000 if it is not set. Raises EmbeddedError if it is no port."""
    text = os.environ.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise EmbeddedError(f"PORT must be a number from 1 to 65535, not “{text}”.")
    return int(text)


@contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """The web port of this machine, taken before anything slow begins, so that a clash is told at once."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(64)
        except PermissionError as error:
            raise EmbeddedError(
                f"Port {port} needs root; choose another, e.g. `make demo PORT=8001`."
            ) from error
        except OSError as error:
            raise EmbeddedError(
                f"Port {port} is taken by another program; choose another, e.g. `make demo PORT=8001`."
            ) from error
        yield listener


def web_answers(port: int) -> bool:
    """Whether the health page answers; an error page means that the process is up all the same."""
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/healthz/", timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def secret_key(folder: Path) -> str:
    """The signing key of this DATA_DIR, made once and readable by its owner only."""
    path = folder / "secret_key"
    if not path.exists():
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48), encoding="utf-8")
        draft.replace(path)
    return path.read_text(encoding="utf-8")


def run_demo() -> None:
    """The command: serve in the DATA_DIR and on the PORT of the environment."""
    Run(data_dir(), wanted_port()).serve()
