"""What events hears: one function a kind of message. HANDLERS, last, is the table.

No contact_ref is its own yet, so the outcomes of contacts on its topics are read and done.
"""

from collections.abc import Mapping

from services.events.settings import Settings
from shared.messaging.consumer import Handler
from shared.messaging.work import Work

HANDLERS: Mapping[str, Handler[Work[Settings]]] = {}
