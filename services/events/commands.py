"""events' commands for operators. COMMANDS, last, is the table."""

from services.events import store
from services.events.consumers import HANDLERS
from shared.messaging.commands import common, doctor, plainly

COMMANDS = plainly([*common(store.prepare, store.outboxes, HANDLERS), doctor(store.indexes, store.outboxes, lambda _work, _now: ())])
