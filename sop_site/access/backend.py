"""Permissions from the literal role table, so that `user.has_perm` works as everywhere in Django."""

from django.contrib.auth.backends import ModelBackend

from sop_site.access.models import User
from sop_site.access.roles import PERMISSIONS_OF_ROLE


class RoleBackend(ModelBackend):
    """Signs people in by password and answers permissions from their roles alone."""

    def get_all_permissions(self, user_obj, obj=None) -> set[str]:
        if not isinstance(user_obj, User) or not user_obj.is_active or user_obj.role is None:
            return set()
        return set(PERMISSIONS_OF_ROLE[user_obj.role])

    def has_perm(self, user_obj, perm: str, obj=None) -> bool:
        return perm in self.get_all_permissions(user_obj)

    def has_module_perms(self, user_obj, app_label: str) -> bool:
        return any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions(user_obj))
