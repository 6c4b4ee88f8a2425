"""The calendar that other programs read, and the address at which they do."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from scorecard.meetings.domain.feeds import renew_feed, revoke_feed
from scorecard.meetings.feed import calendar_of
from scorecard.meetings.models import CalendarFeed
from sop_site.access.permissions import SignedInRequest, may
from sop_site.clock import today


@require_safe
@login_not_required
@never_cache
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Somebody's calendar. The token is the authority: calendar programs do not sign in."""
    found = CalendarFeed.objects.filter(token=token, user__is_active=True).select_related("user").first()
    if found is None or not found.user.has_perm("sop_site.view"):
        raise Http404("There is no such calendar.")
    response = HttpResponse(calendar_of(found.user, today()), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="bridge.ics"'
    return response


@require_POST
@may("sop_site.view")
def renew(request: SignedInRequest) -> HttpResponse:
    """A new address; the one before leads nowhere from now on."""
    had_one = CalendarFeed.objects.filter(user=request.user).exists()
    renew_feed(by=request.user)
    said = "Your calendar has a new address; the one before no longer works." if had_one else ""
    messages.success(request, said or "Your calendar has an address.")
    return redirect("meetings:list")


@require_POST
@may("sop_site.view")
def revoke(request: SignedInRequest) -> HttpResponse:
    """No address any more."""
    revoke_feed(by=request.user)
    messages.success(request, "The address of your calendar no longer works.")
    return redirect("meetings:list")
