"""Typed columns: every bad value has its file, line, column and reason."""

from datetime import date

import numpy as np
import pytest

from sop_site.feeds.errors import BadRows, RowErrors
from sop_site.feeds.table import NO_DATE, Column, Table

VALUE = Column("value", ("worth",))


def table_of(*values: str, heading: str = "value", decimal_comma: bool = False) -> Table:
    return Table(
        file_name="sales.csv",
        columns={heading: list(values)},
        line_numbers=list(range(2, 2 + len(values))),
        decimal_comma=decimal_comma,
        errors=RowErrors("sales.csv"),
    )


def reasons(table: Table) -> list[str]:
    return [str(error) for error in table.errors.kept]


def test_a_value_that_is_no_number_says_where_it_stands_under_the_files_own_heading():
    table = table_of("1", "many", "3", heading="worth")

    values = table.numbers(VALUE)

    assert np.isnan(values[1])
    assert reasons(table) == ["sales.csv, line 3, column worth: “many” is not a number."]


def test_a_bad_value_is_one_error_and_errors_stand_in_the_order_of_the_file():
    table = table_of("x", "y", "2")
    table.error(1, "sku", "is empty.")

    table.numbers(VALUE, required=True)

    assert list(table.errors.lines()) == [
        "sales.csv has 3 errors; nothing was loaded:",
        "sales.csv, line 2, column value: “x” is not a number.",
        "sales.csv, line 3, column sku: is empty.",
        "sales.csv, line 3, column value: “y” is not a number.",
    ]


def test_an_empty_number_is_unknown_and_an_error_only_where_it_is_needed():
    table = table_of("", "2")

    assert np.isnan(table.numbers(VALUE)[0])
    assert not reasons(table)

    table.numbers(VALUE, required=True)
    assert reasons(table) == ["sales.csv, line 2, column value: is empty."]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-1", "-1 is below 0."),
        ("1.5", "1.5 is not a whole number."),
        ("inf", "“inf” is not a number."),
        ("1e18", "1e+18 is beyond 99,999,999."),
    ],
)
def test_a_number_out_of_its_range_is_an_error(text, reason):
    table = table_of(text)

    table.numbers(VALUE, least=0, whole=text != "inf")

    assert reasons(table) == [f"sales.csv, line 2, column value: {reason}"]


def test_a_comma_is_a_decimal_point_where_commas_do_not_part_the_fields():
    assert table_of("12,50", decimal_comma=True).numbers(VALUE).tolist() == [12.5]


def test_dates_are_moved_by_the_shift_and_empty_ones_are_not():
    table = table_of("2026-11-22", "", "2026-11-22T08:00:00", "22.11.2026")
    table.shift_days = 7

    moved = table.dates(VALUE)

    day = date(2026, 11, 29).toordinal()
    assert moved.tolist() == [day, NO_DATE, day, day]
    assert table.dates(VALUE, shifted=False)[0] == day - 7


def test_a_date_that_is_none_says_how_to_write_it():
    table = table_of("22/11/2026")

    table.dates(VALUE)

    assert reasons(table) == [
        "sales.csv, line 2, column value: “22/11/2026” is not a date; write it as 2026-11-22."
    ]


@pytest.mark.parametrize("text", ["0001-01-02", "9999-12-31"])
def test_a_date_of_another_age_is_an_error(text):
    table = table_of(text)

    table.dates(VALUE)

    assert reasons(table) == [
        f"sales.csv, line 2, column value: “{text}” is not between the years 1900 and 2199."
    ]


def test_a_reference_to_nothing_is_an_error():
    table = table_of("A", "B")

    keys = table.references(VALUE, {"A": 7}, "SKU")

    assert keys.tolist() == [7, -1]
    assert reasons(table) == ["sales.csv, line 3, column value: “B” is no SKU of this retailer."]


def test_a_key_that_stands_twice_names_the_first_line():
    table = table_of("A", "B", "A")

    table.unique(VALUE, table.texts(VALUE))

    assert reasons(table) == ["sales.csv, line 4, column value: stands already in line 2."]


def test_all_errors_are_counted_and_the_first_fifty_shown():
    table = table_of(*["x"] * 60)
    table.numbers(VALUE)

    with pytest.raises(BadRows) as error:
        table.raise_if_bad()

    lines = str(error.value).splitlines()
    assert lines[0] == "sales.csv has 60 errors; nothing was loaded; the first 50 are:"
    assert len(lines) == 51


def test_flags_understand_words_and_refuse_others():
    table = table_of("yes", "", "0", "TRUE", "maybe")

    assert table.flags(VALUE).tolist() == [True, False, False, True, False]
    assert len(reasons(table)) == 1
