"""The worker is killed while it makes a pre-read: people are told, and may ask again."""

import pytest
from django.db import transaction
from django.urls import reverse

from planning.tests.waiting import someone_waits_for_us, until
from scorecard.reviews import domain
from scorecard.reviews.models import PreRead
from scorecard.reviews.periods import review_of
from scorecard.reviews.pre_reads import pre_read_standing
from scorecard.tests.reviews.cases import DAY_AFTER, Q3, make_quarters
from sop_site.access.roles import Role
from sop_site.clock import set_today
from sop_site.paper.standing import SILENT_AFTER, PaperState

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_a_kill_in_the_middle_is_told_and_it_can_be_asked_for_again(today, start_worker, user_of, client_of):
    make_quarters()
    set_today(DAY_AFTER)
    person = user_of(Role.PLANNING_MEMBER)
    worker = start_worker("killed")
    cut_off = domain.ask_pre_read(period=Q3, by=person)
    with transaction.atomic():
        PreRead.objects.select_for_update().get(pk=cut_off.pk)
        until(someone_waits_for_us, seconds=20, what="the worker has it in hand")
        worker.kill()
    PreRead.objects.update(asked_at=cut_off.asked_at - SILENT_AFTER)
    page = client_of(Role.PLANNING_MEMBER).get(reverse("reviews:detail", args=[2026, 3]))
    assert "the worker was ended meanwhile" in page.content.decode()
    start_worker("other")
    again = domain.ask_pre_read(period=Q3, by=person)
    until(lambda: PreRead.objects.get(pk=again.pk).made_at, seconds=20, what="it is made")
    standing = pre_read_standing(review_of(Q3))
    assert (standing.made, standing.state) == (again, PaperState.MADE)
