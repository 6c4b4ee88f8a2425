"""What promotions did, and one of them with its sales."""

import pytest

from marketing.catalogue.models import Category
from marketing.lift.queries import weeks_around
from marketing.sales.models import PastPromotion
from marketing.tests.factories import (
    make_door,
    make_fit,
    make_mechanic,
    make_norm,
    make_past_lift,
    make_product,
    make_sales,
)
from marketing.tests.lift.past import PROMOTED_FROM, promoted_before
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK

NORMS = "/lifts/"


@pytest.fixture
def reader(client_of, today):
    return client_of(Role.EXECUTIVE)


class TestNorms:
    @pytest.fixture
    def tees(self, db):
        return Category.objects.create(path="Tops > Tees", name="Tees")

    @pytest.fixture
    def norms(self, tees):
        fit, event = make_fit(), make_mechanic("EVENT")
        return {
            "overall": make_norm(fit=fit),
            "deep": make_norm(fit=fit, discount_band="over_40", event_count=3),
            "shallow": make_norm(fit=fit, discount_band="to_10", event_count=9),
            "tees": make_norm(fit=fit, category=tees, discount_band="to_10", event_count=5),
            "event": make_norm(fit=fit, mechanic=event, p50_multiplier=1.25, event_count=1200),
        }

    def shown(self, client, query: str = "") -> list[int]:
        return [norm.pk for norm in client.get(f"{NORMS}?{query}").context["table"].data]

    def test_says_what_each_did_and_by_which_fit(self, reader, norms):
        page = reader.get(NORMS).content.decode()
        for shown in ("Fit ", "104 weeks", "FY26 W42", "over 40%", "all depths", "Tops &gt; Tees", "1,200"):
            assert shown in page
        for multiplier in ("1.60×", "2.40×", "4.10×", "1.25×"):
            assert multiplier in page

    def test_stands_by_mechanic_with_the_widest_first(self, reader, norms):
        order = ["event", "overall", "shallow", "deep", "tees"]
        assert self.shown(reader) == [norms[name].pk for name in order]

    def test_is_sorted_by_depth_and_by_count(self, reader, norms):
        assert self.shown(reader, "sort=-discount_band")[0] == norms["deep"].pk
        assert self.shown(reader, "sort=-event_count")[0] == norms["event"].pk

    def test_is_narrowed_by_mechanic_and_category(self, reader, norms, tees):
        assert self.shown(reader, f"mechanic={norms['event'].mechanic_id}") == [norms["event"].pk]
        assert self.shown(reader, f"category={tees.pk}") == [norms["tees"].pk]
        assert (
            reader.get(f"{NORMS}?category={tees.pk}&mechanic={norms['event'].mechanic_id}").context[
                "is_empty"
            ]
            is False
        )

    def test_offers_only_what_was_measured(self, reader, norms):
        make_mechanic("UNTRIED")
        Category.objects.create(path="Unsold", name="Unsold")
        page = reader.get(NORMS).content.decode()
        assert "Untried" not in page
        assert "Unsold" not in page

    def test_says_so_when_nothing_is_learned_yet(self, reader):
        assert "Nothing is learned yet" in reader.get(NORMS).content.decode()

    def test_rows_cost_no_queries(self, reader, norms, tees, connection_queries):
        reader.get(NORMS)
        with connection_queries() as five:
            reader.get(NORMS)
        make_norm(fit=norms["tees"].fit, category=tees)
        make_norm(fit=norms["tees"].fit, category=tees, mechanic=make_mechanic("DROP"))
        with connection_queries() as seven:
            reader.get(NORMS)
        assert len(seven) == len(five)


class TestPromotions:
    @pytest.fixture
    def found(self, db):
        fit, crew = make_fit(), make_product(sku="CREW", name="Crew")
        cap = make_product(sku="CAP", name="Cap")
        return {
            "old": make_past_lift(crew, fit=fit, starts_on=PROMOTED_FROM - 30 * WEEK, sold_units=110.0),
            "new": make_past_lift(crew, fit=fit, starts_on=PROMOTED_FROM, discount_ratio=None),
            "cap": make_past_lift(
                cap, fit=fit, starts_on=PROMOTED_FROM - WEEK, sold_units=900.0, mechanic=make_mechanic("DROP")
            ),
        }

    def shown(self, client, query: str = "") -> list[int]:
        return [past.pk for past in client.get(f"/lifts/promotions/?{query}").context["table"].data]

    def test_the_newest_stands_first_with_what_it_did(self, reader, found):
        assert self.shown(reader) == [found[name].pk for name in ("new", "cap", "old")]
        page = reader.get("/lifts/promotions/").content.decode()
        for shown in (f'href="/lifts/{found["cap"].pk}/"', "9.00×", "1.10×", "25%", "240"):
            assert shown in page

    def test_is_sorted_by_what_it_did(self, reader, found):
        assert self.shown(reader, "sort=-times_baseline") == [
            found[name].pk for name in ("cap", "new", "old")
        ]

    def test_is_narrowed_by_sku_and_mechanic(self, reader, found):
        make_norm(fit=found["cap"].fit, mechanic=found["cap"].mechanic)
        assert self.shown(reader, "q=crew") == [found["new"].pk, found["old"].pk]
        assert self.shown(reader, f"mechanic={found['cap'].mechanic_id}") == [found["cap"].pk]

    def test_says_so_when_nothing_is_learned_yet(self, reader):
        assert "Nothing is learned yet" in reader.get("/lifts/promotions/").content.decode()

    def test_rows_cost_no_queries(self, reader, connection_queries):
        fit = make_fit()
        make_past_lift(make_product(), fit=fit, starts_on=PROMOTED_FROM)
        reader.get("/lifts/promotions/")
        with connection_queries() as one:
            reader.get("/lifts/promotions/")
        for _ in range(2):
            make_past_lift(make_product(), fit=fit, starts_on=PROMOTED_FROM)
        with connection_queries() as three:
            reader.get("/lifts/promotions/")
        assert len(three) == len(one)


class TestPast:
    @pytest.fixture
    def doors(self, db):
        return [make_door(), make_door()]

    @pytest.fixture
    def crew(self, db):
        return make_product(sku="CREW", name="Crew")

    def test_tells_what_was_sold_against_the_baseline(self, reader, crew, doors):
        past = promoted_before(crew, doors)
        page = reader.get(f"/lifts/{past.pk}/").content.decode()
        for shown in (
            "Crew, Social",
            "measured at 2 doors, 25% off",
            "2.40×",
            "240",
            "+140",
            "baseline, 50 a week",
        ):
            assert shown in page

    def test_doors_that_were_not_measured_are_spoken_of(self, reader, crew, doors):
        past = promoted_before(crew, doors)
        assert "not measured" not in reader.get(f"/lifts/{past.pk}/").content.decode()
        type(past).objects.update(door_count=1)
        page = reader.get(f"/lifts/{past.pk}/").content.decode()
        assert (
            "Units at the 2 doors where it ran; doors that were mostly out of stock are not measured." in page
        )
        assert "baseline of the measured doors" in page

    def test_its_weeks_reach_from_half_a_year_before_to_two_months_after(self, crew, doors):
        weeks = weeks_around(promoted_before(crew, doors))
        assert (weeks[0].start, weeks[-1].start) == (PROMOTED_FROM - 26 * WEEK, PROMOTED_FROM + 9 * WEEK)
        told = {week.start: week for week in weeks}
        assert [week.start for week in weeks if week.in_promotion] == [PROMOTED_FROM, PROMOTED_FROM + WEEK]
        assert [week.start for week in weeks if week.in_another] == [PROMOTED_FROM - 10 * WEEK]
        assert (told[PROMOTED_FROM].units, told[PROMOTED_FROM].door_count) == (120.0, 2)
        assert (told[PROMOTED_FROM - WEEK].units, told[PROMOTED_FROM - 10 * WEEK].units) == (50.0, 60.0)

    def test_doors_that_took_no_part_are_left_out(self, crew, doors):
        past = promoted_before(crew, doors)
        make_sales(crew, make_door(), {PROMOTED_FROM: 1000.0})
        assert next(week.units for week in weeks_around(past) if week.in_promotion) == 120.0

    def test_without_a_promotion_on_record_every_door_counts(self, crew, doors):
        past = promoted_before(crew, doors)
        PastPromotion.objects.all().delete()
        make_sales(crew, make_door(), {PROMOTED_FROM: 1000.0})
        assert next(week.units for week in weeks_around(past) if week.in_promotion) == 1120.0

    def test_a_week_without_sales_is_a_gap_and_not_zero(self, crew, doors, reader):
        past = make_past_lift(crew, fit=make_fit(), starts_on=PROMOTED_FROM)
        make_sales(crew, doors[0], {PROMOTED_FROM - 2 * WEEK: 5.0, PROMOTED_FROM: 9.0})
        assert [week.units for week in weeks_around(past)] == [5.0, None, 9.0]
        assert "n/a" in reader.get(f"/lifts/{past.pk}/").content.decode()

    def test_one_whose_sales_are_gone_says_so(self, crew, reader, today):
        past = make_past_lift(crew, fit=make_fit(), starts_on=PROMOTED_FROM)
        assert "No weekly sales of this time are kept" in reader.get(f"/lifts/{past.pk}/").content.decode()

    def test_one_that_is_not_there_is_not_found(self, reader):
        assert reader.get("/lifts/4711/").status_code == 404
