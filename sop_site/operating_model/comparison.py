"""What one version of the operating model changes beside another, limit by limit and place by place."""

from collections.abc import Mapping
from dataclasses import dataclass

from sop_site.operating_model.limits import Limit, Limits, limits_of
from sop_site.operating_model.meaning import GROUPS, MEANINGS, LimitMeaning
from sop_site.operating_model.models import OperatingModel


@dataclass(frozen=True, slots=True)
class ComparedLimit:
    """One limit of a version beside that of another; ``where`` is the scope, or nothing for everywhere.

    A scope that one of the two does not have is compared with what counts there instead.
    """

    meaning: LimitMeaning
    where: str
    value_before: float | None
    value_after: float | None

    @property
    def is_changed(self) -> bool:
        """Whether the two say something else."""
        return self.value_before != self.value_after

    @property
    def before(self) -> str:
        """The other version's value in words."""
        return self.meaning.unit.text(self.value_before)

    @property
    def after(self) -> str:
        """The version's own value in words."""
        return self.meaning.unit.text(self.value_after)


@dataclass(frozen=True, slots=True)
class ComparedGroup:
    """Limits that are thought of together."""

    title: str
    limits: list[ComparedLimit]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All limits of a version beside those of another."""

    groups: list[ComparedGroup]

    @property
    def changes(self) -> list[ComparedLimit]:
        """Those that differ."""
        return [limit for group in self.groups for limit in group.limits if limit.is_changed]


def compared(model: OperatingModel, other: OperatingModel) -> Comparison:
    """``model`` beside ``other``, which it replaces."""
    groups = [
        ComparedGroup(
            group.title,
            [ComparedLimit(each, "", value_of(other, each), value_of(model, each)) for each in group.limits],
        )
        for group in GROUPS
    ]
    scoped = _scoped(Limits.of(model), Limits.of(other))
    return Comparison([*groups, ComparedGroup("By category and region", scoped)] if scoped else groups)


def what_it_would_undo(model: OperatingModel, in_force: OperatingModel) -> list[ComparedLimit]:
    """Limits that ``in_force`` changed since ``model`` was proposed, and that ``model`` would set back.

    Nothing where ``in_force`` is the version that ``model`` was compared with when it was proposed.
    """
    if model.replaces is None or model.replaces.pk == in_force.pk:
        return []
    changed_since = {_key(each) for each in compared(in_force, model.replaces).changes}
    left_alone = changed_since - {_key(each) for each in compared(model, model.replaces).changes}
    return [each for each in compared(model, in_force).changes if _key(each) in left_alone]


def value_of(model: OperatingModel, meaning: LimitMeaning) -> float | None:
    """What ``model`` says of a limit everywhere."""
    value = getattr(model, meaning.field)
    return None if value is None else float(value)


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """What a version says of one place: each limit that the place has of its own, and its value in words."""

    where: str
    values: list[tuple[LimitMeaning, str]]


def scope_rows(model: OperatingModel) -> list[ScopeRow]:
    """What ``model`` says of single categories and regions."""
    return [
        ScopeRow(
            str(scope),
            [
                (MEANINGS[limit], MEANINGS[limit].unit.text(value))
                for limit, value in limits_of(scope).items()
            ],
        )
        for scope in model.scopes.all()
    ]


def _scoped(limits: Limits, others: Limits) -> list[ComparedLimit]:
    found = []
    for path, region in sorted(limits.scoped.keys() | others.scoped.keys()):
        said = _keys_of(limits, path, region) | _keys_of(others, path, region)
        for limit in Limit:
            if limit in said:
                there, before = limits.resolved(limit, path, region), others.resolved(limit, path, region)
                where = " in ".join(filter(None, (path, region)))
                found.append(ComparedLimit(MEANINGS[limit], where, before.value, there.value))
    return found


def _keys_of(limits: Limits, path: str, region: str) -> set[Limit]:
    said: Mapping[Limit, float] = limits.scoped.get((path, region), {})
    return set(said)


def _key(limit: ComparedLimit) -> tuple[str, str]:
    return limit.meaning.field, limit.where
