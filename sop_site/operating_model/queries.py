"""Reads for the pages of the operating model: its versions, and what a person may do with one."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django_fsm import get_available_user_FIELD_transitions

from sop_site.access.models import User
from sop_site.formats import short_date_year
from sop_site.history.queries import HistoryEntry, entries_of
from sop_site.operating_model.choices import OPEN_STATUSES, ModelStatus
from sop_site.operating_model.comparison import (
    ComparedLimit,
    Comparison,
    ScopeRow,
    compared,
    scope_rows,
    what_it_would_undo,
)
from sop_site.operating_model.models import OperatingModel

# What each move means, in the order in which they are offered.
MOVES = {
    "review": "Says that you have looked at it and at what it would have done. It can then be adopted.",
    "adopt": "It comes into force on its date and never changes again. All flags are recalculated under it.",
    "decline": "The version in force stays. The proposal keeps your reason.",
    "withdraw": "Takes your proposal back. It stays in the list of versions.",
}


@dataclass(frozen=True, slots=True)
class Move:
    """A transition that the person may make now."""

    name: str
    label: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a version stands on a day: a word and its tone."""

    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version in the list of all."""

    model: OperatingModel
    standing: Standing


@dataclass(frozen=True, slots=True)
class VersionPage:
    """All that the page of a version shows.

    ``comparison`` holds it against the version that it replaces, or was to replace; the first against itself.
    ``undone`` is what came into force since it was proposed and what it would set back.
    """

    model: OperatingModel
    standing: Standing
    comparison: Comparison
    in_force: OperatingModel
    undone: list[ComparedLimit]
    scopes: list[ScopeRow]
    moves: list[Move]
    note: str

    @property
    def is_open(self) -> bool:
        """Whether people may still decide on it."""
        return self.model.status in OPEN_STATUSES

    @property
    def name(self) -> str:
        """The head of its column."""
        return f"Version {self.model.version}"

    @property
    def replaced_name(self) -> str:
        """The head of the column of what it replaces; "" for the first version."""
        return "" if self.model.replaces is None else f"Version {self.model.replaces.version}"

    @property
    def in_force_name(self) -> str:
        """The head of the column of what is in force."""
        return f"Version {self.in_force.version}"


def versions() -> QuerySet[OperatingModel]:
    """Every version with the people who made it, the newest first."""
    return OperatingModel.objects.select_related("proposed_by", "reviewed_by", "decided_by", "replaces")


def version_rows(in_force: OperatingModel, day: date) -> list[VersionRow]:
    """Every version and where it stands on ``day``."""
    found = list(versions())
    return [VersionRow(model, standing_of(model, in_force, found, day)) for model in found]


def standing_of(
    model: OperatingModel, in_force: OperatingModel, all_versions: list[OperatingModel], day: date
) -> Standing:
    """Where ``model`` stands on ``day``; of those adopted for one day the highest number counts."""
    if model.status != ModelStatus.ADOPTED:
        return Standing(ModelStatus(model.status).label, ModelStatus(model.status).tone)
    if model.pk == in_force.pk:
        return Standing("In force", ModelStatus.ADOPTED.tone)
    if any(_counts_before(other, model) for other in all_versions):
        return Standing("Without effect", ModelStatus.WITHDRAWN.tone)
    if model.effective_from > day:
        return Standing(f"From {short_date_year(model.effective_from)}", ModelStatus.REVIEWED.tone)
    return Standing("Replaced", ModelStatus.WITHDRAWN.tone)


def version_page(model: OperatingModel, user: User, day: date) -> VersionPage:
    """The page of ``model`` (from ``versions``) as ``user`` sees it."""
    in_force = OperatingModel.objects.in_force(day)
    adopted = list(OperatingModel.objects.filter(status=ModelStatus.ADOPTED))
    is_open = model.status in OPEN_STATUSES
    return VersionPage(
        model=model,
        standing=standing_of(model, in_force, adopted, day),
        comparison=compared(model, model.replaces or model),
        in_force=in_force,
        undone=what_it_would_undo(model, in_force) if is_open else [],
        scopes=scope_rows(model),
        moves=moves_of(model, user),
        note=_note(model, adopted, day),
    )


def moves_of(model: OperatingModel, user: User) -> list[Move]:
    """The transitions that the state and the person allow, in the order of MOVES."""
    status = OperatingModel._meta.get_field("status")
    allowed = {found.name: found for found in get_available_user_FIELD_transitions(model, user, status)}
    return [
        Move(name, allowed[name].custom["label"], meaning)
        for name, meaning in MOVES.items()
        if name in allowed
    ]


def history_of(model: OperatingModel) -> list[HistoryEntry]:
    """What was changed on the version and on its scopes; that others replace it is not told here."""
    own, number = OperatingModel._meta.verbose_name, str(model.version)
    return [entry for entry in entries_of(model) if entry.subject_label != own or entry.subject == number]


def _note(model: OperatingModel, adopted: list[OperatingModel], day: date) -> str:
    """What to know about the date of a version, in a sentence; "" where there is nothing."""
    first = [other for other in adopted if _counts_before(other, model)]
    if first:
        return (
            f"Version {max(other.version for other in first)} is adopted for the same day and counts, being"
            " the later one."
        )
    if model.status in OPEN_STATUSES and model.effective_from < day:
        return f"Its date has passed: adopted now, it comes into force today, {short_date_year(day)}."
    return ""


def _counts_before(other: OperatingModel, model: OperatingModel) -> bool:
    """Whether ``other`` keeps ``model`` from ever being in force."""
    same_day = other.effective_from == model.effective_from
    return other.status == ModelStatus.ADOPTED and same_day and other.version > model.version
