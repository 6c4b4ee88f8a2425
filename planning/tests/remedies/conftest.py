"""A network for the tests of remedies."""

from datetime import date
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from planning.tests.remedies.network import Network


@pytest.fixture
def network(today: date) -> "Network":
    """A flag that each of the four remedies can help."""
    # Imported late: models can be imported only once the settings are named.
    from planning.tests.remedies.network import Network

    return Network()
