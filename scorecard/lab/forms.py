"""Asking for a replay."""

from datetime import date
from typing import Any

from django import forms

from scorecard.lab.queries import Replayable
from sop_site import formats
from sop_site.fiscal import FiscalWeek


class ReplayForm(forms.Form):
    """From which week to which; the last quarter's worth unless said otherwise."""

    def __init__(self, *args: Any, replayable: Replayable, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (week.start.isoformat(), f"{formats.week_label(week)}, {formats.week_dates(week)}")
            for week in reversed(replayable.weeks)
        ]

        def week_field(label: str, suggested: FiscalWeek | None) -> forms.TypedChoiceField:
            return forms.TypedChoiceField(
                label=label,
                choices=choices,
                coerce=date.fromisoformat,
                initial=suggested and suggested.start.isoformat(),
                widget=forms.Select(attrs={"class": "form-select"}),
            )

        self.fields["first_week"] = week_field("Campaigns that began from", replayable.suggested_first)
        self.fields["last_week"] = week_field("until", replayable.last)
