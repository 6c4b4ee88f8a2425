"""Addresses of chat channels: which are taken, and what may be shown of them.

apprise is loaded with the first address that is looked at: with its chats it takes 17 MB and a quarter of a
second, and few processes of the product ever need it.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Final

from django.conf import settings

from sop_site.access.permissions import NotNow

if TYPE_CHECKING:
    import apprise

# The chats whose machines apprise knows by heart, and those that stand where their address says.
PUBLIC_SERVICES: Final = ("slack", "discord", "gchat", "tgram", "wxteams", "zulip")
HOSTED_SERVICES: Final = ("workflow", "mmost", "mmosts", "rocket", "rockets", "json", "jsons")


def service_at(address: str) -> apprise.NotifyBase:
    """The chat at an address, to be written to once.

    Raises NotNow unless it is a service that Bridge writes to, over an encrypted connection, outside this
    network: every address that its host's name stands for must be a public one, so that a channel is no way
    to reach machines behind the firewall. It is asked again before each message, since a name may come to
    stand for another machine. Where CHAT_MAY_BE_LOCAL is set, any machine will do.
    """
    service = _service_of(address)
    scheme = service.url(privacy=True).partition("://")[0] if service is not None else ""
    if service is None or scheme not in PUBLIC_SERVICES + HOSTED_SERVICES:
        raise NotNow("This is no address of a chat that Bridge can write to.")
    # Neither may the address itself ask for these.
    service.redirects, service.retry = False, 0
    if scheme in HOSTED_SERVICES and not settings.CHAT_MAY_BE_LOCAL:
        if not service.secure:
            raise NotNow("Messages go over encrypted connections only; this address says otherwise.")
        refuse_private_host(service.host.strip("[]"))
    return service


def refuse_private_host(host: str) -> None:
    """Raise NotNow unless the name stands for public machines alone."""
    try:
        found = {str(row[4][0]) for row in socket.getaddrinfo(host, None)}
    except OSError:
        raise NotNow(f"There is no machine of the name {host}.") from None
    if not all(ipaddress.ip_address(ip.partition("%")[0]).is_global for ip in found):
        raise NotNow("This address leads to a machine of a private network.")


def service_name(address: str) -> str:
    """What may be shown of an address: whose chat it is."""
    service = _service_of(address)
    return str(service.service_name) if service is not None else "Unknown"


def _service_of(address: str) -> apprise.NotifyBase | None:
    """What apprise makes of an address; None where it is none of its own."""
    import apprise

    # No service is led elsewhere by the machine that it asks.
    asset = apprise.AppriseAsset(app_id="Bridge", app_desc="Bridge", http_redirects=False)
    return apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
