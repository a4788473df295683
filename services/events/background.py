"""What events' processes behind the pages do: worker and consumer."""

from services.events.clock import DUE
from services.events.consumers import HANDLERS
from services.events.settings import Settings
from services.events.store import outboxes
from shared.messaging.background import run_consumer, run_worker
from shared.messaging.work import start_work

# Twice as long as the others: what events hears (an address has arrived, somebody was signed out) nobody waits for.
CONSUMER_NAP = 0.4


def worker(settings: Settings) -> None:
    run_worker(start_work(settings), outboxes(), DUE)


def consumer(settings: Settings) -> None:
    run_consumer(start_work(settings), HANDLERS, idle_nap=CONSUMER_NAP)
