"""Documents that are printed from the code say what the code says."""

from pathlib import Path

from sop_site.management.commands.describe_process import description

DOCUMENTS = Path(__file__).resolve().parents[2] / "docs"


def test_roles_and_states_are_those_of_the_code():
    assert (DOCUMENTS / "roles-and-states.md").read_text(encoding="utf-8") == description()
