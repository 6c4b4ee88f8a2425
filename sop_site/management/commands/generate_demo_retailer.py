"""`manage.py generate_demo_retailer DIR`: the demo retailer as a folder of CSV files."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sop_site.demo.build import DEFAULT_SEED
from sop_site.demo.generate import generate_demo_retailer
from sop_site.management.arguments import day_of


class Command(BaseCommand):
    help = "Writes the demo retailer, generated from a seed, into a folder that load_retailer can load."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
        parser.add_argument(
            "--today",
            type=day_of,
            metavar="DATE",
            help="YYYY-MM-DD; the wall clock's date otherwise",
        )

    def handle(self, *, folder: Path, seed: int, today: date | None, **options: object) -> None:
        if folder.exists() and not folder.is_dir():
            raise CommandError(f"{folder} is a file, not a folder.")
        rows = generate_demo_retailer(folder, today=today or timezone.localdate(), seed=seed)
        for name, count in rows.items():
            self.stdout.write(f"{name}: {count:,} rows")
