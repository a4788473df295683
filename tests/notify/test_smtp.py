"""A mail over SMTP: what each behaviour of a server means, and that no mail is lost or sent twice by misreading one."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from services.notify.delivery import Delivery, Mail, Refused, TryLater, Unclear, open_delivery
from services.notify.delivery.smtp import Smtp
from services.notify.settings import Settings
from shared.runtime.settings import TEST, examples
from tests.support.smtp import MailServer
from tests.support.waiting import free_ports

NOW = datetime(2026, 6, 10, 14, 37, tzinfo=UTC)
STOP = "https://a-long-name-of-a-public-body.collaboration.example.org/stop/AbCdEfGhIjKlMnOpQrStUv"
MAIL = Mail("ada.quill@example.org", "Your pledge", "It’s time.\n.\n..a dot\n", "<p>It’s time.</p>", "<n1@example.org>", NOW, STOP)
Open = Callable[..., Delivery]


def settings(**changes: object) -> Settings:
    given = {"ENVIRONMENT": TEST, "SMTP_HOST": "127.0.0.1", "SMTP_STARTTLS": "0", **{name: str(value) for name, value in changes.items()}}
    return Settings.load({**examples(Settings), **given})


@pytest.fixture
def server(mail_server: MailServer) -> MailServer:
    mail_server.behave()
    mail_server.taken.clear()
    return mail_server


@pytest.fixture
def sender(server: MailServer) -> Iterator[Delivery]:
    delivery = open_delivery(settings(SMTP_PORT=server.port))
    yield delivery
    delivery.close()


@contextmanager
def fresh_sender(server: MailServer, *, seconds: float = 5.0, **changes: object) -> Iterator[Delivery]:
    delivery = Smtp(settings(SMTP_PORT=server.port, **changes), seconds=seconds)
    try:
        yield delivery
    finally:
        delivery.close()


def test_what_goes_over_the_wire(sender: Delivery, server: MailServer) -> None:
    """A mail has its two bodies and its headers whole, in ASCII and CR LF alone, however long the way out of the list is."""
    sender.send(MAIL)
    mail = server.last()
    assert (mail.to, mail.sender) == (MAIL.to, "pledge@example.org")
    assert mail.raw.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", mail.raw), "a bare line end: strict servers refuse it"
    assert f"List-Unsubscribe: <{STOP}>\r\n".encode() in mail.raw
    assert max(map(len, mail.raw.split(b"\r\n"))) < 998
    found = mail.message
    assert found["From"] == "Collaboration with Londoners <pledge@example.org>"
    assert found["To"] == MAIL.to
    assert found["Subject"] == "Your pledge"
    assert found["Date"] == "Wed, 10 Jun 2026 14:37:00 +0000"
    assert found["Message-ID"] == "<n1@example.org>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert found.get_content_type() == "multipart/alternative"
    assert mail.body("plain") == MAIL.text
    assert mail.body("html").strip() == MAIL.html


def test_a_mail_that_nobody_asked_for_has_no_list(sender: Delivery, server: MailServer) -> None:
    """Without a stop link there are no headers of one."""
    sender.send(Mail(MAIL.to, MAIL.subject, MAIL.text, MAIL.html, MAIL.message_id, NOW))
    assert [name for name in server.last().message if name.startswith("List-")] == []


@pytest.mark.parametrize(
    ("conduct", "meaning", "reason"),
    [
        ({"rcpt": "550 5.1.1 No such mailbox"}, Refused, "smtp-550"),
        ({"rcpt": "450 4.2.0 Greylisted"}, TryLater, "smtp-450"),
        ({"rcpt": "421 4.3.0 Closing"}, TryLater, "smtp-421"),
        ({"rcpt": "530 5.7.0 Authentication required"}, TryLater, "smtp-530"),
        ({"data": "554 5.7.1 Policy"}, Refused, "smtp-554"),
        ({"data": "452 4.3.1 Disk full"}, TryLater, "smtp-452"),
        ({"data": "421 4.3.0 Closing"}, TryLater, "smtp-421"),
        ({"start": "554 5.5.1 Error: no valid recipients"}, Refused, "smtp-554"),
        ({"start": "451 4.3.0 Try again"}, TryLater, "smtp-451"),
        ({"mail": "550 5.7.1 This sender may not send here"}, TryLater, "smtp-550"),
        ({"mail": "451 4.3.0 Try again"}, TryLater, "smtp-451"),
        ({"drop": "mail"}, TryLater, "SMTPServerDisconnected"),
        ({"drop": "data"}, TryLater, "SMTPServerDisconnected"),
        ({"drop": "body"}, Unclear, "SMTPServerDisconnected"),
        ({"drop": "answer"}, Unclear, "SMTPServerDisconnected"),
    ],
    ids=str,
)
@pytest.mark.parametrize("kept", [False, True], ids=["new", "kept"])
def test_each_behaviour_has_one_meaning(
    sender: Delivery, server: MailServer, conduct: dict[str, str], meaning: type[Exception], reason: str, kept: bool
) -> None:
    """Only a 5xx about this mail is for good; only a silence after the last byte is unclear; and the next mail goes."""
    if kept:
        sender.send(MAIL)
        server.taken.clear()
    server.behave(**conduct)
    with pytest.raises(meaning, match=f"^{reason}$"):
        sender.send(MAIL)
    assert len(server.taken) == (conduct.get("drop") == "answer")
    server.behave()
    sender.send(MAIL)
    assert server.last().message["Message-ID"] == MAIL.message_id


def test_one_connection_serves_many_mails(sender: Delivery, server: MailServer) -> None:
    """Mails go over one connection, also after one of them was refused."""
    before = server.connections
    for _ in range(3):
        sender.send(MAIL)
    server.behave(rcpt="550 No", times=1)
    with pytest.raises(Refused):
        sender.send(MAIL)
    sender.send(MAIL)
    assert (len(server.taken), server.connections - before) == (4, 1)


@pytest.mark.parametrize("says_goodbye", [False, True])
def test_a_connection_that_idled_away_is_opened_again(says_goodbye: bool) -> None:
    """Where the server has forgotten an idle connection, with a word or without, the next mail goes at once, and once."""
    with MailServer(idle=0.15, says_goodbye=says_goodbye) as server, fresh_sender(server) as sender:
        sender.send(MAIL)
        before = server.connections
        server.wait_idle()
        sender.send(MAIL)
        assert (len(server.taken), server.connections - before) == (2, 1)


@pytest.mark.parametrize("conduct", [{"drop": "mail"}, {"drop": "data"}, {"rcpt": "421 Closing"}, {"mail": "421 Closing"}], ids=str)
def test_a_kept_connection_that_breaks_early_is_tried_once_more(sender: Delivery, server: MailServer, conduct: dict[str, str]) -> None:
    """A kept connection that ends before the mail was given costs nothing: one more try, on a new one."""
    sender.send(MAIL)
    server.behave(**conduct, times=1)
    sender.send(MAIL)
    assert len(server.taken) == 2


def test_a_slow_server_is_waited_for(sender: Delivery, server: MailServer) -> None:
    """A server that takes its time over the answer has the mail once."""
    server.behave(slow=0.3)
    sender.send(MAIL)
    assert len(server.taken) == 1


def test_a_server_that_is_too_slow_leaves_it_unclear(server: MailServer) -> None:
    """A server that does not answer in time may have the mail; nobody waits longer than that."""
    server.behave(slow=1.0, times=1)
    with fresh_sender(server, seconds=0.3) as sender:
        began = time.monotonic()
        with pytest.raises(Unclear):
            sender.send(MAIL)
        assert time.monotonic() - began < 0.9


def test_nobody_there() -> None:
    """No server at all means later."""
    with pytest.raises(TryLater, match="ConnectionRefusedError"):
        Smtp(settings(SMTP_PORT=free_ports(1)[0])).send(MAIL)


def test_a_wrong_password_is_not_the_mails_fault() -> None:
    """Our own trouble makes mails wait: it must cost nobody the nudge of a pledge."""
    with MailServer(password="right") as server:
        with fresh_sender(server, SMTP_USER="pledge", SMTP_PASSWORD="wrong") as sender, pytest.raises(TryLater, match="smtp-535"):
            sender.send(MAIL)
        with fresh_sender(server, SMTP_USER="pledge", SMTP_PASSWORD="right") as sender:
            sender.send(MAIL)
        assert len(server.taken) == 1


def test_never_in_clear_where_tls_is_asked_for(server: MailServer) -> None:
    """With SMTP_STARTTLS on, a server without TLS gets nothing."""
    with fresh_sender(server, SMTP_STARTTLS=1) as sender, pytest.raises(TryLater, match="SMTPNotSupportedError"):
        sender.send(MAIL)
    assert server.taken == []


def test_files(tmp_path: Any) -> None:
    """DELIVERY=file leaves one .eml a mail, the newest of each notification."""
    delivery = open_delivery(settings(DELIVERY="file", MAIL_DIR=tmp_path / "mails"))
    delivery.send(MAIL)
    delivery.send(MAIL)
    assert [path.name for path in (tmp_path / "mails").iterdir()] == ["n1.eml"]
    assert b"Subject: Your pledge\r\n" in (tmp_path / "mails/n1.eml").read_bytes()
