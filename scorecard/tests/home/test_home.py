"""What Home shows to whom: what is theirs to do, the most pressing first, and what changed."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from marketing.campaigns.domain import submit_campaign
from marketing.tests.factories import make_campaign, make_door, make_product
from planning.risk.choices import FlagEventKind, RiskState
from planning.risk.models import FlagEvent
from planning.risk.telling import remind_of_dates
from planning.tests.factories import make_flag
from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.actions.telling import remind_and_pass_on
from scorecard.home.needs import SHOWN, by_week, digest_section, needs_of
from scorecard.home.owned import decisions_owned
from scorecard.home.since import AWAY_AFTER, LOOKS_BACK, LastHere, changes_since, note_visit
from scorecard.meetings.choices import MeetingStatus
from scorecard.meetings.models import MeetingDecision
from scorecard.tests.actions.cases import give
from scorecard.tests.home.cases import OWNER, flagged, make_waiting
from scorecard.tests.meetings.cases import make_meeting, point_of
from scorecard.tests.signals.cases import make_signal
from sop_site.access.models import User
from sop_site.access.roles import Role
from sop_site.notifications.choices import Kind
from sop_site.notifications.models import Notification
from sop_site.tests.operating_model.cases import propose


@pytest.fixture
def waiting(today, user_of) -> None:
    make_waiting(user_of, today)
    propose(user_of, effective_from=today + timedelta(days=30))
    make_signal(make_product(sku="SIGNAL"))
    make_meeting(user_of, today)


EXPECTED = {
    Role.PLANNING_MEMBER: [
        "Decide on SHORT-1 in SHORT",
        "Approve or reject READY",
        "Decide on 1 demand signal",
    ],
    Role.PLANNING_LEAD: [
        "Decide on SHORT-1 in SHORT",
        "Approve or reject READY",
        "Sign for the risk of LARGE-1 in LARGE",
        "Review version 2 of the operating model",
        "Decide on 1 demand signal",
    ],
    Role.MARKETING_MEMBER: [
        "Call the agency",
        "SHORT is short of SHORT-1",
        "Consent to expect less of ASKED-1 in ASKED",
        "LARGE is short of LARGE-1",
    ],
    Role.MARKETING_LEAD: [
        "Consent to expect less of ASKED-1 in ASKED",
        "Sign for the risk of LARGE-1 in LARGE",
        "Decide on 1 demand signal",
    ],
    Role.MERCHANDISING_MEMBER: [],
    Role.MERCHANDISING_LEAD: [
        "Review version 2 of the operating model",
        "Decide on 1 demand signal",
    ],
    Role.EXECUTIVE: [],
    Role.ADMINISTRATOR: ["Give 1 person a role"],
}


@pytest.mark.parametrize("role", list(Role), ids=[role.value for role in Role])
def test_each_role_sees_what_is_theirs_to_do(waiting, today, user_of, role):
    User.objects.create(username="new.here")
    assert [need.words for need in needs_of(user_of(role), today)] == EXPECTED[role]


def test_what_is_past_its_date_comes_first_and_says_so_and_what_is_red_before_what_is_not(today, user_of):
    flagged(user_of, "LATE", today + timedelta(days=9))
    flagged(user_of, "AMBER", today + timedelta(days=30), state=RiskState.AT_RISK, units_short=0.0)
    red = flagged(user_of, "RED", today + timedelta(days=30))
    make_flag(red.campaign, make_product(), decide_by_date=today + timedelta(days=25), revenue_short=None)
    needs = needs_of(user_of(Role.PLANNING_MEMBER), today)
    assert [(need.words, need.due, need.is_late, need.is_red) for need in needs] == [
        ("Decide on LATE-1 in LATE", today - timedelta(days=1), True, True),
        ("Decide on 2 SKUs in RED", today + timedelta(days=20), False, True),
        ("Decide on AMBER-1 in AMBER", today + timedelta(days=20), False, False),
    ]
    assert needs[1].detail == "200 units, of unknown price short; the campaign starts Tue 22 Dec"
    assert needs[2].detail.startswith("Cover is thin; ")


ASK_FOR_IT = "; you can give them an action, or bring it to a meeting"
SHORT = "100 units, $5,000 of revenue short; the campaign started Sat 12 Dec"
ASKED = "100 units, $5,000 of revenue short; the campaign started Thu 17 Dec"
LARGE = "100 units, $50,000 of revenue short; the campaign started Tue 22 Dec"
NOT_DONE = (
    "Not done in time: Call the agency",
    "Owner: Marketing, given by Planning. You can hand it over, give it another date, or drop it",
)
NOT_DECIDED = ("Not decided in time: SHORT-1 in SHORT", f"{SHORT}. Planning decides{ASK_FOR_IT}")
PASSED_ON = {
    Role.PLANNING_MEMBER: [],
    Role.PLANNING_LEAD: [
        ("Decide on SHORT-1 in SHORT", SHORT),
        ("Decide on ASKED-1 in ASKED", ASKED),
        ("Decide on LARGE-1 in LARGE", LARGE),
    ],
    Role.MARKETING_MEMBER: [],
    # What they have to consent to and to sign for stands as that.
    Role.MARKETING_LEAD: [NOT_DONE, NOT_DECIDED],
    Role.MERCHANDISING_MEMBER: [],
    Role.MERCHANDISING_LEAD: [],
    Role.EXECUTIVE: [
        NOT_DONE,
        NOT_DECIDED,
        (
            "Not decided in time: ASKED-1 in ASKED",
            f"{ASKED}. Marketing has yet to consent to what Planning proposes{ASK_FOR_IT}",
        ),
        (
            "Not decided in time: LARGE-1 in LARGE",
            f"{LARGE}. VP Planning and CMO have yet to sign for the risk{ASK_FOR_IT}",
        ),
    ],
    Role.ADMINISTRATOR: [],
}


@pytest.fixture
def lapsed(today, user_of):
    """The day on which what waited for others has lapsed for weeks."""
    for role in Role:
        user_of(role)
    make_waiting(user_of, today)
    return today + timedelta(days=40)


@pytest.mark.parametrize("role", list(Role), ids=[role.value for role in Role])
def test_what_others_let_lapse_waits_for_those_to_whom_it_passed_on(lapsed, user_of, role):
    found = [need for need in needs_of(user_of(role), lapsed) if need.is_passed_on]
    assert [(need.words, need.detail) for need in found] == PASSED_ON[role]
    assert [need.is_late for need in found] == [True] * len(found)


def test_the_night_tells_the_same_people(lapsed, user_of):
    remind_of_dates(lapsed)
    remind_and_pass_on(lapsed)
    told = Notification.objects.filter(kind__in=[Kind.DECIDE_BY_LAPSED, Kind.ACTION_OVERDUE])
    first = {Role.PLANNING_MEMBER, Role.MARKETING_MEMBER}
    assert set(told.values_list("recipient__username", flat=True)) == first | {
        role for role, found in PASSED_ON.items() if found
    }


def test_what_others_have_not_answered_by_its_date_is_planning_s_again(waiting, today, user_of):
    planner = user_of(Role.PLANNING_MEMBER)
    assert not any("ASKED" in need.words for need in needs_of(planner, today + timedelta(days=15)))
    lapsed = [need.words for need in needs_of(planner, today + timedelta(days=16))]
    assert "Decide on ASKED-1 in ASKED" in lapsed


def test_a_meeting_needs_its_members_from_the_day_before_on(waiting, today, user_of):
    member, stranger = user_of(OWNER), user_of(Role.MERCHANDISING_LEAD)
    tomorrow = today + timedelta(days=1)
    assert "meeting" not in {need.kind for need in needs_of(member, today)}
    assert needs_of(member, tomorrow)[0].kind == "meeting"
    assert "meeting" not in {need.kind for need in needs_of(stranger, tomorrow)}


def test_the_page_asks_as_often_for_three_of_each_as_for_one(
    waiting, today, user_of, client_of, statements_sent
):
    counts = {}
    for count in (1, 3):
        for number in range(count):
            make_waiting(user_of, today, f" {count}-{number}")
            flagged(user_of, f"LATE {count}-{number}", today + timedelta(days=9))
            give(user_of, today, due_on=today - timedelta(days=7), owner=user_of(OWNER))
        for role in Role:
            client = client_of(role)
            client.get("/")
            with statements_sent() as sent:
                assert client.get("/").status_code == 200
            counts.setdefault(role, []).append(len(sent))
    assert {role: few for role, (few, _) in counts.items()} == {
        role: many for role, (_, many) in counts.items()
    }


def test_hundreds_of_flagged_campaigns_are_a_page_with_the_later_ones_folded_by_week(
    today, user_of, client_of
):
    product = make_product()
    for number in range(60):
        campaign = make_campaign(products=[product], starts_on=today + timedelta(days=15 + number // 10))
        make_flag(campaign, product)
    needs = needs_of(user_of(Role.PLANNING_MEMBER), today)
    later = by_week(needs[SHOWN:])
    assert [(group.title, len(group.needs)) for group in later] == [("FY26 W44, 29 Nov – 5 Dec", 20)]
    page = client_of(Role.PLANNING_MEMBER).get("/").content.decode()
    assert page.count('<li class="need') == 60
    assert page.count('<details class="fold later">') == 1


def test_with_nothing_to_do_the_page_says_so(today, client_of):
    page = client_of(Role.MERCHANDISING_MEMBER).get("/").content.decode()
    assert "Nothing waits for you" in page
    assert "Nothing changed." in page


def test_people_without_a_role_are_told_why_they_see_nothing(today):
    client = Client()
    client.force_login(User.objects.create(username="new.here"))
    answer = client.get("/")
    assert answer.status_code == 403
    assert "You have no role yet" in answer.content.decode()


def test_the_digest_tells_the_first_ten_and_counts_the_others(today, user_of):
    planner = user_of(Role.PLANNING_MEMBER)
    assert digest_section(planner) is None
    for number in range(12):
        give(user_of, today, owner=planner, title=f"Task {number:02}")
    section = digest_section(planner)
    assert [line.title for line in section.lines] == [f"Sun 29 Nov: Task {number:02}" for number in range(10)]
    assert (section.title, section.more, section.late) == ("Waits for you: 12", 2, 0)


def test_the_digest_says_in_words_what_is_past_its_date_and_red(today, user_of):
    flagged(user_of, "LATE", today + timedelta(days=9))
    section = digest_section(user_of(Role.PLANNING_MEMBER))
    assert (section.title, section.late) == ("Waits for you: 1, 1 past its date", 1)
    assert [(line.title, line.detail) for line in section.lines] == [
        (
            "Past its date, Sat 21 Nov: Decide on LATE-1 in LATE",
            "Red. 100 units, $5,000 of revenue short; the campaign starts Tue 1 Dec",
        )
    ]


def test_the_decisions_of_a_quarter_stand_with_who_answers_for_them_and_lead_to_what_they_are_about(
    today, user_of, client_of
):
    meeting = make_meeting(user_of, today, MeetingStatus.RUNNING, points=1)
    campaign = make_campaign(name="Winter Warmers")
    about = About(AboutKind.CAMPAIGN, str(campaign.pk))
    owner, now = user_of(OWNER), timezone.now()
    facts = {"meeting": meeting, "point": point_of(meeting, 1), "owner": owner, "decided_by": owner}
    for number in range(12):
        at = now - timedelta(weeks=number + 3)
        MeetingDecision.objects.create(text=f"Cut {number:02}", decided_at=at, **facts, **about.columns)
    owned = decisions_owned(owner, today)
    assert [(each.decision.text, each.about.url, each.url) for each in owned.shown] == [
        (
            f"Cut {number:02}",
            campaign.get_absolute_url(),
            f"{meeting.get_absolute_url()}#point-{facts['point'].pk}",
        )
        for number in range(10)
    ]
    assert owned.count == 11
    assert "the newest 10 of 11 in the last quarter" in client_of(OWNER).get("/").content.decode()
    assert "Decisions you own" not in client_of(Role.PLANNING_LEAD).get("/").content.decode()


def test_a_visit_ends_when_nobody_came_for_half_an_hour(today, user_of):
    person, now = user_of(OWNER), timezone.now()
    minute = timedelta(minutes=1)
    assert note_visit(person, now) == LastHere(now - LOOKS_BACK, is_known=False)
    soon = now + AWAY_AFTER
    assert note_visit(person, soon) == LastHere(soon - LOOKS_BACK, is_known=False)
    back = soon + AWAY_AFTER + minute
    assert note_visit(person, back) == LastHere(soon, is_known=True)
    assert note_visit(person, back + minute) == LastHere(soon, is_known=True)
    years_later = back + 2 * LOOKS_BACK
    assert note_visit(person, years_later) == LastHere(years_later - LOOKS_BACK, is_known=False)


def test_what_changed_is_told_in_sentences_and_drafts_only_to_marketing(today, user_of):
    start = timezone.now()
    planner = user_of(Role.PLANNING_MEMBER)
    assert changes_since(planner, start, today) == []
    campaign = submit_campaign(
        campaign=make_campaign(
            products=[make_product()], doors=[make_door()], status="draft", name="Winter Warmers"
        ),
        by=user_of(OWNER),
    )
    flags = [make_flag(campaign, make_product()) for _ in range(2)]
    for flag in flags:
        for kind in (FlagEventKind.OPENED, FlagEventKind.WORSENED, FlagEventKind.WORSENED):
            FlagEvent.objects.create(
                flag=flag, kind=kind, at=timezone.now(), to_state="stockout", units_short=1
            )
    found = changes_since(planner, start, today)
    assert [change.words for change in found] == [
        "Winter Warmers was submitted.",
        "2 flags opened and 2 flags worsened.",
    ]
    assert found[0].url == campaign.get_absolute_url()
    assert changes_since(planner, timezone.now(), today) == []
