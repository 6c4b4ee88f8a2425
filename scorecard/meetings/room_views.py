"""The room of a running meeting: one page that everyone sees alike, and what is written down in it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from scorecard.about.about import About
from scorecard.actions.forms import ActionForm
from scorecard.meetings.choices import MeetingStatus
from scorecard.meetings.data import data_of
from scorecard.meetings.domain import room as domain
from scorecard.meetings.forms import CloseForm, DecideForm, NotesForm, PointForm
from scorecard.meetings.models import AgendaPoint, Meeting
from scorecard.meetings.queries import MeetingPage, PointRow, meeting_page, people_present
from scorecard.meetings.views import meeting_of
from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.clock import today
from sop_site.htmx import unchanged, wants_fragment

# Somebody whose page asks every second is noted so often.
NOTED_EVERY: Final = timedelta(seconds=5)


@require_safe
@may("sop_site.view")
def room(request: SignedInRequest, pk: int) -> HttpResponse:
    """The point that is up, what is decided on it, who is here; before and after, the meeting's own page."""
    meeting = meeting_of(pk)
    if meeting.status != MeetingStatus.RUNNING:
        return redirect(meeting.get_absolute_url())
    _note_presence(meeting, request)
    pulse = _pulse(meeting)
    if answer := unchanged(request, pulse):
        return answer
    if wants_fragment(request):
        return render(request, "scorecard/meetings/_room.html", _live(request, meeting, pulse))
    return _page(request, meeting)


@require_safe
@may("sop_site.view")
def projector(request: SignedInRequest, pk: int) -> HttpResponse:
    """The same for a screen on the wall: nothing to fill in."""
    meeting = meeting_of(pk)
    if meeting.status != MeetingStatus.RUNNING:
        return redirect(meeting.get_absolute_url())
    pulse = _pulse(meeting)
    if answer := unchanged(request, pulse):
        return answer
    template = "_room.html" if wants_fragment(request) else "projector.html"
    context = _live(request, meeting, pulse) | {"is_projected": True}
    return render(request, f"scorecard/meetings/{template}", context)


@require_safe
@may("scorecard.take_part")
def room_forms(request: SignedInRequest, pk: int) -> HttpResponse:
    """What can be written down on the point that is up, as a part of the page."""
    meeting = meeting_of(pk)
    if not wants_fragment(request) or meeting.status != MeetingStatus.RUNNING:
        return redirect(meeting.get_absolute_url())
    page = meeting_page(meeting, request.user, today())
    return render(request, "scorecard/meetings/_room_forms.html", _forms(page, {}))


@require_POST
@may("scorecard.take_part")
def go_to(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have a point up."""
    point = _point(pk)
    return _done(request, point, lambda: domain.go_to_point(point=point, by=request.user))


@require_POST
@may("scorecard.take_part")
def finish(request: SignedInRequest, pk: int) -> HttpResponse:
    """On to the next one."""
    point = _point(pk)
    return _done(request, point, lambda: domain.finish_point(point=point, by=request.user))


@require_POST
@may("scorecard.take_part")
def park(request: SignedInRequest, pk: int) -> HttpResponse:
    """Not now."""
    point = _point(pk)
    return _done(request, point, lambda: domain.park_point(point=point, by=request.user))


@require_POST
@may("scorecard.take_part")
def notes(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down what was said."""
    point, form = _point(pk), NotesForm(request.POST)
    if not form.is_valid():
        return _page(request, point.meeting, notes_form=form)
    return _done(
        request,
        point,
        lambda: domain.note_on_point(point=point, by=request.user, notes=form.cleaned_data["notes"]),
        notes_form=form,
    )


@require_POST
@may("scorecard.take_part")
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down what was decided."""
    point, form = _point(pk), DecideForm(request.POST)
    if not form.is_valid():
        return _page(request, point.meeting, decide_form=form)
    return _done(
        request,
        point,
        lambda: domain.decide(point=point, by=request.user, **form.cleaned_data),
        decide_form=form,
    )


@require_POST
@may("scorecard.take_part")
def give_action(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have somebody do something about it."""
    point = _point(pk)
    form = ActionForm(request.POST, about=About.of(point), today=today(), prefix="action")
    if not form.is_valid():
        return _page(request, point.meeting, action_form=form)
    return _done(
        request,
        point,
        lambda: domain.give_action_on(point=point, by=request.user, **form.facts()),
        action_form=form,
    )


def _note_presence(meeting: Meeting, request: SignedInRequest) -> None:
    lately = timezone.now() - NOTED_EVERY
    if not meeting.attendances.filter(user=request.user, last_seen_at__gte=lately).exists():
        domain.be_present(meeting=meeting, user=request.user)
        meeting.refresh_from_db(fields=["version"])


def _pulse(meeting: Meeting) -> str:
    """What a page must have seen to be up to date: the version, and who is here."""
    present = ",".join(str(person.pk) for person in people_present(meeting))
    return f"{meeting.version}.{present}"


def _live(request: SignedInRequest, meeting: Meeting, pulse: str) -> dict[str, Any]:
    page = meeting_page(meeting, request.user, today())
    current = page.current
    return {
        "page": page,
        "meeting": meeting,
        "pulse": pulse,
        "present": people_present(meeting),
        "data": data_of(current.point, today()) if current is not None else None,
        "is_projected": False,
    }


def _forms(page: MeetingPage, filled: dict[str, forms.Form]) -> dict[str, Any]:
    """The forms on the point that is up, or on the one for which one was filled in wrongly."""
    row = page.current
    context: dict[str, Any] = {"page": page, "meeting": page.meeting, "row": row}
    context["point_form"] = filled.get("point_form", PointForm())
    context["close_form"] = CloseForm() if page.is_chair else None
    return context | (_forms_on(row, filled) if row is not None else {})


def _forms_on(row: PointRow, filled: dict[str, forms.Form]) -> dict[str, Any]:
    about = About.of(row.point)
    return {
        "notes_form": filled.get("notes_form", NotesForm(initial={"notes": row.point.notes})),
        "decide_form": filled.get("decide_form", DecideForm()),
        "action_form": filled.get("action_form", ActionForm(about=about, today=today(), prefix="action")),
    }


def _page(request: SignedInRequest, meeting: Meeting, **filled: forms.Form) -> HttpResponse:
    live = _live(request, meeting, _pulse(meeting))
    return render(request, "scorecard/meetings/room.html", live | _forms(live["page"], filled))


def _done(
    request: SignedInRequest, point: AgendaPoint, act: Callable[[], object], **filled: forms.Form
) -> HttpResponse:
    """Do it, or say why not with what was typed still there."""
    try:
        act()
    except NotNow as refusal:
        messages.error(request, str(refusal))
        meeting = meeting_of(point.meeting_id)
        if meeting.status == MeetingStatus.RUNNING:
            return _page(request, meeting, **filled)
        return redirect(meeting.get_absolute_url())
    return redirect("meetings:room", point.meeting_id)


def _point(pk: int) -> AgendaPoint:
    points = AgendaPoint.objects.select_related("meeting__series", "meeting__chair", "meeting__current_point")
    return get_object_or_404(points, pk=pk)
