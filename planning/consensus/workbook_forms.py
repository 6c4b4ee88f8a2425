"""What people choose for a workbook to download, and the workbook that they load."""

from typing import cast

from django import forms
from django.core.files.uploadedfile import UploadedFile

from marketing.catalogue.models import Category
from planning.consensus.models import ForecastVersion
from planning.consensus.totals import door_groups_of
from sop_site.export import FileKind
from sop_site.feeds.workbooks import MOST_BYTES


class DownloadForm(forms.Form):
    """What the workbook is about."""

    category = forms.ChoiceField(label="Category", required=False)
    door_group = forms.ChoiceField(label="Doors in", required=False)

    def __init__(self, *args, version: ForecastVersion, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        categories = [(str(pk), path) for pk, path in _categories_of(version)]
        groups = [(name, name) for name in door_groups_of(version)]
        cast(forms.ChoiceField, self.fields["category"]).choices = [("", "All categories"), *categories]
        cast(forms.ChoiceField, self.fields["door_group"]).choices = [("", "All doors"), *groups]

    @property
    def category_id(self) -> int | None:
        """The chosen category; None for all."""
        chosen = self.cleaned_data["category"]
        return int(chosen) if chosen else None


class UploadForm(forms.Form):
    """A workbook from this person's disk."""

    workbook = forms.FileField(
        label="Workbook",
        error_messages={
            "required": "Choose the workbook that you changed.",
            "empty": "The file is empty. Choose the workbook that you changed.",
        },
        widget=forms.FileInput(attrs={"accept": f".{FileKind.XLSX.suffix}"}),
    )

    def clean_workbook(self) -> bytes:
        """What the file holds."""
        file = cast(UploadedFile, self.cleaned_data["workbook"])
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(f"The file is larger than {MOST_BYTES >> 20} MB.")
        return file.read()


def _categories_of(version: ForecastVersion) -> list[tuple[int, str]]:
    """Every category that has SKUs in the version, itself or below it, by its path."""
    filled = set(version.blocks.exclude(category=None).values_list("category__path", flat=True))
    parts = [path.split(" > ") for path in filled]
    wanted = {" > ".join(names[: depth + 1]) for names in parts for depth in range(len(names))}
    return list(Category.objects.filter(path__in=wanted).order_by("path").values_list("pk", "path"))
