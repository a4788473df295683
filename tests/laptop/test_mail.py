"""The laptop's mail catcher, spoken to over SMTP, and its pages."""

import json
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from shared.laptop.catcher import open_catcher
from shared.laptop.mailbox import KEPT, Mailbox
from shared.laptop.places import Laptop
from shared.laptop.serve import create_app
from shared.runtime.clock import utc_now
from shared.runtime.settings import CommonSettings
from shared.web.build import BuildSettings, build
from tests.support.waiting import free_ports

FIELDS = {"id", "received_at", "from", "to", "subject", "headers", "text", "html", "attachments"}
PAGE = {"Accept": "text/html,application/xhtml+xml"}


def _mail(subject: str = "Your pledge") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Collaboration with Londoners <hello@example.org>"
    mail["To"] = "robin@example.org"
    mail["Subject"] = subject
    mail["Message-ID"] = "<abc@example.org>"
    mail["List-Unsubscribe"] = "<http://localhost:8000/stop/abc>"
    mail.set_content("Tap it: http://localhost:8000/confirm/abc. Thank you – see you!\n")
    mail.add_alternative("<p>Tap <a href='http://localhost:8000/confirm/abc'>here</a></p><script>alert(1)</script>", subtype="html")
    return mail


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mail" / "mails.jsonl"


@pytest.fixture
def box(file: Path) -> Mailbox:
    return Mailbox(file)


@pytest.fixture
def port(box: Mailbox) -> Iterator[int]:
    number = free_ports(1)[0]
    catcher = open_catcher(box, number, utc_now)
    catcher.start()
    yield number
    catcher.stop()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    build(BuildSettings(build_dir=str(folder)))
    return folder


@pytest.fixture
def client(box: Mailbox, built: Path, tmp_path: Path) -> FlaskClient:
    laptop = Laptop(port=8000, data=tmp_path, build=built)
    given = {
        "MONGO_URI": laptop.mongo_uri("pledge"),
        "KAFKA_BOOTSTRAP": laptop.bootstrap,
        "PUBLIC_URL": laptop.url,
        "BUILD_DIR": str(built),
    }
    app = create_app(laptop, box, CommonSettings.load({**given, "ENVIRONMENT": "test"}))
    return app.test_client()


def _get(client: FlaskClient, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    answer = client.get(path, base_url="http://localhost:8000", headers=headers)
    return answer.status_code, answer.get_data(as_text=True), dict(answer.headers)


def test_a_mail_sent_over_smtp_is_shown(port: int, client: FlaskClient) -> None:
    """A mail handed over by SMTP is in the JSON, whole, newest first, and on the pages."""
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.send_message(_mail("The first"))
        smtp.send_message(_mail("The second"), to_addrs=["robin@example.org", "sam@example.org"])
    status, body, headers = _get(client, "/local/mail")
    found = json.loads(body)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert [mail["subject"] for mail in found] == ["The second", "The first"]
    assert all(set(mail) == FIELDS for mail in found)
    assert found[0]["to"] == "robin@example.org, sam@example.org"
    assert found[1]["from"] == "Collaboration with Londoners <hello@example.org>"
    assert found[1]["headers"]["List-Unsubscribe"] == "<http://localhost:8000/stop/abc>"
    assert "Thank you – see you!" in found[1]["text"]
    status, page, _ = _get(client, "/local/mail", **PAGE)
    assert status == 200
    assert f'href="/local/mail/{found[1]["id"]}">The first</a>' in page
    assert json.loads(_get(client, f"/local/mail/{found[1]['id']}")[1]) == found[1]


def test_a_mails_own_html_can_do_nothing(box: Mailbox, client: FlaskClient) -> None:
    """The HTML is drawn in a frame without scripts or an origin; its links are beside it, whole."""
    mail = box.add(_mail().as_bytes(), ["robin@example.org"], utc_now())
    _, page, headers = _get(client, f"/local/mail/{mail.id}", **PAGE)
    assert '<a class="govuk-link" href="http://localhost:8000/confirm/abc">' in page
    assert "<script>alert" not in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "frame-src 'self'" in headers["Content-Security-Policy"]
    _, frame, headers = _get(client, f"/local/mail/{mail.id}/html", **PAGE)
    assert "confirm/abc" in frame
    assert headers["Content-Security-Policy"].startswith("sandbox allow-popups")
    assert "script-src" not in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_what_is_attached_is_named_and_read(box: Mailbox, client: FlaskClient) -> None:
    """A calendar entry is shown as the text that it is, in JSON and on the page; of anything else, its name and type."""
    mail = _mail()
    mail.add_attachment(b"BEGIN:VCALENDAR", "text", "calendar", filename="your-place.ics", params={"method": "PUBLISH"})
    mail.add_attachment(b"\x00\x01", "application", "octet-stream", filename="blob")
    kept = box.add(mail.as_bytes(), ["robin@example.org"], utc_now())
    found = json.loads(_get(client, f"/local/mail/{kept.id}")[1])["attachments"]
    assert found == [
        {"name": "your-place.ics", "type": "text/calendar", "text": "BEGIN:VCALENDAR"},
        {"name": "blob", "type": "application/octet-stream", "text": ""},
    ]
    page = _get(client, f"/local/mail/{kept.id}", **PAGE)[1]
    assert "Attached: your-place.ics" in page
    assert "BEGIN:VCALENDAR" in page
    assert "Attached: blob" in page


def test_mails_outlive_a_restart_and_a_broken_line(box: Mailbox, file: Path) -> None:
    """What was caught is there after a restart, also when the process ended in the middle of a line."""
    kept = box.add(_mail().as_bytes(), ["robin@example.org"], utc_now())
    with file.open("a") as out:
        out.write('{"id": "half')
    assert Mailbox(file).newest_first() == [kept]
    after = Mailbox(file)
    after.add(_mail().as_bytes(), ["robin@example.org"], utc_now())
    assert len(Mailbox(file).newest_first()) == 2


def test_the_last_thousand_are_kept(box: Mailbox, file: Path) -> None:
    """Memory and file stay small, and the newest are those that stay."""
    raw = b"Subject: x\r\n\r\nx"
    first = box.add(raw, ["robin@example.org"], utc_now())
    for _ in range(KEPT):
        last = box.add(raw, ["robin@example.org"], utc_now())
    assert (box.find(first.id), box.newest_first()[0], len(box.newest_first())) == (None, last, KEPT)
    assert len(Mailbox(file).newest_first()) == KEPT
    assert len(file.read_text().splitlines()) == KEPT


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no headers at all",
        b"Subject: =?utf-8?q?broken\r\nContent-Type: text/plain; charset=nothing-like-it\r\n\r\nhello \xff",
        b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nhello",
        b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nhello",
        b"Subject: \x00\xff\r\nFrom: \xff\r\n\r\nhello",
    ],
)
def test_any_mail_is_kept(port: int, client: FlaskClient, raw: bytes) -> None:
    """The catcher takes whatever is sent, and its pages still open."""
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.sendmail("hello@example.org", ["robin@example.org"], raw)
    mail = json.loads(_get(client, "/local/mail")[1])[0]
    assert _get(client, "/local/mail", **PAGE)[0] == _get(client, f"/local/mail/{mail['id']}", **PAGE)[0] == 200


def test_a_mail_that_is_not_there(client: FlaskClient) -> None:
    """An unknown id is 404, in words."""
    status, page, _ = _get(client, "/local/mail/nothing", **PAGE)
    assert status == 404
    assert "only the last 1,000 are kept" in page
