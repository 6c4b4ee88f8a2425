"""One run of the bench, once its servers answer and Django is set up."""

from hashlib import sha256
from pathlib import Path

from sop_site.bench.browser import measure_browser
from sop_site.bench.consensus import measure_consensus
from sop_site.bench.edits import measure_edits
from sop_site.bench.floor import load_reference, measure_floor
from sop_site.bench.learning import measure_learning
from sop_site.bench.load import load
from sop_site.bench.pages import measure_projections
from sop_site.bench.recalculation import measure_recalculations, measure_unchanged
from sop_site.bench.report import Report
from sop_site.bench.retailer import Retailer, make_retailer
from sop_site.bench.rollforward import measure_roll_forward
from sop_site.bench.scorecard import measure_scorecard
from sop_site.bench.servers import Stage, database, worker
from sop_site.bench.sizes import SMALL, Size

# What the generated database follows from.
MAKERS = ("retailer", "load", "floor", "copying")


def run(size: Size, stage: Stage, *, out: Path, keep: bool) -> str:
    """Measure everything at ``size``, and at full size how the time has grown; the table to show."""
    report = Report(out)
    if size != SMALL:
        retailer = make_retailer(SMALL.skus)
        with _database(SMALL, retailer, keep=keep), worker(stage) as running:
            measure_unchanged(report, SMALL, running)
    measure_learning(report, size)
    retailer = make_retailer(size.skus)
    with _database(size, retailer, keep=keep):
        measure_floor(report, size)
        measure_roll_forward(report, size)
        with worker(stage) as running:
            measure_recalculations(report, size, retailer, running)
            measure_projections(report, size)
            measure_edits(report, size)
            measure_browser(report, size, stage)
        measure_consensus(report, size)
        measure_scorecard(report, size)
    return report.table(size)


def _database(size: Size, retailer: Retailer, *, keep: bool):
    def load_everything() -> None:
        load(retailer)
        load_reference(retailer)

    return database(f"bench_{size.name}", fingerprint=_fingerprint(size), keep=keep, load=load_everything)


def _fingerprint(size: Size) -> str:
    texts = [Path(__file__).with_name(f"{name}.py").read_bytes() for name in MAKERS]
    return sha256(b"".join([str(size.skus).encode(), *texts])).hexdigest()[:16]
