"""The worker: publishes what is pending, plans what is due."""

from services.notify.clock import DUE
from services.notify.settings import Settings
from services.notify.store import outboxes
from shared.messaging.background import run_worker
from shared.messaging.work import start_work


def worker(settings: Settings) -> None:
    work = start_work(settings)
    run_worker(work, outboxes(), DUE)
