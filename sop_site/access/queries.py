"""Who holds a role, and who may do something."""

from collections.abc import Collection
from typing import Final

from django.db.models import QuerySet

from sop_site.access.models import User
from sop_site.access.roles import PERMISSIONS_OF_ROLE, Role

# To whose desk a matter goes that somebody in the role let lapse.
NEXT_ROLE: Final = {
    Role.MARKETING_MEMBER: Role.MARKETING_LEAD,
    Role.PLANNING_MEMBER: Role.PLANNING_LEAD,
    Role.MERCHANDISING_MEMBER: Role.MERCHANDISING_LEAD,
    Role.MARKETING_LEAD: Role.EXECUTIVE,
    Role.PLANNING_LEAD: Role.EXECUTIVE,
    Role.MERCHANDISING_LEAD: Role.EXECUTIVE,
}


def people_with_role(*roles: Role) -> QuerySet[User]:
    """Everyone who may sign in and holds one of ``roles``, in the order of their names."""
    return User.objects.filter(is_active=True, role_assignment__group__name__in=roles)


def people_who_may(permission: str) -> QuerySet[User]:
    """Everyone who may sign in and whose role has ``permission``, in the order of their names."""
    return people_with_role(*(role for role in Role if permission in PERMISSIONS_OF_ROLE[role]))


def next_in_line(user: User) -> QuerySet[User]:
    """Those to whom a matter passes that ``user`` let lapse: the head of their function, a head's executive.

    Nobody for an executive, and for those without a function.
    """
    following = NEXT_ROLE.get(user.role) if user.role is not None else None
    return people_with_role(following) if following is not None else User.objects.none()


def roles_held() -> set[Role]:
    """The roles that somebody holds who may sign in."""
    held = User.objects.filter(is_active=True, role_assignment__isnull=False).order_by()
    return {Role(slug) for slug in held.values_list("role_assignment__group__name", flat=True).distinct()}


def roles_in_line(role: str | None, steps: int, held: Collection[Role]) -> list[Role]:
    """The roles that a matter reaches in so many steps up from ``role``, up to one that nobody holds."""
    reached: list[Role] = []
    last = Role(role) if role is not None else None
    for _ in range(steps):
        last = NEXT_ROLE.get(last) if last is not None else None
        if last is None or last not in held:
            break
        reached.append(last)
    return reached
