"""`manage.py backtest DIR`: how well demand is forecast on a retailer folder, beside simple rivals."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from marketing.demand.backtest import LEAST_KNOWN_WEEKS, Backtest, Models, Score, backtest, origins_of
from marketing.demand.engine.model import forecast
from marketing.demand.engine.rivals import rivals
from marketing.demand.folder import read_history
from sop_site.feeds.errors import FeedError

HEADINGS = ("level", "rows", "model", "n", "WMAPE", "bias", "P10–P90", "pinball 50", "pinball 90")


class Command(BaseCommand):
    help = "Measures the forecast of demand on the past of a retailer folder. Touches no database."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--origins", type=positive, default=12, metavar="N")
        parser.add_argument(
            "--every", type=positive, default=4, metavar="WEEKS", help="from one origin to the next"
        )
        parser.add_argument(
            "--horizons", type=horizons_of, default=(6, 7, 8), metavar="LIST", help="weeks ahead, as 6,7,8"
        )
        parser.add_argument(
            "--seed", type=int, default=0, help="taken for scripts that pass one: no model here rolls dice"
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the scores here too")

    def handle(
        self,
        *,
        folder: Path,
        origins: int,
        every: int,
        horizons: tuple[int, ...],
        json: Path | None,
        **options: object,
    ) -> None:
        try:
            history = read_history(folder).history
        except FeedError as problem:
            raise CommandError(str(problem)) from problem
        found = origins_of(history, horizons, number=origins, every=every)
        if not found:
            needed = LEAST_KNOWN_WEEKS + max(horizons)
            raise CommandError(
                f"{folder} has {history.weeks} weeks of sales; horizons up to {max(horizons)} need {needed}."
            )
        result = backtest(history, models(), origins=found, horizons=horizons, tell=self._tell)
        self.stdout.write(self._summary(result, asked=origins, every=every, horizons=horizons))
        for line in table_of(result.scores):
            self.stdout.write(line)
        if json is not None:
            write_json(result.scores, json)

    def _tell(self, line: str) -> None:
        """Progress: beside the result, and no error."""
        self.stderr.write(line, style_func=str)

    def _summary(self, result: Backtest, *, asked: int, every: int, horizons: tuple[int, ...]) -> str:
        taken = len(result.origins)
        origins = f"{taken} origin{'' if taken == 1 else 's'}"
        short = f" of the {asked} asked for (the history allows no more)" if taken < asked else ""
        apart = f"{every} week{'' if every == 1 else 's'} apart"
        left_out = (
            f"\n{result.unforecast_rows:,} observed rows are left out: of their SKU nothing had sold yet."
            if result.unforecast_rows
            else ""
        )
        return f"{origins}{short}, {apart}; horizons {', '.join(map(str, horizons))}.{left_out}\n"


def models() -> Models:
    """What is measured, by name."""
    return [("ours", forecast), *rivals()]


def positive(text: str) -> int:
    """A whole number above 0; ArgumentTypeError for any other text."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"“{text}” is not a whole number above 0.")
    return int(text)


def horizons_of(text: str) -> tuple[int, ...]:
    """Weeks ahead written as 6,7,8, in ascending order; ArgumentTypeError for any other text."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) >= 1 for part in parts):
        raise ArgumentTypeError(f"“{text}” is no list of weeks ahead; write it as 6,7,8.")
    return tuple(sorted({int(part) for part in parts}))


def table_of(scores: list[Score]) -> list[str]:
    """The scores as aligned lines, the headings first."""
    texts = [
        HEADINGS,
        *(
            (
                score.level,
                score.rows,
                score.model,
                f"{score.sums.n:,}",
                _text(score.sums.wmape, ".3f"),
                _text(score.sums.bias, "+.3f"),
                _text(score.sums.coverage80, ".1%"),
                _text(score.sums.pinball50, ",.3f"),
                _text(score.sums.pinball90, ",.3f"),
            )
            for score in scores
        ),
    ]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return [
        "  ".join(
            text.ljust(width) if place < 3 else text.rjust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in texts
    ]


def _text(value: float | None, form: str) -> str:
    return "n/a" if value is None else format(value, form)


def write_json(scores: list[Score], path: Path) -> None:
    """Write the scores as a list of objects."""
    try:
        path.write_text(json.dumps([score.as_json() for score in scores], indent=2) + "\n", encoding="utf-8")
    except OSError as problem:
        raise CommandError(f"{path} cannot be written: {problem.strerror}.") from problem
