"""The Celery application; tasks live in the apps' tasks.py."""

import os

from celery import Celery
from celery.signals import worker_process_init

from sop_site.memory import keep_freed_memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sop_site.settings")

app = Celery("bridge")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def prepare_process(**_: object) -> None:
    """Each process of the pool, when it begins."""
    keep_freed_memory()
