"""Handing messages over to chats."""

from sop_site.access.permissions import NotNow
from sop_site.notifications.addresses import service_at
from sop_site.notifications.handing_over import Announce, Refused, Unknown
from sop_site.notifications.models import OutboxMessage


def hand_over(message: OutboxMessage, announce: Announce) -> None:
    """Write the message into its channel.

    Raises Refused where the address is no longer one to write to. Whatever a chat answers but yes is Unknown:
    of a refusal, an error and a lost answer apprise only says that it did not work.
    """
    if message.chat_channel is None:
        raise Refused("The message names no channel.", is_final=True)
    try:
        service = service_at(message.chat_channel.address)
    except NotNow as reason:
        raise Refused(str(reason)) from reason
    announce()
    if not service.notify(title=message.subject, body=message.text, body_format="text"):
        raise Unknown("The chat did not confirm it.")
