"""The room of a running meeting: one page that everyone sees alike, and what is written down in it.

htmx sends its forms, so that what somebody is typing elsewhere on the page stays; without script each is a
page of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from planning.risk.pulse import board_pulse
from scorecard.about.about import About, Thing
from scorecard.actions.forms import ActionForm
from scorecard.actions.models import Action
from scorecard.meetings.choices import MeetingKind, MeetingStatus
from scorecard.meetings.data import conditions_on, data_of, things_of
from scorecard.meetings.domain import room as domain
from scorecard.meetings.domain.points import add_point as put_on_agenda
from scorecard.meetings.earlier import earlier_of
from scorecard.meetings.forms import CloseForm, DecideForm, NotesForm, PointForm
from scorecard.meetings.models import AgendaPoint, Meeting
from scorecard.meetings.monthly_data import forecast_stand
from scorecard.meetings.queries import MeetingPage, PointRow, meeting_page, people_present
from scorecard.meetings.views import meeting_of
from sop_site.access.models import User
from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.clock import today
from sop_site.htmx import unchanged, wants_fragment

# Somebody whose page asks every second is noted so often.
NOTED_EVERY: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Part:
    """One form of the room: its name in the page, where it goes, and what its button says."""

    name: str
    form: forms.Form
    url: str
    button: str
    icon: str


@require_safe
@may("sop_site.view")
def room(request: SignedInRequest, pk: int) -> HttpResponse:
    """The point that is up, what is decided on it, who is here; before and after, the meeting's own page."""
    meeting = meeting_of(pk)
    if meeting.status != MeetingStatus.RUNNING:
        return _leave(request, meeting)
    meeting = _with_presence(meeting, request)
    if meeting.status != MeetingStatus.RUNNING:
        return _leave(request, meeting)
    present = people_present(meeting)
    pulse = _pulse(meeting, present)
    if answer := unchanged(request, pulse):
        return answer
    if wants_fragment(request):
        return render(request, "scorecard/meetings/_room_live.html", _live(request, meeting, present, pulse))
    return _page(request, meeting)


@require_safe
@may("sop_site.view")
def projector(request: SignedInRequest, pk: int) -> HttpResponse:
    """The same for a screen on the wall: nothing to fill in."""
    meeting = meeting_of(pk)
    if meeting.status != MeetingStatus.RUNNING:
        return _leave(request, meeting)
    present = people_present(meeting)
    pulse = _pulse(meeting, present)
    if answer := unchanged(request, pulse):
        return answer
    template = "_room_live.html" if wants_fragment(request) else "projector.html"
    context = _live(request, meeting, present, pulse) | {"is_projected": True}
    return render(request, f"scorecard/meetings/{template}", context)


@require_safe
@may("scorecard.take_part")
def room_forms(request: SignedInRequest, pk: int) -> HttpResponse:
    """What can be written down on the point that is up, as a part of the page."""
    meeting = meeting_of(pk)
    if meeting.status != MeetingStatus.RUNNING:
        return _leave(request, meeting)
    if not wants_fragment(request):
        return redirect("meetings:room", meeting.pk)
    page = meeting_page(meeting, request.user, today())
    return render(request, "scorecard/meetings/_room_forms.html", _forms(page, page.current, request.user))


@require_POST
@may("scorecard.take_part")
def go_to(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have a point up."""
    point = _point(pk)
    return _move(request, point, lambda: domain.go_to_point(point=point, by=request.user))


@require_POST
@may("scorecard.take_part")
def finish(request: SignedInRequest, pk: int) -> HttpResponse:
    """On to the next one."""
    point = _point(pk)
    return _move(request, point, lambda: domain.finish_point(point=point, by=request.user))


@require_POST
@may("scorecard.take_part")
def park(request: SignedInRequest, pk: int) -> HttpResponse:
    """Not now."""
    point = _point(pk)
    return _move(request, point, lambda: domain.park_point(point=point, by=request.user))


@require_POST
@may("scorecard.take_part")
def notes(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down what was said; what somebody else wrote meanwhile is put before it, to be sent again."""
    point, form = _point(pk), NotesForm(request.POST)
    if form.is_valid() and form.cleaned_data["seen"] != point.notes:
        form = form.with_words_of_others(point.notes)
    return _write(
        request,
        point.meeting,
        _notes_part(point, form),
        lambda: domain.note_on_point(point=point, by=request.user, notes=form.cleaned_data["notes"]),
        said="The notes are kept.",
        point=point,
    )


@require_POST
@may("scorecard.take_part")
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down what was decided."""
    point = _point(pk)
    form = DecideForm(request.POST, things=things_of(point, today()))
    return _write(
        request,
        point.meeting,
        _decide_part(point, form),
        lambda: domain.decide(point=point, by=request.user, **form.cleaned_data),
        said="The decision is written down.",
        point=point,
    )


@require_POST
@may("scorecard.take_part")
def give_action(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have somebody do something about it."""
    point = _point(pk)
    form = _action_form(point, things_of(point, today()), request.POST)
    return _write(
        request,
        point.meeting,
        _action_part(point, form),
        lambda: domain.give_action_on(point=point, by=request.user, **form.facts()),
        said="The action is given.",
        point=point,
    )


@require_POST
@may("scorecard.take_part")
def add_point(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a further point on the agenda from within the room."""
    meeting, form = meeting_of(pk), PointForm(request.POST)
    return _write(
        request,
        meeting,
        _point_part(meeting, form),
        lambda: put_on_agenda(meeting=meeting, by=request.user, **form.cleaned_data),
        said="It is on the agenda.",
    )


def _with_presence(meeting: Meeting, request: SignedInRequest) -> Meeting:
    """The meeting after it was noted that this person is in its room.

    Read anew as a whole: its new version beside the point that was up before would have a page believe that
    it has seen what it has not.
    """
    lately = timezone.now() - NOTED_EVERY
    if meeting.attendances.filter(user=request.user, last_seen_at__gte=lately).exists():
        return meeting
    domain.be_present(meeting=meeting, user=request.user)
    return meeting_of(meeting.pk)


def _pulse(meeting: Meeting, present: list[User]) -> str:
    """What a page must have seen to be up to date.

    The meeting's version, who is here, the figures beside the points, how the actions given here stand, which
    the data may close, and whether the signal that is up was decided on its own page.
    """
    actions = Action.objects.filter(points__meeting=meeting).order_by("pk")
    standing: list[object] = list(actions.values_list("pk", "status", "owner", "due_on").distinct())
    if meeting.kind == MeetingKind.MONTHLY:
        standing += forecast_stand(meeting.period)
    if meeting.current_point is not None:
        standing.append(domain.decided_elsewhere(meeting.current_point))
    stand = repr(standing)
    here = ",".join(str(person.pk) for person in present)
    return f"{meeting.version}.{here}.{board_pulse()}.{sha256(stand.encode()).hexdigest()[:8]}"


def _live(request: SignedInRequest, meeting: Meeting, present: list[User], pulse: str) -> dict[str, Any]:
    page = meeting_page(meeting, request.user, today())
    current = page.current
    seconds = _seconds_on(meeting, current.point) if current is not None else 0
    return {
        "page": page,
        "meeting": meeting,
        "pulse": pulse,
        "present": present,
        "away": [person for person in page.came if person not in present],
        "seconds": seconds,
        "time": f"{seconds // 60}:{seconds % 60:02d}",
        "data": data_of(current.point, today()) if current is not None else None,
        "decided_elsewhere": domain.decided_elsewhere(current.point) if current is not None else "",
        "earlier": earlier_of(current.point) if current is not None else [],
        "is_projected": False,
    }


def _seconds_on(meeting: Meeting, point: AgendaPoint) -> int:
    """How long a point has been talked about, with the time that it is up now."""
    now = timezone.now()
    return point.spent_seconds + round((now - (meeting.current_since or now)).total_seconds())


def _forms(page: MeetingPage, row: PointRow | None, user: User, *filled: Part) -> dict[str, Any]:
    """The forms on a point, fresh but for those that were ``filled`` in; and those that are on none.

    Who may not decide on the point is told so in place of the form, unless they have filled it in.
    """
    parts = [_point_part(page.meeting)]
    if row is not None:
        things = things_of(row.point, today())
        parts += [
            _decide_part(row.point, DecideForm(things=things)),
            _action_part(row.point, _action_form(row.point, things)),
            _notes_part(row.point),
        ]
    named = {part.name: part for part in [*parts, *filled]}
    is_filled = any(part.name == "decide" for part in filled)
    return {
        "page": page,
        "meeting": page.meeting,
        "row": row,
        "parts": named,
        "kept_from_deciding": domain.kept_from_deciding(row.point, user) if row and not is_filled else "",
        "close_form": CloseForm() if page.is_chair else None,
    }


def _decide_part(point: AgendaPoint, form: DecideForm) -> Part:
    url = reverse("meetings:decide", args=[point.pk])
    return Part("decide", form, url, "Write the decision down", "check")


def _action_part(point: AgendaPoint, form: ActionForm) -> Part:
    url = reverse("meetings:give_action", args=[point.pk])
    return Part("action", form, url, "Give the action", "action")


def _action_form(point: AgendaPoint, things: Sequence[Thing], data: QueryDict | None = None) -> ActionForm:
    return ActionForm(
        data,
        about=About.of(point),
        things=things,
        conditions=conditions_on(point),
        today=today(),
        prefix="action",
    )


def _notes_part(point: AgendaPoint, form: NotesForm | None = None) -> Part:
    url = reverse("meetings:notes", args=[point.pk])
    fresh = form or NotesForm(initial={"notes": point.notes, "seen": point.notes})
    return Part("notes", fresh, url, "Keep the notes", "check")


def _point_part(meeting: Meeting, form: PointForm | None = None) -> Part:
    url = reverse("meetings:add_point_now", args=[meeting.pk])
    return Part("point", form or PointForm(), url, "Add", "plus")


def _page(request: SignedInRequest, meeting: Meeting, *filled: Part, on: int | None = None) -> HttpResponse:
    """The whole page; what was ``filled`` in stands on the point ``on``, or on the one that is up."""
    present = people_present(meeting)
    live = _live(request, meeting, present, _pulse(meeting, present))
    page: MeetingPage = live["page"]
    row = next((row for row in page.points if row.point.pk == on), page.current)
    return render(request, "scorecard/meetings/room.html", live | _forms(page, row, request.user, *filled))


def _leave(request: SignedInRequest, meeting: Meeting) -> HttpResponse:
    """To the page of a meeting whose room is empty; the whole page goes there, not a part of it."""
    url = meeting.get_absolute_url()
    return HttpResponseClientRedirect(url) if wants_fragment(request) else redirect(url)


def _move(request: SignedInRequest, point: AgendaPoint, act: Callable[[], object]) -> HttpResponse:
    """Do what the chair asks, or say why not."""
    try:
        act()
    except NotNow as refusal:
        messages.error(request, str(refusal))
    meeting = meeting_of(point.meeting_id)
    if meeting.status != MeetingStatus.RUNNING:
        return _leave(request, meeting)
    if wants_fragment(request):
        return _answer(request, meeting)
    return redirect("meetings:room", meeting.pk)


def _write(
    request: SignedInRequest,
    meeting: Meeting,
    part: Part,
    act: Callable[[], object],
    *,
    said: str,
    point: AgendaPoint | None = None,
) -> HttpResponse:
    """Write it down and say so, or say why not beside what was typed."""
    if part.form.is_valid():
        try:
            act()
        except NotNow as refusal:
            part.form.add_error(None, str(refusal))
    is_written = not part.form.errors
    current = meeting_of(meeting.pk)
    if current.status != MeetingStatus.RUNNING:
        for words in part.form.non_field_errors():
            messages.error(request, str(words))
        return _leave(request, current)
    if is_written:
        messages.success(request, said)
    if wants_fragment(request):
        return _answer(request, current, part, is_written=is_written, on=point.pk if point else None)
    if is_written:
        return redirect("meetings:room", current.pk)
    return _page(request, current, part, on=point.pk if point else None)


def _answer(
    request: SignedInRequest,
    meeting: Meeting,
    part: Part | None = None,
    *,
    is_written: bool = False,
    on: int | None = None,
) -> HttpResponse:
    """The room as it stands now, and the form that was sent: empty again, or with what is wrong in it."""
    present = people_present(meeting)
    live = _live(request, meeting, present, _pulse(meeting, present))
    if part is not None:
        page: MeetingPage = live["page"]
        row = next((row for row in page.points if row.point.pk == on), None)
        live["part"] = _forms(page, row, request.user)["parts"][part.name] if is_written else part
    return render(request, "scorecard/meetings/_room_answer.html", live)


def _point(pk: int) -> AgendaPoint:
    points = AgendaPoint.objects.select_related("meeting__series", "meeting__chair", "meeting__current_point")
    return get_object_or_404(points, pk=pk)
