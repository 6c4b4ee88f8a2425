"""A paper as a download."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename


def as_download(pdf: bytes | memoryview | None, name: str) -> HttpResponse:
    """A file of the database as a download by that name."""
    response = HttpResponse(bytes(pdf or b""), content_type="application/pdf")
    disposition = content_disposition_header(True, get_valid_filename(name))
    response["Content-Disposition"] = disposition or "attachment"
    response["Cache-Control"] = "no-store"
    return response
