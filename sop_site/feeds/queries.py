"""What was loaded, and what was odd in it."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from sop_site.feeds.models import DataIssue, RetailerLoad


@dataclass(frozen=True, slots=True)
class IssueKindCount:
    """A kind of data issue of one load, and how many there are."""

    kind: str
    label: str
    count: int


def newest_loads(limit: int = 20) -> QuerySet[RetailerLoad]:
    """Finished loads with their number of issues, the newest first."""
    finished = RetailerLoad.objects.exclude(finished_at=None)
    return finished.annotate(issue_count=Count("issues")).order_by("-started_at", "-pk")[:limit]


def issues_of(retailer_load: RetailerLoad, *, kind: str = "", text: str = "") -> QuerySet[DataIssue]:
    """The issues of a load: of one kind, and with ``text`` in their SKU, door, file or message."""
    issues = retailer_load.issues.all()
    if kind in DataIssue.Kind.values:
        issues = issues.filter(kind=kind)
    if text:
        issues = issues.filter(
            Q(sku__icontains=text)
            | Q(door_code__icontains=text)
            | Q(file_name__icontains=text)
            | Q(message__icontains=text)
        )
    return issues.order_by("kind", "file_name", "line_number", "pk")


def issue_counts(retailer_load: RetailerLoad) -> list[IssueKindCount]:
    """The kinds of issues that a load has, in the order of their definition."""
    counts = dict(
        retailer_load.issues.order_by()
        .values("kind")
        .annotate(count=Count("pk"))
        .values_list("kind", "count")
    )
    return [
        IssueKindCount(kind.value, kind.label, counts[kind.value])
        for kind in DataIssue.Kind
        if kind.value in counts
    ]
