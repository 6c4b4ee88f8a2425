"""The history of everything."""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.views.decorators.http import require_safe

from sop_site.access.permissions import SignedInRequest, may
from sop_site.history.queries import acts_of_people, entries_of_acts

ACTS_A_PAGE = 40


@require_safe
@may("sop_site.view")
def entries(request: SignedInRequest) -> HttpResponse:
    """What people changed, newest first; ``before`` pages back in time."""
    acts = acts_of_people(limit=ACTS_A_PAGE + 1, before=_moment(request.GET.get("before", "")))
    shown = acts[:ACTS_A_PAGE]
    return render(
        request,
        "sop_site/history/entries.html",
        {
            "entries": entries_of_acts(shown, request.user),
            "older_before": shown[-1].created_at.isoformat() if len(acts) > ACTS_A_PAGE else "",
        },
    )


def _moment(text: str) -> datetime | None:
    """The moment that an address names; None, which is now, where it names none."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and is_aware(moment) else None
