"""Names of campaigns: by the season in which they fall, so that a demo of any date reads true."""

from datetime import date

from sop_site.fiscal import week_of

# From this fiscal week on; Thanksgiving lies in week 43 and Christmas in 47 or 48.
_SITE_WIDE_NAMES: tuple[tuple[int, str], ...] = (
    (1, "Winter Farewell Event"),
    (3, "Presidents' Day Event"),
    (4, "Spring Preview"),
    (7, "Spring Refresh"),
    (10, "April Showers Event"),
    (12, "Mother's Day Event"),
    (15, "Memorial Day Event"),
    (18, "Friends & Family Week"),
    (20, "Summer Opening Event"),
    (22, "Independence Day Event"),
    (24, "Summer Clearance"),
    (26, "Late Summer Edit"),
    (28, "Back to Routine Event"),
    (30, "Labor Day Event"),
    (32, "Fall Preview"),
    (35, "Home Harvest Event"),
    (37, "Columbus Day Event"),
    (39, "Members' Week"),
    (41, "Early Gift Event"),
    (43, "Black Friday Week"),
    (44, "Gift Weeks"),
    (46, "Last-Minute Gifts Event"),
    (48, "Year-End Sale"),
    (49, "New Year Reset"),
    (50, "White Sale"),
    (52, "Winter Clearance"),
)

# Two for each fiscal month, February first.
_SOCIAL_NAMES: tuple[tuple[str, str], ...] = (
    ("Cozy at Home reels", "Letters & Candles push"),
    ("First Light outfits", "Spring Shelf reels"),
    ("Garden Table reels", "Rainy Day push"),
    ("Spring Layers challenge", "Porch Season reels"),
    ("Long Weekend packing list", "Linen Weather push"),
    ("Picnic Season push", "Summer Suppers reels"),
    ("Summer Evenings reels", "Road Trip push"),
    ("Desk Reset reels", "Last of Summer push"),
    ("Layering Lessons", "Apple Day reels"),
    ("Slow Sunday reels", "First Frost push"),
    ("Gift Finder reels", "Fireside push"),
    ("Fresh Start push", "Warm Layers reels"),
)


def site_wide_name(start: date, taken: set[str]) -> str:
    """The name of a site-wide event that starts on ``start``, other than those ``taken``."""
    week = week_of(start).week
    name = [name for first_week, name in _SITE_WIDE_NAMES if first_week <= week][-1]
    return name if name not in taken else f"{name}, second round"


def social_name(start: date, taken: set[str]) -> str:
    """The name of a social push that starts on ``start``, other than those ``taken``."""
    first, second = _SOCIAL_NAMES[week_of(start).month - 1]
    if first not in taken:
        return first
    return second if second not in taken else f"{second}, second round"
