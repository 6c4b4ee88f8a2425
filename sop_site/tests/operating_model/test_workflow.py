"""A version from its proposal to its adoption: every stage × step × role, and what can never be."""

from datetime import timedelta

import pghistory
import pytest
from django.db import DatabaseError, transaction

from planning.tests.messages import taken_from
from planning.tests.waiting import someone_waits_for_us, threads, until
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import HEADS, Role
from sop_site.clock import set_today
from sop_site.operating_model import domain
from sop_site.operating_model.choices import ModelStatus as Status
from sop_site.operating_model.domain import RECALCULATE_TASK, ScopeLimits
from sop_site.operating_model.limits import Limit
from sop_site.operating_model.models import OperatingModel
from sop_site.operating_model.queries import history_of
from sop_site.tests.operating_model.cases import ADOPTER, PROPOSER, REVIEWER, make_version, propose

EXECUTIVES = frozenset({Role.EXECUTIVE})
TOPS = ScopeLimits("Women > Tops", "North", {Limit.COVER_THRESHOLD: 1.25})
STEPS = {
    "review": domain.review_operating_model,
    "adopt": domain.adopt_operating_model,
    "decline": domain.decline_operating_model,
    "withdraw": domain.withdraw_operating_model,
}
# Of what the CMO proposed: (step, from this stage) → (to that stage, roles that may). All else is not now.
ALLOWED = {
    ("review", Status.PROPOSED): (Status.REVIEWED, HEADS - {PROPOSER}),
    ("adopt", Status.REVIEWED): (Status.ADOPTED, EXECUTIVES),
    ("decline", Status.PROPOSED): (Status.DECLINED, EXECUTIVES),
    ("decline", Status.REVIEWED): (Status.DECLINED, EXECUTIVES),
    ("withdraw", Status.PROPOSED): (Status.WITHDRAWN, {PROPOSER}),
    ("withdraw", Status.REVIEWED): (Status.WITHDRAWN, {PROPOSER}),
}


@pytest.mark.parametrize("status", list(Status))
def test_every_step_at_every_stage_by_every_role(status, today, user_of):
    model = make_version(status, user_of)
    found, expected = {}, {}
    for step, do in STEPS.items():
        target, roles = ALLOWED.get((step, status), (None, frozenset()))
        for role in Role:
            before = transaction.savepoint()
            try:
                found[step, role] = do(model=model, by=user_of(role), note="because").status
            except (NotNow, NotAllowed) as refusal:
                found[step, role] = type(refusal)
            transaction.savepoint_rollback(before)
            allowed = target if role in roles else NotAllowed
            expected[step, role] = NotNow if target is None else allowed
    assert found == expected


@pytest.mark.parametrize("status", list(Status))
def test_the_moves_on_offer_are_those_of_the_table(status, today, user_of):
    model = make_version(status, user_of)
    for role in Role:
        offered = {found.name for found in model.get_available_user_status_transitions(user_of(role))}
        assert offered == {
            step for (step, source), (_, roles) in ALLOWED.items() if source == status and role in roles
        }


@pytest.mark.parametrize("role", list(Role))
def test_heads_and_the_executive_propose(role, today, user_of):
    if role in HEADS | EXECUTIVES:
        assert propose(user_of, by=role).proposed_by == user_of(role)
    else:
        with pytest.raises(NotAllowed):
            propose(user_of, by=role)


class TestProposing:
    def test_begins_as_what_is_in_force_and_says_the_rest(self, today, user_of):
        first = OperatingModel.objects.get()
        model = propose(user_of, cover_threshold=1.3, scopes=(TOPS,))
        assert (model.version, model.replaces, model.status) == (first.version + 1, first, Status.PROPOSED)
        assert (model.cover_threshold, model.watch_margin) == (1.3, first.watch_margin)
        assert [ScopeLimits.of(scope) for scope in model.scopes.all()] == [TOPS]
        assert model.proposed_at is not None
        assert OperatingModel.objects.in_force(today) == first

    def test_is_refused_for_a_day_that_has_passed(self, today, user_of):
        with pytest.raises(NotNow, match=r"Sat 21 Nov 2026 has passed\."):
            propose(user_of, effective_from=today - timedelta(days=1))

    def test_is_refused_where_it_changes_nothing(self, today, user_of):
        stands = make_version(Status.ADOPTED, user_of, scopes=(TOPS,))
        with pytest.raises(NotNow, match=f"version {stands.version} says already"):
            propose(user_of, cover_threshold=stands.cover_threshold, scopes=(TOPS,))
        assert propose(user_of, cover_threshold=stands.cover_threshold).replaces == stands


class TestAdoption:
    def test_brings_it_into_force_on_its_day(self, today, user_of):
        first, day = OperatingModel.objects.get(), today + timedelta(days=14)
        model = make_version(Status.ADOPTED, user_of, effective_from=day, scopes=(TOPS,))
        assert (model.decided_by, model.reviewed_by) == (user_of(ADOPTER), user_of(REVIEWER))
        assert OperatingModel.objects.in_force(day - timedelta(days=1)) == first
        assert OperatingModel.objects.in_force(day) == model

    def test_of_one_whose_day_has_passed_is_from_today_on(self, today, user_of):
        model = make_version(Status.REVIEWED, user_of)
        set_today(today + timedelta(days=3))
        adopted = domain.adopt_operating_model(model=model, by=user_of(ADOPTER))
        assert adopted.effective_from == today + timedelta(days=3)
        assert OperatingModel.objects.in_force(today) == model.replaces

    def test_of_two_for_one_day_the_later_version_counts(self, today, user_of):
        earlier = make_version(Status.REVIEWED, user_of)
        later = make_version(Status.ADOPTED, user_of, cover_threshold=1.4)
        domain.adopt_operating_model(model=earlier, by=user_of(ADOPTER))
        assert OperatingModel.objects.in_force(today) == later

    def test_has_everything_recalculated_when_it_is_in_force_at_once(
        self, today, user_of, django_capture_on_commit_callbacks
    ):
        taken_from("recalculation")
        sent = []
        for facts in ({}, {"cover_threshold": 1.4, "effective_from": today + timedelta(days=7)}):
            with django_capture_on_commit_callbacks(execute=True):
                make_version(Status.ADOPTED, user_of, **facts)
            sent.append([message.task for message in taken_from("recalculation")])
        assert sent == [[RECALCULATE_TASK], []]

    def test_keeps_the_history_of_who_and_why(self, today, user_of):
        with pghistory.context():
            proposed = propose(user_of, scopes=(TOPS,))
        with pghistory.context():
            domain.decline_operating_model(model=proposed, by=user_of(ADOPTER), note="Too many flags")
        # One transaction, as this test is, has one time for all of it.
        assert {(entry.by, entry.kind, entry.note) for entry in history_of(proposed)} == {
            (str(user_of(ADOPTER)), "changed", "Too many flags"),
            (str(user_of(PROPOSER)), "added", "Fewer surprises"),
        }
        assert {entry.subject for entry in history_of(proposed.replaces)} == {str(proposed.replaces.version)}


class TestAdoptedVersions:
    @pytest.fixture
    def model(self, today, user_of) -> OperatingModel:
        return make_version(Status.ADOPTED, user_of, scopes=(TOPS,))

    @pytest.mark.parametrize(
        "change",
        [
            lambda model: OperatingModel.objects.filter(pk=model.pk).update(cover_threshold=2),
            lambda model: OperatingModel.objects.filter(pk=model.pk).update(status=Status.PROPOSED),
            lambda model: OperatingModel.objects.filter(pk=model.pk).delete(),
            lambda model: model.scopes.update(cover_threshold=2),
            lambda model: model.scopes.all().delete(),
            lambda model: model.scopes.create(region="South", cover_threshold=2),
        ],
        ids=["limit", "status", "deletion", "scope", "scope taken away", "scope added"],
    )
    def test_never_change(self, model, change):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            change(model)
        assert [ScopeLimits.of(scope) for scope in OperatingModel.objects.get(pk=model.pk).scopes.all()] == [
            TOPS
        ]

    def test_take_no_scope_of_a_proposal(self, model, user_of):
        scope = propose(user_of, cover_threshold=1.5).scopes.create(region="South", cover_threshold=2)
        scope.model = model
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            scope.save()
        assert scope.delete()[0] == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestRaces:
    """Two people at once: the second waits for the first, and then sees what became of it."""

    def test_two_proposals_at_once_have_a_number_each(self, today, user_of):
        first = OperatingModel.objects.get().version
        user_of(ADOPTER)
        with threads(1) as start:
            with transaction.atomic():
                mine = propose(user_of)
                theirs = start(propose, user_of, by=ADOPTER)
                until(someone_waits_for_us, seconds=10, what="the other proposal waits")
            assert (mine.version, theirs.result().version) == (first + 1, first + 2)

    @pytest.mark.parametrize(
        ("step", "other"), [("adopt", "decline"), ("decline", "adopt"), ("adopt", "adopt")]
    )
    def test_of_two_decisions_at_once_the_second_is_not_now(self, step, other, today, user_of):
        model, person = make_version(Status.REVIEWED, user_of), user_of(ADOPTER)
        with threads(1) as start:
            with transaction.atomic():
                mine = STEPS[step](model=model, by=person)
                theirs = start(STEPS[other], model=model, by=person)
                until(someone_waits_for_us, seconds=10, what="the other decision waits")
            with pytest.raises(NotNow):
                theirs.result()
        assert OperatingModel.objects.get(pk=model.pk).status == mine.status
