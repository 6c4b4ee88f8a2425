"""The migrated but empty database of a test run, kept in its cluster: until a migration changes it is copied.

Migrating takes ten seconds and more of each process that runs tests, and a copy takes a tenth of one.
"""

import ast
import hashlib
import inspect
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

PREFIX = "schema_"


def choose_template() -> None:
    """Have the test database made as a copy of the kept one, if one of these very migrations is there.

    Django then migrates it as any database: nothing is left to do but what it does after every migrating.
    """
    name = kept_name(connection.creation._get_test_db_name())
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is not None:
            connection.settings_dict["TEST"]["TEMPLATE"] = name


def keep_as_template() -> None:
    """Keep a copy of the test database just made, instead of those of earlier migrations."""
    if connection.settings_dict["TEST"].get("TEMPLATE") is not None:
        return
    made = connection.settings_dict["NAME"]
    name, command = kept_name(made), sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [f"^{PREFIX}[0-9a-f]+_{made}$"])
        for (earlier,) in cursor.fetchall():
            cursor.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(earlier)))
        cursor.execute(command.format(sql.Identifier(name), sql.Identifier(made)))


def kept_name(made: str) -> str:
    """What the copy of the test database ``made`` is called: after it, and after all that decides on it.

    Those are the migrations, the modules of ours that they import, and the versions of all packages.
    """
    together = hashlib.sha256()
    for file in sorted(files_that_decide()):
        together.update(file.read_bytes())
    return f"{PREFIX}{together.hexdigest()[:16]}_{made}"


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
