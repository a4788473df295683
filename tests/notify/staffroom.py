"""Staff for a test: on the list, signed in as a browser signs in."""

import re
from typing import Any

from flask.testing import FlaskClient

from services.notify import rules
from services.notify.operations import sessions, staff
from services.notify.operations.staff import THE_COMMAND_LINE, Person
from services.notify.store import Member
from tests.notify.desk import Desk


def add(desk: Desk, name: str, *roles: str, boroughs: tuple[str, ...] = ()) -> Member:
    """On the list, by the command line's word; nobody is mailed."""
    desk.clock.move(seconds=1)
    return staff.add(desk.work, Person(f"{name.lower()}@example.org", name), roles, boroughs, by=THE_COMMAND_LINE, now=desk.clock.now)


def link(desk: Desk, who: Member) -> str:
    """The path of a fresh link that signs them in."""
    desk.clock.move(seconds=1)
    whole = sessions.make_link(desk.work, who.id, rules.SIGN_IN_LASTS, desk.clock.now)
    return whole.removeprefix(desk.work.settings.public_url)


def come(desk: Desk, name: str, *roles: str, boroughs: tuple[str, ...] = ()) -> FlaskClient:
    """The browser of somebody on the list who has signed in."""
    return sign_in(desk, add(desk, name, *roles, boroughs=boroughs))


def sign_in(desk: Desk, who: Member) -> FlaskClient:
    path = link(desk, who)
    desk.clock.move(seconds=1)
    client = desk.browser
    assert ask(desk, client, path, post={}).status_code == 303
    return client


def ask(desk: Desk, client: FlaskClient, path: str, post: dict[str, str] | None = None, **more: Any) -> Any:
    """GET, or POST of these fields."""
    base = desk.work.settings.public_url
    return client.get(path, base_url=base, **more) if post is None else client.post(path, data=post, base_url=base, **more)


def cookie(answer: Any) -> str:
    """The whole Set-Cookie line; empty where there is none."""
    return answer.headers.get("Set-Cookie", "") or ""


def id_of(answer: Any) -> str:
    """Of the person whose page the answer leads to."""
    found = re.search(r"/staff/people/([0-9a-f-]{36})", answer.headers["Location"])
    assert found, answer.headers["Location"]
    return found[1]


def revoked(desk: Desk) -> list[str]:
    """The sessions that notify tells the others of, by its outbox."""
    rows = desk.work.db["sessions"].find({})
    return [entry["data"]["session"] for row in rows for entry in row.get("outbox", []) if entry["type"] == "session.revoked.v1"]
