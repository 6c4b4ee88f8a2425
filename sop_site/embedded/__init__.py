"""PostgreSQL and Valkey from wheels, under DATA_DIR, for machines that have neither.

Settings ask here for the URLs; `python -m sop_site.embedded` and the demo start and stop the servers.
"""

from sop_site.embedded.places import broker_url, database_url

__all__ = ["broker_url", "database_url"]
