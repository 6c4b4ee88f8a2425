"""The scorecard, each measure, what stands behind it, its targets, and the restatements."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from marketing.catalogue.models import Product
from scorecard.measures.asked import Asked
from scorecard.measures.choices import Measure
from scorecard.measures.domain.targets import set_target as put_target
from scorecard.measures.forms import RestateForm, TargetForm
from scorecard.measures.wording import target_text, typed_value
from scorecard.outcomes import domain
from scorecard.outcomes.card_page import card_page, card_sheet
from scorecard.outcomes.drill_opened import Opened
from scorecard.outcomes.drill_page import drill_page
from scorecard.outcomes.drill_sheet import drill_sheet
from scorecard.outcomes.measure_page import measure_page, parts_sheet, slice_of
from scorecard.outcomes.restatement_page import changed_weeks, restatements
from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.clock import today
from sop_site.export import FileKind, content_of, file_response, sheet_response
from sop_site.fiscal import week_of


@require_safe
@may("sop_site.view")
def card(request: SignedInRequest) -> HttpResponse:
    """The whole card of a period and a cut of the business."""
    day = today()
    asked = Asked.of(request.GET.dict(), day)
    context = {**_around(asked, day), "card": card_page(asked)}
    return render(request, "scorecard/measures/card.html", context)


@require_safe
@may("sop_site.view")
def card_export(request: SignedInRequest, kind: str) -> HttpResponse:
    """The same lines as a file."""
    asked = Asked.of(request.GET.dict(), today())
    file_kind = FileKind.asked(kind)
    name = f"Scorecard {asked.period.label}"
    return file_response(name, content_of(card_sheet(card_page(asked)), file_kind), file_kind)


@require_safe
@may("sop_site.view")
def measure(request: SignedInRequest, name: str) -> HttpResponse:
    """One measure: its course, its parts, its formula and its targets."""
    return _measure(request, _named(name), None)


@require_POST
@may("scorecard.set_target")
def set_target(request: SignedInRequest, name: str) -> HttpResponse:
    """Say what a measure should be from a day on."""
    of = _named(name)
    form = TargetForm(request.POST, measure=of)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            target = put_target(
                measure=of,
                category=typed.get("category"),
                effective_from=typed["effective_from"],
                value=typed_value(of, typed["value"]),
                reason=typed["reason"],
                by=request.user,
            )
        except NotNow as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"The target is {target_text(of, target.value)}.")
            asked = Asked.of(request.GET.dict(), today())
            return redirect(reverse("scorecard:measure", args=[of.value]) + asked.query())
    return _measure(request, of, form)


@require_safe
@may("sop_site.view")
def parts_export(request: SignedInRequest, name: str, kind: str) -> HttpResponse:
    """The parts of a measure as a file."""
    of, file_kind = _named(name), FileKind.asked(kind)
    asked = Asked.of(request.GET.dict(), today())
    by = slice_of(of, request.GET.get("by", ""))
    if by is None:
        raise Http404("This measure has no parts.")
    sheet = parts_sheet(of, asked, by)
    return file_response(f"{of.label} by {by} {asked.period.label}", content_of(sheet, file_kind), file_kind)


@require_safe
@may("sop_site.view")
def drill(request: SignedInRequest, name: str) -> HttpResponse:
    """The SKUs, doors and weeks behind a measure, or its campaigns."""
    of, day = _named(name), today()
    asked = Asked.of(request.GET.dict(), day)
    found = drill_page(of, asked, _opened(request), page=request.GET.get("page"))
    context = {**_around(asked, day), "drill": found, "measure": of, "kept": _kept(request)}
    return render(request, "scorecard/measures/drill.html", context)


@require_safe
@may("sop_site.view")
def drill_export(request: SignedInRequest, name: str, kind: str) -> HttpResponseBase:
    """Every row behind a measure as a file."""
    of, file_kind = _named(name), FileKind.asked(kind)
    asked = Asked.of(request.GET.dict(), today())
    try:
        sheet = drill_sheet(of, asked, file_kind, _opened(request))
    except NotNow as refused:
        messages.error(request, str(refused))
        return redirect(f"{reverse('scorecard:drill', args=[of.value])}?{request.GET.urlencode()}")
    return sheet_response(f"{of.label} rows {asked.period.label}", sheet, file_kind)


@require_safe
@may("sop_site.view")
def restated(request: SignedInRequest) -> HttpResponse:
    """Closed weeks that something changed afterwards, and how weeks were restated."""
    return _restated(request, None, None)


@require_POST
@may("scorecard.restate_week")
def restate(request: SignedInRequest, week: str) -> HttpResponse:
    """Take a closed week anew, with the reason."""
    try:
        start = date.fromisoformat(week)
    except ValueError:
        raise Http404("No such week.") from None
    form = RestateForm(request.POST)
    if form.is_valid():
        try:
            domain.restate_week(week_start=start, by=request.user, reason=form.cleaned_data["reason"])
        except NotNow as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{week_of(start).label} is restated.")
            return redirect("scorecard:restatements")
    return _restated(request, form, start)


def _measure(request: SignedInRequest, of: Measure, form: TargetForm | None) -> HttpResponse:
    day = today()
    asked = Asked.of(request.GET.dict(), day)
    initial = {"effective_from": asked.period.start, "category": asked.cut.category_id}
    context = {
        **_around(asked, day),
        "measure": of,
        "facts": of.facts,
        "page": measure_page(of, asked, request.GET.get("by", "")),
        "form": form or TargetForm(measure=of, initial=initial),
        "is_typed": form is not None,
        "kept": _kept(request, "by"),
    }
    return render(request, "scorecard/measures/measure.html", context)


def _restated(request: SignedInRequest, form: RestateForm | None, start: date | None) -> HttpResponse:
    page, made = restatements(request.GET.get("page"))
    changed = changed_weeks()
    context = {
        "changed": [
            (
                each,
                form
                if form is not None and each.week.start == start
                else RestateForm(auto_id=f"id_{each.week.start}_%s"),
            )
            for each in changed
        ],
        # What was typed for a week that does not wait, or waits no longer, is not lost either.
        "refused": (week_of(start), form)
        if start is not None and start not in {each.week.start for each in changed}
        else None,
        "page": page,
        "made": made,
        "may_restate": request.user.has_perm("scorecard.restate_week"),
    }
    return render(request, "scorecard/measures/restatements.html", context)


def _around(asked: Asked, day: date) -> dict[str, object]:
    """What the head of every page of the scorecard needs."""
    later = asked.period + 1
    return {
        "asked": asked,
        "period_kinds": asked.kinds(day),
        "earlier": asked.period - 1,
        "later": later if later.start <= day else None,
        "query": asked.query(),
        "file_kinds": list(FileKind),
        "day": day,
    }


def _kept(request: SignedInRequest, *names: str) -> list[tuple[str, str]]:
    """Of the address what a change of the cut leaves as it is."""
    return [(name, request.GET[name]) for name in names if name in request.GET]


def _named(name: str) -> Measure:
    try:
        return Measure(name)
    except ValueError:
        raise Http404("No such measure.") from None


def _opened(request: SignedInRequest) -> Opened:
    """How far the address opens a figure, and of which SKU."""
    pk = request.GET.get("sku", "")
    product = get_object_or_404(Product, pk=int(pk)) if pk.isdecimal() and len(pk) < 19 else None
    return Opened.of(request.GET.get("level", ""), product, is_direct="direct" in request.GET)
