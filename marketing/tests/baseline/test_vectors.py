"""A packed baseline holds what was put in, and a person can read it in the database."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing.baseline.models import BaselineForecast
from marketing.baseline.vectors import FORECAST_WEEKS, packed, unpacked
from marketing.tests.factories import make_baseline, make_door, make_product


def finite(drawn: bytes) -> list[float]:
    """Any floats of 32 bits from drawn bytes, which are drawn in one go: 0 for what is no number."""
    units = np.frombuffer(drawn, dtype=np.float32)
    return np.where(np.isfinite(units), units, 0).tolist()


vectors = st.binary(min_size=4 * FORECAST_WEEKS, max_size=4 * FORECAST_WEEKS).map(finite)


@settings(max_examples=1000, deadline=None)
@given(st.lists(vectors, max_size=3))
def test_what_is_packed_is_unpacked(baselines):
    joined = np.frombuffer(b"".join(packed(units) for units in baselines), dtype=np.uint8)
    assert unpacked(joined).T.tolist() == baselines


@pytest.mark.parametrize("weeks", [0, FORECAST_WEEKS - 1, FORECAST_WEEKS + 1])
def test_a_baseline_has_all_its_weeks(weeks):
    with pytest.raises(ValueError, match=f"A baseline has {FORECAST_WEEKS} weeks, not {weeks}"):
        packed([1.0] * weeks)


@pytest.mark.django_db
def test_the_database_refuses_another_length():
    baseline = make_baseline(make_product(), make_door(), 5)
    with (
        pytest.raises(IntegrityError, match="baseline_has_all_weeks"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE marketing_baselineforecast SET weekly_units = %s WHERE id = %s", [b"abcd", baseline.pk]
        )


@pytest.mark.django_db
def test_the_view_shows_the_weeks_as_rows():
    product, door = make_product(), make_door()
    baseline = make_baseline(product, door, 0)
    units = [0.0, 1.0, -2.5, 0.1, 1e-40, 3.4e38, 123.456, *np.linspace(0, 9, FORECAST_WEEKS - 7)]
    BaselineForecast.objects.filter(pk=baseline.pk).update(weekly_units=units)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sku, door, week_start, units FROM marketing_baseline_weeks ORDER BY week_start"
        )
        rows = cursor.fetchall()
    first = baseline.first_week_start
    assert [row[:3] for row in rows] == [
        (product.sku, door.code, first + timedelta(days=7 * week)) for week in range(FORECAST_WEEKS)
    ]
    assert np.array([row[3] for row in rows], dtype=np.float32).tolist() == np.float32(units).tolist()
