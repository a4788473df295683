"""What events hears: one function a kind of message. HANDLERS, last, is the table.

No contact_ref is its own yet, so the outcomes of contacts on its topics are read and done.
"""

from collections.abc import Mapping, Sequence

from services.events.settings import Settings
from shared.messaging.consumer import Handler
from shared.messaging.envelope import Envelope
from shared.messaging.work import Work
from shared.security import revocations


def session_revoked(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    revocations.hear(work, envelopes)


HANDLERS: Mapping[str, Handler[Work[Settings]]] = {"session.revoked.v1": session_revoked}
