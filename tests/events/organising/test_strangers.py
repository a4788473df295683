"""What is somebody else's is not there; who is signed out loses nothing; staff without a group sign in as organisers first."""

import uuid

import pytest

from services.events.store.groups import groups
from services.events.store.posts import posts
from shared.security import revocations
from shared.security.sessions import MODERATOR, sign
from tests.pages.reading import words
from tests.support.builders import an_envelope
from tests.support.events_site import EventsSite
from tests.support.organisers import EVENT, GROUP, PHONE, Organiser
from tests.support.settings import NOTIFY_KEYS


@pytest.fixture
def priya(site: EventsSite) -> Organiser:
    return Organiser(site)


def test_a_group_of_somebody_elses(priya: Organiser) -> None:
    """Every page and every button of another's group answers as if there were none, and changes nothing."""
    group = priya.group()
    post = priya.draft(group)
    before = [list(rows.find({})) for rows in (groups(), posts())]
    other = Organiser(priya.site)
    mine = other.group(name="Other People")
    at, near = f"/groups/{group.slug}/{post.id}", f"/groups/{mine.slug}/{post.id}"
    for path in (
        f"/groups/{group.slug}",
        f"/groups/{group.slug}/about",
        f"/groups/{group.slug}/organisers",
        at,
        f"{at}/what",
        f"{at}/cancel",
        near,
    ):
        assert other.get(path).status_code == 404, path
    for path in ("about", "organisers", "new"):
        assert other.post(f"/groups/{group.slug}/{path}", {**GROUP, "kind": "event", "email": "kim.pell@example.org"}).status_code == 404
    for path in ("what", "send", "take-back", "delete", "again", "cancel"):
        assert other.post(f"{at}/{path}", {**EVENT["what"], "reason": "ill"}).status_code == 404
        assert other.post(f"{near}/{path}", {**EVENT["what"], "reason": "ill"}).status_code == 404
    groups().delete_one({"_id": mine.id})
    assert [list(rows.find({})) for rows in (groups(), posts())] == before


def test_nobody_is_led_to_the_sign_in(site: EventsSite) -> None:
    """A page asked for by nobody leads to the sign-in and back; /groups itself is everybody's."""
    assert site.get("/groups/new").location == "/sign-in?next=%2Fgroups%2Fnew"
    page = site.get("/groups")
    assert page.status_code == 200
    assert 'href="/sign-in?next=/groups/new"' in page.text
    assert "Pledges for employers open later" in words(page.text)


def test_signed_out_while_typing(priya: Organiser) -> None:
    """A session that has ended meanwhile: the answers come back on a page of their own, ready to be sent again; nothing is stored."""
    session = priya.session
    revocations.hear(
        priya.site.work,
        [
            an_envelope(
                "session.revoked.v1", {"session": session.id, "expires": session.expires.isoformat()}, source="notify", subject=session.id
            )
        ],
    )
    answer = priya.site.app.test_client(use_cookies=False).post(
        "/groups/new",
        base_url=priya.site.origin,
        headers={"Cookie": f"session={sign(NOTIFY_KEYS['NOTIFY_SIGNING_KEY'], session)}"},
        data=GROUP,
    )
    assert answer.status_code == 401
    assert PHONE in answer.text
    assert 'value="Lea Side Walkers"' in answer.text
    assert groups().count_documents({}) == 0


def test_staff_without_a_group(site: EventsSite) -> None:
    """A moderator who is no organiser is asked to sign in as one."""
    ruth = Organiser(site, "Ruth", refs=(), roles=(MODERATOR,))
    assert ruth.get("/groups/new").location == "/sign-in?next=%2Fgroups%2Fnew"


def test_an_id_that_is_none(priya: Organiser) -> None:
    """Ids that are nobody's, or no ids at all, are not there."""
    group = priya.group()
    for tail in (str(uuid.uuid4()), "1", "%00", "..", "a" * 300):
        assert priya.get(f"/groups/{group.slug}/{tail}").status_code in (400, 404), tail
