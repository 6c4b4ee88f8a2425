"""The migrated but empty database of a test run: made by one process, and copied until a migration changes.

Migrating takes ten seconds and more of each process that runs tests, and a copy takes a tenth of one. A copy
is kept in each cluster, and one is written to a file for the clusters of the other processes.
"""

import ast
import fcntl
import hashlib
import inspect
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from sop_site.embedded.preparation import server_programs

PREFIX = "schema_"


@contextmanager
def made_once(folder: Path | None) -> Iterator[None]:
    """Have the test database, which Django makes within, be a copy of a kept one of these very migrations.

    Django then migrates it as any database: nothing is left to do but what it does after every migrating.
    Of the runs that share ``folder`` the first to come migrates, and the others wait for the file it writes.
    Without a folder, where the server is not ours and its programs are not here, each migrates for itself.
    """
    mark = fingerprint()
    kept = f"{PREFIX}{mark}_{connection.creation._get_test_db_name()}"
    with ExitStack() as alone:
        if folder is not None and not exists(kept):
            lock = alone.enter_context((folder / "schema.lock").open("a"))
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (file := dump_file(folder, mark)).exists():
                drop_kept()
                restore(file, kept)
        if exists(kept):
            alone.close()
            connection.settings_dict["TEST"]["TEMPLATE"] = kept
            yield
            return
        yield
        made = connection.settings_dict["NAME"]
        connection.close()
        drop_kept()
        create(kept, template=made)
        if folder is not None:
            dump(kept, folder, mark)


def dump_file(folder: Path, mark: str) -> Path:
    """Where the runs that share ``folder`` find the database of the migrations of this fingerprint."""
    return folder / f"{PREFIX}{mark}.sql"


def dump(name: str, folder: Path, mark: str) -> None:
    """Write a database to its file, whole or not at all, instead of those of earlier migrations."""
    draft = folder / f"{PREFIX}draft"
    run_program("pg_dump", url_of(name), "--file", str(draft))
    for earlier in folder.glob(f"{PREFIX}*.sql"):
        earlier.unlink()
    draft.replace(dump_file(folder, mark))


def restore(file: Path, name: str) -> None:
    """Make a database of what another process dumped, whole or not at all."""
    draft = f"{PREFIX}draft"
    create(draft, template="template0")
    fill(file, url_of(draft))
    with connection._nodb_cursor() as cursor:
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        cursor.execute(rename.format(sql.Identifier(draft), sql.Identifier(name)))


def fill(file: Path, url: str) -> None:
    """Make in an empty database, of any cluster, what was dumped."""
    run_program("psql", url, "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", str(file))


def url_of(name: str) -> str:
    """The address of a database beside the one of the settings."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def run_program(program: str, url: str, *arguments: str) -> None:
    """Run one of the server's own programs on a database."""
    command = [str(server_programs() / program), "--dbname", url, *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def exists(name: str) -> bool:
    """Whether the cluster has a database of this name."""
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def create(name: str, *, template: str) -> None:
    """Make a database as a copy of another, which nobody is connected to."""
    with connection._nodb_cursor() as cursor:
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        cursor.execute(command.format(sql.Identifier(name), sql.Identifier(template)))


def drop_kept() -> None:
    """Drop what was kept of earlier migrations for this very test database, and the half of one."""
    made = connection.creation._get_test_db_name()
    with connection._nodb_cursor() as cursor:
        names = f"^{PREFIX}([0-9a-f]+_{made}|draft)$"
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [names])
        for (earlier,) in cursor.fetchall():
            cursor.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(earlier)))


def fingerprint() -> str:
    """Of all that decides on the migrated database.

    Those are the migrations, the modules of ours that they import, and the versions of all packages.
    """
    together = hashlib.sha256()
    for file in sorted(files_that_decide()):
        together.update(file.read_bytes())
    return together.hexdigest()[:16]


def files_that_decide() -> set[Path]:
    """The files of the migrations and of the modules that they import, and the lists of the packages."""
    migrations = MigrationLoader(None).disk_migrations.values()
    found: set[Path] = set()
    left = {file for migration in migrations if (file := inspect.getsourcefile(type(migration)))}
    while left:
        file = Path(left.pop())
        if file not in found:
            found.add(file)
            left |= set(own_imports(file))
    return found | set((settings.BASE_DIR / "requirements").iterdir())


def own_imports(file: Path) -> Iterator[str]:
    """The files of the product's modules that a file of the product imports."""
    if not is_own(file):
        return
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            parent = name.rpartition(".")[0]
            spec = find_spec(name) if not parent or is_package(parent) else None
            if spec is not None and spec.origin is not None and is_own(Path(spec.origin)):
                yield spec.origin


def is_package(name: str) -> bool:
    """Whether a module of this name is there and may hold others."""
    spec = find_spec(name)
    return spec is not None and spec.submodule_search_locations is not None


def is_own(file: Path) -> bool:
    """Whether a file is the product's, rather than a package's."""
    return file.is_relative_to(settings.BASE_DIR) and "site-packages" not in file.parts
