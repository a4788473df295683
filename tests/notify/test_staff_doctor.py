"""What notify's doctor says of staff: nothing of theirs is lost, told twice, or left half done."""

from collections.abc import Callable
from typing import Any

import pytest

from services.notify.operations.examine import examine
from services.notify.store import outboxes
from shared.messaging.findings import AMISS, DOUBLED, LOST, NOTE
from shared.messaging.outbox import message
from shared.security.sessions import MODERATOR, OPERATOR
from tests.notify import staffroom
from tests.notify.desk import Desk

Break = Callable[[Any, dict[str, Any]], object]


def found(desk: Desk) -> list[tuple[str, str]]:
    return [(one.effect, one.name) for one in examine(desk.work, desk.clock.now) if one.effect != NOTE]


def test_staff_in_order(desk: Desk) -> None:
    """Two who came, one of whom signed out, and a mailed link: nothing to look at, and both are counted."""
    staffroom.ask(desk, staffroom.come(desk, "Moss", MODERATOR), "/sign-out", post={})
    staffroom.come(desk, "Olive", OPERATOR)
    desk.post("/sign-in", data={"email": "olive@example.org"})
    desk.send()
    assert found(desk) == []
    assert {one.words for one in examine(desk.work, desk.clock.now) if one.name == "staff"} == {"2 members of staff, 1 signed in"}
    assert {rows.name for rows in outboxes()} == {"contacts", "sessions"}


def lose_the_message(sessions: Any, row: dict[str, Any]) -> object:
    return sessions.update_one({"_id": row["_id"]}, {"$unset": {"outbox": 1, "pending_since": 1}})


def tell_twice(sessions: Any, row: dict[str, Any]) -> object:
    data = {"session": row["_id"], "expires": row["expires_at"].isoformat()}
    again = message("session.revoked.v1", row["_id"], data, now=row["revoked_at"])
    return sessions.update_one({"_id": row["_id"]}, {"$push": {"outbox": again}})


@pytest.mark.parametrize(("break_", "effect"), [(lose_the_message, LOST), (tell_twice, DOUBLED)], ids=["never told", "told twice"])
def test_an_end_is_told_once(desk: Desk, break_: Break, effect: str) -> None:
    """A session that ended without a word to the others is lost to them; one that told twice is named too."""
    staffroom.ask(desk, staffroom.come(desk, "Moss", MODERATOR), "/sign-out", post={})
    sessions = desk.work.db["sessions"]
    break_(sessions, sessions.find_one({}) or {})
    assert found(desk) == [(effect, "session-told-otherwise")]


def test_an_ending_left_half_done(desk: Desk) -> None:
    """A clock that does not go on is noticed after five minutes."""
    staffroom.ask(desk, staffroom.come(desk, "Moss", MODERATOR), "/sign-out", post={"everywhere": "yes"})
    desk.clock.move(minutes=5, seconds=1)
    assert found(desk) == [(AMISS, "sign-out-unfinished")]
