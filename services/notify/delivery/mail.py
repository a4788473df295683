"""A mail that is ready to go, the three ways it may not go, and how it is written on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from typing import Protocol

from services.notify.settings import Settings

# The longest line that SMTP allows, for headers: folded at 78, a long link would be broken, and no mail program finds the way out of
# the list in that. Of the package's two kinds of messages the plain one: the other takes each header apart, five times the work.
_ON_THE_WIRE = policy.compat32.clone(max_line_length=998, linesep="\r\n")
_QUOTED = Charset("utf-8")
_QUOTED.body_encoding = QP


class TryLater(Exception):
    """Not taken; the same mail may be tried again. Its words are a code or a class, never the server's."""


class Refused(Exception):
    """Never will be taken: no such mailbox, or a policy."""


class Unclear(Exception):
    """The connection broke after the mail was given and before the answer came."""


@dataclass(frozen=True)
class Attachment:
    """A way out that carries none leaves it out, so the text says where the same can be had. `parameters`: of the content type."""

    filename: str
    content_type: str
    content: bytes
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mail:
    """`message_id`: fixed for a notification, so that two copies can be known as one. `stop_url`: for RFC 8058, or empty."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    written_at: datetime
    stop_url: str = ""
    attachments: tuple[Attachment, ...] = ()


class Delivery(Protocol):
    def send(self, mail: Mail) -> None:
        """Returns when the server has taken it. Raises TryLater, Refused or Unclear."""

    def close(self) -> None: ...


def as_bytes(mail: Mail, settings: Settings) -> bytes:
    """Plain text first, HTML beside it; ASCII and CR LF throughout, which every server takes."""
    words = MIMEMultipart("alternative", _subparts=(_words(mail.text, "plain"), _words(mail.html, "html")), policy=_ON_THE_WIRE)
    parts = (words, *(_attached(one) for one in mail.attachments))
    message = MIMEMultipart("mixed", _subparts=parts, policy=_ON_THE_WIRE) if mail.attachments else words
    for name, value in _headers(mail, settings).items():
        if not value.isprintable():
            raise ValueError(f"{name} holds more than one line of words")
        message[name] = value if value.isascii() else Header(value, "utf-8").encode()
    return message.as_bytes()


def _headers(mail: Mail, settings: Settings) -> dict[str, str]:
    found = {
        "From": formataddr((settings.brand_name, settings.mail_from)),
        "To": mail.to,
        "Subject": mail.subject,
        "Date": format_datetime(mail.written_at),
        "Message-ID": mail.message_id,
        "Auto-Submitted": "auto-generated",  # so that no holiday answer comes back
    }
    if mail.stop_url:
        found |= {"List-Unsubscribe": f"<{mail.stop_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return found


def _words(text: str, subtype: str) -> MIMEText:
    return MIMEText(text, subtype, _QUOTED, policy=_ON_THE_WIRE)  # type: ignore[arg-type]  # the stubs know names of charsets alone


def _attached(one: Attachment) -> MIMEBase:
    part = MIMEBase(*one.content_type.split("/"), policy=_ON_THE_WIRE, **one.parameters)
    part.set_payload(one.content)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=one.filename)
    return part
