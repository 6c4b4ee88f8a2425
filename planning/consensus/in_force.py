"""Which forecast is in force on a business date: what was published then, as it was signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from planning.consensus.models import ForecastVersion


@dataclass(frozen=True, slots=True)
class PublishedVersions:
    """Every published version: those of the newest cycle first, and of a cycle the last first.

    So an older forecast that is reopened and signed again does not come before a newer one.
    """

    versions: Sequence[ForecastVersion]

    @classmethod
    def read(cls) -> "PublishedVersions":
        """All of them, in one query."""
        published = ForecastVersion.objects.filter(published_at__isnull=False).select_related("cycle")
        return cls(list(published.order_by("-cycle__month_start", "-number")))

    def in_force(self, day: date, week_start: date | None = None) -> ForecastVersion | None:
        """The newest that was published by ``day``; of those that cover the week of ``week_start``, if given.

        None where there is none. A version published on ``day`` itself is in force.
        """
        for version in self.versions:
            is_published = version.published_on is not None and version.published_on <= day
            if is_published and (week_start is None or covers(version, week_start)):
                return version
        return None


def last_published() -> ForecastVersion | None:
    """The forecast in force now, with its cycle; None where none was published yet."""
    return next(iter(PublishedVersions.read().versions), None)


def covers(version: ForecastVersion, week_start: date) -> bool:
    """Whether the version has numbers for the fiscal week that begins on ``week_start``."""
    return version.first_week_start <= week_start <= version.last_day


def version_in_force(day: date, week_start: date | None = None) -> ForecastVersion | None:
    """The forecast in force on ``day``, and about the week that begins on ``week_start`` if it is given."""
    return PublishedVersions.read().in_force(day, week_start)
