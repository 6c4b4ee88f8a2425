"""The one lock of a cycle: every write takes it first, so stage, numbers and signatures agree."""

from django.utils import timezone

from planning.consensus.models import Cycle, ForecastSignature, ForecastVersion
from sop_site.access.permissions import NotNow


def locked(version: ForecastVersion) -> ForecastVersion:
    """The version as it stands, with its cycle locked until the transaction ends."""
    cycle = Cycle.objects.select_for_update(no_key=True).get(pk=version.cycle_id)
    current = ForecastVersion.objects.get(pk=version.pk)
    current.cycle = cycle
    return current


def locked_open(version: ForecastVersion) -> ForecastVersion:
    """As ``locked``; NotNow where it is published, and so closed for good."""
    current = locked(version)
    if current.published_at is not None:
        raise NotNow(f"{current} is published and locked. The chair can reopen the forecast.")
    return current


def locked_current(cycle: Cycle) -> ForecastVersion:
    """The newest version of a cycle, locked with it."""
    return locked(cycle.current_version)


def void_signatures(version: ForecastVersion, reason: str) -> int:
    """Make every given signature void, and say why; how many there were."""
    given = ForecastSignature.objects.filter(version=version, voided_at=None)
    return given.update(voided_at=timezone.now(), void_reason=reason)
