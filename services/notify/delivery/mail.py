"""A mail that is ready to go, the three ways it may not go, and how it is written on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Protocol

from services.notify.settings import Settings

# The longest line that SMTP allows, for headers: folded at 78, a long link would be rewritten as an encoded word, and no
# mail program finds the way out of the list in that.
_ON_THE_WIRE = policy.SMTP.clone(max_line_length=998)


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
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = formataddr((settings.brand_name, settings.mail_from))
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.written_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"  # so that no holiday answer comes back
    if mail.stop_url:
        message["List-Unsubscribe"] = f"<{mail.stop_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for one in mail.attachments:
        maintype, _, subtype = one.content_type.partition("/")
        message.add_attachment(one.content, maintype, subtype, filename=one.filename, params=dict(one.parameters))
    return message.as_bytes(policy=_ON_THE_WIRE)
