"""The campaign form: what it saves, what it says about bad input, and that nothing typed is lost."""

from datetime import timedelta

import pytest

from marketing.campaigns.choices import CampaignStatus as Status
from marketing.campaigns.models import Campaign
from marketing.catalogue.choices import DoorKind
from marketing.tests.campaigns.forms import posted
from marketing.tests.factories import (
    make_baseline,
    make_campaign,
    make_door,
    make_fit,
    make_mechanic,
    make_norm,
    make_product,
    range_at,
)
from sop_site.access.roles import Role

NEW = "/campaigns/new/"


@pytest.fixture
def marketing(client_of, today):
    return client_of(Role.MARKETING_MEMBER)


@pytest.fixture
def shirt(db):
    return make_product(sku="SHIRT")


@pytest.fixture
def door(shirt):
    door = make_door(name="Leeds")
    range_at(shirt, door)
    return door


def errors_of(response) -> list[str]:
    """Every sentence of the answer's form, wherever it stands."""
    form = response.context["form"]
    found = [error for errors in form.facts.errors.values() for error in errors]
    found += list(form.lines.non_form_errors())
    return found + [error for row in form.lines.errors for errors in row.values() for error in errors]


class TestSaving:
    def test_a_draft_is_saved_and_shown(self, marketing, door, shirt):
        response = marketing.post(NEW, posted(("SHIRT", "64"), doors=[door]))
        campaign = Campaign.objects.get()
        assert response.url == campaign.get_absolute_url()
        assert (campaign.status, campaign.lines.get().uplift_ratio) == (Status.DRAFT, 0.64)

    def test_the_other_button_submits_it_too(self, marketing, door, waiting, shirt):
        marketing.post(NEW, posted(("SHIRT", "64"), doors=[door], action="submit"))
        assert Campaign.objects.get().status == Status.SUBMITTED
        assert waiting() == {shirt.pk}

    @pytest.mark.parametrize(
        ("typed", "unit", "ratio"),
        [
            ("+64 %", "percent", 0.64),
            ("−20%", "percent", -0.2),
            ("1.5×", "multiplier", 0.5),
            ("-100", "percent", -1.0),
            ("0", "percent", 0.0),
        ],
    )
    def test_lifts_are_read_as_people_write_them(self, typed, unit, ratio, marketing, door):
        marketing.post(NEW, posted(("shirt", typed, unit), doors=[door]))
        assert Campaign.objects.get().lines.get().uplift_ratio == pytest.approx(ratio)

    def test_an_edit_keeps_its_reason(self, marketing, door, shirt):
        campaign = make_campaign(products=[shirt], doors=[door])
        marketing.post(
            f"/campaigns/{campaign.pk}/edit/", posted(("SHIRT", "10"), doors=[door], note="Cheaper media")
        )
        page = marketing.get(campaign.get_absolute_url())
        assert "Cheaper media" in page.content.decode()

    def test_a_row_that_is_cleared_is_removed(self, marketing, door, shirt):
        other = make_product(sku="SOCKS")
        range_at(other, door)
        campaign = make_campaign(products=[shirt, other], doors=[door])
        marketing.post(f"/campaigns/{campaign.pk}/edit/", posted(("", ""), ("SOCKS", "10"), doors=[door]))
        assert [line.product for line in campaign.lines.all()] == [other]


class TestBadInput:
    """Each case: what is posted, and the sentence that names its cause."""

    @pytest.mark.parametrize(
        ("rows", "facts", "sentence"),
        [
            ([("SHIRT", "5"), ("shirt", "6")], {}, "SHIRT stands in a row above"),
            ([("NOPE-1", "5")], {}, "There is no SKU NOPE-1 in the catalogue."),
            ([("SHIRT", "")], {}, "What lift do you expect of it?"),
            ([("", "40")], {}, "Which SKU?"),
            ([("SHIRT", "many")], {}, "This is not a number."),
            ([("SHIRT", "10x5")], {}, "This is not a number."),
            ([("SHIRT", "nan")], {}, "This is not a number."),
            ([("SHIRT", "-101")], {}, "below −100% is impossible"),
            ([("SHIRT", "-0.5", "multiplier")], {}, "below −100% is impossible"),
            ([("SHIRT", "1500")], {}, "This is +1,500%, more than 1,000%."),
            ([("SHIRT", "16", "multiplier")], {}, "This is +1,500%, more than 1,000%."),
            ([("SHIRT", "1e300")], {}, "cannot be planned"),
            ([("SHIRT", "1e300", "units")], {}, "more than Bridge plans with"),
            ([], {}, "Feature at least one SKU"),
            ([("SHIRT", "5")], {"doors": []}, "Choose at least one door"),
            (
                [("SHIRT", "5")],
                {"ends_on": "2026-12-01", "starts_on": "2026-12-24"},
                "is before the first day",
            ),
            ([("SHIRT", "5")], {"starts_on": "2026-11-21"}, "Sat 21 Nov 2026 is in the past"),
            ([("SHIRT", "5")], {"ends_on": "9999-12-31"}, "more than two years ahead"),
            ([("SHIRT", "5")], {"starts_on": ""}, "Choose a day."),
            ([("SHIRT", "5")], {"mechanic": ""}, "Choose how the promotion works."),
            ([("SHIRT", "5")], {"starts_on": "soon"}, "Enter a date as year-month-day"),
            ([("SHIRT", "5")], {"channel": "ecommerce"}, "Leeds sell as stores"),
            ([("SHIRT", "5")], {"name": ""}, "Give the campaign a name."),
        ],
    )
    def test_gets_a_sentence_and_saves_nothing(self, rows, facts, sentence, marketing, door):
        response = marketing.post(NEW, posted(*rows, doors=[door]) | facts)
        assert response.status_code == 200
        assert any(sentence in error for error in errors_of(response)), errors_of(response)
        assert sentence.replace("'", "&#x27;") in response.content.decode()
        assert not Campaign.objects.exists()

    def test_stores_only_with_the_online_shop(self, marketing, shirt):
        shop = make_door(name="Shop online", kind=DoorKind.ECOMMERCE)
        range_at(shirt, shop)
        response = marketing.post(NEW, posted(("SHIRT", "5"), doors=[shop], channel="stores"))
        assert "Shop online sell as an e-commerce node" in errors_of(response)[0]

    def test_a_sku_that_no_chosen_door_ranges(self, marketing, door):
        make_product(sku="NEWCOMER")
        response = marketing.post(NEW, posted(("NEWCOMER", "5"), doors=[door]))
        assert errors_of(response) == ["None of the chosen doors ranges NEWCOMER."]

    def test_units_are_held_against_the_baseline(self, marketing, door, shirt):
        make_baseline(shirt, door, 10)  # 20 units in the two weeks
        response = marketing.post(NEW, posted(("SHIRT", "-21", "units"), doors=[door]))
        assert "below −100% is impossible" in errors_of(response)[0]
        response = marketing.post(NEW, posted(("SHIRT", "260", "units"), doors=[door]))
        assert "This is +1,300%" in errors_of(response)[0]

    def test_what_was_typed_stays(self, marketing, door):
        response = marketing.post(NEW, posted(("NOPE-1", "37.5", "units"), doors=[door], brief="For the sun"))
        page = response.content.decode()
        for typed in ('value="NOPE-1"', 'value="37.5"', "For the sun", 'value="Spring drop"'):
            assert typed in page
        assert f'value="{door.pk}" data-kind="store" checked' in page


class TestConfirmation:
    def test_a_tick_confirms_this_lift_and_no_other(self, marketing, door):
        form = posted(("SHIRT", "1500"), doors=[door])
        page = marketing.post(NEW, form).content.decode()
        assert 'name="lines-0-confirmed" value="1500 percent"' in page
        form["lines-0-confirmed"] = "1500 percent"
        assert marketing.post(NEW, form | {"lines-0-lift_value": "15000"}).status_code == 200
        assert marketing.post(NEW, form).status_code == 302

    def test_a_stored_lift_needs_no_second_confirmation(self, marketing, door, shirt):
        campaign = make_campaign(products=[shirt], doors=[door], uplift_ratio=12.0)
        form = posted(("SHIRT", "1200"), doors=[door])
        assert marketing.post(f"/campaigns/{campaign.pk}/edit/", form).status_code == 302


class TestWithoutScript:
    def test_more_rows_keep_what_was_typed(self, marketing, door):
        form = posted(("SHIRT", "5"), ("NOPE-1", "x"), doors=[door], name="", blank_rows=0, add_rows="1")
        response = marketing.post(NEW, form)
        page = response.content.decode()
        assert 'value="NOPE-1"' in page
        assert "Give the campaign a name" not in page
        assert len(response.context["form"].rows) == 7
        assert f'value="{door.pk}" data-kind="store" checked' in page

    def test_a_row_can_be_removed(self, marketing, door):
        form = posted(("SHIRT", "5"), ("NOPE-1", "x"), doors=[door], remove="0")
        rows = marketing.post(NEW, form).context["form"].rows
        assert [row.form["sku"].value() for row in rows if not row.is_blank] == ["NOPE-1"]

    @pytest.mark.parametrize("total", ["", "-1", "99999999", "x"])
    def test_a_mangled_row_count_is_survived(self, total, marketing, door):
        for button in ({"add_rows": "1"}, {}):
            form = posted(("SHIRT", "5"), doors=[door]) | {"lines-TOTAL_FORMS": total} | button
            assert marketing.post(NEW, form).status_code in (200, 302)


class TestStaleEdit:
    def test_says_who_was_faster_and_keeps_what_was_typed(self, marketing, client_of, door, shirt):
        campaign = make_campaign(products=[shirt], doors=[door])
        address = f"/campaigns/{campaign.pk}/edit/"
        client_of(Role.MARKETING_LEAD).post(address, posted(("SHIRT", "70"), doors=[door], name="Hers"))
        mine = posted(("SHIRT", "90"), doors=[door], name="Mine")
        page = marketing.post(address, mine).content.decode()
        assert "CMO changed this campaign" in page
        assert 'value="Mine"' in page
        assert Campaign.objects.get().name == "Hers"
        assert 'name="revision" value="2"' in page
        marketing.post(address, mine | {"revision": "2"})
        assert Campaign.objects.get().name == "Mine"

    def test_a_decided_plan_must_be_revised_first(self, marketing, door, shirt):
        campaign = make_campaign(products=[shirt], doors=[door], status=Status.APPROVED)
        address = f"/campaigns/{campaign.pk}/edit/"
        assert marketing.get(address).url == campaign.get_absolute_url()
        page = marketing.post(address, posted(("SHIRT", "70"), doors=[door])).content.decode()
        assert "Revise it first" in page

    def test_a_start_that_has_come_may_stay(self, marketing, door, shirt, today):
        campaign = make_campaign(products=[shirt], doors=[door], starts_on=today - timedelta(days=2))
        form = posted(
            ("SHIRT", "5"),
            doors=[door],
            starts_on=campaign.starts_on.isoformat(),
            ends_on=campaign.ends_on.isoformat(),
        )
        assert marketing.post(f"/campaigns/{campaign.pk}/edit/", form).status_code == 302


def test_past_lifts_are_shown(marketing, door):
    make_norm(
        fit=make_fit(),
        mechanic=make_mechanic("FEATURE"),
        category=None,
        discount_band="",
        p50_multiplier=1.64,
        event_count=38,
    )
    assert "Past Feature promotions added +64% (n 38)" in marketing.get(NEW).content.decode()


def test_closed_doors_are_not_offered(marketing, door, today):
    closed = make_door(name="Gone", closed_on=today - timedelta(days=1))
    assert "Gone" not in marketing.get(NEW).content.decode()
    assert errors_of(marketing.post(NEW, posted(("SHIRT", "5"), doors=[closed])))


def test_a_form_of_as_many_rows_and_doors_as_there_may_be_is_read(marketing, door):
    every = ("sku", "discount_percent", "lift_value", "lift_filled", "lift_unit", "override_reason")
    rows = {f"lines-{number}-{field}": "" for number in range(300) for field in every}
    form = posted(doors=[door]) | rows | {"lines-TOTAL_FORMS": 300, "doors": [door.pk] * 1_000}
    assert "Feature at least one SKU" in errors_of(marketing.post(NEW, form))[0]


class TestTampering:
    @pytest.mark.parametrize("count", ["", "x", "-1", "9" * 5000, "\x00"])
    @pytest.mark.parametrize("button", ["add_rows", "action"])
    def test_a_number_of_rows_that_is_none(self, marketing, door, count, button):
        typed = posted(("SHIRT", "64"), doors=[door]) | {"lines-TOTAL_FORMS": count, button: "1"}
        assert marketing.post(NEW, typed).status_code == 200
        assert not Campaign.objects.exists()

    def test_a_code_that_no_text_can_be(self, marketing, door):
        response = marketing.post(NEW, posted(("SHI\x00RT", "64"), doors=[door]))
        assert "Null characters are not allowed." in errors_of(response)
