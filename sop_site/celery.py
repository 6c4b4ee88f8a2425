"""The Celery application; tasks live in the apps' tasks.py."""

import os

from celery import Celery
from celery.signals import task_prerun, worker_process_init
from django.db import close_old_connections

from sop_site.memory import keep_freed_memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sop_site.settings")

# A connection anew for each task, as Celery has it for Django, is a server process that first reads its
# catalogue: a third of the time of a recalculation.
app = Celery("bridge", changes={"CELERY_DB_REUSE_MAX": 1_000})
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def prepare_process(**_: object) -> None:
    """Each process of the pool, when it begins."""
    keep_freed_memory()


@task_prerun.connect
def look_after_connections(**_: object) -> None:
    """Before each task: a connection that no longer works, or is old, is given up as between web requests."""
    close_old_connections()
