"""`manage.py replay`: a folder's past under several thresholds, and no test here may use a database."""

import csv
from datetime import date, timedelta
from io import StringIO

import numpy as np
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from scorecard.lab.folder.replay import replay_folder

FIRST_WEEK_END = date(2024, 1, 6)
WEEKS = 12
PROMOTED = 10
SHARED = settings.BASE_DIR.parent / "shared" / "data"


def week_end(week):
    return FIRST_WEEK_END + timedelta(weeks=week)


def write_sales(folder, promoted_tea):
    """Tea and milk at one door, 4 units a week of each; in its promotion tea sells ``promoted_tea``."""
    rows = ["week_end,store,sku,units"]
    for week in range(WEEKS):
        rows += [f"{week_end(week)},A,milk,4"]
        rows += [f"{week_end(week)},A,tea,{promoted_tea if week == PROMOTED else 4}"]
    (folder / "sales.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture
def folder(tmp_path):
    """Both are promoted in one week, for which the policy has 8 units of each; tea sells 40."""
    write_sales(tmp_path, 40)
    start, end = week_end(PROMOTED) - timedelta(days=6), week_end(PROMOTED)
    (tmp_path / "promotions.csv").write_text(
        f"promo_id,sku,store,start,end,mechanic\n1,tea,A,{start},{end},TPR\n2,milk,A,{start},{end},TPR\n"
    )
    return tmp_path


def rows_of(folder, *, thresholds, weeks_ahead=(2,)):
    return replay_folder(folder, thresholds=thresholds, weeks_ahead=weeks_ahead, tell=lambda line: None).rows


def counts(row):
    judged = row.judged
    return judged.flags, judged.caught, judged.missed, judged.false_alarms


def test_a_threshold_that_flags_all_catches_all(folder):
    low, high = rows_of(folder, thresholds=(1.0, 6.0))

    assert (low.judged.lines, low.judged.stockouts, low.judged.base_rate) == (2, 1, 0.5)
    assert counts(low) == (0, 0, 1, 0)
    assert counts(high) == (2, 1, 0, 1)
    assert (high.judged.precision, high.judged.recall) == (0.5, 1.0)
    assert high.judged.extra_units > 0
    assert (low.judged.precision, low.judged.recall) == (None, 0.0)


def test_what_came_later_is_not_seen_beforehand(folder):
    before = [row.judged.extra_units for row in rows_of(folder, thresholds=(1.0, 6.0), weeks_ahead=(1, 6))]

    write_sales(folder, 5)
    after = rows_of(folder, thresholds=(1.0, 6.0), weeks_ahead=(1, 6))

    assert [row.judged.extra_units for row in after] == before
    assert [row.judged.stockouts for row in after] == [0, 0, 0, 0]


def test_hours_out_of_stock_of_the_folder_are_the_truth_where_it_has_them(folder):
    start = week_end(PROMOTED) - timedelta(days=6)
    lines = ["date,store,sku,stockout_hours"]
    lines += [f"{start + timedelta(days=day)},A,milk,{3 if day == 2 else 0}" for day in range(7)]
    # Before its promotion tea was out: that does not count. On its days nobody looked.
    lines += [f"{start - timedelta(days=1)},A,tea,16"]
    (folder / "stock_status_daily.csv").write_text("\n".join(lines) + "\n")

    (row,) = rows_of(folder, thresholds=(6.0,))

    assert (row.judged.unjudged, row.judged.flags_unjudged, row.judged.stockouts) == (1, 1, 1)
    assert counts(row) == (2, 1, 0, 0)


def test_promotions_with_too_little_before_them_are_counted_apart(folder):
    found = replay_folder(folder, thresholds=(1.1,), weeks_ahead=(6, 7), tell=lambda line: None)

    assert [row.judged.lines for row in found.rows] == [2, 0]
    assert found.too_early == {6: 0, 7: 2}


def test_the_command_writes_the_table(folder, tmp_path):
    out, remarks = StringIO(), StringIO()
    target = tmp_path / "replay.csv"

    call_command(
        "replay",
        str(folder),
        "--thresholds=6,1",
        "--weeks-ahead=2",
        f"--out={target}",
        stdout=out,
        stderr=remarks,
    )

    with target.open(encoding="utf-8") as file:
        low, high = csv.DictReader(file)
    assert [low["threshold"], high["threshold"]] == ["1", "6"]
    assert (low["precision"], low["recall"], low["base_rate"]) == ("", "0.000", "0.500")
    assert (high["flags"], high["caught"], high["false_alarms"]) == ("2", "1", "1")
    assert len(out.getvalue().splitlines()) == 3
    assert "Stock is simulated" in remarks.getvalue()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--thresholds=much"], "is no list of thresholds"),
        (["--thresholds=0"], "is no list of thresholds"),
        (["--weeks-ahead=0"], "is no list of weeks ahead"),
    ],
)
def test_arguments_that_say_nothing_are_refused(folder, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("replay", str(folder), *arguments)


def test_a_folder_without_promotions_is_refused_in_a_sentence(folder):
    (folder / "promotions.csv").unlink()

    with pytest.raises(CommandError, match=r"The folder has no promotions: promotions\.csv"):
        call_command("replay", str(folder), stdout=StringIO(), stderr=StringIO())


@pytest.mark.skipif(
    not SHARED.is_dir(), reason="The real data sets are not on this machine (../shared/data)."
)
def test_real_hours_out_of_stock_judge_the_flags_of_freshretail():
    found = replay_folder(
        SHARED / "freshretail", thresholds=(1.0, 1.25), weeks_ahead=(4,), tell=lambda line: None
    )

    low, high = (row.judged for row in found.rows)
    assert found.has_hours
    assert (low.lines, low.unjudged, low.stockouts) == (8596, 0, 4923)
    assert 0 < low.flags < high.flags < low.lines
    assert low.caught + low.missed == low.stockouts
    assert np.isclose(low.base_rate, 0.573, atol=0.001)
