"""What events' processes behind the pages do: worker and consumer."""

from services.events.clock import DUE
from services.events.consumers import HANDLERS
from services.events.settings import Settings
from services.events.store import outboxes
from shared.messaging.work import run_consumer, run_worker, start_work


def worker(settings: Settings) -> None:
    run_worker(start_work(settings), outboxes(), DUE)


def consumer(settings: Settings) -> None:
    run_consumer(start_work(settings), HANDLERS)
