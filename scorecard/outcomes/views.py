"""What campaigns came to, for Marketing and Planning together: one campaign, and a quarter of them."""

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from marketing.campaigns.models import Campaign
from scorecard.measures.asked import quarter_to_open_on
from scorecard.outcomes.campaign_page import account_of
from scorecard.outcomes.quarter_page import account_of_quarter, outcomes_sheet
from sop_site.access.permissions import SignedInRequest, may
from sop_site.clock import today
from sop_site.export import FileKind, sheet_response
from sop_site.fiscal import FiscalPeriod, PeriodKind
from sop_site.htmx import render_page

CAMPAIGNS_A_PAGE = 50


@require_safe
@may("sop_site.view")
def campaign(request: SignedInRequest, pk: int) -> HttpResponse:
    """What one campaign came to; for htmx the part that its own page embeds."""
    shown = get_object_or_404(Campaign.objects.visible_to(request.user), pk=pk)
    return render_page(
        request,
        page="scorecard/outcomes/campaign.html",
        fragment="scorecard/outcomes/_campaign.html",
        context={"campaign": shown, "account": account_of(shown)},
    )


@require_safe
@may("sop_site.view")
def current(request: SignedInRequest) -> HttpResponse:
    """The quarter that ended last."""
    return _quarter_page(request, quarter_to_open_on(today()))


@require_safe
@may("sop_site.view")
def quarter(request: SignedInRequest, key: str) -> HttpResponse:
    """What the campaigns that ended in a quarter came to."""
    return _quarter_page(request, _quarter(key))


@require_safe
@may("sop_site.view")
def export(request: SignedInRequest, key: str, kind: str) -> HttpResponseBase:
    """The campaigns of a quarter as a file."""
    period = _quarter(key)
    file_kind = FileKind.asked(kind)
    return sheet_response(f"Outcomes {period.label}", outcomes_sheet(account_of_quarter(period)), file_kind)


def _quarter_page(request: SignedInRequest, period: FiscalPeriod) -> HttpResponse:
    account = account_of_quarter(period)
    later = period + 1
    context = {
        "account": account,
        "page": Paginator(account.rows, CAMPAIGNS_A_PAGE).get_page(request.GET.get("page")),
        "earlier": period - 1,
        "later": later if later.start <= today() else None,
        "kinds": list(FileKind),
    }
    return render(request, "scorecard/outcomes/quarter.html", context)


def _quarter(key: str) -> FiscalPeriod:
    try:
        period = FiscalPeriod.of_key(key)
    except ValueError:
        raise Http404("No such quarter.") from None
    if period.kind != PeriodKind.QUARTER:
        raise Http404("No such quarter.")
    return period
