"""Which doors a supply point serves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Door
from planning.consensus.door_groups import door_group_of
from sop_site.columns import place_in

Integers = NDArray[np.int64]

NOWHERE: Final = -1


@dataclass(frozen=True, slots=True)
class Network:
    """The doors that are open or will be ``[d]``, in ascending id.

    ``point`` is the place of the door at which its supply is bought in, ``group`` that of its door group
    in ``groups``; a DC is in no group: NOWHERE.
    """

    door_ids: Integers
    point: Integers
    group: Integers
    groups: Sequence[str]

    def keys_of(self, product_place: Integers, door_place: Integers) -> Integers:
        """One number for each SKU and supply point behind these doors."""
        return product_place * len(self.door_ids) + self.point[door_place]


def network_of(today: date) -> Network:
    """The network as of ``today``. What a closed DC served stands by itself."""
    doors = list(Door.objects.filter(Q(closed_on=None) | Q(closed_on__gt=today)).order_by("pk"))
    ids = np.array([door.pk for door in doors], dtype=np.int64)
    served_by = np.array([door.supplied_by_id or NOWHERE for door in doors], dtype=np.int64)
    behind = place_in(ids, served_by)
    point = np.arange(len(ids))
    # A door that serves others may be served itself: whoever stands at the end of the chain is bought for.
    for _ in range(len(ids)):
        further = np.where(behind[point] == NOWHERE, point, behind[point])
        if (further == point).all():
            break
        point = further
    names = ["" if door.kind == DoorKind.DC else door_group_of(door) for door in doors]
    groups = sorted(set(names) - {""})
    group = [groups.index(name) if name else NOWHERE for name in names]
    return Network(ids, point, np.array(group, dtype=np.int64), groups)
