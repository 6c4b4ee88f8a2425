"""What stands beside a point in the room: of the monthly and of the quarterly as of the weekly."""

from datetime import timedelta

import pytest
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from marketing.catalogue.models import Category
from marketing.tests.factories import NOW, make_dc, make_product
from planning.consensus.choices import CycleStatus, Layer, RemarkKind, Seat
from planning.consensus.domain import submit_forecast
from planning.consensus.models import ForecastVersion
from planning.consensus.packing import pack, unpacked
from planning.supply.models import Receipt
from planning.tests.consensus.cases import advance, make_block, make_cycle, signed
from planning.tests.factories import make_receipt
from scorecard.about.about import About, AboutLine, line_of
from scorecard.about.choices import AboutKind
from scorecard.actions.models import Action
from scorecard.measures.choices import Measure
from scorecard.meetings.choices import MeetingKind
from scorecard.meetings.data import conditions_on, data_of, things_of
from scorecard.meetings.domain import room
from scorecard.meetings.domain.agenda import write_agenda
from scorecard.meetings.models import AgendaPoint, Meeting, MeetingDecision
from scorecard.meetings.queries import subject_of
from scorecard.meetings.table import PointData
from scorecard.reviews.domain import ask_decision
from scorecard.tests.factories import make_category, make_target
from scorecard.tests.meetings.cases import CHAIR, MEMBER, make_meeting, make_series
from scorecard.tests.reviews.cases import DAY_AFTER, Q3, make_quarters
from scorecard.tests.signals.cases import hold, make_published
from sop_site import formats
from sop_site.access.permissions import NotNow
from sop_site.access.roles import Role
from sop_site.fiscal import FiscalPeriod, PeriodKind

HTMX = {"hx-request": "true"}


def about(kind: AboutKind, row: Model) -> About:
    return About(kind, str(row.pk))


def written(meeting: Meeting, day) -> list[AgendaPoint]:
    write_agenda(meeting=meeting, day=day)
    return list(meeting.points.all())


def words_of(data: PointData | None) -> list[list[str]]:
    assert data is not None
    return [[cell.words for cell in row] for row in data.rows]


def monthly_of(user_of, today) -> Meeting:
    series = make_series(user_of, MeetingKind.MONTHLY, week_of_period=4)
    return series.meetings.get(period_key=FiscalPeriod.of(PeriodKind.MONTH, today).key)


def set_apart(version: ForecastVersion, category: Category, door_group: str, units: float) -> None:
    """Have Marketing's number of the first month so far above the others'."""
    block = version.blocks.get(category=category, door_group=door_group)
    numbers = unpacked(block)
    numbers.entered[0, 0, 0] += units
    pack(block, numbers)
    block.save()


class TestMonthly:
    def test_the_cells_on_which_functions_differ_are_points_by_money(self, today, user_of):
        meeting, forecast = monthly_of(user_of, today), make_cycle()
        set_apart(forecast.version, forecast.tops, "North", 80.0)
        set_apart(forecast.version, forecast.shoes, "South", 300.0)
        advance(forecast, CycleStatus.RECONCILING, user_of)
        owed, shoes, tops = written(meeting, today)
        assert [(point.title, point.money) for point in (owed, shoes, tops)] == [
            ("Marketing, Planning and Merchandising still owe their numbers", None),
            ("Apparel > Shoes, South: the functions are $15k apart", 15_000.0),
            ("Apparel > Tops, North: the functions are $4k apart", 4_000.0),
        ]
        assert tops.detail == (
            "Highest over six months: Marketing, 2,160 units. Lowest: Planning and Merchandising, 2,080. "
            "It was to be reconciled by Wed 18 Nov."
        )
        key = f"{forecast.cycle.pk}:{forecast.tops.pk}:North"
        assert About.of(tops) == About(AboutKind.FORECAST_CELL, key)
        data = data_of(tops, today)
        assert words_of(data)[2:5] == [
            ["With campaigns", "400", "320", "320", "400", "320", "320", "2,080", "$104,000"],
            ["Marketing", "480", "320", "320", "400", "320", "320", "2,160", "$108,000"],
            ["Planning", "400", "320", "320", "400", "320", "320", "2,080", "$104,000"],
        ]
        grid = reverse("consensus:grid", args=[forecast.version.pk])
        cut = f"category={forecast.tops.pk}&door_group=North"
        assert data.rows[3][0].url == f"{grid}?layer=marketing&{cut}"
        assert line_of(About.of(tops), user_of(MEMBER)).url == f"{grid}?{cut}"

    def test_of_many_cells_the_largest_stand_alone_and_the_others_together(self, today, user_of):
        meeting, forecast = monthly_of(user_of, today), make_cycle()
        for number in range(10):
            category = make_category(f"Home > C{number}")
            make_block(forecast.version, category, "North", {make_product(category=category): 10.0})
            set_apart(forecast.version, category, "North", 100.0 + number)
        advance(forecast, CycleStatus.RECONCILING, user_of)
        points = written(meeting, today)
        assert [point.title.split(",")[0] for point in points[1:9]] == [
            f"Home > C{n}" for n in range(9, 1, -1)
        ]
        further = points[9]
        assert further.title == "2 smaller differences of the functions, $10.1k in all"
        data = data_of(further, today)
        assert words_of(data) == [["Home > C1, North", "101", "$5.1k"], ["Home > C0, North", "100", "$5k"]]
        assert [name for _, name in data.things] == ["Home > C1, North", "Home > C0, North"]

        # One that becomes smaller than others stays a point of its own until the functions agree.
        set_apart(forecast.version, Category.objects.get(name="C9"), "North", -108.0)
        assert [point.is_gone for point in written(meeting, today) if "C9" in point.title] == [False]
        set_apart(forecast.version, Category.objects.get(name="C9"), "North", -1.0)
        assert [point.is_gone for point in written(meeting, today) if "C9" in point.title] == [True]

    def test_numbers_that_are_owed_and_open_points_have_their_layers_beside_them(self, today, user_of):
        meeting, forecast = monthly_of(user_of, today), make_cycle()
        submit_forecast(version=forecast.version, layer=Layer.MARKETING, by=user_of(Role.MARKETING_MEMBER))
        remarks = forecast.version.remarks
        facts = {"kind": RemarkKind.OPEN_POINT, "raised_at": NOW, "raised_by": user_of(MEMBER)}
        remarks.create(product=forecast.crew, text="Why so high?", **facts)
        remarks.create(category=forecast.shoes, text="Boots are late.", **facts)
        owed, crew, shoes = written(meeting, today)
        stands = {row[0]: row[-1] for row in words_of(data_of(owed, today))}
        assert (
            stands["Marketing"]
            == f"Handed in late by {user_of(Role.MARKETING_MEMBER)}, Sun 22 Nov: 11 days late"
        )
        assert stands["Planning"] == "Still owes its number: 11 days late"
        assert stands["Consensus"] == ""
        assert words_of(data_of(crew, today))[4] == [
            *("Planning", "200", "160", "160", "200", "160", "160", "1,040", "$52,000")
        ]
        assert words_of(data_of(shoes, today))[4] == [
            *("Planning", "100", "80", "80", "100", "80", "80", "520", "$26,000")
        ]
        assert About.of(shoes).key == f"{forecast.cycle.pk}:{forecast.shoes.pk}:"

    def test_the_room_shows_at_once_that_a_number_is_handed_in(self, today, user_of, client_of):
        meeting, forecast, member = monthly_of(user_of, today), make_cycle(), client_of(MEMBER)
        room.begin_meeting(meeting=meeting, by=user_of(CHAIR))
        url = reverse("meetings:room", args=[meeting.pk])
        seen = member.get(url, headers=HTMX).context["pulse"]
        assert member.get(url, {"seen": seen}, headers=HTMX).status_code == 204
        submit_forecast(version=forecast.version, layer=Layer.PLANNING, by=user_of(Role.PLANNING_MEMBER))
        assert f"Handed in late by {user_of(Role.PLANNING_MEMBER)}" in (
            member.get(url, {"seen": seen}, headers=HTMX).text
        )

    def test_of_signatures_every_seat_says_who_has_signed_or_has_to(self, today, user_of):
        meeting, forecast = monthly_of(user_of, today), make_cycle()
        advance(forecast, CycleStatus.SIGNING, user_of)
        signed(forecast, Seat.CMO, user_of)
        (point,) = written(meeting, today)
        assert words_of(data_of(point, today)) == [
            ["CMO", "Signed", str(user_of(Role.MARKETING_LEAD)), formats.short_date(timezone.localdate())],
            ["VP Planning", "Missing", str(user_of(Role.PLANNING_LEAD)), ""],
            ["Head of Merchandising", "Missing", "nobody holds the role", ""],
            ["Executive in the chair", "Missing", str(user_of(Role.EXECUTIVE)), ""],
        ]


class TestQuarterly:
    def meeting(self, user_of) -> Meeting:
        return make_series(user_of, MeetingKind.QUARTERLY, week_of_period=6, periods_later=1).meetings.get(
            period_key=Q3.key
        )

    def test_a_measure_stands_over_its_quarters_and_its_worst_categories(self, today, user_of):
        meeting = self.meeting(user_of)
        make_quarters()
        facts = {"effective_from": Q3.start, "by": user_of(Role.EXECUTIVE)}
        make_target(Measure.STOCKOUT_DAYS, 0.09, **facts)
        (point,) = written(meeting, DAY_AFTER)
        data = data_of(point, DAY_AFTER)
        assert words_of(data) == [
            ["Q3 FY26", "13.1%", "9.0%", "n 2,600 promoted SKU-door-days"],
            ["Q2 FY26", "9.1%", "", "n 2,600 promoted SKU-door-days"],
            ["Tops", "17.1%", "", "n 1,300 promoted SKU-door-days"],
            ["Shoes", "9.1%", "", "n 1,300 promoted SKU-door-days"],
        ]
        page, tops = reverse("scorecard:measure", args=["stockout_days"]), make_category("Tops")
        assert [row[0].url for row in data.rows[:3]] == [
            f"{page}?period=2026-q3",
            f"{page}?period=2026-q2",
            f"{page}?period=2026-q3&category={tops.pk}",
        ]

    def test_a_question_stands_with_what_was_written(self, today, user_of):
        meeting, by = self.meeting(user_of), user_of(Role.EXECUTIVE)
        ask_decision(period=Q3, by=by, question="Raise the threshold?")
        (point,) = written(meeting, today)
        assert words_of(data_of(point, today)) == [
            ["Asked in", "Review of Q3 FY26"],
            ["By", f"{by}, {formats.short_date_year(timezone.localdate())}"],
        ]


class TestWeekly:
    def points(self, user_of, today) -> list[AgendaPoint]:
        """Those of a week's sales and of a receipt that moved, both of the SKU CREW."""
        meeting = make_meeting(user_of, today)
        self.crew = crew = make_product(sku="CREW", name="Crew")
        hold({crew: (31.0, 42.0)}, version=make_published())
        self.receipt = receipt = make_receipt(crew, make_dc(), 240, po_number="PO-1")
        Receipt.objects.filter(pk=receipt.pk).update(current_eta=receipt.current_eta + timedelta(days=9))
        events = Receipt.pgh_event_model.objects
        events.filter(pgh_label="insert").update(pgh_created_at=meeting.starts_at - timedelta(days=30))
        events.filter(pgh_label="update").update(pgh_created_at=meeting.starts_at - timedelta(days=4))
        room.begin_meeting(meeting=meeting, by=user_of(CHAIR))
        return list(meeting.points.all())

    def test_rows_lead_to_their_sku_or_receipt_and_a_decision_may_be_about_one(self, today, user_of):
        sales, moved = self.points(user_of, today)
        sku_page = reverse("signals:sku", args=[self.crew.pk])
        assert [cell.url for cell in data_of(sales, today).rows[0]] == [sku_page, "", "", ""]
        assert [cell.url for cell in data_of(moved, today).rows[0]][:2] == [
            f"{reverse('supply:receipts')}?q=PO-1",
            sku_page,
        ]
        crew, receipt = about(AboutKind.SKU, self.crew), about(AboutKind.RECEIPT, self.receipt)
        assert things_of(sales, today) == [(crew, "CREW Crew")]
        assert things_of(moved, today) == [(receipt, "Receipt PO-1/1 of CREW")]

    def test_what_is_decided_about_a_row_shows_on_its_page(self, today, user_of, client_of):
        sales, moved = self.points(user_of, today)
        said = {"text": "Cut it by a tenth.", "owner": user_of(MEMBER).pk, "about": f"sku:{self.crew.pk}"}
        client_of(CHAIR).post(reverse("meetings:decide", args=[sales.pk]), said, headers=HTMX)
        decision = MeetingDecision.objects.get()
        assert About.of(decision) == about(AboutKind.SKU, self.crew)
        page = client_of(MEMBER).get(reverse("meetings:agreed", args=["sku", self.crew.pk]))
        assert "Cut it by a tenth." in page.text
        minutes = client_of(MEMBER).get(sales.meeting.get_absolute_url())
        assert f'<a href="{reverse("catalogue:product", args=[self.crew.pk])}">CREW Crew</a>' in minutes.text

        # What stands beside another point is nothing to choose here, neither in the form nor past it.
        answer = client_of(CHAIR).post(reverse("meetings:decide", args=[moved.pk]), said, headers=HTMX)
        assert "That is not beside this point any more." in answer.text
        with pytest.raises(NotNow, match="not beside this point"):
            room.decide(
                point=moved,
                by=user_of(CHAIR),
                text="Wait.",
                owner=user_of(MEMBER),
                about=about(AboutKind.SKU, self.crew),
            )
        assert MeetingDecision.objects.count() == 1

    def test_an_action_waits_for_the_receipt_that_is_chosen(self, today, user_of, client_of):
        _, moved = self.points(user_of, today)
        said = {
            "action-title": "Ask the forwarder",
            "action-owner": user_of(MEMBER).pk,
            "action-due_on": (today + timedelta(days=3)).isoformat(),
            "action-priority": "2",
            "action-condition": "receipt_landed:",
        }
        url = reverse("meetings:give_action", args=[moved.pk])
        answer = client_of(MEMBER).post(url, said, headers=HTMX)
        assert "Choose the one that closes it." in answer.text
        chosen = said | {"action-about": f"receipt:{self.receipt.pk}"}
        client_of(MEMBER).post(url, chosen, headers=HTMX)
        action = Action.objects.get()
        assert About.of(action) == about(AboutKind.RECEIPT, self.receipt)
        assert (action.condition_kind, action.condition_key) == ("receipt_landed", str(self.receipt.pk))


def test_an_action_on_a_number_that_is_owed_may_wait_for_it(today, user_of):
    meeting, forecast = monthly_of(user_of, today), make_cycle()
    (owed,) = written(meeting, today)
    assert [words for _, words in conditions_on(owed)] == [
        "Marketing has handed in its forecast",
        "Planning has handed in its forecast",
        "Merchandising has handed in its forecast",
    ]
    assert conditions_on(owed)[0][0].key == f"{forecast.cycle.pk}:marketing"


def test_a_meeting_leads_to_the_cycle_or_review_that_it_is_about(today, user_of, client_of):
    monthly = monthly_of(user_of, today)
    forecast = make_cycle()
    quarterly = TestQuarterly().meeting(user_of)
    for meeting, name, url in (
        (monthly, str(forecast.cycle), forecast.cycle.get_absolute_url()),
        (quarterly, "Review of Q3 FY26", reverse("reviews:detail", args=[2026, 3])),
    ):
        assert subject_of(meeting) == AboutLine(name, url)
        assert f'<a class="btn" href="{url}">' in client_of(MEMBER).get(meeting.get_absolute_url()).text


def test_an_address_in_what_people_wrote_is_a_link_and_nothing_else_is_markup(today, user_of, client_of):
    meeting = make_meeting(user_of, today, points=1)
    point = meeting.points.get()
    said = "See https://example.com/a?b=1&c=2.\n<b>Bold</b> claim"
    room.note_on_point(point=point, by=user_of(MEMBER), notes=said)
    page = client_of(MEMBER).get(meeting.get_absolute_url()).text
    assert (
        'See <a href="https://example.com/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow">'
        "https://example.com/a?b=1&amp;c=2" in page
    )
    assert ".<br>&lt;b&gt;Bold&lt;/b&gt; claim" in page
