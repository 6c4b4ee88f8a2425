"""Door groups: the regions by which the consensus is held, and one for doors without a region."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Door
from sop_site.columns import place_in

Integers = NDArray[np.int64]

ONLINE: Final = "Online"
OTHER_DOORS: Final = "Other doors"
NO_GROUP: Final = -1


def door_group_of(door: Door) -> str:
    """The region of a selling door, or else the group of its kind. ValueError for a DC: it sells nothing."""
    if door.kind == DoorKind.DC:
        raise ValueError(f"{door} is a DC and belongs to no door group.")
    return door.region or (ONLINE if door.kind == DoorKind.ECOMMERCE else OTHER_DOORS)


@dataclass(frozen=True, slots=True)
class DoorGroups:
    """Some door groups by name, and which of them each of their doors is in.

    ``door_ids [d]`` ascend and ``place [d]`` is the place of the door's group in ``names``.
    """

    names: list[str]
    door_ids: Integers
    place: Integers

    def place_of(self, door_ids: Integers) -> Integers:
        """The place of the group of each of these doors, ``NO_GROUP`` for doors of none of them."""
        if not len(self.door_ids):
            return np.full(len(door_ids), NO_GROUP)
        found = place_in(self.door_ids, door_ids)
        return np.where(found < 0, NO_GROUP, self.place[found])


def door_groups(first: date, last: date) -> DoorGroups:
    """The groups in which some door is open on a day from ``first`` to ``last``, both included.

    Their doors are all that sell there, also those that have closed: what they sold is known.
    """
    selling = Door.objects.selling()
    names = sorted({door_group_of(door) for door in selling.open_between(first, last)})
    doors = [door for door in selling.order_by("pk") if door_group_of(door) in names]
    return DoorGroups(
        names=names,
        door_ids=np.array([door.pk for door in doors], dtype=np.int64),
        place=np.array([names.index(door_group_of(door)) for door in doors], dtype=np.int64),
    )
