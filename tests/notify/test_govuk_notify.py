"""A mail over GOV.UK Notify: its real client against a stub that speaks its protocol."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.notify.delivery import Attachment, Delivery, Mail, Refused, TryLater, Unclear, open_delivery
from services.notify.delivery.govuk_notify import GovukNotify
from shared.runtime.errors import SettingsError
from tests.notify.govuk_stub import KEY, GovukStub
from tests.notify.test_smtp import MAIL, NOW, STOP, settings
from tests.support.waiting import free_ports

TEMPLATE = "2f7a8e1c-6b5d-4c3a-9e8f-1d2c3b4a5e6f"
NOT_AN_ADDRESS = [{"error": "ValidationError", "message": "email_address Not a valid email address"}]
TEAM_ONLY = [{"error": "BadRequestError", "message": "Can’t send to this recipient using a team-only API key"}]


@pytest.fixture
def stub() -> Iterator[GovukStub]:
    with GovukStub() as running:
        yield running


@pytest.fixture
def sender(stub: GovukStub) -> Iterator[Delivery]:
    given = {"DELIVERY": "govuk-notify", "GOVUK_NOTIFY_KEY": KEY, "GOVUK_NOTIFY_TEMPLATE": TEMPLATE, "GOVUK_NOTIFY_URL": stub.url}
    delivery = open_delivery(settings(**given))
    yield delivery
    delivery.close()


def test_what_is_sent(sender: Delivery, stub: GovukStub) -> None:
    """Address, template, subject and body, our fixed id as reference, the one-click link where there is one."""
    sender.send(MAIL)
    sender.send(Mail(MAIL.to, MAIL.subject, MAIL.text, MAIL.html, MAIL.message_id, NOW))
    body = {
        "email_address": MAIL.to,
        "template_id": TEMPLATE,
        "personalisation": {"subject": "Your pledge", "body": MAIL.text},
        "reference": MAIL.message_id,
    }
    assert stub.mails == [{**body, "one_click_unsubscribe_url": STOP}, body]


def test_what_is_attached_stays_behind(sender: Delivery, stub: GovukStub) -> None:
    """Its API takes none of ours: the mail goes without, and its text says where the same can be had."""
    entry = Attachment("your-place.ics", "text/calendar", b"BEGIN:VCALENDAR", {"method": "PUBLISH"})
    sender.send(replace(MAIL, attachments=(entry,)))
    assert len(stub.mails) == 1
    assert "VCALENDAR" not in str(stub.mails)


@pytest.mark.parametrize(
    ("answer", "meaning", "reason"),
    [
        ((400, NOT_AN_ADDRESS), Refused, "http-400"),
        ((400, TEAM_ONLY), TryLater, "http-400"),
        ((400, [{"error": "BadRequestError", "message": "Template not found"}]), TryLater, "http-400"),
        ((403, [{"error": "AuthError", "message": "Invalid token: API key not found"}]), TryLater, "http-403"),
        ((429, [{"error": "TooManyRequestsError", "message": "Exceeded send limits"}]), TryLater, "http-429"),
        ((500, [{"error": "Exception", "message": "Internal server error"}]), TryLater, "http-500"),
        ((503, []), TryLater, "http-503"),
        ((502, []), Unclear, "http-502"),
        ((504, "no-json"), Unclear, "http-504"),
        ((201, "no-json"), Unclear, "no-json"),
    ],
    ids=str,
)
def test_each_answer_has_one_meaning(
    sender: Delivery, stub: GovukStub, answer: tuple[int, list[dict[str, str]] | str], meaning: type[Exception], reason: str
) -> None:
    """Only a wrong address is for good; what a gateway says is unclear; everything else is tried again, and the next mail goes."""
    stub.answer = answer
    with pytest.raises(meaning, match=f"^{reason}$"):
        sender.send(MAIL)
    stub.answer = (201, [])
    sender.send(MAIL)
    assert stub.mails[-1]["reference"] == MAIL.message_id


def test_no_answer_is_unclear(sender: Delivery, stub: GovukStub) -> None:
    """A connection that breaks, or a silence, after the request was sent may hide a yes."""
    stub.drop = True
    with pytest.raises(Unclear, match="ConnectionError"):
        sender.send(MAIL)
    stub.drop, stub.slow = False, 1.0
    impatient = GovukNotify(
        settings(DELIVERY="govuk-notify", GOVUK_NOTIFY_KEY=KEY, GOVUK_NOTIFY_TEMPLATE=TEMPLATE, GOVUK_NOTIFY_URL=stub.url), seconds=0.3
    )
    with pytest.raises(Unclear, match="ReadTimeout"):
        impatient.send(MAIL)
    impatient.close()


def test_nobody_there() -> None:
    """Where no connection was made, nothing was sent: later."""
    url = f"http://127.0.0.1:{free_ports(1)[0]}"
    delivery = open_delivery(settings(DELIVERY="govuk-notify", GOVUK_NOTIFY_KEY=KEY, GOVUK_NOTIFY_TEMPLATE=TEMPLATE, GOVUK_NOTIFY_URL=url))
    with pytest.raises(TryLater):
        delivery.send(MAIL)
    delivery.close()


def test_an_error_quotes_nobody(sender: Delivery, stub: GovukStub) -> None:
    """What is raised holds a code alone: the client's own error would quote the address."""
    stub.answer = (400, [{"error": "ValidationError", "message": f"email_address {MAIL.to} is not valid"}])
    with pytest.raises(Refused) as caught:
        sender.send(MAIL)
    assert MAIL.to not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"DELIVERY": "pigeon"}, "DELIVERY"),
        ({"DELIVERY": "govuk-notify"}, "GOVUK_NOTIFY_KEY"),
        ({"DELIVERY": "govuk-notify", "GOVUK_NOTIFY_KEY": "short", "GOVUK_NOTIFY_TEMPLATE": TEMPLATE}, "GOVUK_NOTIFY_KEY"),
        ({"DELIVERY": "file"}, "MAIL_DIR"),
        ({"MAIL_FROM": "Pledge <pledge@example.org>"}, "MAIL_FROM"),
        ({"ENVIRONMENT": "production"}, "SMTP_STARTTLS"),
    ],
    ids=str,
)
def test_settings_that_cannot_work(changes: dict[str, str], word: str) -> None:
    """A way of sending that lacks something is named when the process starts, not at the first mail."""
    with pytest.raises(SettingsError) as caught:
        settings(**changes)
    assert any(word in problem for problem in caught.value.problems)
