"""Numbers of units as people type and paste them, read in one way or refused with a sentence."""

import re
from typing import Final

MOST_UNITS: Final = 1e9
SPACES: Final = re.compile(r"\s+")
# "1234", "1234.5", ".5", and thousands parted by commas or by spaces: "1,234.5", "1 234".
PLAIN: Final = re.compile(r"(\d+|\d{1,3}(,\d{3})+|\d{1,3}( \d{3})+)?(\.\d*)?", re.ASCII)
# Points part thousands, or a comma the decimals: "1.234,5", "1.234.567", "1,5", "1 234,5".
OTHER_SIGNS: Final = re.compile(r"\d{1,3}(([. ])?\d{3})(\2\d{3})*,\d+|\d{1,3}(\.\d{3}){2,}|\d+,\d+", re.ASCII)
# One point before three digits: 1.234 is a little over one here, and over a thousand elsewhere.
POINT_BEFORE_THREE: Final = re.compile(r"[1-9]\d{0,2}\.\d{3}", re.ASCII)


def units_typed(text: str) -> float | None:
    """The units that a text says, at least 0; None where it is blank, which asks for no change.

    Points part decimals and commas or spaces part thousands. Raises ValueError, whose text is the sentence
    for the person, for what is no number, below 0 or above 1e9, and for what a writer of another country
    would mean otherwise.
    """
    said = SPACES.sub(" ", text).strip()
    if not said:
        return None
    if re.fullmatch(r"[-−–] ?[\d., ]+|\([\d., ]+\)", said, re.ASCII):
        raise ValueError(f"Units cannot be negative: “{said}”.")
    if POINT_BEFORE_THREE.fullmatch(said):
        whole = said.replace(".", "")
        raise ValueError(f"Write {whole} or {float(said):.2f}: “{said}” can be read in two ways.")
    if not PLAIN.fullmatch(said) or not re.search(r"\d", said, re.ASCII):
        if OTHER_SIGNS.fullmatch(said):
            raise ValueError(f"Write {with_a_point(said)}: “{said}” can be read in two ways.")
        raise ValueError(f"“{shortened(said)}” is not a number.")
    units = float(said.replace(",", "").replace(" ", ""))
    if units > MOST_UNITS:
        raise ValueError(f"“{shortened(said)}” is more than {MOST_UNITS:,.0f} units.")
    return units


def with_a_point(said: str) -> str:
    """What the writer of other signs most likely means, as it is typed here."""
    whole, comma, decimals = said.partition(",")
    return re.sub(r"[. ]", "", whole) + ("." + decimals if comma else "")


def shortened(said: str) -> str:
    """The text, as much as a sentence holds of it."""
    return said if len(said) <= 40 else said[:39] + "…"
