"""The sender: what is due in the ledger goes to the mail server."""

from services.notify.delivery import open_delivery
from services.notify.operations.sending import send_due
from services.notify.settings import Settings
from shared.messaging.work import run_loop, start_work


def sender(settings: Settings) -> None:
    work, delivery = start_work(settings), open_delivery(settings)
    try:
        run_loop(settings, "sender", [lambda: send_due(work, delivery)])
    finally:
        delivery.close()
