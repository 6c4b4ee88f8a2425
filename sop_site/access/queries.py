"""Who holds a role, and who may do something."""

from django.db.models import QuerySet

from sop_site.access.models import User
from sop_site.access.roles import PERMISSIONS_OF_ROLE, Role


def people_with_role(*roles: Role) -> QuerySet[User]:
    """Everyone who may sign in and holds one of ``roles``, in the order of their names."""
    return User.objects.filter(is_active=True, role_assignment__group__name__in=roles)


def people_who_may(permission: str) -> QuerySet[User]:
    """Everyone who may sign in and whose role has ``permission``, in the order of their names."""
    return people_with_role(*(role for role in Role if permission in PERMISSIONS_OF_ROLE[role]))
