"""The pre-read is opened and read: it says what the page says, whatever people typed."""

import io
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.urls import reverse
from django.utils.html import strip_tags
from pypdf import PdfReader

from marketing.tests.factories import NOW
from scorecard import tasks
from scorecard.measures.choices import Measure
from scorecard.reviews import domain
from scorecard.reviews.content import review_content
from scorecard.reviews.making import make_pre_read
from scorecard.reviews.models import PreRead
from scorecard.reviews.periods import review_of
from scorecard.reviews.pre_read_file import pre_read_pdf
from scorecard.reviews.pre_reads import pre_read_standing
from scorecard.tests.factories import make_target
from scorecard.tests.reviews.cases import DAY_AFTER, Q2, Q3, make_quarters
from sop_site.access.roles import Role
from sop_site.clock import set_today
from sop_site.paper.making import FAILED
from sop_site.paper.standing import PaperState
from sop_site.tests.operating_model.cases import propose

pytestmark = pytest.mark.django_db
A4_POINTS = (595, 842)
HOSTILE = (
    '#panic("out") $x^2$ *bold* _it_ `raw` // gone \\ "quoted" = Head #read("pre_read.typ") <label> @ref'
)


@pytest.fixture
def quarters(today, user_of):
    make_quarters()
    set_today(DAY_AFTER)
    make_target(Measure.STOCKOUT_DAYS, 0.08, effective_from=Q2.start, by=user_of(Role.EXECUTIVE))


def read(pdf):
    return PdfReader(io.BytesIO(pdf))


def words_of(pdf):
    """All its text on one line; words are parted where lines are."""
    return " ".join(" ".join(page.extract_text() for page in read(pdf).pages).split())


def made(period=Q3):
    return pre_read_pdf(review_content(review_of(period), DAY_AFTER), NOW)


def test_it_says_the_figures_of_the_page_on_a4(quarters, client_of, user_of):
    propose(user_of, by=Role.EXECUTIVE, cover_threshold=1.2)
    asked = domain.ask_decision(period=Q3, by=user_of(Role.PLANNING_LEAD), question="More cover for Tops?")
    domain.record_decision(
        asked=asked, by=user_of(Role.EXECUTIVE), decision="Yes.", assumption="", would_change_it="Turn < 3."
    )
    pdf = made()
    content = review_content(review_of(Q3), DAY_AFTER)
    words = words_of(pdf)
    page = client_of(Role.EXECUTIVE).get(reverse("reviews:detail", args=[2026, 3]))
    screen = " ".join(unescape(strip_tags(page.content.decode())).split())
    said = [move.sentence for move in content.moves]
    said += ["More cover for Tops?", "Yes.", "What would change our mind: Turn < 3.", "Off target", "1.20×"]
    for group in content.groups:
        said.append(group.group.label)
        for each in group.rows:
            said += [each.row.name, each.before, each.row.target]
            said += [each.row.value] if each.row.line.actual.value is not None else each.row.notes
    assert [one for one in said if one not in screen] == []
    assert [one for one in said if one not in words] == []
    pages = read(pdf).pages
    assert len(pages) == 2
    assert {tuple(round(float(side)) for side in sheet.mediabox[2:]) for sheet in pages} == {A4_POINTS}
    assert "Q3 FY26" in words_of(pdf)


def test_its_fonts_are_those_that_it_carries(quarters):
    fonts = {
        font.get_object()["/BaseFont"].partition("+")[2]
        for page in read(made()).pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert {name.partition("-")[0] for name in fonts} == {"LibertinusSerif"}


def test_what_people_typed_is_set_as_it_stands(quarters, user_of):
    chair = user_of(Role.EXECUTIVE)
    domain.say_first(period=Q3, by=chair, summary=HOSTILE)
    domain.ask_decision(period=Q3, by=chair, question=HOSTILE)
    assert words_of(made()).count(HOSTILE) == 2


def test_a_quarter_without_any_week_is_a_page_that_says_so(quarters):
    words = words_of(made(Q2 - 2))
    assert "No week of Q4 FY25 is on the scorecard yet." in words
    assert "No decision is asked for." in words


class TestTask:
    def ask(self, user_of):
        return domain.ask_pre_read(period=Q3, by=user_of(Role.PLANNING_MEMBER))

    def test_it_is_made_once_however_often_the_message_comes(self, quarters, user_of):
        asked = self.ask(user_of)
        tasks.make_pre_read(asked.pk)
        first = PreRead.objects.get()
        assert words_of(first.pdf).count("13.1%") >= 2
        assert pre_read_standing(review_of(Q3)).state == PaperState.MADE
        tasks.make_pre_read(asked.pk)
        assert PreRead.objects.get().made_at == first.made_at
        tasks.make_pre_read(asked.pk + 1)
        assert PreRead.objects.count() == 1

    def test_one_that_cannot_be_made_says_so_and_stays_so(self, quarters, user_of, caplog):
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE scorecard_preread ADD CONSTRAINT no_file CHECK (pdf IS NULL)")
            asked = self.ask(user_of)
            make_pre_read(asked.pk)
            assert PreRead.objects.get().error == FAILED
            assert "could not be made" in caplog.text
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE scorecard_preread DROP CONSTRAINT no_file")
        make_pre_read(asked.pk)
        assert PreRead.objects.get().made_at is None
        again = self.ask(user_of)
        make_pre_read(again.pk)
        assert pre_read_standing(review_of(Q3)).made == again

    def test_one_that_was_cut_off_is_asked_for_again_and_either_message_may_still_come(
        self, quarters, user_of
    ):
        first = self.ask(user_of)
        PreRead.objects.update(asked_at=first.asked_at - timedelta(minutes=5))
        second = self.ask(user_of)
        make_pre_read(second.pk)
        make_pre_read(first.pk)
        standing = pre_read_standing(review_of(Q3))
        assert (standing.newest, standing.made, standing.state) == (second, second, PaperState.MADE)
