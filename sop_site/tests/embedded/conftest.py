"""Servers of their own for the tests that stop and kill them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sop_site.embedded.places import Places
from sop_site.embedded.preparation import prepare
from sop_site.embedded.supervisor import stop_servers


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    """A prepared DATA_DIR in a folder that only its owner may enter; nothing of it is left afterwards."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    prepared = prepare(home / "data")
    yield prepared
    stop_servers(prepared)
    shutil.rmtree(prepared.postgres_home, ignore_errors=True)
