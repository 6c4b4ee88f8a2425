"""Columns go into the database and come out of it as they were."""

import numpy as np
import pytest

from sop_site.columns import read_columns, write_columns

pytestmark = pytest.mark.django_db
KINDS = {"number": "int8", "small": "int4", "units": "float8", "is_known": "bool"}
TABLE = """
CREATE TEMPORARY TABLE columns_there (number bigint, small int, units float8, is_known bool, packed bytea)
ON COMMIT DROP
"""


def write(number, units, is_known):
    write_columns(TABLE, {})
    write_columns(
        "INSERT INTO columns_there"
        " SELECT number, number, nullif(units, 'NaN'), is_known, int4send(number::int4)"
        " FROM unnest(%(number)s, %(units)s, %(is_known)s) AS t (number, units, is_known)",
        {"number": np.array(number), "units": np.array(units), "is_known": np.array(is_known)},
    )


def test_columns_come_back_as_they_were_written():
    write([3, -(2**30), 2**30], [1.5, np.nan, -1e300], [True, False, True])
    found = read_columns("SELECT * FROM columns_there WHERE number > 0 ORDER BY number", {}, KINDS)
    assert found["number"].tolist() == found["small"].tolist() == [3, 2**30]
    assert found["units"].tolist() == [1.5, -1e300]
    assert found["is_known"].tolist() == [True, True]


def test_an_unknown_number_is_nan():
    write([1], [np.nan], [True])
    assert np.isnan(
        read_columns("SELECT units FROM columns_there", {}, {"units": "float8"})["units"]
    ).tolist() == [True]


def test_bytes_come_joined():
    write([1, 258], [0.0, 0.0], [True, True])
    found = read_columns("SELECT packed FROM columns_there ORDER BY number", {}, {"packed": "bytea"})
    assert found["packed"].tolist() == [0, 0, 0, 1, 0, 0, 1, 2]


def test_nothing_found_gives_empty_columns():
    write(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0, dtype=np.bool_))
    found = read_columns("SELECT * FROM columns_there", {}, KINDS | {"packed": "bytea"})
    assert {name: (len(column), column.dtype) for name, column in found.items()} == {
        "number": (0, np.int64),
        "small": (0, np.int64),
        "units": (0, np.float64),
        "is_known": (0, np.bool_),
        "packed": (0, np.uint8),
    }


def test_parameters_may_be_arrays_in_a_read():
    found = read_columns(
        "SELECT * FROM unnest(%(ids)s) AS number", {"ids": np.array([5, 6])}, {"number": "int8"}
    )
    assert found["number"].tolist() == [5, 6]


def test_a_whole_number_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match="The column number holds NULL"):
        read_columns("SELECT NULL::bigint AS number", {}, {"number": "int8"})


def test_text_cannot_be_written():
    with pytest.raises(TypeError, match="No array of"):
        write_columns("SELECT %(names)s", {"names": np.array(["a"])})
