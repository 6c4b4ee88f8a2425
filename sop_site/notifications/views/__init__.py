"""What a person is told, how they want to be told, and the way out of all mail."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from sop_site.access.permissions import SignedInRequest, may
from sop_site.htmx import unchanged
from sop_site.notifications import domain, queries
from sop_site.notifications.choices import Kind
from sop_site.notifications.forms import SettingsForm
from sop_site.notifications.models import MailSettings, Notification
from sop_site.notifications.writing import mail_is_set_up

ROWS_A_PAGE = 30

answers_form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@may("sop_site.view")
def notifications(request: SignedInRequest) -> HttpResponse:
    """What the person was told, what is unread first; of one kind with ``?kind=``."""
    wanted = request.GET.get("kind", "")
    kind = Kind(wanted) if wanted in Kind.values else None
    found = Paginator(queries.notifications_of(request.user, kind=kind), ROWS_A_PAGE)
    context = {
        "kinds": queries.kinds_told(request.user),
        "chosen": kind,
        "page": found.get_page(request.GET.get("page")),
    }
    return render(request, "sop_site/notifications/list.html", context)


@require_safe
@may("sop_site.view")
def bell(request: SignedInRequest) -> HttpResponse:
    """The bell of the frame. Polled; empty while the number is the one that is shown."""
    count = queries.unread_count(request.user)
    return unchanged(request, str(count)) or render(
        request, "sop_site/notifications/_bells.html", {"unread_count": count}
    )


@require_GET
@may("sop_site.view")
def open_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """On to the page that a notification is about, which is then read."""
    told = get_object_or_404(Notification.objects.shown_to(request.user), pk=pk)
    domain.mark_read(user=request.user, notifications=[told.pk])
    return redirect(told.url)


@require_POST
@may("sop_site.view")
def read(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark one notification as read or, with ``unread``, as unread."""
    told = get_object_or_404(Notification.objects.shown_to(request.user), pk=pk)
    if "unread" in request.POST:
        domain.mark_unread(user=request.user, notification=told.pk)
    else:
        domain.mark_read(user=request.user, notifications=[told.pk])
    return redirect("notifications:list")


@require_POST
@may("sop_site.view")
def read_all(request: SignedInRequest) -> HttpResponse:
    """Mark everything as read."""
    domain.mark_read(user=request.user)
    return redirect("notifications:list")


@answers_form
@may("sop_site.view")
def settings_page(request: SignedInRequest) -> HttpResponse:
    """How the person wants to be told."""
    form = SettingsForm(
        request.POST or None,
        mail=queries.mail_settings_shown_to(request.user),
        chosen=queries.chosen_by(request.user),
    )
    if request.method == "POST" and form.is_valid():
        domain.set_mail_settings(
            user=request.user,
            wants_mail=form.cleaned_data["wants_mail"],
            digest_at=form.cleaned_data["digest_at"],
        )
        domain.set_preferences(user=request.user, ways=form.chosen_ways)
        messages.success(request, "Saved. What you have not read yet follows it too.")
        return redirect("notifications:settings")
    context = {"form": form, "mail_is_set_up": mail_is_set_up(), "time_zone": settings.TIME_ZONE}
    return render(request, "sop_site/notifications/settings.html", context)


@require_POST
@may("sop_site.view")
def new_links(request: SignedInRequest) -> HttpResponse:
    """Make the unsubscribe links of the person's earlier mails worthless."""
    domain.renew_unsubscribe_token(user=request.user)
    messages.success(request, "The links in your earlier mails no longer work.")
    return redirect("notifications:settings")


@login_not_required
@never_cache
@csrf_exempt  # The token is the authority: mail programs post here without a session (RFC 8058).
@answers_form
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Asks whether to send no more mail; a post does it, signed in or not."""
    found = MailSettings.objects.filter(unsubscribe_token=token).select_related("user").first()
    is_done = request.method == "POST" and domain.unsubscribe(token)
    return render(
        request,
        "sop_site/notifications/unsubscribe.html",
        {"person": found.user if found else None, "is_done": is_done},
        status=200 if found else 404,
    )
