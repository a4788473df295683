"""The consumer: takes addresses in, plans mails."""

from services.notify.consumers import HANDLERS
from services.notify.settings import Settings
from shared.messaging.background import run_consumer
from shared.messaging.work import start_work


def consumer(settings: Settings) -> None:
    run_consumer(start_work(settings), HANDLERS)
