"""What notify's processes behind the pages do: worker and consumer here, the sender beside them.

Only the sender writes mails and speaks to a mail server, so only it carries what that takes in its memory.
"""

from services.notify.clock import DUE
from services.notify.consumers import HANDLERS
from services.notify.settings import Settings
from services.notify.store import outboxes
from shared.messaging.work import run_consumer, run_worker, start_work


def worker(settings: Settings) -> None:
    work = start_work(settings)
    run_worker(work, outboxes(), DUE)


def consumer(settings: Settings) -> None:
    run_consumer(start_work(settings), HANDLERS)
