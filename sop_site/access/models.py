"""People and the roles they hold."""

import pghistory
from django.contrib.auth.models import AbstractUser, Group
from django.db import models
from django.utils.functional import cached_property

from sop_site.access.roles import Role


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractUser):
    """A person who signs in. Roles are held through groups whose names are role slugs."""

    job_title = models.CharField(max_length=80, blank=True)

    groups = models.ManyToManyField(  # type: ignore[assignment]  # the stubs know only the default through
        Group, through="RoleAssignment", related_name="people", blank=True
    )

    class Meta:
        ordering = ["first_name", "last_name", "username"]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @cached_property
    def role(self) -> Role | None:
        """The role this person holds, asked of the database once; None before one is given."""
        slug = RoleAssignment.objects.filter(user=self).values_list("group__name", flat=True).first()
        return Role(slug) if slug is not None else None

    @property
    def role_label(self) -> str:
        """The title of the person's role, or "No role"."""
        return self.role.label if self.role is not None else "No role"


@pghistory.track()
class RoleAssignment(models.Model):
    """That a person holds a role: one at most, so that nobody signs for two sides."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="role_assignment")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="role_assignments")

    def __str__(self) -> str:
        return f"{self.user}: {Role(self.group.name).label}"
