"""Whole arrays into a table by binary COPY; all values of a column travel in the same number of bytes."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import sql

Column = NDArray[Any]
BLOCK_ROWS = 50_000
_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_FIRST_DAY = date(2000, 1, 1).toordinal()
_FLOAT4_OID = 700
_CENTS = np.dtype([("head", ">i2", (4,)), ("whole", ">i2"), ("fraction", ">i2")])


def int8(values: Column) -> Column:
    """Whole numbers for a ``bigint``."""
    return values.astype(">i8")


def int4(values: Column) -> Column:
    """Whole numbers for an ``integer``."""
    return values.astype(">i4")


def int2(values: Column) -> Column:
    """Whole numbers for a ``smallint``."""
    return values.astype(">i2")


def float8(values: Column) -> Column:
    """Numbers for a ``double precision``."""
    return values.astype(">f8")


def float4(values: Column) -> Column:
    """Numbers for a ``real``."""
    return values.astype(">f4")


def days(ordinals: Column) -> Column:
    """Proleptic ordinals, as ``date.toordinal`` gives them, for a ``date``."""
    return (ordinals - _FIRST_DAY).astype(">i4")


def money(cents: Column) -> Column:
    """Cents, from 0 to 999,999, for a ``numeric``."""
    values = np.empty(len(cents), dtype=_CENTS)
    # Two digits of base 10,000, the first of them the whole part; positive; two decimals.
    values["head"] = 2, 0, 0, 2
    values["whole"] = cents // 100
    values["fraction"] = cents % 100 * 100
    return values


def packed(values: Column) -> Column:
    """Rows of an array ``[n, k]``, as they stand in memory, for a ``bytea``."""
    rows = np.ascontiguousarray(values)
    return rows.view(f"V{rows.dtype.itemsize * rows.shape[1]}")[:, 0]


def float4_array(values: Column) -> Column:
    """Rows of an array ``[n, k]`` for a ``real[]``."""
    count, size = values.shape
    item = np.dtype([("bytes", ">i4"), ("value", ">f4")])
    rows = np.empty(count, dtype=[("head", ">i4", (5,)), ("items", item, (size,))])
    # One dimension, no NULL, of this type, so many, from 1 on.
    rows["head"] = 1, 0, _FLOAT4_OID, size, 1
    rows["items"]["bytes"] = item["value"].itemsize
    rows["items"]["value"] = values
    return rows


def repeated(value: str | bool, count: int) -> Column:
    """The same text or truth in every row."""
    # As mere bytes, because NumPy's text cannot be empty.
    return np.full(count, np.void(value.encode()) if isinstance(value, str) else value)


def copy_in(table: str, columns: Mapping[str, Column]) -> None:
    """Append the rows whose encoded ``columns`` are given; the others get their default or NULL.

    Text is a column of equally long byte strings, truth one of ``bool``. Writes on Django's connection, in
    its transaction.
    """
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN WITH (FORMAT binary)").format(sql.Identifier(table), names)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(_SIGNATURE)
        for block in _blocks(columns):
            copy.write(block)
        copy.write(_TRAILER)


def _blocks(columns: Mapping[str, Column]) -> Iterator[bytes]:
    fields: list[tuple[str, Any]] = [("fields", ">i2")]
    for name, values in columns.items():
        fields += [(f"{name} bytes", ">i4"), (name, values.dtype)]
    count = len(next(iter(columns.values())))
    for first in range(0, count, BLOCK_ROWS):
        rows = np.empty(min(BLOCK_ROWS, count - first), dtype=fields)
        rows["fields"] = len(columns)
        for name, values in columns.items():
            rows[f"{name} bytes"] = values.dtype.itemsize
            rows[name] = values[first : first + len(rows)]
        yield rows.tobytes()
