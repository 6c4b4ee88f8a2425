"""The yardstick of this machine: the database's own COPY of the same inputs, out and to nothing."""

import time

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from marketing.baseline.vectors import PACKED
from sop_site.bench.copying import copy_in, float4, float4_array, int4, packed
from sop_site.bench.report import FLOOR, Report
from sop_site.bench.retailer import DC, DOORS, HORIZON, Retailer
from sop_site.bench.sizes import Size

# The reference layout, and the same with vectors as the product keeps them.
LAYOUTS = {FLOOR: (float4_array, "real[]"), f"{FLOOR}_packed": (packed, "bytea")}


def load_reference(retailer: Retailer) -> None:
    """Write the inputs of every SKU-door as one row, in each of the layouts, in tables named by them."""
    count = retailer.skus * DOORS
    minimum = np.zeros((retailer.skus, DOORS))
    minimum[:, DC + 1 :] = retailer.presentation_minimum
    vectors = {
        "baseline": _baseline(retailer),
        "receipts": _receipts(retailer),
        "transfers": _transfers(retailer),
    }
    plain = {
        "sku": int4(np.repeat(np.arange(retailer.skus), DOORS)),
        "door": int4(np.tile(np.arange(DOORS), retailer.skus)),
        "on_hand": float4(retailer.on_hand.reshape(count)),
        "presentation_minimum": float4(minimum.reshape(count)),
    }
    for table, (encoded, kind) in LAYOUTS.items():
        with connection.cursor() as cursor:
            columns = ", ".join(f"{name} {kind} NOT NULL" for name in vectors)
            cursor.execute(
                f"CREATE TABLE {table} (sku int NOT NULL, door int NOT NULL, on_hand real NOT NULL,"
                f" presentation_minimum real NOT NULL, {columns})"
            )
        copy_in(table, plain | {name: encoded(vector) for name, vector in vectors.items()})
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {table}")


def measure_floor(report: Report, size: Size) -> None:
    """COPY every row of each layout out, on the server where this user may."""
    on_server = _may_write_files()
    for table in LAYOUTS:
        seconds = []
        for _ in range(size.runs):
            began = time.perf_counter()
            _copy_out(table, on_server=on_server)
            seconds.append(time.perf_counter() - began)
        report.add(table, size, seconds, on_server=on_server)


def _copy_out(table: str, *, on_server: bool) -> None:
    source = f"COPY (SELECT * FROM {table}) TO"  # noqa: S608 the name is one of LAYOUTS
    with connection.cursor() as cursor:
        if on_server:
            cursor.execute(f"{source} '/dev/null' WITH (FORMAT binary)")
            return
        with cursor.copy(f"{source} STDOUT WITH (FORMAT binary)") as copy:
            for _ in copy:
                pass


def _may_write_files() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR pg_has_role(oid, 'pg_write_server_files', 'USAGE')"
            " FROM pg_roles WHERE rolname = current_user"
        )
        return cursor.fetchone()[0]


def _baseline(retailer: Retailer) -> NDArray[np.float32]:
    vector = np.zeros((retailer.skus, DOORS, HORIZON.buckets), dtype=PACKED)
    vector[:, DC + 1 :] = retailer.weekly_units[:, :, : HORIZON.buckets]
    return vector.reshape(-1, HORIZON.buckets)


def _receipts(retailer: Retailer) -> NDArray[np.float32]:
    receipts = retailer.receipts
    return _placed(retailer.skus, receipts.sku * DOORS + DC, receipts.eta_day, receipts.units)


def _transfers(retailer: Retailer) -> NDArray[np.float32]:
    """What comes less what goes."""
    transfers = retailer.transfers
    row = transfers.sku * DOORS
    coming = _placed(retailer.skus, row + transfers.to_door, transfers.arrive_day, transfers.units)
    return coming - _placed(retailer.skus, row + transfers.from_door, transfers.ship_day, transfers.units)


def _placed(skus: int, row: NDArray, day: NDArray, units: NDArray) -> NDArray[np.float32]:
    """Units by SKU-door and bucket ``[skus × DOORS, buckets]``."""
    shape = (skus * DOORS, HORIZON.buckets)
    flat = np.bincount(
        row * HORIZON.buckets + HORIZON.buckets_of_days(day), weights=units, minlength=shape[0] * shape[1]
    )
    return flat.astype(PACKED).reshape(shape)
