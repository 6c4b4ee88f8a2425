"""The effects that multiply to a week's demand, and how they are learned.

Demand of a SKU-door in a week = its level x the effects of that week. Each effect is a small table
(mechanic x depth of discount, SKU x week of the year, …) of factors, learned as what sold against what the
other effects expect, and drawn towards 1 (no effect) by a prior evidence: a factor that rests on little
stays near 1. So every forecast opens into factors that multiply to it.

Fitted as a penalised quasi-Poisson regression with a log link, one table after the other by Newton's method
(Fahrmeir and Tutz, Multivariate Statistical Modelling Based on Generalized Linear Models, section 2), with
the variance of a week's units taken as a x mean + b x mean².
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from marketing.demand.engine.design import Between, Design, Places
from marketing.demand.engine.history import NO_PROMOTION, Floats, WeeklyHistory
from marketing.demand.engine.level import EXPOSURE_FLOOR, level_of_each_week

Table = NDArray[np.float64]


class Group(Enum):
    """What an effect is told as."""

    MECHANIC = "mechanic"
    DISCOUNT = "discount"
    SKU = "sku"
    DOOR = "door"
    LENGTH = "length"
    PROMOTION_SEASON = "promotion_season"
    SEASON = "season"
    PRICE = "price"
    AFTER_PROMOTION = "after_promotion"
    CANNIBALISATION = "cannibalisation"
    HALO = "halo"


class Scope(Enum):
    """In which weeks an effect is at work."""

    ALL = "all"
    PROMOTED = "promoted"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Effect:
    """A table of factors over ``axes`` and, where ``between`` is set, over the knots of that value.

    ``prior_evidence`` draws it to 1: the information about a factor's logarithm that counts as much as
    knowing nothing of it. One week of a well selling SKU at one door is worth up to 1 / b, about 20; for
    the effects that are no door's own, a SKU's doors in a week are worth little more than one of them. Of
    a season it is where to begin: how strong seasons are, the sales tell.
    """

    name: str
    group: Group
    axes: tuple[str, ...]
    prior_evidence: float
    between: str | None = None
    scope: Scope = Scope.ALL

    @property
    def is_of_a_door(self) -> bool:
        """Whether each door has factors of its own."""
        return bool({"door", "sku_door"} & set(self.axes))

    def shape(self, sizes: dict[str, int]) -> tuple[int, ...]:
        """How many factors there are along each axis."""
        names = (*self.axes, self.between) if self.between else self.axes
        return tuple(sizes[name] for name in names)


PROMOTED, AFTER = Scope.PROMOTED, Scope.AFTER
EFFECTS = (
    Effect("mechanic", Group.MECHANIC, ("mechanic",), 10, scope=PROMOTED),
    Effect("mechanic_discount", Group.DISCOUNT, ("mechanic",), 4, "discount"),
    Effect("category_mechanic_discount", Group.DISCOUNT, ("category", "mechanic"), 10, "discount"),
    Effect("sku_discount", Group.SKU, ("sku",), 400, "discount"),
    Effect("sku_mechanic", Group.SKU, ("sku", "mechanic"), 125, scope=PROMOTED),
    Effect("door_category_mechanic", Group.DOOR, ("door", "category", "mechanic"), 300, scope=PROMOTED),
    Effect("sku_door", Group.DOOR, ("sku_door",), 300, scope=PROMOTED),
    Effect("mechanic_position", Group.LENGTH, ("mechanic", "position"), 60, scope=PROMOTED),
    Effect("category_period", Group.PROMOTION_SEASON, ("category", "period"), 2000, scope=PROMOTED),
    Effect("weeks_after", Group.AFTER_PROMOTION, ("weeks_after",), 60, scope=AFTER),
    Effect("subclass_pressure", Group.CANNIBALISATION, ("everywhere",), 60, "subclass_pressure"),
    Effect("category_subclass_pressure", Group.CANNIBALISATION, ("category",), 200, "subclass_pressure"),
    Effect("sku_subclass_pressure", Group.CANNIBALISATION, ("sku",), 400, "subclass_pressure"),
    Effect("category_pressure", Group.HALO, ("everywhere",), 60, "category_pressure"),
    Effect("category_category_pressure", Group.HALO, ("category",), 200, "category_pressure"),
    Effect("base_price", Group.PRICE, ("everywhere",), 20, "base_price"),
    Effect("sku_base_price", Group.PRICE, ("sku",), 200, "base_price"),
    Effect("category_season", Group.SEASON, ("category", "week_of_year"), 400),
    Effect("subclass_season", Group.SEASON, ("subclass", "week_of_year"), 400),
    Effect("sku_season", Group.SEASON, ("sku", "week_of_year"), 800),
)
ALL_GROUPS = frozenset(Group)
BASELINE_GROUPS = frozenset({Group.SEASON, Group.PRICE})
PROMOTION_GROUPS = frozenset(
    {Group.MECHANIC, Group.DISCOUNT, Group.SKU, Group.DOOR, Group.LENGTH, Group.PROMOTION_SEASON}
)

ROUNDS = 5
# What happened long ago counts less: the memory of effects, a week.
EFFECT_MEMORY = 0.985
# In the level of a week, a promoted week counts less: its size owes more to the promotion. In the first
# round, before anything is known of promotions, it counts hardly at all.
PROMOTED_WEIGHT = 0.2
PROMOTED_WEIGHT_AT_FIRST = 0.02
# Doors of a SKU err together in a week: what one adds to the evidence that another has given.
DOORS_ALIKE = 0.1
# Where sales are too few to tell, units vary as they do at a grocer's.
USUAL_NOISE = (1.0, 0.05)
# Variance of the logarithm of what one week of one year has of its own, beside the season.
YEAR_SHOCK = 0.04
LEAST_SEASON_EVIDENCE, MOST_SEASON_EVIDENCE = 20.0, 5000.0
CELLS_A_BLOCK = 1_000_000
MOST_NOISE_CELLS = 1_000_000


@dataclass(frozen=True, slots=True)
class Noise:
    """Variance of a week's units = ``by_mean`` x mean + ``by_square`` x mean²."""

    by_mean: float
    by_square: float

    def precision(self, mean: Floats) -> Floats:
        """Evidence a unit of mean: mean / variance."""
        return 1.0 / (self.by_mean + self.by_square * mean)


@dataclass(frozen=True, slots=True)
class FittedEffects:
    """Logarithms of the factors of each effect by its name, their shape that of the effect, and the noise."""

    tables: dict[str, Table]
    noise: Noise


def fitted_effects(history: WeeklyHistory, design: Design) -> FittedEffects:
    """Learn every effect from the weeks of ``history``; nothing of a later week comes in."""
    weeks = history.weeks
    share = history.in_stock_share
    observed = ~np.isnan(history.units) & (share >= EXPOSURE_FLOOR)
    units = np.where(observed, history.units, np.float32(0.0))
    age = (EFFECT_MEMORY ** np.arange(weeks - 1, -1, -1)).astype(np.float32)[:, None]
    counts = np.where(observed, age, np.float32(0.0))
    tables = {effect.name: np.zeros(effect.shape(design.sizes)) for effect in EFFECTS}
    factor = np.ones(units.shape, dtype=np.float32)
    noise = Noise(*USUAL_NOISE)
    years = max(weeks / 52, 1.0)
    doors_worth = 1.0 + DOORS_ALIKE * (_doors_a_sku_week(observed, history) - 1.0)
    for round_number in range(ROUNDS):
        of_promoted = np.float32(PROMOTED_WEIGHT if round_number else PROMOTED_WEIGHT_AT_FIRST)
        weight = np.where(observed, np.where(design.promoted[:weeks], of_promoted, np.float32(1.0)), 0.0)
        level = level_of_each_week(units, factor * share, weight.astype(np.float32))
        level *= share
        if round_number:
            noise = _noise(units, level * factor, counts)
        for effect in EFFECTS:
            table = tables[effect.name]
            surplus, information = np.zeros(table.size), np.zeros(table.size)
            for block in blocks(units.shape):
                mean = level[block] * factor[block]
                evidence = counts[block] * noise.precision(mean)
                reading = Reading.of(effect, design, block)
                reading.add_up(evidence * (units[block] - mean), surplus)
                reading.add_up(evidence * mean, information)
            if effect.group is Group.SEASON:
                step = _season_step(table.ravel(), surplus, information, effect.prior_evidence, years)
            else:
                prior_evidence = effect.prior_evidence * (1.0 if effect.is_of_a_door else doors_worth)
                step = _newton_step(table.ravel(), surplus, information, prior_evidence)
            table += step.reshape(table.shape)
            for block in blocks(units.shape):
                factor[block] *= np.exp(Reading.of(effect, design, block).values(step))
    for effect in EFFECTS:
        if effect.between == "discount":
            tables[effect.name] -= _without_cut(effect, tables[effect.name])
    return FittedEffects(tables, noise)


def _without_cut(effect: Effect, table: Table) -> Table:
    """What a table of discounts says of weeks without a promotion and without a cut, of which most are.

    In the fit it takes up what the levels leave over. It is taken off the whole table, so that such a week's
    factor is 1 and its baseline what it sells, for lifts to be held against; the levels make up for it.
    """
    first = table[..., :1]
    return first[..., NO_PROMOTION : NO_PROMOTION + 1, :] if "mechanic" in effect.axes else first


def _doors_a_sku_week(observed: NDArray[np.bool_], history: WeeklyHistory) -> float:
    """At how many doors a SKU sells in a week, as the mean over the weeks of SKU-doors."""
    sku = history.sku_doors.sku
    doors = np.array([np.bincount(sku, row, int(sku.max(initial=0)) + 1) for row in observed])
    return float(np.sum(doors**2) / max(np.sum(doors), 1.0))


def blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """The weeks in parts of about a million cells, so that what is calculated of them need not all fit."""
    weeks, columns = shape
    rows = max(1, CELLS_A_BLOCK // max(columns, 1))
    return (slice(first, min(first + rows, weeks)) for first in range(0, weeks, rows))


def _newton_step(table: Table, surplus: Table, information: Table, prior_evidence: float) -> Table:
    """The step of a table of logarithms; upwards along the curve, downwards by at most 1."""
    step = (surplus - prior_evidence * table) / (information + prior_evidence)
    return np.where(step > 0, np.log1p(np.maximum(step, 0.0)), np.maximum(step, -1.0))


def _season_step(
    table: Table, surplus: Table, information: Table, prior_evidence: float, years: float
) -> Table:
    """The step of a season's table.

    One year's week has shocks of its own: however much sells in it, it is worth no more than
    1 / `YEAR_SHOCK`. What was seen in one year alone could be anything, so that the prior evidence is that
    of one year, and falls with the square of the years.
    """
    worth = 1.0 / (1.0 + YEAR_SHOCK * information / years)
    return _newton_step(table, surplus * worth, information * worth, prior_evidence / years**2)


def _noise(units: Floats, mean: Floats, counts: Floats) -> Noise:
    """How far units lie from their mean, by moments: a line through the squared errors over the mean."""
    # A regular sample of the weeks is enough, and takes a regular time.
    sample = slice(None, None, max(1, units.size // MOST_NOISE_CELLS))
    sold, expected = units.ravel()[sample], mean.ravel()[sample].astype(np.float64)
    known = (counts.ravel()[sample] > 0) & (expected > 0)
    sold, expected = sold[known], expected[known]
    if len(expected) < 100:
        return Noise(*USUAL_NOISE)
    ratio = (sold - expected) ** 2 / expected
    # Weighted by 1 / mean, and cut at the far end, so that a few wild weeks do not decide.
    weight = 1.0 / (1.0 + expected)
    ratio = np.minimum(ratio, 50.0 * np.median(ratio) + 1e-9)
    centre, height = np.average(expected, weights=weight), np.average(ratio, weights=weight)
    spread = np.average((expected - centre) ** 2, weights=weight)
    slope = np.average((expected - centre) * (ratio - height), weights=weight) / max(spread, 1e-12)
    by_square = float(np.clip(slope, 0.02, 0.3))
    return Noise(max(float(height - by_square * centre), 0.1 * float(height), 1e-6), by_square)


@dataclass(frozen=True, slots=True)
class Reading:
    """Where the weeks ``[weeks, n]`` stand in an effect's table, and how much of the factor is at work."""

    places: Places
    shares: tuple[Floats, ...]

    @classmethod
    def of(cls, effect: Effect, design: Design, block: slice) -> "Reading":
        """Of those weeks of ``design``; where the place on an axis is not known, -1, no factor is at work."""
        places: Places = np.zeros((1, 1), dtype=np.int32)
        unknown: NDArray[np.bool_] = np.zeros((1, 1), dtype=np.bool_)
        for axis in effect.axes:
            index = design.axes[axis]
            index = index[block] if len(index) > 1 else index
            places = places * np.int32(design.sizes[axis]) + index
            if index.min(initial=0) < 0:
                unknown = unknown | (index < 0)
        at_work = _at_work(effect, design, block)
        if np.any(unknown):
            at_work, places = np.where(unknown, np.float32(0.0), at_work), np.where(unknown, 0, places)
        if effect.between is None:
            return cls(np.where(at_work > 0, places, 0), (at_work,))
        between: Between = design.between[effect.between]
        places = places * np.int32(design.sizes[effect.between]) + between.low[block]
        upper = at_work * between.share[block]
        return cls(places, (at_work - upper, upper))

    def values(self, table: Table) -> Floats:
        """The logarithm of the factor in each week, of a table laid flat."""
        flat = table.astype(np.float32)
        value = flat[self.places] * self.shares[0]
        if len(self.shares) > 1:
            value += np.append(flat[1:], flat[-1:])[self.places] * self.shares[1]
        return value

    def add_up(self, values: Floats, sums: Table) -> None:
        """Add ``values`` of the weeks to ``sums`` at their places of a table laid flat."""
        places = self.places.ravel()
        for step, share in enumerate(self.shares):
            sums[step:] += np.bincount(places, (values * share).ravel(), len(sums))[: len(sums) - step]


def _at_work(effect: Effect, design: Design, block: slice) -> Floats:
    """How much of the factor is at work in each week ``[weeks, n]``, 0 to 1."""
    promoted, share = design.promoted[block], design.promoted_share[block]
    if effect.scope is Scope.PROMOTED:
        return share
    if effect.scope is Scope.AFTER:
        soon = ~promoted & (design.axes["weeks_after"][block] < design.sizes["weeks_after"])
        return soon.astype(np.float32)
    if effect.group in PROMOTION_GROUPS:
        # A price cut without a promotion lasts all week.
        return np.where(promoted, share, np.float32(1.0))
    return np.ones(promoted.shape, dtype=np.float32)


def log_factor(tables: Mapping[str, Table], design: Design, groups: frozenset[Group]) -> Floats:
    """The logarithm of the factors of ``groups`` together, in every week of ``design`` ``[weeks, n]``."""
    total = np.zeros(design.promoted.shape, dtype=np.float32)
    for effect in EFFECTS:
        if effect.group in groups:
            flat = tables[effect.name].ravel()
            for block in blocks(total.shape):
                total[block] += Reading.of(effect, design, block).values(flat)
    return total
