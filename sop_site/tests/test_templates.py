"""Rules that every template keeps, and the pages that must stand when nothing else does."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from sop_site.access.roles import Role

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
# A mail is read elsewhere, by programs that know no other way of giving a style than on the thing itself.
PAGES = [path for path in TEMPLATES if path.parent.name != "mail"]
STYLES = sorted((settings.BASE_DIR / "static" / "bridge").glob("*.css"))
SPRITE = settings.BASE_DIR / "static" / "bridge" / "icons.svg"
TOKENS = settings.BASE_DIR / "static" / "bridge" / "tokens.css"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_nothing_in_a_template_needs_a_looser_content_security_policy(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle\s*=", text), "a style attribute"
    assert not re.search(r"<style\b", text), "a style element"
    assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", text), "an inline script"
    assert not re.search(r"\son[a-z]+\s*=", text), "an event handler"
    assert not re.search(r"\shx-on[:-]|hx-trigger=\"[^\"]*\[|[\"']js:", text), (
        "an htmx feature that needs eval"
    )
    assert not re.search(r"(?:src|href|action)=[\"']?(?:https?:)?//", text), "something from outside"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_icon_is_in_the_sprite(path: Path) -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text()))
    named = set(re.findall(r'{% icon "([^"]+)"', path.read_text()))
    assert named <= drawn


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_every_token_that_a_style_uses_exists(path: Path) -> None:
    used = set(re.findall(r"var\(--([a-z][a-z0-9-]*)\)", path.read_text()))
    local = set(re.findall(r"--([a-z][a-z0-9-]*):", path.read_text() + TOKENS.read_text()))
    components = set(re.findall(r"--([a-z][a-z0-9-]*):", (TOKENS.parent / "components.css").read_text()))
    assert {name for name in used if not name.startswith("tblr-")} <= local | components


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_error_pages_stand_without_any_context(name: str) -> None:
    page = render_to_string(name)
    assert "<h1>" in page
    assert 'id="main"' in page


def test_a_page_that_is_not_there_keeps_the_frame_of_a_signed_in_person(client_of) -> None:
    answer = client_of(Role.EXECUTIVE).get("/nowhere/")
    assert answer.status_code == 404
    assert "Not found" in answer.content.decode()
    assert "Sign out" in answer.content.decode()


@pytest.mark.django_db
def test_a_stranger_who_errs_sees_no_menu(client) -> None:
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "Sign out" not in answer.content.decode()


def test_the_frame_shows_week_date_person_and_role(client_of, today) -> None:
    page = client_of(Role.PLANNING_LEAD).get(reverse("history:entries")).content.decode()
    for words in ("FY26 W43", "Sun 22 Nov 2026", "VP Planning", "Skip to content", "Sign out"):
        assert words in page
    assert page.count('aria-current="page"') >= 2, "in the rail and in the menu of small screens"


@pytest.mark.django_db
def test_the_demo_offers_a_button_for_each_role_and_only_the_demo(client, settings) -> None:
    settings.DEMO_MODE = True
    page = client.get(reverse("access:sign_in")).content.decode()
    assert all(f'value="{role.value}"' in page for role in Role)
    settings.DEMO_MODE = False
    assert "demo" not in client.get(reverse("access:sign_in")).content.decode().lower()
