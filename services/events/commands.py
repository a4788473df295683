"""events' commands for operators. COMMANDS, last, is the table."""

from services.events import store
from services.events.consumers import HANDLERS
from shared.messaging.commands import common

COMMANDS = common(store.prepare, list, HANDLERS)
