"""The outside seam: how a mail leaves the house. Three ways, one outcome each; nothing else knows a mail server.

Delivered: the server said yes. TryLater: surely not taken. Refused: never will be. Unclear: it may or may not have been.
"""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formataddr, formatdate
from pathlib import Path
from typing import Any, Protocol

import requests
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient
from urllib3.exceptions import NewConnectionError

from services.notify.settings import FILE, GOVUK_NOTIFY, Settings

SECONDS = 20.0


class TryLater(Exception):
    """Not taken; the same mail may be tried again."""


class Refused(Exception):
    """Never will be taken: no such mailbox, or a policy."""


class Unclear(Exception):
    """The connection broke after the mail was given and before the answer came."""


@dataclass(frozen=True)
class Mail:
    """`message_id`: fixed for a notification, so that two copies can be known as one. `stop_url`: for RFC 8058, or empty."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    stop_url: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class Delivery(Protocol):
    def send(self, mail: Mail) -> None:
        """Returns when the server has taken it. Raises TryLater, Refused or Unclear."""

    def close(self) -> None: ...


def open_delivery(settings: Settings) -> Delivery:
    if settings.delivery == GOVUK_NOTIFY:
        return GovukNotify(settings)
    if settings.delivery == FILE:
        return Files(settings)
    return Smtp(settings)


def as_message(mail: Mail, settings: Settings) -> EmailMessage:
    """The mail as it goes over the wire: plain text first, HTML beside it."""
    message = EmailMessage()
    message["From"] = formataddr((settings.brand_name, settings.mail_from))
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    if mail.stop_url:
        message["List-Unsubscribe"] = f"<{mail.stop_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


class Smtp:
    """One connection, kept while the server keeps it; an idle one that was dropped is opened again at once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server: smtplib.SMTP | None = None

    def send(self, mail: Mail) -> None:
        message = as_message(mail, self._settings)
        reused = self._server is not None
        try:
            self._hand_over(mail.to, message)
        except smtplib.SMTPServerDisconnected as error:
            self.close()
            if not reused:
                raise TryLater(type(error).__name__) from error
            self.send(mail)  # the kept connection had gone before the mail was given: once more, on a new one

    def _hand_over(self, to: str, message: EmailMessage) -> None:
        try:
            server = self._server = self._server or self._connect()
            _envelope(server, self._settings.mail_from, to)
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPResponseException as error:
            self._forget(error.smtp_code)
            raise _by_code(error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise TryLater(type(error).__name__) from error
        self._data(server, message)

    def _data(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        try:
            code, _ = server.data(message.as_bytes())
        except smtplib.SMTPDataError as error:
            self._forget(error.smtp_code)
            raise _by_code(error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise Unclear(type(error).__name__) from error
        if code != 250:
            self._forget(code)
            raise _by_code(code)

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=SECONDS)
        server.ehlo_or_helo_if_needed()
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        return server

    def _forget(self, code: int) -> None:
        """After a refusal the session is of no further use if the server is closing; else it goes on with a clean envelope."""
        if self._server and code != 421:
            try:
                self._server.rset()
            except (OSError, smtplib.SMTPException):
                self.close()
        else:
            self.close()

    def close(self) -> None:
        if self._server:
            self._server.close()
            self._server = None


def _envelope(server: smtplib.SMTP, sender: str, to: str) -> None:
    for code, answer in (server.mail(sender), server.rcpt(to)):
        if code not in (250, 251):
            raise smtplib.SMTPResponseException(code, answer)


def _by_code(code: int) -> Exception:
    return Refused(f"smtp-{code}") if 500 <= code < 600 else TryLater(f"smtp-{code}")


class GovukNotify:
    """GOV.UK Notify, for public bodies: one template there that takes our subject and body."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Any = NotificationsAPIClient(  # type: ignore[no-untyped-call]  # the package carries no types
            settings.govuk_notify_key, base_url=settings.govuk_notify_url, timeout=SECONDS
        )

    def send(self, mail: Mail) -> None:
        try:
            self._client.send_email_notification(
                email_address=mail.to,
                template_id=self._settings.govuk_notify_template,
                personalisation={"subject": mail.subject, "body": mail.text},
                reference=mail.message_id,
                one_click_unsubscribe_url=mail.stop_url or None,
            )
        except HTTPError as error:
            raise _by_answer(error) from None  # its own words quote the request

    def close(self) -> None:
        """It keeps no connection."""


def _by_answer(error: HTTPError) -> Exception:
    if error.response is not None:
        return Refused(f"http-{error.status_code}") if error.status_code == 400 else TryLater(f"http-{error.status_code}")
    cause = error.__cause__
    never_reached = isinstance(cause, requests.ConnectTimeout) or isinstance(_reason(cause), NewConnectionError)
    return (TryLater if never_reached else Unclear)(type(cause).__name__)


def _reason(cause: BaseException | None) -> object:
    return getattr(cause.args[0], "reason", None) if cause and cause.args else None


class Files:
    """One .eml file a mail: for a test environment that must not send."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = Path(settings.mail_dir)

    def send(self, mail: Mail) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = mail.message_id.strip("<>").partition("@")[0]
        (self._folder / f"{name}.eml").write_bytes(as_message(mail, self._settings).as_bytes())

    def close(self) -> None:
        """Nothing is open."""
