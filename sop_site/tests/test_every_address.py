"""Every address × role × method has an expected answer; an address that this table does not know fails."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import DjangoDbBlocker

from marketing.campaigns.choices import CampaignStatus
from marketing.tests.factories import (
    NOW,
    TODAY,
    make_baseline,
    make_campaign,
    make_dc,
    make_door,
    make_fit,
    make_past_lift,
    make_product,
    range_at,
)
from planning.consensus.models import Remark
from planning.remedies.models import Remedy
from planning.risk.models import RiskAcceptance
from planning.tests.consensus.cases import make_cycle
from planning.tests.factories import (
    make_buy_line,
    make_buy_plan,
    make_flag,
    make_receipt,
    make_route,
    make_stock,
)
from scorecard.actions.choices import ActionStatus
from scorecard.meetings.choices import MeetingKind
from scorecard.meetings.domain import room
from scorecard.meetings.domain.points import add_point
from scorecard.meetings.domain.timetable import cancel_meeting
from scorecard.meetings.models import Meeting, MeetingPaper
from scorecard.reviews.domain import ask_decision
from scorecard.reviews.models import PreRead
from scorecard.tests.actions.cases import action_in, give
from scorecard.tests.lab.cases import make_replay
from scorecard.tests.meetings.cases import CHAIR, MEMBER, make_series, point_of
from scorecard.tests.reviews.cases import Q3
from scorecard.tests.signals.cases import make_signal
from sop_site.access.models import User
from sop_site.access.roles import EVERYONE, HEADS, MARKETING, MERCHANDISING, PLANNING, Role
from sop_site.clock import set_today
from sop_site.tests.fixtures import make_user
from sop_site.tests.notifications.cases import make_told
from sop_site.tests.operating_model.cases import propose

NOBODY: frozenset[Role] = frozenset()
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
EXECUTIVES = frozenset({Role.EXECUTIVE})
SIGNERS = HEADS | EXECUTIVES
CONSENSUS_RUNNERS = frozenset({Role.PLANNING_LEAD})
FORECAST_TALKERS = MARKETING | PLANNING | MERCHANDISING | EXECUTIVES
LEADS = frozenset({Role.PLANNING_LEAD, Role.MARKETING_LEAD})
RESTATERS = frozenset({Role.PLANNING_LEAD, Role.EXECUTIVE})
BUYERS = frozenset({Role.PLANNING_LEAD, Role.MERCHANDISING_LEAD})
SIGNAL_DECIDERS = PLANNING | HEADS
# Of an action that a planner gave to somebody in Marketing.
ACTION_WORKERS = frozenset({Role.PLANNING_MEMBER, Role.MARKETING_MEMBER}) | SIGNERS
# Of a meeting whose chair is a planner.
CHAIRS = SIGNERS | {Role.PLANNING_MEMBER}
METHODS = ("get", "put", "delete", "post")
Keys = list[int | str]


@dataclass(frozen=True)
class Address:
    """What an address expects: which object, who may read it, who may post to it, and what they are told.

    ``reads`` or ``posts`` of None means that the method is not answered at all (405). ``hidden_from``
    are the roles for whom the object does not exist (404).
    """

    about: str = ""
    reads: frozenset[Role] | None = EVERYONE
    posts: frozenset[Role] | None = None
    read_status: int = 200
    post_status: int = 302
    hidden_from: frozenset[Role] = field(default=NOBODY)


PAGE = Address()
# What a form with nothing filled in answers to those who may post it: itself, with its errors.
EMPTY_FORM = {"post_status": 200}

ADDRESSES: dict[str, Address] = {
    "home": PAGE,
    "access:sign_out": Address(reads=None, posts=EVERYONE),
    "access:password": Address(posts=EVERYONE, **EMPTY_FORM),
    "access:people": Address(reads=ADMINISTRATORS),
    "access:person_new": Address(reads=ADMINISTRATORS, posts=ADMINISTRATORS, **EMPTY_FORM),
    "access:person": Address(about="person", reads=ADMINISTRATORS, posts=ADMINISTRATORS, **EMPTY_FORM),
    "access:roles": PAGE,
    "history:entries": PAGE,
    "operating_model:current": PAGE,
    "operating_model:propose": Address(reads=SIGNERS, posts=SIGNERS, **EMPTY_FORM),
    "operating_model:version": Address(about="operating model"),
    "operating_model:review": Address(about="operating model", reads=None, posts=HEADS),
    "operating_model:adopt": Address(about="operating model", reads=None, posts=EXECUTIVES),
    "operating_model:decline": Address(about="operating model", reads=None, posts=EXECUTIVES),
    # The executive proposed it.
    "operating_model:withdraw": Address(about="operating model", reads=None, posts=EXECUTIVES),
    "lab:of_model": Address(about="operating model’s key"),
    "lab:ask": Address(about="operating model’s key", reads=None, posts=SIGNERS),
    "lab:replay": Address(about="replay"),
    "lab:retry": Address(about="replay", reads=None, posts=SIGNERS),
    "feeds:loads": PAGE,
    "notifications:list": PAGE,
    "notifications:bell": PAGE,
    "notifications:read_all": Address(reads=None, posts=EVERYONE),
    "notifications:open": Address(
        about="notification", read_status=302, hidden_from=EVERYONE - {Role.EXECUTIVE}
    ),
    "notifications:read": Address(
        about="notification", reads=None, posts=EVERYONE, hidden_from=EVERYONE - {Role.EXECUTIVE}
    ),
    "notifications:settings": Address(posts=EVERYONE, **EMPTY_FORM),
    "notifications:new_links": Address(reads=None, posts=EVERYONE),
    "notifications:outbox": Address(reads=ADMINISTRATORS),
    "notifications:send_again": Address(about="message", reads=None, posts=ADMINISTRATORS),
    "notifications:channels": Address(reads=ADMINISTRATORS),
    "notifications:channel_new": Address(reads=ADMINISTRATORS, posts=ADMINISTRATORS, **EMPTY_FORM),
    "notifications:channel": Address(
        about="channel", reads=ADMINISTRATORS, posts=ADMINISTRATORS, **EMPTY_FORM
    ),
    "notifications:channel_try": Address(about="channel", reads=None, posts=ADMINISTRATORS),
    "campaigns:calendar": PAGE,
    "campaigns:list": PAGE,
    "campaigns:new": Address(reads=MARKETING, posts=MARKETING, **EMPTY_FORM),
    "campaigns:sku_search": Address(reads=MARKETING),
    "campaigns:detail": Address(about="draft", hidden_from=EVERYONE - MARKETING),
    "campaigns:side_effects": Address(about="draft", hidden_from=EVERYONE - MARKETING),
    "campaigns:edit": Address(
        about="draft", reads=MARKETING, posts=MARKETING, hidden_from=EVERYONE - MARKETING, **EMPTY_FORM
    ),
    "campaigns:results": Address(
        about="draft", reads=MARKETING, posts=MARKETING, hidden_from=EVERYONE - MARKETING
    ),
    "campaigns:submit": Address(about="draft", reads=None, posts=MARKETING, hidden_from=EVERYONE - MARKETING),
    "campaigns:withdraw": Address(about="submitted", reads=None, posts=MARKETING),
    "campaigns:revise": Address(about="approved", reads=None, posts=MARKETING),
    "campaigns:cancel": Address(about="submitted", reads=None, posts=MARKETING),
    "baseline:sku": Address(about="product"),
    "lift:norms": PAGE,
    "lift:promotions": PAGE,
    "lift:past": Address(about="past lift"),
    "catalogue:products": PAGE,
    "catalogue:product": Address(about="product"),
    "catalogue:edit": Address(about="product", reads=MERCHANDISING, posts=MERCHANDISING, **EMPTY_FORM),
    "catalogue:doors": PAGE,
    "risk:bridge": PAGE,
    "risk:freshness": PAGE,
    "risk:flag": Address(about="flag"),
    "risk:door": Address(about="flag and door"),
    "risk:accept": Address(about="flag", reads=PLANNING, posts=PLANNING, **EMPTY_FORM),
    "risk:sign_acceptance": Address(about="acceptance", reads=None, posts=LEADS),
    "risk:decline_acceptance": Address(about="acceptance", reads=None, posts=LEADS, **EMPTY_FORM),
    "risk:campaign": Address(about="submitted"),
    # Its flag is undecided: Planning is told so on the page. The CMO signs for large accepted risks alone.
    "risk:approve_campaign": Address(about="submitted", reads=None, posts=PLANNING, post_status=200),
    "risk:reject_campaign": Address(about="submitted", reads=None, posts=PLANNING, **EMPTY_FORM),
    "remedies:of_flag": Address(about="flag"),
    "remedies:expedite": Address(about="flag", reads=PLANNING, posts=PLANNING, **EMPTY_FORM),
    "remedies:reallocate": Address(about="flag", reads=PLANNING, posts=PLANNING, **EMPTY_FORM),
    "remedies:shift": Address(about="flag", reads=PLANNING, posts=PLANNING, **EMPTY_FORM),
    "remedies:reduce": Address(about="flag", reads=PLANNING, posts=PLANNING, **EMPTY_FORM),
    "remedies:waiting": PAGE,
    "remedies:redates": PAGE,
    "remedies:consent": Address(about="remedy", reads=None, posts=MARKETING),
    "remedies:decline": Address(about="remedy", reads=None, posts=MARKETING),
    "remedies:withdraw": Address(about="remedy", reads=None, posts=PLANNING),
    "supply:receipts": PAGE,
    "buying:plan": PAGE,
    "buying:act": Address(reads=None, posts=BUYERS),
    "buying:calculate": Address(reads=None, posts=PLANNING),
    "buying:export": Address(about="kind of file"),
    "buying:line": Address(about="planned order"),
    "buying:edit": Address(about="planned order", reads=None, posts=PLANNING, **EMPTY_FORM),
    "buying:undo": Address(about="planned order", reads=None, posts=PLANNING),
    "buying:cancel": Address(about="planned order", reads=None, posts=BUYERS, **EMPTY_FORM),
    "buying:open_to_buy": PAGE,
    "buying:orders": PAGE,
    "buying:order_file": Address(about="purchase order"),
    "consensus:current": PAGE,
    "consensus:accuracy": PAGE,
    "consensus:drift": PAGE,
    "consensus:campaign_support": Address(about="draft", hidden_from=EVERYONE - MARKETING),
    "consensus:cycle": Address(about="cycle"),
    "consensus:owed": PAGE,
    "consensus:hand_in": Address(about="cycle and function", reads=None, posts=MARKETING),
    "consensus:begin_reconciling": Address(about="cycle", reads=None, posts=CONSENSUS_RUNNERS),
    "consensus:ask_for_signatures": Address(about="cycle", reads=None, posts=CONSENSUS_RUNNERS),
    "consensus:reconcile": Address(about="cycle"),
    "consensus:settle": Address(about="cycle", reads=None, posts=PLANNING | HEADS, **EMPTY_FORM),
    "consensus:remark": Address(about="cycle", reads=None, posts=FORECAST_TALKERS),
    "consensus:close_point": Address(about="open point", reads=None, posts=FORECAST_TALKERS),
    "consensus:sign": Address(about="cycle", posts=SIGNERS, **EMPTY_FORM),
    "consensus:send_back": Address(about="cycle", reads=None, posts=SIGNERS, **EMPTY_FORM),
    "consensus:reopen": Address(about="cycle", reads=None, posts=EXECUTIVES, **EMPTY_FORM),
    "consensus:compare": Address(about="forecast version"),
    "consensus:grid": Address(
        about="forecast version", posts=MARKETING | PLANNING | MERCHANDISING, **EMPTY_FORM
    ),
    "consensus:grid_layers": Address(about="forecast version", read_status=400),
    "consensus:grid_typed": Address(about="forecast version", reads=None, posts=EVERYONE, post_status=400),
    "consensus:workbook": Address(about="forecast layer", reads=MARKETING, posts=MARKETING, **EMPTY_FORM),
    "consensus:workbook_download": Address(about="forecast layer", reads=MARKETING),
    "consensus:workbook_enter": Address(about="forecast layer", reads=None, posts=MARKETING),
    "reviews:current": Address(read_status=302),
    "reviews:detail": Address(about="quarter"),
    "reviews:say_first": Address(about="quarter", reads=None, posts=EXECUTIVES),
    "reviews:ask": Address(about="quarter", reads=None, posts=SIGNERS, **EMPTY_FORM),
    "reviews:decide": Address(about="decision wanted", reads=None, posts=SIGNERS, **EMPTY_FORM),
    "reviews:carry_over": Address(about="decision wanted", reads=None, posts=SIGNERS),
    "reviews:close": Address(about="quarter", reads=None, posts=EXECUTIVES, **EMPTY_FORM),
    # Only the page's script reads it.
    "reviews:pre_read": Address(about="quarter", posts=EVERYONE, read_status=302),
    "reviews:pre_read_file": Address(about="quarter"),
    "outcomes:current": PAGE,
    "outcomes:quarter": Address(about="quarter’s key"),
    "outcomes:campaign": Address(about="draft", hidden_from=EVERYONE - MARKETING),
    "outcomes:export": Address(about="quarter’s key and kind of file"),
    "signals:signals": PAGE,
    "signals:export": Address(about="kind of file"),
    "signals:sku": Address(about="product"),
    "signals:decide": Address(about="demand signal", reads=None, posts=SIGNAL_DECIDERS, **EMPTY_FORM),
    "scorecard:card": PAGE,
    "scorecard:card_export": Address(about="kind of file"),
    "scorecard:restatements": PAGE,
    "scorecard:restate": Address(about="fiscal week", reads=None, posts=RESTATERS, **EMPTY_FORM),
    "scorecard:measure": Address(about="measure"),
    "scorecard:set_target": Address(about="measure", reads=None, posts=SIGNERS, **EMPTY_FORM),
    "scorecard:parts_export": Address(about="measure and kind of file"),
    "scorecard:drill": Address(about="measure"),
    "scorecard:drill_export": Address(about="measure and kind of file"),
    "actions:list": PAGE,
    "actions:new": Address(reads=FORECAST_TALKERS, posts=FORECAST_TALKERS, **EMPTY_FORM),
    "actions:bulk": Address(reads=FORECAST_TALKERS, read_status=302, posts=FORECAST_TALKERS, **EMPTY_FORM),
    "actions:detail": Address(about="action"),
    "actions:begin": Address(about="action", reads=None, posts=ACTION_WORKERS),
    "actions:finish": Address(about="action", reads=None, posts=ACTION_WORKERS),
    "actions:drop": Address(
        about="action", reads=None, posts=ACTION_WORKERS - {Role.MARKETING_MEMBER}, **EMPTY_FORM
    ),
    "actions:reopen": Address(about="closed action", reads=None, posts=ACTION_WORKERS),
    "actions:change": Address(about="action", reads=None, posts=FORECAST_TALKERS, **EMPTY_FORM),
    "actions:blockers": Address(about="action", reads=None, posts=ACTION_WORKERS),
    "actions:comment": Address(about="action", reads=None, posts=FORECAST_TALKERS, **EMPTY_FORM),
    "meetings:list": PAGE,
    "meetings:series": Address(about="kind of meeting", reads=RESTATERS, posts=RESTATERS, **EMPTY_FORM),
    "meetings:detail": Address(about="planned meeting"),
    "meetings:add_point": Address(about="planned meeting", reads=None, posts=FORECAST_TALKERS, **EMPTY_FORM),
    "meetings:order": Address(about="planned meeting", reads=None, posts=FORECAST_TALKERS, post_status=404),
    "meetings:refresh": Address(about="planned meeting", reads=None, posts=FORECAST_TALKERS),
    "meetings:open": Address(about="meeting to be opened", reads=None, posts=CHAIRS),
    "meetings:close": Address(about="running meeting", reads=None, posts=CHAIRS),
    "meetings:take_back": Address(about="running meeting", reads=None, posts=CHAIRS),
    "meetings:cancel": Address(about="planned meeting", reads=None, posts=CHAIRS),
    "meetings:restore": Address(about="cancelled meeting", reads=None, posts=CHAIRS),
    "meetings:move": Address(about="planned meeting", reads=None, posts=FORECAST_TALKERS, **EMPTY_FORM),
    "meetings:paper": Address(about="minutes", posts=FORECAST_TALKERS, read_status=302),
    "meetings:paper_file": Address(about="minutes"),
    "meetings:park": Address(about="point of a plan", reads=None, posts=CHAIRS),
    "meetings:change_point": Address(
        about="point of a plan",
        reads=CHAIRS | {MEMBER},
        posts=CHAIRS | {MEMBER},
        **EMPTY_FORM,
    ),
    "meetings:withdraw_point": Address(about="point of a plan", reads=None, posts=CHAIRS | {MEMBER}),
    "meetings:room": Address(about="running meeting"),
    "meetings:projector": Address(about="running meeting"),
    "meetings:room_forms": Address(about="running meeting", reads=FORECAST_TALKERS, read_status=302),
    "meetings:add_point_now": Address(
        about="running meeting", reads=None, posts=FORECAST_TALKERS, **EMPTY_FORM
    ),
    "meetings:go_to_point": Address(about="point", reads=None, posts=CHAIRS),
    "meetings:finish_point": Address(about="point", reads=None, posts=CHAIRS),
    "meetings:park_point": Address(about="point", reads=None, posts=CHAIRS),
    "meetings:notes": Address(about="point", reads=None, posts=FORECAST_TALKERS),
    "meetings:decide": Address(about="point", reads=None, posts=FORECAST_TALKERS, **EMPTY_FORM),
    "meetings:give_action": Address(about="point", reads=None, posts=FORECAST_TALKERS, **EMPTY_FORM),
    "meetings:renew_feed": Address(reads=None, posts=EVERYONE),
    "meetings:revoke_feed": Address(reads=None, posts=EVERYONE),
    "meetings:given_in": Address(about="action"),
    "meetings:agreed": Address(about="kind and key of a thing"),
    "meetings:bring_up": Address(about="kind and key of a thing", reads=None, posts=FORECAST_TALKERS),
}
# Open to people who have not signed in; a browser asks for them before there is a person.
PUBLIC = {
    "access:sign_in",
    "access:demo_sign_in",
    "healthz",
    "meetings:feed",
    "notifications:unsubscribe",
}


def named_addresses(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """The full names of every address below a resolver; one without a name fails."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from named_addresses(
                pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            )
        else:
            assert isinstance(pattern, URLPattern)
            assert pattern.name, f"{pattern.pattern} has no name"
            yield f"{namespace}{pattern.name}"


def make_meetings(user_of: Callable[[Role], User]) -> list[Meeting]:
    """One that was held and has minutes, one that runs, one that comes, and one that is cancelled."""
    meetings = list(make_series(user_of).meetings.all()[:4])
    closed, running, _, cancelled = meetings
    chair = user_of(CHAIR)
    for meeting in meetings[:3]:
        add_point(meeting=meeting, by=user_of(MEMBER), title="Point 1")
    room.close_meeting(meeting=room.open_meeting(meeting=closed, by=chair), by=chair, summary="")
    MeetingPaper.objects.update(made_at=NOW, pdf=b"%PDF")
    room.open_meeting(meeting=running, by=chair)
    cancel_meeting(meeting=cancelled, by=chair, note="")
    return meetings


def make_small_world(user_of: Callable[[Role], User]) -> dict[str, Keys]:
    """For each kind of object that an address is about, the keys that stand in it."""
    dc, leeds = make_dc(name="DC"), make_door(name="Leeds")
    crew, beanie = make_product(sku="KNIT"), make_product(sku="BEANIE")
    range_at(crew, dc, leeds)
    make_route(dc, leeds)
    make_stock(crew, leeds, 5)
    make_stock(crew, dc, 10)
    make_baseline(crew, leeds, 20)
    make_receipt(crew, dc, 100, eta=TODAY + timedelta(weeks=12))
    plan = {"products": [crew], "doors": [leeds]}
    submitted = make_campaign(**plan)
    draft = make_campaign(**plan, status=CampaignStatus.DRAFT)
    approved = make_campaign(**plan, status=CampaignStatus.APPROVED)
    flag = make_flag(submitted, crew, doors=(leeds,))
    acceptance = RiskAcceptance.objects.create(
        flag=flag,
        reason="A launch",
        accepted_state=flag.state,
        accepted_units_short=flag.units_short,
        is_large=True,
        proposed_at=NOW,
        proposed_by=user_of(Role.PLANNING_MEMBER),
    )
    remedy = Remedy.objects.create(
        flag=flag,
        kind="shift",
        reason="Beanies are there",
        replacement=beanie,
        proposed_at=NOW,
        proposed_by=user_of(Role.PLANNING_MEMBER),
    )
    forecast = make_cycle()
    point = Remark.objects.create(
        version=forecast.version,
        kind="open_point",
        text="Boots?",
        raised_at=NOW,
        raised_by=user_of(Role.EXECUTIVE),
    )
    ordered = make_buy_line(make_buy_plan(), crew, dc)
    sent = {"status": "sent", "po_number": "PO-1", "po_line": 1, "by": user_of(Role.PLANNING_LEAD)}
    make_buy_line(ordered.plan, crew, dc, **sent)
    proposal = propose(user_of, by=Role.EXECUTIVE)
    wanted = ask_decision(period=Q3, by=user_of(Role.EXECUTIVE), question="More cover for Tops?")
    PreRead.objects.create(
        review=wanted.review, asked_at=NOW, asked_by=user_of(Role.EXECUTIVE), made_at=NOW, pdf=b"%PDF"
    )
    told = make_told(user_of(Role.EXECUTIVE), administrator=user_of(Role.ADMINISTRATOR))
    closed, running, planned, cancelled = make_meetings(user_of)
    return {
        "": [],
        "action": [give(user_of, TODAY).pk],
        "closed action": [action_in(ActionStatus.DONE, user_of, TODAY).pk],
        "kind of meeting": ["weekly"],
        "planned meeting": [planned.pk],
        "meeting to be opened": [make_series(user_of, MeetingKind.MONTHLY).meetings.all()[0].pk],
        "running meeting": [running.pk],
        "cancelled meeting": [cancelled.pk],
        "minutes": [closed.pk, "minutes"],
        "point": [point_of(running, 1).pk],
        "point of a plan": [point_of(planned, 1).pk],
        "kind and key of a thing": ["sku", crew.pk],
        "notification": [told.notification.pk],
        "message": [told.message.pk],
        "channel": [told.channel.pk],
        "person": [user_of(Role.EXECUTIVE).pk],
        "draft": [draft.pk],
        "submitted": [submitted.pk],
        "approved": [approved.pk],
        "product": [crew.pk],
        "past lift": [make_past_lift(crew, fit=make_fit(), starts_on=TODAY - timedelta(weeks=9)).pk],
        "flag": [flag.pk],
        "flag and door": [flag.pk, leeds.pk],
        "acceptance": [acceptance.pk],
        "remedy": [remedy.pk],
        "planned order": [ordered.pk],
        "demand signal": [make_signal(crew).pk],
        "purchase order": ["PO-1", "csv"],
        "quarter’s key": ["2026-q4"],
        "quarter’s key and kind of file": ["2026-q4", "csv"],
        "kind of file": ["csv"],
        "measure": ["stockout_days"],
        "measure and kind of file": ["stockout_days", "csv"],
        "fiscal week": [TODAY.isoformat()],
        "quarter": [Q3.year, Q3.number],
        "decision wanted": [wanted.pk],
        "cycle": [forecast.cycle.pk],
        "cycle and function": [forecast.cycle.pk, "marketing"],
        "open point": [point.pk],
        "operating model": [proposal.version],
        "operating model’s key": [proposal.pk],
        "replay": [make_replay(proposal, user_of(Role.EXECUTIVE)).pk],
        "forecast version": [forecast.version.pk],
        "forecast layer": [forecast.version.pk, "marketing"],
    }


@pytest.fixture(scope="module")
def small_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Keys]]:
    """The world of all tests here, made once: each of them undoes what it did, back to a savepoint."""
    with django_db_blocker.unblock(), transaction.atomic():
        set_today(TODAY)
        yield make_small_world(make_user)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def clients(small_world, django_db_blocker: DjangoDbBlocker) -> dict[Role, Client]:
    """Somebody of each role, who signs in once for all tests here."""
    with django_db_blocker.unblock():
        made = {role: Client() for role in Role}
        for role, client in made.items():
            client.force_login(make_user(role))
    return made


@pytest.fixture
def arguments_of(small_world, db) -> Callable[[str], Keys]:
    """Tells for each kind of object in a small world the keys that stand in an address."""
    return small_world.__getitem__


def expected_status(address: Address, role: Role, method: str) -> int:
    """What the table says."""
    allowed, status = {
        "get": (address.reads, address.read_status),
        "post": (address.posts, address.post_status),
    }.get(method, (None, 405))
    if allowed is None:
        return 405
    if role in address.hidden_from and role in EVERYONE:
        return 404 if role in allowed or address.reads == EVERYONE else 403
    return status if role in allowed else 403


def answer(client: Client, method: str, url: str) -> int:
    """The status of one request, whose writes are then undone."""
    with transaction.atomic():
        status = getattr(client, method)(url).status_code
        transaction.set_rollback(True)
    return status


def test_the_table_knows_every_address():
    assert set(named_addresses(get_resolver())) == set(ADDRESSES) | PUBLIC


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_each_role_gets_the_answer_of_the_table(name, arguments_of, clients):
    address = ADDRESSES[name]
    url = reverse(name, args=arguments_of(address.about))
    expected, found = {}, {}
    for role, client in clients.items():
        signed_in = SimpleCookie(client.cookies)
        for method in METHODS:
            expected[role.label, method] = expected_status(address, role, method)
            found[role.label, method] = answer(client, method, url)
            client.cookies = SimpleCookie(signed_in)
    assert found == expected


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_nobody_reaches_anything_without_signing_in(name, arguments_of, client):
    url = reverse(name, args=arguments_of(ADDRESSES[name].about))
    answers = {method: getattr(client, method)(url) for method in METHODS}
    assert {method: found.status_code for method, found in answers.items()} == dict.fromkeys(METHODS, 302)
    assert {found.url.partition("?")[0] for found in answers.values()} == {"/sign-in/"}


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_a_person_without_a_role_sees_nothing(name, arguments_of, client, django_user_model):
    client.force_login(django_user_model.objects.create(username="stranger"))
    url = reverse(name, args=arguments_of(ADDRESSES[name].about))
    own = {"access:password": 200}
    assert client.get(url).status_code == own.get(name, 405 if ADDRESSES[name].reads is None else 403)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "method", "status"),
    [
        ("access:sign_in", "get", 200),
        ("access:sign_in", "post", 200),
        ("access:sign_in", "put", 405),
        ("access:demo_sign_in", "get", 405),
        ("access:demo_sign_in", "post", 404),
        ("healthz", "get", 200),
        ("healthz", "post", 405),
    ],
)
def test_public_addresses(client, name, method, status):
    assert getattr(client, method)(reverse(name)).status_code == status
