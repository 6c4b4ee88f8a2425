"""Files as retailers send them: encodings, delimiters, and what is no table."""

import gzip

import pytest

from sop_site.feeds.errors import BadRows, FeedError, NotATable
from sop_site.feeds.reading import find_file, read_table
from sop_site.feeds.table import Column

SKU, NAME, PRICE = Column("sku", ("upc",)), Column("name"), Column("unit_price", ("price",))
HEADINGS = {heading for column in (SKU, NAME, PRICE) for heading in column.headings}
ROWS = "sku,name,unit_price\nCAFE,Café crème,4.50\nTEA,Tea,3.00\n"


def written(tmp_path, content: bytes, name: str = "products.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(ROWS.encode(), id="utf-8"),
        pytest.param(b"\xef\xbb\xbf" + ROWS.encode(), id="with a BOM"),
        pytest.param(ROWS.replace(",", ";").replace(".", ",").encode("cp1252"), id="cp1252 with semicolons"),
        pytest.param(ROWS.replace(",", "\t").encode(), id="tabs"),
        pytest.param(ROWS.replace("\n", "\r\n").encode(), id="Windows lines"),
        pytest.param(b"\n" + ROWS.encode() + b"\n\n", id="empty lines around it"),
    ],
)
def test_the_same_table_comes_out_of_every_form(tmp_path, content):
    table = read_table(written(tmp_path, content), HEADINGS)

    assert table.texts(SKU) == ["CAFE", "TEA"]
    assert table.texts(NAME) == ["Café crème", "Tea"]
    assert table.numbers(PRICE).tolist() == [4.5, 3.0]


def test_a_gzipped_file_is_found_and_read(tmp_path):
    written(tmp_path, gzip.compress(ROWS.encode()), "Products.CSV.gz")

    table = read_table(find_file(tmp_path, "products"), HEADINGS)

    assert len(table) == 2


def test_headings_are_understood_in_other_words_and_cases(tmp_path):
    table = read_table(written(tmp_path, b"UPC,Price\n7,1.5\n"), HEADINGS)

    assert table.texts(SKU) == ["7"]
    assert table.numbers(PRICE).tolist() == [1.5]


def test_a_field_in_quotes_may_hold_the_delimiter_and_a_line_break(tmp_path):
    table = read_table(written(tmp_path, b'sku,name\nA,"Mug, blue\nlarge"\nB,\n'), HEADINGS)
    table.texts(NAME, required=True)

    assert table.texts(NAME) == ["Mug, blue\nlarge", ""]
    assert table.errors.kept[0].line_number == 4


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "it is empty", id="empty"),
        pytest.param(b"PK\x03\x04\0\0\0workbook", "a binary file", id="a workbook"),
        pytest.param(b"Dear team,\nhere are the products.\n", "none of the headings", id="a letter"),
        pytest.param(b"<html><body>Sign in</body></html>", "none of the headings", id="a web page"),
        pytest.param(b"sku,name\nA,\x81\x8d\n", "neither UTF-8 nor Windows-1252", id="no known encoding"),
    ],
)
def test_what_is_not_a_table_says_so(tmp_path, content, reason):
    with pytest.raises(NotATable, match=r"products\.csv is not a table") as error:
        read_table(written(tmp_path, content), HEADINGS)

    assert reason in str(error.value)


def test_a_broken_gzip_file_is_not_a_table(tmp_path):
    with pytest.raises(NotATable, match="cannot be unpacked"):
        read_table(written(tmp_path, b"sku,name\n", "products.csv.gz"), HEADINGS)


def test_a_row_with_too_many_fields_is_named_by_its_line(tmp_path):
    table = read_table(written(tmp_path, b"sku,name\nA,Mug\nB,Rug,90\n"), HEADINGS)

    with pytest.raises(
        BadRows, match=r"products\.csv, line 3, column row: has 3 fields where the heading has 2"
    ):
        table.raise_if_bad()


def test_a_heading_that_stands_twice_is_refused(tmp_path):
    with pytest.raises(FeedError, match="the heading name more than once"):
        read_table(written(tmp_path, b"sku,name,Name\nA,Mug,Rug\n"), HEADINGS)


def test_a_missing_column_is_named_with_its_synonyms(tmp_path):
    table = read_table(written(tmp_path, b"name\nMug\n"), HEADINGS)

    with pytest.raises(FeedError, match=r"products\.csv has no column sku \(understood headings: sku, upc\)"):
        table.require(SKU)
