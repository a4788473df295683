"""The account of every mail that the catcher took: for the auditor, who must see what was received, and how often."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from shared.laptop import mailbox
from shared.laptop.mailbox import CUT, Mailbox, Taken, account_of, read_account
from tests.support.settings import A_MOMENT


def a_mail(message_id: str) -> bytes:
    mail = EmailMessage()
    mail["To"] = "robin@example.org"
    mail["Message-ID"] = message_id
    mail.set_content("Tap it.\n")
    return mail.as_bytes()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mail" / "mails.jsonl"


def take(box: Mailbox, *message_ids: str) -> None:
    for message_id in message_ids:
        box.add(a_mail(message_id), ["robin@example.org"], A_MOMENT)


def ids(file: Path) -> list[str]:
    return [taken.message_id for taken in read_account(account_of(file))]


def test_each_mail_is_a_line_and_nothing_personal_is_on_it(file: Path) -> None:
    """Its Message-ID and its time, twice for one that came twice; a restart keeps them, but for a line that was half written."""
    take(Mailbox(file), "<a@example.org>", "<b@example.org>", "<a@example.org>")
    assert read_account(account_of(file))[0] == Taken(A_MOMENT.isoformat(), "<a@example.org>")
    assert "robin" not in account_of(file).read_text(encoding="utf-8")
    with account_of(file).open("a", encoding="utf-8") as out:
        out.write('{"received_at": "2026')
    take(Mailbox(file), "<c@example.org>")
    assert ids(file) == ["<a@example.org>", "<b@example.org>", "<a@example.org>", "<c@example.org>"]


def test_a_box_from_before_begins_one(file: Path) -> None:
    """With the mails that are there; where some may have been forgotten before, it says so."""
    take(Mailbox(file), "<a@example.org>")
    account_of(file).unlink()
    Mailbox(file)
    assert ids(file) == ["<a@example.org>"]
    take(Mailbox(file), *["<b@example.org>"] * mailbox.KEPT)
    account_of(file).unlink()
    Mailbox(file)
    assert ids(file)[:2] == [CUT, "<b@example.org>"]
    assert len(ids(file)) == mailbox.KEPT + 1


def test_it_does_not_grow_for_ever(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest lines go at a start, and a line says that they have gone."""
    monkeypatch.setattr(mailbox, "ACCOUNT_KEPT", 3)
    take(Mailbox(file), *(f"<{number}@example.org>" for number in range(5)))
    Mailbox(file)
    assert ids(file) == [CUT, "<2@example.org>", "<3@example.org>", "<4@example.org>"]
    Mailbox(file)
    assert ids(file) == [CUT, "<2@example.org>", "<3@example.org>", "<4@example.org>"]
