"""The page of what was loaded."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sop_site.access.roles import Role
from sop_site.feeds.models import DataIssue, RetailerLoad

pytestmark = pytest.mark.django_db
URL = reverse("feeds:loads")


def make_load(folder: str = "retailer", *, issues: int = 0) -> RetailerLoad:
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    made = RetailerLoad.objects.create(
        folder=folder,
        as_of_date=date(2026, 11, 22),
        started_at=now,
        finished_at=now,
        rows_by_file={"products.csv": 361},
    )
    for number in range(issues):
        DataIssue.objects.create(
            retailer_load=made,
            kind=DataIssue.Kind.NEGATIVE_ON_HAND if number % 2 else DataIssue.Kind.PAST_DUE_RECEIPT,
            file_name="inventory.csv",
            line_number=number + 2,
            sku=f"SKU-{number}",
            message=f"Issue number {number}.",
        )
    return made


@pytest.fixture
def page(client_of, today):
    """Answers the text of the page for a query."""
    client = client_of(Role.EXECUTIVE)

    def get(**query: str) -> str:
        return client.get(URL, query).content.decode()

    return get


def test_before_the_first_load_it_says_what_to_do(page):
    assert "manage.py load_retailer" in page()


def test_the_newest_load_stands_with_its_rows_and_issues(page):
    make_load("first")
    make_load("second", issues=2)

    text = page()

    assert "Rows of second" in text
    assert "products.csv" in text
    assert "Issue number 1." in text


def test_issues_are_filtered_by_kind_and_by_words(page):
    make_load(issues=4)

    by_kind, by_word = page(kind="negative_on_hand"), page(q="sku-2")

    assert "Issue number 1." in by_kind
    assert "Issue number 2." not in by_kind
    assert "Issue number 2." in by_word
    assert "Issue number 1." not in by_word


def test_a_filter_that_nothing_matches_says_how_to_go_on(page):
    make_load(issues=1)

    assert "Clear the filter" in page(q="no such thing")


def test_an_earlier_load_can_be_chosen_and_a_wrong_number_shows_the_newest(page):
    first = make_load("first")
    make_load("second")

    assert "Rows of first" in page(load=str(first.pk))
    assert "Rows of second" in page(load="nonsense")


def test_simulated_stock_is_said(page):
    loaded = make_load()
    RetailerLoad.objects.filter(pk=loaded.pk).update(simulated_inventory=True)

    assert "Stock is simulated" in page()


def test_the_number_of_queries_does_not_grow_with_the_rows(client_of, today, django_assert_num_queries):
    client = client_of(Role.PLANNING_MEMBER)
    make_load(issues=1)
    client.get(URL)

    with CaptureQueriesContext(connection) as with_one:
        client.get(URL)
    make_load(issues=3)
    make_load(issues=3)

    with django_assert_num_queries(len(with_one)):
        client.get(URL)
