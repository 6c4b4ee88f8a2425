"""What holds of all numbers, and that a slow and obvious second engine says the same."""

from math import fsum

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.consensus.engine import (
    bridge,
    disagreement_money,
    months_of_weeks,
    small_upward_tweaks,
    spread,
    value_added,
    waterfall,
    weeks_of_months,
    with_total,
)
from planning.tests.consensus.engine_oracle import (
    disagreement_slowly,
    months_of_weeks_slowly,
    spread_slowly,
    tweaks_slowly,
    value_added_slowly,
    weeks_of_months_slowly,
    with_total_slowly,
)
from planning.tests.supply.engine_cases import many

enough = settings(many, max_examples=min(many.max_examples, 120))

# As people and models make them: whole, in eighths, or with many digits.
units = st.integers(0, 2000).map(float) | st.integers(0, 8000).map(lambda n: n / 8) | st.floats(1e-3, 1e6)
units_or_unknown = units | st.just(np.nan)
mixes = st.just(0.0) | units | st.just(-5.0) | st.just(np.nan)
changes = st.integers(-1000, 1000).map(lambda n: n / 8)


@st.composite
def tables(draw, columns: st.SearchStrategy[int], values: st.SearchStrategy[float]):
    """One to six rows of the same number of cells."""
    width = draw(columns)
    row = st.lists(values, min_size=width, max_size=width)
    return np.array(draw(st.lists(row, min_size=1, max_size=6)))


@st.composite
def calendars(draw):
    """The month of each week: two to four months of one to six weeks."""
    lengths = draw(st.lists(st.integers(1, 6), min_size=2, max_size=4))
    return np.repeat(np.arange(len(lengths)), lengths), len(lengths)


@st.composite
def plans(draw):
    """Units by row and month, a profile by row and week, and the month of each week."""
    month_of_week, months = draw(calendars())
    rows = draw(st.integers(1, 4))
    monthly = draw(st.lists(units, min_size=rows * months, max_size=rows * months))
    weeks = rows * len(month_of_week)
    profile = draw(st.lists(mixes, min_size=weeks, max_size=weeks))
    return np.array(monthly).reshape(rows, months), np.array(profile).reshape(rows, -1), month_of_week


@st.composite
def grids(draw):
    """Values, a mix and a choice of at least one cell."""
    cells = draw(st.lists(st.tuples(units, mixes, st.booleans()), min_size=1, max_size=10))
    values, mix, chosen = (np.array(column) for column in zip(*cells, strict=True))
    chosen[draw(st.integers(0, len(cells) - 1))] = True
    return values, mix, chosen


@st.composite
def orders(draw, n: int):
    return np.array(draw(st.permutations(range(n))), dtype=np.int64)


def close(found, expected, size: float = 10.0) -> bool:
    """The same to nine digits of the numbers, or of the ``size`` that they came from; NaN where NaN is."""
    return np.allclose(found, expected, rtol=1e-9, atol=1e-9 * size, equal_nan=True)


@enough
@given(total=units, mix=st.lists(mixes, min_size=1, max_size=12))
def test_a_spread_conserves_units_and_gives_none_where_the_mix_has_none(total, mix):
    parts = spread(total, np.array(mix))

    assert abs(fsum(parts) - total) <= 1e-9 * total
    assert close(parts, spread_slowly(total, mix))
    if any(part > 0 for part in mix):
        assert not parts[[not part > 0 for part in mix]].any()


@enough
@given(grid=grids(), total=units)
def test_a_number_entered_high_is_read_back_and_leaves_the_others_alone(grid, total):
    values, mix, chosen = grid
    replaced = with_total(values, chosen, total, mix)

    assert close(replaced[chosen].sum(), total)
    assert replaced[~chosen].tolist() == values[~chosen].tolist()
    assert close(replaced, with_total_slowly(values.tolist(), chosen.tolist(), total, mix.tolist()))


@enough
@given(grid=grids(), total=units)
def test_a_number_entered_again_changes_nothing(grid, total):
    values, mix, chosen = grid
    replaced = with_total(values, chosen, total, mix)

    assert with_total(replaced, chosen, total, mix).tolist() == replaced.tolist()
    assert close(with_total(replaced, chosen, total, replaced), replaced)


@enough
@given(grid=grids(), low=st.lists(units, min_size=10, max_size=10))
def test_numbers_entered_low_add_up_when_read_high(grid, low):
    """Cell by cell, in whatever order: the sum is what was entered, and what was not entered stays."""
    values, mix, chosen = grid
    replaced = values
    for place in np.flatnonzero(chosen)[::-1]:
        replaced = with_total(replaced, np.arange(len(values)) == place, low[place], mix)

    entered = [low[place] for place in np.flatnonzero(chosen)]
    assert close(replaced.sum(), fsum(entered) + values[~chosen].sum())


@enough
@given(grid=grids(), high=units, low=units, data=st.data())
def test_a_cell_entered_after_its_group_moves_the_group_by_its_own_change(grid, high, low, data):
    values, mix, chosen = grid
    place = data.draw(st.sampled_from(np.flatnonzero(chosen).tolist()))
    spread_high = with_total(values, chosen, high, mix)
    then_low = with_total(spread_high, np.arange(len(values)) == place, low, mix)

    assert close(then_low[chosen].sum(), high - spread_high[place] + low)


@enough
@given(grid=grids(), total=units, data=st.data())
def test_the_order_of_the_cells_does_not_matter(grid, total, data):
    values, mix, chosen = grid
    order = data.draw(orders(len(values)))

    mixed = with_total(values[order], chosen[order], total, mix[order])
    assert close(mixed, with_total(values, chosen, total, mix)[order])


@enough
@given(plan=plans())
def test_months_spread_to_weeks_add_up_to_the_months_again(plan):
    monthly, profile, month_of_week = plan
    weekly = weeks_of_months(monthly, profile, month_of_week)

    assert close(weekly, weeks_of_months_slowly(monthly.tolist(), profile.tolist(), month_of_week.tolist()))
    assert close(months_of_weeks(weekly, month_of_week, monthly.shape[1]), monthly)


@enough
@given(plan=plans())
def test_weeks_added_up_to_months_and_spread_by_themselves_are_the_weeks_again(plan):
    _, profile, month_of_week = plan
    weekly = np.nan_to_num(np.maximum(profile, 0.0))
    months = int(month_of_week.max()) + 1
    monthly = months_of_weeks(weekly, month_of_week, months)

    assert close(monthly, months_of_weeks_slowly(weekly.tolist(), month_of_week.tolist(), months))
    assert close(monthly.sum(), weekly.sum())
    assert close(weeks_of_months(monthly, weekly, month_of_week), weekly)


@enough
@given(plan=plans(), data=st.data())
def test_the_order_of_rows_and_of_weeks_does_not_matter(plan, data):
    monthly, profile, month_of_week = plan
    rows, weeks = data.draw(orders(len(monthly))), data.draw(orders(len(month_of_week)))
    weekly = weeks_of_months(monthly, profile, month_of_week)
    mixed = weeks_of_months(monthly[rows], profile[rows][:, weeks], month_of_week[weeks])

    assert close(mixed, weekly[rows][:, weeks])
    assert close(months_of_weeks(mixed, month_of_week[weeks], monthly.shape[1]), monthly[rows])


@enough
@given(table=tables(st.integers(2, 5), units_or_unknown), data=st.data())
def test_the_oracle_agrees_on_the_value_added_in_any_order_of_items(table, data):
    """The first column is what was sold, the others are the steps."""
    names = [f"step {place}" for place in range(1, table.shape[1])]
    order = data.draw(orders(len(table)))

    def steps_of(items: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(names, items[:, 1:].T, strict=True))

    found = value_added(table[:, 0], steps_of(table))
    mixed = value_added(table[order, 0], steps_of(table[order]))
    slow = value_added_slowly(
        table[:, 0].tolist(), {name: step.tolist() for name, step in steps_of(table).items()}
    )
    size = max(error or 0.0 for _, error, *_ in slow) + 1.0
    for one, other, (name, error, added, n) in zip(found, mixed, slow, strict=True):
        assert (one.step, one.n, other.step, other.n) == (name, n, name, n)
        for exact, *rounded in ((error, one.wmape, other.wmape), (added, one.value_added, other.value_added)):
            if exact is None:
                assert rounded == [None, None]
            else:
                assert close(rounded, exact, size)
    known = [step.value_added for step in found if step.value_added is not None]
    if known:
        assert close(fsum(known), found[0].wmape - found[-1].wmape, size)


@enough
@given(
    rows=st.lists(
        st.tuples(units_or_unknown, st.sampled_from([-0.1, 0, 0.05, 0.1, 0.2, 3]), units_or_unknown),
        max_size=30,
    ),
    largest_share=st.sampled_from([0.05, 0.1, 0.2]),
)
def test_the_oracle_agrees_on_small_upward_changes(rows, largest_share):
    before, share, actual = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    after = before * (1 + share)

    found = small_upward_tweaks(before, after, actual, largest_share)

    n, helped, worsened, saved = tweaks_slowly(
        before.tolist(), after.tolist(), actual.tolist(), largest_share
    )
    assert (found.n, found.helped, found.worsened) == (n, helped, worsened)
    assert close(found.error_units_saved, saved)


@enough
@given(layers=tables(st.integers(1, 5), units_or_unknown), data=st.data())
def test_the_oracle_agrees_on_the_money_between_the_functions_in_any_order(layers, data):
    cells = layers.shape[1]
    unit_value = np.array(data.draw(st.lists(units_or_unknown, min_size=cells, max_size=cells)))
    order, of_layers = data.draw(orders(cells)), data.draw(orders(len(layers)))

    found = disagreement_money(layers, unit_value)

    assert close(found, disagreement_slowly(layers.tolist(), unit_value.tolist()))
    mixed = disagreement_money(layers[of_layers][:, order], unit_value[order])
    np.testing.assert_array_equal(mixed, found[order])


@enough
@given(totals=st.lists(st.tuples(st.sampled_from(["Statistical", "Marketing"]), changes), max_size=8))
def test_a_waterfall_leads_without_a_gap_from_nothing_to_the_last_total(totals):
    steps = waterfall(totals)

    assert [(step.name, step.end) for step in steps] == totals
    assert [step.start for step in steps] == [0.0, *(step.end for step in steps)][:-1]
    assert all(step.start + step.change == step.end for step in steps)


@enough
@given(
    before=st.dictionaries(st.integers(0, 9), changes),
    after=st.dictionaries(st.integers(0, 9), changes),
    largest=st.integers(0, 10),
    data=st.data(),
)
def test_a_bridge_adds_up_exactly_and_names_the_largest(before, after, largest, data):
    found = bridge(before, after, largest)
    named = [one for one in found if one.key is not None]

    assert fsum(one.change for one in found) == fsum(after.values()) - fsum(before.values())
    moved = {
        key: after.get(key, 0.0) - before.get(key, 0.0)
        for key in before.keys() | after.keys()
        if after.get(key, 0.0) != before.get(key, 0.0)
    }
    assert len(named) == min(largest, len(moved))
    assert sum(one.keys for one in found) == len(moved)
    assert all(one.change == moved[one.key] for one in named)
    sizes = sorted((abs(change) for change in moved.values()), reverse=True)
    assert [abs(one.change) for one in named] == sizes[: len(named)]
    assert [one.key for one in found[len(named) :]] == [None] * (len(moved) > len(named))

    mixed = {key: before[key] for key in data.draw(st.permutations(list(before)))}
    assert bridge(mixed, after, largest) == found


@enough
@given(
    before=st.dictionaries(st.integers(0, 9), units),
    after=st.dictionaries(st.integers(0, 9), units),
    largest=st.integers(0, 5),
)
def test_a_bridge_between_numbers_of_many_digits_adds_up_but_for_the_last_of_them(before, after, largest):
    found = fsum(one.change for one in bridge(before, after, largest))
    largest_total = max(fsum(before.values()), fsum(after.values()))

    assert abs(found - (fsum(after.values()) - fsum(before.values()))) <= 1e-14 * largest_total
