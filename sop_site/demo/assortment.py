"""What Pellwick sells: the styles of styles.csv, each in colours and sizes. All names are invented."""

import csv
from dataclasses import dataclass
from pathlib import Path

BRAND = "Pellwick"
_LONG_AGO_WEEKS = 999


@dataclass(frozen=True, slots=True)
class Supplier:
    """A maker: usual lead time, what expediting takes, and what it costs as a share of the unit cost."""

    name: str
    lead_time_days: int
    expedite_days: int
    expedite_cost_share: float


SUPPLIERS = {
    "porto": Supplier("Atelier Ribeira Knitwear", 70, 10, 0.14),
    "izmir": Supplier("Karsu Textile Mills", 63, 12, 0.12),
    "tirupur": Supplier("Nilgiri Jersey Works", 84, 14, 0.15),
    "guangdong": Supplier("Pearl Bay Outerwear", 98, 14, 0.18),
    "jaipur": Supplier("Amber Fort Home Textiles", 91, 14, 0.16),
    "limoges": Supplier("Grès du Vallon", 56, 12, 0.13),
    "ohio": Supplier("Olentangy Candle & Soap", 28, 7, 0.08),
    "vermont": Supplier("Hollow Oak Woodworks", 35, 7, 0.09),
    "leon": Supplier("Talabartería del Bajío", 49, 10, 0.11),
    "hangzhou": Supplier("West Lake Housewares", 77, 14, 0.17),
}

# Sizes of a run with their share of a colour's sales.
SIZE_RUNS: dict[str, dict[str, float]] = {
    "alpha": {"S": 0.21, "M": 0.34, "L": 0.29, "XL": 0.16},
    "dual": {"S/M": 0.55, "L/XL": 0.45},
    "bed": {"Twin": 0.19, "Queen": 0.50, "King": 0.31},
    "bed_two": {"Queen": 0.60, "King": 0.40},
    "towel": {"Hand": 0.34, "Bath": 0.46, "Sheet": 0.20},
    "cushion": {"18 in": 0.62, "20 in": 0.38},
    "small_large": {"Small": 0.58, "Large": 0.42},
    "three": {"Small": 0.38, "Medium": 0.39, "Large": 0.23},
    "candle": {"7 oz": 0.66, "14 oz": 0.34},
    "bottle": {"17 oz": 0.6, "25 oz": 0.4},
    "notebook": {"A6": 0.4, "A5": 0.6},
    "rug": {"5 × 8 ft": 0.62, "8 × 10 ft": 0.38},
    "one": {"One size": 1.0},
}


@dataclass(frozen=True, slots=True)
class Style:
    """One style. ``weekly_units`` is what one colour sells a week, over all sizes, in an average store.

    ``store_only`` styles are not sold online. ``launched_weeks_ago`` counts from the current week; a
    negative number is a launch to come.
    """

    code: str
    name: str
    category: tuple[str, str, str, str]
    colours: tuple[str, ...]
    size_run: str
    unit_price: float
    unit_cost: float
    supplier: str
    pack_units: int
    season: str
    weekly_units: float
    store_only: bool = False
    launched_weeks_ago: int = _LONG_AGO_WEEKS


# A style without a past of its own is planned by the style it resembles.
LIKE_STYLES = {"KN105": "KN102", "KN106": "KN101"}


def _style(row: dict[str, str]) -> Style:
    division, department, class_name, subclass = row["category"].split(" > ")
    return Style(
        code=row["code"],
        name=row["name"],
        category=(division, department, class_name, subclass),
        colours=tuple(row["colours"].split(" | ")),
        size_run=row["size_run"],
        unit_price=float(row["unit_price"]),
        unit_cost=float(row["unit_cost"]),
        supplier=row["supplier"],
        pack_units=int(row["pack_units"]),
        season=row["season"],
        weekly_units=float(row["weekly_units"]),
        store_only=row["store_only"] == "yes",
        launched_weeks_ago=int(row["launched_weeks_ago"] or _LONG_AGO_WEEKS),
    )


def _styles() -> tuple[Style, ...]:
    with Path(__file__).with_name("styles.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(_style(row) for row in csv.DictReader(lines))


STYLES = _styles()


# How much more a bigger size of one style costs than the smallest.
_SIZE_STEPS = {
    "bed": (1.0, 1.25, 1.4),
    "bed_two": (1.0, 1.15),
    "towel": (0.6, 1.0, 1.7),
    "small_large": (1.0, 1.45),
    "three": (1.0, 1.35, 1.75),
    "candle": (1.0, 1.6),
    "bottle": (1.0, 1.2),
    "notebook": (1.0, 1.3),
    "rug": (1.0, 1.7),
    "cushion": (1.0, 1.15),
}


@dataclass(frozen=True, slots=True)
class Sku:
    """A style in one colour and size; ``size_share`` is its share of the colour's sales."""

    sku: str
    name: str
    style: Style
    colour: str
    size: str
    size_share: float
    unit_cost: float
    unit_price: float
    minimum_order_units: int

    @property
    def group(self) -> tuple[str, str]:
        """Style and colour: what a campaign features and a buyer orders together."""
        return self.style.code, self.colour

    @property
    def supplier(self) -> Supplier:
        """Who makes it."""
        return SUPPLIERS[self.style.supplier]

    @property
    def expedite_cost_per_unit(self) -> float:
        """Cost of flying one unit in instead of shipping it."""
        return round(self.unit_cost * self.supplier.expedite_cost_share, 2)


def _short(text: str) -> str:
    """Up to three letters for a SKU code: initials of several words, or the head of one."""
    words = [word for word in text.replace("&", " ").replace("/", " ").replace("×", " ").split() if word]
    if len(words) == 1:
        return words[0][:3].upper()
    return (words[0][:2] + words[1][:1]).upper()


_SIZE_CODES = {
    "S/M": "SM", "L/XL": "LX", "Small": "S", "Medium": "M", "Large": "L", "One size": "OS", "Twin": "TW",
    "Queen": "QN", "King": "KG", "Hand": "HD", "Bath": "BT", "Sheet": "SH", "18 in": "18", "20 in": "20",
    "7 oz": "07", "14 oz": "14", "17 oz": "17", "25 oz": "25", "5 × 8 ft": "58", "8 × 10 ft": "80",
}  # fmt: skip


def skus() -> list[Sku]:
    """Every SKU of the assortment, in the order of the styles."""
    found = []
    for style in STYLES:
        run = SIZE_RUNS[style.size_run]
        steps = _SIZE_STEPS.get(style.size_run, (1.0,) * len(run))
        for colour in style.colours:
            for (size, share), step in zip(run.items(), steps, strict=True):
                one_size = style.size_run == "one"
                found.append(
                    Sku(
                        sku=f"{style.code}-{_short(colour)}-{_SIZE_CODES.get(size, size)}",
                        name=f"{style.name} – {colour}" + ("" if one_size else f" – {size}"),
                        style=style,
                        colour=colour,
                        size=size,
                        size_share=share,
                        unit_cost=round(style.unit_cost * step, 2),
                        unit_price=float(round(style.unit_price * step)),
                        minimum_order_units=style.pack_units * (4 if style.weekly_units >= 8 else 2),
                    )
                )
    return found
