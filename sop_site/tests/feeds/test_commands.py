"""The clock and the demo, by their commands; that the demo loads stands with its pictures."""

from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from sop_site import clock
from sop_site.access.roles import Role
from sop_site.demo.people import PEOPLE

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    said = StringIO()
    call_command(*arguments, stdout=said, skip_checks=True)
    return said.getvalue()


def test_the_clock_is_held_and_let_go():
    assert "FY10 W41" in run("set_clock", "2010-11-10")
    assert clock.today() == date(2010, 11, 10)

    with time_machine.travel("2026-11-22 10:00Z", tick=False):
        assert "follows the wall clock" in run("set_clock", "--wall")
        assert clock.today() == date(2026, 11, 22)


def test_the_clock_needs_a_date_or_the_wall():
    with pytest.raises(CommandError):
        run("set_clock")


@pytest.mark.parametrize("arguments", [("set_clock", "22.11.2026"), ("load_retailer", ".", "--as-of=soon")])
def test_a_day_that_is_none_is_told_in_a_sentence(arguments):
    with pytest.raises(CommandError, match="is not a date; write it as 2026-11-22"):
        run(*arguments)


def test_the_demo_is_only_for_demo_mode(settings):
    settings.DEMO_MODE = False

    with pytest.raises(CommandError, match="DEMO_MODE"):
        run("load_demo")


def test_every_role_has_someone_in_the_demo():
    assert {person.role for person in PEOPLE} == set(Role)
    assert len({person.username for person in PEOPLE}) == len(PEOPLE)
