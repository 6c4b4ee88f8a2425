"""A mail server, and people whom it can reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from sop_site.access.roles import Role
from sop_site.tests.notifications.post_office import PostOffice, open_post_office

if TYPE_CHECKING:
    from sop_site.access.models import User


@pytest.fixture
def post_office(settings) -> Iterator[PostOffice]:
    """The mail server that this site sends by."""
    with open_post_office() as office:
        settings.MAIL_HOST, settings.MAIL_PORT, settings.MAIL_SECURITY = "127.0.0.1", office.port, "none"
        settings.SITE_ADDRESS = "https://bridge.example.com"
        yield office


@pytest.fixture
def reachable(user_of) -> Callable[[Role], User]:
    """Makes a person of a role who has a mail address."""

    def make(role: Role) -> User:
        person: User = user_of(role)
        person.email = f"{role.value}@example.com"
        person.save()
        return person

    return make
