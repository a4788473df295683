"""What pledge's processes behind the pages do: worker and consumer."""

from services.pledge.clock import DUE
from services.pledge.consumers import HANDLERS
from services.pledge.settings import Settings
from services.pledge.store import outboxes
from shared.messaging.background import run_consumer, run_worker
from shared.messaging.work import start_work


def worker(settings: Settings) -> None:
    work = start_work(settings)
    run_worker(work, outboxes(), DUE)


def consumer(settings: Settings) -> None:
    run_consumer(start_work(settings), HANDLERS)
