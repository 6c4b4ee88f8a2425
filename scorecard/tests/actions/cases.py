"""Actions for tests."""

from collections.abc import Callable
from datetime import date, timedelta

from scorecard.actions import domain
from scorecard.actions.choices import ActionStatus
from scorecard.actions.models import Action
from sop_site.access.models import User
from sop_site.access.roles import Role

UserOf = Callable[[Role], User]
GIVER, OWNER = Role.PLANNING_MEMBER, Role.MARKETING_MEMBER


def give(user_of: UserOf, today: date, **facts) -> Action:
    """What a planner asks of somebody in Marketing within a week."""
    defaults = {
        "by": user_of(GIVER),
        "owner": user_of(OWNER),
        "title": "Ask the agency for later slots",
        "due_on": today + timedelta(days=7),
    }
    return domain.give_action(**{**defaults, **facts})


def action_in(status: ActionStatus, user_of: UserOf, today: date) -> Action:
    """One that a planner gave to Marketing and that stands at ``status``."""
    action, by = give(user_of, today), user_of(GIVER)
    match status:
        case ActionStatus.UNDER_WAY:
            return domain.begin_action(action=action, by=by)
        case ActionStatus.DONE:
            return domain.finish_action(action=action, by=by)
        case ActionStatus.DROPPED:
            return domain.drop_action(action=action, by=by, note="Not needed.")
    return action
