"""The card as its page shows it: the shared outcome first, then both functions side by side as equals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from scorecard.measures.asked import Asked
from scorecard.measures.charts import Spark, spark
from scorecard.measures.choices import Group, Measure
from scorecard.measures.figure import Figure
from scorecard.measures.models import MeasureTarget, WeekSnapshot
from scorecard.measures.queries import RecordedWeek, recorded_weeks, restatements_in
from scorecard.measures.targets import standing_targets
from scorecard.measures.wording import (
    change_text,
    direction_word,
    figure_text,
    n_text,
    short_name,
    target_text,
)
from scorecard.outcomes.card import TREND_PERIODS, CardLine, Verdict, card_of, weeks_before
from sop_site.export import Column, ColumnKind, Sheet
from sop_site.fiscal import FiscalPeriod, week_of

# The sign, the word and the colour of a verdict; only what is good is green.
BADGES: Final = {Verdict.GOOD: "ok", Verdict.BAD: "stockout", Verdict.NO_DATA: "no_data"}
LEADS: Final = {
    Group.OUTCOME: "What customers met on promoted items, which no function owns alone.",
    Group.MARKETING: "The demand that campaigns made, of those that ended.",
    Group.INVENTORY: "The stock that stood behind it, and what it earned.",
    Group.FORECAST: "How close the signed forecast came, and what each function added to it.",
    Group.PROCESS: "How early risks were seen, and how well they were decided.",
}
# Between them the page stands in pairs: both functions as equals, then how they work together.
PAIRS: Final = ((Group.MARKETING, Group.INVENTORY), (Group.FORECAST, Group.PROCESS))


@dataclass(frozen=True, slots=True)
class Row:
    """One measure as people read it."""

    line: CardLine
    name: str
    url: str
    value: str
    n: str
    target: str
    target_by: str
    badge: str
    change: str
    direction: str
    last_year: str
    notes: list[str]
    spark: Spark | None
    trend: list[str]

    @property
    def verdict(self) -> Verdict:
        """What it is beside its target."""
        return self.line.verdict


@dataclass(frozen=True, slots=True)
class Section:
    """The measures of one group."""

    group: Group
    lead: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class CardPage:
    """The card of one period and cut.

    ``coverage`` says in words which weeks of it there are, ``last_year`` which of the year before; "" where
    these are all of them, or none.
    """

    asked: Asked
    outcome: Section
    pairs: list[tuple[Section, Section]]
    trend_labels: list[str]
    coverage: str
    last_year: str
    is_partial: bool
    is_empty: bool
    restated: list[WeekSnapshot]

    @property
    def sections(self) -> list[Section]:
        """All of them, in the order of the page."""
        return [self.outcome, *(section for pair in self.pairs for section in pair)]


def card_page(asked: Asked) -> CardPage:
    """The card, its targets with who set them, its restated weeks: in a fixed number of queries."""
    period = asked.period
    lines = card_of(period, asked.cut)
    targets = standing_targets(period.start, asked.cut.category_id)
    labels = trend_labels(period, TREND_PERIODS)
    starts = {week.start for week in period.weeks}
    recorded = recorded_weeks(starts)
    sections = {
        group: Section(
            group,
            LEADS[group],
            [
                row_of(line, asked, labels, targets.get(line.measure))
                for line in lines
                if line.measure.facts.group == group
            ],
        )
        for group in Group
    }
    return CardPage(
        asked=asked,
        outcome=sections[Group.OUTCOME],
        pairs=[(sections[left], sections[right]) for left, right in PAIRS],
        trend_labels=labels,
        coverage=coverage_words(period, recorded),
        last_year=_last_year_words(period, recorded),
        is_partial=any(line.actual.is_partial for line in lines),
        is_empty=not recorded,
        restated=list(restatements_in(starts)),
    )


def trend_labels(period: FiscalPeriod, periods: int) -> list[str]:
    """The names of the periods of a trend that ends with this one."""
    return [(period - ago).label for ago in range(periods - 1, -1, -1)]


def row_of(line: CardLine, asked: Asked, labels: Sequence[str], target: MeasureTarget | None) -> Row:
    """One line of the card in words."""
    measure, actual, before = line.measure, line.actual, line.last_year
    # Other weeks than those of this year say nothing of better or worse.
    way = "" if before.is_partial else direction_word(measure, actual.value, before.value)
    return Row(
        line=line,
        name=short_name(measure),
        url=reverse("scorecard:measure", args=[measure.value]) + asked.query(),
        value=figure_text(actual),
        n=n_text(actual),
        target=target_text(measure, line.target),
        target_by="" if target is None or line.target is None else f"set by {target.set_by}",
        badge=BADGES.get(line.verdict, ""),
        change=change_text(measure, actual.value, before.value),
        direction=way,
        last_year="" if before.value is None else figure_text(before),
        notes=notes_of(actual),
        spark=spark(line.trend, labels, line.target),
        trend=[figure_text(figure) for figure in line.trend],
    )


def notes_of(figure: Figure) -> list[str]:
    """Why there is no figure, and what thins it."""
    return [note for note in (figure.missing, figure.note) if note]


def coverage_words(period: FiscalPeriod, recorded: Sequence[RecordedWeek]) -> str:
    """Which weeks of a period there are: ``13 weeks``, ``9 of 13 weeks, the last one not over``."""
    weeks = len(period.weeks)
    if not recorded:
        return "no week recorded yet"
    of_all = f"{weeks} week{'' if weeks == 1 else 's'}"
    words = of_all if len(recorded) == weeks else f"{len(recorded)} of {of_all}"
    going_on = [week_of(week.start).label for week in recorded if week.days_seen < 7]
    return f"{words}, {', '.join(going_on)} not over" if going_on else words


def _last_year_words(period: FiscalPeriod, recorded: Sequence[RecordedWeek]) -> str:
    before = weeks_before([week_of(week.start) for week in recorded])
    known = len(recorded_weeks({week.start for week in before}))
    if not known:
        return ""
    if known < len(before):
        return f"Of last year {known} of these {len(before)} weeks are recorded."
    return "" if len(before) == len(period.weeks) else "Last year is of the same weeks."


CARD_COLUMNS: Final = (
    Column("Group"),
    Column("Measure"),
    Column("Period"),
    Column("Of"),
    Column("Value", ColumnKind.RATIO),
    Column("In words"),
    Column("n", ColumnKind.UNITS),
    Column("n counts"),
    Column("Target", ColumnKind.RATIO),
    Column("Verdict"),
    Column("Last year", ColumnKind.RATIO),
    Column("Weeks"),
    Column("Note"),
    Column("Formula"),
    Column("Source"),
)


def card_sheet(page: CardPage) -> Sheet:
    """A row for each measure of the card."""
    period, words = page.asked.period.label, page.asked.words
    return Sheet(
        "Scorecard",
        CARD_COLUMNS,
        [
            (
                section.group.label,
                row.line.measure.label,
                period,
                words,
                row.line.actual.value,
                row.value,
                row.line.actual.n,
                row.line.actual.n_of,
                row.line.target,
                row.verdict.label,
                row.line.last_year.value,
                page.coverage,
                " ".join(row.notes),
                row.line.measure.facts.formula,
                row.line.measure.facts.source,
            )
            for section in page.sections
            for row in section.rows
        ],
    )


def is_kept_by_sku(measure: Measure) -> bool:
    """Whether the figure opens down to SKUs: those of campaigns and of how we decide open to campaigns."""
    return measure.facts.group in (Group.OUTCOME, Group.INVENTORY, Group.FORECAST)
