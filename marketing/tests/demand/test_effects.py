"""The effects that multiply: what is put into simulated sales is found again, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing.demand.engine import effects
from marketing.demand.engine.design import Design, design_of, sizes_of
from marketing.demand.engine.effects import (
    ALL_GROUPS,
    EFFECTS,
    PROMOTION_GROUPS,
    USUAL_NOISE,
    FittedEffects,
    Group,
    Noise,
    Reading,
    blocks,
    fitted_effects,
    log_factor,
)
from marketing.demand.engine.history import NO_PROMOTION, PromotionCalendar, SkuDoors, WeeklyHistory
from marketing.tests.demand.histories import drawn_history

few = settings(max_examples=10, deadline=None)
seeds = st.integers(0, 2**32 - 1)
SKUS, DOORS, WEEKS = 16, 10, 156
DOUBLES, PRICE_CUT, DISCOUNT_SLOPE = 1, 2, 2.5
SEASON = 1 + 0.3 * np.sin(2 * np.pi * np.arange(53) / 52)


def fitted(history: WeeklyHistory) -> tuple[FittedEffects, Design]:
    design = design_of(history, sizes_of(history))
    return fitted_effects(history, design), design


def factor(fit: FittedEffects, design: Design, groups: frozenset[Group] = ALL_GROUPS) -> np.ndarray:
    return np.exp(log_factor(fit.tables, design, groups))


def shop(*, promoted_part: float = 0.15, season: np.ndarray = SEASON) -> WeeklyHistory:
    """SKUs that sell 15 to 60 units a week; one mechanic doubles, of the other the depth of the cut tells."""
    dice = np.random.default_rng(11)
    sku, door = np.divmod(np.arange(SKUS * DOORS), DOORS)
    shape = (WEEKS, SKUS * DOORS)
    mechanic = np.where(dice.random(shape) < promoted_part, dice.integers(1, 3, shape), NO_PROMOTION)
    discount = np.where(mechanic == PRICE_CUT, dice.choice([0.1, 0.2, 0.3, 0.4], shape), 0.0)
    lift = np.where(mechanic == DOUBLES, 2.0, np.exp(DISCOUNT_SLOPE * discount))
    week_of_year = np.arange(WEEKS) % 52
    mean = dice.uniform(15.0, 60.0, shape[1]) * lift * season[week_of_year][:, None]
    return WeeklyHistory(
        # Each a subclass of its own: nothing presses on its neighbours.
        sku_doors=SkuDoors(sku, door, sku, np.zeros_like(sku)),
        units=dice.poisson(mean).astype(np.float32),
        in_stock_share=np.ones(shape, dtype=np.float32),
        calendar=PromotionCalendar(
            mechanic=mechanic.astype(np.int16),
            promoted_share=(mechanic != NO_PROMOTION).astype(np.float32),
            discount=discount.astype(np.float32),
            base_price=np.full(shape, 5.0, dtype=np.float32),
        ),
        week_of_year=week_of_year,
        mechanics=3,
    )


@pytest.fixture(scope="module")
def learned() -> tuple[WeeklyHistory, FittedEffects, Design]:
    history = shop()
    return history, *fitted(history)


def test_a_mechanic_that_doubles_is_found_to_double(learned):
    history, fit, design = learned
    lift = factor(fit, design, PROMOTION_GROUPS)
    assert lift[history.calendar.mechanic == DOUBLES].mean() == pytest.approx(2.0, rel=0.03)


def test_a_promotion_that_runs_out_half_way_is_as_strong_as_one_that_does_not():
    history = shop()
    doubled = history.calendar.mechanic == DOUBLES
    history.units[doubled] /= 2
    history.in_stock_share[doubled] = 0.5
    fit, design = fitted(history)
    assert factor(fit, design, PROMOTION_GROUPS)[doubled].mean() == pytest.approx(2.0, rel=0.03)


@pytest.mark.parametrize("discount", [0.1, 0.2, 0.3, 0.4])
def test_a_deeper_cut_lifts_as_much_more_as_it_did(learned, discount):
    history, fit, design = learned
    lift = factor(fit, design, PROMOTION_GROUPS)
    cut = np.isclose(history.calendar.discount, discount) & (history.calendar.mechanic == PRICE_CUT)
    assert lift[cut].mean() == pytest.approx(np.exp(DISCOUNT_SLOPE * discount), rel=0.05)


def test_the_time_of_the_year_is_found(learned):
    _, fit, design = learned
    # Seasons and levels share what lasts for long: the year's course counts, not its height.
    season = np.log(factor(fit, design, frozenset({Group.SEASON}))[:52].mean(axis=1))
    put_in = np.log(SEASON[:52])
    assert np.corrcoef(season, put_in)[0, 1] > 0.98
    # Three years tell little of a week of the year: what they say of it is drawn to 1.
    assert 0.6 < np.polyfit(put_in, season, 1)[0] < 1.0


def test_what_had_no_effect_is_found_to_have_none(learned):
    _, fit, design = learned
    for group in (Group.AFTER_PROMOTION, Group.CANNIBALISATION, Group.HALO, Group.LENGTH, Group.PRICE):
        assert factor(fit, design, frozenset({group})) == pytest.approx(1.0, abs=0.06), group


def test_poisson_sales_are_known_to_vary_as_such(learned):
    _, fit, _ = learned
    usual = 30.0
    assert fit.noise.by_mean + fit.noise.by_square * usual == pytest.approx(1.0, abs=0.15)


def test_a_week_without_a_promotion_and_a_cut_has_a_lift_of_one(learned):
    """So that baselines are what calm weeks sell, and lifts are held against them."""
    history, fit, design = learned
    lift = factor(fit, design, PROMOTION_GROUPS)
    assert lift[~history.calendar.promoted] == pytest.approx(1.0)


def test_where_nothing_was_promoted_nothing_lifts():
    fit, design = fitted(shop(promoted_part=0.0))
    groups = PROMOTION_GROUPS | {Group.AFTER_PROMOTION}
    assert factor(fit, design, groups) == pytest.approx(1.0)
    for effect in EFFECTS:
        if effect.group in groups and effect.between is None:
            assert not fit.tables[effect.name].any(), effect.name


def test_a_factor_that_rests_on_little_stays_near_one():
    """One week that sold four times as much moves it less than every tenth week does."""
    lifts = []
    for weeks in ([100], list(range(5, WEEKS, 10))):
        history = shop(promoted_part=0.0)
        history.calendar.mechanic[weeks, 0] = DOUBLES
        history.calendar.promoted_share[weeks, 0] = 1.0
        history.units[weeks, 0] *= 4
        fit, design = fitted(history)
        lifts.append(factor(fit, design, PROMOTION_GROUPS)[weeks, 0].mean())
    once, often = lifts
    assert 1.0 < once < 0.75 * often
    assert often == pytest.approx(4.0, rel=0.1)


def test_ten_times_the_units_are_ten_times_the_level_and_the_same_factors(learned):
    history, fit, design = learned
    larger, _ = fitted(replace(history, units=history.units * 10))
    assert factor(larger, design) == pytest.approx(factor(fit, design), rel=0.01)


@few
@given(seed=seeds)
def test_the_factors_of_all_groups_multiply_to_the_whole(seed):
    fit, design = fitted(drawn_history(seed))
    parts = [factor(fit, design, frozenset({group})) for group in Group]
    assert np.prod(parts, axis=0) == pytest.approx(factor(fit, design), rel=1e-4)
    assert np.isfinite(parts).all()


@few
@given(seed=seeds)
def test_what_is_read_from_a_table_is_what_is_added_to_it(seed):
    """Reading and adding up are each other's transpose: both know the same places and shares."""
    history = drawn_history(seed)
    design = design_of(history, sizes_of(history))
    dice = np.random.default_rng(seed)
    every_week = slice(0, len(history.calendar))
    for effect in EFFECTS:
        table = dice.normal(size=int(np.prod(effect.shape(design.sizes))))
        values = dice.normal(size=design.promoted.shape)
        sums = np.zeros(len(table))
        reading = Reading.of(effect, design, every_week)
        reading.add_up(values, sums)
        assert sums @ table == pytest.approx(np.sum(values * reading.values(table)), abs=1e-3), effect.name


@few
@given(seed=seeds)
def test_an_effect_reads_the_entry_of_its_place(seed):
    """Cell by cell, of effects of every kind."""
    history = drawn_history(seed, weeks=8, skus=4, doors=2)
    design, sizes = design_of(history, sizes_of(history)), sizes_of(history)
    cells, calendar = history.sku_doors, history.calendar
    named = {effect.name: effect for effect in EFFECTS}
    dice = np.random.default_rng(seed)

    def read(name: str) -> tuple[np.ndarray, np.ndarray]:
        table = dice.normal(size=named[name].shape(sizes))
        reading = Reading.of(named[name], design, slice(0, len(calendar)))
        return table, np.broadcast_to(reading.values(table.ravel()), design.promoted.shape)

    of_door, door_values = read("door_category_mechanic")
    of_season, season_values = read("subclass_season")
    of_after, after_values = read("weeks_after")
    of_depth, depth_values = read("category_mechanic_discount")
    for week, cell in np.ndindex(design.promoted.shape):
        mechanic, share = calendar.mechanic[week, cell], calendar.promoted_share[week, cell]
        door, category, subclass = cells.door[cell], cells.category[cell], cells.subclass[cell]
        wanted = of_door[door, category, mechanic] * share
        assert door_values[week, cell] == pytest.approx(wanted, abs=1e-5)
        wanted = of_season[subclass, history.week_of_year[week]]
        assert season_values[week, cell] == pytest.approx(wanted, abs=1e-5)
        since = design.axes["weeks_after"][week, cell]
        at_work = not calendar.promoted[week, cell] and since < len(of_after)
        assert after_values[week, cell] == pytest.approx(of_after[since] if at_work else 0.0, abs=1e-5)
        depth = design.between["discount"]
        low, on = depth.low[week, cell], depth.share[week, cell]
        line = of_depth[category, mechanic]
        wanted = (line[low] * (1 - on) + line[low + 1] * on) * (share if mechanic else 1.0)
        assert depth_values[week, cell] == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (5, 0), (0, 4), (104, 40_000), (3, 2_000_000)])
def test_blocks_hold_every_week_once(shape):
    weeks = [week for block in blocks(shape) for week in range(shape[0])[block]]
    assert weeks == list(range(shape[0]))


def test_the_size_of_blocks_changes_nothing(monkeypatch):
    history = drawn_history(2)
    fit, design = fitted(history)
    monkeypatch.setattr(effects, "CELLS_A_BLOCK", 40)
    in_blocks, _ = fitted(history)
    assert factor(in_blocks, design) == pytest.approx(factor(fit, design), rel=1e-3)


def test_evidence_a_unit_falls_with_the_noise():
    noise = Noise(by_mean=2.0, by_square=0.1)
    mean = np.array([1.0, 20.0], dtype=np.float32)
    assert noise.precision(mean) == pytest.approx(mean / (2.0 * mean + 0.1 * mean**2))


def test_noise_is_measured_by_its_moments():
    dice = np.random.default_rng(6)
    mean = dice.uniform(1.0, 60.0, (200, 400))
    rate = mean * dice.gamma(1 / 0.1, 0.1, mean.shape)
    units = dice.poisson(rate).astype(np.float32)
    noise = effects._noise(units, mean.astype(np.float32), np.ones_like(units))
    assert noise.by_square == pytest.approx(0.1, abs=0.02)
    assert noise.by_mean == pytest.approx(1.0, abs=0.3)
    few_weeks = effects._noise(units[:1, :50], mean[:1, :50].astype(np.float32), np.ones((1, 50)))
    assert (few_weeks.by_mean, few_weeks.by_square) == USUAL_NOISE
