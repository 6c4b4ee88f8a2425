"""After any edits, what is stored is what a calculation from nothing finds."""

from datetime import timedelta

import pytest

from marketing.catalogue.models import Door
from marketing.tests.factories import TODAY, make_campaign
from planning.risk.choices import RunScope
from planning.risk.domain import recalculate, recalculate_all
from planning.tests.risk.cases import Network, row_versions
from sop_site.access.roles import Role
from sop_site.changes import mark_changed
from sop_site.changes.models import ChangedSku
from sop_site.faults.edits import Editor
from sop_site.faults.verdict import Moment, judge

pytestmark = pytest.mark.django_db


def recalculate_what_waits() -> None:
    recalculate(
        product_ids=list(ChangedSku.objects.values_list("product_id", flat=True)), scope=RunScope.EDIT
    )


@pytest.mark.parametrize("seed", range(4))
def test_edits_and_their_recalculations_end_where_a_fresh_one_does(today, user_of, seed):
    network = Network.make()
    products = [network.make_sku(f"SKU-{number}", at_dc=150.0) for number in range(4)]
    make_campaign(products=products[:3], doors=network.doors)
    make_campaign(products=products[1:], doors=network.doors[:1], starts_on=TODAY + timedelta(days=45))
    make_campaign(products=products, doors=network.doors, starts_on=TODAY + timedelta(days=10))
    recalculate_all(scope=RunScope.NIGHTLY)
    editor = Editor(f"Editor {seed}", {role: user_of(role) for role in Role}, open_campaigns=3)
    for number in range(60):
        editor.edit()
        if number % 3 == 0:
            recalculate_what_waits()
    # Concerns every SKU; not among the dice, because it is final.
    Door.objects.filter(pk=network.doors[-1].pk).update(closed_on=TODAY + timedelta(days=30))
    mark_changed(product.pk for product in products)
    recalculate_what_waits()

    versions = row_versions()
    recalculate_all(scope=RunScope.NIGHTLY)
    assert row_versions() == versions
    verdict = judge(decided=editor.decided, since=Moment(0, 0), runs_were_cut_off=False)
    assert (verdict.lost, verdict.doubled, verdict.stale) == ([], [], [])
    assert editor.made > 40
