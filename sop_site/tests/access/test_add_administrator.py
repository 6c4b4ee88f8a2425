"""The first person of a new installation."""

import pytest
from django.core.management import CommandError, call_command

from sop_site.access.models import User
from sop_site.access.roles import Role
from sop_site.management.commands import add_administrator

pytestmark = pytest.mark.django_db


def answer(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    """Stand in for the person at the keyboard."""
    monkeypatch.setattr(add_administrator, "getpass", lambda prompt: password)


def test_the_administrator_signs_in_and_manages_people(client, monkeypatch) -> None:
    answer(monkeypatch, "a-long-and-rare-one")

    call_command("add_administrator", "ada")

    assert User.objects.get(username="ada").role == Role.ADMINISTRATOR
    assert client.login(username="ada", password="a-long-and-rare-one")
    assert client.get("/people/").status_code == 200


def test_a_weak_password_and_a_known_name_are_refused(monkeypatch) -> None:
    answer(monkeypatch, "short")
    with pytest.raises(CommandError, match="too short"):
        call_command("add_administrator", "ada")
    assert not User.objects.exists()

    answer(monkeypatch, "a-long-and-rare-one")
    call_command("add_administrator", "ada")
    with pytest.raises(CommandError, match="already"):
        call_command("add_administrator", "ada")
