"""Setting a paper as a PDF with typst.

Nothing else is needed: the fonts are those that come with it, and all text travels as values.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings


def set_paper(layout: Path, words: Mapping[str, Any], at: datetime) -> bytes:
    """The file as of ``at``; the layout finds its words in `sys.inputs.content`.

    A layout may import others by their path from the folder of the product: "/sop_site/paper/paper.typ".
    Raises typst.TypstError where it cannot be set.
    """
    made = typst.compile(
        layout,
        root=settings.BASE_DIR,
        sys_inputs={"content": json.dumps(words, ensure_ascii=False)},
        font_paths=_fonts(),
        timestamp=int(at.timestamp()),
    )
    if not isinstance(made, bytes):
        raise TypeError("One file was expected.")
    return made


@cache
def _fonts() -> typst.Fonts:
    """The fonts that typst brings, and no others: a file looks alike whoever's machine made it."""
    return typst.Fonts(include_system_fonts=False)
