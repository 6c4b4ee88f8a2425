"""The history in words: who, when, from what to what, why."""

import pghistory
import pytest

from marketing.campaigns.choices import CampaignStatus
from marketing.tests.factories import make_campaign, make_door, make_fit, make_product
from sop_site.access.roles import Role
from sop_site.history import note_change
from sop_site.history.queries import FieldChange, entries_of, last_changed_by

pytestmark = pytest.mark.django_db


def test_a_change_says_who_made_it_from_what_to_what_and_why(user_of):
    product = make_product(sku="A-1", name="Crew", lead_time_days=30)
    with pghistory.context():
        note_change(by=user_of(Role.MERCHANDISING_MEMBER), note="The mill is slower now.")
        product.lead_time_days = 45
        product.save()
    newest, oldest = entries_of(product)
    assert (newest.by, newest.kind, newest.subject_label, newest.subject, newest.note) == (
        "Merchandising",
        "changed",
        "product",
        "Crew",
        "The mill is slower now.",
    )
    assert newest.changes == (FieldChange("Lead time days", "30", "45"),)
    assert (oldest.by, oldest.kind) == ("Bridge", "added")


def test_whoever_gave_a_field_its_value_is_known(user_of):
    campaign = make_campaign(name="Rug week")
    for role, changes in (
        (Role.MARKETING_MEMBER, {"name": "Rugs"}),
        (Role.MARKETING_LEAD, {"brief": "More rugs."}),
    ):
        with pghistory.context():
            note_change(by=user_of(role))
            type(campaign).objects.filter(pk=campaign.pk).update(**changes)
    named = [last_changed_by(campaign, field) for field in ("name", "brief", "owner")]
    assert named == [str(user_of(Role.MARKETING_MEMBER)), str(user_of(Role.MARKETING_LEAD)), "Bridge"]


def test_rows_that_belong_to_a_campaign_are_told_with_it():
    crew = make_product(sku="A-1", name="Crew")
    campaign = make_campaign(products=[crew], doors=[make_door(name="Leeds")], name="Winter")
    campaign.campaign_doors.all().delete()
    told = sorted((entry.subject_label, entry.kind, entry.subject) for entry in entries_of(campaign))
    assert told == [
        ("campaign", "added", "Winter"),
        ("campaign door", "added", "Winter · Leeds"),
        ("campaign door", "removed", "Winter · Leeds"),
        ("campaign line", "added", "Winter · A-1 Crew"),
    ]


def test_what_a_row_may_do_without_is_told_as_a_value_and_not_as_its_name():
    campaign = make_campaign(products=[make_product(sku="A-1", name="Crew")], name="Winter")
    line, fit = campaign.lines.get(), make_fit()
    line.suggested_by = fit
    line.save()
    (changed,) = [entry for entry in entries_of(campaign) if entry.kind == "changed"]
    assert (changed.subject, changed.changes) == (
        "Winter · A-1 Crew",
        (FieldChange("Suggested by", "", str(fit)),),
    )


def test_a_revision_that_only_counts_is_no_entry():
    campaign = make_campaign(name="Winter")
    campaign.revision += 1
    campaign.save()
    assert {entry.kind for entry in entries_of(campaign)} == {"added"}


def test_what_one_act_did_to_many_rows_is_one_entry(user_of, client_of):
    crew, cap = make_product(sku="A-1", name="Crew"), make_product(sku="A-2", name="Cap")
    author = user_of(Role.MARKETING_LEAD)
    with pghistory.context():
        note_change(by=author, note="Two for the winter.")
        campaign = make_campaign(products=[crew, cap], doors=[make_door(name="Leeds")], name="Winter")
    with pghistory.context():
        note_change(by=author, note="Less of both.")
        for line in campaign.lines.all():
            line.lift_value, line.uplift_ratio = 50, 0.5
            line.save()
    told = entries_of(campaign)
    (changed,) = [entry for entry in told if entry.kind == "changed"]
    assert (changed.by, changed.kind, changed.subject_label, changed.subject, changed.note) == (
        str(author),
        "changed",
        "2 campaign lines",
        "",
        "Less of both.",
    )
    assert {part.subject for part in changed.parts} == {"Winter · A-1 Crew", "Winter · A-2 Cap"}
    assert all(FieldChange("Lift value", "100", "50") in part.changes for part in changed.parts)
    assert sorted(
        (entry.subject_label, entry.subject, len(entry.parts)) for entry in told if entry != changed
    ) == [
        ("2 campaign lines", "", 2),
        ("campaign", "Winter", 0),
        ("campaign door", "Winter · Leeds", 0),
    ]
    page = client_of(Role.MARKETING_LEAD).get(campaign.get_absolute_url()).content.decode()
    assert f"<strong>{author}</strong> added 2 campaign lines" in page
    assert "Show each" in page


def test_one_row_changed_twice_in_an_act_stays_two_entries():
    product = make_product()
    with pghistory.context():
        for days in (30, 45):
            product.lead_time_days = days
            product.save()
    labels = [(entry.subject_label, entry.kind, entry.parts) for entry in entries_of(product)]
    assert labels == [("product", "changed", ()), ("product", "changed", ()), ("product", "added", ())]


def test_rows_without_an_act_are_told_one_by_one():
    doors = [make_door(name="Leeds"), make_door(name="York")]
    campaign = make_campaign(doors=doors, name="Winter")
    assert [entry.parts for entry in entries_of(campaign)] == [(), (), ()]


def test_bulk_changes_are_told_too():
    product = make_product(supplier="Porto")
    type(product).objects.filter(pk=product.pk).update(supplier="Izmir")
    assert entries_of(product)[0].changes == (FieldChange("Supplier", "Porto", "Izmir"),)


def test_the_page_shows_what_people_changed_and_not_what_was_loaded(client_of):
    product = make_product(name="Loaded")
    client = client_of(Role.ADMINISTRATOR)
    assert client.get("/history/").context["entries"] == []
    client.post(
        "/people/new/",
        {
            "username": "ada",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "is_active": "on",
            "role": "executive",
            "password": "a-long-first-password",
        },
    )
    shown = client.get("/history/").context["entries"]
    assert sorted((entry.by, entry.kind, entry.subject_label, entry.subject) for entry in shown) == [
        ("Administrator", "added", "role assignment", "Ada Lovelace · Executive"),
        ("Administrator", "added", "user", "ada"),
    ]
    assert product.name not in str(shown)


def test_what_a_command_did_is_no_act_of_a_person(client_of):
    with pghistory.context(user=None, note="Loaded from the retailer folder."):
        make_product(name="Loaded")
    assert client_of(Role.EXECUTIVE).get("/history/").context["entries"] == []


def test_the_page_tells_from_what_to_what(client_of):
    product = make_product(name="Crew", lead_time_days=30)
    client = client_of(Role.MERCHANDISING_LEAD)
    form = client.get(f"/catalogue/{product.pk}/edit/").context["form"]
    typed = {name: "" if value is None else value for name, value in form.initial.items()}
    client.post(f"/catalogue/{product.pk}/edit/", {**typed, "lead_time_days": 45})
    (entry,) = client.get("/history/").context["entries"]
    assert (entry.subject, entry.changes) == ("Crew", (FieldChange("Lead time days", "30", "45"),))


def test_a_draft_is_told_to_marketing_alone(client_of, user_of):
    draft = make_campaign(doors=[make_door()], products=[make_product()], status=CampaignStatus.DRAFT)
    executive, cmo, author = (
        client_of(Role.EXECUTIVE),
        client_of(Role.MARKETING_LEAD),
        user_of(Role.MARKETING_MEMBER),
    )
    with pghistory.context(user=author.pk):
        draft.name = "A secret"
        draft.save()
        draft.lines.all().delete()
    assert executive.get("/history/").context["entries"] == []
    told = cmo.get("/history/").context["entries"]
    assert sorted((entry.subject_label, entry.kind) for entry in told) == [
        ("campaign", "changed"),
        ("campaign line", "removed"),
    ]
