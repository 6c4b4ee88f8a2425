"""The papers of a meeting: where they stand, asking for one, and the files."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from scorecard.meetings.choices import PaperKind
from scorecard.meetings.domain.papers import ask_paper
from scorecard.meetings.models import Meeting
from scorecard.meetings.paper_page import paper_part
from sop_site.access.permissions import NotNow, SignedInRequest, may, require
from sop_site.htmx import unchanged, wants_fragment
from sop_site.paper.download import as_download
from sop_site.paper.standing import standing_of


@require_http_methods(["GET", "HEAD", "POST"])
@may("sop_site.view")
def paper(request: SignedInRequest, pk: int, kind: str) -> HttpResponse:
    """Where a paper stands, as a part of the meeting's page; a post asks for a new one."""
    meeting, of_kind = _paper_of(pk, kind)
    if request.method == "POST":
        require(request.user, "scorecard.take_part")
        try:
            ask_paper(meeting=meeting, kind=of_kind, by=request.user)
        except NotNow as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{of_kind.label}: the file is being made.")
        return redirect(f"{meeting.get_absolute_url()}#papers")
    if not wants_fragment(request):
        return redirect(f"{meeting.get_absolute_url()}#papers")
    part = paper_part(meeting, of_kind, request.user)
    if answer := unchanged(request, part.standing.state):
        return answer
    return render(request, "scorecard/meetings/_paper.html", {"part": part, "meeting": meeting})


@require_safe
@may("sop_site.view")
def paper_file(request: SignedInRequest, pk: int, kind: str) -> HttpResponse:
    """The newest of the kind that was made."""
    meeting, of_kind = _paper_of(pk, kind)
    made = standing_of(meeting.papers.filter(kind=of_kind)).made
    if made is None:
        raise Http404("It was not made yet.")
    return as_download(made.pdf, f"{of_kind.label} {meeting}.pdf")


def _paper_of(pk: int, kind: str) -> tuple[Meeting, PaperKind]:
    if kind not in PaperKind.values:
        raise Http404("There is no such paper.")
    meeting = get_object_or_404(Meeting.objects.select_related("series", "chair"), pk=pk)
    return meeting, PaperKind(kind)
