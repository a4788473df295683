"""pledge's staff page, by a cookie that notify signed, and what pledge keeps of sessions that ended early."""

from services.pledge.consumers import HANDLERS
from shared.security.sessions import LASTS, MODERATOR, OPERATOR, Session, sign
from tests.pages.reading import words
from tests.support.builders import an_envelope, an_id
from tests.support.pledge_site import Answer, PledgeSite
from tests.support.settings import A_MOMENT, NOTIFY_KEYS

ISSUED = A_MOMENT.replace(microsecond=0)


def session(*roles: str) -> Session:
    return Session(an_id(), "Olive", roles, (), (), ISSUED, ISSUED + LASTS)


def ask(site: PledgeSite, one: Session) -> Answer:
    return get(site, "/staff/status/pledge", one)


def get(site: PledgeSite, path: str, one: Session) -> Answer:
    cookie = f"session={sign(NOTIFY_KEYS['NOTIFY_SIGNING_KEY'], one)}"
    return site.app.test_client(use_cookies=False).get(path, base_url=site.origin, headers={"Cookie": cookie})


def test_how_pledge_is(site: PledgeSite) -> None:
    """Its operator sees what waits to be published, in the staff's own layout; others with a session are refused."""
    site.pledge()
    page = ask(site, session(OPERATOR))
    assert page.status_code == 200
    assert "pledges with messages to publish: 1" in words(page.text)
    assert 'class="govuk-template__body dense"' in page.text
    assert ask(site, session(MODERATOR)).status_code == 403


def test_no_page_for_visitors_looks_at_a_cookie(site: PledgeSite) -> None:
    """Whoever has signed in sees the pages that everybody sees, and gets no cookie from them."""
    one = session(OPERATOR)
    for path in ("/", "/pledge", "/pledge/walk-together", "/progress", "/cookies", "/privacy"):
        with_, without = get(site, path, one), site.get(path)
        assert "Set-Cookie" not in with_.headers
        assert "staff-menu" not in with_.text
        assert len(with_.text) == len(without.text)


def test_a_session_that_ended(site: PledgeSite) -> None:
    """Once pledge has heard, it opens nothing."""
    one = session(OPERATOR)
    assert ask(site, one).status_code == 200
    data = {"session": one.id, "expires": one.expires.isoformat()}
    HANDLERS["session.revoked.v1"](site.work, [an_envelope("session.revoked.v1", data, source="notify", subject=one.id)])
    assert ask(site, one).status_code == 303
