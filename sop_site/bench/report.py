"""What was measured: one JSON object a line, and at the end a table with the bars beside the figures."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import log
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from sop_site.bench.sizes import Size

FLOOR = "floor_copy"
# Figures that are counted in seconds end so.
SECONDS = "_s"


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure must reach at 2,000,000 SKU-doors, and what would be better still."""

    name: str
    figure: str
    bar: float
    stretch: float | None = None
    is_least: bool = False

    def verdict(self, value: float) -> str:
        """Whether the figure reaches the bar."""
        if self.stretch is not None and self._reaches(value, self.stretch):
            return "stretch met"
        return "met" if self._reaches(value, self.bar) else "MISSED"

    def _reaches(self, value: float, limit: float) -> bool:
        return value >= limit if self.is_least else value <= limit


RECALCULATIONS = ("recalc_first", "recalc_unchanged", "recalc_tenth_changed", "recalc_all_changed")
BARS = (
    Bar("recalc_first", "median_s", 10, 6),
    Bar("recalc_unchanged", "median_s", 8, 4),
    Bar("recalc_unchanged", "ratio_to_floor", 3, 1.5),
    Bar("recalc_unchanged", "exponent", 1.05, 1.0),
    Bar("recalc_all_changed", "median_s", 10, 5),
    Bar("recalc_all_changed", "ratio_to_floor", 3, 1.5),
    *(Bar(name, "rss_mb", 150, 80) for name in RECALCULATIONS),
    Bar("rollforward_notebook", "ratio_to_rollforward", 1_000, is_least=True),
    Bar("rollforward_loop", "ratio_to_rollforward", 200, is_least=True),
    Bar("edit_task", "p95_s", 0.040, 0.025),
    Bar("edit_task_while_nightly", "p95_s", 0.100, 0.065),
    Bar("edit_to_browser", "p95_s", 1.0, 0.5),
    Bar("projection_one_sku", "median_s", 0.005, 0.002),
    Bar("projection_page", "median_s", 0.025, 0.015),
    Bar("consensus_grid", "p95_s", 0.300, 0.150),
    Bar("consensus_cell_save", "p95_s", 0.100, 0.050),
    Bar("buy_plan", "median_s", 20, 10),
    Bar("scorecard_night", "median_s", 60, 30),
    Bar("scorecard_night", "rss_mb", 1_500, 1_000),
    *(
        Bar(name, "p95_s", 0.300, 0.150)
        for name in ("scorecard_page", "scorecard_page_division", "scorecard_page_category")
    ),
    Bar("learn", "median_s", 300, 100),
    Bar("learn", "rss_mb", 2_000, 1_500),
)


@dataclass
class Report:
    """The measurements of one run of the bench; each stands in ``file`` as soon as it is there."""

    file: Path
    lines: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self, name: str, size: Size, seconds: Sequence[float], *, rss_mb: float | None = None, **others: Any
    ) -> None:
        """Write down how long each run took; ``others`` are figures that this measurement alone has.

        Where the same was measured at a smaller size before, ``exponent`` says by which power of the
        number of SKU-doors the time has grown.
        """
        floor = self.median_of(FLOOR, size)
        smaller = [line for line in self.lines if line["name"] == name and line["sku_doors"] < size.sku_doors]
        if smaller:
            times_longer = median(seconds) / smaller[-1]["median_s"]
            others["exponent"] = log(times_longer) / log(size.sku_doors / smaller[-1]["sku_doors"])
        line: dict[str, Any] = {
            "name": name,
            "size": size.name,
            "sku_doors": size.sku_doors,
            "runs": len(seconds),
            "median_s": _rounded(median(seconds)),
            "min_s": _rounded(min(seconds)),
            "max_s": _rounded(max(seconds)),
            "ratio_to_floor": _rounded(median(seconds) / floor)
            if floor and _is_held_to_floor(name)
            else None,
            "rss_mb": None if rss_mb is None else round(rss_mb, 1),
            **{key: _rounded(value) if isinstance(value, float) else value for key, value in others.items()},
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "load_average": round(os.getloadavg()[0], 2),
        }
        self.lines.append(line)
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        print(f"  {size.name:6} {name:24} {_figure('median_s', line['median_s'])}", flush=True)

    def median_of(self, name: str, size: Size) -> float | None:
        """The median of a measurement of this run, in seconds; None where it was not made."""
        found = [line for line in self.lines if (line["name"], line["size"]) == (name, size.name)]
        return found[-1]["median_s"] if found else None

    def table(self, size: Size) -> str:
        """The measurements of ``size``, each figure that has a bar on a line of its own."""
        rows: list[tuple[str, ...]] = [("measured", "figure", "", "bar", "stretch", "")]
        for line in self.lines:
            if line["size"] != size.name:
                continue
            bars = [bar for bar in BARS if bar.name == line["name"] and line.get(bar.figure) is not None]
            if not any(bar.figure.endswith(SECONDS) for bar in bars):
                rows.append((line["name"], "median_s", _figure("median_s", line["median_s"]), "", "", ""))
            rows += [_row(bar, line[bar.figure]) for bar in bars]
        widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows
        ]
        title = f"{size.sku_doors:,} SKU-doors; the bars are those of 2,000,000"
        return "\n".join([title, *(line.rstrip() for line in lines)])


def p95(seconds: Sequence[float]) -> float:
    """What 95 of 100 runs stay within."""
    return float(np.percentile(seconds, 95))


def _row(bar: Bar, value: float) -> tuple[str, ...]:
    sign = "≥" if bar.is_least else "≤"
    stretch = "" if bar.stretch is None else f"{sign} {_figure(bar.figure, bar.stretch)}"
    return (
        bar.name,
        bar.figure,
        _figure(bar.figure, value),
        f"{sign} {_figure(bar.figure, bar.bar)}",
        stretch,
        bar.verdict(value),
    )


def _is_held_to_floor(name: str) -> bool:
    return name.startswith(("recalc_", "floor_"))


def _rounded(value: float) -> float:
    """Four digits: more would only be noise."""
    return float(f"{value:.4g}")


def _figure(key: str, value: float) -> str:
    if key.endswith(SECONDS):
        return f"{value:,.2f} s" if value >= 1 else f"{value * 1000:,.1f} ms"
    return (
        f"{value:,.0f} MB" if key.endswith("_mb") else f"{value:,.4g} ×" if "ratio" in key else f"{value:.3f}"
    )
