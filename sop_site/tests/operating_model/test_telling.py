"""The heads and the executive are told how a version of the operating model moves on."""

from sop_site.access.roles import Role
from sop_site.notifications.choices import Kind
from sop_site.operating_model.choices import ModelStatus
from sop_site.tests.notifications.cases import newly_told
from sop_site.tests.operating_model.cases import make_version


def test_heads_and_executive_are_told_of_each_step_but_not_of_their_own(today, user_of):
    for role in Role:
        user_of(role)
    model = make_version(ModelStatus.ADOPTED, user_of)
    said = f"Version {model.version} of the operating model is "
    assert newly_told() == [
        (Kind.MODEL_CHANGED, f"{said}proposed", ["executive", "merchandising_lead", "planning_lead"]),
        (Kind.MODEL_CHANGED, f"{said}reviewed", ["executive", "marketing_lead", "merchandising_lead"]),
        (Kind.MODEL_CHANGED, f"{said}adopted", ["marketing_lead", "merchandising_lead", "planning_lead"]),
    ]
