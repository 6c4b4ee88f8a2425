"""SKUs and doors: lists, one SKU, and Merchandising's edits."""

from decimal import Decimal

import pytest

from marketing.campaigns.choices import CampaignStatus as Status
from marketing.catalogue.domain import edit_product
from marketing.catalogue.models import Category, Product
from marketing.tests.factories import make_campaign, make_dc, make_door, make_product, range_at
from sop_site.access.permissions import NotAllowed
from sop_site.access.roles import Role
from sop_site.changes.models import ChangedSku

MERCHANDISING = {Role.MERCHANDISING_MEMBER, Role.MERCHANDISING_LEAD}
FACTS = {
    "name": "Crew",
    "unit_price": "50",
    "unit_cost": "20",
    "pack_units": "1",
    "minimum_order_units": "0",
    "supplier": "",
    "lead_time_days": "",
    "expedite_days": "",
    "expedite_cost_per_unit": "",
    "note": "",
}


@pytest.fixture
def mei(user_of):
    return user_of(Role.MERCHANDISING_MEMBER)


@pytest.fixture
def crew(today):
    return make_product(sku="CREW-1", name="Crew")


class TestEditing:
    def test_a_price_is_changed_and_recalculated(self, crew, mei):
        edit_product(product=crew, facts={"unit_price": Decimal("60")}, by=mei, note="Season")
        assert Product.objects.get().unit_price == Decimal("60")
        assert ChangedSku.objects.filter(product_id=crew.pk).exists()

    def test_a_name_changes_no_flag(self, crew, mei):
        edit_product(product=crew, facts={"name": "Crewneck"}, by=mei)
        assert not ChangedSku.objects.exists()

    def test_the_same_facts_leave_no_trace(self, crew, mei):
        edit_product(product=crew, facts={"name": "Crew", "unit_price": Decimal("50")}, by=mei)
        assert not ChangedSku.objects.exists()
        assert Product.pgh_event_model.objects.filter(pgh_label="update").count() == 0

    @pytest.mark.parametrize("role", sorted(set(Role) - MERCHANDISING))
    def test_is_merchandisings(self, role, crew, user_of, client_of):
        with pytest.raises(NotAllowed):
            edit_product(product=crew, facts={"name": "Other"}, by=user_of(role))
        client = client_of(role)
        assert client.get(f"/catalogue/{crew.pk}/edit/").status_code == 403
        assert client.post(f"/catalogue/{crew.pk}/edit/", FACTS).status_code == 403
        assert "/edit/" not in client.get(f"/catalogue/{crew.pk}/").content.decode()

    def test_only_facts_that_people_edit(self, crew, mei):
        with pytest.raises(ValueError, match="sku"):
            edit_product(product=crew, facts={"sku": "OTHER"}, by=mei)

    def test_the_form_saves_with_its_reason(self, crew, client_of):
        client = client_of(Role.MERCHANDISING_MEMBER)
        posted = FACTS | {"unit_price": "55.5", "lead_time_days": "40", "note": "New list"}
        page = client.post(f"/catalogue/{crew.pk}/edit/", posted, follow=True).content.decode()
        crew.refresh_from_db()
        assert (crew.unit_price, crew.lead_time_days) == (Decimal("55.5"), 40)
        assert "New list" in page

    def test_money_is_shown_in_cents_unless_it_has_parts_of_them(self, crew, client_of):
        Product.objects.filter(pk=crew.pk).update(unit_cost=Decimal("0.0625"))
        page = client_of(Role.MERCHANDISING_MEMBER).get(f"/catalogue/{crew.pk}/edit/").content.decode()
        assert 'value="50.00"' in page
        assert 'value="0.0625"' in page

    def test_two_people_who_change_two_facts_keep_both(self, crew, client_of):
        client = client_of(Role.MERCHANDISING_MEMBER)
        client.post(f"/catalogue/{crew.pk}/edit/", FACTS | {"supplier": "Porto Knit"})
        client.post(f"/catalogue/{crew.pk}/edit/", FACTS | {"supplier": "Porto Knit", "unit_cost": "21"})
        crew.refresh_from_db()
        assert (crew.supplier, crew.unit_cost) == ("Porto Knit", Decimal("21"))

    def test_a_form_that_another_was_faster_than_undoes_nothing(self, crew, mei, client_of):
        client = client_of(Role.MERCHANDISING_MEMBER)
        page = client.get(f"/catalogue/{crew.pk}/edit/").content.decode()
        assert 'name="initial-unit_cost" value="20.00"' in page
        opened = FACTS | {f"initial-{name}": value for name, value in FACTS.items() if name != "note"}
        edit_product(product=crew, facts={"unit_cost": Decimal("21"), "lead_time_days": 40}, by=mei)
        client.post(f"/catalogue/{crew.pk}/edit/", opened | {"supplier": "Porto Knit"})
        crew.refresh_from_db()
        assert (crew.supplier, crew.unit_cost, crew.lead_time_days) == ("Porto Knit", Decimal("21"), 40)

    @pytest.mark.parametrize(
        ("facts", "sentence"),
        [
            ({"name": ""}, "required"),
            ({"unit_price": "-1"}, "Money per unit cannot be below 0."),
            ({"unit_cost": "dear"}, "Enter a number."),
            ({"pack_units": "0"}, "A pack holds at least 1 unit."),
            ({"lead_time_days": "9999"}, "is not a lead time"),
            ({"lead_time_days": "10", "expedite_days": "20"}, "Expediting cannot take longer"),
            ({"minimum_order_units": "99999999999999"}, "less than or equal to"),
        ],
    )
    def test_bad_input_gets_a_sentence(self, facts, sentence, crew, client_of):
        client = client_of(Role.MERCHANDISING_MEMBER)
        response = client.post(f"/catalogue/{crew.pk}/edit/", FACTS | facts)
        assert response.status_code == 200
        assert sentence in response.content.decode()
        assert Product.objects.get().name == "Crew"


class TestPages:
    def test_the_list_is_searched(self, crew, client_of):
        make_product(sku="SOCK-1", name="Sock")
        client = client_of(Role.EXECUTIVE)
        (row,) = client.get("/catalogue/?q=crew").context["table"].data
        assert row == crew
        assert client.get("/catalogue/?q=%00&category=x&sort=-unit_price&page=x").status_code == 200

    @pytest.mark.parametrize("page", ["x", "-1", "0", "9" * 30, "\x00"])
    def test_a_page_that_is_none_and_a_size_that_nobody_offers(self, page, crew, client_of):
        client = client_of(Role.EXECUTIVE)
        for size in ("-1", "0", "100000"):
            answer = client.get("/catalogue/", {"page": page, "per_page": size})
            assert answer.status_code == 200
            assert answer.context["table"].page.paginator.per_page == 50

    def test_a_category_holds_what_is_below_it(self, today, client_of):
        top = Category.objects.create(path="Apparel", name="Apparel")
        below = Category.objects.create(path="Apparel > Knitwear", name="Knitwear", parent=top)
        Category.objects.create(path="Apparel care", name="Apparel care")
        inside = make_product(category=below)
        make_product()
        (row,) = client_of(Role.EXECUTIVE).get(f"/catalogue/?category={top.pk}").context["table"].data
        assert row == inside

    def test_a_sku_shows_its_doors_and_its_own_history_alone(self, crew, client_of):
        range_at(crew, make_door(name="Leeds"), presentation_minimum_units=3)
        make_campaign(name="Secret idea", products=[crew], status=Status.DRAFT)
        page = client_of(Role.EXECUTIVE).get(f"/catalogue/{crew.pk}/").content.decode()
        assert "Leeds" in page
        assert "Secret idea" not in page

    def test_doors_are_filtered(self, today, client_of):
        dc = make_dc(name="Hub")
        make_door(name="Leeds", region="North", supplied_by=dc)
        client = client_of(Role.EXECUTIVE)
        assert [door.name for door in client.get("/doors/?kind=dc").context["table"].data] == ["Hub"]
        assert len(client.get("/doors/?region=North").context["table"].data) == 2
        assert len(client.get("/doors/?q=leeds").context["table"].data) == 1

    @pytest.mark.parametrize("address", ["/catalogue/", "/doors/"])
    def test_says_what_to_do_when_there_is_nothing(self, address, today, client_of):
        assert "load_retailer" in client_of(Role.EXECUTIVE).get(address).content.decode()

    @pytest.mark.parametrize("address", ["/catalogue/", "/doors/"])
    def test_rows_cost_no_queries(self, address, today, client_of, connection_queries):
        client = client_of(Role.EXECUTIVE)
        dc = make_dc()
        make_product()
        client.get(address)
        with connection_queries() as one:
            client.get(address)
        category = Category.objects.create(path="Apparel", name="Apparel")
        for _ in range(2):
            range_at(make_product(category=category), make_door(supplied_by=dc))
        with connection_queries() as three:
            client.get(address)
        assert len(three) == len(one)
