"""`python -m sop_site.bench`: measure, write the figures down, and show them beside their bars.

From the environment: `SIZE` (`small`, the default, or `full`), `KEEP=1` to keep the generated retailer for
the next run and to take the one that an earlier run kept, `BENCH_OUT` (`DATA_DIR/bench.jsonl`). The servers
are the bench's own, in `DATA_DIR/bench`; with DATABASE_URL the database is a new one beside the named one.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from sop_site.embedded.places import data_dir
from sop_site.embedded.preparation import prepare
from sop_site.embedded.processes import EmbeddedError, kill, marked_processes
from sop_site.embedded.supervisor import Wanted, connection_environment, held, start_servers, stop_servers

SIZE_NAMES = ("small", "full")


@dataclass(frozen=True, slots=True)
class Options:
    """What the environment asks for."""

    size: str
    keep: bool
    out: Path

    @classmethod
    def by_environment(cls) -> "Options":
        """Raises EmbeddedError for an unknown size."""
        size = os.environ.get("SIZE") or SIZE_NAMES[0]
        if size not in SIZE_NAMES:
            raise EmbeddedError(f"SIZE must be {' or '.join(SIZE_NAMES)}, not “{size}”.")
        out = os.environ.get("BENCH_OUT") or data_dir() / "bench.jsonl"
        return cls(size=size, keep=os.environ.get("KEEP") == "1", out=Path(out).resolve())


def bench(options: Options) -> str:
    """Run the bench on servers of its own, which are stopped at the end; the table to show."""
    folder = data_dir() / "bench"
    with held(folder, "a bench run"):
        kill(marked_processes(str(folder)))
        places = prepare(folder)
        # A broker that the product uses would give its messages to our worker, and ours to the product's.
        os.environ.pop("CELERY_BROKER_URL", None)
        wanted = Wanted(database=not os.environ.get("DATABASE_URL"), broker=True)
        try:
            start_servers(places, wanted)
            os.environ.update(connection_environment(places))
            os.environ["DJANGO_SETTINGS_MODULE"] = "sop_site.settings"
            os.environ.setdefault("LOG_LEVEL", "WARNING")
            import django

            django.setup()
            from sop_site.bench.run import run
            from sop_site.bench.servers import Stage
            from sop_site.bench.sizes import SIZES

            return run(SIZES[options.size], Stage(places), out=options.out, keep=options.keep)
        finally:
            kill(marked_processes(str(folder)))
            stop_servers(places)


def main() -> int:
    """0 if everything was measured, whatever the bars say, else 1 and one sentence."""
    try:
        print(bench(Options.by_environment()))
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
