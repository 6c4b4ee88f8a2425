"""Print docs/roles-and-states.md from the code: the role × action table and the states of each workflow."""

from collections.abc import Iterator

import pghistory.models
from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models
from django_fsm import FSMField

from sop_site.access.roles import ACTIONS, Role

HEAD = """# Roles and states

Printed from the code by `manage.py describe_process`; a test holds this file to it.

## Who may do what
"""


def roles_table() -> Iterator[str]:
    """The role × action table in Markdown."""
    yield "| Action | " + " | ".join(role.label for role in Role) + " |"
    yield "|---|" + ":-:|" * len(Role)
    for action in ACTIONS:
        marks = ("✓" if role in action.roles else "" for role in Role)
        yield f"| {action.label} | " + " | ".join(marks) + " |"


def states_of(model: type[models.Model], field: FSMField) -> Iterator[str]:
    """The transitions of one workflow as a Mermaid diagram."""
    name = str(model._meta.verbose_name)
    yield f"\n## States of {'an' if name[0] in 'aeiou' else 'a'} {name}\n"
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {field.default}"
    arrows = {
        (transition.source, transition.target, transition.name)
        for transition in field.get_all_transitions(model)
    }
    for source, target, name in sorted(arrows):
        yield f"    {source} --> {target}: {name.replace('_', ' ')}"
    yield "```"


def description() -> str:
    """The whole document."""
    lines = [HEAD, *roles_table()]
    told = [model for model in apps.get_models() if not issubclass(model, pghistory.models.Event)]
    for model in sorted(told, key=lambda model: model._meta.label):
        lines += [
            line
            for field in model._meta.concrete_fields
            if isinstance(field, FSMField)
            for line in states_of(model, field)
        ]
    return "\n".join(lines) + "\n"


class Command(BaseCommand):
    help = "Print docs/roles-and-states.md from the code."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(description(), ending="")
