"""The history of everything."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime

from sop_site.access.permissions import may
from sop_site.history.queries import acts_of_people, entries_of_acts

ACTS_A_PAGE = 40


@may("sop_site.view")
def entries(request: HttpRequest) -> HttpResponse:
    """What people changed, newest first; ``before`` pages back in time."""
    acts = acts_of_people(limit=ACTS_A_PAGE + 1, before=parse_datetime(request.GET.get("before", "") or ""))
    shown = acts[:ACTS_A_PAGE]
    return render(
        request,
        "sop_site/history/entries.html",
        {
            "entries": entries_of_acts(shown),
            "older_before": shown[-1].created_at.isoformat() if len(acts) > ACTS_A_PAGE else "",
        },
    )
