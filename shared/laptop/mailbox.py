"""The mails that the laptop's catcher took: the last 1,000 in memory, and in one file, so that they outlive a restart.

Beside them lies an account of every mail ever taken, its Message-ID and its time alone, for the auditor.
"""

import json
import re
import threading
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from pathlib import Path
from typing import Any

KEPT = 1000
ACCOUNT_KEPT = 100_000
CUT = "-"  # a line of the account in place of a Message-ID: what was taken before is not in it
_LINK = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True)
class Mail:
    """One mail as it came. `to`: who it was handed over for; `headers`: the first of each name.

    `attachments` [{name, type, text}]; `text`: of one that is text, as a calendar entry is.
    """

    id: str
    received_at: str
    sender: str
    to: str
    subject: str
    headers: dict[str, str]
    text: str
    html: str
    attachments: list[dict[str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The fields that `/local/mail` promises."""
        fields = asdict(self)
        return {"id": fields.pop("id"), "received_at": fields.pop("received_at"), "from": fields.pop("sender"), **fields}

    @property
    def links(self) -> list[str]:
        """The addresses in the plain text, each once."""
        return list(dict.fromkeys(found.rstrip(".,;:!?)") for found in _LINK.findall(self.text)))


@dataclass(frozen=True)
class Taken:
    """One line of the account."""

    received_at: str
    message_id: str


class Mailbox:
    """Safe to use from several threads."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._mails = _read(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        self._rewrite()
        self._account = account_of(file)
        _cut(self._account, [Taken(mail.received_at, _message_id(mail)) for mail in self._mails.values()])

    def add(self, raw: bytes, recipients: Sequence[str], now: datetime) -> Mail:
        """Keep a mail."""
        mail = read_mail(raw, recipients, now)
        with self._lock:
            self._mails[mail.id] = mail
            with self._file.open("a", encoding="utf-8") as out:
                out.write(_line(mail))
            with self._account.open("a", encoding="utf-8") as out:
                out.write(_line(Taken(mail.received_at, _message_id(mail))))
            while len(self._mails) > KEPT:
                del self._mails[next(iter(self._mails))]
        return mail

    def newest_first(self) -> list[Mail]:
        with self._lock:
            return list(reversed(self._mails.values()))

    def find(self, mail_id: str) -> Mail | None:
        with self._lock:
            return self._mails.get(mail_id)

    def _rewrite(self) -> None:
        """At each start the file is cut to what is kept; a line that was half written goes."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text("".join(map(_line, self._mails.values())), encoding="utf-8")
        fresh.replace(self._file)


def read_mail(raw: bytes, recipients: Sequence[str], now: datetime) -> Mail:
    """Take a mail apart. Whatever a mail holds, it is kept: what can't be read is shown with marks in its place."""
    message = message_from_bytes(raw, policy=policy.default)
    headers: dict[str, str] = {}
    for name, value in message.items():
        headers.setdefault(name, str(value))
    return Mail(
        id=uuid.uuid4().hex,
        received_at=now.isoformat(),
        sender=headers.get("From", ""),
        to=", ".join(recipients),
        subject=headers.get("Subject", ""),
        headers=headers,
        text=_part(message, "plain"),
        html=_part(message, "html"),
        attachments=[_attached(part) for part in message.iter_attachments()],
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return _text(part) if part is not None else ""


def _attached(part: MIMEPart) -> dict[str, str]:
    text = _text(part) if part.get_content_maintype() == "text" else ""
    return {"name": part.get_filename() or "", "type": part.get_content_type(), "text": text}


def _text(part: MIMEPart) -> str:
    content = part.get_payload(decode=True)
    charset = part.get_content_charset() or "utf-8"
    try:
        text = content.decode(charset, "replace") if isinstance(content, bytes) else ""
    except LookupError:  # a character set of its own invention
        text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    return text.replace("\r\n", "\n")


def _read(file: Path) -> dict[str, Mail]:
    if not file.exists():
        return {}
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines()[-KEPT:]:
        try:
            mail = Mail(**json.loads(line))
        except (ValueError, TypeError):  # the process ended in the middle of it
            continue
        found[mail.id] = mail
    return found


def account_of(file: Path) -> Path:
    return file.with_name("account.jsonl")


def read_account(file: Path) -> list[Taken]:
    """Every mail that was taken, oldest first, one that came twice twice. `file`: the account's."""
    found = []
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            found.append(Taken(**json.loads(line)))
        except (ValueError, TypeError):  # the process ended in the middle of it
            continue
    return found


def _cut(account: Path, kept: Sequence[Taken]) -> None:
    """Begin it with the mails that are there, or keep its last 100,000 lines and no half one."""
    begun = account.exists()
    lines = read_account(account) if begun else list(kept)
    if len(lines) > ACCOUNT_KEPT or (not begun and len(lines) >= KEPT):
        lines = lines[-ACCOUNT_KEPT:]
        lines.insert(0, Taken(lines[0].received_at, CUT))
    fresh = account.with_suffix(".new")
    fresh.write_text("".join(map(_line, lines)), encoding="utf-8")
    fresh.replace(account)


def _message_id(mail: Mail) -> str:
    return next((value for name, value in mail.headers.items() if name.lower() == "message-id"), "").strip()


def _line(mail: Mail | Taken) -> str:
    return json.dumps(asdict(mail)) + "\n"
