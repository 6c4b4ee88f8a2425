"""htmx: one view answers page and fragment, polls that find nothing new, and expired sessions."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

SEEN_PARAMETER = "seen"


def _details(request: HttpRequest) -> HtmxDetails:
    details: HtmxDetails = request.htmx  # type: ignore[attr-defined]  # set by HtmxMiddleware
    return details


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page; a boosted link or a restored history wants it whole."""
    details = _details(request)
    return bool(details) and not details.boosted and not details.history_restore_request


def render_page(
    request: HttpRequest, *, page: str, fragment: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """The same context as a whole ``page`` or, for htmx, as its ``fragment``.

    Both stand at one address, so the answer says on which header it depends, and no cache mixes them.
    """
    template = fragment if wants_fragment(request) else page
    response = render(request, template, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def unchanged(request: HttpRequest, version: str) -> HttpResponse | None:
    """204 for a poll that has already seen ``version`` (its parameter ``seen``), else None.

    htmx leaves the page alone on 204, so that focus, selection and scroll position stay.
    """
    if _details(request) and request.GET.get(SEEN_PARAMETER) == version:
        return HttpResponse(status=204)
    return None


class SignInAgainMiddleware:
    """Turns the redirect of an expired session into a redirect of the whole page.

    Without it htmx would follow the redirect and put the sign-in page into a corner of the old one.
    After signing in, people come back to the page they were on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        sign_in = resolve_url(settings.LOGIN_URL)
        if not _details(request) or response.status_code != 302:
            return response
        if urlsplit(response["Location"]).path != sign_in:
            return response
        return HttpResponseClientRedirect(_with_next(sign_in, _details(request).current_url_abs_path))


def _with_next(sign_in: str, page: str | None) -> str:
    return f"{sign_in}?{urlencode({'next': page})}" if page else sign_in
