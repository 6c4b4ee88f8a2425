"""The foundation: who, when, history, the operating model. It imports no app."""

from sop_site.celery import app as celery_app

__all__ = ["celery_app"]
