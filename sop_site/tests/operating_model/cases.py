"""Versions of the operating model for tests, brought to a stage as people would."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sop_site.access.models import User
from sop_site.access.roles import Role
from sop_site.clock import today
from sop_site.operating_model import domain
from sop_site.operating_model.choices import ModelStatus
from sop_site.operating_model.domain import ScopeLimits
from sop_site.operating_model.models import OperatingModel

UserOf = Callable[[Role], User]
PROPOSER, REVIEWER, ADOPTER = Role.MARKETING_LEAD, Role.PLANNING_LEAD, Role.EXECUTIVE


def propose(
    user_of: UserOf,
    *,
    effective_from: date | None = None,
    scopes: tuple[ScopeLimits, ...] = (),
    by: Role = PROPOSER,
    **limits: Any,
) -> OperatingModel:
    """A proposal that raises the cover threshold, unless it says something else."""
    return domain.propose_operating_model(
        limits=limits or {"cover_threshold": 1.3},
        scopes=scopes,
        effective_from=effective_from or today(),
        note="Fewer surprises",
        by=user_of(by),
    )


def make_version(status: ModelStatus, user_of: UserOf, **facts: Any) -> OperatingModel:
    """A version at a stage."""
    model = propose(user_of, **facts)
    if status in (ModelStatus.REVIEWED, ModelStatus.ADOPTED):
        model = domain.review_operating_model(model=model, by=user_of(REVIEWER))
    if status == ModelStatus.ADOPTED:
        return domain.adopt_operating_model(model=model, by=user_of(ADOPTER))
    if status == ModelStatus.DECLINED:
        return domain.decline_operating_model(model=model, by=user_of(ADOPTER), note="Too many flags")
    if status == ModelStatus.WITHDRAWN:
        return domain.withdraw_operating_model(model=model, by=user_of(PROPOSER))
    return model
