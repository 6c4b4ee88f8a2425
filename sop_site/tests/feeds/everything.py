"""The whole database as values, to show that something changed nothing."""

from django.apps import apps
from django.db import connection

# The log of loads grows with every load; that is what it is for.
LOG_TABLES = {"sop_site_retailerload", "sop_site_dataissue", "pghistory_context"}
APPS = ("sop_site", "marketing", "planning")


def everything() -> dict[str, list[tuple]]:
    """Every row of every table of the product, the history's tables included, except the log of loads."""
    tables = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in APPS and model._meta.managed and not model._meta.proxy
    }
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(tables - LOG_TABLES):
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
            found[table] = cursor.fetchall()
    return found
