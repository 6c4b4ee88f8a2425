"""After a test that commits, the database is what the migrations made it."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection

from sop_site.access.models import User
from sop_site.access.roles import Role
from sop_site.tests import first_rows
from sop_site.tests.first_rows import filled, put_first_rows_back, tables

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def rows() -> dict[str, list[tuple]]:
    """Every row of every table that holds one."""
    found = {}
    for name in filled(list(tables())):
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{name}" AS row ORDER BY row::text')
            found[name] = cursor.fetchall()
    return found


@pytest.mark.parametrize("large_bytes", [first_rows.LARGE_BYTES, 0])
def test_what_was_added_changed_and_deleted_is_undone(large_bytes, user_of, monkeypatch):
    monkeypatch.setattr(first_rows, "LARGE_BYTES", large_bytes)
    put_first_rows_back()
    before = rows()
    user_of(Role.EXECUTIVE)
    Group.objects.filter(name=Role.PLANNING_LEAD.value).update(name="nobody")
    Permission.objects.all().delete()

    put_first_rows_back()

    assert rows() == before
    assert not User.objects.exists()
    assert set(Group.objects.values_list("name", flat=True)) >= {role.value for role in Role}
