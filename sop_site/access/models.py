"""People and the roles they hold."""

from typing import ClassVar

import pghistory
from django.contrib.auth.models import AbstractUser, Group
from django.db import models

from sop_site.access.roles import Role


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractUser):
    """A person who signs in. Roles are held through groups whose names are role slugs."""

    job_title = models.CharField(max_length=80, blank=True)

    groups: ClassVar[models.ManyToManyField] = models.ManyToManyField(
        Group, through="RoleAssignment", related_name="people", blank=True
    )

    class Meta:
        ordering = ["first_name", "last_name", "username"]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def roles(self) -> frozenset[Role]:
        """The roles this person holds; none for an inactive person."""
        if not hasattr(self, "_roles"):
            slugs = self.groups.values_list("name", flat=True) if self.is_active and self.pk else ()
            self._roles = frozenset(Role(slug) for slug in slugs)
        return self._roles

    @property
    def role_label(self) -> str:
        """The titles of the person's roles, in the table's order."""
        return ", ".join(role.label for role in Role if role in self.roles)


@pghistory.track()
class RoleAssignment(models.Model):
    """That a person holds a role."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_assignments")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="role_assignments")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "group"], name="role_held_once")]

    def __str__(self) -> str:
        return f"{self.user}: {Role(self.group.name).label}"
