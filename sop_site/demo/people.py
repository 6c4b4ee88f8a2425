"""The people of the demo: at least one for each role, two where a function's members check each other."""

from dataclasses import dataclass
from typing import Final

from sop_site.access.roles import Role

# Known to everyone who reads this: such accounts exist in demo mode alone.
DEMO_PASSWORD: Final = "bridge-demo"  # noqa: S105 - meant to be known


@dataclass(frozen=True, slots=True)
class Person:
    """A demo account."""

    username: str
    first_name: str
    last_name: str
    role: Role
    job_title: str


PEOPLE: Final[tuple[Person, ...]] = (
    Person("maya.marketing", "Maya", "Lindqvist", Role.MARKETING_MEMBER, "Campaign manager"),
    Person("milo.marketing", "Milo", "Ferreira", Role.MARKETING_MEMBER, "Social and partnerships manager"),
    Person("carla.cmo", "Carla", "Okafor", Role.MARKETING_LEAD, "Chief Marketing Officer"),
    Person("priya.planning", "Priya", "Raman", Role.PLANNING_MEMBER, "Demand planner"),
    Person("peter.planning", "Peter", "Novak", Role.PLANNING_MEMBER, "Supply planner"),
    Person("victor.vp", "Victor", "Hughes", Role.PLANNING_LEAD, "VP Planning"),
    Person("mei.merchandising", "Mei", "Tanaka", Role.MERCHANDISING_MEMBER, "Merchandiser, Home"),
    Person("hanna.merchandising", "Hanna", "Berg", Role.MERCHANDISING_LEAD, "Head of Merchandising"),
    Person("erik.executive", "Erik", "Santos", Role.EXECUTIVE, "Chief Operating Officer"),
    Person("ada.admin", "Ada", "Marsh", Role.ADMINISTRATOR, "Systems administrator"),
)
