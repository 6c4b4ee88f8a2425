"""Roles and actions, written out once.

`ACTIONS` is the whole of what a role may do: pages, buttons, checks, the tests and the page "Roles"
all read it. A permission that stands in no row does not exist.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """A person's part in the process; the slug is the name of the Django group that holds it."""

    MARKETING_MEMBER = "marketing_member"
    MARKETING_LEAD = "marketing_lead"
    PLANNING_MEMBER = "planning_member"
    PLANNING_LEAD = "planning_lead"
    MERCHANDISING_MEMBER = "merchandising_member"
    MERCHANDISING_LEAD = "merchandising_lead"
    EXECUTIVE = "executive"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        """The title people use."""
        return ROLE_LABELS[self]


ROLE_LABELS: Final[dict[Role, str]] = {
    Role.MARKETING_MEMBER: "Marketing",
    Role.MARKETING_LEAD: "CMO",
    Role.PLANNING_MEMBER: "Planning",
    Role.PLANNING_LEAD: "VP Planning",
    Role.MERCHANDISING_MEMBER: "Merchandising",
    Role.MERCHANDISING_LEAD: "Head of Merchandising",
    Role.EXECUTIVE: "Executive",
    Role.ADMINISTRATOR: "Administrator",
}

EVERYONE: Final[frozenset[Role]] = frozenset(Role)
MARKETING: Final = frozenset({Role.MARKETING_MEMBER, Role.MARKETING_LEAD})
PLANNING: Final = frozenset({Role.PLANNING_MEMBER, Role.PLANNING_LEAD})
MERCHANDISING: Final = frozenset({Role.MERCHANDISING_MEMBER, Role.MERCHANDISING_LEAD})
HEADS: Final = frozenset({Role.MARKETING_LEAD, Role.PLANNING_LEAD, Role.MERCHANDISING_LEAD})


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that people do: its permission, its name in plain words, and the roles that may."""

    permission: str
    label: str
    roles: frozenset[Role]


ACTIONS: Final[tuple[Action, ...]] = (
    Action("sop_site.view", "See campaigns, the Bridge, stock, decisions and history", EVERYONE),
    Action("marketing.draft_campaign", "Draft, edit and cancel campaigns", MARKETING),
    Action("marketing.submit_campaign", "Submit, withdraw and revise campaigns", MARKETING),
    Action("marketing.enter_results", "Enter what a campaign was to bring, and what it brought", MARKETING),
    Action("marketing.consent_to_remedy", "Consent to a shifted SKU or a reduced lift", MARKETING),
    Action("planning.approve_campaign", "Approve or reject a submitted campaign", PLANNING),
    Action("planning.accept_risk", "Accept a risk, with a reason", PLANNING),
    Action("planning.propose_remedy", "Expedite, reallocate, propose a shift or a reduced lift", PLANNING),
    Action(
        "planning.accept_large_risk",
        "Sign for a risk above the operating model's amount, and for a campaign that has one (with the CMO)",
        frozenset({Role.PLANNING_LEAD}),
    ),
    Action(
        "planning.co_sign_large_risk",
        "Co-sign a risk above the operating model's amount, and a campaign that has one (with VP Planning)",
        frozenset({Role.MARKETING_LEAD}),
    ),
    Action("planning.enter_marketing_forecast", "Enter and submit Marketing's forecast", MARKETING),
    Action("planning.enter_planning_forecast", "Enter and submit Planning's forecast", PLANNING),
    Action(
        "planning.enter_merchandising_forecast", "Enter and submit Merchandising's forecast", MERCHANDISING
    ),
    Action(
        "planning.comment_on_forecast",
        "Comment on the forecast, raise and close open points",
        MARKETING | PLANNING | MERCHANDISING | {Role.EXECUTIVE},
    ),
    Action("planning.reconcile_forecast", "Set the consensus number", PLANNING | HEADS),
    Action(
        "planning.run_consensus",
        "Begin to reconcile, and ask for signatures",
        frozenset({Role.PLANNING_LEAD}),
    ),
    Action("planning.sign_forecast_as_cmo", "Sign the forecast as CMO", frozenset({Role.MARKETING_LEAD})),
    Action(
        "planning.sign_forecast_as_vp_planning",
        "Sign the forecast as VP Planning",
        frozenset({Role.PLANNING_LEAD}),
    ),
    Action(
        "planning.sign_forecast_as_head_of_merchandising",
        "Sign the forecast as head of Merchandising",
        frozenset({Role.MERCHANDISING_LEAD}),
    ),
    Action("planning.send_forecast_back", "Send the forecast back unsigned", HEADS | {Role.EXECUTIVE}),
    Action(
        "planning.chair_forecast",
        "Sign the forecast last, which publishes it, and reopen it",
        frozenset({Role.EXECUTIVE}),
    ),
    Action("planning.edit_buy", "Change a planned order, with a reason", PLANNING),
    Action(
        "planning.approve_buy",
        "Approve planned orders, and put them on purchase orders",
        frozenset({Role.PLANNING_LEAD, Role.MERCHANDISING_LEAD}),
    ),
    Action("marketing.edit_catalogue", "Edit catalogue facts", MERCHANDISING),
    Action(
        "sop_site.propose_operating_model",
        "Propose a change of the operating model, replay it, and withdraw it again",
        HEADS | {Role.EXECUTIVE},
    ),
    Action("sop_site.review_operating_model", "Review somebody else’s proposed operating model", HEADS),
    Action(
        "sop_site.adopt_operating_model",
        "Adopt or decline a proposed operating model",
        frozenset({Role.EXECUTIVE}),
    ),
    Action("scorecard.set_target", "Set targets of the scorecard", HEADS | {Role.EXECUTIVE}),
    Action(
        "scorecard.restate_week",
        "Restate a closed week of the scorecard, with a reason",
        frozenset({Role.PLANNING_LEAD, Role.EXECUTIVE}),
    ),
    Action(
        "scorecard.record_decision",
        "Ask for and record decisions of the quarterly review",
        HEADS | {Role.EXECUTIVE},
    ),
    Action("scorecard.close_quarter", "Close a quarter", frozenset({Role.EXECUTIVE})),
    Action("scorecard.decide_signal", "Decide what follows from a demand signal", PLANNING | HEADS),
    Action(
        "scorecard.work_on_actions",
        "Give action items, and work on one’s own and on those one gave",
        MARKETING | PLANNING | MERCHANDISING | {Role.EXECUTIVE},
    ),
    Action(
        "scorecard.manage_actions",
        "Change, put off, hand over and drop anybody’s action items",
        HEADS | {Role.EXECUTIVE},
    ),
    Action(
        "scorecard.take_part",
        "Take part in meetings: add points, write down decisions",
        MARKETING | PLANNING | MERCHANDISING | {Role.EXECUTIVE},
    ),
    Action(
        "scorecard.chair_meetings",
        "Chair a meeting: open, order, close and cancel it",
        HEADS | {Role.EXECUTIVE},
    ),
    Action(
        "scorecard.set_timetable",
        "Set when standing meetings are held, and who belongs to them",
        frozenset({Role.PLANNING_LEAD, Role.EXECUTIVE}),
    ),
    Action(
        "sop_site.manage_messages",
        "Set chat channels, and see what left by mail and chat",
        frozenset({Role.ADMINISTRATOR}),
    ),
    Action("sop_site.manage_people", "Manage people and roles", frozenset({Role.ADMINISTRATOR})),
)

PERMISSIONS_OF_ROLE: Final[dict[Role, frozenset[str]]] = {
    role: frozenset(action.permission for action in ACTIONS if role in action.roles) for role in Role
}
