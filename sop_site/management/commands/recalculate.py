"""`manage.py recalculate [--all]`: recalculate here and now, without a worker."""

from argparse import ArgumentParser
from time import monotonic

from django.core.management.base import BaseCommand

from planning.risk.choices import RunScope
from planning.risk.domain import recalculate, recalculate_all
from sop_site.changes.models import ChangedSku


class Command(BaseCommand):
    help = "Recalculates the SKUs that wait, or with --all every SKU, in this process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", dest="everything", help="every SKU")

    def handle(self, *, everything: bool, **options: object) -> None:
        began = monotonic()
        if everything:
            run = recalculate_all(scope=RunScope.NIGHTLY)
        else:
            waiting = list(ChangedSku.objects.values_list("product_id", flat=True))
            run = recalculate(product_ids=waiting, scope=RunScope.SWEEP)
        if run is None:
            self.stdout.write("No SKU waits.")
            return
        self.stdout.write(
            f"{run.sku_count:,} SKUs in {monotonic() - began:.1f} s: {run.opened_count} flags opened, "
            f"{run.worsened_count} worsened, {run.eased_count} eased, {run.cleared_count} cleared."
        )
