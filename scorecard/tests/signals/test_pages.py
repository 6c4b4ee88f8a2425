"""What people see of demand signals, and how they decide one."""

import csv
import io

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketing.tests.factories import TODAY, make_product
from scorecard.signals.domain import decide_signal, read_signals
from scorecard.signals.models import DemandSignal
from scorecard.tests.factories import make_category
from scorecard.tests.signals.cases import LAST_WEEK, hold, hold_weeks, make_published, make_signal
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK

pytestmark = pytest.mark.django_db

LIST = reverse("signals:signals")


@pytest.fixture
def planner(today, client_of):
    return client_of(Role.PLANNING_MEMBER)


@pytest.fixture
def crew(today):
    """Eight weeks a third above its forecast, promoted in the last."""
    crew = make_product(sku="CREW", category=make_category("Women > Tops"))
    hold_weeks(make_published(), {crew: [(40.0, 30.0)] * 8}, promoted=[crew])
    read_signals(TODAY)
    return crew


def text_of(client, url: str, **headers) -> str:
    return " ".join(client.get(url, **headers).content.decode().split())


def test_the_list_says_how_far_off_since_when_and_what_last_week_missed(planner, crew):
    text = text_of(planner, LIST)
    assert "Sells 33% above the forecast for eight weeks, tracking signal +8.0." in text
    assert "units sold, forecast 30: 33% above the forecast" in text
    assert "Largest misses of FY26 W42" in text
    assert "+10 units" in text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", "AB"),
        ("?status=decided", "C"),
        ("?status=all", "ABC"),
        ("?side=below", "B"),
        ("?region=South", "B"),
        ("?promoted=True", "A"),
        ("?q=b-sku", "B"),
        ("?sort=-missed", "BA"),
        ("?sort=says", "AB"),
    ],
)
def test_the_list_and_its_file_are_narrowed_and_sorted(planner, user_of, query, shown):
    decided = {
        "status": "decided",
        "decision": "=1+1",
        "decided_by": user_of(Role.PLANNING_LEAD),
        "decided_at": "2026-11-22T09:00Z",
    }
    below = {"forecast_units": 600.0, "main_region": "South"}
    make_signal(make_product(sku="A-SKU"), is_promoted=True)
    make_signal(make_product(sku="B-SKU"), **below)
    make_signal(make_product(sku="C-SKU"), **decided)
    hold({make_product(sku="Z"): (1, np.nan)})
    answer = planner.get(LIST + query)
    assert "".join(row.record.product.sku[0] for row in answer.context["table"].rows) == shown
    if "sort" not in query:
        content = planner.get(reverse("signals:export", args=["csv"]) + query).getvalue().decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(content)))
        assert "".join(row["SKU"][0] for row in rows) == shown
        assert all(not row["Decision"].startswith("=") for row in rows)


def test_the_list_asks_the_database_as_often_for_three_as_for_one(planner):
    counts = []
    for number in range(3):
        product = make_product(sku=f"S{number}", category=make_category("Women > Tops"))
        make_signal(product)
        hold({product: (40, 30)}, version=None if number else make_published())
        with CaptureQueriesContext(
            connection,
        ) as queries:
            planner.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[2]


def test_an_empty_list_says_whether_the_filters_are_why(planner, user_of, crew):
    decide_signal(signal=DemandSignal.objects.get(), by=user_of(Role.PLANNING_LEAD), text="Wait.")
    nothing_waits, narrowed = "No signal waits for a decision.", "Nothing matches. Clear the filters"
    told = {query: text_of(planner, LIST + query) for query in ("", "?q=XYZ", "?status=decided")}
    found = {query: (nothing_waits in text, narrowed in text) for query, text in told.items()}
    assert found == {"": (True, False), "?q=XYZ": (False, True), "?status=decided": (False, False)}


def test_nothing_yet_says_what_comes_and_when(planner):
    assert "No week has been held against its forecast yet" in text_of(planner, LIST)
    product = make_product()
    hold({product: (40, np.nan)})
    text = text_of(planner, LIST)
    assert "No forecast was published for FY26 W42" in text
    assert "Every SKU is within its limits" in text
    assert "when its tracking signal leaves ±4 over six weeks or more" in text
    text = text_of(planner, reverse("signals:sku", args=[product.pk]))
    assert "none published" in text
    assert "needs six weeks" in text
    text = text_of(planner, reverse("signals:sku", args=[make_product().pk]))
    assert "too few weeks" in text


def test_a_planner_decides_a_signal_on_the_page_of_its_sku(planner, client_of, crew):
    signal = DemandSignal.objects.get()
    page, decide = reverse("signals:sku", args=[crew.pk]), reverse("signals:decide", args=[signal.pk])
    assert "Decide</button>" in text_of(planner, page)
    assert "Planning and the heads decide" in text_of(client_of(Role.EXECUTIVE), page)
    refused = planner.post(decide, {"text": " "})
    assert "Say in a sentence what follows" in refused.content.decode()
    done = planner.post(decide, {"text": "Marketing raises December."}, follow=True)
    assert done.redirect_chain == [(page, 302)]
    text = " ".join(done.content.decode().split())
    assert "Marketing raises December." in text
    assert "To be decided" not in text
    again = planner.post(decide, {"text": "Again."}, follow=True)
    assert "decided this on" in again.content.decode()


def test_the_page_of_a_sku_shows_its_course(planner, crew):
    hold({crew: (10, np.nan)}, week=LAST_WEEK - 10 * WEEK)
    page = planner.get(reverse("signals:sku", args=[crew.pk])).context["page"]
    assert [row.tracking_words for row in page.rows] == ["+8.0", "+7.0", "+6.0", *[""] * 6]
    assert [row.error_units for row in page.rows] == [10.0] * 8 + [None]
    # A week that was not held is a gap, not nothing sold.
    assert len(page.chart.bars) == 9
    assert page.chart.band is not None
    assert [(row.name, row.words) for row in page.regions] == [("North", "33% above the forecast")]


def test_other_pages_embed_a_few_lines_of_it(planner, crew):
    text = text_of(planner, reverse("signals:sku", args=[crew.pk]), headers={"HX-Request": "true"})
    assert "<html" not in text
    assert "Sells 33% above the forecast" in text
