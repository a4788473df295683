"""The table of notify's processes: `python -m services.notify api|worker|consumer|sender`, and its commands."""

from services.notify.settings import Settings
from shared.web.entry import run

# Named, not imported: a process loads only what it runs.
PROCESSES = {
    "api": "services.notify.app:create_app",
    "worker": "services.notify.background.worker:worker",
    "consumer": "services.notify.background.consumer:consumer",
    "sender": "services.notify.background.sender:sender",
}
COMMANDS = "services.notify.commands:COMMANDS"

if __name__ == "__main__":
    run(Settings, PROCESSES, COMMANDS)
