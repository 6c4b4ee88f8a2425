"""The front door and the health check."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from sop_site.access.permissions import SignedInRequest
from sop_site.access.roles import Role

# Where each role's day begins.
FRONT_PAGES = {
    Role.MARKETING_MEMBER: "campaigns:calendar",
    Role.MARKETING_LEAD: "campaigns:calendar",
    Role.MERCHANDISING_MEMBER: "catalogue:products",
    Role.MERCHANDISING_LEAD: "catalogue:products",
    Role.ADMINISTRATOR: "access:people",
}


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """To the page where the person's day begins."""
    role = request.user.role
    return redirect(FRONT_PAGES.get(role, "risk:bridge") if role is not None else "risk:bridge")


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the web process reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
