"""A mail server that does what a test tells it: take, refuse, drop, be slow, forget idle connections. Real SMTP over a socket."""

import asyncio
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.support.waiting import free_ports

OK = "250 OK"


@dataclass(frozen=True)
class Received:
    """One mail as it came over the wire."""

    to: str
    sender: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        found = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    def body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None, f"the mail has no {kind} part"
        return str(part.get_content()).replace("\r\n", "\n")


@dataclass
class Conduct:
    """What the server does. `drop`: "mail", "data", "body" or "answer", the moment it hangs up at.

    `times`: for how many mails that conduct lasts; then it takes everything again. `slow`: seconds before the last answer.
    """

    mail: str = OK
    rcpt: str = OK
    start: str = ""
    data: str = OK
    drop: str = ""
    slow: float = 0.0
    times: int = 1_000_000


@dataclass
class _Handler:
    conduct: Conduct = field(default_factory=Conduct)
    taken: list[Received] = field(default_factory=list)

    async def handle_MAIL(self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        if self.conduct.times <= 0:
            self.conduct = Conduct()
        self.conduct.times -= 1
        if self.conduct.drop == "mail":
            _wire(server).abort()
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.conduct.mail

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:  # noqa: N802
        if self.conduct.rcpt == OK:
            envelope.rcpt_tos.append(address)
        return self.conduct.rcpt

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        conduct = self.conduct
        if conduct.drop == "body":  # it hung up before it had decided anything
            _wire(server).abort()
            return OK
        await asyncio.sleep(conduct.slow)
        if conduct.data == OK:
            raw = envelope.original_content or b""
            self.taken.append(Received(envelope.rcpt_tos[0], str(envelope.mail_from), raw))
        if conduct.drop == "answer":  # it has the mail, and nobody hears of it
            _wire(server).abort()
        return conduct.data


class _Server(SMTP):
    """aiosmtpd, with the few ways of being rude that it has not."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        conduct = self.event_handler.conduct
        if conduct.drop == "data":
            _wire(self).abort()
        elif conduct.start:
            await self.push(conduct.start)
        else:
            await super().smtp_DATA(arg)


class _Polite(_Server):
    """Says 421 before it forgets an idle connection, as Postfix does."""

    def _timeout_cb(self) -> None:
        _wire(self).write(b"421 4.4.2 Error: timeout exceeded\r\n")
        _wire(self).close()


def _wire(server: SMTP) -> asyncio.Transport:
    assert isinstance(server.transport, asyncio.Transport), "the connection has not begun"
    return server.transport


class MailServer(Controller):
    """Listens on the loopback address inside the block. `taken`: every mail it said yes to, and those it took in silence.

    `port`: a free one if none is given.
    """

    def __init__(self, *, idle: float = 300.0, says_goodbye: bool = False, password: str = "", port: int = 0) -> None:
        self._idle, self._class, self._password = idle, _Polite if says_goodbye else _Server, password
        self.connections = 0
        super().__init__(_Handler(), hostname="127.0.0.1", port=port or free_ports(1)[0], ready_timeout=20)

    def factory(self) -> SMTP:
        self.connections += 1
        given: dict[str, Any] = {"timeout": self._idle, "hostname": "mail.example.org", "loop": self.loop}
        if self._password:
            given |= {"authenticator": self._check, "auth_require_tls": False}
        return self._class(self.handler, **given)

    def behave(self, **conduct: Any) -> None:
        """From now on; without arguments it takes everything again."""
        self.handler.conduct = Conduct(**conduct)

    @property
    def taken(self) -> list[Received]:
        taken: list[Received] = self.handler.taken
        return taken

    def last(self) -> Received:
        assert self.taken, "no mail came"
        return self.taken[-1]

    def wait_idle(self) -> None:
        """Until the server has forgotten a connection that nobody uses."""
        time.sleep(self._idle * 2.5)

    def _check(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == self._password.encode(), handled=False)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
