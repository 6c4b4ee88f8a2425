"""Typed and pasted units are read in one way or refused with a sentence."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.consensus.typed_numbers import units_typed


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("1234", 1234),
        ("1,234", 1234),
        ("1 234", 1234),
        ("1\u00a0234", 1234),
        ("1\u202f234\u202f567", 1234567),
        ("1,234,567.25", 1234567.25),
        ("1234.5", 1234.5),
        (" 12.50\t", 12.5),
        ("1234.567", 1234.567),
        ("0.125", 0.125),
        (".5", 0.5),
        ("12.", 12),
        ("0", 0),
        ("007", 7),
        ("1000000000", 1e9),
    ],
)
def test_units_are_read(text, units):
    assert units_typed(text) == units


@pytest.mark.parametrize("text", ["", "  ", "\t", "\u00a0"])
def test_blank_asks_for_no_change(text):
    assert units_typed(text) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1.234,5", "Write 1234.5: “1.234,5” can be read in two ways."),
        ("1.234.567", "Write 1234567: “1.234.567” can be read in two ways."),
        ("1.234.567,25", "Write 1234567.25: “1.234.567,25” can be read in two ways."),
        ("1 234,5", "Write 1234.5: “1 234,5” can be read in two ways."),
        ("1,5", "Write 1.5: “1,5” can be read in two ways."),
        ("1234,567", "Write 1234.567: “1234,567” can be read in two ways."),
        ("1.234", "Write 1234 or 1.23: “1.234” can be read in two ways."),
        ("12a", "“12a” is not a number."),
        ("1.2k", "“1.2k” is not a number."),
        ("12 34", "“12 34” is not a number."),
        ("1,23,456", "“1,23,456” is not a number."),
        ("1e3", "“1e3” is not a number."),
        ("inf", "“inf” is not a number."),
        ("NaN", "“NaN” is not a number."),
        (".", "“.” is not a number."),
        ("-", "“-” is not a number."),
        ("=1+1", "“=1+1” is not a number."),
        ("٣", "“٣” is not a number."),
        ("x" * 60, "“" + "x" * 39 + "…” is not a number."),
        ("-5", "Units cannot be negative: “-5”."),
        ("−5", "Units cannot be negative: “−5”."),
        ("(1,234)", "Units cannot be negative: “(1,234)”."),
        ("1000000001", "“1000000001” is more than 1,000,000,000 units."),
        ("9" * 400, "“" + "9" * 39 + "…” is more than 1,000,000,000 units."),
    ],
)
def test_what_cannot_be_told_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        units_typed(text)


@given(st.integers(0, 10**9))
def test_whole_units_come_back_however_their_thousands_are_parted(units):
    assert units_typed(f"{units}") == units
    assert units_typed(f"{units:,}") == units
    assert units_typed(f"{units:,}".replace(",", " ")) == units


@given(st.text(alphabet="0123456789.,- ()ek\u00a0'", max_size=14))
def test_any_text_is_a_number_or_nothing_or_refused(text):
    try:
        units = units_typed(text)
    except ValueError:
        return
    assert (units is None) == (not text.strip())
    assert units is None or 0 <= units <= 1e9
