"""What events' processes behind the pages do: worker and consumer."""

from services.events.clock import DUE
from services.events.consumers import HANDLERS
from services.events.settings import Settings
from services.events.store import outboxes
from shared.messaging.background import run_consumer, run_worker
from shared.messaging.work import start_work

# Twice as long as the others: nobody waits on a page for what is told or heard here, and there are five outboxes to ask.
WORKER_NAP, CONSUMER_NAP = 1.0, 0.4


def worker(settings: Settings) -> None:
    run_worker(start_work(settings), outboxes(), DUE, idle_nap=WORKER_NAP)


def consumer(settings: Settings) -> None:
    run_consumer(start_work(settings), HANDLERS, idle_nap=CONSUMER_NAP)
