"""Where the servers of a DATA_DIR are, and which folders are made for them."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import dj_database_url
import pytest
from kombu.utils.url import parse_url

from sop_site.embedded import broker_url, database_url, places, preparation
from sop_site.embedded.children import web_command
from sop_site.embedded.processes import EmbeddedError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A DATA_DIR that is not there yet, named in the environment; what is prepared for it goes afterwards."""
    chosen = tmp_path / "Données of Mr. X?"
    monkeypatch.setenv("DATA_DIR", str(chosen))
    yield chosen
    for pointer in tmp_path.rglob(places.POINTER_NAME):
        if prepared := places.read_places(pointer.parent):
            shutil.rmtree(prepared.postgres_home, ignore_errors=True)


def test_urls_are_told_before_anything_is_there(folder: Path) -> None:
    assert dj_database_url.parse(database_url())["HOST"] == str(folder / "run")
    assert not folder.exists()


def test_urls_name_the_prepared_sockets_whatever_the_path_holds(folder: Path) -> None:
    prepared = preparation.prepare(folder)

    database = dj_database_url.parse(database_url())
    assert (database["HOST"], database["NAME"]) == (str(prepared.postgres_socket_folder), "bridge")
    url = broker_url()
    assert url.startswith("redis+socket://")
    assert "/" + parse_url(url.partition("+")[2])["virtual_host"] == str(prepared.valkey_socket)


def test_preparing_twice_changes_nothing(folder: Path) -> None:
    assert preparation.prepare(folder) == preparation.prepare(folder)


def test_a_long_path_gets_a_short_private_socket_folder(folder: Path) -> None:
    deep = folder / ("x" * 120)

    prepared = preparation.prepare(deep)

    socket_folder = prepared.valkey_socket.parent
    assert len(os.fsencode(prepared.postgres_socket_folder / ".s.PGSQL.5432")) <= 100
    assert len(os.fsencode(prepared.valkey_socket)) <= 100
    assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
    assert preparation.prepare(deep) == prepared
    # Gunicorn does not start where the folder of its own small files is missing.
    web = web_command(prepared, listening_descriptor=3)
    assert Path(web[web.index("--worker-tmp-dir") + 1]).is_dir()
    socket_folder.rmdir()


def test_a_socket_folder_that_others_may_enter_is_not_used(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    assert not preparation.is_private(tmp_path)


def test_a_copy_of_the_folder_gets_servers_of_its_own_and_a_moved_one_keeps_them(folder: Path) -> None:
    original = preparation.prepare(folder)
    copy = folder.with_name("copy")
    copy.mkdir()
    places.write_places(original)
    (copy / places.POINTER_NAME).write_bytes((folder / places.POINTER_NAME).read_bytes())

    assert preparation.prepare(copy).identity != original.identity

    moved = folder.rename(folder.with_name("moved"))
    again = preparation.prepare(moved)
    assert again.data_dir == moved
    if os.geteuid() == 0:
        assert again.postgres_home == original.postgres_home
    else:
        assert again.postgres_home == moved / "postgres"


def test_a_pointer_that_is_no_pointer_is_ignored(folder: Path) -> None:
    folder.mkdir()
    (folder / places.POINTER_NAME).write_text("[1, 2", encoding="utf-8")

    assert places.read_places(folder) is None
    assert places.known_places() == places.default_places(folder)


def test_a_folder_that_cannot_be_made_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(EmbeddedError, match=r"DATA_DIR .*file/data cannot be made"):
        preparation.prepare(tmp_path / "file" / "data")
