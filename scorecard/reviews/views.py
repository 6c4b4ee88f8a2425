"""The quarterly review on one page, what is decided and closed there, and its pre-read."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scorecard.measures.queries import recorded_weeks
from scorecard.reviews import domain
from scorecard.reviews.content import review_content
from scorecard.reviews.forms import AskForm, CloseForm, DecisionForm, SummaryForm, decision_prefix
from scorecard.reviews.models import ReviewDecision
from scorecard.reviews.periods import current_quarter, quarter, quarter_of, review_of
from scorecard.reviews.pre_reads import pre_read_standing
from scorecard.reviews.untaken import untaken_weeks
from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.clock import today
from sop_site.fiscal import FiscalPeriod
from sop_site.htmx import unchanged, wants_fragment
from sop_site.paper.download import as_download


@require_safe
@may("sop_site.view")
def current(request: SignedInRequest) -> HttpResponse:
    """The review that the next meeting is about."""
    return redirect(_address("detail", current_quarter(today())))


@require_safe
@may("sop_site.view")
def detail(request: SignedInRequest, year: int, number: int) -> HttpResponse:
    """One page that serves the meeting."""
    return _page(request, _quarter(year, number))


@require_POST
@may("scorecard.close_quarter")
def say_first(request: SignedInRequest, year: int, number: int) -> HttpResponse:
    """What the chair wants said first."""
    period = _quarter(year, number)
    form = SummaryForm(request.POST)
    if not form.is_valid():
        return _page(request, period, summary_form=form)
    return _done(
        request,
        period,
        lambda: domain.say_first(period=period, by=request.user, **form.cleaned_data),
        "Kept. It stands on top of the page and of the pre-read.",
        summary_form=form,
    )


@require_POST
@may("scorecard.record_decision")
def ask(request: SignedInRequest, year: int, number: int) -> HttpResponse:
    """Put a question to the review."""
    period = _quarter(year, number)
    form = AskForm(request.POST)
    if not form.is_valid():
        return _page(request, period, ask_form=form)
    return _done(
        request,
        period,
        lambda: domain.ask_decision(period=period, by=request.user, **form.cleaned_data),
        "Asked. The review decides it, or carries it over.",
        ask_form=form,
    )


@require_POST
@may("scorecard.record_decision")
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down what was decided."""
    asked = get_object_or_404(ReviewDecision.objects.select_related("review"), pk=pk)
    period = quarter_of(asked.review)
    form = DecisionForm(request.POST, prefix=decision_prefix(pk))
    if not form.is_valid():
        return _page(request, period, decision_form=form)
    return _done(
        request,
        period,
        lambda: domain.record_decision(asked=asked, by=request.user, **form.cleaned_data),
        "Recorded.",
        decision_form=form,
    )


@require_POST
@may("scorecard.record_decision")
def carry_over(request: SignedInRequest, pk: int) -> HttpResponse:
    """Leave a question to the next quarter's review."""
    asked = get_object_or_404(ReviewDecision.objects.select_related("review"), pk=pk)
    period = quarter_of(asked.review)
    return _done(
        request,
        period,
        lambda: domain.carry_over(asked=asked, by=request.user),
        f"Carried over to the review of {(period + 1).label}.",
    )


@require_POST
@may("scorecard.close_quarter")
def close(request: SignedInRequest, year: int, number: int) -> HttpResponse:
    """Close the quarter for good."""
    period = _quarter(year, number)
    recorded = recorded_weeks([week.start for week in period.weeks])
    form = CloseForm(request.POST, missing=untaken_weeks(period, recorded, today()).missing)
    if not form.is_valid():
        return _page(request, period, close_form=form)
    return _done(
        request,
        period,
        lambda: domain.close_quarter(period=period, by=request.user, **form.cleaned_data),
        f"{period.label} is closed. Its figures do not change any more; the review of"
        f" {(period + 1).label} is open.",
        close_form=form,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@may("sop_site.view")
def pre_read(request: SignedInRequest, year: int, number: int) -> HttpResponse:
    """Where the pre-read stands, as a part of the page; a post asks for a new one."""
    period = _quarter(year, number)
    if request.method == "POST":
        return _done(
            request,
            period,
            lambda: domain.ask_pre_read(period=period, by=request.user),
            "The pre-read is being made.",
        )
    if not wants_fragment(request):
        return redirect(_address("detail", period) + "#pre-read")
    standing = pre_read_standing(review_of(period))
    if answer := unchanged(request, standing.state):
        return answer
    return render(request, "scorecard/reviews/_pre_read.html", {"standing": standing, "period": period})


@require_safe
@may("sop_site.view")
def pre_read_file(request: SignedInRequest, year: int, number: int) -> HttpResponse:
    """The newest pre-read that was made."""
    period = _quarter(year, number)
    made = pre_read_standing(review_of(period)).made
    if made is None:
        raise Http404("The pre-read of this quarter was not made yet.")
    return as_download(made.pdf, f"Pre-read {period.label}.pdf")


def _quarter(year: int, number: int) -> FiscalPeriod:
    """A quarter that has begun; what lies ahead has no page."""
    try:
        period = quarter(year, number)
    except ValueError as error:
        raise Http404("There is no such quarter.") from error
    if period.start > today():
        raise Http404("This quarter has not begun.")
    return period


def _address(name: str, period: FiscalPeriod) -> str:
    return reverse(f"reviews:{name}", args=[period.year, period.number])


def _done(
    request: SignedInRequest,
    period: FiscalPeriod,
    act: Callable[[], object],
    said: str,
    **typed: forms.Form,
) -> HttpResponse:
    """Do it and say so; or say why not, beside what was ``typed`` where there is any; then the page again."""
    try:
        act()
    except NotNow as refusal:
        kept = {name: form for name, form in typed.items() if form.fields}
        for form in kept.values():
            form.add_error(None, str(refusal))
        if kept:
            return _page(request, period, **kept)
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect(_address("detail", period))


def _page(request: SignedInRequest, period: FiscalPeriod, **filled: forms.Form) -> HttpResponse:
    """The page; a form that was ``filled`` in and refused stands on it as it came, and is scrolled to."""
    for form in filled.values():
        next(iter(form.fields.values())).widget.attrs["autofocus"] = True
    review, day = review_of(period), today()
    content = review_content(review, day)
    may_decide = review.closed_at is None and request.user.has_perm("scorecard.record_decision")
    may_close = review.closed_at is None and request.user.has_perm("scorecard.close_quarter")
    offered: dict[str, forms.Form] = {}
    if may_decide:
        offered |= {"ask_form": AskForm()}
    if may_close:
        offered |= {
            "summary_form": SummaryForm(initial={"summary": review.summary}),
            "close_form": CloseForm(missing=content.untaken.missing),
        }
    refused = filled.pop("decision_form", None)

    def refused_on(decision: ReviewDecision) -> forms.Form | None:
        is_on_it = refused is not None and refused.prefix == decision_prefix(decision.pk)
        return refused if is_on_it else None

    context = {
        "content": content,
        "review": review,
        "period": period,
        "earlier": _address("detail", period - 1),
        "later": _address("detail", period + 1) if (period + 1).start <= day else "",
        "next_quarter": (period + 1).label,
        "standing": pre_read_standing(review),
        **offered,
        **filled,
        "open_decisions": [
            (decision, refused_on(decision) or (_decision_form(decision) if may_decide else None))
            for decision in content.open_decisions
        ],
        "taken_decisions": [(decision, refused_on(decision)) for decision in content.taken_decisions],
    }
    return render(request, "scorecard/reviews/detail.html", context)


def _decision_form(decision: ReviewDecision) -> DecisionForm:
    return DecisionForm(prefix=decision_prefix(decision.pk))
