"""Gathers the foundation's tables."""

from sop_site.access.models import RoleAssignment, User
from sop_site.changes.models import ChangedSku
from sop_site.clock.models import BusinessDate
from sop_site.feeds.models import DataIssue, RetailerLoad
from sop_site.notifications.models import (
    ChatChannel,
    MailSettings,
    Notification,
    OutboxMessage,
    Preference,
)
from sop_site.operating_model.models import OperatingModel, OperatingModelScope

__all__ = [
    "BusinessDate",
    "ChangedSku",
    "ChatChannel",
    "DataIssue",
    "MailSettings",
    "Notification",
    "OperatingModel",
    "OperatingModelScope",
    "OutboxMessage",
    "Preference",
    "RetailerLoad",
    "RoleAssignment",
    "User",
]
