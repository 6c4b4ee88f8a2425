"""`manage.py load_demo`: the demo retailer and its people, generated and loaded if they are not there."""

from argparse import ArgumentParser
from pathlib import Path

import pghistory
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from planning.buying.calculation import calculate_buy_plan
from planning.consensus.domain.measuring import measure_accuracy
from sop_site.access.models import RoleAssignment, User
from sop_site.clock import today
from sop_site.demo.cadence import seed_cadence
from sop_site.demo.consensus import seed_consensus
from sop_site.demo.cover import COVER_WEEKS, adopt_cover
from sop_site.demo.generate import DEFAULT_SEED, generate_demo_retailer
from sop_site.demo.people import DEMO_PASSWORD, PEOPLE
from sop_site.demo.scorecard import seed_scorecard
from sop_site.feeds.models import RetailerLoad
from sop_site.operating_model.models import OperatingModel

FOLDER_NAME = "retailer"


class Command(BaseCommand):
    help = "Makes the demo accounts and loads the demo retailer, unless a retailer is loaded already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED)

    def handle(self, *, seed: int, **options: object) -> None:
        if not settings.DEMO_MODE:
            raise CommandError("The demo's passwords are public: load_demo works with DEMO_MODE=1 alone.")
        self._make_people()
        # A load is one transaction, so one that was cut off has left no row and is done again.
        if RetailerLoad.objects.exclude(finished_at=None).exists():
            self.stdout.write("A retailer is loaded already; it stays as it is.")
        else:
            self._adopt_cover()
            self._load_retailer(Path(settings.DATA_DIR) / FOLDER_NAME, seed)
            self._hold_consensus()
            self._take_scorecard()
            self._hold_meetings()
        self.stdout.write(f"Accounts (password {DEMO_PASSWORD}):")
        for person in PEOPLE:
            self.stdout.write(f"  {person.username:<22}{person.role.label}")

    @transaction.atomic
    def _make_people(self) -> None:
        with pghistory.context(user=None, note="The demo's people."):
            for person in PEOPLE:
                user, is_new = User.objects.get_or_create(
                    username=person.username,
                    defaults={
                        "first_name": person.first_name,
                        "last_name": person.last_name,
                        "job_title": person.job_title,
                    },
                )
                if is_new:
                    user.set_password(DEMO_PASSWORD)
                    user.save(update_fields=["password"])
                    RoleAssignment.objects.create(user=user, group=Group.objects.get(name=person.role.value))

    def _adopt_cover(self) -> None:
        """Once: a load that was cut off leaves it behind, and is done again."""
        if OperatingModel.objects.filter(target_cover_weeks=COVER_WEEKS).exists():
            return
        with pghistory.context(user=None, note="The demo's operating model."):
            adopt_cover(today=today())

    def _load_retailer(self, folder: Path, seed: int) -> None:
        self.stdout.write("Generating the demo retailer …")
        generate_demo_retailer(folder, today=timezone.localdate(), seed=seed)
        call_command("load_retailer", folder, shift_to_today=True, stdout=self.stdout, skip_checks=True)

    @transaction.atomic
    def _hold_consensus(self) -> None:
        self.stdout.write("Holding the months of consensus …")
        with pghistory.context(user=None, note="The demo's consensus."):
            seed_consensus(today=today())
            measure_accuracy(today=today())
            calculate_buy_plan(version=None, today=today())

    @transaction.atomic
    def _take_scorecard(self) -> None:
        self.stdout.write("Taking the scorecard of the past quarters …")
        with pghistory.context(user=None, note="The demo's scorecard."):
            seed_scorecard(today=today())

    @transaction.atomic
    def _hold_meetings(self) -> None:
        seed_cadence(today=today())
