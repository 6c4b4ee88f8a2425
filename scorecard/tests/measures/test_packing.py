"""The packed SKU-doors of a week: what is packed comes back, and it is small."""

import io
import zlib

import numpy as np

from scorecard.measures.arrays import unpacked_arrays
from scorecard.measures.packing import MONEY, Detail, pack_detail, unpacked_detail


def detail_of(count: int) -> Detail:
    """``count`` SKU-doors of 20 doors, some promoted, some never counted."""
    place = np.arange(count)
    whole = (place % 7).astype(float)
    return Detail(
        product_ids=place // 20 + 2**33,
        door_ids=place % 20 + 5,
        mechanic_ids=np.where(place % 9 == 0, 41, 0),
        promoted=np.where(place % 9 == 0, 0b0011100, 0).astype(np.uint8),
        seen=np.full(count, 0b1111111, dtype=np.uint8),
        out=np.where(place % 11 == 0, 0b1, 0).astype(np.uint8),
        days=np.full(count, 7.0),
        out_days=whole / 2,
        promoted_days=np.where(place % 9 == 0, 3.0, 0.0),
        out_promoted_days=np.zeros(count),
        sold=whole - 2,
        unmet=whole,
        sold_promoted=np.zeros(count),
        unmet_promoted=np.zeros(count),
        opening_units=np.where(place % 13 == 0, np.nan, whole * 3 - 5),
        closing_units=whole,
        net_sales=np.where(place % 13 == 0, np.nan, whole * 50),
        markdown=whole * 5,
        price=np.full(count, 49.95, dtype=np.float32).astype(np.float64),
        cost=(place // 20 % 90).astype(float),
    )


def test_what_is_packed_comes_back():
    packed = detail_of(500)
    found = unpacked_detail(memoryview(pack_detail(packed)))
    for name in Detail.__slots__:
        np.testing.assert_array_equal(getattr(found, name), getattr(packed, name))
        assert getattr(found, name).dtype == getattr(packed, name).dtype
    assert found.seen_days.tolist() == [7.0] * 500


def test_a_week_that_closed_before_money_was_kept_has_none():
    told = detail_of(500)
    arrays = unpacked_arrays(pack_detail(told))
    earlier = io.BytesIO()
    # Such weeks are packed as NumPy's own files.
    np.savez(earlier, **{name: array for name, array in arrays.items() if name not in MONEY})
    found = unpacked_detail(zlib.compress(earlier.getvalue()))
    assert found.sold.tolist() == told.sold.tolist()
    assert all(np.isnan(getattr(found, name)).all() for name in MONEY)


def test_nothing_packs_too():
    found = unpacked_detail(pack_detail(Detail.none()))
    assert len(found) == 0
    assert found.product_ids.dtype == np.int64


def test_a_sku_door_takes_few_bytes():
    assert len(pack_detail(detail_of(10_000))) < 10_000 * 10


def test_parts_are_joined_and_chosen():
    whole = detail_of(60)
    parts = [whole.chosen(np.arange(20)), whole.chosen(np.arange(60) >= 20)]
    assert Detail.joined(parts).door_ids.tolist() == whole.door_ids.tolist()
    assert len(Detail.joined([])) == 0
