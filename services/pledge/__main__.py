"""The table of pledge's processes: `python -m services.pledge api|worker|consumer`, and its commands."""

from services.pledge.settings import Settings
from shared.web.entry import run

# Named, not imported: a process loads only what it runs.
PROCESSES = {
    "api": "services.pledge.app:create_app",
    "worker": "services.pledge.background:worker",
    "consumer": "services.pledge.background:consumer",
}
COMMANDS = "services.pledge.commands:COMMANDS"

if __name__ == "__main__":
    run(Settings, PROCESSES, COMMANDS)
