"""The page on how right every layer was: error, bias and value added, and what it says of few items."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from marketing.catalogue.models import Category
from marketing.tests.factories import TODAY
from planning.consensus.accuracy_page import accuracy_page, lag_asked
from planning.consensus.choices import Layer
from planning.consensus.models import LayerAccuracy
from planning.tests.consensus.cases import make_version, publish
from sop_site.access.roles import Role
from sop_site.fiscal import FiscalMonth, month_of

pytestmark = pytest.mark.django_db

DECEMBER = FiscalMonth(2026, 11)
# 1,000 units sold; the error of each layer in units, in their order.
ERRORS = (300.0, 250.0, 200.0, 180.0, 190.0, 190.0, 150.0)


def measured(category: Category | None, *, cells: int, month: FiscalMonth = DECEMBER, lag: int = 4) -> None:
    """What a night would have written: 1,000 units sold, 40 too many expected by every layer."""
    LayerAccuracy.objects.bulk_create(
        LayerAccuracy(
            month_start=month.start,
            lag_weeks=lag,
            category=category,
            layer=layer,
            cells=cells,
            actual_units=1_000.0,
            forecast_units=1_040.0,
            absolute_error_units=error,
        )
        for layer, error in zip(Layer, ERRORS, strict=True)
    )


def shown(client_of, query: str = ""):
    return client_of(Role.EXECUTIVE).get(reverse("consensus:accuracy") + query)


def test_before_a_month_is_over_the_page_says_when_there_will_be_figures(client_of, today):
    assertContains(shown(client_of), "No forecast has been signed yet.")
    publish(make_version(month_of(TODAY)), TODAY)
    assertContains(
        shown(client_of), "December FY26 is the first month of a signed forecast. It ends on Sat 2 J"
    )


def test_each_layer_has_its_error_its_bias_and_what_its_step_added(client_of, today):
    category = Category.objects.create(path="Tops", name="Tops")
    measured(category, cells=1_200)
    measured(category, cells=1_200, month=DECEMBER + 1)
    answer = shown(client_of)
    assertContains(answer, "error 15.0%")
    assertContains(answer, "over-forecast by 4.0%")
    assertContains(answer, "+4.0 points (n = 2,400)")
    assertContains(answer, "−1.0 points (n = 2,400)")
    assertContains(answer, "December FY26 to January FY26")
    assertContains(answer, "no data yet")


def test_few_items_are_not_ranked(client_of, today):
    measured(Category.objects.create(path="Tops", name="Tops"), cells=12)
    answer = shown(client_of)
    assertContains(answer, "too few (n = 12)")
    assertNotContains(answer, "points (n")
    assert {figure.tone for row in accuracy_page(4, None).rows for figure in row.figures if figure} == {""}


def test_where_nothing_was_sold_there_is_no_share(client_of, today):
    measured(None, cells=40)
    LayerAccuracy.objects.update(actual_units=0.0)
    answer = shown(client_of)
    assertContains(answer, "error n/a")
    assertContains(answer, "nothing was sold (n = 40)")


def test_categories_stand_by_what_they_missed_at_the_lag_that_is_asked_for(client_of, today):
    tops = Category.objects.create(path="Tops", name="Tops")
    measured(tops, cells=100)
    measured(None, cells=30)
    LayerAccuracy.objects.filter(category=tops, layer=Layer.CONSENSUS).update(absolute_error_units=90.0)
    measured(tops, cells=50, lag=8)
    assert [row.label for row in accuracy_page(4, None).categories] == ["Without a category", "Tops"]
    (of_tops,) = accuracy_page(8, None).categories
    assert (of_tops.label, of_tops.cells) == ("Tops", 50)
    assertContains(shown(client_of, "?lag=0"), "no month was forecast that long before")
    assert [lag_asked(text) for text in ("8", "0", "", "5", "x")] == [8, 0, 4, 4, 4]


def test_the_page_asks_as_often_for_three_categories_as_for_one(
    client_of, today, django_assert_max_num_queries
):
    client = client_of(Role.EXECUTIVE)
    counts = []
    for name in ("Tops", "Shoes", "Hats"):
        measured(Category.objects.create(path=name, name=name), cells=100)
        with django_assert_max_num_queries(40) as asked:
            client.get(reverse("consensus:accuracy"))
        counts.append(len(asked))
    assert counts[0] == counts[2]
