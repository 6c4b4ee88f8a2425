"""The page of what was loaded."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sop_site.access.permissions import SignedInRequest, may
from sop_site.feeds.queries import issue_counts, issues_of, newest_loads

ISSUES_PER_PAGE = 50


@require_safe
@may("sop_site.view")
def loads(request: SignedInRequest) -> HttpResponse:
    """The loads with their row counts, and the data issues of one of them: the newest, or ``?load=``."""
    found = list(newest_loads())
    wanted = request.GET.get("load", "")
    chosen = next((load for load in found if str(load.pk) == wanted), found[0] if found else None)
    context: dict[str, object] = {"loads": found, "chosen": chosen}
    if chosen is not None:
        kind, text = request.GET.get("kind", ""), request.GET.get("q", "").strip()
        issues = Paginator(issues_of(chosen, kind=kind, text=text), ISSUES_PER_PAGE)
        context |= {
            "kinds": issue_counts(chosen),
            "kind": kind,
            "text": text,
            "page": issues.get_page(request.GET.get("page")),
        }
    return render(request, "sop_site/feeds/loads.html", context)
