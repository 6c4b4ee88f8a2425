"""The chance of running short, in figures and in words."""

from sop_site import formats

UNKNOWN = "not known yet"
# Beyond these the past tells no more than that it hardly ever, or nearly always, happened.
RARE, NEARLY_SURE = 0.05, 0.95


def chance(probability: float | None) -> str:
    """``31%``, ``under 5%``, ``over 95%``; an unknown one is ``n/a``."""
    if probability is None:
        return formats.NOT_AVAILABLE
    if probability < RARE:
        return f"under {formats.percent(RARE)}"
    if probability > NEARLY_SURE:
        return f"over {formats.percent(NEARLY_SURE)}"
    return formats.percent(probability)


def chance_in_brief(probability: float | None) -> str:
    """For a narrow place: ``31%``, ``<5%``, ``>95%``; an unknown one is empty."""
    if probability is None:
        return ""
    return chance(probability).replace("under ", "<").replace("over ", ">")


def chance_in_ten(probability: float | None) -> str:
    """``about 3 in 10``, ``less than 1 in 20``, ``more than 19 in 20``; ``not known yet``."""
    if probability is None:
        return UNKNOWN
    if probability < RARE:
        return "less than 1 in 20"
    if probability > NEARLY_SURE:
        return "more than 19 in 20"
    return f"about {min(max(round(10 * probability), 1), 9)} in 10"
