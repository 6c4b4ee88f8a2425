"""Where the embedded servers of a DATA_DIR are: paths and URLs, from the file system alone.

Nothing here starts a server or imports a package, so that settings can ask before anything is installed.
`DATA_DIR/servers.json` (the pointer) says where the servers of this folder are; the supervisor writes it.
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
    """The folders of one pair of servers; `identity` names it among others on the machine."""

    identity: str
    data_dir: Path
    postgres_home: Path
    socket_folder: Path
    valkey_home: Path

    @property
    def postgres_data(self) -> Path:
        """The cluster's folder (PGDATA)."""
        return self.postgres_home / "data"

    @property
    def valkey_socket(self) -> Path:
        """The broker's unix socket."""
        return self.socket_folder / "valkey.sock"

    @property
    def postgres_socket_folder(self) -> Path:
        """The folder of PostgreSQL's unix socket (HOST for Django)."""
        return self.postgres_home / "run" if self.postgres_home.parent != self.data_dir else self.socket_folder


def data_dir() -> Path:
    """The absolute DATA_DIR: from the environment, else `.data` in the repository."""
    return Path(os.environ.get("DATA_DIR") or REPOSITORY / ".data").resolve()


def default_places(folder: Path, identity: str = "") -> Places:
    """The places inside DATA_DIR itself, as an ordinary user with a short path has them."""
    return Places(
        identity=identity,
        data_dir=folder,
        postgres_home=folder / "postgres",
        socket_folder=folder / "run",
        valkey_home=folder / "valkey",
    )


def read_places(folder: Path) -> Places | None:
    """What the pointer of DATA_DIR says; None where there is none or it cannot be read as one."""
    try:
        entries = json.loads((folder / POINTER_NAME).read_text(encoding="utf-8"))
        identity = str(entries.pop("identity"))
        paths = {name: Path(str(entries[name])) for name in Places.__dataclass_fields__ if name != "identity"}
    except (OSError, ValueError, KeyError, AttributeError):
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
    return read_places(folder) or default_places(folder)


def database_url(name: str = DATABASE_NAME) -> str:
    """The URL of the embedded database `name`; pure look-up, the server may well be down."""
    host = quote(str(known_places().postgres_socket_folder), safe="")
    return f"postgresql://{DATABASE_USER}@{host}:5432/{name}"


def broker_url() -> str:
    """The Celery URL of the embedded broker; pure look-up, the server may well be down."""
    return f"redis+socket://{quote(str(known_places().valkey_socket))}"
