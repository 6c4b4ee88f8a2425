"""What a page tells of a finished replay: two versions side by side, in words, figures and two pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from scorecard.lab.chart import ShareChart, share_chart
from scorecard.lab.engine import Judgement
from scorecard.lab.models import Replay
from scorecard.lab.result import DECISION_WEEKS_AHEAD, WEEKS_AHEAD, ReplayResult
from sop_site import formats
from sop_site.operating_model.comparison import compared
from sop_site.operating_model.limits import WINDOW_LIMITS, Limit, Limits
from sop_site.operating_model.weeks import DecisionWindow

NOT_DEFINED = "n/a"
# What a replay judges by: the flags, and when they were to be decided.
REPLAYED: Final = (Limit.COVER_THRESHOLD, *WINDOW_LIMITS)


@dataclass(frozen=True, slots=True)
class Row:
    """One measure under both versions, and what it means."""

    label: str
    proposed: str
    today: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class WeekRow:
    """What both versions would have done so many weeks ahead."""

    weeks: int
    proposed: Judgement
    today: Judgement

    @property
    def sides(self) -> tuple[Judgement, Judgement]:
        """The proposed version first."""
        return self.proposed, self.today


@dataclass(frozen=True, slots=True)
class ResultPage:
    """The figures six weeks ahead, those of every week, and the pictures of precision and recall.

    ``summary`` says the outcome in sentences; ``why_nothing`` is set instead where no figure can be given.
    """

    summary: str
    why_nothing: str
    rows: list[Row]
    weeks: list[WeekRow]
    charts: list[ShareChart]
    campaigns: int
    unjudged: int
    uncosted_units: float


def result_page(replay: Replay) -> ResultPage:
    """The page of a finished replay. Raises ValueError for one that has no result."""
    if replay.result is None:
        raise ValueError("Only a finished replay has a page.")
    result = ReplayResult.of_json(replay.result)
    proposed, today = result.proposed[DECISION_WEEKS_AHEAD], result.today[DECISION_WEEKS_AHEAD]
    names = (name_of(replay.model.version), name_of(replay.beside.version))
    charts = [
        share_chart(
            key,
            title,
            WEEKS_AHEAD,
            (names[0], {weeks: share(judged) for weeks, judged in result.proposed.items()}),
            (names[1], {weeks: share(judged) for weeks, judged in result.today.items()}),
        )
        for key, title, share in (
            ("precision", "Precision", _precision),
            ("recall", "Recall", _recall),
        )
    ]
    why_nothing = _why_nothing(proposed)
    return ResultPage(
        summary="" if why_nothing else _summary(proposed, today, *names),
        why_nothing=why_nothing,
        rows=_rows(proposed, today),
        weeks=[WeekRow(weeks, result.proposed[weeks], result.today[weeks]) for weeks in WEEKS_AHEAD],
        charts=[chart for chart in charts if chart is not None],
        campaigns=result.campaigns,
        unjudged=proposed.unjudged,
        uncosted_units=proposed.uncosted_units,
    )


@dataclass(frozen=True, slots=True)
class BesideFlags:
    """What else two versions differ in: the figures at the ends of their decision windows, and the rest.

    ``window_rows`` are empty where both want every decision six weeks ahead; ``not_replayed`` names changed
    limits that a replay does not judge by.
    """

    window_rows: list[Row]
    not_replayed: str


def beside_flags(replay: Replay) -> BesideFlags:
    """Of a finished replay."""
    result = ReplayResult.of_json(replay.result or {})
    proposed, today = result.proposed_in_window, result.today_in_window
    both = (replay.model, replay.beside)
    is_six = all(
        DecisionWindow.of(model).from_weeks == DECISION_WEEKS_AHEAD
        and not Limits.of(model).differ(WINDOW_LIMITS)
        for model in both
    )
    changed = {limit.meaning.field: limit.meaning.label for limit in compared(*both).changes}
    others = [label for field, label in changed.items() if field not in REPLAYED]
    rows = [] if is_six or proposed is None or today is None else _rows(proposed, today)
    return BesideFlags(rows, ", ".join(others))


def name_of(version: int) -> str:
    """How a version is called."""
    return f"version {version}"


def _precision(judged: Judgement) -> float | None:
    return judged.precision


def _recall(judged: Judgement) -> float | None:
    return judged.recall


def _why_nothing(judged: Judgement) -> str:
    if not judged.lines:
        return "No campaign of these weeks was seen six weeks before it was to begin."
    if not judged.judged:
        return (
            f"{formats.units(judged.lines)} campaign lines were seen six weeks before, but the nights did not"
            " see every day of their campaigns: whether they ran out is not known."
        )
    return ""


def _summary(proposed: Judgement, today: Judgement, proposed_name: str, today_name: str) -> str:
    """What the replay says, six weeks ahead, in sentences."""
    caught = (
        f"Six weeks ahead, {proposed_name} would have flagged {formats.units(proposed.caught)} of"
        f" {_counted(proposed.stockouts, 'stockout')},"
        f" {_compared(proposed.caught, today.caught)} {today_name}."
    )
    if not proposed.stockouts:
        caught = "None of the campaign lines that are judged ran out."
    flags = (
        f" It would have raised {_counted(proposed.flags, 'flag')},"
        f" {_compared(proposed.flags, today.flags)} {today_name}."
    )
    cost = (
        f" To bring these up to its threshold takes {_money(proposed.inventory_cost)} of stock at"
        f" cost, against {_money(today.inventory_cost)}."
    )
    return caught + flags + cost


def _counted(number: int, noun: str) -> str:
    return f"{formats.units(number)} {noun}{'' if number == 1 else 's'}"


def _compared(number: int, other: int) -> str:
    if number == other:
        return "as many as"
    return f"{formats.units(abs(number - other))} {'more' if number > other else 'fewer'} than"


def _money(amount: float) -> str:
    return formats.money(amount, settings.CURRENCY)


def _rows(proposed: Judgement, today: Judgement) -> list[Row]:
    def row(label: str, text: Callable[[Judgement], str], meaning: str = "") -> Row:
        return Row(label, text(proposed), text(today), meaning)

    return [
        row(
            "Flags raised", lambda judged: formats.units(judged.flags), "One SKU in one campaign and region."
        ),
        row("Stockouts caught", lambda judged: formats.units(judged.caught)),
        row("Stockouts missed", lambda judged: formats.units(judged.missed)),
        row(
            "False alarms",
            lambda judged: formats.units(judged.false_alarms),
            "Flagged and never out: also where a remedy averted it.",
        ),
        row(
            "Precision",
            lambda judged: share_text(judged.precision),
            "Of the judged flags, those that ran out; of all judged lines"
            f" {share_text(today.base_rate)} did.",
        ),
        row("Recall", lambda judged: share_text(judged.recall), "Of the stockouts, those that were flagged."),
        row(
            "Inventory cost",
            lambda judged: _money(judged.inventory_cost),
            "Stock at cost that would bring every flagged line up to its threshold.",
        ),
        row(
            "Flags a week",
            lambda judged: NOT_DEFINED if judged.flags_a_week is None else f"{judged.flags_a_week:.1f}",
            "The workload.",
        ),
    ]


def share_text(value: float | None) -> str:
    """``72%``, or n/a where it is undefined."""
    return NOT_DEFINED if value is None else formats.percent(value)
