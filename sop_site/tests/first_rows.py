"""What the migrations wrote, kept beside the tables, and put back after each test that commits.

Django itself empties every table after such a test, and before the next saves each of the hundreds of first
rows by itself: most of a second a test. Here only what was filled is emptied, and one statement a table puts
its first rows back.
"""

from django.db import connection, transaction
from psycopg import sql

KEPT = "first_rows"
# To empty a table row by row leaves as many dead rows behind, which the scans of later tests would read.
LARGE_BYTES = 8 * 2**20
TABLES = """
    SELECT relname, pg_relation_size(oid) > %s FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'django_migrations'
    ORDER BY relname
"""


def keep_first_rows() -> None:
    """Copy the rows of the database as it is now: what every test finds there."""
    with transaction.atomic(), connection.cursor() as cursor:
        kept = sql.Identifier(KEPT)
        cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {0} CASCADE; CREATE SCHEMA {0}").format(kept))
        for name in filled(list(tables())):
            copy, table = sql.Identifier(KEPT, name), sql.Identifier(name)
            cursor.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(copy, table))


def put_first_rows_back() -> None:
    """Make the database again as it was kept, once whoever writes to it is done.

    Sequences go on, as after any test. No trigger sees it: the rows hold what triggers made of them.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        is_large = tables()
        every = sql.SQL(", ").join(map(sql.Identifier, is_large))
        cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(every))
        cursor.execute("SET LOCAL session_replication_role = 'replica'")
        to_empty = filled(list(is_large))
        if large := [sql.Identifier(name) for name in to_empty if is_large[name]]:
            cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(large)))
        statements = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in to_empty]
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [KEPT])
        for (name,) in cursor.fetchall():
            table, copy = sql.Identifier(name), sql.Identifier(KEPT, name)
            statements.append(sql.SQL("INSERT INTO {} TABLE {}").format(table, copy))
        cursor.execute(sql.SQL("; ").join(statements))


def tables() -> dict[str, bool]:
    """The product's tables, and whether each is large."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES, [LARGE_BYTES])
        return dict(cursor.fetchall())


def filled(names: list[str]) -> list[str]:
    """Those of these tables that hold a row."""
    ask = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
    asked = [ask.format(sql.Literal(name), sql.Identifier(name)) for name in names]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(asked))
        return [name for (name,) in cursor.fetchall()]
