"""Every write to campaigns: their plan, their way from draft to completed, and what they brought."""

from marketing.campaigns.domain.plan import (
    CampaignPlan,
    PlannedLine,
    StalePlan,
    SuggestedLift,
    calculated_lift,
    change_campaign,
    create_campaign,
    replace_featured_sku,
    set_expected_lift,
    suggested_lifts,
)
from marketing.campaigns.domain.results import enter_results
from marketing.campaigns.domain.workflow import (
    approve_campaign,
    cancel_campaign,
    complete_due_campaigns,
    reject_campaign,
    revise_campaign,
    start_due_campaigns,
    submit_campaign,
    withdraw_campaign,
)

__all__ = [
    "CampaignPlan",
    "PlannedLine",
    "StalePlan",
    "SuggestedLift",
    "approve_campaign",
    "calculated_lift",
    "cancel_campaign",
    "change_campaign",
    "complete_due_campaigns",
    "create_campaign",
    "enter_results",
    "reject_campaign",
    "replace_featured_sku",
    "revise_campaign",
    "set_expected_lift",
    "start_due_campaigns",
    "submit_campaign",
    "suggested_lifts",
    "withdraw_campaign",
]
