"""One night of the scorecard, in a process of its own as in the product."""

import json
import resource
import sys
import time
from datetime import date

import django
from django.db import connection

BYTES_A_KILOBYTE = 1024


def main() -> None:
    """Take the night of a business date in a database, and print how long it took and its peak of memory."""
    database, day = sys.argv[1], date.fromisoformat(sys.argv[2])
    django.setup()
    connection.settings_dict["NAME"] = database
    from scorecard.tasks import take_the_night
    from sop_site.clock import set_today

    set_today(day)
    began = time.perf_counter()
    take_the_night()
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_A_KILOBYTE / 1e6
    print(json.dumps({"seconds": seconds, "rss_mb": peak}))


if __name__ == "__main__":
    main()
