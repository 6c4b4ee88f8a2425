"""The two servers: started, adopted, stopped, and started again after everything was killed."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import redis

from sop_site.embedded import postgres, valkey
from sop_site.embedded.__main__ import main
from sop_site.embedded.places import Places
from sop_site.embedded.processes import is_alive, kill, processes_in


def started_postgres(places: Places) -> psutil.Process:
    """The server of `places`, started."""
    postgres.start(places, durable=False)
    process = postgres.postmaster(places)
    assert process is not None
    return process


def remember(places: Places, text: str) -> None:
    """Write a row that a later start must find."""
    with postgres.connect(places, "bridge") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (body text)")
        connection.execute("INSERT INTO note VALUES (%s)", [text])


def remembered(places: Places) -> list[str]:
    """The rows written so far."""
    with postgres.connect(places, "bridge") as connection:
        return [body for (body,) in connection.execute("SELECT body FROM note")]


def broker(places: Places) -> redis.Redis:
    """A client of the broker."""
    return redis.Redis(unix_socket_path=str(places.valkey_socket), decode_responses=True)


def test_postgres_keeps_its_data_over_a_stop(places: Places) -> None:
    assert postgres.start(places)
    remember(places, "kept")

    postgres.stop(places)

    assert not processes_in(places.postgres_data, "postgres")
    assert postgres.start(places)
    assert remembered(places) == ["kept"]


def test_a_running_postgres_is_adopted(places: Places) -> None:
    process = started_postgres(places)

    assert not postgres.start(places)
    assert postgres.postmaster(places) == process


def test_postgres_listens_on_a_private_socket_alone(places: Places) -> None:
    process = started_postgres(places)

    assert process.net_connections(kind="inet") == []
    assert stat.S_IMODE(places.postgres_socket_folder.stat().st_mode) == 0o700
    with postgres.connect(places, "postgres") as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)


def test_modes_of_the_folders_above_stay(places: Places) -> None:
    folders = [*places.data_dir.parents, *Path(sys.executable).parents, *places.postgres_home.parents]
    before = {folder: folder.stat().st_mode for folder in folders}

    postgres.start(places, durable=False)
    valkey.start(places)
    postgres.stop(places)
    valkey.stop(places)

    assert {folder: folder.stat().st_mode for folder in folders} == before


def test_postgres_recovers_after_a_kill_when_its_number_went_to_a_stranger(places: Places) -> None:
    postgres.start(places)
    remember(places, "kept")
    kill(processes_in(places.postgres_data, "postgres"))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        for lock in (
            places.postgres_data / "postmaster.pid",
            places.postgres_socket_folder / ".s.PGSQL.5432.lock",
        ):
            lines = lock.read_text(encoding="utf-8").split("\n")
            lock.write_text("\n".join([str(stranger.pid), *lines[1:]]), encoding="utf-8")

        assert postgres.start(places, durable=False)

        assert stranger.poll() is None
        assert remembered(places) == ["kept"]
        postgres.stop(places)
        assert stranger.poll() is None
        stranger.communicate(b"\n")


def test_a_frozen_postgres_is_replaced(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    process = started_postgres(places)
    remember(places, "kept")
    monkeypatch.setattr(postgres, "PROBE_SECONDS", 0)
    process.send_signal(signal.SIGSTOP)

    assert postgres.start(places, durable=False)

    assert remembered(places) == ["kept"]
    assert not is_alive(process)


def test_an_interrupted_first_start_leaves_no_half_of_a_database(places: Places) -> None:
    draft = places.postgres_home / "draft"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n", encoding="utf-8")

    assert postgres.start(places, durable=False)
    assert not draft.exists()


def test_valkey_keeps_its_queue_over_a_stop(places: Places) -> None:
    assert valkey.start(places)
    broker(places).rpush("queue", "task")

    valkey.stop(places)

    assert not processes_in(places.valkey_home, valkey.PROGRAM)
    assert valkey.start(places)
    assert broker(places).lrange("queue", 0, -1) == ["task"]


def test_a_running_valkey_is_adopted_and_not_doubled(places: Places) -> None:
    valkey.start(places)
    broker(places).rpush("queue", "task")

    assert not valkey.start(places)
    assert len(processes_in(places.valkey_home, valkey.PROGRAM)) == 1
    assert broker(places).lrange("queue", 0, -1) == ["task"]


def test_valkey_recovers_after_a_kill(places: Places) -> None:
    valkey.start(places)
    broker(places).rpush("queue", "task")
    broker(places).execute_command("WAITAOF", 1, 0, 5000)
    (process,) = processes_in(places.valkey_home, valkey.PROGRAM)
    kill([process])

    assert valkey.start(places)
    assert broker(places).lrange("queue", 0, -1) == ["task"]


def test_valkey_listens_on_a_private_socket_alone(places: Places) -> None:
    valkey.start(places)

    (process,) = processes_in(places.valkey_home, valkey.PROGRAM)
    assert process.net_connections(kind="inet") == []
    assert stat.S_IMODE(os.stat(places.valkey_socket).st_mode) == 0o700


def test_removing_leaves_no_process_and_no_data(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres.start(places, durable=False)
    valkey.start(places)
    monkeypatch.setenv("DATA_DIR", str(places.data_dir))

    assert main(["remove"]) == 0

    assert not places.data_dir.exists()
    assert not places.postgres_home.exists()
    assert processes_in(places.postgres_data, "postgres") == []
