"""The campaign form as a browser would post it."""

from collections.abc import Sequence
from datetime import timedelta

from marketing.catalogue.models import Door
from marketing.tests.factories import TODAY, make_mechanic

Row = tuple[str, str] | tuple[str, str, str]


def posted(*rows: Row, doors: Sequence[Door] = (), blank_rows: int = 2, **facts: object) -> dict[str, object]:
    """A filled form: each row is (SKU, lift) or (SKU, lift, unit); facts replace or add fields."""
    starts_on = TODAY + timedelta(weeks=7)
    data: dict[str, object] = {
        "name": "Spring drop",
        "mechanic": make_mechanic().pk,
        "channel": "all",
        "starts_on": starts_on.isoformat(),
        "ends_on": (starts_on + timedelta(days=13)).isoformat(),
        "doors": [door.pk for door in doors],
        "brief": "",
        "revision": "1",
        "action": "save",
        "lines-TOTAL_FORMS": len(rows) + blank_rows,
        "lines-INITIAL_FORMS": 0,
    }
    for number, (sku, lift, *unit) in enumerate(rows):
        data[f"lines-{number}-sku"] = sku
        data[f"lines-{number}-lift_value"] = lift
        data[f"lines-{number}-lift_unit"] = unit[0] if unit else "percent"
    for number in range(len(rows), len(rows) + blank_rows):
        data[f"lines-{number}-sku"] = data[f"lines-{number}-lift_value"] = ""
        data[f"lines-{number}-lift_unit"] = "percent"
    return {**data, **facts}
