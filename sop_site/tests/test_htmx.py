"""Page or fragment, unchanged polls, and sessions that expired."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django_htmx.middleware import HtmxMiddleware

from sop_site.access.roles import Role
from sop_site.htmx import render_page, unchanged

HTMX = {"HX-Request": "true"}


def answered(headers: dict[str, str], query: str = "") -> HttpResponse:
    """What a view of both helpers answers."""

    def view(request: HttpRequest) -> HttpResponse:
        context = {"state": "watch", "label": "Watch", "status": "draft"}
        return unchanged(request, "7") or render_page(
            request, page="_status_badge.html", fragment="_state_badge.html", context=context
        )

    return HtmxMiddleware(view)(RequestFactory().get(f"/{query}", headers=headers))


def test_a_browser_gets_the_page_and_htmx_the_fragment() -> None:
    assert "badge-status" in answered({}).content.decode()
    assert "badge-state" in answered(HTMX).content.decode()


@pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
def test_a_page_that_htmx_needs_whole_is_whole(header: str) -> None:
    assert "badge-status" in answered(HTMX | {header: "true"}).content.decode()


def test_caches_are_told_the_two_apart() -> None:
    assert "HX-Request" in answered({})["Vary"]


def test_a_poll_that_has_seen_the_version_gets_nothing() -> None:
    assert answered(HTMX, "?seen=7").status_code == 204
    assert answered(HTMX, "?seen=6").status_code == 200
    assert answered({}, "?seen=7").status_code == 200, "a reload shows the page"


@pytest.mark.django_db
def test_an_expired_session_leads_the_whole_page_to_the_sign_in_and_back() -> None:
    answer = Client().get(
        reverse("history:entries"), headers=HTMX | {"HX-Current-URL": "http://testserver/history/?page=2"}
    )
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == f"{reverse('access:sign_in')}?next=%2Fhistory%2F%3Fpage%3D2"


@pytest.mark.django_db
def test_without_htmx_an_expired_session_is_an_ordinary_redirect() -> None:
    answer = Client().get(reverse("history:entries"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("access:sign_in"))


def test_a_signed_in_person_is_left_where_they_are(client_of) -> None:
    answer = client_of(Role.EXECUTIVE).get(reverse("history:entries"), headers=HTMX)
    assert "HX-Redirect" not in answer
