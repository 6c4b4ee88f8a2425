"""The lines that other tools read, and the verdicts that people read."""

import json

import pytest

from sop_site.bench.report import Report, p95
from sop_site.bench.sizes import FULL, SMALL

KEYS = [
    "name", "size", "sku_doors", "runs", "median_s", "min_s", "max_s", "ratio_to_floor", "rss_mb",
]  # fmt: skip


@pytest.fixture
def report(tmp_path):
    return Report(tmp_path / "bench.jsonl")


def lines_of(report):
    return [json.loads(line) for line in report.file.read_text().splitlines()]


def test_a_measurement_is_one_line_with_the_keys_of_all(report):
    report.add("floor_copy", SMALL, [0.5, 0.25, 1.0])
    report.add("recalc_unchanged", SMALL, [1.5, 1.0, 2.0], rss_mb=71.04)
    report.add("edit_task", SMALL, [0.02, 0.04], p95_s=p95([0.02, 0.04]))
    first, second, third = lines_of(report)
    assert [list(line)[: len(KEYS)] for line in (first, second, third)] == [KEYS] * 3
    assert [second[key] for key in KEYS] == ["recalc_unchanged", "small", 20_000, 3, 1.5, 1.0, 2.0, 3.0, 71.0]
    assert (third["ratio_to_floor"], third["rss_mb"], third["p95_s"]) == (None, None, 0.039)


def test_lines_are_added_to_those_of_earlier_runs(report):
    report.add("floor_copy", SMALL, [0.5])
    Report(report.file).add("floor_copy", FULL, [3.0])
    assert [line["sku_doors"] for line in lines_of(report)] == [20_000, 2_000_000]


def test_the_exponent_says_how_the_time_grows(report):
    report.add("recalc_unchanged", SMALL, [0.05])
    report.add("recalc_unchanged", FULL, [5.0])
    report.add("recalc_first", FULL, [5.0])
    assert [line.get("exponent") for line in lines_of(report)] == [None, pytest.approx(1.0), None]


def test_the_table_holds_each_figure_against_its_bar(report):
    report.add("floor_copy", FULL, [3.0])
    report.add("recalc_unchanged", FULL, [3.9], rss_mb=100.0)
    report.add("recalc_all_changed", FULL, [12.0])
    report.add("rollforward_notebook", FULL, [900.0], ratio_to_rollforward=1_200.0)
    rows = [tuple(line.split()) for line in report.table(FULL).splitlines()]
    assert ("floor_copy", "median_s", "3.00", "s") in rows
    assert (
        "recalc_unchanged", "median_s", "3.90", "s", "≤", "8.00", "s", "≤", "4.00", "s", "stretch", "met",
    ) in rows  # fmt: skip
    assert (
        "recalc_unchanged", "ratio_to_floor", "1.3", "×", "≤", "3", "×", "≤", "1.5", "×", "stretch", "met",
    ) in rows  # fmt: skip
    assert ("recalc_unchanged", "rss_mb", "100", "MB", "≤", "150", "MB", "≤", "80", "MB", "met") in rows
    assert (
        "recalc_all_changed", "median_s", "12.00", "s", "≤", "10.00", "s", "≤", "5.00", "s", "MISSED",
    ) in rows  # fmt: skip
    assert (
        "rollforward_notebook", "ratio_to_rollforward", "1,200", "×", "≥", "1,000", "×", "met",
    ) in rows  # fmt: skip
