"""Everything that saving a place asks of the store uses an index; a list asks for its rosters once, however many are on it."""

import uuid

from services.events.clock import DUE
from services.events.operations import sign_ups
from services.events.store.places import by_reference
from services.events.store.places import sign_ups as rows
from shared.security.tokens import hash_token, new_token
from tests.support.commands_seen import commands_seen
from tests.support.events_site import EventsSite
from tests.support.plans import scans
from tests.support.posts import a_group, an_event, published


def test_a_place_scans_nothing(site: EventsSite) -> None:
    """The form, a press, a repeat, the answer, another address, the place, giving it back, and what the clock does in all that time."""
    post = published(site.work, a_group(site.work), an_event(joining="book", capacity=2))
    at, people = f"/event/{post.slug}", [f"{name}@example.org" for name in ("sam", "sam", "kim", "amina", "joe")]
    client = site.app.test_client(use_cookies=False)

    def press(path: str, **fields: str) -> str:
        answer = client.post(path, data=fields, base_url=site.origin)
        assert answer.status_code == 303, path
        return str(answer.headers["Location"])

    def clock_turns(**later: int) -> None:
        site.clock.move(**later)
        for due in DUE:
            due.step(site.work, site.clock())

    with commands_seen() as seen:
        assert site.get(f"{at}/join").status_code == 200
        joined = [press(f"{at}/join", first_name="Sam", email=address, key=str(uuid.uuid4())) for address in people]
        clock_turns(seconds=11)
        for path in joined:
            assert site.get(path).status_code == 200
        press(f"{joined[0]}/again")
        press(f"{joined[0]}/address", email="other@example.org")
        press(f"{joined[2]}/address", email="amina@example.org")
    found = by_reference(joined[0].rpartition("/")[2])
    assert found is not None
    token = new_token()
    rows().update_one({"_id": found.id}, {"$set": {"leave_hash": hash_token(token)}})
    with commands_seen() as later:
        for path in (f"/place/{token}", f"/place/{token}.ics"):
            assert site.get(path).status_code == 200
        headers = {"Authorization": f"Bearer {token}"}
        assert client.delete(f"/api/v1/sign-ups/{found.id}", headers=headers, base_url=site.origin).status_code == 204
        sign_ups.lost(str(found.ref), site.clock())
        for days in (0, 2, 20):
            clock_turns(days=days, seconds=11)
        queries = [*seen.queries, *later.queries]
    assert {"posts", "rosters", "sign_ups"} <= {name for name, _ in queries}
    assert scans(site.work.db, queries) == []


def test_a_list_asks_for_its_rosters_once(site: EventsSite) -> None:
    """However many people book on it: the page, the group's page and the call."""
    group = a_group(site.work)
    for number in range(12):
        published(site.work, group, an_event(title=f"Walk {number}", joining="book", capacity=2))
    for path in ("/whats-on?from=2026-06-10&to=2026-06-20", f"/group/{group.slug}", "/api/v1/events"):
        with commands_seen() as seen:
            assert site.get(path).status_code == 200
        assert [name for name, _ in seen.queries].count("rosters") == 1, path
