"""One night of the scorecard, in a process of its own as in the product."""

import json
import os
import sys
import time
from datetime import date

import django
from django.db import connection


def main() -> None:
    """Take the night of a business date in a database, and print how long it took, and its peak of memory."""
    database, day = sys.argv[1], date.fromisoformat(sys.argv[2])
    django.setup()
    connection.settings_dict["NAME"] = database
    from scorecard.tasks import take_the_night
    from sop_site.bench.servers import peak_memory_mb
    from sop_site.clock import set_today

    set_today(day)
    began = time.perf_counter()
    take_the_night()
    seconds, processor_s = time.perf_counter() - began, time.process_time()
    # Not the peak that getrusage tells, which holds that of the process that started this one.
    rss_mb = peak_memory_mb(os.getpid())
    print(json.dumps({"seconds": seconds, "processor_s": processor_s, "rss_mb": rss_mb}))


if __name__ == "__main__":
    main()
