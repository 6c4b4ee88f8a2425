"""The whole product in the foreground: started, stopped by Ctrl-C, killed, and started again."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sop_site.embedded import foreground
from sop_site.embedded.children import MOST_EARLY_ENDS, Child
from sop_site.embedded.places import REPOSITORY, Places, database_url
from sop_site.embedded.processes import EmbeddedError, kill, marked_processes, processes_in
from sop_site.embedded.supervisor import (
    InUseError,
    Wanted,
    connection_environment,
    held,
    start_servers,
    stop_servers,
)
from sop_site.tests.schema import dump_file, fill, fingerprint


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Demo:
    """A run of the demo command in a DATA_DIR whose database notes a retailer as loaded."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.port = free_port()
        without = {"DATABASE_URL", "CELERY_BROKER_URL", "DJANGO_SETTINGS_MODULE", "LOG_LEVEL"}
        self.environment = {name: value for name, value in os.environ.items() if name not in without}
        self.environment |= {"DATA_DIR": str(places.data_dir), "PORT": str(self.port)}
        self.process: subprocess.Popen[str] | None = None

    def seed(self, dumped: Path) -> None:
        """Note a load, so that no demo retailer is made; what the tests migrated is taken over."""
        start_servers(self.places, Wanted(database=True, broker=False), durable=False)
        commands = [["migrate", "--verbosity", "0"]]
        if dumped.exists():
            fill(dumped, database_url(places=self.places))
            commands = []
        code = (
            "from django.utils.timezone import now; from sop_site.feeds.models import RetailerLoad;"
            "RetailerLoad.objects.create(as_of_date=now().date(), started_at=now(), finished_at=now())"
        )
        for command in [*commands, ["shell", "--command", code]]:
            subprocess.run(
                [sys.executable, "manage.py", *command], cwd=REPOSITORY, env=self.environment, check=True
            )
        stop_servers(self.places)

    def start(self) -> list[str]:
        """Start the command and read what it says until it is ready."""
        command = [sys.executable, "-m", "sop_site.embedded", "demo"]
        self.process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line.strip())
            if "is ready" in line:
                return said
        raise AssertionError("\n".join(said))

    def stop_by(self, number: int) -> int:
        """Send the signal to the command alone, and wait for its end."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.communicate(timeout=30)
        return self.process.returncode

    def listening_ports(self) -> set[int]:
        """The TCP ports that any process of the run listens on."""
        return {
            connection.laddr.port
            for process in self.left()
            for connection in process.net_connections(kind="inet")
            if connection.status == psutil.CONN_LISTEN
        }

    def queues_served(self) -> list[str]:
        """The queues of each of the run's workers."""
        commands = [process.cmdline() for process in marked_processes(str(self.places.data_dir))]
        return sorted(
            {command[command.index("--queues") + 1] for command in commands if "--queues" in command}
        )

    def left(self) -> list[psutil.Process]:
        """Every process of the run that is still there."""
        return [
            *marked_processes(str(self.places.data_dir)),
            *processes_in(self.places.postgres_data, "postgres"),
            *processes_in(self.places.valkey_home, "valkey-server"),
        ]


@pytest.fixture
def demo(places: Places, db: None, embedded_servers: Places) -> Iterator[Demo]:
    """A demo that is not started yet."""
    made = Demo(places)
    made.seed(dump_file(embedded_servers.data_dir.parent, fingerprint()))
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.communicate()
    kill(made.left())


def test_a_demo_answers_recovers_from_kills_and_leaves_no_process_behind(demo: Demo) -> None:
    said = demo.start()
    assert f"http://localhost:{demo.port}/" in said[-1]
    with urllib.request.urlopen(f"http://localhost:{demo.port}/healthz/", timeout=10) as answer:
        assert answer.status == 200
    assert demo.listening_ports() == {demo.port}
    assert demo.queues_served() == ["learning", "recalculation,nightly"]

    demo.stop_by(signal.SIGKILL)
    orphans = {process.pid for process in marked_processes(str(demo.places.data_dir))}
    assert orphans
    demo.start()
    assert orphans.isdisjoint(process.pid for process in marked_processes(str(demo.places.data_dir)))

    demo.stop_by(signal.SIGKILL)
    kill(demo.left())
    demo.start()

    assert demo.stop_by(signal.SIGINT) == 0
    assert demo.left() == []


def test_a_second_run_in_the_same_folder_names_the_first(places: Places) -> None:
    with (
        held(places.data_dir, "Bridge at http://localhost:8000/"),
        pytest.raises(InUseError, match="in use by Bridge at http://localhost:8000/"),
        held(places.data_dir, "another"),
    ):
        pass


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "８０００", "80 00"])
def test_a_port_that_is_none_is_said(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", text)

    with pytest.raises(EmbeddedError, match="PORT must be a number"):
        foreground.wanted_port()


def test_a_taken_port_is_said_at_once() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        pytest.raises(EmbeddedError, match=f"Port {other.getsockname()[1]} is taken"),
        foreground.listening(other.getsockname()[1]),
    ):
        pass


def test_the_signing_key_stays_and_is_private(tmp_path: Path) -> None:
    key = foreground.secret_key(tmp_path)

    assert foreground.secret_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_child_that_keeps_ending_is_given_up_with_its_log(tmp_path: Path) -> None:
    child = Child("worker", [sys.executable, "-c", "print('no such queue')"], tmp_path / "worker.log", {})
    child.start()

    for _ in range(MOST_EARLY_ENDS - 1):
        assert child.wait(time.monotonic() + 10)
        assert child.revive() == "The worker ended (code 0) and was started again."
    assert child.wait(time.monotonic() + 10)
    with pytest.raises(EmbeddedError, match="no such queue"):
        child.revive()


def test_urls_of_the_environment_are_kept_and_nothing_embedded_starts(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = {"DATABASE_URL": "postgresql://db.example/bridge", "CELERY_BROKER_URL": "redis://broker.example/0"}
    for name, value in urls.items():
        monkeypatch.setenv(name, value)

    start_servers(places, Wanted.by_environment())

    assert connection_environment(places) == {"DATA_DIR": str(places.data_dir), **urls}
    assert processes_in(places.postgres_data, "postgres") == []
    assert processes_in(places.valkey_home, "valkey-server") == []
