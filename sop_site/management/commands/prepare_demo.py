"""Bring the database up to date and see to it that the demo retailer is in it."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from marketing.models import Product
from sop_site.access.models import User


class Command(BaseCommand):
    """Migrate; load the demo retailer where there is no retailer; name the demo accounts."""

    help = __doc__

    def handle(self, *args: object, **options: object) -> None:
        unfinished = Path(settings.DATA_DIR) / "demo-load-unfinished"
        if unfinished.exists():
            self.stdout.write("The last load of the demo retailer was cut off; clearing it")
            with connection.cursor() as cursor:
                cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        self.stdout.write("Bringing the database up to date")
        call_command("migrate", interactive=False, verbosity=0)
        if not Product.objects.exists():
            self.stdout.write("Loading the demo retailer (about a minute, the first time only)")
            unfinished.touch()
            call_command("load_demo", stdout=self.stdout)
        unfinished.unlink(missing_ok=True)
        self.stdout.write("Demo accounts, one button each on the sign-in page:")
        for person in User.objects.filter(is_active=True, role_assignment__isnull=False)[:12]:
            self.stdout.write(f"  {person.username:<24} {person.role_label:<24} {person}")
