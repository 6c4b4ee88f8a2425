"""The lists of actions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import django_tables2 as tables

from scorecard.actions.models import Action, ActionQuerySet
from scorecard.actions.queries import ActionRow, Which, open_blockers_of, rows_of
from sop_site.access.models import User

CELLS: Final = "scorecard/actions/cells"


@dataclass(frozen=True, slots=True)
class ListedAction:
    """An action as it stands, with what it waits for."""

    row: ActionRow
    waits_for: list[Action]


class ListedColumn(tables.TemplateColumn):
    """A cell whose template gets as ``value`` how the action of its row stands."""

    def render(self, record: Action, table: Any, value: Any, bound_column: Any, **others: Any) -> str:
        """The template, with the action as the table's reader sees it."""
        rendered: str = super().render(record, table, table.listed[record.pk], bound_column, **others)
        return rendered


class ActionTable(tables.Table):
    """Actions in the order of their list, until somebody sorts them otherwise."""

    caption = "Actions"
    choose = ListedColumn(
        template_name=f"{CELLS}/_choose.html",
        orderable=False,
        empty_values=(),
        attrs={"th": {"class": "choose"}, "td": {"class": "choose"}},
    )
    title = ListedColumn(
        template_name=f"{CELLS}/_action.html", verbose_name="Action", order_by=("title", "pk")
    )
    owner = ListedColumn(
        template_name=f"{CELLS}/_owner.html",
        order_by=("owner__first_name", "owner__last_name", "owner__username", "due_on", "pk"),
    )
    due_on = ListedColumn(
        template_name=f"{CELLS}/_due.html", verbose_name="Due", order_by=("due_on", "priority", "pk")
    )
    closed_at = ListedColumn(
        template_name=f"{CELLS}/_closed.html", verbose_name="Closed", order_by=("closed_at", "pk")
    )
    priority = tables.Column(order_by=("priority", "due_on", "pk"))
    status = ListedColumn(
        template_name=f"{CELLS}/_state.html", verbose_name="State", order_by=("status", "due_on", "pk")
    )

    class Meta:
        model = Action
        fields = ("choose", "title", "owner", "due_on", "closed_at", "priority", "status")

    def __init__(
        self, actions: ActionQuerySet, *, which: Which, user: User, day: date, may_choose: bool
    ) -> None:
        is_closed = which == Which.CLOSED
        left_out = ["due_on" if is_closed else "closed_at", *([] if may_choose else ["choose"])]
        super().__init__(actions, exclude=left_out)
        self.user, self.day = user, day

    @cached_property
    def listed(self) -> Mapping[int, ListedAction]:
        """The actions of the page by their ids, read in a number of queries that does not grow."""
        actions = [row.record for row in self.paginated_rows]
        waits_for = open_blockers_of(actions)
        rows = rows_of(actions, self.user, self.day)
        return {row.action.pk: ListedAction(row, waits_for.get(row.action.pk, [])) for row in rows}
