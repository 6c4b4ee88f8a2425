"""The backtest: its origins, its rows, and that no forecast sees what came after."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from marketing.demand.backtest import backtest, forecasts_at, leaks, origins_of
from marketing.demand.engine.forecaster import ForecastPair, ItemQuantiles
from marketing.demand.engine.history import Forecast, WeeklyHistory
from marketing.demand.engine.rivals import rivals
from marketing.demand.folder import read_history
from marketing.tests.demand.histories import UNKNOWN, history_of
from sop_site.management.commands.backtest import models
from sop_site.tests.feeds.folders import write_folder

SEED = 0


def always(units: float, *, items: int):
    """A forecaster that says the same of every SKU-door, give or take a half."""

    def forecaster(history: WeeklyHistory, horizons: Sequence[int]) -> ForecastPair:
        whole = np.full((len(horizons), len(history.sku_doors)), units, dtype=np.float32)
        one = np.ones((len(horizons), items), dtype=np.float32)
        return ForecastPair(
            Forecast(whole, whole / 2, whole, whole * 1.5), ItemQuantiles(one / 2, one, one * 1.5)
        )

    return forecaster


def known_only_at(place: int, forecaster):
    """The forecaster, which knows nothing of one SKU-door."""

    def forgetful(history: WeeklyHistory, horizons: Sequence[int]) -> ForecastPair:
        pair = forecaster(history, horizons)
        mean = pair.stores.mean.copy()
        mean[:, place] = np.nan
        return replace(pair, stores=replace(pair.stores, mean=mean))

    return forgetful


def run(history: WeeklyHistory, *named, origins: Sequence[int], horizons: Sequence[int] = (1,)):
    return backtest(history, named, origins=origins, horizons=horizons, tell=lambda line: None)


def sums_of(result, level: str, rows: str, model: str):
    (found,) = [
        score.sums
        for score in result.scores
        if (score.level, score.rows, score.model) == (level, rows, model)
    ]
    return found


def weeks_of_one(number: int) -> WeeklyHistory:
    return history_of([[1.0]] * number)


@pytest.mark.parametrize(
    ("number", "every", "horizons", "found"),
    [
        (3, 4, (6, 7, 8), [14, 18, 22]),
        (3, 1, (1, 2), [26, 27, 28]),
        (9, 4, (6, 7, 8), [6, 10, 14, 18, 22]),
        (1, 4, (26,), [4]),
        (1, 4, (27,), []),
    ],
)
def test_origins_end_where_every_horizon_has_a_target(number, every, horizons, found):
    assert origins_of(weeks_of_one(30), horizons, number=number, every=every) == found


def test_a_week_in_which_nothing_was_observed_is_no_target():
    history = history_of([[1.0]] * 8 + [[UNKNOWN]] + [[1.0]])

    assert origins_of(history, (1, 2), number=1, every=1) == [6]


def test_every_model_is_scored_on_the_rows_that_were_observed():
    history = history_of([[10, 20]] * 4 + [[8, 30], [UNKNOWN, 20]])
    result = run(history, ("ten", always(10, items=2)), ("twenty", always(20, items=2)), origins=[4, 5])

    ten, twenty = (sums_of(result, "store", "nonpromo", name) for name in ("ten", "twenty"))
    assert (ten.n, twenty.n) == (3, 3)
    assert ten.wmape == (2 + 20 + 10) / 58
    assert ten.bias == (30 - 58) / 58
    assert twenty.wmape == (12 + 10 + 0) / 58
    # 8 lies within 5 and 15; 30 and 20 within 10 and 30.
    assert ten.coverage80 == 1 / 3
    assert twenty.coverage80 == 2 / 3


def test_rows_that_one_model_cannot_forecast_are_left_out_for_all():
    history = history_of([[10, 20]] * 5)
    result = run(
        history,
        ("ten", always(10, items=2)),
        ("forgetful", known_only_at(0, always(10, items=2))),
        origins=[4],
    )

    assert result.unforecast_rows == 1
    assert sums_of(result, "store", "nonpromo", "ten").n == 1
    assert sums_of(result, "store", "nonpromo", "ten").actual == 20


def test_promoted_and_other_rows_are_scored_apart_on_both_levels():
    """SKU 0 is promoted at half of its doors, SKU 1 at none; SKU 2, at one of three, is neither."""
    history = history_of(
        [[1, 1, 1, 1, 1, 1]] * 5,
        sku=[0, 0, 1, 2, 2, 2],
        mechanic=[[0] * 6] * 4 + [[1, 0, 0, 1, 0, 0]],
    )
    result = run(history, ("one", always(1, items=3)), origins=[4])

    assert [(score.level, score.rows, score.sums.n) for score in result.scores] == [
        ("store", "promo", 2),
        ("store", "nonpromo", 4),
        ("item", "promo", 1),
        ("item", "nonpromo", 1),
    ]
    assert sums_of(result, "item", "promo", "one").actual == 2


def test_an_item_row_is_the_sum_over_the_same_doors_as_its_actuals():
    history = history_of([[1, 2, 3]] * 4 + [[4, UNKNOWN, 5]], sku=[0, 0, 0])
    result = run(history, ("three", always(3, items=1)), origins=[4])

    item = sums_of(result, "item", "nonpromo", "three")
    assert (item.n, item.actual, item.forecast) == (1, 9, 6)
    # Its quantiles are 3 and 9.
    assert item.inside == 1


# A future that is planted, and seen.


def dice_history(weeks: int = 30) -> WeeklyHistory:
    dice = np.random.default_rng(SEED)
    units = dice.poisson(8, (weeks, 12)).astype(np.float32)
    units[dice.random(units.shape) < 0.1] = np.nan
    return history_of(
        units.tolist(),
        sku=[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2],
        mechanic=dice.choice(3, units.shape, p=(0.7, 0.2, 0.1)).tolist(),
    )


def peeking(history: WeeklyHistory, horizons: Sequence[int]) -> ForecastPair:
    """Looks behind the cut into the array that it was cut from, which still holds what came."""
    everything = history.units.base
    pair = dict(rivals())["naive"](history, horizons)
    mean = everything[[history.weeks + horizon - 1 for horizon in horizons]]
    return replace(pair, stores=replace(pair.stores, mean=mean))


def remembering(whole: WeeklyHistory):
    """Learned its spread on another day, from everything."""

    def forecaster(history: WeeklyHistory, horizons: Sequence[int]) -> ForecastPair:
        pair = dict(rivals())["ma8"](history, horizons)
        spread = np.float32(np.nanstd(history.units.base) / np.nanmean(whole.units))
        return replace(pair, item_ratios=replace(pair.item_ratios, p90=pair.item_ratios.p90 + spread))

    return forecaster


@pytest.mark.parametrize("name", [name for name, _ in models()])
def test_no_model_sees_what_came_after_the_origin(name):
    forecaster = dict(models())[name]

    assert not leaks(dice_history(), forecaster, known_weeks=20, horizons=(1, 6, 8))


def test_a_model_that_sees_the_future_is_caught():
    history = dice_history()

    assert leaks(history, peeking, known_weeks=20, horizons=(1, 6, 8))
    assert leaks(history, remembering(history), known_weeks=20, horizons=(1, 6, 8))


def folder_of(path, *, changed_after: int | None = None):
    """A folder of 30 weeks; the sales after some week may be others, with the same plan."""
    dice = np.random.default_rng(SEED)
    units, off = dice.poisson(8, (30, 2, 3)), dice.choice((0.0, 0.3), (30, 2, 3))
    if changed_after is not None:
        units[changed_after:] = units[changed_after:][::-1] * 5 + 2
    first = date(2026, 1, 4)
    sales, promotions = ["week_end,store,sku,units,price,base_price"], ["sku,store,start,end,mechanic"]
    for week, sku, door in np.ndindex(units.shape):
        end = first + timedelta(weeks=week)
        price = 10 * (1 - off[week, sku, door])
        sales.append(f"{end},D{door},S{sku},{units[week, sku, door]},{price},10")
        if off[week, sku, door]:
            promotions.append(f"S{sku},D{door},{end - timedelta(days=6)},{end},TPR")
    return write_folder(path, sales="\n".join(sales), promotions="\n".join(promotions))


@pytest.mark.parametrize("name", [name for name, _ in models()])
def test_the_reading_of_a_folder_lets_nothing_through_either(tmp_path, name):
    before, after = (
        forecasts_at(read_history(folder).history, dict(models())[name], known_weeks=20, horizons=(6, 7))
        for folder in (folder_of(tmp_path / "one"), folder_of(tmp_path / "two", changed_after=20))
    )

    for quantile in ("mean", "p10", "p50", "p90"):
        np.testing.assert_array_equal(getattr(before.stores, quantile), getattr(after.stores, quantile))
    np.testing.assert_array_equal(before.item_ratios.p90, after.item_ratios.p90)


# The command.


def command(*arguments: object) -> tuple[str, str]:
    said, progress = StringIO(), StringIO()
    call_command("backtest", *map(str, arguments), stdout=said, stderr=progress)
    return said.getvalue(), progress.getvalue()


def test_the_command_prints_a_table_and_writes_the_same_as_json(tmp_path):
    path = tmp_path / "scores.json"
    said, progress = command(
        folder_of(tmp_path / "shop"), "--origins", 2, "--every", 3, "--horizons", "2,1", "--json", path
    )
    written = json.loads(path.read_text())

    lines = said.splitlines()
    assert lines[0] == "2 origins, 3 weeks apart; horizons 1, 2."
    assert lines[1].split() == [
        *("level", "rows", "model", "n", "WMAPE", "bias", "P10–P90", "pinball", "50", "pinball", "90")
    ]
    assert len({len(line) for line in lines[1:]}) == 1
    assert progress.splitlines() == ["Origin 1 of 2: 25 weeks known.", "Origin 2 of 2: 28 weeks known."]
    assert [list(score) for score in written] == [
        ["level", "rows", "model", "n", "wmape", "bias", "coverage80", "pinball50", "pinball90"]
    ] * len(lines[2:])
    assert [line.split()[:4] for line in lines[2:]] == [
        [score["level"], score["rows"], score["model"], f"{score['n']:,}"] for score in written
    ]
    assert [score["model"] for score in written] == [name for name, _ in models()] * 4
    # 2 origins × 2 horizons × 6 SKU-doors, each of them on one side.
    assert sum(score["n"] for score in written if (score["level"], score["model"]) == ("store", "ma8")) == 24


def test_a_short_history_takes_as_many_origins_as_it_allows(tmp_path):
    said, _ = command(folder_of(tmp_path / "shop"), "--every", 10)

    assert said.startswith(
        "2 origins of the 12 asked for (the history allows no more), 10 weeks apart; horizons 6, 7, 8."
    )


def test_what_was_not_sold_has_no_scores_in_the_json(tmp_path):
    sales = "week_end,sku,units\n" + "\n".join(
        f"{date(2026, 1, 4) + timedelta(weeks=week)},A,0" for week in range(6)
    )
    path = tmp_path / "scores.json"
    said, _ = command(write_folder(tmp_path / "shop", sales=sales), "--horizons", 1, "--json", path)
    scores = {
        (score["level"], score["rows"], score["model"]): score for score in json.loads(path.read_text())
    }

    assert scores["store", "nonpromo", "naive"] == {
        "level": "store",
        "rows": "nonpromo",
        "model": "naive",
        "n": 1,
        "wmape": None,
        "bias": None,
        "coverage80": 1.0,
        "pinball50": 0.0,
        "pinball90": 0.0,
    }
    assert scores["store", "promo", "naive"]["coverage80"] is None
    assert "n/a" in said


def test_a_history_too_short_for_its_horizons_is_said(tmp_path):
    with pytest.raises(CommandError, match=r"has 30 weeks of sales; horizons up to 40 need 44\."):
        command(folder_of(tmp_path / "shop"), "--horizons", 40)


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--horizons", "6;7", "“6;7” is no list of weeks ahead; write it as 6,7,8."),
        ("--horizons", "0", "“0” is no list of weeks ahead"),
        ("--every", "0", "“0” is not a whole number above 0."),
        ("--origins", "many", "“many” is not a whole number above 0."),
    ],
)
def test_bad_arguments_are_said(tmp_path, option, value, sentence):
    with pytest.raises(CommandError) as problem:
        command(tmp_path, option, value)

    assert sentence in str(problem.value)


def test_a_folder_without_sales_is_said(tmp_path):
    with pytest.raises(CommandError, match="The folder has no sales"):
        command(tmp_path)


def test_a_file_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        command(folder_of(tmp_path / "shop"), "--json", tmp_path / "nowhere" / "scores.json")
