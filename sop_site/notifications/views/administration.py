"""For administrators: the chat channels, and what left by mail and chat."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.notifications import domain, queries
from sop_site.notifications.addresses import service_name
from sop_site.notifications.domain import MANAGE
from sop_site.notifications.forms import ChannelForm
from sop_site.notifications.models import ChatChannel, OutboxMessage
from sop_site.notifications.writing import mail_is_set_up

ROWS_A_PAGE = 50

answers_form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@may(MANAGE)
def outbox(request: SignedInRequest) -> HttpResponse:
    """The messages that want care or, with ``?list=``, those that wait, or all."""
    wanted = request.GET.get("list", "")
    chosen = wanted if wanted in queries.MESSAGE_LISTS else "care"
    context = {
        "lists": queries.MESSAGE_LISTS.items(),
        "chosen": chosen,
        "page": Paginator(queries.messages_in(chosen), ROWS_A_PAGE).get_page(request.GET.get("page")),
        "mail_is_set_up": mail_is_set_up(),
    }
    return render(request, "sop_site/notifications/outbox.html", context)


@require_POST
@may(MANAGE)
def send_again(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let a message that was refused, or is uncertain, go out after all."""
    message = get_object_or_404(OutboxMessage, pk=pk)
    try:
        domain.send_again(message=message, by=request.user)
    except NotNow as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, f"“{message}” goes out again.")
    return redirect("notifications:outbox")


@require_safe
@may(MANAGE)
def channels(request: SignedInRequest) -> HttpResponse:
    """Every chat channel, and whose chat it is."""
    rows = [(found, service_name(found.address)) for found in queries.channels_with_counts()]
    return render(request, "sop_site/notifications/channels.html", {"rows": rows})


@answers_form
@may(MANAGE)
@sensitive_post_parameters("address")
def channel_new(request: SignedInRequest) -> HttpResponse:
    """Add a chat channel."""
    form = ChannelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        added = domain.add_channel(
            name=form.cleaned_data["name"],
            address=form.cleaned_data["address"],
            kinds=form.chosen_kinds,
            by=request.user,
        )
        messages.success(request, f"{added} is told from now on.")
        return redirect("notifications:channels")
    return render(request, "sop_site/notifications/channel.html", {"form": form, "channel": None})


@answers_form
@may(MANAGE)
@sensitive_post_parameters("address")
def channel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change a chat channel."""
    found = get_object_or_404(ChatChannel, pk=pk)
    form = ChannelForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        domain.change_channel(
            channel=found,
            name=form.cleaned_data["name"],
            address=form.cleaned_data["address"],
            kinds=form.chosen_kinds,
            is_active=form.cleaned_data["is_active"],
            by=request.user,
        )
        messages.success(request, f"{found} is saved.")
        return redirect("notifications:channels")
    context = {"form": form, "channel": found, "service": service_name(found.address)}
    return render(request, "sop_site/notifications/channel.html", context)


@require_POST
@may(MANAGE)
def channel_try(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send a message to a chat channel, to see whether it arrives."""
    found = get_object_or_404(ChatChannel, pk=pk)
    domain.try_channel(channel=found, by=request.user)
    messages.success(request, f"A message is on its way to {found}.")
    return redirect("notifications:channels")
