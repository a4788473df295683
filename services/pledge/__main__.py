"""The table of pledge's processes: `python -m services.pledge api|worker|consumer`, and its commands."""

from services.pledge.app import create_app
from services.pledge.clock import DUE
from services.pledge.commands import COMMANDS
from services.pledge.consumers import HANDLERS
from services.pledge.settings import Settings
from services.pledge.store import pledges
from shared.messaging.work import run_consumer, run_worker, start_work
from shared.web.entry import run


def worker(settings: Settings) -> None:
    work = start_work(settings)
    run_worker(work, [pledges()], DUE)


def consumer(settings: Settings) -> None:
    run_consumer(start_work(settings), HANDLERS)


BACKGROUND = {"worker": worker, "consumer": consumer}

if __name__ == "__main__":
    run(Settings, create_app, BACKGROUND, COMMANDS)
