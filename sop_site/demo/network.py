"""Where Pellwick sells and ships: one DC, one e-commerce node and 14 stores in four regions."""

from dataclasses import dataclass
from datetime import date, timedelta

DC_CODE = "DC1"
WEB_CODE = "WEB"


@dataclass(frozen=True, slots=True)
class Door:
    """A place of the network. ``size`` is its sales relative to an average store (0 for the DC).

    ``ranged_share`` is the share of the assortment it carries; ``opened_weeks_ago`` counts from the
    current week.
    """

    code: str
    name: str
    kind: str
    region: str
    city: str
    size: float
    ranged_share: float
    opened_weeks_ago: int

    @property
    def sells(self) -> bool:
        """Whether customers buy here: everywhere but at the DC."""
        return self.kind != "dc"

    def opened_on(self, current_week: date) -> date:
        """Its opening day, a Thursday, counted back from the Sunday of the current week."""
        return current_week - timedelta(weeks=self.opened_weeks_ago) + timedelta(days=4)


# Sizes of the stores: log standard deviation 0.41, as measured (see distributions).
DOORS: tuple[Door, ...] = (
    Door(DC_CODE, "Columbus DC", "dc", "Midwest", "Columbus", 0.0, 1.0, 540),
    Door(WEB_CODE, "Online store", "ecommerce", "Online", "Columbus", 3.4, 1.0, 520),
    Door("BKN", "Brooklyn, Atlantic Avenue", "store", "Northeast", "Brooklyn", 1.90, 0.97, 430),
    Door("BOS", "Boston, Newbury Street", "store", "Northeast", "Boston", 1.42, 0.92, 487),
    Door("PHL", "Philadelphia, Rittenhouse", "store", "Northeast", "Philadelphia", 0.96, 0.80, 322),
    Door("PVD", "Providence, Wayland Square", "store", "Northeast", "Providence", 0.58, 0.62, 211),
    Door("CHI", "Chicago, Armitage Avenue", "store", "Midwest", "Chicago", 1.65, 0.95, 459),
    Door("MSP", "Minneapolis, North Loop", "store", "Midwest", "Minneapolis", 0.88, 0.76, 268),
    Door("ARB", "Ann Arbor, Main Street", "store", "Midwest", "Ann Arbor", 0.55, 0.60, 158),
    Door("ATL", "Atlanta, Ponce City", "store", "South", "Atlanta", 1.25, 0.88, 374),
    Door("BNA", "Nashville, 12 South", "store", "South", "Nashville", 0.98, 0.80, 240),
    Door("CHS", "Charleston, King Street", "store", "South", "Charleston", 0.72, 0.70, 296),
    Door("AUS", "Austin, South Congress", "store", "South", "Austin", 0.85, 0.76, 41),
    Door("SEA", "Seattle, Ballard", "store", "West", "Seattle", 1.12, 0.86, 348),
    Door("PDX", "Portland, Alphabet District", "store", "West", "Portland", 0.80, 0.74, 197),
    Door("DEN", "Denver, Cherry Creek", "store", "West", "Denver", 0.76, 0.70, 132),
)
DOOR_BY_CODE = {door.code: door for door in DOORS}
SELLING_DOORS = tuple(door for door in DOORS if door.sells)
STORES = tuple(door for door in DOORS if door.kind == "store")

_DAYS_FROM_DC = {
    "ARB": 1, "CHI": 1, "PHL": 2, "BKN": 2, "BOS": 2, "PVD": 2, "MSP": 2,
    "BNA": 2, "ATL": 2, "CHS": 3, "AUS": 3, "DEN": 3, "SEA": 4, "PDX": 4,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Route:
    """An allowed transfer: days on the way and cost per unit."""

    from_store: str
    to_store: str
    transit_days: int
    cost_per_unit: float


def routes() -> list[Route]:
    """From the DC to every store in 1-4 days, and between stores: 2-3 days in a region, 4-6 beyond."""
    found = [
        Route(
            DC_CODE, store.code, _DAYS_FROM_DC[store.code], round(0.35 + 0.12 * _DAYS_FROM_DC[store.code], 2)
        )
        for store in STORES
    ]
    for index, origin in enumerate(STORES):
        for other, destination in enumerate(STORES):
            if index == other:
                continue
            if origin.region == destination.region:
                days = 2 + (index + other) % 2
                cost = 0.95 + 0.15 * days
            else:
                far = {origin.region, destination.region} in ({"West", "Northeast"}, {"West", "South"})
                days = (5 if far else 4) + (index + other) % 2
                cost = 1.60 + 0.20 * days
            found.append(Route(origin.code, destination.code, days, round(cost, 2)))
    return found
