"""What a night's learning takes, in a process of its own as in the product: two years of sales, fitted and
forecast, against the simplest forecast of the same sales."""

import json
import resource
import subprocess
import sys
import time

import numpy as np

from marketing.baseline.vectors import FORECAST_WEEKS
from marketing.demand.engine.history import PromotionCalendar, SkuDoors, WeeklyHistory
from marketing.demand.engine.model import MEASURED_HORIZONS, baseline_units, learned
from marketing.demand.engine.rivals import rivals
from sop_site.bench.report import Report
from sop_site.bench.sizes import Size
from sop_site.embedded.places import REPOSITORY

WEEKS = 104
DOORS = 40
MECHANICS = 5
PROMOTED_SHARE = 0.2
BYTES_A_KILOBYTE = 1024


def measure_learning(report: Report, size: Size) -> None:
    """``learn``: fit and forecast of ``size.learned_sku_doors``, with the process's peak memory."""
    command = [sys.executable, "-m", "sop_site.bench.learning", str(size.learned_sku_doors)]
    said = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    found = json.loads(said)
    report.add(
        "learn",
        size,
        [found["learned_s"]],
        rss_mb=found["rss_mb"],
        learned_sku_doors=size.learned_sku_doors,
        ratio_to_simplest=found["learned_s"] / found["simplest_s"],
    )


def made_history(sku_doors: int) -> WeeklyHistory:
    """Sales of so many SKU-doors over `WEEKS` weeks, a fifth of them promoted; the same every time."""
    dice = np.random.default_rng(0)
    skus = sku_doors // DOORS
    sku, door = np.repeat(np.arange(skus), DOORS), np.tile(np.arange(DOORS), skus)
    ahead = WEEKS + FORECAST_WEEKS
    of_sku = np.where(
        dice.random((ahead, skus)) < PROMOTED_SHARE, dice.integers(1, MECHANICS, (ahead, skus)), 0
    )
    mechanic = of_sku.astype(np.int16)[:, sku]
    promoted = (mechanic > 0).astype(np.float32)
    return WeeklyHistory(
        sku_doors=SkuDoors(sku, door, sku // 10, sku // 100),
        units=dice.poisson(5, (WEEKS, len(sku))).astype(np.float32),
        in_stock_share=np.ones((WEEKS, len(sku)), dtype=np.float32),
        calendar=PromotionCalendar(
            mechanic, promoted, promoted * np.float32(0.2), np.full(mechanic.shape, 3, dtype=np.float32)
        ),
        week_of_year=np.arange(ahead) % 52,
        mechanics=MECHANICS,
    )


def main() -> None:
    """Measure in this process, and print the figures as JSON."""
    history = made_history(int(sys.argv[1]))
    start = time.perf_counter()
    baseline_units(learned(history, MEASURED_HORIZONS), history)
    learned_s = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_A_KILOBYTE / 1e6
    start = time.perf_counter()
    dict(rivals())["ma8"](history, MEASURED_HORIZONS)
    simplest_s = time.perf_counter() - start
    print(json.dumps({"learned_s": learned_s, "simplest_s": simplest_s, "rss_mb": peak}))


if __name__ == "__main__":
    main()
