"""What lies in the workers' queues: taken out as a worker would, and done here where a test says so."""

from dataclasses import dataclass
from queue import Empty
from typing import Any

from sop_site.celery import app

app.loader.import_default_modules()  # as a worker does when it starts


@dataclass(frozen=True)
class Message:
    """A task that was sent, and what it was sent with."""

    task: str
    facts: dict[str, Any]

    def do(self) -> None:
        """Do it in this process."""
        app.tasks[self.task](**self.facts)


def taken_from(queue: str) -> list[Message]:
    """All that lies in ``queue``, in the order in which it was sent; the queue is empty afterwards."""
    taken = []
    with app.connection_for_read() as connection, connection.SimpleQueue(app.amqp.queues[queue]) as waiting:
        while True:
            try:
                message = waiting.get(block=False)
            except Empty:
                return taken
            message.ack()
            _, facts, _ = message.payload
            taken.append(Message(message.headers["task"], facts))
