"""SMTP: one connection, kept while the server keeps it, and opened again at once when it was dropped in an idle hour.

Who is to blame is read from where the conversation stops. Before the recipient it is us (a password, a sender that is not
allowed), and the mail waits until somebody has mended that; at the recipient and after it, a 5xx is about this mail. Once
the last byte is on its way only an answer can say what became of it. Source of the codes: RFC 5321, RFC 4954.
"""

import re
import smtplib
import ssl

from services.notify.delivery.mail import Mail, Refused, TryLater, Unclear, as_bytes
from services.notify.settings import Settings

SECONDS = 20.0
CLOSING = 421
_SIGN_IN = (530, 535, 538)  # "authentication required", wherever it is said
_AT_THE_START = re.compile(rb"(?m)^\.")


class _Gone(Exception):
    """The connection ended before the mail was given."""


class Smtp:
    def __init__(self, settings: Settings, *, seconds: float = SECONDS) -> None:
        """`seconds`: how long the server may take over one answer."""
        self._settings = settings
        self._seconds = seconds
        self._server: smtplib.SMTP | None = None

    def send(self, mail: Mail) -> None:
        body = as_bytes(mail, self._settings)
        kept = self._server is not None
        try:
            self._converse(mail.to, body)
        except _Gone as gone:
            if not kept:
                raise TryLater(str(gone)) from None
            self._once_more(mail.to, body)

    def close(self) -> None:
        """Say goodbye."""
        server, self._server = self._server, None
        if server:
            try:
                server.quit()
            except OSError:  # every error of smtplib's is one; it has gone already, and that was the wish
                server.close()

    def _once_more(self, to: str, body: bytes) -> None:
        """The kept connection had gone: on a new one."""
        try:
            self._converse(to, body)
        except _Gone as gone:
            raise TryLater(str(gone)) from None

    def _converse(self, to: str, body: bytes) -> None:
        server = self._server = self._server or self._connect()
        try:
            self._expect(server.mail(self._settings.mail_from)[0], (250,), ours=True)
            self._expect(server.rcpt(to)[0], (250, 251))
            self._expect(server.docmd("DATA")[0], (354,))
            server.send(_dotted(body))
        except OSError as error:
            self._drop()
            raise _Gone(type(error).__name__) from error
        try:
            code, _ = server.getreply()
        except OSError as error:
            self._drop()
            raise Unclear(type(error).__name__) from error
        try:
            self._expect(code, (250,))
        except _Gone as gone:  # it heard the whole mail, then said that it closes: not taken, and no case for haste
            raise TryLater(str(gone)) from None

    def _expect(self, code: int, good: tuple[int, ...], *, ours: bool = False) -> None:
        """Raises what a code that is not good means, and leaves the connection fit for the next mail, or closed."""
        if code in good:
            return
        if code == CLOSING:
            self._drop()
            raise _Gone(f"smtp-{code}")
        self._start_afresh()
        for_good = 500 <= code < 600 and not ours and code not in _SIGN_IN
        raise (Refused if for_good else TryLater)(f"smtp-{code}")

    def _start_afresh(self) -> None:
        try:
            if self._server:
                self._server.rset()
        except OSError:
            self._drop()

    def _connect(self) -> smtplib.SMTP:
        """Whatever goes wrong here is not about the mail."""
        settings = self._settings
        try:
            server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=self._seconds)
        except OSError as error:
            raise TryLater(_cause(error)) from error
        try:
            server.ehlo_or_helo_if_needed()
            if settings.smtp_starttls:
                server.starttls(context=ssl.create_default_context())
                server.ehlo_or_helo_if_needed()
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
        except OSError as error:
            server.close()
            raise TryLater(_cause(error)) from error
        return server

    def _drop(self) -> None:
        if self._server:
            self._server.close()
            self._server = None


def _dotted(body: bytes) -> bytes:
    """As the body of DATA: a dot before each line that begins with one, and the line that ends it."""
    return _AT_THE_START.sub(b"..", body) + b".\r\n"


def _cause(error: OSError) -> str:
    return f"smtp-{error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else type(error).__name__
