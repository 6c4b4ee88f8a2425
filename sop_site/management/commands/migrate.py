"""`manage.py migrate`: Django's own, in a third of the time."""

import gc
from unittest.mock import patch

from django.core.management.commands import migrate
from django.db.migrations.state import ProjectState
from django.db.models.signals import class_prepared

_reload_model = ProjectState.reload_model


class Command(migrate.Command):
    """Nearly all of the time goes into the models of the past, which each migration makes anew.

    Each django-fsm field of theirs listens for every model made after it, to find transitions, and they have
    none. A changed relation makes anew all models that any chain of relations leads to, where only those next
    to it need that, as for any other field: Django makes the rest anew before it runs code of ours. And the
    garbage collector would look through all of them again and again.
    """

    def handle(self, *args: object, **options: object) -> None:
        collects = gc.isenabled()
        gc.disable()
        try:
            with (
                patch.object(class_prepared, "connect"),
                patch.object(ProjectState, "reload_model", _reload_nearest),
            ):
                super().handle(*args, **options)
        finally:
            if collects:
                gc.enable()


def _reload_nearest(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:
    _reload_model(state, app_label, model_name, delay=True)
