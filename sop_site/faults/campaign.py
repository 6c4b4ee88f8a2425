"""The campaign: one fault after another, each healed and judged, and a table at the end."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import close_old_connections

from planning.risk.models import RecalculationRun
from sop_site.faults.crowd import Crowd
from sop_site.faults.edits import Decided, dice_of
from sop_site.faults.faults import (
    Fault,
    edit_against_nights,
    kill_workers,
    restart_the_database,
    run_two_nights_at_once,
    take_the_broker_away,
)
from sop_site.faults.stage import Stage, seconds_until
from sop_site.faults.verdict import Moment, Verdict, judge

HEALED_WITHIN_SECONDS = 180
# So many findings of a kind are told in full.
TOLD = 5
COLUMNS = "{:<28} {:>7} {:>7} {:>6} {:>6} {:>8} {:>9} {:>6} {:>8} {:>6}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a fault did and what stood after it."""

    fault: Fault
    did: str
    made: int
    refused: int
    failures: list[str]
    runs: int
    run_errors: list[str]
    cut_off: int
    healed_seconds: float | None
    decided: int
    verdict: Verdict

    @property
    def complaints(self) -> list[str]:
        """What is wrong, a sentence each."""
        found = []
        if self.healed_seconds is None:
            found.append(f"SKUs or tasks still waited after {HEALED_WITHIN_SECONDS} s.")
        if not self.fault.may_fail_edits:
            found += [f"An edit failed: {failure}" for failure in self.failures[:TOLD]]
            found += [f"A run failed: {' '.join(error.split())}" for error in self.run_errors[:TOLD]]
        for kind in ("lost", "doubled", "stale"):
            sentences = getattr(self.verdict, kind)
            found += [f"{kind.capitalize()}: {sentence}" for sentence in sentences[:TOLD]]
        return found

    def __str__(self) -> str:
        healed = "not healed" if self.healed_seconds is None else f"healed after {self.healed_seconds:.1f} s"
        return (
            f"{self.fault.name}: {self.did}; {self.made} edits ({self.refused} refused, {len(self.failures)}"
            f" failed), {self.runs} runs ({self.cut_off} cut off), {healed}; {self.verdict.flags} flags,"
            f" {self.verdict.lines} lines, {self.decided} decisions: {len(self.verdict.lost)} lost,"
            f" {len(self.verdict.doubled)} doubled, {len(self.verdict.stale)} stale"
        )


def all_faults(scale: float) -> list[Fault]:
    """The five faults, with ``scale`` times as many kills, seconds, restarts and nights."""
    kills, restarts, nights = (max(1, round(scale * count)) for count in (100, 5, 20))
    return [
        Fault("Worker killed", kill_workers(kills), editors=3, cuts_runs_off=True),
        Fault("Broker gone, back empty", take_the_broker_away(60 * scale), editors=3),
        Fault(
            "Database restarted", restart_the_database(restarts), editors=3,
            cuts_runs_off=True, may_fail_edits=True,
        ),
        Fault("Two nightly runs at once", run_two_nights_at_once, editors=0),
        Fault("Edits against nightly runs", edit_against_nights(nights), editors=8),
    ]  # fmt: skip


class Campaign:
    """Faults on one stage, in the order in which they are run; ``seed`` rolls all dice."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage = stage
        self.seed = seed
        self.decided: list[Decided] = []
        self.outcomes: list[Outcome] = []

    def run(self, fault: Fault) -> Outcome:
        """Do the harm while people work, wait until it is healed, and judge what stands."""
        seed, since = f"{self.seed}-{len(self.outcomes) + 1}", Moment.now()
        with Crowd(editors=fault.editors, seed=seed) as crowd:
            did = fault.act(self.stage, dice_of(seed))
        close_old_connections()
        healed_seconds = seconds_until(self.stage.is_quiet, HEALED_WITHIN_SECONDS)
        self.decided += crowd.decided
        runs = RecalculationRun.objects.filter(pk__gt=since.run_id)
        outcome = Outcome(
            fault=fault,
            did=did,
            made=crowd.made,
            refused=crowd.refused,
            failures=crowd.failures,
            runs=runs.count(),
            run_errors=list(runs.exclude(error="").values_list("error", flat=True)),
            cut_off=runs.filter(finished_at=None).count(),
            healed_seconds=healed_seconds,
            decided=len(self.decided),
            verdict=judge(decided=self.decided, since=since, runs_were_cut_off=fault.cuts_runs_off),
        )
        self.outcomes.append(outcome)
        return outcome


def table(outcomes: Iterable[Outcome]) -> str:
    """A line a fault, columns aligned."""
    head = ("fault", "edits", "failed", "runs", "cut", "healed s", "decisions", "lost", "doubled", "stale")
    rows = [COLUMNS.format(*head)]
    for outcome in outcomes:
        verdict, healed = outcome.verdict, outcome.healed_seconds
        rows.append(
            COLUMNS.format(
                outcome.fault.name,
                outcome.made,
                len(outcome.failures),
                outcome.runs,
                outcome.cut_off,
                "never" if healed is None else f"{healed:.1f}",
                outcome.decided,
                len(verdict.lost),
                len(verdict.doubled),
                len(verdict.stale),
            )
        )
    return "\n".join(rows)
