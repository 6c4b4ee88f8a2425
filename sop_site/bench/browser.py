"""From the click that saves an edit to the changed colour of a flag on another page, in a real browser."""

import os
import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.db.models import F
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, sync_playwright

from bootstrap import BROWSERS
from marketing.campaigns.models import CampaignLine
from planning.risk.choices import RiskState
from planning.risk.models import Flag
from sop_site.access.models import User
from sop_site.access.roles import Role
from sop_site.bench.chromium import QUIET
from sop_site.bench.edits import campaigns_to_edit
from sop_site.bench.report import Report, p95
from sop_site.bench.retailer import SEED
from sop_site.bench.servers import Stage, web
from sop_site.bench.sizes import Size

# In per cent: more than what is barely served bears, and not so high that the form asks to confirm it.
HIGH_LIFT = 900
POLL_MILLISECONDS = 500
PATIENCE_MILLISECONDS = 20_000
BADGE = "#flag .headline .badge-state"
IS_WELL, IS_NOT_WELL = f"{BADGE}.is-ok", f"{BADGE}:not(.is-ok)"


@dataclass(frozen=True, slots=True)
class Scene:
    """A flag that is well, the form that changes it, and who is signed in on the two pages."""

    edit_path: str
    flag_path: str
    sku: str
    low_lift: str
    marketing_session: str
    planning_session: str

    @classmethod
    def set(cls) -> "Scene":
        """Read once: beside the browser's event loop, Django would open a second connection."""
        line = line_to_raise()
        flag = Flag.objects.get(campaign=line.campaign_id, product=line.product_id)
        return cls(
            edit_path=reverse("campaigns:edit", args=[line.campaign_id]),
            flag_path=flag.get_absolute_url(),
            sku=line.product.sku,
            low_lift=f"{line.lift_value:.10g}",
            marketing_session=_session_of(Role.MARKETING_MEMBER),
            planning_session=_session_of(Role.PLANNING_MEMBER),
        )


def line_to_raise() -> CampaignLine:
    """The featured SKU that is well and would bear the least lift before it no longer is."""
    lines = CampaignLine.objects.filter(
        campaign__in=campaigns_to_edit().values("pk"),
        lift_value__lt=HIGH_LIFT,
        campaign__flags__product=F("product"),
        campaign__flags__state=RiskState.OK,
    )
    return lines.order_by(F("campaign__flags__cover") * (1 + F("uplift_ratio")), "pk")[0]


def measure_browser(report: Report, size: Size, stage: Stage) -> None:
    """Raise and lower one lift in turns, and watch the flag on a page that is open elsewhere."""
    scene = Scene.set()
    with web(stage) as address, sync_playwright() as playwright, ExitStack() as stack:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=[*QUIET])
        stack.callback(browser.close)
        watched = _page(browser, address, scene.planning_session)
        watched.goto(scene.flag_path)
        watched.wait_for_selector(IS_WELL)
        form = _page(browser, address, scene.marketing_session)
        seconds = [
            _seconds_to_the_colour(form, watched, scene, raises=number % 2 == 0, wait=wait)
            for number, wait in enumerate(_waits(size.clicks))
        ]
    report.add("edit_to_browser", size, seconds, p95_s=p95(seconds))


def _seconds_to_the_colour(form: Page, watched: Page, scene: Scene, *, raises: bool, wait: float) -> float:
    form.goto(scene.edit_path)
    row = form.locator("[data-row]").filter(has=form.locator(f"[data-sku][value='{scene.sku}']"))
    row.locator("[data-lift]").fill(str(HIGH_LIFT) if raises else scene.low_lift)
    why = row.get_by_label("Why another lift?")
    if why.is_visible():
        why.fill("To measure.")
    save = form.get_by_role("button", name="Save changes")
    form.wait_for_timeout(wait)
    began = time.perf_counter()
    save.click(no_wait_after=True)
    watched.wait_for_selector(IS_NOT_WELL if raises else IS_WELL)
    return time.perf_counter() - began


def _waits(clicks: int) -> Sequence[float]:
    """Milliseconds to hold each click back.

    People click at any moment between two polls of another's page; without these every click would follow
    the last poll by as long as the form takes to load.
    """
    moments = (np.arange(clicks) + 0.5) / clicks * POLL_MILLISECONDS
    return np.random.default_rng(SEED).permutation(moments).tolist()


def _page(browser: Browser, address: str, session: str) -> Page:
    context = browser.new_context(base_url=address)
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])
    return context.new_page()


def _session_of(role: Role) -> str:
    client = Client()
    client.force_login(User.objects.get(username=role.value))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _chromium() -> str | None:
    """CHROMIUM's, the machine's, or None for Playwright's own."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
