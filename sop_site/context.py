"""What every page shows around its content: navigation, business date, demo mode."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from sop_site import clock
from sop_site.notifications.queries import unread_count


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the menu: where it leads, its name and icon, and who may go there."""

    url_name: str
    label: str
    icon: str
    permission: str = "sop_site.view"


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry as one person sees it; ``current`` is "page", "true" (a page below it) or empty."""

    label: str
    icon: str
    url: str
    current: str


MENU: Final[tuple[tuple[Entry, ...], ...]] = (
    (
        Entry("home", "Home", "home"),
        Entry("risk:bridge", "Bridge", "bridge"),
        Entry("campaigns:calendar", "Calendar", "calendar"),
        Entry("campaigns:list", "Campaigns", "campaign"),
        Entry("lift:norms", "What promotions did", "lift"),
        Entry("consensus:current", "Consensus", "consensus"),
        Entry("signals:signals", "Demand signal", "signal"),
        Entry("scorecard:card", "Scorecard", "scorecard"),
        Entry("reviews:current", "Quarterly review", "review"),
        Entry("meetings:list", "Meetings", "meeting"),
        Entry("actions:list", "Actions", "action"),
    ),
    (
        Entry("catalogue:products", "Catalogue", "catalogue"),
        Entry("supply:receipts", "Receipts", "receipt"),
        Entry("buying:plan", "Buy plan", "buying"),
        Entry("remedies:waiting", "Waiting for consent", "consent"),
    ),
    (
        Entry("history:entries", "History", "history"),
        Entry("feeds:loads", "Data", "data"),
        Entry("operating_model:current", "Operating model", "settings"),
        Entry("access:roles", "Roles", "roles"),
        Entry("notifications:outbox", "Messages", "message", "sop_site.manage_messages"),
        Entry("access:people", "People", "people", "sop_site.manage_people"),
    ),
)


def _address(url_name: str) -> str | None:
    """The address of a page, or None where its room is not part of this installation."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return None


def navigation(request: HttpRequest) -> list[list[NavItem]]:
    """The menu of the person who asks, in groups, with the place where they are marked."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    groups = [
        [
            (entry, address)
            for entry in entries
            if user.has_perm(entry.permission) and (address := _address(entry.url_name)) is not None
        ]
        for entries in MENU
    ]
    places = [address for group in groups for _, address in group]
    # All pages are below the front page, which is marked on itself alone.
    below = [place for place in places if place != "/" and request.path.startswith(place)]
    above = below or [place for place in places if request.path == place]
    here = max(above, key=len, default="")

    def mark(address: str) -> str:
        if address != here:
            return ""
        return "page" if address == request.path else "true"

    return [
        [NavItem(entry.label, entry.icon, address, mark(address)) for entry, address in group]
        for group in groups
        if group
    ]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor. The values are functions that templates call, so that a fragment pays nothing."""

    @cache
    def business_day() -> date:
        return clock.today()

    @cache
    def unread() -> int:
        return unread_count(request.user)  # type: ignore[arg-type]  # only asked where somebody is signed in

    return {
        "nav_groups": lambda: navigation(request),
        "business_day": business_day,
        "unread_count": unread,
        "demo_mode": settings.DEMO_MODE,
    }
