"""Which scope of an operating model says a limit, held against a list of all that apply."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing.tests.factories import set_scopes
from sop_site.operating_model.limits import BUY_LIMITS, RISK_LIMITS, Limit, Limits
from sop_site.operating_model.models import OperatingModel, OperatingModelScope

PATHS = ["Women", "Women > Tops", "Women > Tops > Tees", "Women > Tops and more", "Men", "Men > Tops"]
REGIONS = ["North", "South"]
values = st.integers(50, 98).map(lambda percent: percent / 100)
said = st.dictionaries(st.sampled_from(list(Limit)), values, min_size=1)
places = st.tuples(st.sampled_from(["", *PATHS]), st.sampled_from(["", *REGIONS])).filter(any)
limits = st.builds(
    lambda own, level, scoped: Limits(2, {**own, Limit.BUY_SERVICE_LEVEL: level}, scoped),
    st.fixed_dictionaries(dict.fromkeys(Limit, values)),
    st.none() | values,
    st.dictionaries(places, said, max_size=8),
)


def the_narrowest(found: Limits, limit: Limit, category_path: str, region: str) -> float | None:
    """Every scope that holds the place and says the limit, in the order in which they come first."""
    names = category_path.split(" > ") if category_path else []
    applies = [
        (len(path.split(" > ")) if path else 0, bool(scope_region), said[limit])
        for (path, scope_region), said in found.scoped.items()
        if limit in said
        and (not path or names[: len(path.split(" > "))] == path.split(" > "))
        and scope_region in ("", region)
    ]
    return max(applies, default=(0, False, found.own[limit]))[2]


@given(limits, st.sampled_from(list(Limit)))
def test_the_narrowest_scope_that_says_it_counts(found, limit):
    paths, regions = ["", "Elsewhere", *PATHS], ["", "West", *REGIONS]
    expected = [[the_narrowest(found, limit, path, region) for region in regions] for path in paths]
    one_by_one = [[found.resolved(limit, path, region).value for region in regions] for path in paths]
    assert one_by_one == expected
    table = found.table(limit, paths, regions)
    assert np.array_equal(table, np.array(expected, dtype=np.float64), equal_nan=True)


@given(limits, st.sampled_from(list(Limit)), st.sampled_from(PATHS), st.sampled_from(REGIONS))
def test_the_scope_that_is_named_says_the_value(found, limit, path, region):
    resolved = found.resolved(limit, path, region)
    said = found.scoped[resolved.category_path, resolved.region] if resolved.where else found.own
    assert said[limit] == resolved.value


@given(limits)
def test_a_limit_that_no_scope_says_is_the_same_everywhere(found):
    for limit in Limit:
        places = {found.resolved(limit, path, region).value for path in PATHS for region in REGIONS}
        assert found.differ([limit]) or places == {found.own[limit]}


@given(limits, st.sampled_from(PATHS))
def test_weeks_of_cover_of_a_narrower_scope_stand_in_for_a_service_level(found, path):
    level, cover = found.service_level(path), found.target_cover_weeks(path)
    said = found.resolved(Limit.BUY_SERVICE_LEVEL, path, "")
    assert level.value == (None if cover.depth > said.depth else said.value)


def test_a_version_is_read_with_what_it_says_of_single_categories(db):
    set_scopes(
        {"category_path": "Women > Tops", "region": "North", "cover_threshold": 1.25},
        {"category_path": "Women", "target_cover_weeks": 5},
    )
    model = OperatingModel.objects.get()
    found = Limits.of(model)
    assert found.version == model.version
    assert found.value(Limit.COVER_THRESHOLD, "Women > Tops > Tees", "North") == 1.25
    assert found.value(Limit.COVER_THRESHOLD, "Women > Tops > Tees", "South") == model.cover_threshold
    assert found.value(Limit.WATCH_MARGIN, "Women > Tops > Tees", "North") == model.watch_margin
    assert found.target_cover_weeks("Women > Tops").value == 5
    assert found.service_level("Women > Tops").value is None
    assert found.resolved(Limit.COVER_THRESHOLD, "Women > Tops", "North").where == "Women > Tops in North"
    assert found.differ(RISK_LIMITS)
    assert found.differ(BUY_LIMITS)


def test_a_limit_that_a_version_must_set_is_missed():
    with pytest.raises(ValueError, match="Every version"):
        Limits(1, dict.fromkeys(Limit), {}).value(Limit.COVER_THRESHOLD, "", "")


def test_every_limit_of_a_scope_is_known():
    fields = {field.name for field in OperatingModelScope._meta.get_fields()}
    assert fields - {"id", "model", "category_path", "region", "events"} == {limit.value for limit in Limit}
