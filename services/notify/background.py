"""What notify's processes behind the pages do: worker, consumer and sender."""

from services.notify.clock import DUE
from services.notify.consumers import HANDLERS
from services.notify.delivery import open_delivery
from services.notify.operations.sending import send_due
from services.notify.settings import Settings
from services.notify.store import outboxes
from shared.messaging.work import run_consumer, run_loop, run_worker, start_work


def worker(settings: Settings) -> None:
    work = start_work(settings)
    run_worker(work, outboxes(), DUE)


def consumer(settings: Settings) -> None:
    run_consumer(start_work(settings), HANDLERS)


def sender(settings: Settings) -> None:
    work, delivery = start_work(settings), open_delivery(settings)
    try:
        run_loop(settings, "sender", [lambda: send_due(work, delivery)])
    finally:
        delivery.close()
