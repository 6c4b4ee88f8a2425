"""Writing people and their roles."""

from django.contrib.auth.models import Group
from django.db import transaction

from sop_site.access.models import RoleAssignment, User
from sop_site.access.permissions import NotNow, require
from sop_site.access.roles import Role
from sop_site.history import note_change


@transaction.atomic
def add_person(*, user: User, role: Role, password: str, by: User) -> User:
    """Save a new person with a role and a first password. Raises NotAllowed unless ``by`` manages people."""
    require(by, "sop_site.manage_people")
    note_change(by=by)
    user.set_password(password)
    user.save()
    RoleAssignment.objects.create(user=user, group=Group.objects.get(name=role.value))
    return user


@transaction.atomic
def change_person(*, user: User, role: Role, by: User) -> User:
    """Save a person's facts and role.

    Raises NotNow where that would leave Bridge without an active administrator. The rows of the other
    administrators are locked first, so that two of them cannot remove each other at the same time.
    """
    require(by, "sop_site.manage_people")
    note_change(by=by)
    administrators = set(
        RoleAssignment.objects.select_for_update(of=("self",), no_key=True)
        .filter(group__name=Role.ADMINISTRATOR, user__is_active=True)
        .order_by("pk")
        .values_list("user_id", flat=True)
    )
    stays_administrator = role == Role.ADMINISTRATOR and user.is_active
    if not stays_administrator and administrators == {user.pk}:
        raise NotNow("This is the only administrator. Give someone else that role first.")
    user.save()
    group = Group.objects.get(name=role.value)
    assignment, created = RoleAssignment.objects.get_or_create(user=user, defaults={"group": group})
    if not created and assignment.group_id != group.pk:
        assignment.group = group
        assignment.save()
    return user
