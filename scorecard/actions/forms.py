"""Forms of action items."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, Final

from django import forms

from planning.consensus.choices import FUNCTIONS
from scorecard.about.about import About, Thing, ids_of
from scorecard.about.choices import AboutKind
from scorecard.about.fields import ThingField
from scorecard.actions.choices import OPEN_STATUSES, ConditionKind, Priority
from scorecard.actions.conditions import Condition
from scorecard.actions.domain import Changes
from scorecard.actions.models import Action
from sop_site.access.models import User
from sop_site.access.queries import people_who_may
from sop_site.formats import short_date
from sop_site.forms import DateField, NoteForm, TextField
from sop_site.working_days import add_working_days

# A date that is offered where nobody has named one.
USUAL_WORKING_DAYS: Final = 5
# What is further off is no action item, or a slip of the keyboard.
LONGEST: Final = timedelta(days=730)
# What closes an action about a thing by itself.
CLOSED_BY: Final = {
    AboutKind.FLAG: ConditionKind.FLAG_CLEARED,
    AboutKind.CAMPAIGN: ConditionKind.CAMPAIGN_CLEARED,
    AboutKind.RECEIPT: ConditionKind.RECEIPT_LANDED,
}
# What may close an action, in words.
Offered = tuple[Condition, str]


def due_day(day: date, today: date, standing: date | None = None) -> date:
    """The date of an action, as it was entered; raises ValidationError for one that has passed, unless it
    stood so before, and for one more than two years off."""
    if day != standing and day < today:
        raise forms.ValidationError("That day has passed.")
    if day > today + LONGEST:
        raise forms.ValidationError("That is more than two years off.")
    return day


class OwnerField(forms.ModelChoiceField):
    """Somebody who works on action items."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            queryset=people_who_may("scorecard.work_on_actions"),
            label=options.pop("label", "Owner"),
            empty_label=options.pop("empty_label", "Choose who does it"),
            error_messages={"required": "Say who does it.", "invalid_choice": "Choose somebody of the list."},
            **options,
        )

    def label_from_instance(self, person: User) -> str:
        """The person with what they are."""
        return f"{person}, {person.job_title}" if person.job_title else str(person)


class ActionForm(forms.Form):
    """What is to be done, by whom, until when; and what closes it, where the data can say so."""

    title = forms.CharField(
        label="What is to be done", max_length=200, error_messages={"required": "Say what is to be done."}
    )
    owner = OwnerField()
    due_on = DateField(label="Until")
    priority = forms.TypedChoiceField(
        label="Priority", choices=Priority.choices, coerce=lambda value: Priority(int(value))
    )
    condition = forms.ChoiceField(label="It is done when", required=False)
    detail = TextField(
        label="Detail (optional)", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(
        self,
        data: Any = None,
        *,
        today: date,
        about: About | None = None,
        things: Sequence[Thing] = (),
        conditions: Sequence[Offered] = (),
        initial: dict[str, Any] | None = None,
        prefix: str | None = None,
    ) -> None:
        self.today, self.standing_due_on = today, (initial or {}).get("due_on")
        usual = {"due_on": add_working_days(today, USUAL_WORKING_DAYS), "priority": Priority.NORMAL}
        super().__init__(data, initial=usual | (initial or {}), prefix=prefix)
        self.about, self.closed_by = about or About(), Condition()
        if things:
            self.fields["about"] = ThingField(things)
            self.order_fields(["title", "owner", "due_on", "priority", "about"])
        # What closes it by the thing that is chosen has no key until one is.
        kinds = {thing.kind for thing, _ in things}
        by_choice = [closed_by for kind, closed_by in CLOSED_BY.items() if kind in kinds]
        self.conditions = [
            *(one for one in conditions_about(self.about) if one[0].kind not in by_choice),
            *conditions,
            *((Condition(kind), f"{kind.label}: the one under About") for kind in by_choice),
        ]
        if self.conditions:
            choices = [(_name(condition), words) for condition, words in self.conditions]
            self.fields["condition"].choices = [("", ConditionKind.NONE.label), *choices]  # type: ignore[attr-defined]
        else:
            del self.fields["condition"]

    def clean_due_on(self) -> date:
        """A day that comes, or the one that stands."""
        return due_day(self.cleaned_data["due_on"], self.today, self.standing_due_on)

    def clean(self) -> dict[str, Any] | None:
        """Where the thing that is chosen closes it, one of its kind has to be."""
        named = {_name(condition): condition for condition, _ in self.conditions}
        self.closed_by = named.get(self.cleaned_data.get("condition", ""), Condition())
        if self.closed_by.kind != ConditionKind.NONE and not self.closed_by.key:
            about = self.cleaned_data.get("about") or self.about
            if CLOSED_BY.get(about.kind) != self.closed_by.kind:
                self.add_error("about", "Choose the one that closes it.")
            self.closed_by = Condition(self.closed_by.kind, about.key)
        return super().clean()

    def facts(self) -> dict[str, Any]:
        """The arguments of `give_action`, of a form that is valid."""
        return {**self.cleaned_data, "condition": self.closed_by}


class ChangeForm(ActionForm):
    """The same for an action that there is; what closes it stays as it was given.

    What it showed is sent along, so that only what was changed is written: others change it, too.
    """

    def __init__(self, data: Any = None, *, action: Action, today: date) -> None:
        self.action = action
        standing = {
            "title": action.title,
            "owner": action.owner_id,
            "due_on": action.due_on,
            "priority": action.priority,
            "detail": action.detail,
        }
        super().__init__(data, today=today, initial=standing)
        for name, field in self.fields.items():
            field.show_hidden_initial = data is None or self.add_initial_prefix(name) in data
        self.seen = Changes(**{name: self._seen(name) for name in self.fields})
        self.standing_due_on = self.seen.due_on

    def _seen(self, name: str) -> Any:
        field = self.fields[name]
        if self.is_bound and field.show_hidden_initial:
            widget = field.hidden_widget()
            sent = widget.value_from_datadict(self.data, self.files, self.add_initial_prefix(name))
            with suppress(forms.ValidationError):
                return field.clean(sent)
        return getattr(self.action, name)

    @property
    def changes(self) -> Changes:
        """What somebody made another than it was, of a form that is valid."""
        made = {name: value for name, value in self.cleaned_data.items() if value != getattr(self.seen, name)}
        return Changes(**made)

    def over(self, action: Action, sentences: Mapping[str, str]) -> "ChangeForm":
        """The same, refused with a sentence beside a field, over what stands now; sent again it is kept."""
        standing = ChangeForm(action=action, today=self.today)
        data: dict[str, Any] = {}
        for name in self.fields:
            data[self.add_initial_prefix(name)] = standing[name].value()
            is_changed = getattr(self.changes, name) is not None
            data[name] = self.data[name] if is_changed else standing[name].value()
        form = ChangeForm(data, action=action, today=self.today)
        for name, sentence in sentences.items():
            form.add_error(name, sentence)
        return form


class ActionsField(forms.ModelMultipleChoiceField):
    """Several actions; the script makes the list one that is searched."""

    widget = forms.SelectMultiple(attrs={"size": 8, "data-searched": ""})

    def label_from_instance(self, action: Action) -> str:
        """The action with who does it, and until when."""
        state = "" if action.status in OPEN_STATUSES else f", {action.get_status_display().lower()}"
        return f"{action.title} · {action.owner}, due {short_date(action.due_on)}{state}"


class BlockersForm(forms.Form):
    """Which open actions must be closed first."""

    blocked_by = ActionsField(
        label="Waits for",
        queryset=Action.objects.none(),
        required=False,
        show_hidden_initial=True,
        help_text="It cannot be done before these are closed.",
    )

    def __init__(self, data: Any = None, *, action: Action) -> None:
        super().__init__(data, initial={"blocked_by": action.blocked_by.all()})
        others = Action.objects.unfinished() | action.blocked_by.all()
        field: Any = self.fields["blocked_by"]
        field.queryset = others.exclude(pk=action.pk).select_related("owner").distinct()

    @property
    def seen(self) -> list[int]:
        """The ids that stood chosen when somebody began to choose."""
        widget = self.fields["blocked_by"].hidden_widget()
        name = self.add_initial_prefix("blocked_by")
        return ids_of(widget.value_from_datadict(self.data, self.files, name))


class MoveForm(NoteForm):
    """The word beside a move of an action, by the move's name; to drop it needs one.

    The browser is not told how long it may be, since it would cut what is pasted without a word.
    """

    def __init__(self, data: Any = None, *, move: str) -> None:
        super().__init__(data, auto_id=f"id_{move}_%s")
        self.move = move
        note = self.fields["note"]
        del note.widget.attrs["maxlength"]
        if move == "drop":
            note.required, note.label = True, "Why nobody has to do it"
            note.error_messages["required"] = "Say why nobody has to do it any more."


class CommentForm(forms.Form):
    """Something to say on an action."""

    text = TextField(label="Comment", max_length=4000, error_messages={"required": "Say something."})


class BulkForm(forms.Form):
    """What is to become of the actions that were chosen; what is left empty stays as it is."""

    actions = forms.ModelMultipleChoiceField(
        queryset=Action.objects.unfinished(),
        error_messages={"required": "Choose at least one action.", "invalid_choice": "One is closed by now."},
    )
    owner = OwnerField(required=False, label="Hand over to", empty_label="Nobody else")
    due_on = DateField(required=False, label="Another date")
    priority = forms.TypedChoiceField(
        label="Priority",
        required=False,
        choices=[("", "As it is"), *Priority.choices],
        coerce=lambda value: Priority(int(value)),
        empty_value=None,
    )
    finish = forms.BooleanField(label="They are done", required=False)

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data)
        self.today = today

    def clean_due_on(self) -> date | None:
        """A day that comes, or none."""
        day: date | None = self.cleaned_data["due_on"]
        return None if day is None else due_day(day, self.today)


def conditions_about(about: About) -> list[Offered]:
    """What the data can say of an action about a thing, in words."""
    if about.kind == AboutKind.FORECAST_CELL:
        return _hand_ins(about.key.partition(":")[0])
    closed_by = CLOSED_BY.get(about.kind)
    return [(Condition(closed_by, about.key), closed_by.label)] if closed_by is not None else []


def _hand_ins(cycle_key: str) -> list[Offered]:
    return [
        (
            Condition(ConditionKind.FORECAST_SUBMITTED, f"{cycle_key}:{layer}"),
            f"{layer.label} has handed in its forecast",
        )
        for layer in FUNCTIONS
    ]


def _name(condition: Condition) -> str:
    return f"{condition.kind}:{condition.key}"
