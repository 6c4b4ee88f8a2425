"""When Planning asks for a campaign, where categories and regions have decision windows of their own."""

from datetime import timedelta

import pytest

from marketing.campaigns.decision_window import decision_window_of
from marketing.campaigns.overview import notices
from marketing.catalogue.models import Category
from marketing.tests.factories import TODAY, make_campaign, make_door, make_product, set_scopes
from sop_site.operating_model.models import OperatingModel
from sop_site.operating_model.weeks import DecisionWindow

pytestmark = pytest.mark.django_db


def window(from_weeks: int, to_weeks: int) -> dict[str, int]:
    return {"decision_window_from_weeks": from_weeks, "decision_window_to_weeks": to_weeks}


@pytest.fixture
def campaign(today):
    """Of a shoe and a SKU without a category, in the North, seven weeks ahead."""
    shoes = Category.objects.create(path="Shoes > Boots", name="Boots")
    products = [make_product(sku="BOOT", category=shoes), make_product(sku="BARE", category=None)]
    return make_campaign(
        products=products, doors=[make_door(region="North")], starts_on=TODAY + timedelta(weeks=7)
    )


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        ([], DecisionWindow(6, 8)),
        ([{"category_path": "Shoes", **window(10, 12)}], DecisionWindow(10, 12, "Shoes")),
        ([{"category_path": "Shoes", **window(2, 3)}], DecisionWindow(6, 8)),
        (
            [{"region": "North", **window(7, 14)}, {"category_path": "Shoes", **window(9, 10)}],
            DecisionWindow(9, 14, "Shoes"),
        ),
        ([{"region": "South", **window(10, 12)}], DecisionWindow(6, 8)),
    ],
)
def test_a_campaign_has_the_longest_window_of_what_it_features_where(campaign, scopes, expected):
    set_scopes(*scopes)
    assert decision_window_of(campaign, OperatingModel.objects.get()) == expected


def test_its_page_says_that_it_is_late_for_the_longest(campaign):
    model = OperatingModel.objects.get()
    assert notices(campaign, [], today=TODAY, model=model) == []
    set_scopes({"category_path": "Shoes", **window(10, 12)})
    (notice,) = notices(campaign, [], today=TODAY, model=model)
    assert notice.title == "This starts in 7 weeks"
    assert notice.text == (
        "Planning asks for 10 to 12 weeks for Shoes: fewer remedies still work when it is later."
    )
