"""Who is told of a version of the operating model: those who propose, review and adopt it."""

from collections.abc import Sequence

from django.urls import reverse

from sop_site.access.models import User
from sop_site.access.queries import people_with_role
from sop_site.access.roles import HEADS, Role
from sop_site.formats import short_date_year
from sop_site.notifications.choices import Kind
from sop_site.notifications.domain import notify
from sop_site.notifications.told import by_thing
from sop_site.operating_model.choices import ModelStatus
from sop_site.operating_model.models import OperatingModel


def tell_moved_on(model: OperatingModel, by: User, note: str) -> None:
    """Tell the heads and the executive where a version stands now."""
    status = ModelStatus(model.status).label.lower()
    notify(
        kind=Kind.MODEL_CHANGED,
        to=people_with_role(*sorted(HEADS), Role.EXECUTIVE),
        key=f"operating-model:{model.version}:{model.status}",
        title=f"Version {model.version} of the operating model is {status}",
        detail=f"To hold from {short_date_year(model.effective_from)}. {by}: {note}"[:500].removesuffix(": "),
        url=reverse("operating_model:version", args=[model.version]),
        by=by,
    )


def told_and_over(user: User, keys: Sequence[str]) -> set[str]:
    """Of the ``keys`` under which ``user`` was told, those of stages at which a version stands no more."""
    told = by_thing(keys, "operating-model")
    stages = dict(OperatingModel.objects.filter(version__in=told).values_list("version", "status"))
    return {
        one.key
        for version, of_version in told.items()
        for one in of_version
        if one.parts != (stages.get(version),)
    }
