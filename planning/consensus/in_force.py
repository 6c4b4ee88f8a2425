"""Which forecast is in force on a business date, as it was signed, and which was signed before another."""

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

    def before(self, version: ForecastVersion) -> ForecastVersion | None:
        """The one that was signed last before ``version``: of its own cycle, or of an earlier one."""
        earlier = (other for other in self.versions if _place_in_time(other) < _place_in_time(version))
        return next(earlier, None)

    def of_earlier_cycle(self, version: ForecastVersion) -> ForecastVersion | None:
        """The last of the cycles before that of ``version``, whose first weeks it says nothing of."""
        return next((other for other in self.versions if _month_of(other) < _month_of(version)), None)


def _month_of(version: ForecastVersion) -> date:
    return version.cycle.month_start


def _place_in_time(version: ForecastVersion) -> tuple[date, int]:
    return _month_of(version), version.number


def last_published() -> ForecastVersion | None:
    """The forecast in force now, with its cycle; None where none was published yet."""
    return next(iter(PublishedVersions.read().versions), None)


def published_before(version: ForecastVersion) -> ForecastVersion | None:
    """The forecast that was signed last before this one: of its own cycle, or of an earlier one."""
    return PublishedVersions.read().before(version)


def covers(version: ForecastVersion, week_start: date) -> bool:
    """Whether the version has numbers for the fiscal week that begins on ``week_start``."""
    return version.first_week_start <= week_start <= version.last_day
