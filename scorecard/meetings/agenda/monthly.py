"""The points of a monthly consensus, from the cycle that is held in its month."""

from collections.abc import Iterator

from planning.consensus.choices import CycleStatus, RemarkKind
from planning.consensus.domain.stages import still_owed
from planning.consensus.models import Cycle, ForecastVersion
from planning.risk.sentences import joined, plural
from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.meetings.agenda.points import Since, Wanted
from scorecard.meetings.choices import PointSource
from sop_site import formats
from sop_site.fiscal import FiscalPeriod


def monthly_points(period: FiscalPeriod, since: Since) -> list[Wanted]:
    """What is open in the cycle of the month; none before it has one."""
    cycle = Cycle.objects.filter(month_start=period.start).first()
    if cycle is None:
        return []
    version = cycle.current_version
    return [*_stage(cycle, version, since), *_open_points(version)]


def _stage(cycle: Cycle, version: ForecastVersion, since: Since) -> Iterator[Wanted]:
    owed = [layer.label for layer in still_owed(version)]
    match cycle.stage:
        case CycleStatus.COLLECTING | CycleStatus.RECONCILING if owed:
            verb = "owes its number" if len(owed) == 1 else "owe their numbers"
            late = " It is past its date." if since.day > cycle.submit_by_date else ""
            yield Wanted(
                PointSource.FORECAST,
                f"owed:{version.pk}",
                f"{joined(owed)} still {verb}",
                f"Due by {formats.short_date(cycle.submit_by_date)}.{late}",
            )
        case CycleStatus.SIGNING:
            signed = version.signatures.filter(voided_at=None).count()
            yield Wanted(
                PointSource.FORECAST,
                f"sign:{version.pk}",
                f"{cycle} waits for signatures",
                f"{plural(signed, 'signature')} so far; due by {formats.short_date(cycle.sign_by_date)}.",
            )
    if cycle.stage in (CycleStatus.RECONCILING, CycleStatus.SIGNING):
        yield Wanted(
            PointSource.FORECAST,
            f"reconcile:{version.pk}",
            "Where the functions differ, most money first",
            f"Reconcile by {formats.short_date(cycle.reconcile_by_date)}.",
            planned_minutes=20,
        )


def _open_points(version: ForecastVersion) -> Iterator[Wanted]:
    remarks = version.remarks.filter(kind=RemarkKind.OPEN_POINT, closed_at=None)
    for remark in remarks.select_related("category", "product", "raised_by"):
        about = About(AboutKind.SKU, str(remark.product_id)) if remark.product_id else About()
        yield Wanted(
            PointSource.FORECAST,
            f"remark:{remark.pk}",
            f"{remark.subject}: {remark.text}"[:300],
            f"Raised by {remark.raised_by}; it keeps the forecast from being signed.",
            about=about,
        )
