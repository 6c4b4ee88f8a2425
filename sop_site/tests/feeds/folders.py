"""Small retailer folders for tests."""

import gzip
from pathlib import Path


def write_folder(folder: Path, **files: str) -> Path:
    """Write each file (its name without .csv → its text) and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, text in files.items():
        (folder / f"{stem}.csv").write_text(_trimmed(text), encoding="utf-8")
    return folder


def write_gz(folder: Path, stem: str, text: str) -> Path:
    """Write one file as .csv.gz."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{stem}.csv.gz").write_bytes(gzip.compress(_trimmed(text).encode()))
    return folder


def _trimmed(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines()) + "\n"


def small_retailer() -> dict[str, str]:
    """A retailer of two SKUs, a DC, two stores and a web shop, with a file of every kind."""
    weeks = ("2026-10-24", "2026-10-31", "2026-11-07", "2026-11-14", "2026-11-21")
    sales = [
        f"{week},{store},{sku},{units},{units * 10}.00,10.00,12.00"
        for week in weeks
        for store, units in (("S1", 7), ("S2", 3), ("WEB", 5))
        for sku in ("MUG", "RUG")
    ]
    return {
        "products": """
            sku,name,division,department,colour,unit_cost,unit_price,pack_units,supplier,lead_time_days,like_item
            MUG,Stoneware mug,Home,Tableware,Navy,4.00,12.00,6,Kiln,42,
            RUG,Wool rug,Home,Floors,Oat,20.00,90.00,1,Loom,,MUG
            """,
        "stores": """
            store,name,kind,region,city,supplied_by,sells_from_dc
            DC,Columbus DC,dc,Midwest,Columbus,,
            S1,High Street,store,North,Leeds,DC,
            S2,Mill Lane,store,North,York,DC,
            WEB,Online store,ecommerce,,,DC,1
            """,
        "sales": "week_end,store,sku,units,revenue,price,base_price\n" + "\n".join(sales),
        "promotions": """
            promo_id,sku,store,start,end,mechanic,promo_price,base_price,discount
            P1,MUG,S1,2026-11-01,2026-11-03,Social push,9.00,12.00,0.25
            P2,MUG,S1,2026-11-20,2026-11-28,Social push,9.00,12.00,0.25
            P3,MUG,S1,2026-12-20,2026-12-28,Social push,9.00,12.00,0.25
            """,
        "inventory": """
            store,sku,on_hand,unavailable,committed
            DC,MUG,200,0,10
            S1,MUG,20,2,0
            S1,RUG,-3,0,0
            """,
        "receipts": """
            po_number,line,sku,store,supplier,ordered_units,received_units,original_eta,current_eta,status
            PO-1,1,MUG,DC,Kiln,120,20,2026-12-01,2026-12-08,open
            PO-1,2,RUG,DC,Kiln,10,0,2026-11-01,2026-11-10,open
            """,
        "routes": """
            from_store,to_store,transit_days,cost_per_unit
            DC,S1,2,0.55
            S1,S2,3,1.10
            """,
        "ranging": """
            store,sku,presentation_minimum_units
            S1,MUG,4
            S1,RUG,1
            S2,MUG,2
            WEB,MUG,0
            """,
        "campaigns": """
            code,name,mechanic,channel,start,end,status,owner_role
            C1,Winter Warmers,Social push,all,2027-01-03,2027-01-16,submitted,marketing_member
            C2,Gift Week,Site-wide event,stores,2026-12-10,2026-12-17,approved,marketing_lead
            """,
        "campaign_lines": """
            code,sku,lift_kind,lift_value
            C1,MUG,percent,150
            C1,RUG,multiplier,1.5
            C2,MUG,units,40
            """,
        "campaign_doors": """
            code,store
            C1,S1
            C1,S2
            C2,S1
            """,
    }
