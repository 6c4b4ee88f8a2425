"""The roll-forward as a notebook writes it: one pandas ``groupby.apply`` over the SKUs, bucket by bucket.

The semantics are those of the supply engine, for doors that stay open and lifts that are not negative.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planning.supply.engine import Horizon
from planning.supply.queries import ProjectionInputs
from sop_site.bench.loop import BEYOND


@dataclass(frozen=True, slots=True)
class Frames:
    """The inputs as data frames; ``row`` numbers the SKU-doors and is the index of the first three.

    ``stock`` is a row per SKU-door, ``weekly_units`` and ``receipts`` have a column per bucket, ``lines``
    are the campaign lines at each door, ``transfers`` the planned transfers with their SKU.
    """

    horizon: Horizon
    stock: pd.DataFrame
    weekly_units: pd.DataFrame
    receipts: pd.DataFrame
    lines: pd.DataFrame
    transfers: pd.DataFrame


def frames_of(inputs: ProjectionInputs) -> Frames:
    """The data frames that a user would have loaded."""
    given, buckets = inputs.sku_doors, inputs.horizon.buckets + BEYOND
    rows = len(inputs.product_ids)
    receipts = np.zeros((rows, buckets))
    np.add.at(receipts, (inputs.receipts.row, inputs.receipts.bucket), inputs.receipts.units)
    columns = ("from_row", "to_row", "ship_bucket", "arrival_bucket", "units")
    transfers = pd.DataFrame({name: getattr(inputs.transfers, name) for name in columns})
    known = np.where(transfers["from_row"] >= 0, transfers["from_row"], transfers["to_row"])
    transfers["sku"] = inputs.product_ids[known]
    return Frames(
        horizon=inputs.horizon,
        stock=pd.DataFrame(
            {
                "sku": inputs.product_ids,
                "opening": given.opening,
                "minimum": given.presentation_minimum,
                "dc_row": given.dc_row,
                "transit_days": given.transit_days,
                "sells_from_dc": given.sells_from_dc,
            }
        ),
        weekly_units=pd.DataFrame(given.baseline_of(buckets).T),
        receipts=pd.DataFrame(receipts),
        lines=pd.DataFrame(
            {
                name: getattr(inputs.lines, name)
                for name in ("line", "row", "start_day", "end_day", "uplift_ratio", "uplift_units")
            }
        ),
        transfers=transfers,
    )


def roll_forward(frames: Frames, demand: pd.DataFrame) -> pd.DataFrame:
    """The closing stock, given the expected ``demand``: a row per SKU-door, a column per bucket."""

    def of_one_sku(stock: pd.DataFrame) -> pd.DataFrame:
        transfers = frames.transfers[frames.transfers["sku"] == stock["sku"].iloc[0]]
        return _rolled(
            frames.horizon, stock, demand.loc[stock.index], frames.receipts.loc[stock.index], transfers
        )

    return frames.stock.groupby("sku", group_keys=False)[list(frames.stock)].apply(of_one_sku)


def expected_demand(frames: Frames) -> pd.DataFrame:
    """Baseline and every uplift: a row per SKU-door, a column per bucket."""
    reach = frames.horizon.extended(BEYOND)
    buckets = pd.DataFrame({"first_day": reach.start_days, "days": reach.bucket_days})
    demand = frames.weekly_units * buckets["days"] / 7
    runs = frames.lines.merge(buckets.rename_axis("bucket").reset_index(), how="cross")
    last = np.minimum(runs["end_day"], runs["first_day"] + runs["days"] - 1)
    runs["days"] = (last - np.maximum(runs["start_day"], runs["first_day"]) + 1).clip(lower=0)
    runs = runs[runs["days"] > 0]
    weekly = frames.weekly_units.stack().rename("weekly").rename_axis(["row", "bucket"])
    runs = runs.join(weekly, on=["row", "bucket"])
    weight = (runs["days"] * runs["weekly"]).groupby([runs["line"], runs["row"]]).transform("sum")
    total = (runs["days"] * runs["weekly"]).groupby(runs["line"]).transform("sum")
    by_units = runs["uplift_units"] * weight / total / (runs["end_day"] - runs["start_day"] + 1)
    a_day = by_units.fillna(runs["uplift_ratio"] * runs["weekly"] / 7)
    uplift = (runs["days"] * a_day).groupby([runs["row"], runs["bucket"]]).sum().unstack("bucket")
    return demand.add(uplift, fill_value=0.0)


def _rolled(
    horizon: Horizon,
    stock: pd.DataFrame,
    demand: pd.DataFrame,
    receipts: pd.DataFrame,
    transfers: pd.DataFrame,
) -> pd.DataFrame:
    """The closing stock of one SKU at all its doors."""
    coming = _by_bucket(transfers, "to_row", "arrival_bucket", demand)
    leaving = _by_bucket(transfers[transfers["from_row"] >= 0], "from_row", "ship_bucket", demand)
    at_once = transfers[
        (transfers["from_row"] >= 0) & (transfers["ship_bucket"] == transfers["arrival_bucket"])
    ]
    late = _by_bucket(at_once, "to_row", "ship_bucket", demand)
    sent = demand * 0.0
    is_supplied = stock["dc_row"] >= 0
    doors = stock[is_supplied & ~stock["sells_from_dc"]]
    online = stock[is_supplied & stock["sells_from_dc"]]
    dc = stock.index.intersection(stock.loc[is_supplied, "dc_row"])
    minimum = stock["minimum"]
    held = stock["opening"]
    closing = {}

    def with_documents(units: pd.Series, bucket: int) -> pd.Series:
        there = units + receipts[bucket] + coming[bucket] - late[bucket] - leaving[bucket]
        return there.clip(lower=0.0) + late[bucket]

    for bucket in range(horizon.buckets):
        days = horizon.start_days[bucket] + doors["transit_days"].to_numpy()
        arrival = pd.Series(horizon.buckets_of_days(days), index=doors.index)
        dispatched = held * 0.0
        if len(dc):
            position, need = held, pd.Series(0.0, index=doors.index)
            for ahead in range(bucket, int(arrival.max()) + 1):
                position = with_documents(position, ahead) + sent[ahead]
                lacking = (demand[ahead] + minimum - position).clip(lower=0.0)
                need = need.where(arrival != ahead, lacking[doors.index])
                position = position - np.minimum(demand[ahead], (position - minimum).clip(lower=0.0))
            own = (with_documents(held, bucket) - minimum)[online.index].clip(lower=0.0)
            orders = (demand.loc[online.index, bucket] - own).clip(lower=0.0)
            asked = need.sum() + orders.sum() + demand.loc[dc, bucket].sum()
            there = (held[dc] - minimum[dc]).clip(lower=0.0).sum()
            share = min(1.0, there / asked) if asked > 0 else 1.0
            for week, rows in arrival.groupby(arrival).groups.items():
                sent.loc[rows, week] += need[rows] * share
            dispatched[dc] = need.sum() * share
        planned = leaving[bucket]
        if planned.any():
            free = held + receipts[bucket] - dispatched + coming[bucket] - late[bucket]
            part = (free.clip(lower=0.0) / planned.where(planned > 0)).clip(upper=1.0).fillna(1.0)
            for shipment in transfers[transfers["ship_bucket"] == bucket].itertuples():
                if shipment.from_row >= 0:
                    kept = shipment.units * (1.0 - part[shipment.from_row])
                    coming.loc[shipment.to_row, shipment.arrival_bucket] -= kept
            leaving[bucket] = planned * part
        available = held + receipts[bucket] + coming[bucket] + sent[bucket] - leaving[bucket] - dispatched
        available = available.clip(lower=0.0)
        sellable = (available - minimum).clip(lower=0.0)
        sold = np.minimum(demand[bucket], sellable)
        if len(online) and len(dc):
            orders = (demand[bucket] - sold)[online.index]
            asked = demand.loc[dc, bucket].sum() + orders.sum()
            share = min(1.0, sellable[dc].sum() / asked) if asked > 0 else 1.0
            sold[dc] = demand.loc[dc, bucket] * share
            sold[online.index] += orders * share
            available[online.index] += orders * share
            available[dc] -= orders.sum() * share
        held = (available - sold).clip(lower=0.0)
        closing[bucket] = held
    return pd.DataFrame(closing)


def _by_bucket(transfers: pd.DataFrame, row: str, bucket: str, like: pd.DataFrame) -> pd.DataFrame:
    """Units of transfers by SKU-door and bucket, in the shape of ``like``."""
    table = like * 0.0
    for shipment in transfers[transfers[row] >= 0].to_dict("records"):
        table.loc[shipment[row], shipment[bucket]] += shipment["units"]
    return table


def closing_of(closing: pd.DataFrame) -> NDArray[Any]:
    """The closing stock ``[buckets, n]``, as the engine has it."""
    return closing.sort_index().to_numpy().T
