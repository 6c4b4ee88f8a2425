"""Reading the history: one list of changes, whatever they were made to."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import itemgetter
from typing import Any

import pghistory.core
import pghistory.models
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format

from sop_site.access.models import User
from sop_site.access.roles import Role

# Fields that only repeat what another field, or the entry itself, already says.
UNTOLD_FIELDS = frozenset(
    {
        "id",
        "revision",
        "submitted_at",
        "decided_at",
        "settled_at",
        "proposed_at",
        "created_at",
        "reviewed_at",
        "review_note",
        "entered_at",
        "entered_by",
        "is_loaded",
        "password",
    }
)
JOINT = " · "
KINDS = {"insert": "added", "update": "changed", "delete": "removed"}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a row: its name in words, and its value before and after ("" where there was none)."""

    field_label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of one row: who, when, what kind of change, from what to what, and why.

    Where one act did the same to several rows of a kind, one entry stands for them: ``subject_label``
    counts them ("23 campaign lines"), and ``parts`` are the entries of each. Where the model says itself
    what its rows mean (its ``TOLD_AS``, by the label of the event), ``sentence`` is that, and stands for the
    kind, the subject and the changes.
    """

    at: datetime
    by: str
    kind: str
    subject_label: str
    subject: str
    changes: tuple[FieldChange, ...]
    note: str
    parts: tuple["HistoryEntry", ...] = ()
    sentence: str = ""


def entries_of(row: models.Model, *, limit: int = 1_000) -> list[HistoryEntry]:
    """The newest changes of this row and of the rows that belong to it, newest first.

    At most ``limit`` rows' changes are read; a large plan is drafted in hundreds of them.
    """
    events = pghistory.models.Events.objects.references(row).order_by("-pgh_created_at", "-pgh_id")
    return _in_words(list(events[:limit]), row)


def last_changed_by(row: models.Model, field_name: str) -> str:
    """Who gave a field of a row the value that it has now; "Bridge" where no person did."""
    field = row._meta.get_field(field_name)
    events = pghistory.models.Events.objects.tracks(row).order_by("-pgh_created_at", "-pgh_id")
    for event in events:
        if event.pgh_label == "insert" or field.attname in (event.pgh_diff or ()):  # type: ignore[union-attr]
            known = (event.pgh_context or {}).get("user")
            person = User.objects.filter(pk=known).first() if known else None
            return str(person or "Bridge")
    return "Bridge"


def acts_of_people(*, limit: int, before: datetime | None = None) -> list[pghistory.models.Context]:
    """The newest acts: each is one request in which a person changed something, with its reason."""
    # What a command or the clock does has a user of null; a recalculation has none at all.
    of_people = pghistory.models.Context.objects.filter(metadata__user__isnull=False)
    acts = of_people.exclude(metadata__user=None).order_by("-created_at")
    if before is not None:
        acts = acts.filter(created_at__lt=before)
    return list(acts[:limit])


def entries_of_acts(acts: Iterable[pghistory.models.Context], viewer: User) -> list[HistoryEntry]:
    """What those acts changed, newest first, as far as ``viewer`` may see the rows it happened to."""
    act_ids = [act.pk for act in acts]
    events: list[Any] = []
    for event_model in pghistory.core.event_models():
        tracked: type[models.Model] = event_model.pgh_tracked_model  # type: ignore[attr-defined]  # untyped
        touched = event_model._default_manager.filter(pgh_context__in=act_ids)
        rows = [tracked(pk=pk) for pk in touched.values_list("pgh_obj_id", flat=True).distinct()]
        if rows:
            told = pghistory.models.Events.objects.tracks(*rows).filter(pgh_context_id__in=act_ids)
            events += _visible(list(told), tracked, viewer)
    return _in_words(sorted(events, key=lambda event: event.pgh_created_at, reverse=True))


def _visible(events: list[Any], model: type[models.Model], viewer: User) -> list[Any]:
    """The events whose row, and every row it points to, ``viewer`` may see.

    A model of which not everyone sees every row says so by ``visible_to`` on its QuerySet.
    """
    fields = model._meta.concrete_fields
    keys: list[tuple[Any, str]] = [(model, "id")]
    keys += [(field.related_model, field.attname) for field in fields if field.is_relation]
    for kind, attribute in keys:
        rows = kind._default_manager.all()
        if hasattr(rows, "visible_to"):
            ids = {event.pgh_data[attribute] for event in events}
            seen = set(rows.visible_to(viewer).filter(pk__in=ids).values_list("pk", flat=True))
            events = [event for event in events if event.pgh_data[attribute] in seen]
    return events


def _in_words(events: list[Any], row: models.Model | None = None) -> list[HistoryEntry]:
    # A revision only counts; what it counts has events of its own.
    events = [event for event in events if set(event.pgh_diff or ()) != {"revision"}]
    models_of_events = [apps.get_model(event.pgh_obj_model) for event in events]
    labels = _labels_of_related_rows(zip(models_of_events, events, strict=True))
    people = labels[User]
    entries: list[HistoryEntry] = []
    for model, event in zip(models_of_events, events, strict=True):
        context = event.pgh_context or {}
        subject = _subject(model, event.pgh_data, labels)
        changes = _changes(model, event, labels)
        if event.pgh_label == "insert":
            # What its name already says is not told again.
            changes = tuple(change for change in changes if change.after not in subject.split(JOINT))
        entries.append(
            HistoryEntry(
                at=event.pgh_created_at,
                by=people.get(context.get("user"), "Bridge"),
                kind=KINDS[event.pgh_label],
                subject_label=str(model._meta.verbose_name),
                subject=subject,
                changes=changes,
                note=context.get("note", ""),
                sentence=_sentence(model, event, labels, row),
            )
        )
    return _grouped(models_of_events, events, entries)


def _grouped(
    models_of_events: list[type[models.Model]], events: list[Any], entries: list[HistoryEntry]
) -> list[HistoryEntry]:
    """The entries, those that tell the same of several rows in one act as one in place of the newest."""
    keys = [
        (event.pgh_context_id, event.pgh_label, event.pgh_obj_model)
        if event.pgh_context_id and not entry.sentence
        else index
        for index, (event, entry) in enumerate(zip(events, entries, strict=True))
    ]
    places: dict[Any, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        places[key].append(index)
    grouped = []
    for found in places.values():
        row_count = len({events[index].pgh_obj_id for index in found})
        first = entries[found[0]]
        if row_count > 1:
            plural = models_of_events[found[0]]._meta.verbose_name_plural
            parts = tuple(entries[index] for index in found)
            label = f"{row_count:,} {plural}"
            grouped.append(
                (found[0], replace(first, subject_label=label, subject="", changes=(), parts=parts))
            )
        else:
            grouped += [(index, entries[index]) for index in found]
    return [entry for _, entry in sorted(grouped, key=itemgetter(0))]


def _labels_of_related_rows(pairs: Iterable[tuple[type[models.Model], Any]]) -> dict[Any, dict[Any, str]]:
    wanted: dict[Any, set[Any]] = defaultdict(set)
    for model, event in pairs:
        wanted[User].add((event.pgh_context or {}).get("user"))
        for field in model._meta.concrete_fields:
            if field.related_model is None:
                continue
            wanted[field.related_model].add(event.pgh_data.get(field.attname))
            wanted[field.related_model].update((event.pgh_diff or {}).get(field.attname, ()))
    return defaultdict(
        dict,
        {
            model: {pk: _name_of(row) for pk, row in _named_rows(model).in_bulk(ids - {None}).items()}
            for model, ids in wanted.items()
        },
    )


def _named_rows(model: type[models.Model]) -> models.QuerySet[models.Model]:
    """The rows of ``model`` without what no name needs, which may be megabytes."""
    stored_bytes = [
        field.name for field in model._meta.concrete_fields if isinstance(field, models.BinaryField)
    ]
    return model._default_manager.defer(*stored_bytes)


def _name_of(row: models.Model) -> str:
    return Role(row.name).label if isinstance(row, Group) else str(row)


def _subject(model: type[models.Model], data: dict[str, Any], labels: dict[Any, dict[Any, str]]) -> str:
    """The row's own name, or the names of the rows that it cannot be without."""
    for name in ("name", "username", "po_number", "version"):
        if data.get(name):
            return str(data[name])
    joined = [
        labels[field.related_model].get(data.get(field.attname), "")
        for field in model._meta.concrete_fields
        if field.related_model is not None
        and not field.null
        and (field.related_model is not User or field.name == "user")
    ]
    return JOINT.join(name for name in joined if name)


def _sentence(
    model: type[models.Model], event: Any, labels: dict[Any, dict[Any, str]], row: models.Model | None
) -> str:
    """What happened in the model's own words, with the rows that it ties together; ``row`` is "it"."""
    words: str = getattr(model, "TOLD_AS", {}).get(event.pgh_label, "")
    names = {}
    for field in model._meta.concrete_fields:
        if words and field.related_model is not None:
            key = event.pgh_data[field.attname]
            is_row = row is not None and (field.related_model, key) == (type(row), row.pk)
            names[field.name] = "it" if is_row else f"“{labels[field.related_model].get(key, '')}”"
    return words.format(**names)


def _changes(
    model: type[models.Model], event: Any, labels: dict[Any, dict[Any, str]]
) -> tuple[FieldChange, ...]:
    if event.pgh_label == "update" and event.pgh_diff:
        pairs = event.pgh_diff
    elif event.pgh_label == "insert":
        pairs = {name: [None, value] for name, value in event.pgh_data.items()}
    else:
        return ()
    changes = []
    for attribute, (before, after) in pairs.items():
        field = _field(model, attribute)
        if field is None or field.name in UNTOLD_FIELDS or (before in (None, "") and after in (None, "")):
            continue
        changes.append(
            FieldChange(
                field_label=str(field.verbose_name).capitalize(),
                before=_value(field, before, labels),
                after=_value(field, after, labels),
            )
        )
    return tuple(changes)


def _field(model: type[models.Model], attribute: str) -> Any:
    for field in model._meta.concrete_fields:
        if field.attname == attribute:
            return field
    return None


def _value(field: Any, value: Any, labels: dict[Any, dict[Any, str]]) -> str:
    if value is None or value == "":
        return ""
    if field.related_model is not None:
        return labels[field.related_model].get(value, str(value))
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.DateTimeField):
        moment = value if isinstance(value, datetime) else parse_datetime(value)
        return date_format(moment, "j M Y H:i") if moment else str(value)
    if isinstance(field, models.DateField):
        day = value if isinstance(value, date) else date.fromisoformat(value)
        return date_format(day, "j M Y")
    if isinstance(field, models.BooleanField):
        return "yes" if value else "no"
    if isinstance(field, models.FloatField | models.DecimalField):
        return f"{float(value):,.10g}"
    return str(value)
