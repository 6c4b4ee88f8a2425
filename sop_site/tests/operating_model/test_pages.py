"""The pages of the operating model: what is in force, its versions, and proposing one."""

from datetime import timedelta
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketing.catalogue.models import Category
from marketing.tests.factories import make_door
from sop_site.access.roles import Role
from sop_site.operating_model.choices import ModelStatus
from sop_site.operating_model.comparison import compared, what_it_would_undo
from sop_site.operating_model.domain import ScopeLimits
from sop_site.operating_model.limits import Limit
from sop_site.operating_model.meaning import MEANINGS
from sop_site.operating_model.models import OperatingModel
from sop_site.tests.operating_model.cases import ADOPTER, PROPOSER, REVIEWER, make_version, propose

TOPS = ScopeLimits("Women > Tops", "North", {Limit.COVER_THRESHOLD: 1.25})
PROPOSE = "/operating-model/propose/"
NO_NUMBER = "This is not a number. Write it like 12 or 1.25."
# What is typed into the form, the field at which it is wrong, and the sentence there.
WRONG_FACTS = [
    ({"cover_threshold": ""}, "cover_threshold", "Every version sets this limit: enter a number."),
    ({"cover_threshold": "1,25"}, "cover_threshold", NO_NUMBER),
    ({"cover_threshold": "nan"}, "cover_threshold", NO_NUMBER),
    ({"cover_threshold": "-1"}, "cover_threshold", "This can be from 0.1 to 10."),
    ({"cover_threshold": "1.255"}, "cover_threshold", "Two decimals are the most."),
    ({"closing_days": "2.5"}, "closing_days", "Whole days only."),
    ({"buy_service_level": "100"}, "buy_service_level", "This can be from 50 to 99.9."),
    ({"default_lead_time_days": "1e400"}, "default_lead_time_days", NO_NUMBER),
    (
        {"effective_from": "2026-11-21"},
        "effective_from",
        "Sat 21 Nov 2026 has passed. A version comes into force today, Sun 22 Nov 2026, or later.",
    ),
    (
        {"effective_from": "2036-11-21"},
        "effective_from",
        "Fri 21 Nov 2036 is more than two years ahead. Propose it closer to then.",
    ),
    ({"effective_from": "soon"}, "effective_from", "Enter a date as year-month-day, 2026-11-22."),
    ({"note": " "}, "note", "Say in a sentence what this version is to bring about."),
    (
        {"decision_window_from_weeks": "9"},
        "decision_window_to_weeks",
        "The window begins at least as many weeks ahead as it ends.",
    ),
    ({"consensus_submit_days": "18"}, "consensus_reconcile_days", "This comes no earlier than Submit."),
    ({"consensus_sign_days": "16"}, "consensus_sign_days", "This comes no earlier than Reconcile."),
]
WRONG_ROWS = [
    (
        {"category_path": "Womn > Tops", "cover_threshold": "1.3"},
        "category_path",
        "There is no category Womn > Tops. Did you mean Women > Tops?",
    ),
    (
        {"category_path": "Bicycles", "cover_threshold": "1.3"},
        "category_path",
        "There is no category Bicycles. Choose one of the list.",
    ),
    (
        {"category_path": "Tops", "cover_threshold": "1.3"},
        "category_path",
        "Tops is several categories: Men > Tops, Women > Tops. Choose one.",
    ),
    (
        {"cover_threshold": "1.3"},
        "category_path",
        "Choose a category, a region or both. What holds everywhere is entered above.",
    ),
    (
        {"region": "North"},
        "cover_threshold",
        "Enter at least one limit for this place, or remove the row.",
    ),
    ({"region": "Atlantis", "cover_threshold": "1.3"}, "region", "There is no region Atlantis."),
    (
        {"region": "North", "target_cover_weeks": "4"},
        "target_cover_weeks",
        "Orders are for DCs, which serve several regions: set this for a category alone.",
    ),
    ({"region": "North", "watch_margin": "much"}, "watch_margin", NO_NUMBER),
    (
        {"region": "North", "consensus_drift_tolerance": "5"},
        "consensus_drift_tolerance",
        "A SKU is held against the signed forecast over all its doors: set this for a category alone.",
    ),
    (
        {"region": "North", "decision_window_from_weeks": "4"},
        "decision_window_to_weeks",
        "A place has both ends of its decision window: enter this one too.",
    ),
    (
        {"region": "North", "decision_window_from_weeks": "8", "decision_window_to_weeks": "6"},
        "decision_window_to_weeks",
        "The window begins at least as many weeks ahead as it ends.",
    ),
]


@pytest.fixture
def catalogue(db) -> None:
    """Three categories, two of one name, and a region."""
    for path in ("Women > Tops", "Women > Dresses", "Men > Tops"):
        Category.objects.create(path=path, name=path.split(" > ")[-1])
    make_door(region="North")


def typed(today, *, rows=(), **changes) -> dict[str, str]:
    """The form as its page shows it, with some fields typed over."""
    in_force = OperatingModel.objects.in_force(today)
    found = {"replaces": in_force.version, "effective_from": today.isoformat(), "note": "Fewer surprises"}
    for name, meaning in MEANINGS.items():
        value = getattr(in_force, name)
        share = 100 if meaning.unit == "share" else 1
        found[name] = "" if value is None else f"{float(value) * share:.10g}"
    found |= {"scopes-TOTAL_FORMS": len(rows), "scopes-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        found |= {f"scopes-{number}-{field}": value for field, value in row.items()}
    return found | changes


class TestCurrent:
    def test_says_every_limit_and_its_value(self, today, client_of, user_of):
        make_version(ModelStatus.ADOPTED, user_of, scopes=(TOPS,), buy_service_level=0.95)
        page = unescape(client_of(Role.MARKETING_MEMBER).get("/operating-model/").content.decode())
        assert all(meaning.label in page and meaning.help in page for meaning in MEANINGS.values())
        assert '<td class="number text-nowrap" data-label="Value">95%</td>' in page
        assert "Women > Tops in North" in page
        assert "Propose a change" not in page
        assert "Propose a change" in client_of(PROPOSER).get("/operating-model/").content.decode()

    def test_says_where_each_version_stands(self, today, client_of, user_of):
        make_version(ModelStatus.ADOPTED, user_of)
        soon = today + timedelta(days=7)
        for threshold in (1.4, 1.5):
            make_version(ModelStatus.ADOPTED, user_of, cover_threshold=threshold, effective_from=soon)
        for status in (ModelStatus.PROPOSED, ModelStatus.DECLINED):
            make_version(status, user_of, cover_threshold=1.6)
        rows = client_of(PROPOSER).get("/operating-model/").context["rows"]
        assert [row.standing.label for row in rows] == [
            "Declined",
            "Proposed",
            "From Sun 29 Nov 2026",
            "Without effect",
            "In force",
            "Replaced",
        ]

    def test_takes_as_many_queries_for_one_version_as_for_four(self, today, client_of, user_of):
        client, counts = client_of(PROPOSER), []
        for threshold in (1.3, 1.4, 1.5):
            make_version(ModelStatus.DECLINED, user_of, cover_threshold=threshold)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                client.get("/operating-model/")
            counts.append(len(queries))
        assert len(set(counts)) == 1


class TestVersion:
    def test_shows_what_it_changes_first_and_then_all(self, today, client_of, user_of):
        model = propose(user_of, cover_threshold=1.3, creative_lock_days=28, scopes=(TOPS,))
        page = client_of(REVIEWER).get(f"/operating-model/{model.version}/").context["page"]
        assert [
            (found.meaning.field, found.where, found.before, found.after) for found in page.comparison.changes
        ] == [
            ("cover_threshold", "", "1.10×", "1.30×"),
            ("creative_lock_days", "", "21 days", "28 days"),
            ("cover_threshold", "Women > Tops in North", "1.10×", "1.25×"),
        ]
        assert sum(len(group.limits) for group in page.comparison.groups) == len(MEANINGS) + 1

    def test_offers_each_person_what_they_may_do(self, today, client_of, user_of):
        model = propose(user_of)
        address = f"/operating-model/{model.version}/"
        offered = {
            role: [move.name for move in client_of(role).get(address).context["page"].moves] for role in Role
        }
        assert {role: moves for role, moves in offered.items() if moves} == {
            Role.MARKETING_LEAD: ["withdraw"],
            Role.PLANNING_LEAD: ["review"],
            Role.MERCHANDISING_LEAD: ["review"],
            Role.EXECUTIVE: ["decline"],
        }

    def test_is_reviewed_and_adopted_from_its_page(self, today, client_of, user_of):
        model = propose(user_of)
        for role, step in ((REVIEWER, "review"), (ADOPTER, "adopt")):
            answer = client_of(role).post(f"/operating-model/{model.version}/{step}/", {"note": "Agreed"})
            assert answer.url == f"/operating-model/{model.version}/"
        assert OperatingModel.objects.in_force(today) == model
        stands = OperatingModel.objects.get(pk=model.pk)
        assert (stands.review_note, stands.decision_note) == ("Agreed", "Agreed")
        page = client_of(ADOPTER).get(f"/operating-model/{model.version}/").content.decode()
        assert "In force" in page
        assert "Decide on it" not in page

    def test_says_why_it_cannot_be_decided_now(self, today, client_of, user_of):
        model = make_version(ModelStatus.DECLINED, user_of)
        answer = client_of(ADOPTER).post(f"/operating-model/{model.version}/adopt/")
        assert [str(message) for message in get_messages(answer.wsgi_request)] == [
            f"Version {model.version} is declined: it cannot be adopted now."
        ]

    def test_of_the_proposer_is_reviewed_by_another(self, today, client_of, user_of):
        model = propose(user_of)
        assert client_of(PROPOSER).post(f"/operating-model/{model.version}/review/").status_code == 403

    def test_warns_of_what_it_would_undo(self, today, client_of, user_of):
        waits = propose(user_of, cover_threshold=1.3, scopes=(TOPS,))
        make_version(ModelStatus.ADOPTED, user_of, cover_threshold=1.4, media_lock_days=14)
        in_force = OperatingModel.objects.in_force(today)
        waits = OperatingModel.objects.get(pk=waits.pk)
        undone = what_it_would_undo(waits, in_force)
        assert [(found.meaning.field, found.before, found.after) for found in undone] == [
            ("media_lock_days", "14 days", "10 days")
        ]
        page = client_of(ADOPTER).get(f"/operating-model/{waits.version}/").content.decode()
        assert "What it would also undo" in page
        assert what_it_would_undo(in_force, in_force) == []

    def test_says_that_its_date_has_passed_or_is_taken(self, today, client_of, user_of):
        earlier = propose(user_of)
        later = make_version(ModelStatus.ADOPTED, user_of, cover_threshold=1.4)
        page = client_of(ADOPTER).get(f"/operating-model/{earlier.version}/").context["page"]
        assert (
            page.note
            == f"Version {later.version} is adopted for the same day and counts, being the later one."
        )

    def test_of_nobody_is_not_found(self, today, client_of):
        assert client_of(ADOPTER).get("/operating-model/99/").status_code == 404

    def test_takes_as_many_queries_for_many_scopes_as_for_one(self, today, client_of, user_of):
        client, counts = client_of(PROPOSER), []
        for regions in (["A"], ["A", "B", "C"]):
            scopes = tuple(ScopeLimits("", region, {Limit.WATCH_MARGIN: 0.3}) for region in regions)
            model = propose(user_of, scopes=scopes)
            with CaptureQueriesContext(connection) as queries:
                client.get(f"/operating-model/{model.version}/")
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestPropose:
    def test_begins_as_what_is_in_force(self, today, client_of, user_of, catalogue):
        make_version(ModelStatus.ADOPTED, user_of, scopes=(TOPS,), accepted_growth_tolerance=0.125)
        form = client_of(PROPOSER).get(PROPOSE).context["form"]
        assert form.facts["accepted_growth_tolerance"].value() == "12.5"
        assert form.facts["effective_from"].value() == today
        first, *blank = form.scopes
        assert [first[name].value() for name in ("category_path", "region", "cover_threshold")] == [
            "Women > Tops",
            "North",
            "1.25",
        ]
        assert not any(row["category_path"].value() for row in blank)

    def test_proposes_what_was_typed(self, today, client_of, catalogue):
        row = {
            "category_path": "dresses",
            "region": "North",
            "watch_margin": "0.2×",
            "lead_time_buffer_days": "7",
            "large_risk_amount": "$2,500",
            "accepted_growth_tolerance": "5%",
        }
        client = client_of(PROPOSER)
        data = typed(today, rows=[row, {}], large_risk_amount="$12,500.50", buy_service_level="97.5%")
        answer = client.post(PROPOSE, data)
        model = OperatingModel.objects.first()
        assert answer.url == f"/operating-model/{model.version}/"
        assert (float(model.large_risk_amount), model.buy_service_level) == (12500.5, 0.975)
        assert [ScopeLimits.of(scope) for scope in model.scopes.all()] == [
            ScopeLimits(
                "Women > Dresses",
                "North",
                {
                    Limit.WATCH_MARGIN: 0.2,
                    Limit.LEAD_TIME_BUFFER_DAYS: 7,
                    Limit.LARGE_RISK_AMOUNT: 2500,
                    Limit.ACCEPTED_GROWTH: 0.05,
                },
            )
        ]
        assert (model.note, model.status) == ("Fewer surprises", ModelStatus.PROPOSED)
        assert [
            (found.meaning.field, found.where, found.before, found.after)
            for found in compared(model, model.replaces).changes
            if found.where
        ] == [
            ("watch_margin", "Women > Dresses in North", "0.10×", "0.20×"),
            ("lead_time_buffer_days", "Women > Dresses in North", "0 days", "7 days"),
            ("large_risk_amount", "Women > Dresses in North", "$10,000", "$2,500"),
            ("accepted_growth_tolerance", "Women > Dresses in North", "10%", "5%"),
        ]

    @pytest.mark.parametrize(("changes", "field", "sentence"), WRONG_FACTS)
    def test_says_beside_each_field_what_is_wrong_and_keeps_the_rest(
        self, changes, field, sentence, today, client_of, catalogue
    ):
        data = typed(today, **{"watch_margin": "0.35", **changes})
        answer = client_of(PROPOSER).post(PROPOSE, data)
        form = answer.context["form"]
        assert form.facts.errors == {field: [sentence]}
        assert form.facts["watch_margin"].value() == "0.35"
        assert OperatingModel.objects.count() == 1

    @pytest.mark.parametrize(("row", "field", "sentence"), WRONG_ROWS)
    def test_says_beside_each_place_what_is_wrong(self, row, field, sentence, today, client_of, catalogue):
        answer = client_of(PROPOSER).post(PROPOSE, typed(today, rows=[{}, row]))
        _, second = answer.context["form"].scopes
        assert second.errors == {field: [sentence]}

    def test_refuses_a_place_twice(self, today, client_of, catalogue):
        row = {"region": "North", "cover_threshold": "1.3"}
        answer = client_of(PROPOSER).post(PROPOSE, typed(today, rows=[row, row]))
        first, second = answer.context["form"].scopes
        assert (first.errors, second.errors) == (
            {},
            {"category_path": ["This place stands in a row above: enter its limits there."]},
        )

    def test_refuses_a_version_that_changes_nothing(self, today, client_of, catalogue):
        answer = client_of(PROPOSER).post(PROPOSE, typed(today))
        assert answer.context["form"].facts.non_field_errors() == [
            "This is what version 1 says already. Change at least one limit."
        ]

    def test_asks_to_look_again_where_another_version_came_into_force(
        self, today, client_of, user_of, catalogue
    ):
        data = typed(today, cover_threshold="1.5")
        make_version(ModelStatus.ADOPTED, user_of)
        client = client_of(PROPOSER)
        answer = client.post(PROPOSE, data)
        form = answer.context["form"]
        assert "came into force while you were filling this in" in form.facts.non_field_errors()[0]
        assert form.facts["cover_threshold"].value() == "1.5"
        again = client.post(PROPOSE, data | {"replaces": form.facts["replaces"].value()})
        assert again.status_code == 302

    def test_adds_and_removes_rows_without_script(self, today, client_of, catalogue):
        rows = [{"region": "North", "cover_threshold": "x"}, {"category_path": "Tops"}]
        client = client_of(PROPOSER)
        more = client.post(PROPOSE, typed(today, rows=rows, add_rows="1", watch_margin="y")).context["form"]
        assert more.facts["watch_margin"].value() == "y"
        assert [row["category_path"].value() for row in more.scopes] == ["", "Tops", None, None]
        less = client.post(PROPOSE, typed(today, rows=rows, remove="0")).context["form"]
        assert [row["category_path"].value() for row in less.scopes] == ["Tops", None, None]

    @pytest.mark.parametrize("count", ["", "x", "-1", "99999999999"])
    def test_bears_a_broken_count_of_rows(self, count, today, client_of, catalogue):
        data = typed(today, add_rows="1") | {"scopes-TOTAL_FORMS": count}
        assert client_of(PROPOSER).post(PROPOSE, data).status_code == 200
