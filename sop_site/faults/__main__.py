"""`python -m sop_site.faults`: the whole campaign, on servers of its own in `DATA_DIR/faults`."""

import argparse
import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.core.management import call_command

from sop_site.embedded import postgres
from sop_site.embedded.children import LEARNER, RECALCULATOR, Child, beat_command
from sop_site.embedded.places import DATABASE_NAME, Places, data_dir
from sop_site.embedded.preparation import prepare
from sop_site.embedded.processes import MARK, EmbeddedError, kill, marked_processes
from sop_site.embedded.supervisor import Wanted, connection_environment, held, start_servers, stop_servers

# Enough for a nightly run of several chunks.
SKUS = 1_200
OWN_SERVERS = Wanted(database=True, broker=True)


def main(arguments: list[str]) -> int:
    """Run the faults; 0 if nothing was lost, doubled, stale or failed, else 1."""
    parser = argparse.ArgumentParser(prog="python -m sop_site.faults", description=__doc__)
    parser.add_argument("--seed", type=int, help="rolls all dice; drawn and printed where it is not given")
    parser.add_argument("--scale", type=float, default=1.0, help="0.1 does a tenth of everything")
    parser.add_argument("--only", metavar="TEXT", default="", help="only the faults whose name holds TEXT")
    chosen = parser.parse_args(arguments)
    seed = secrets.randbelow(1_000_000) if chosen.seed is None else chosen.seed
    try:
        with _own_servers() as places:
            return _run(places, seed, chosen.scale, chosen.only)
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1


@contextmanager
def _own_servers() -> Iterator[Places]:
    """Durable servers of the campaign's own with an empty database, named in the environment.

    At the end they stop, with all that runs on them; the database stays until the next campaign.
    """
    folder = data_dir() / "faults"
    with held(folder, "a fault campaign"):
        places = prepare(folder)
        for name in ("DATABASE_URL", "CELERY_BROKER_URL"):
            os.environ.pop(name, None)
        os.environ.update(connection_environment(places))
        kill(marked_processes(str(folder)))
        stop_servers(places)
        try:
            start_servers(places, OWN_SERVERS)
            with postgres.connect(places, "postgres") as connection:
                connection.execute(f"DROP DATABASE {DATABASE_NAME}")
            postgres.ensure_database(places)
            yield places
        finally:
            kill(marked_processes(str(folder)))
            stop_servers(places)


def _run(places: Places, seed: int, scale: float, only: str) -> int:
    """Prepare the retailer, start workers and scheduler, and go through the faults; the exit code."""
    mark = {MARK: str(places.data_dir)}
    worker = Child("worker", RECALCULATOR, places.logs / "worker.log", mark)
    learner = Child("learner", LEARNER, places.logs / "learner.log", mark)
    beat = Child("beat", beat_command(places), places.logs / "beat.log", mark)
    # What the edits log while the broker is away is no news here.
    os.environ["LOG_LEVEL"] = "ERROR"
    django.setup()
    # These name models, and so come after the set-up.
    from planning.risk.choices import RunScope
    from planning.risk.domain import recalculate_all
    from sop_site.faults.campaign import Campaign, all_faults, table
    from sop_site.faults.retailer import load_retailer
    from sop_site.faults.stage import Stage

    print(f"Seed {seed}; again with SEED={seed}", flush=True)
    call_command("migrate", verbosity=0)
    load_retailer(SKUS)
    recalculate_all(scope=RunScope.NIGHTLY)
    stage = Stage(places, worker, learner, (beat,))
    stage.start()
    began = time.monotonic()
    campaign = Campaign(stage, seed)
    for fault in all_faults(scale):
        if only.lower() in fault.name.lower():
            outcome = campaign.run(fault)
            print(f"\n{outcome}", *outcome.complaints, sep="\n  ", flush=True)
    print(f"\n{table(campaign.outcomes)}\n{time.monotonic() - began:.0f} s, seed {seed}")
    return int(any(outcome.complaints for outcome in campaign.outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
