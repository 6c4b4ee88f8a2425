"""The page of a SKU's baseline: what it sold, what is expected, what that rests on, and how it adds up."""

from datetime import timedelta

import pytest
from django.db import connection

from marketing.baseline.models import BaselineForecast
from marketing.baseline.vectors import FORECAST_WEEKS
from marketing.catalogue.models import Category, Door, Product
from marketing.demand.models import DemandFit
from marketing.tests.factories import (
    TODAY,
    make_baseline,
    make_door,
    make_fit,
    make_past_promotion,
    make_product,
    make_sales,
)
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK, week_start

THIS_WEEK = week_start(TODAY)


@pytest.fixture
def reader(client_of, today):
    return client_of(Role.EXECUTIVE)


@pytest.fixture
def knits(db) -> Category:
    return Category.objects.create(path="Womens > Knits", name="Knits")


@pytest.fixture
def crew(knits) -> Product:
    return make_product(sku="CREW", name="Crew", category=knits)


@pytest.fixture
def doors(db) -> list[Door]:
    return [make_door(name="Leeds"), make_door(name="York")]


def url(product: Product, door: Door | None = None) -> str:
    return f"/baselines/{product.pk}/" + (f"?door={door.pk}" if door else "")


def baseline_that_changes(product: Product, door: Door, first: float) -> None:
    """One that differs from week to week."""
    make_baseline(product, door, 0)
    weekly_units = [first + 0.1 * place for place in range(FORECAST_WEEKS)]
    BaselineForecast.objects.filter(product=product, door=door).update(weekly_units=weekly_units)


class TestAddsUp:
    @pytest.fixture
    def skus(self, crew, knits, doors) -> list[Product]:
        """Two SKUs of a category at two doors each, and a stranger."""
        cap = make_product(category=knits)
        for place, product in enumerate((crew, cap)):
            for door in doors:
                baseline_that_changes(product, door, 3.3 + 10 * place + door.pk % 7)
        make_baseline(make_product(), doors[0], 1_000)
        return [crew, cap]

    def weeks(self, reader, *address) -> list:
        return reader.get(url(*address)).context["ahead"]

    def test_doors_add_up_to_the_sku_and_skus_to_the_category(self, reader, skus, doors):
        at_doors = [[week.units for week in self.weeks(reader, skus[0], door)] for door in doors]
        of_skus = [[week.sku_units for week in self.weeks(reader, sku)] for sku in skus]
        shown = self.weeks(reader, skus[0])
        assert len(shown) == FORECAST_WEEKS
        assert [week.units for week in shown] == pytest.approx(
            [sum(week) for week in zip(*at_doors, strict=True)]
        )
        assert [week.units for week in shown] == of_skus[0]
        assert [week.category_units for week in shown] == pytest.approx(
            [sum(w) for w in zip(*of_skus, strict=True)]
        )

    def test_the_database_says_the_same(self, reader, skus, knits):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT week_start, sum(units::float8) FILTER (WHERE product_id = %s), sum(units::float8)"
                " FROM marketing_baseline_weeks JOIN marketing_product USING (sku)"
                " WHERE category_id = %s GROUP BY week_start ORDER BY week_start",
                [skus[0].pk, knits.pk],
            )
            stored = cursor.fetchall()
        shown = self.weeks(reader, skus[0])
        assert [week.start for week in shown] == [week for week, _, _ in stored]
        for week, (_, sku_units, category_units) in zip(shown, stored, strict=True):
            assert (week.sku_units, week.category_units) == pytest.approx((sku_units, category_units))

    def test_the_doors_stand_below_with_their_sum(self, reader, skus, doors):
        context = reader.get(url(skus[0])).context
        assert [baseline.door for baseline, _, _ in context["by_door"]] == doors
        assert context["all_doors_units"] == pytest.approx(sum(units for _, _, units in context["by_door"]))
        assert context["all_doors_units"] == pytest.approx(context["ahead_units"])


class TestHistory:
    def told(self, reader, *address) -> dict:
        return {week.start: week for week in reader.get(url(*address)).context["sold"]}

    def test_is_the_whole_weeks_of_the_last_year_at_all_doors_or_at_one(self, reader, crew, doors):
        for door, units in zip(doors, (5.0, 7.0), strict=True):
            make_sales(crew, door, {THIS_WEEK - ago * WEEK: units for ago in range(60)})
        everywhere = self.told(reader, crew)
        assert (max(everywhere), min(everywhere)) == (THIS_WEEK - WEEK, THIS_WEEK - 52 * WEEK)
        assert {(week.units, week.door_count) for week in everywhere.values()} == {(12.0, 2)}
        assert {week.units for week in self.told(reader, crew, doors[1]).values()} == {7.0}

    def test_a_week_is_promoted_where_sales_or_promotions_say_so(self, reader, crew, doors):
        by_sales, by_list, calm = (THIS_WEEK - ago * WEEK for ago in (3, 2, 1))
        make_sales(crew, doors[0], {by_sales: 5.0}, promoted_days=2)
        make_sales(crew, doors[0], {by_list: 5.0, calm: 5.0})
        make_sales(crew, doors[1], {by_sales: 5.0, by_list: 5.0, calm: 5.0})
        # Its last day is the first of the week.
        make_past_promotion(crew, doors[0], starts_on=by_list - timedelta(days=2), ends_on=by_list)
        told = self.told(reader, crew)
        assert [told[week].promoted_door_count for week in (by_sales, by_list, calm)] == [1, 1, 0]
        kinds = [bar.kind for bar in reader.get(url(crew)).context["chart"].bars]
        assert kinds == ["is-hatched", "is-hatched", "is-calm"]
        assert "at 1 of 2 doors" in reader.get(url(crew)).content.decode()

    def test_weeks_partly_out_of_stock_are_marked(self, reader, crew, doors):
        make_sales(crew, doors[0], {THIS_WEEK - 2 * WEEK: 5.0}, out_of_stock_share=0.25)
        make_sales(crew, doors[0], {THIS_WEEK - WEEK: 5.0}, out_of_stock_share=0.04)
        out, well = reader.get(url(crew)).context["chart"].bars
        assert (bool(out.mark_y), bool(well.mark_y)) == (True, False)
        assert out.words.endswith("5 units, in stock 75%")

    def test_a_week_without_sales_is_a_gap_and_not_zero(self, reader, crew, doors):
        make_sales(crew, doors[0], {THIS_WEEK - 3 * WEEK: 5.0, THIS_WEEK - WEEK: 0.0})
        answer = reader.get(url(crew))
        assert [week.units for week in answer.context["sold"]] == [0.0, None, 5.0]
        assert "n/a" in answer.content.decode()


class TestBasis:
    def test_says_what_it_rests_on_and_which_fit_learned_it(self, reader, crew, doors):
        make_baseline(crew, doors[0], 5)
        fit: DemandFit = make_fit()
        page = reader.get(url(crew)).content.decode()
        for words in (
            "its own sales, 8 weeks",
            f"Fit {fit.pk}",
            "from sales up to FY26 W42 (15–21 Nov 2026)",
            "units in 32 weeks from FY26 W43",
            "Knits",
        ):
            assert words in page

    def test_names_the_like_item_and_counts_the_doors(self, reader, crew, doors):
        crew.like_item = make_product(sku="OLD", name="Old crew")
        crew.save()
        doors.append(make_door(name="Hull"))
        for door in doors:
            make_baseline(crew, door, 5)
        BaselineForecast.objects.exclude(door=doors[2]).update(basis="like_item")
        page = reader.get(url(crew)).content.decode()
        assert "its like item OLD Old crew at 2 doors; its own sales at 1 door" in page
        assert "its like item OLD Old crew, 8 weeks" in page

    def test_a_sku_without_category_has_no_column_for_it(self, reader, doors):
        loose = make_product()
        make_baseline(loose, doors[0], 5)
        answer = reader.get(url(loose))
        assert {week.category_units for week in answer.context["ahead"]} == {None}
        assert "n/a" not in answer.content.decode()

    def test_says_so_without_sales_and_baseline(self, reader, crew):
        assert "No sales and no baseline yet" in reader.get(url(crew)).content.decode()

    def test_one_that_sold_but_is_not_expected_to_sell_has_a_history_alone(self, reader, crew, doors):
        make_sales(crew, doors[0], {THIS_WEEK - 40 * WEEK: 5.0})
        answer = reader.get(url(crew))
        assert (answer.context["ahead"], answer.context["chart"].band) == ([], None)
        assert "nothing sold lately, or not learned yet" in answer.content.decode()


def test_the_doors_to_choose_from_are_those_it_sells_at(reader, crew, doors):
    make_baseline(crew, doors[0], 5)
    make_sales(crew, doors[1], {THIS_WEEK - WEEK: 5.0})
    stranger = make_door()
    answer = reader.get(url(crew, doors[1]))
    assert answer.context["doors"] == doors
    assert answer.context["door"] == doors[1]
    assert "Crew, York" in answer.content.decode()
    assert reader.get(url(crew, stranger)).status_code == 404
    assert reader.get(f"{url(crew)}?door=x").status_code == 404


def test_it_is_opened_from_the_sku(reader, crew):
    assert f'href="{url(crew)}"' in reader.get(f"/catalogue/{crew.pk}/").content.decode()


def test_doors_cost_no_queries(reader, crew, doors, connection_queries):
    def another(door: Door) -> None:
        make_baseline(crew, door, 5)
        make_sales(crew, door, {THIS_WEEK - WEEK: 5.0})

    another(doors[0])
    reader.get(url(crew))
    with connection_queries() as one:
        reader.get(url(crew))
    another(doors[1])
    another(make_door())
    with connection_queries() as three:
        reader.get(url(crew))
    assert len(three) == len(one)
