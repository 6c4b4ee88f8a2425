"""After any edits, what is stored is what a calculation from nothing finds."""

from datetime import timedelta
from random import Random

import pytest

from marketing.tests.factories import TODAY, make_campaign
from planning.risk.choices import RunScope
from planning.risk.domain import recalculate, recalculate_all
from planning.risk.models import Flag, FlagEvent
from planning.tests.risk.cases import Network, row_versions, stored
from planning.tests.risk.edits import Editor
from sop_site.changes.models import ChangedSku

pytestmark = pytest.mark.django_db
OPENING, CLOSING = ("opened", "reopened"), ("cleared",)


def recalculate_what_waits() -> None:
    recalculate(
        product_ids=list(ChangedSku.objects.values_list("product_id", flat=True)), scope=RunScope.EDIT
    )


@pytest.mark.parametrize("seed", range(4))
def test_edits_and_their_recalculations_end_where_a_fresh_one_does(today, seed):
    network = Network.make()
    products = [network.make_sku(f"SKU-{number}", at_dc=150.0) for number in range(4)]
    campaigns = [
        make_campaign(products=products[:3], doors=network.doors),
        make_campaign(products=products[1:], doors=network.doors[:1], starts_on=TODAY + timedelta(days=45)),
        make_campaign(products=products, doors=network.doors, starts_on=TODAY + timedelta(days=10)),
    ]
    recalculate_all(scope=RunScope.NIGHTLY)
    editor = Editor(network, products, campaigns, Random(seed))
    for number in range(40):
        editor.edit()
        if number % 3 == 0:
            recalculate_what_waits()
    editor.close_a_door()
    recalculate_what_waits()

    after_edits, versions = stored(), row_versions()
    recalculate_all(scope=RunScope.NIGHTLY)
    assert row_versions() == versions
    for flag in Flag.objects.live():
        told = [
            event.kind in OPENING for event in flag.events.order_by("pk") if event.kind in OPENING + CLOSING
        ]
        assert told == [place % 2 == 0 for place in range(len(told))]
        assert flag.risk_state.needs_decision == (bool(told) and told[-1])
    FlagEvent.objects.all().delete()
    Flag.objects.all().delete()
    recalculate_all(scope=RunScope.NIGHTLY)
    assert stored() == after_edits
