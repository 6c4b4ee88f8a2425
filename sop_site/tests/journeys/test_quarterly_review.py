"""A quarter's review: a decision is recorded, the pre-read printed by the worker, and the quarter closed."""

import io
import re
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from scorecard.measures.models import WeekSnapshot
from scorecard.reviews.domain import ask_decision
from scorecard.reviews.models import PreRead, QuarterlyReview
from scorecard.tests.reviews.cases import DAY_AFTER, Q3, make_quarters
from sop_site.access.roles import Role
from sop_site.clock import set_today
from sop_site.tests.journeys import steps

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
QUESTION = "Raise the target cover of Tops to 4 weeks?"
DECISION = "Yes, until the end of Q4 FY26."


def test_a_decision_is_recorded_the_pre_read_printed_and_the_quarter_closed(today, worker, visit, user_of):
    make_quarters()
    set_today(DAY_AFTER)
    ask_decision(period=Q3, by=user_of(Role.PLANNING_LEAD), question=QUESTION)
    page = visit(Role.EXECUTIVE, viewport={"width": 1440, "height": 900}).new_page()
    page.goto(reverse("reviews:current"))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Quarterly review Q3 FY26.*Open"))
    expect(page.get_by_text("rose from 9.1% to 13.1%; most of it in Tops, North.")).to_be_visible()
    record(page)
    words = printed(page)
    assert "rose from 9.1% to 13.1%; most of it in Tops, North." in words
    assert DECISION in words
    close(page)
    assert not WeekSnapshot.objects.filter(closed_at=None, week_start__lte=Q3.end).exists()
    assert QuarterlyReview.objects.get(year=2026, quarter=4).closed_at is None
    page.goto(reverse("reviews:current"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Q4 FY26")


def record(page: Page) -> None:
    """What was decided, on what, and what would change it."""
    page.get_by_text("Record the decision").click()
    page.get_by_label("What was decided").fill(DECISION)
    page.get_by_label("On what assumption (optional)").fill("Knitwear still takes 8 weeks.")
    page.get_by_label("What would change our mind (optional)").fill("Turn of Tops below 3.0×.")
    page.get_by_role("button", name="Record").click()
    steps.message(page, "Recorded.")
    expect(page.get_by_text("What would change our mind: Turn of Tops below 3.0×.")).to_be_visible()


def printed(page: Page) -> str:
    """What the pre-read says, which the real worker makes; the page stops asking once it is there."""
    page.get_by_role("button", name="Make the pre-read").click()
    download = page.get_by_role("link", name="Download")
    expect(download).to_be_visible()
    expect(page.locator("#pre-read-standing")).not_to_have_attribute("hx-trigger", re.compile("tick"))
    with page.expect_download() as file:
        download.click()
    assert file.value.suggested_filename == "Pre-read_Q3_FY26.pdf"
    content = Path(file.value.path()).read_bytes()
    assert content == bytes(PreRead.objects.get().pdf or b"")
    return " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(content)).pages).split())


def close(page: Page) -> None:
    """For good."""
    page.get_by_text("Close Q3 FY26").click()
    page.get_by_role("button", name="Close the quarter").click()
    steps.message(page, "Q3 FY26 is closed.")
    expect(page.get_by_text("Closed by Executive")).to_be_visible()
    expect(page.get_by_role("button", name="Close the quarter")).to_have_count(0)
