"""The choice of what something is about."""

from collections.abc import Sequence
from typing import Any

from django import forms

from scorecard.about.about import About, Thing


class ThingField(forms.ChoiceField):
    """One of the things that stand beside a point, or the point as a whole, which is None."""

    def __init__(self, things: Sequence[Thing]) -> None:
        self.named = {f"{about.kind}:{about.key}": (about, name) for about, name in things}
        super().__init__(
            label="About",
            required=False,
            choices=[("", "The point as a whole"), *((key, name) for key, (_, name) in self.named.items())],
            error_messages={"invalid_choice": "That is not beside this point any more. Choose again."},
        )

    def clean(self, value: Any) -> About | None:
        """What was chosen."""
        chosen = super().clean(value)
        return self.named[chosen][0] if chosen else None
