"""The table of events' processes: `python -m services.events api|worker|consumer`, and its commands."""

from services.events.app import create_app
from services.events.clock import DUE
from services.events.commands import COMMANDS
from services.events.consumers import HANDLERS
from services.events.settings import Settings
from shared.messaging.work import run_consumer, run_worker, start_work
from shared.web.entry import run


def worker(settings: Settings) -> None:
    run_worker(start_work(settings), [], DUE)


def consumer(settings: Settings) -> None:
    run_consumer(start_work(settings), HANDLERS)


BACKGROUND = {"worker": worker, "consumer": consumer}

if __name__ == "__main__":
    run(Settings, create_app, BACKGROUND, COMMANDS)
