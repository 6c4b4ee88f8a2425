"""Where the embedded servers of a DATA_DIR are: paths and URLs, from the file system alone.

Nothing here starts a server or imports a package, so that settings can ask before anything is installed.
`DATA_DIR/servers.json` (the pointer) says where the servers of this folder are; `prepare` writes it.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

DATABASE_NAME = "bridge"
DATABASE_USER = "postgres"
POINTER_NAME = "servers.json"
REPOSITORY = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Places:
    """The folders of one pair of servers; `identity` tells it from others on the machine."""

    identity: str
    data_dir: Path
    postgres_home: Path
    postgres_socket_folder: Path
    valkey_socket: Path

    @property
    def postgres_data(self) -> Path:
        """The folder of the database cluster (PGDATA)."""
        return self.postgres_home / "data"

    @property
    def postgres_log(self) -> Path:
        """The database server's log, in a folder that its user may write."""
        return self.postgres_home / "log" / "server.log"

    @property
    def valkey_home(self) -> Path:
        """The folder of the broker's append-only file."""
        return self.data_dir / "valkey"

    @property
    def logs(self) -> Path:
        """The folder of all other logs."""
        return self.data_dir / "logs"


def data_dir() -> Path:
    """The absolute DATA_DIR: from the environment, else `.data` in the repository."""
    return Path(os.environ.get("DATA_DIR") or REPOSITORY / ".data").resolve()


def default_places(folder: Path, identity: str = "") -> Places:
    """The places inside DATA_DIR itself, as an ordinary user with a short path has them."""
    return Places(
        identity=identity,
        data_dir=folder,
        postgres_home=folder / "postgres",
        postgres_socket_folder=folder / "run",
        valkey_socket=folder / "run" / "valkey.sock",
    )


def read_places(folder: Path) -> Places | None:
    """What the pointer in `folder` says; None where there is none or it cannot be read as one.

    In a folder that was moved or copied, `data_dir` of the answer is still the earlier folder.
    """
    try:
        entries = json.loads((folder / POINTER_NAME).read_text(encoding="utf-8"))
        identity = str(entries["identity"])
        paths = {name: Path(entries[name]) for name in Places.__dataclass_fields__ if name != "identity"}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Places(identity=identity, **paths)


def write_places(places: Places) -> None:
    """Write the pointer of `places.data_dir`, whole or not at all."""
    target = places.data_dir / POINTER_NAME
    draft = target.with_suffix(".new")
    draft.write_text(json.dumps(asdict(places), default=str, indent=1) + "\n", encoding="utf-8")
    draft.replace(target)


def known_places() -> Places:
    """The places of the current DATA_DIR: its pointer's, else the default ones."""
    folder = data_dir()
    places = read_places(folder)
    return places if places is not None and places.data_dir == folder else default_places(folder)


def database_url(name: str = DATABASE_NAME, places: Places | None = None) -> str:
    """The URL of the embedded database `name`; pure look-up, the server may well be down."""
    host = quote(str((places or known_places()).postgres_socket_folder), safe="")
    return f"postgresql://{DATABASE_USER}@{host}:5432/{name}"


def broker_url(places: Places | None = None) -> str:
    """The Celery URL of the embedded broker; pure look-up, the server may well be down."""
    return f"redis+socket://{quote(str((places or known_places()).valkey_socket))}"
