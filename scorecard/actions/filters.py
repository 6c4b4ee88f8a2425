"""What a list of actions can be narrowed to."""

from typing import Any, cast

import django_filters
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from scorecard.about.choices import AboutKind
from scorecard.actions.choices import Priority
from scorecard.actions.models import Action, ActionQuerySet
from sop_site.access.models import User


def _owners(request: object) -> QuerySet[User]:
    owns = Action.objects.filter(owner=OuterRef("pk"))
    return User.objects.filter(Exists(owns)).order_by("first_name", "last_name", "username")


def _meetings(request: object) -> QuerySet[Any]:
    """Those that gave actions, the newest first; known by the relation, since they stand to the right."""
    points = cast(type[models.Model], Action._meta.get_field("points").related_model)
    meetings = cast(type[models.Model], points._meta.get_field("meeting").related_model)
    gave = points._default_manager.filter(meeting=OuterRef("pk"), actions__isnull=False)
    return meetings._default_manager.filter(Exists(gave)).select_related("series").order_by("-starts_at")


class ActionFilter(django_filters.FilterSet):
    """By words, owner, priority, the meeting in which it was given, and what it is about."""

    q = django_filters.CharFilter(method="by_text", label="What is to be done")
    owner = django_filters.ModelChoiceFilter(queryset=_owners, empty_label="Anybody", label="Owner")
    priority = django_filters.ChoiceFilter(choices=Priority.choices, empty_label="Any", label="Priority")
    meeting = django_filters.ModelChoiceFilter(
        queryset=_meetings, method="of_meeting", empty_label="Any or none", label="Given in"
    )
    about = django_filters.ChoiceFilter(
        field_name="about_kind", choices=AboutKind.choices, empty_label="Anything", label="About"
    )

    class Meta:
        model = Action
        fields = ["q", "owner", "priority", "meeting", "about"]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is asked for; what the address says in vain does not count."""
        self.form.is_valid()
        return any(self.form.cleaned_data.values())

    def by_text(self, actions: ActionQuerySet, name: str, text: str) -> ActionQuerySet:
        """Actions of which title and detail hold every word."""
        for word in text.replace("\x00", "").split():
            actions = actions.filter(Q(title__icontains=word) | Q(detail__icontains=word))
        return actions

    def of_meeting(self, actions: ActionQuerySet, name: str, meeting: Any) -> ActionQuerySet:
        """Those that were given in the meeting."""
        return actions.filter(pk__in=meeting.points.values("actions"))
