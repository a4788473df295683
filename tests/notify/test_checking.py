"""Telling staff what waits: hard words at once, the rest at nine; to whom it concerns, once, and never what it says."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notify.operations import checking
from services.notify.store import Member, Notification
from shared.messaging.envelope import Envelope
from shared.security.sessions import MODERATOR, OPERATOR, SAFEGUARDING
from tests.notify import staffroom
from tests.notify.desk import Desk, envelope

AT_NINE = datetime(2026, 6, 11, 8, 0, tzinfo=UTC)  # in London


def come(desk: Desk, name: str, *roles: str, boroughs: tuple[str, ...] = ()) -> Member:
    """Somebody who has come once."""
    who = staffroom.add(desk, name, *roles, boroughs=boroughs)
    staffroom.sign_in(desk, who)
    return who


def submitted(desk: Desk, post: str = "", sequence: int = 1, area: str = "hackney", **more: Any) -> Envelope:
    id_ = post or str(uuid.uuid4())
    data = {"kind": "event", "id": id_, "areas": [area], **more}
    return envelope("post.submitted.v1", id_, data, desk.clock.now, sequence, source="events")


def held(desk: Desk, area: str = "hackney") -> Envelope:
    id_ = str(uuid.uuid4())
    return envelope("text.held.v1", id_, {"kind": "report", "id": id_, "areas": [area]}, desk.clock.now, 0, source="events")


def at_nine(desk: Desk, *, days: int = 0, minutes: int = 0) -> int:
    desk.clock.set(AT_NINE + timedelta(days=days, minutes=minutes))
    planned = checking.plan_daily(desk.work, desk.clock.now)
    desk.send()
    return planned


def test_hard_words_are_told_at_once(desk: Desk) -> None:
    """To each of the safeguarding role who looks after the borough and has come; once for each text; not a word of it."""
    come(desk, "Sam", SAFEGUARDING, boroughs=("hackney",))
    come(desk, "Ruth", SAFEGUARDING)
    come(desk, "Una", SAFEGUARDING, boroughs=("bexley",))
    come(desk, "Moss", MODERATOR)
    staffroom.add(desk, "Newcomer", SAFEGUARDING)
    message = held(desk)
    desk.hear(message, message)
    desk.send()
    assert sorted(mail.to for mail in desk.mails) == ["ruth@example.org", "sam@example.org"]
    text = desk.server.last().body("plain")
    assert "http://localhost:8000/staff/held" in text
    assert "hackney" not in text.lower()


def test_who_has_lost_the_role_is_not_told(desk: Desk) -> None:
    """It is decided when the mail would go."""
    sam, olive = come(desk, "Sam", SAFEGUARDING), come(desk, "Olive", OPERATOR)
    desk.hear(held(desk))
    client = staffroom.sign_in(desk, olive)
    assert staffroom.ask(desk, client, f"/staff/people/{sam.id}", post={"role-moderator": "yes"}).status_code == 303
    desk.send()
    assert desk.mails == []
    assert [row.reason for row in Notification.objects(template="held")] == ["other-roles"]


def test_nothing_waits(desk: Desk) -> None:
    """No mail says so."""
    come(desk, "Moss", MODERATOR)
    assert at_nine(desk) == 0
    assert desk.mails == []


def test_the_mail_of_the_day(desk: Desk) -> None:
    """How many in their boroughs and since when, once a day; the next day again while it waits."""
    come(desk, "Moss", MODERATOR)
    come(desk, "Bex", MODERATOR, boroughs=("bexley",))
    come(desk, "Sam", SAFEGUARDING)
    desk.hear(submitted(desk))
    desk.clock.set(AT_NINE - timedelta(hours=2, minutes=5))
    desk.hear(submitted(desk), submitted(desk, changed=["starts"]))
    desk.hear(
        envelope("group.registered.v1", (group := str(uuid.uuid4())), {"group": group, "refs": [], "areas": ["hackney"]}, desk.clock.now, 1)
    )
    assert at_nine(desk) == 1
    text = " ".join(desk.server.last().body("plain").split())
    assert "2 posts wait to be read." in text
    assert "1 group waits" in text
    assert "1 published post changed" in text
    assert "The oldest has waited for 17 hours." in text
    assert "http://localhost:8000/staff/review" in text
    assert [at_nine(desk, minutes=1), at_nine(desk, minutes=300)] == [0, 0]
    assert [mail.to for mail in desk.mails] == ["moss@example.org"]
    assert at_nine(desk, days=1) == 1
    text = " ".join(desk.server.last().body("plain").split())
    assert "The oldest has waited for 1 day." in text
    assert "published post changed" not in text


@pytest.mark.parametrize("hour", [0, 5, 7])
def test_not_before_nine(desk: Desk, hour: int) -> None:
    """Whatever waited at nine the day before: that day's mail is that day's."""
    come(desk, "Moss", MODERATOR)
    desk.hear(submitted(desk))
    desk.clock.set(AT_NINE.replace(hour=hour, minute=59) + timedelta(days=1))
    assert checking.plan_daily(desk.work, desk.clock.now) == 0


def test_what_comes_after_nine_is_the_next_days(desk: Desk) -> None:
    """A post that is sent at noon mails nobody at noon."""
    come(desk, "Moss", MODERATOR)
    desk.clock.set(AT_NINE + timedelta(hours=3))
    desk.hear(submitted(desk))
    assert checking.plan_daily(desk.work, desk.clock.now) == 0
    assert at_nine(desk, days=1) == 1


def test_a_worker_that_was_away_at_nine(desk: Desk) -> None:
    """It tells when it is back the same day."""
    come(desk, "Moss", MODERATOR)
    desk.hear(submitted(desk))
    assert at_nine(desk, minutes=150) == 1


def test_what_was_read_meanwhile(desk: Desk) -> None:
    """Asked to change, taken back, taken down: it waits no more, and an older message does not bring it back."""
    come(desk, "Moss", MODERATOR)
    one, two, three = (str(uuid.uuid4()) for _ in range(3))
    first = [submitted(desk, post) for post in (one, two, three)]
    desk.hear(*first)
    asked = {"id": one, "kind": "event", "refs": [], "reasons": ["access"]}
    down = {"id": three, "kind": "event", "group": one, "refs": [], "reason": "not-so"}
    desk.hear(
        envelope("event.changes-asked.v1", one, asked, desk.clock.now, 2),
        submitted(desk, two, 2, taken_back=True),
        envelope("event.taken-down.v1", three, down, desk.clock.now, 2),
        *first,
    )
    group = str(uuid.uuid4())
    registered = {"group": group, "refs": [], "areas": ["hackney"]}
    for sequence, taken_back in ((1, {}), (2, {"taken_back": True}), (1, {})):
        desk.hear(envelope("group.registered.v1", group, registered | taken_back, desk.clock.now, sequence))
    assert at_nine(desk) == 0


def test_all_was_read_before_the_mail_went(desk: Desk) -> None:
    """The count is taken when it would go; nobody is called to an empty list."""
    come(desk, "Moss", MODERATOR)
    post = str(uuid.uuid4())
    desk.hear(submitted(desk, post))
    desk.clock.set(AT_NINE)
    assert checking.plan_daily(desk.work, desk.clock.now) == 1
    desk.hear(submitted(desk, post, 2, taken_back=True))
    desk.send()
    assert desk.mails == []
    assert [row.reason for row in Notification.objects(template="to-check")] == ["nothing-waits"]
