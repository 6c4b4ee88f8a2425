"""Forms of meetings: the timetable, another hour, a point, what is decided, the chair's words."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from django import forms

from scorecard.about.about import Thing
from scorecard.about.fields import ThingField
from scorecard.actions.forms import OwnerField, due_day
from scorecard.meetings.choices import MeetingKind
from scorecard.meetings.domain.points import PointFacts
from scorecard.meetings.domain.timetable import SeriesFacts
from scorecard.meetings.models import Meeting, MeetingSeries
from sop_site.access.models import User
from sop_site.access.queries import people_who_may
from sop_site.clock import today
from sop_site.forms import DateField, NoteForm

WEEKDAYS: Final = [
    (0, "Sunday"),
    (1, "Monday"),
    (2, "Tuesday"),
    (3, "Wednesday"),
    (4, "Thursday"),
    (5, "Friday"),
    (6, "Saturday"),
]
MOST_WEEKS: Final = {MeetingKind.WEEKLY: 1, MeetingKind.MONTHLY: 5, MeetingKind.QUARTERLY: 14}
HELD_IN: Final = [(0, "The period itself"), (1, "The period after it")]


class TimeField(forms.TimeField):
    """A time of day, with the browser's own picker."""

    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")

    def __init__(self, **options: Any) -> None:
        super().__init__(
            error_messages={"required": "Enter a time.", "invalid": "Enter a time as 09:30."}, **options
        )


class SeriesForm(forms.Form):
    """When the standing meeting of a kind is held, and who belongs to it."""

    chair = OwnerField(label="Chair", empty_label="Choose who has the chair")
    members = forms.ModelMultipleChoiceField(
        label="Members",
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="They see it in their calendar and get the pre-read and the minutes.",
    )
    weekday = forms.TypedChoiceField(label="On", choices=WEEKDAYS, coerce=int)
    week_of_period = forms.IntegerField(
        label="In week",
        min_value=1,
        help_text="Of the period; in its last week where it has fewer.",
    )
    periods_later = forms.TypedChoiceField(
        label="Of", choices=HELD_IN, coerce=int, help_text="A quarter is mostly reviewed in the one after it."
    )
    starts_at = TimeField(label="At")
    minutes = forms.IntegerField(label="Minutes", min_value=5, max_value=600)
    time_zone = forms.ChoiceField(
        label="Time zone", choices=lambda: [(name, name) for name in sorted(available_timezones())]
    )
    place = forms.CharField(
        label="Where (optional)",
        required=False,
        max_length=200,
        help_text="A room, or the address of a call.",
    )
    pre_read_days = forms.IntegerField(
        label="Pre-read goes out", min_value=0, max_value=10, help_text="Working days before the meeting."
    )
    is_active = forms.BooleanField(label="It is held", required=False)

    def __init__(self, data: Any = None, *, kind: MeetingKind, series: MeetingSeries | None) -> None:
        initial: dict[str, Any] = {
            "weekday": 2,
            "week_of_period": 1,
            "periods_later": 1 if kind == MeetingKind.QUARTERLY else 0,
            "minutes": 45,
            "pre_read_days": 2,
            "is_active": True,
        }
        if series is not None:
            initial = {name: getattr(series, name) for name in initial} | {
                "chair": series.chair_id,
                "members": series.members.all(),
                "starts_at": series.starts_at,
                "time_zone": series.time_zone,
                "place": series.place,
            }
        super().__init__(data, initial=initial, prefix=kind.value)
        members: Any = self.fields["members"]
        members.queryset = people_who_may("scorecard.take_part")
        weeks: Any = self.fields["week_of_period"]
        weeks.max_value = MOST_WEEKS[kind]
        if kind == MeetingKind.WEEKLY:
            for name in ("week_of_period", "periods_later"):
                self.fields[name].widget = forms.HiddenInput()

    def facts(self) -> SeriesFacts:
        """What is to be so, of a form that is valid."""
        return SeriesFacts(**self.cleaned_data)


class MoveForm(forms.Form):
    """Another day, hour or place for one meeting, by the clock of its series."""

    day = DateField(label="On")
    at = TimeField(label="At")
    place = forms.CharField(label="Where (optional)", required=False, max_length=200)

    def clean_day(self) -> date:
        """A day of the years that come."""
        return due_day(self.cleaned_data["day"], today())

    def __init__(self, data: Any = None, *, meeting: Meeting) -> None:
        self.zone = ZoneInfo(meeting.series.time_zone)
        begins = meeting.starts_at.astimezone(self.zone)
        super().__init__(
            data, initial={"day": begins.date(), "at": begins.time(), "place": meeting.place}, prefix="move"
        )

    @property
    def starts_at(self) -> datetime:
        """The moment that was entered, of a form that is valid."""
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["at"], self.zone)


class CancelForm(NoteForm):
    """Why a meeting is not held."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="cancel-%s")
        self.fields["note"].label = "Why (optional)"


class BringUpForm(forms.Form):
    """What about a thing that goes on the agenda; its name where nothing is said."""

    title = forms.CharField(label="What about it (optional)", required=False, max_length=300)

    def __init__(self, data: Any = None) -> None:
        # It stands on pages that have forms of their own.
        super().__init__(data, auto_id="bring-up-%s")


class PointForm(forms.Form):
    """Something that people put on the agenda."""

    title = forms.CharField(
        label="What is to be talked about",
        max_length=300,
        error_messages={"required": "Say what is to be talked about."},
    )
    detail = forms.CharField(
        label="Detail (optional)", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )
    planned_minutes = forms.IntegerField(label="Minutes", min_value=1, max_value=240, initial=5)


class ChangePointForm(PointForm):
    """Other words or minutes for a point; minutes alone where the words are the data's.

    ``seen`` is the mark of what stood there when somebody began to change it.
    """

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, standing: PointFacts, is_of_people: bool) -> None:
        self.standing = standing
        super().__init__(data, initial=asdict(standing) | {"seen": standing.mark})
        if not is_of_people:
            del self.fields["title"], self.fields["detail"]

    def facts(self) -> PointFacts:
        """What is to stand there, of a form that is valid."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        return replace(self.standing, **given)

    def refused(self, why: str, standing: PointFacts) -> "ChangePointForm":
        """The same with what was typed and ``why`` it was not taken; sent again it replaces ``standing``."""
        typed = {name: self.data.get(name) for name in self.fields}
        typed["seen"] = standing.mark
        form = ChangePointForm(typed, standing=standing, is_of_people="title" in self.fields)
        form.add_error(None, why)
        return form


class DecideForm(forms.Form):
    """What was decided on a point, on what assumption, and what would change it."""

    text = forms.CharField(
        label="We decide",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say what was decided."},
    )
    owner = OwnerField(label="Owner", empty_label="Choose who answers for it")
    assumption = forms.CharField(label="It assumes (optional)", required=False, max_length=300)
    would_change_it = forms.CharField(
        label="What would change our mind (optional)", required=False, max_length=300
    )

    def __init__(self, data: Any = None, *, things: Sequence[Thing] = ()) -> None:
        super().__init__(data)
        if things:
            self.fields["about"] = ThingField(things)
            self.order_fields(["text", "owner", "about"])


class NotesForm(forms.Form):
    """What was said on a point; ``seen`` is what stood there when somebody began to type."""

    notes = forms.CharField(
        label="Notes", required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 3})
    )
    seen = forms.CharField(required=False, max_length=8000, widget=forms.HiddenInput)

    def clean_notes(self) -> str:
        """With the ends of its lines as they are kept, whatever the browser sends."""
        return "\n".join(self.cleaned_data["notes"].splitlines())

    def clean_seen(self) -> str:
        """The same."""
        return "\n".join(self.cleaned_data["seen"].splitlines())

    def with_words_of_others(self, notes: str) -> "NotesForm":
        """The same, refused, with what others wrote meanwhile before it; sent again it is kept."""
        both = _with_change(self.cleaned_data["seen"], self.cleaned_data["notes"], notes)
        form = NotesForm({"notes": both, "seen": notes})
        form.add_error("notes", "Somebody else wrote here meanwhile. Theirs stands before yours: send both.")
        return form


def _with_change(seen: str, mine: str, theirs: str) -> str:
    """``theirs`` with what became of ``seen`` in ``mine``: lines that went are gone, new ones stand last."""
    before, after, kept = seen.splitlines(), mine.splitlines(), theirs.splitlines()
    added: list[str] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for change, start, end, new_start, new_end in matcher.get_opcodes():
        if change != "equal":
            for line in set(before[start:end]) & set(kept):
                kept.remove(line)
            added += after[new_start:new_end]
    return "\n".join([*kept, *(line for line in added if line not in kept)])


class CloseForm(forms.Form):
    """What the chair wants said first in the minutes."""

    summary = forms.CharField(
        label="What the minutes say first (optional)",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
