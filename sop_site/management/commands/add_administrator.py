"""`manage.py add_administrator NAME`: the first person of a new installation, who then adds the others."""

from argparse import ArgumentParser
from getpass import getpass

import pghistory
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from sop_site.access.models import RoleAssignment, User
from sop_site.access.roles import Role


class Command(BaseCommand):
    help = "Adds a person with the role Administrator and asks for the password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *, username: str, **options: object) -> None:
        if User.objects.filter(username=username).exists():
            raise CommandError(f"There is a person “{username}” already; give roles on the page People.")
        person = User(username=username)
        try:
            person.full_clean(exclude=["password"])
            password = getpass(f"Password for {username}: ")
            validate_password(password, person)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        person.set_password(password)
        with transaction.atomic(), pghistory.context(user=None, note="The first administrator."):
            person.save()
            group = Group.objects.get(name=Role.ADMINISTRATOR.value)
            RoleAssignment.objects.create(user=person, group=group)
        self.stdout.write(f"{username} is an administrator and may sign in.")
