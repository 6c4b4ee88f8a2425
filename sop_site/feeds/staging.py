"""COPY into a temporary table and merge by business key: set-based, and nothing unchanged is touched."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, models
from psycopg import sql

# From so many changed rows on the planner is told at once; autovacuum comes after the transaction.
ROWS_WORTH_COUNTING = 1_000


@dataclass(frozen=True, slots=True)
class MergeCount:
    """How many rows a merge inserted and how many it changed."""

    inserted: int = 0
    updated: int = 0

    @property
    def changed(self) -> int:
        """Rows that are not as they were."""
        return self.inserted + self.updated

    def __add__(self, other: "MergeCount") -> "MergeCount":
        return MergeCount(self.inserted + other.inserted, self.updated + other.updated)


def merge(
    model: type[models.Model],
    *,
    keys: Sequence[str],
    columns: Sequence[str],
    rows: Iterable[Sequence],
    defaults: Mapping[str, object] | None = None,
    keep_where_empty: bool = False,
    order: Sequence[str] = (),
) -> MergeCount:
    """Make the table hold ``rows``: insert those whose ``keys`` are new, update those that differ.

    ``keys`` and ``columns`` are database columns, the keys first in every row. ``defaults`` are for new
    rows alone: they fill columns that the feed does not hold, or holds as None. With
    ``keep_where_empty`` a None leaves what stands in an old row. Rows that are as they were are not
    written, so that no trigger fires. New rows lie in the ``order`` of these columns. Expects a transaction,
    and no key twice in ``rows``.
    """
    fields = (*keys, *columns)
    table = sql.Identifier(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS feed_staging")
        # An empty copy of the columns gives the staging table the types of the target.
        _run(
            cursor,
            sql.SQL(
                "CREATE TEMP TABLE feed_staging ON COMMIT DROP AS SELECT {fields} FROM {table} WITH NO DATA"
            ).format(fields=_joined(fields), table=table),
        )
        copying = sql.SQL("COPY feed_staging ({fields}) FROM STDIN").format(fields=_joined(fields))
        with cursor.copy(copying) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute("ANALYZE feed_staging")
        # The target's statistics may be those of an empty table, or count none of the rows that a load
        # which failed has left behind: a nested loop would then read them all for each staged row.
        cursor.execute("SET LOCAL enable_nestloop = off")
        updated = _update(cursor, table, keys, columns, keep_where_empty) if columns else 0
        inserted = _insert(cursor, table, keys, fields, defaults or {}, order)
        cursor.execute("SET LOCAL enable_nestloop = DEFAULT")
        cursor.execute("DROP TABLE feed_staging")
        if inserted + updated >= ROWS_WORTH_COUNTING:
            _run(cursor, sql.SQL("ANALYZE {table}").format(table=table))
    return MergeCount(inserted, updated)


def _run(cursor, statement: sql.Composed) -> int:
    """Execute as text, which the history's hook on the cursor asks for; the number of rows."""
    cursor.execute(statement.as_string(cursor.connection))
    return cursor.rowcount


def _joined(names: Iterable[str], prefix: str = "") -> sql.Composed:
    parts = [sql.SQL(prefix) + sql.Identifier(name) for name in names]
    return sql.SQL(", ").join(parts)


def _same_keys(keys: Sequence[str]) -> sql.Composed:
    return sql.SQL(" AND ").join(
        sql.SQL("target.{key} = staged.{key}").format(key=sql.Identifier(key)) for key in keys
    )


def _update(cursor, table, keys: Sequence[str], columns: Sequence[str], keep_where_empty: bool) -> int:
    new_value = "COALESCE(staged.{name}, target.{name})" if keep_where_empty else "staged.{name}"
    values = [sql.SQL(new_value).format(name=sql.Identifier(name)) for name in columns]
    assignments = sql.SQL(", ").join(
        sql.SQL("{name} = {value}").format(name=sql.Identifier(name), value=value)
        for name, value in zip(columns, values, strict=True)
    )
    return _run(
        cursor,
        sql.SQL(
            "UPDATE {table} AS target SET {assignments} FROM feed_staging AS staged"
            " WHERE {same} AND ROW({old}) IS DISTINCT FROM ROW({new})"
        ).format(
            table=table,
            assignments=assignments,
            same=_same_keys(keys),
            old=_joined(columns, "target."),
            new=sql.SQL(", ").join(values),
        ),
    )


def _insert(
    cursor,
    table,
    keys: Sequence[str],
    fields: Sequence[str],
    defaults: Mapping[str, object],
    order: Sequence[str],
) -> int:
    values = [
        sql.SQL("COALESCE(staged.{name}, {default})").format(
            name=sql.Identifier(name), default=sql.Literal(defaults[name])
        )
        if name in defaults
        else sql.SQL("staged.{name}").format(name=sql.Identifier(name))
        for name in fields
    ]
    others = [name for name in defaults if name not in fields]
    return _run(
        cursor,
        sql.SQL(
            "INSERT INTO {table} ({fields}) SELECT {values} FROM feed_staging AS staged"
            " WHERE NOT EXISTS (SELECT FROM {table} AS target WHERE {same}){ordered}"
        ).format(
            table=table,
            fields=_joined((*fields, *others)),
            values=sql.SQL(", ").join([*values, *(sql.Literal(defaults[name]) for name in others)]),
            same=_same_keys(keys),
            ordered=sql.SQL(" ORDER BY ") + _joined(order, "staged.") if order else sql.SQL(""),
        ),
    )
