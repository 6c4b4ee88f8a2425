"""`python -m sop_site.embedded demo`: everything in the foreground.

`start` leaves only the servers running and prints their URLs, for manage.py; `stop` ends what a killed run
left; `remove` does so and then removes DATA_DIR with its database.
"""

import shutil
import sys
from pathlib import Path

from sop_site.embedded.foreground import PATIENCE_SECONDS, run_demo
from sop_site.embedded.places import Places, data_dir, read_places
from sop_site.embedded.preparation import prepare
from sop_site.embedded.processes import EmbeddedError, end, marked_processes
from sop_site.embedded.supervisor import Wanted, connection_environment, held, start_servers, stop_servers


def start() -> None:
    """Start or adopt the servers and leave them running."""
    folder = data_dir()
    with held(folder, "a start of its servers"):
        places = prepare(folder)
        start_servers(places, Wanted.by_environment())
        for name, value in connection_environment(places).items():
            print(f"{name}={value}")


def stop() -> None:
    """Stop the servers and what an earlier, killed run left; a run that goes on is left alone."""
    folder = data_dir()
    with held(folder, "a stop of its servers"):
        stop_everything(folder)


def remove() -> None:
    """Stop what is left, and remove DATA_DIR and its database, which for root is kept elsewhere."""
    folder = data_dir()
    with held(folder, "a removal"):
        places = stop_everything(folder)
        if places is not None:
            shutil.rmtree(places.postgres_home)
        shutil.rmtree(folder)


def stop_everything(folder: Path) -> Places | None:
    """End every process of `folder`, which this process holds; its places, None if it has no servers."""
    end(marked_processes(str(folder)), PATIENCE_SECONDS)
    places = read_places(folder)
    if places is None or places.data_dir != folder:
        return None
    stop_servers(places)
    return places


COMMANDS = {"demo": run_demo, "start": start, "stop": stop, "remove": remove}


def main(arguments: list[str]) -> int:
    """Run one command; 0 if all went well, else 1 and one sentence."""
    command = COMMANDS.get(arguments[0]) if len(arguments) == 1 else None
    if command is None:
        print(f"Usage: python -m sop_site.embedded {'|'.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        command()
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
