"""The page of receipts: what is on order, what moved, and what is to be re-dated."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketing.tests.factories import TODAY, make_dc, make_product
from planning.supply.choices import ReceiptStatus
from planning.tests.factories import make_receipt
from sop_site.access.roles import Role

pytestmark = pytest.mark.usefixtures("today")


@pytest.fixture
def page(client_of):
    """Reads the page with a query string."""
    client = client_of(Role.EXECUTIVE)
    return lambda query="": client.get(reverse("supply:receipts") + query)


@pytest.fixture
def receipts():
    """One as ordered, one that moved, one past due, and a closed one; at two DCs."""
    crew, beanie = make_product(sku="CREW", name="Crew"), make_product(sku="BEANIE", name="Beanie")
    columbus, reno = make_dc(code="COL", name="Columbus DC"), make_dc(code="REN", name="Reno DC")
    week = timedelta(weeks=1)
    return {
        "planned": make_receipt(crew, columbus, 480, eta=TODAY + 5 * week, po_number="PO-1"),
        "moved": make_receipt(
            beanie, reno, 120, po_number="PO-2",
            original_eta=TODAY + 2 * week, current_eta=TODAY + 3 * week,
            received_units=20, is_simulated=True,
        ),
        "late": make_receipt(crew, columbus, 60, eta=TODAY - timedelta(days=3), po_number="PO-3"),
        "closed": make_receipt(crew, columbus, 9, po_number="PO-4", status=ReceiptStatus.RECEIVED),
    }  # fmt: skip


def listed(response) -> list[str]:
    return [row.record.po_number for row in response.context["table"].rows]


def test_open_receipts_by_eta_with_what_moved(page, receipts):
    response = page()
    assert listed(response) == ["PO-3", "PO-2", "PO-1"]
    text = response.content.decode()
    assert "Past due</span>, 3 days ago" in text
    assert "Sun 13 Dec 2026" in text
    assert "was Sun 6 Dec 2026" in text
    assert "of 120" in text
    assert "simulated" in text
    assert "1 open receipt should have landed" in text
    assert f'hx-get="{reverse("remedies:redates")}"' in text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=beanie", ["PO-2"]),
        ("?q=PO-1", ["PO-1"]),
        ("?q=crew+po-3", ["PO-3"]),
        ("?q=%00", ["PO-3", "PO-2", "PO-1"]),
        ("?timing=past_due", ["PO-3"]),
        ("?timing=later", ["PO-2"]),
        ("?timing=earlier", []),
        ("?timing=nonsense", ["PO-3", "PO-2", "PO-1"]),
        ("?sort=-outstanding_units", ["PO-1", "PO-2", "PO-3"]),
        ("?sort=outstanding_units", ["PO-3", "PO-2", "PO-1"]),
        ("?sort=-current_eta", ["PO-1", "PO-2", "PO-3"]),
    ],
)
def test_filters_and_order(page, receipts, query, expected):
    assert listed(page(query)) == expected


def test_filter_by_door(page, receipts):
    assert listed(page(f"?door={receipts['moved'].door_id}")) == ["PO-2"]


def test_nothing_matches(page, receipts):
    assert "Nothing matches" in page("?q=nothing-like-it").content.decode()


def test_nothing_on_order(page):
    assert "Nothing is on order" in page().content.decode()


def test_nothing_to_re_date(page):
    make_receipt(make_product(), make_dc(), 5)
    assert "should have landed" not in page().content.decode()


def test_same_number_of_queries_for_one_and_three(page, django_assert_num_queries):
    dc = make_dc()
    make_receipt(make_product(), dc, 5)
    with CaptureQueriesContext(connection) as one:
        page()
    for _ in range(2):
        make_receipt(make_product(), dc, 5)
    with django_assert_num_queries(len(one)):
        page()
