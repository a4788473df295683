"""The table of events' processes: `python -m services.events api|worker|consumer`, and its commands."""

from services.events.settings import Settings
from shared.web.entry import run

# Named, not imported: a process loads only what it runs.
PROCESSES = {
    "api": "services.events.app:create_app",
    "worker": "services.events.background:worker",
    "consumer": "services.events.background:consumer",
}
COMMANDS = "services.events.commands:COMMANDS"

if __name__ == "__main__":
    run(Settings, PROCESSES, COMMANDS)
