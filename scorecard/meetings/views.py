"""The calendar of meetings, the page of one, the timetable, and what was agreed about a thing."""

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scorecard.about.about import About, AboutLine, line_of
from scorecard.meetings.agreed import agreed_about
from scorecard.meetings.choices import MeetingKind
from scorecard.meetings.domain import points, room, timetable
from scorecard.meetings.domain.agenda import write_agenda
from scorecard.meetings.forms import BringUpForm, CancelForm, CloseForm, MoveForm, PointForm, SeriesForm
from scorecard.meetings.models import AgendaPoint, CalendarFeed, Meeting, MeetingSeries
from scorecard.meetings.paper_page import paper_standings
from scorecard.meetings.queries import calendar, meeting_page, next_weekly, points_about, why_not_written
from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.clock import today
from sop_site.forms import own_path
from sop_site.htmx import render_page, wants_fragment
from sop_site.notifications.writing import absolute

# So many decisions and actions about a thing stand on its page, and so many on a page of their own.
IN_PART: Final = 5
ON_PAGE: Final = 200


@require_safe
@may("sop_site.view")
def meetings(request: SignedInRequest) -> HttpResponse:
    """What comes, and what was."""
    ahead, before = calendar(request.user, today())
    feed = CalendarFeed.objects.filter(user=request.user).first()
    context = {
        "ahead": ahead,
        "before": before,
        "feed_address": absolute(reverse("meetings:feed", args=[feed.token])) if feed else "",
        "is_set": MeetingSeries.objects.exists(),
        "may_set": request.user.has_perm("scorecard.set_timetable"),
    }
    return render(request, "scorecard/meetings/list.html", context)


@require_safe
@may("sop_site.view")
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One meeting: its agenda before, its decisions and minutes after."""
    return _page(request, meeting_of(pk))


@require_POST
@may("scorecard.take_part")
def add_point(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put something on the agenda."""
    meeting, form = meeting_of(pk), PointForm(request.POST)
    if not form.is_valid():
        return _page(request, meeting, point_form=form)
    return _done(
        request,
        meeting,
        lambda: points.add_point(meeting=meeting, by=request.user, **form.cleaned_data),
        "It is on the agenda.",
        point_form=form,
    )


@require_POST
@may("scorecard.take_part")
def order(request: SignedInRequest, pk: int) -> HttpResponse:
    """Move a point up or down by one, or to the top, as the button says."""
    meeting = meeting_of(pk)
    ids = list(meeting.points.values_list("pk", flat=True))
    chosen, steps = request.POST.get("point", ""), {"up": -1, "top": -len(ids)}
    if not chosen.isdecimal() or int(chosen) not in ids:
        raise Http404("There is no such point.")
    place = ids.index(int(chosen))
    ids.insert(max(0, place + steps.get(request.POST.get("move", ""), 1)), ids.pop(place))
    return _done(
        request, meeting, lambda: points.order_points(meeting=meeting, by=request.user, point_ids=ids), ""
    )


@require_POST
@may("scorecard.take_part")
def park(request: SignedInRequest, pk: int) -> HttpResponse:
    """Not this time."""
    point = get_object_or_404(AgendaPoint.objects.select_related("meeting"), pk=pk)
    return _done(
        request,
        point.meeting,
        lambda: room.park_point(point=point, by=request.user),
        "Parked: the next meeting takes it up.",
    )


@require_POST
@may("scorecard.take_part")
def refresh(request: SignedInRequest, pk: int) -> HttpResponse:
    """Bring the agenda to what the data says now."""
    meeting = meeting_of(pk)
    if why := why_not_written(meeting, today()):
        messages.error(request, why)
        return redirect(meeting)
    return _done(
        request, meeting, lambda: write_agenda(meeting=meeting, day=today()), "The agenda is of now."
    )


@require_POST
@may("scorecard.take_part")
def open_room(request: SignedInRequest, pk: int) -> HttpResponse:
    """Begin the meeting with the agenda of now, and go into its room."""
    meeting = meeting_of(pk)
    return _done(
        request,
        meeting,
        lambda: room.begin_meeting(meeting=meeting, by=request.user),
        "",
        then="meetings:room",
    )


@require_POST
@may("scorecard.take_part")
def close(request: SignedInRequest, pk: int) -> HttpResponse:
    """End it; the minutes are what stands in it."""
    meeting, form = meeting_of(pk), CloseForm(request.POST)
    if not form.is_valid():
        return _page(request, meeting, close_form=form)
    return _done(
        request,
        meeting,
        lambda: room.close_meeting(meeting=meeting, by=request.user, summary=form.cleaned_data["summary"]),
        "The meeting is over. Its minutes go out to its members.",
        close_form=form,
    )


@require_POST
@may("scorecard.take_part")
def take_back(request: SignedInRequest, pk: int) -> HttpResponse:
    """It was opened by mistake."""
    meeting = meeting_of(pk)
    return _done(
        request,
        meeting,
        lambda: room.take_back_opening(meeting=meeting, by=request.user),
        "It stands as planned again; nobody is told.",
    )


@require_POST
@may("scorecard.take_part")
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Do not hold it."""
    meeting, form = meeting_of(pk), CancelForm(request.POST)
    if not form.is_valid():
        return _page(request, meeting, cancel_form=form)
    return _done(
        request,
        meeting,
        lambda: timetable.cancel_meeting(meeting=meeting, by=request.user, note=form.cleaned_data["note"]),
        "Cancelled. What is open goes on to the next one.",
        cancel_form=form,
    )


@require_POST
@may("scorecard.take_part")
def restore(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hold it after all."""
    meeting = meeting_of(pk)
    return _done(
        request,
        meeting,
        lambda: timetable.restore_meeting(meeting=meeting, by=request.user),
        "It is held after all.",
    )


@require_POST
@may("scorecard.take_part")
def move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hold it at another time or place."""
    meeting = meeting_of(pk)
    form = MoveForm(request.POST, meeting=meeting)
    if not form.is_valid():
        return _page(request, meeting, move_form=form)
    return _done(
        request,
        meeting,
        lambda: timetable.move_meeting(
            meeting=meeting, by=request.user, starts_at=form.starts_at, place=form.cleaned_data["place"]
        ),
        "Moved.",
        move_form=form,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@may("scorecard.set_timetable")
def series(request: SignedInRequest, kind: str) -> HttpResponse:
    """When the standing meeting of a kind is held, and who belongs to it."""
    if kind not in MeetingKind.values:
        raise Http404("There is no such meeting.")
    of_kind = MeetingKind(kind)
    standing = MeetingSeries.objects.filter(kind=of_kind).first()
    form = SeriesForm(request.POST or None, kind=of_kind, series=standing)
    if request.method == "POST" and form.is_valid():
        try:
            timetable.set_series(kind=of_kind, by=request.user, facts=form.facts())
        except NotNow as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{of_kind.label}: the calendar follows the timetable.")
            return redirect("meetings:list")
    context = {"form": form, "kind": of_kind, "kinds": list(MeetingKind), "is_new": standing is None}
    return render(request, "scorecard/meetings/series.html", context)


@require_safe
@may("sop_site.view")
def agreed(request: SignedInRequest, kind: str, key: str) -> HttpResponse:
    """What was decided about a thing and who does what, as a page, or as a part of the thing's own."""
    about, line = _thing(request, kind, key)
    return render_page(
        request,
        page="scorecard/meetings/agreed.html",
        fragment="scorecard/meetings/_agreed.html",
        context=_agreed(request, about, line, request.GET.get("back", ""), BringUpForm()),
    )


@require_POST
@may("scorecard.take_part")
def bring_up(request: SignedInRequest, kind: str, key: str) -> HttpResponse:
    """Put a thing on the agenda of the next weekly review, and go back to its page."""
    about, line = _thing(request, kind, key)
    meeting, form, back = next_weekly(today()), BringUpForm(request.POST), request.POST.get("back", "")
    if meeting is None:
        messages.error(request, "No weekly review is planned. Its timetable is set on the page Meetings.")
        return redirect(_back(back, line))
    if form.is_valid():
        title = form.cleaned_data["title"] or line.label[:300]
        try:
            point = points.bring_up(meeting=meeting, by=request.user, title=title, about=about)
        except NotNow as refusal:
            form.add_error("title", str(refusal))
        else:
            if point is not None:
                messages.success(request, f"It is on the agenda of {meeting}.")
            else:
                messages.info(request, f"It stands on the agenda of {meeting} already.")
            return redirect(_back(back, line))
    context = _agreed(request, about, line, back, form)
    return render(request, "scorecard/meetings/agreed.html", context)


def _agreed(
    request: SignedInRequest, about: About, line: AboutLine, back: str, form: BringUpForm
) -> dict[str, Any]:
    """What was agreed about a thing, and bringing it up in the next review."""
    following, is_part = next_weekly(today()), wants_fragment(request)
    return {
        "about": about,
        "line": line,
        "following": following if request.user.has_perm("scorecard.take_part") else None,
        "is_on_agenda": following is not None and points_about(following, about).exists(),
        "parts": agreed_about(about, request.user, today(), IN_PART if is_part else ON_PAGE),
        "is_part": is_part,
        "may_give": request.user.has_perm("scorecard.work_on_actions"),
        "back": _back(back, line),
        "form": form,
    }


def _thing(request: SignedInRequest, kind: str, key: str) -> tuple[About, AboutLine]:
    """The thing of an address, or 404."""
    about = About.asked(kind, key)
    line = line_of(about, request.user)
    if line is None:
        raise Http404("There is no such thing.")
    return about, line


def _back(address: str, line: AboutLine) -> str:
    """Where the person came from on this site, or else the thing's own page."""
    return own_path(address) or line.url


def meeting_of(pk: int) -> Meeting:
    """The meeting of an address, or 404."""
    return get_object_or_404(
        Meeting.objects.select_related("series", "chair", "opened_by", "closed_by", "current_point"), pk=pk
    )


def _page(request: SignedInRequest, meeting: Meeting, **filled: forms.Form) -> HttpResponse:
    """The page; forms that were ``filled`` in wrongly stand on it as they came."""
    page = meeting_page(meeting, request.user, today())
    context: dict[str, Any] = {
        "page": page,
        "meeting": meeting,
        "shown_points": page.points if page.is_open else page.spoken,
        "papers": paper_standings(meeting, request.user),
        "point_form": filled.get("point_form", PointForm()) if page.is_open and page.takes_part else None,
        "is_its_day": page.hours.day == today(),
        "move_form": None,
        "cancel_form": None,
        "close_form": None,
        "unsent_summary": "",
    }
    moves = {name for name, _ in page.moves}
    if "cancel" in moves:
        context["move_form"] = filled.get("move_form", MoveForm(meeting=meeting))
        context["cancel_form"] = filled.get("cancel_form", CancelForm())
    if "close" in moves:
        context["close_form"] = filled.get("close_form", CloseForm())
    elif "close_form" in filled:
        context["unsent_summary"] = filled["close_form"].data.get("summary", "")
    return render(request, "scorecard/meetings/detail.html", context)


def _done(
    request: SignedInRequest,
    meeting: Meeting,
    act: Callable[[], object],
    said: str,
    *,
    then: str = "meetings:detail",
    **filled: forms.Form,
) -> HttpResponse:
    """Do it and say so, or say why not with what was typed still there."""
    try:
        act()
    except NotNow as refusal:
        messages.error(request, str(refusal))
        return _page(request, meeting_of(meeting.pk), **filled)
    if said:
        messages.success(request, said)
    return redirect(then, meeting.pk)
