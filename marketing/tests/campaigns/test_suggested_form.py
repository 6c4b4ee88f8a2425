"""The campaign form with suggested lifts: filled in, recomputed when saved, and overridden with a reason."""

import pytest

from marketing.campaigns.models import Campaign, CampaignLine
from marketing.demand.models import DemandFit
from marketing.lift.domain import learn
from marketing.tests.campaigns.forms import posted
from marketing.tests.campaigns.test_form import NEW, errors_of
from marketing.tests.factories import make_door, make_product, range_at
from marketing.tests.lift.past import promoted_often
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK

REASON = "Half the media of last year"


@pytest.fixture
def marketing(client_of, today):
    return client_of(Role.MARKETING_MEMBER)


@pytest.fixture
def doors(db):
    return [make_door(name="Leeds"), make_door(name="York")]


@pytest.fixture
def shirt(doors):
    shirt = make_product(sku="SHIRT")
    range_at(shirt, *doors)
    promoted_often(shirt, doors)
    return shirt


@pytest.fixture
def fit(shirt, today):
    learn(today=today)
    return DemandFit.objects.latest()


@pytest.fixture
def suggested(marketing, fit, doors):
    """What the form suggests for the shirt."""
    answer = marketing.post(NEW, posted(("SHIRT", ""), doors=doors, suggest="1"))
    return answer.context["form"].rows[0].suggested


def rows_of(answer):
    return answer.context["form"].rows


class TestSuggesting:
    def test_what_was_measured_is_near_what_happened(self, suggested):
        assert suggested.suggestion.p50 == pytest.approx(2.4, rel=0.25)
        assert suggested.suggestion.event_count >= 1
        assert suggested.suggestion.analogues[0].product.sku == "SHIRT"

    def test_an_empty_lift_is_filled_in_and_marked(self, marketing, fit, doors, suggested):
        row, *_ = rows_of(marketing.post(NEW, posted(("SHIRT", ""), doors=doors, suggest="1")))
        assert (row.lift_text, row.is_suggested) == (suggested.lift_in("percent"), True)

    def test_a_lift_that_somebody_entered_is_left_alone(self, marketing, fit, doors):
        row, *_ = rows_of(marketing.post(NEW, posted(("SHIRT", "35"), doors=doors, suggest="1")))
        assert (row.lift_text, row.is_suggested) == ("35", False)

    def test_one_that_was_filled_in_follows_its_unit(self, marketing, fit, doors, suggested):
        form = posted(("SHIRT", "99", "multiplier"), doors=doors, suggest="1")
        row, *_ = rows_of(marketing.post(NEW, form | {"lines-0-lift_filled": "99"}))
        assert row.lift_text == suggested.lift_in("multiplier")

    def test_the_button_of_a_row_takes_its_suggestion(self, marketing, fit, doors, suggested):
        row, *_ = rows_of(marketing.post(NEW, posted(("SHIRT", "35"), doors=doors, use="0")))
        assert row.lift_text == suggested.lift_in("percent")

    @pytest.mark.parametrize(
        "gap",
        [{"mechanic": ""}, {"starts_on": ""}, {"doors": []}, {"ends_on": "2026-01-01"}, {"doors": ["x"]}],
    )
    def test_without_enough_facts_it_says_what_is_missing(self, gap, marketing, fit, doors):
        answer = marketing.post(NEW, posted(("SHIRT", ""), doors=doors, suggest="1") | gap)
        assert rows_of(answer)[0].suggested is None
        assert "Choose mechanic, dates and doors" in answer.content.decode()

    def test_before_anything_is_learned_nothing_is_said(self, marketing, shirt, doors):
        page = marketing.post(NEW, posted(("SHIRT", ""), doors=doors, suggest="1")).content.decode()
        assert "Suggested:" not in page
        assert "The past tells nothing" not in page


class TestFragment:
    def ask(self, client, form, **headers):
        return client.post(NEW, form, headers={"HX-Request": "true"})

    def test_answers_all_rows_and_saves_nothing(self, marketing, fit, doors):
        form = posted(("", ""), ("SHIRT", "5"), ("NOPE", "5"), doors=doors)
        answer = self.ask(marketing, form)
        page = answer.content.decode()
        assert not Campaign.objects.exists()
        assert page.count('hx-swap-oob="morph"') == 5
        assert page.count("Suggested:") == 1
        assert page.index('id="lines-1-suggestion"') < page.index("Suggested:") < page.index('id="lines-2-')
        assert "<html" not in page

    def test_rows_cost_no_queries(self, marketing, shirt, doors, connection_queries, today):
        for sku in ("A", "B"):
            product = make_product(sku=sku)
            range_at(product, *doors)
            promoted_often(product, doors)
        learn(today=today)
        one_row, three_rows = (
            posted(("SHIRT", ""), doors=doors),
            posted(("SHIRT", ""), ("A", ""), ("B", ""), doors=doors),
        )
        self.ask(marketing, one_row)
        with connection_queries() as one:
            self.ask(marketing, one_row)
        with connection_queries() as three:
            self.ask(marketing, three_rows)
        assert len(three) == len(one)

    def test_is_marketings(self, client_of, today, doors):
        assert self.ask(client_of(Role.PLANNING_LEAD), posted(doors=doors)).status_code == 403


class TestSaving:
    def test_what_was_suggested_is_kept_with_its_fit(self, marketing, fit, doors, suggested):
        lift = suggested.lift_in("percent")
        marketing.post(NEW, posted(("SHIRT", lift), doors=doors) | {"lines-0-discount_percent": ""})
        line = CampaignLine.objects.get()
        assert (line.suggested_by, line.override_reason) == (fit, "")
        assert line.suggested_p50 == round(suggested.suggestion.p50, 3)
        assert (line.suggested_p10, line.suggested_p90) == (
            round(suggested.suggestion.p10, 3),
            round(suggested.suggestion.p90, 3),
        )

    def test_another_lift_needs_a_reason(self, marketing, fit, doors):
        form = posted(("SHIRT", "35"), doors=doors)
        assert "Say in a sentence why you plan another lift." in errors_of(marketing.post(NEW, form))[0]
        assert not Campaign.objects.exists()
        marketing.post(NEW, form | {"lines-0-override_reason": REASON})
        line = CampaignLine.objects.get()
        assert (line.lift_value, line.override_reason, line.suggested_by) == (35.0, REASON, fit)

    def test_units_are_compared_with_the_baseline(self, marketing, fit, doors, suggested):
        near, far = (f"{(times - 1) * suggested.baseline_units:.1f}" for times in (2.4, 1.5))
        assert marketing.post(NEW, posted(("SHIRT", near, "units"), doors=doors)).status_code == 302
        assert marketing.post(NEW, posted(("SHIRT", far, "units"), doors=doors)).status_code == 200

    def test_a_reason_for_the_suggested_lift_is_not_kept(self, marketing, fit, doors, suggested):
        form = posted(("SHIRT", suggested.lift_in("percent")), doors=doors)
        marketing.post(NEW, form | {"lines-0-override_reason": REASON})
        assert CampaignLine.objects.get().override_reason == ""

    def test_without_a_suggestion_no_reason_is_asked(self, marketing, shirt, doors):
        assert marketing.post(NEW, posted(("SHIRT", "35"), doors=doors)).status_code == 302
        assert CampaignLine.objects.get().suggested_p50 is None

    def test_a_reason_has_room_for_a_sentence_or_two(self, marketing, fit, doors):
        form = posted(("SHIRT", "35"), doors=doors) | {"lines-0-override_reason": "x" * 301}
        assert "at most 300 characters" in errors_of(marketing.post(NEW, form))[0]

    @pytest.mark.parametrize(
        ("typed", "percent", "sentence"),
        [
            ("25 %", 25.0, None),
            ("0", 0.0, None),
            ("", None, None),
            ("100.5", None, "A discount of more than the price would pay people to buy."),
            ("-1", None, "A discount takes something off the price: 0 or more."),
            ("a quarter", None, "This is not a number. Write a discount like 25, or leave it empty."),
        ],
    )
    def test_a_discount_is_read_as_people_write_it(self, typed, percent, sentence, marketing, shirt, doors):
        answer = marketing.post(
            NEW, posted(("SHIRT", "35"), doors=doors) | {"lines-0-discount_percent": typed}
        )
        if sentence:
            assert errors_of(answer) == [sentence]
        else:
            assert CampaignLine.objects.get().discount_percent == percent


class TestEditing:
    @pytest.fixture
    def address(self, marketing, fit, doors):
        form = posted(("SHIRT", "35"), doors=doors) | {"lines-0-override_reason": REASON}
        marketing.post(NEW, form)
        return f"{Campaign.objects.get().get_absolute_url()}edit/"

    @pytest.fixture
    def form(self, doors):
        return posted(("SHIRT", "35"), doors=doors) | {"lines-0-override_reason": REASON}

    def test_a_plan_that_was_not_changed_keeps_what_was_suggested_then(
        self, marketing, address, form, fit, today
    ):
        learn(today=today + WEEK)
        assert DemandFit.objects.latest() != fit
        marketing.post(address, form)
        campaign = Campaign.objects.get()
        assert (campaign.revision, campaign.lines.get().suggested_by) == (1, fit)

    def test_a_changed_row_is_suggested_anew(self, marketing, address, form, fit, today):
        learn(today=today + WEEK)
        marketing.post(address, form | {"lines-0-lift_value": "30"})
        line = CampaignLine.objects.get()
        assert (line.lift_value, line.suggested_by, line.override_reason) == (
            30.0,
            DemandFit.objects.latest(),
            REASON,
        )

    def test_other_doors_ask_the_past_again(self, marketing, address, form, doors, today):
        learn(today=today + WEEK)
        marketing.post(address, form | {"doors": [doors[0].pk]})
        assert CampaignLine.objects.get().suggested_by == DemandFit.objects.latest()

    def test_a_lift_from_before_there_were_suggestions_may_stand(self, marketing, shirt, doors, today):
        marketing.post(NEW, posted(("SHIRT", "35"), doors=doors))
        learn(today=today)
        address = f"{Campaign.objects.get().get_absolute_url()}edit/"
        assert (
            marketing.post(address, posted(("SHIRT", "35"), doors=doors, name="Renamed")).status_code == 302
        )
        line = CampaignLine.objects.get()
        assert (line.campaign.name, line.suggested_p50, line.override_reason) == ("Renamed", None, "")

    def test_the_form_shows_reason_and_discount_as_they_stand(self, marketing, address):
        page = marketing.get(address).content.decode()
        assert f'value="{REASON}"' in page
        (row,) = [row for row in rows_of(marketing.get(address)) if not row.is_blank]
        assert (row.lift_text, row.asks_reason) == ("35", True)
