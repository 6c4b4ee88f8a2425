"""Several editors at once, each in a thread with a database connection of its own."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from types import TracebackType

from django.db import InterfaceError, OperationalError, close_old_connections, connections

from marketing.campaigns.models import Campaign
from sop_site.faults.edits import OPEN, Decided, Editor, someone_of_each_role

# Of all editors together, at most; few enough that a worker on a small machine keeps up.
EDITS_A_SECOND = 12


class Crowd:
    """Editors at work from the entry of the context to its end; then it says what they did.

    An edit that the database could not do is kept among the ``failures`` and counts as not made. Any other
    error ends its editor and is raised at the end of the context.
    """

    def __init__(self, *, editors: int, seed: str) -> None:
        people, campaigns = someone_of_each_role(), Campaign.objects.filter(status__in=OPEN).count()
        names = [f"{seed}-{number}" for number in range(1, editors + 1)]
        self.failures: list[str] = []
        self._editors = [Editor(name, people, campaigns) for name in names]
        self._mean_pause_seconds = editors / EDITS_A_SECOND
        self._over = Event()
        self._pool = ThreadPoolExecutor(max(1, editors))
        self._working: list[Future[None]] = []

    @property
    def made(self) -> int:
        """How many edits were made."""
        return sum(editor.made for editor in self._editors)

    @property
    def refused(self) -> int:
        """How many edits the product refused with a sentence."""
        return sum(editor.refused for editor in self._editors)

    @property
    def decided(self) -> list[Decided]:
        """What the editors decided and were told is kept."""
        return [decided for editor in self._editors for decided in editor.decided]

    def __enter__(self) -> "Crowd":
        self._working = [self._pool.submit(self._work, editor) for editor in self._editors]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._pool.shutdown()
        if error is None:
            for working in self._working:
                working.result()

    def _work(self, editor: Editor) -> None:
        try:
            while not self._over.wait(editor.dice.uniform(0, 2 * self._mean_pause_seconds)):
                # As at the start of every request: a connection that broke is replaced.
                close_old_connections()
                try:
                    editor.edit()
                except (OperationalError, InterfaceError) as error:
                    self.failures.append(" ".join(str(error).split()))
        finally:
            connections.close_all()
