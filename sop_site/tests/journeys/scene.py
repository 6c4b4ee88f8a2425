"""The journeys' retailer with something on every page: flags, decisions, proposals, a draft, a cycle."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from marketing.campaigns.choices import CampaignStatus
from marketing.campaigns.domain import submit_campaign
from marketing.campaigns.models import Campaign
from marketing.lift.models import PastLift
from marketing.tests.factories import TODAY, make_campaign
from marketing.tests.lift.past import promoted_before
from planning.buying.choices import BuyStatus
from planning.buying.domain import approve_buys, edit_buy, put_on_purchase_orders
from planning.buying.models import BuyLine
from planning.consensus.models import Cycle, ForecastVersion
from planning.remedies.domain import expedite_receipt, propose_reduction, propose_shift
from planning.risk.decisions import accept_risk
from planning.risk.models import Flag
from planning.supply.models import Receipt
from planning.tests.buying.cases import plan as buy_plan
from planning.tests.buying.cases import published
from planning.tests.consensus.cases import make_cycle
from planning.tests.factories import make_receipt
from planning.tests.risk.cases import recalculated
from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.actions.models import Action
from scorecard.lab.models import Replay
from scorecard.meetings.domain import room
from scorecard.meetings.domain.agenda import write_agenda
from scorecard.meetings.domain.feeds import renew_feed
from scorecard.meetings.domain.points import add_point, order_points
from scorecard.meetings.models import Meeting
from scorecard.reviews.domain import ask_decision
from scorecard.signals.domain import read_signals
from scorecard.tests.actions.cases import give
from scorecard.tests.factories import make_outcome, make_week
from scorecard.tests.lab.cases import LAST_WEEK, make_replay, make_sighting
from scorecard.tests.meetings.cases import CHAIR, MEMBER, make_series
from scorecard.tests.reviews.cases import Q3, make_quarters
from scorecard.tests.signals.cases import hold_weeks
from sop_site.access.models import User
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK
from sop_site.operating_model.domain import ScopeLimits
from sop_site.operating_model.limits import Limit
from sop_site.operating_model.models import OperatingModel
from sop_site.tests.journeys.world import FIRST_DAY, World
from sop_site.tests.notifications.cases import Told, make_told
from sop_site.tests.operating_model.cases import propose

EXPEDITED_TO = TODAY + timedelta(weeks=3)
TIGHTER_IN_THE_NORTH = ScopeLimits(region="North", limits={Limit.WATCH_MARGIN: 0.2})


@dataclass(frozen=True)
class Scene:
    """A campaign in the middle of its decisions, and one that Marketing still works on."""

    world: World
    campaign: Campaign
    draft: Campaign
    flag: Flag
    person: User
    past_lift: PastLift
    cycle: Cycle
    planned_order: BuyLine
    proposal: OperatingModel
    replay: Replay
    ended: Campaign
    told: Told
    action: Action
    planned: Meeting
    running: Meeting

    @property
    def door_id(self) -> int | None:
        """The door at which the flag is worst."""
        return self.flag.worst_door_id


def set_the_scene(world: World, user_of: Callable[[Role], User]) -> Scene:
    """One flag is accepted, one has a proposal, one was expedited, and one waits for everything."""
    marketer, planner = user_of(Role.MARKETING_MEMBER), user_of(Role.PLANNING_MEMBER)
    plan = {"products": world.featured, "doors": world.network.stores, "starts_on": FIRST_DAY}
    campaign = make_campaign(**plan, name="Winter Warmers", status=CampaignStatus.DRAFT, owner=marketer)
    draft = make_campaign(**plan, name="Spring Preview", status=CampaignStatus.DRAFT, owner=marketer)
    make_receipt(world.reduced, world.network.dc, 60.0, po_number="PO-4650", eta=TODAY - timedelta(days=9))
    campaign = submit_campaign(campaign=campaign, by=marketer)
    recalculated(*world.featured)
    flags = {flag.product_id: flag for flag in Flag.objects.live()}
    accept_risk(flag=flags[world.reallocated.pk], by=planner, reason="Scarves sell through all winter.")
    propose_reduction(flag=flags[world.reduced.pk], lift_value=36.0, by=planner, reason="Closed mill.")
    propose_shift(
        flag=flags[world.shifted.pk], replacement=world.replacement, by=planner, reason="Blue is in the DC."
    )
    expedite_receipt(
        flag=flags[world.expedited.pk],
        receipt=Receipt.objects.get(product=world.expedited),
        new_eta=EXPEDITED_TO,
        by=planner,
        reason="The campaign needs it.",
    )
    recalculated(*world.featured)
    flag = Flag.objects.live().get(product=world.reduced)
    past_lift = promoted_before(world.expedited, world.network.stores)
    planned_order = _bought(world, user_of)
    proposal = propose(user_of, by=Role.EXECUTIVE, cover_threshold=1.2, scopes=(TIGHTER_IN_THE_NORTH,))
    # Last week can be replayed.
    make_sighting(LAST_WEEK - 6 * WEEK, campaign, {})
    replay = make_replay(proposal, user_of(Role.EXECUTIVE))
    make_quarters()
    ask_decision(
        period=Q3, by=user_of(Role.EXECUTIVE), question="Flag more, earlier?", operating_model=proposal
    )
    cycle = make_cycle().cycle
    _signalled(world)
    ended = _ended(world, marketer)
    told = make_told(user_of(Role.EXECUTIVE), administrator=user_of(Role.ADMINISTRATOR))
    about = About(AboutKind.FLAG, str(flag.pk))
    action = give(user_of, TODAY, about=about, due_on=TODAY - timedelta(days=3))
    running, planned = _meetings(user_of, flag)
    return Scene(
        world,
        campaign,
        draft,
        flag,
        planner,
        past_lift,
        cycle,
        planned_order,
        proposal,
        replay,
        ended,
        told,
        action,
        planned,
        running,
    )


def _meetings(user_of: Callable[[Role], User], flag: Flag) -> tuple[Meeting, Meeting]:
    """A weekly review in the middle of its agenda, with a decision and an action, and the one after it."""
    running, planned = make_series(user_of).meetings.all()[:2]
    chair, member = user_of(CHAIR), user_of(MEMBER)
    renew_feed(by=chair)
    about = About(AboutKind.FLAG, str(flag.pk))
    point = add_point(meeting=running, by=member, title="Do we shift to blue?", about=about)
    add_point(meeting=planned, by=member, title="Who calls the mill?", detail="Before the holidays.")
    for meeting in (running, planned):
        write_agenda(meeting=meeting, day=TODAY)
    order_points(meeting=running, by=chair, point_ids=[point.pk])
    running = room.open_meeting(meeting=running, by=chair)
    room.note_on_point(point=point, by=member, notes="The mill has blue.")
    room.decide(
        point=point,
        by=chair,
        owner=member,
        text="Yes.",
        assumption="It is in the DC.",
        would_change_it="A mill.",
    )
    room.give_action_on(point=point, by=chair, title="Tell the doors", owner=member, due_on=TODAY)
    return running, planned


def _ended(world: World, marketer: User) -> Campaign:
    """A campaign that ended last week, and what it came to."""
    plan = {"products": world.featured, "doors": world.network.stores, "starts_on": LAST_WEEK, "days": 7}
    campaign = make_campaign(**plan, name="Autumn Layers", status=CampaignStatus.COMPLETED, owner=marketer)
    money = {"lost_margin": 600.0, "spend_actual": 12_400.0, "media_wasted": 954.0}
    make_outcome(make_week(LAST_WEEK), campaign, **money, leftover_units=50.0, leftover_at_cost=1_000.0)
    return campaign


def _signalled(world: World) -> None:
    """Two SKUs out of their limits: one promoted and above its forecast, one below it."""
    version = ForecastVersion.objects.filter(published_at__isnull=False).latest("pk")
    above, below = world.expedited, world.reduced
    weeks = {above: [(40.0, 30.0)] * 8, below: [(20.0, 30.0)] * 8}
    hold_weeks(version, weeks, promoted=[above], unmet=5.0)
    read_signals(TODAY)


def _bought(world: World, user_of: Callable[[Role], User]) -> BuyLine:
    """The plan of a forecast signed a month ago: one order on a purchase order, and one that is changed."""
    # A SKU is enough: its weeks are rows enough of every table of buys.
    published({"North": {world.expedited: 20.0}}, day=TODAY - timedelta(weeks=5))
    buy_plan()
    first, second = BuyLine.objects.filter(status=BuyStatus.PROPOSED).order_by("pk")[:2]
    lead = user_of(Role.PLANNING_LEAD)
    put_on_purchase_orders(lines=approve_buys(lines=[first], by=lead), by=lead)
    return edit_buy(line=second, units=second.units + 1, by=lead, reason="A second table at York.")
