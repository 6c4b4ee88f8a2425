"""The versions of the operating model that a review has before it, each with its newest replay."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from scorecard.lab.choices import ReplayStatus
from scorecard.lab.models import Replay
from scorecard.lab.result_page import ResultPage, result_page
from scorecard.reviews.models import QuarterlyReview
from scorecard.reviews.periods import quarter_of
from sop_site.fiscal import week_of
from sop_site.operating_model.choices import ModelStatus
from sop_site.operating_model.comparison import ComparedLimit, compared
from sop_site.operating_model.models import OperatingModel


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to, the proposal beside the version of its day, and of which weeks."""

    replay: Replay
    weeks: str
    page: ResultPage


@dataclass(frozen=True, slots=True)
class ProposedModel:
    """A version that is proposed, what it changes, and its newest finished replay."""

    model: OperatingModel
    status: ModelStatus
    changes: list[ComparedLimit]
    replayed: Replayed | None

    @property
    def before(self) -> str:
        """The name of the version that it replaces."""
        return f"Version {self.model.replaces.version}" if self.model.replaces else ""

    @property
    def after(self) -> str:
        """Its own name."""
        return f"Version {self.model.version}"

    @property
    def replay_words(self) -> str:
        """What the replay says in sentences, or that there is none."""
        if self.replayed is None:
            return "It was not replayed on past quarters yet."
        return self.replayed.page.summary or self.replayed.page.why_nothing


def proposed_models(review: QuarterlyReview) -> list[ProposedModel]:
    """Those that people may still decide on, and those that were decided since the quarter ended.

    Of a closed review as they stood when it closed: what became of a version later, and later replays, are
    of the next one.
    """
    at = review.closed_at or timezone.now()
    is_open = Q(decided_at=None) | Q(decided_at__gt=at)
    models = OperatingModel.objects.filter(
        is_open | Q(decided_at__date__gt=quarter_of(review).end) & ~Q(status=ModelStatus.WITHDRAWN),
        proposed_at__lte=at,
    )
    models = models.select_related("replaces", "proposed_by").prefetch_related("scopes", "replaces__scopes")
    newest: dict[int, Replay] = {}
    done = Replay.objects.filter(model__in=models, status=ReplayStatus.DONE)
    if review.closed_at is not None:
        done = done.filter(finished_at__lte=review.closed_at)
    for replay in done.select_related("model", "beside").order_by("finished_at"):
        newest[replay.model_id] = replay
    return [
        ProposedModel(
            model=model,
            status=_status_at(model, at),
            changes=compared(model, model.replaces).changes if model.replaces else [],
            replayed=_replayed(newest[model.pk]) if model.pk in newest else None,
        )
        for model in models.order_by("version")
    ]


def _status_at(model: OperatingModel, at: datetime) -> ModelStatus:
    """The stage that a version had reached at a moment."""
    if model.decided_at is not None and model.decided_at <= at:
        return ModelStatus(model.status)
    is_reviewed = model.reviewed_at is not None and model.reviewed_at <= at
    return ModelStatus.REVIEWED if is_reviewed else ModelStatus.PROPOSED


def _replayed(replay: Replay) -> Replayed:
    first, last = week_of(replay.first_week_start), week_of(replay.last_week_start)
    weeks = first.label if first == last else f"{first.label} to {last.label}"
    return Replayed(replay, weeks, result_page(replay))
