"""The generated retailer into an empty database: its few nouns by the ORM, everything else by binary COPY."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.contrib.auth.models import Group
from django.core.management.color import no_style
from django.db import connection, models, transaction
from numpy.typing import NDArray

from marketing.baseline.models import BaselineBasis, BaselineForecast
from marketing.baseline.vectors import PACKED
from marketing.campaigns.choices import CampaignStatus, Channel, LiftUnit
from marketing.campaigns.models import Campaign, CampaignDoor, CampaignLine
from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Door, Product, Ranging
from marketing.sales.models import Mechanic
from planning.supply.choices import ReceiptStatus, TransferStatus
from planning.supply.models import Receipt, Route, StockPosition, Transfer
from sop_site.access.models import RoleAssignment, User
from sop_site.access.roles import Role
from sop_site.bench.copying import copy_in, days, float8, int2, int4, int8, money, packed, repeated
from sop_site.bench.retailer import DOORS, ECOMMERCE, FIRST_STORE, SELLING_DOORS, TODAY, Retailer
from sop_site.clock import set_today
from sop_site.fiscal import week_start

REGIONS = ("North", "South", "East", "West")
WEEKS_USED = 8


def load(retailer: Retailer) -> None:
    """Write ``retailer`` into the migrated, empty database of Django's connection, as of ``TODAY``.

    Statistics are fresh and nothing waits for a vacuum afterwards, as on the morning after a feed. No SKU
    is marked as changed.
    """
    with transaction.atomic():
        without_triggers()
        set_today(TODAY)
        _add_people()
        door_ids = _add_doors(retailer)
        product_ids = _copy_products(retailer)
        _copy_sku_doors(retailer, product_ids, door_ids)
        copy_stock(retailer.on_hand, product_ids, door_ids)
        _copy_receipts(retailer, product_ids, int(door_ids[0]))
        _copy_transfers(retailer, product_ids, door_ids)
        _add_campaigns(retailer, product_ids, door_ids)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def copy_stock(on_hand: NDArray[Any], product_ids: NDArray[Any], door_ids: NDArray[Any]) -> None:
    """Write the stock position of every SKU at every door: ``on_hand [s, DOORS]``."""
    count = on_hand.size
    copy_in(
        table_of(StockPosition),
        {
            "product_id": int8(np.repeat(product_ids, DOORS)),
            "door_id": int8(np.tile(door_ids, len(product_ids))),
            "on_hand_units": float8(on_hand.ravel()),
            "unavailable_units": float8(np.zeros(count)),
            "committed_units": float8(np.zeros(count)),
            "is_simulated": repeated(False, count),
        },
    )


def table_of(model: type[models.Model]) -> str:
    """The name of a model's table."""
    return model._meta.db_table


def without_triggers() -> None:
    """Spare this transaction the history triggers and foreign key checks, row by row, where the user may."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('session_replication_role', 'replica', true)"
            " FROM pg_roles WHERE rolname = current_user AND rolsuper"
        )


def _add_people() -> None:
    for role in Role:
        user = User.objects.create(username=role.value, first_name=role.label)
        RoleAssignment.objects.create(user=user, group=Group.objects.get(name=role.value))


def _add_doors(retailer: Retailer) -> NDArray[np.int64]:
    """The doors' ids in the generator's order."""
    dc = Door.objects.create(code="DC", name="Distribution centre", kind=DoorKind.DC)
    online = Door.objects.create(
        code="WEB", name="Online store", kind=DoorKind.ECOMMERCE, supplied_by=dc, sells_from_dc=True
    )
    stores = Door.objects.bulk_create(
        Door(code=f"S{number:02d}", name=f"Store {number}", region=REGIONS[number % 4], supplied_by=dc)
        for number in range(1, DOORS - FIRST_STORE + 1)
    )
    doors = [dc, online, *stores]
    routes = retailer.routes
    ways = zip(routes.from_door.tolist(), routes.to_door.tolist(), routes.transit_days.tolist(), strict=True)
    Route.objects.bulk_create(
        Route(from_door=doors[origin], to_door=doors[target], transit_days=transit_days)
        for origin, target, transit_days in ways
    )
    return np.array([door.pk for door in doors])


def _copy_products(retailer: Retailer) -> NDArray[np.int64]:
    """The SKUs' ids, ascending."""
    count = retailer.skus
    ids = np.arange(1, count + 1)
    numbers = np.char.zfill(ids.astype("S7"), 7)
    copy_in(
        table_of(Product),
        {
            "id": int8(ids),
            "sku": np.char.add(b"SKU-", numbers),
            "name": np.char.add(b"Product ", numbers),
            **{name: repeated("", count) for name in ("style", "colour", "size", "brand")},
            "unit_cost": money(retailer.cost_cents),
            "unit_price": money(retailer.price_cents),
            "pack_units": int4(np.ones(count)),
            "minimum_order_units": int4(np.zeros(count)),
            "supplier": repeated("Supplier", count),
            "lead_time_days": int4(retailer.lead_time_days),
            "expedite_days": int4(retailer.expedite_days),
        },
    )
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Product]):
            cursor.execute(statement)
    return ids


def _copy_sku_doors(retailer: Retailer, product_ids: NDArray[Any], door_ids: NDArray[Any]) -> None:
    """Ranging and baselines at the selling doors."""
    count = retailer.skus * SELLING_DOORS
    keys = {
        "product_id": int8(np.repeat(product_ids, SELLING_DOORS)),
        "door_id": int8(np.tile(door_ids[ECOMMERCE:], len(product_ids))),
    }
    minimum = {"presentation_minimum_units": int4(retailer.presentation_minimum.ravel())}
    copy_in(table_of(Ranging), keys | minimum)
    copy_in(
        table_of(BaselineForecast),
        keys
        | {
            "first_week_start": days(np.full(count, week_start(TODAY).toordinal())),
            "weekly_units": packed(retailer.weekly_units.reshape(count, -1).astype(PACKED)),
            "basis": repeated(BaselineBasis.OWN_SALES.value, count),
            "weeks_used": int2(np.full(count, WEEKS_USED)),
        },
    )


def _copy_receipts(retailer: Retailer, product_ids: NDArray[Any], dc_id: int) -> None:
    receipts = retailer.receipts
    count = len(receipts.sku)
    eta = days(TODAY.toordinal() + receipts.eta_day)
    copy_in(
        table_of(Receipt),
        {
            "po_number": np.char.add(b"PO-", np.char.zfill(np.arange(count).astype("S7"), 7)),
            "line": int4(np.ones(count)),
            "product_id": int8(product_ids[receipts.sku]),
            "door_id": int8(np.full(count, dc_id)),
            "supplier": repeated("Supplier", count),
            "ordered_units": float8(receipts.units),
            "received_units": float8(np.zeros(count)),
            "original_eta": eta,
            "current_eta": eta,
            "status": repeated(ReceiptStatus.OPEN.value, count),
            "is_simulated": repeated(False, count),
        },
    )


def _copy_transfers(retailer: Retailer, product_ids: NDArray[Any], door_ids: NDArray[Any]) -> None:
    transfers = retailer.transfers
    copy_in(
        table_of(Transfer),
        {
            "product_id": int8(product_ids[transfers.sku]),
            "from_door_id": int8(door_ids[transfers.from_door]),
            "to_door_id": int8(door_ids[transfers.to_door]),
            "units": float8(transfers.units),
            "ship_on": days(TODAY.toordinal() + transfers.ship_day),
            "arrive_on": days(TODAY.toordinal() + transfers.arrive_day),
            "status": repeated(TransferStatus.PLANNED.value, len(transfers.sku)),
        },
    )


def _add_campaigns(retailer: Retailer, product_ids: NDArray[Any], door_ids: NDArray[Any]) -> None:
    campaigns = retailer.campaigns
    owner = User.objects.get(username=Role.MARKETING_MEMBER.value)
    mechanic = Mechanic.objects.create(code="PRICE", name="Price cut")
    at = datetime.combine(TODAY - timedelta(days=1), datetime.min.time(), UTC)
    numbers = range(len(campaigns.start_day))
    made = Campaign.objects.bulk_create(
        (
            Campaign(
                code=f"C-{number + 1:05d}",
                name=f"Campaign {number + 1}",
                mechanic=mechanic,
                channel=Channel.ALL if campaigns.doors[number, 0] else Channel.STORES,
                starts_on=TODAY + timedelta(days=int(campaigns.start_day[number])),
                ends_on=TODAY + timedelta(days=int(campaigns.start_day[number] + campaigns.days[number] - 1)),
                status=CampaignStatus.APPROVED if campaigns.is_approved[number] else CampaignStatus.SUBMITTED,
                owner=owner,
                submitted_at=at,
                decided_at=at if campaigns.is_approved[number] else None,
            )
            for number in numbers
        ),
        batch_size=1_000,
    )
    ids = np.array([campaign.pk for campaign in made])
    campaign, door = np.nonzero(campaigns.doors)
    copy_in(table_of(CampaignDoor), {"campaign_id": int8(ids[campaign]), "door_id": int8(door_ids[door + 1])})
    in_units = campaigns.in_units[campaigns.line_campaign]
    _copy_lines(retailer, product_ids, ids, ~in_units, LiftUnit.PERCENT)
    _copy_lines(retailer, product_ids, ids, in_units, LiftUnit.UNITS)


def _copy_lines(
    retailer: Retailer,
    product_ids: NDArray[Any],
    ids: NDArray[Any],
    chosen: NDArray[np.bool_],
    unit: LiftUnit,
) -> None:
    """The campaign lines whose lift is entered in ``unit``."""
    campaigns = retailer.campaigns
    if unit == LiftUnit.PERCENT:
        value = campaigns.percent[chosen]
        calculated = {"uplift_ratio": float8(value / 100)}
    else:
        value = campaigns.units[chosen]
        calculated = {"uplift_units": float8(value)}
    copy_in(
        table_of(CampaignLine),
        {
            "campaign_id": int8(ids[campaigns.line_campaign[chosen]]),
            "product_id": int8(product_ids[campaigns.line_sku[chosen]]),
            "lift_unit": repeated(unit.value, len(value)),
            "lift_value": float8(value),
            "override_reason": repeated("", len(value)),
            **calculated,
        },
    )
