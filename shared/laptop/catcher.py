"""The laptop's mail server: it takes every mail and sends none on."""

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from shared.laptop.mailbox import Mailbox
from shared.runtime.clock import Clock


class _Handler:
    def __init__(self, mailbox: Mailbox, clock: Clock) -> None:
        self._mailbox = mailbox
        self._clock = clock

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- the name is the library's
        raw = envelope.content
        self._mailbox.add(raw if isinstance(raw, bytes) else str(raw or "").encode(), envelope.rcpt_tos, self._clock())
        return "250 Kept, and sent to nobody"


def open_catcher(mailbox: Mailbox, port: int, clock: Clock) -> Controller:
    """A server on the loopback address, in a thread of its own; `start()` and `stop()` it."""
    return Controller(_Handler(mailbox, clock), hostname="127.0.0.1", port=port, ident="Laptop mail catcher")
