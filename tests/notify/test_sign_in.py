"""Signing in: the same answer for every address, a link that works once, a session that ends, and nothing that gets around it."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.notify import rules
from services.notify.clock import DUE
from services.notify.operations import sessions, staff
from services.notify.store import Notification, Token, rows_of
from services.notify.store.sign_ins import sessions_of
from shared.runtime.errors import Expired
from shared.security.sessions import LASTS, MODERATOR, OPERATOR
from shared.security.tokens import new_token
from tests.notify import staffroom
from tests.notify.desk import Desk, open_desk
from tests.notify.test_pages import heading, shown
from tests.support.engines import Store
from tests.support.meanwhile import just_before
from tests.support.settings import MovableClock
from tests.support.smtp import MailServer

ADDRESS = "moss@example.org"


def bytes_of(answer: Any) -> tuple[int, dict[str, str], bytes]:
    """All that a browser sees of it, but for the id that every request has of its own."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("X-Correlation-Id", "Date")}
    return answer.status_code, headers, answer.get_data()


# Asking


def test_known_and_unknown_addresses_are_answered_alike(desk: Desk) -> None:
    """Byte for byte, and with the same number of writes: whoever asks learns nothing, also by a stopwatch."""
    staffroom.add(desk, "Moss", MODERATOR)
    before = {name: len(rows) for name, rows in desk.stored().items()}
    answers, stored = [], []
    for address in (ADDRESS, "nobody.at.all@example.org"):
        answers.append(bytes_of(desk.post("/sign-in", data={"email": address})))
        stored.append({name: len(rows) for name, rows in desk.stored().items()})
    assert answers[0] == answers[1]
    assert {name: count - before.get(name, 0) for name, count in stored[0].items()} == {
        name: count - stored[0].get(name, 0) for name, count in stored[1].items()
    }
    assert bytes_of(desk.get("/sign-in?asked=1"))[0] == 200


def test_only_who_is_known_is_mailed(desk: Desk) -> None:
    """The link comes within the first turn of the sender; an address that is not on the list gets nothing, for the reason given."""
    staffroom.add(desk, "Moss", MODERATOR)
    for address in ("Moss@Example.org", "nobody.at.all@example.org"):
        assert desk.post("/sign-in", data={"email": address}).status_code == 303
    desk.send()
    assert [mail.message["To"] for mail in desk.mails] == [ADDRESS]
    assert desk.mails[0].message["Subject"] == "Your link to sign in"
    rows = Notification.objects(template="sign-in")
    assert sorted((row.state, row.reason or "") for row in rows) == [("sent", ""), ("suppressed", "not-known")]


def test_a_link_is_no_use_after_an_hour_in_the_queue(desk: Desk) -> None:
    """A mail that could not go within its shelf life expires unsent."""
    staffroom.add(desk, "Moss", MODERATOR)
    desk.post("/sign-in", data={"email": ADDRESS})
    desk.clock.move(hours=1)
    desk.send()
    assert desk.mails == []


def test_ten_links_a_day(desk: Desk) -> None:
    """The eleventh is answered like the others, and nobody is mailed; a day later one is again."""
    staffroom.add(desk, "Moss", MODERATOR)
    answers = set()
    for _ in range(rules.SIGN_INS_A_DAY + 2):
        desk.clock.move(seconds=1)
        answers.add(desk.post("/sign-in", data={"email": ADDRESS}).headers["Location"])
    desk.send()
    assert (len(desk.mails), answers) == (rules.SIGN_INS_A_DAY, {"/sign-in?asked=1"})
    desk.clock.move(days=1, seconds=1)
    desk.post("/sign-in", data={"email": ADDRESS})
    desk.send()
    assert len(desk.mails) == rules.SIGN_INS_A_DAY + 1


@pytest.mark.parametrize("typed", ["", "moss", "moss@", "a" * 300 + "@example.org", "moss\x00@example.org", "moss@example.org\r\nBcc: x"])
def test_what_is_no_address_is_said_so(desk: Desk, typed: str) -> None:
    """The same page, an error at the field, nothing stored."""
    answer = desk.post("/sign-in", data={"email": typed})
    assert answer.status_code == 422
    assert "Error:" in answer.text
    assert desk.work.db["sign_in_requests"].count_documents({}) == 0


def test_what_was_asked_is_forgotten(desk: Desk) -> None:
    """After two days neither the request nor the ledger's row of an unknown address is there; the row of a mail that went stays."""
    staffroom.add(desk, "Moss", MODERATOR)
    for address in (ADDRESS, "nobody.at.all@example.org"):
        desk.post("/sign-in", data={"email": address})
    desk.send()
    desk.clock.move(days=2, seconds=1)
    let_time_work(desk)
    assert desk.work.db["sign_in_requests"].count_documents({}) == 0
    assert [row.state for row in Notification.objects(template="sign-in")] == ["sent"]


def let_time_work(desk: Desk) -> None:
    """Everything that notify's clock does."""
    for due in DUE:
        due.step(desk.work, desk.clock.now)


# The link


def test_the_whole_way(desk: Desk) -> None:
    """Asked, mailed, looked at (which signs nobody in), pressed: a cookie that no script reads and no other site sends along."""
    staffroom.add(desk, "Moss", MODERATOR)
    desk.post("/sign-in", data={"email": ADDRESS})
    desk.send()
    path = desk.link("sign-in")
    client = desk.browser
    before = desk.stored()
    assert heading(staffroom.ask(desk, client, path)) == "Sign in here?"
    assert desk.stored() == before
    desk.clock.move(seconds=5)
    answer = staffroom.ask(desk, client, path, post={})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff")
    said = staffroom.cookie(answer)
    assert said.startswith("session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={int(LASTS.total_seconds())}"} <= set(said.split("; "))
    page = staffroom.ask(desk, client, "/staff")
    assert heading(page) == "Hello Moss"
    assert "Moderator · reads what groups post, and publishes it" in shown(page)


def test_over_https_the_cookie_is_bound_to_the_host(
    store: Store, prepared: str, clock: MovableClock, mail_server: MailServer, build_dir: Any
) -> None:
    """`__Host-`, Secure, no Domain: no other host can set or read it."""
    with open_desk(store, prepared, mail_server, clock, BUILD_DIR=build_dir, PUBLIC_URL="https://pledge.example.org") as desk:
        path = staffroom.link(desk, staffroom.add(desk, "Moss", MODERATOR))
        desk.clock.move(seconds=1)
        said = staffroom.cookie(staffroom.ask(desk, desk.browser, path, post={}))
    assert said.startswith("__Host-session=")
    assert "Secure" in said.split("; ")
    assert "Domain" not in said


def test_a_link_works_once(desk: Desk) -> None:
    """The second press, and every link that was made before the first, open nothing and say what to do; a later one works."""
    moss = staffroom.add(desk, "Moss", MODERATOR)
    older, newer = staffroom.link(desk, moss), staffroom.link(desk, moss)
    desk.clock.move(seconds=1)
    assert desk.post(newer).status_code == 303
    for path in (newer, older):
        for answer in (desk.get(path), desk.post(path)):
            assert (answer.status_code, heading(answer)) == (410, "This link is used up")
            assert "Set-Cookie" not in answer.headers
    assert desk.post(staffroom.link(desk, moss)).status_code == 303


def test_a_clock_that_is_behind_makes_no_link_work_twice(desk: Desk) -> None:
    """The api's clock is two seconds behind the sender's, which made the link."""
    moss = staffroom.add(desk, "Moss", MODERATOR)
    path = staffroom.link(desk, moss)
    desk.clock.move(seconds=-2)
    assert desk.post(path).status_code == 303
    desk.clock.move(seconds=1)
    assert desk.post(path).status_code == 410


def test_a_link_runs_out(desk: Desk) -> None:
    """After its hour it signs nobody in."""
    path = staffroom.link(desk, staffroom.add(desk, "Moss", MODERATOR))
    desk.clock.move(hours=1)
    assert [desk.get(path).status_code, desk.post(path).status_code] == [410, 410]


def test_another_kind_of_link_signs_nobody_in(desk: Desk) -> None:
    """A confirm token at /sign-in, a sign-in token at /confirm, a made-up one, a broken one: not found, each."""
    desk.offered()
    desk.send()
    confirm = desk.link("confirm").rpartition("/")[2]
    sign_in = staffroom.link(desk, staffroom.add(desk, "Moss", MODERATOR)).rpartition("/")[2]
    for path in (
        f"/sign-in/{confirm}",
        f"/confirm/{sign_in}",
        f"/not-me/{sign_in}",
        f"/stop/{sign_in}",
        f"/sign-in/{new_token()}",
        "/sign-in/x",
    ):
        assert [desk.get(path).status_code, desk.post(path).status_code] == [404, 404], path


def test_two_presses_at_once_give_one_session(desk: Desk) -> None:
    """Of two requests that have both seen the link fresh, one gets the session: the store decides, not the look before."""
    moss = staffroom.add(desk, "Moss", MODERATOR)
    text = staffroom.link(desk, moss).rpartition("/")[2]
    now = desk.clock.move(seconds=1)
    with just_before("update", "staff", lambda: sessions.sign_in(desk.work, text, now)), pytest.raises(Expired):
        sessions.sign_in(desk.work, text, now + timedelta(milliseconds=1))
    assert len(sessions_of(moss.id, now)) == 1


def test_a_button_on_another_site_signs_nobody_in(desk: Desk) -> None:
    """Neither in nor out: such a form is refused before the link is looked at."""
    moss = staffroom.add(desk, "Moss", MODERATOR)
    path = staffroom.link(desk, moss)
    for other in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert desk.post(path, headers=other).status_code == 403
        assert desk.post("/sign-out", headers=other).status_code == 403
    assert sessions_of(moss.id, desk.clock.now) == []


@pytest.mark.parametrize(("asked", "led"), [("/staff/status/notify", "/staff/status/notify"), ("https://evil.example/staff", "/staff")])
def test_the_way_on_is_ours(desk: Desk, asked: str, led: str) -> None:
    """A page that needs a sign-in is where it leads in the end; another site never is. It travels in our store, in no mail."""
    staffroom.add(desk, "Moss", OPERATOR)
    desk.post("/sign-in", data={"email": ADDRESS, "next": asked})
    desk.send()
    assert "next" not in desk.server.last().body("plain")
    desk.clock.move(seconds=1)
    assert desk.post(desk.link("sign-in")).headers["Location"] == led
    assert "evil" not in desk.get(f"/sign-in?next={asked}").text or led != "/staff"


# The session


def test_pages_ask_who_it_is(desk: Desk) -> None:
    """Without a session a page leads to the sign-in and what changes something is refused; with the wrong role both are."""
    answer = desk.get("/staff/people?all=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=%2Fstaff%2Fpeople%3Fall%3D1")
    assert desk.post("/staff/people/invite", data={}).status_code == 401
    assert desk.get("/staff", headers={"Accept": "application/json"}).status_code == 401
    moss = staffroom.come(desk, "Moss", MODERATOR)
    for path in ("/staff/people", "/staff/people/invite", "/staff/status/notify"):
        page = staffroom.ask(desk, moss, path)
        assert (page.status_code, heading(page)) == (403, "You can’t do that from here")
        assert "Your roles don’t open this page" in shown(page)
    assert staffroom.ask(desk, moss, "/staff/people/invite", post={}).status_code == 403


def test_a_session_lasts_twelve_hours(desk: Desk) -> None:
    """However busy it is."""
    moss = staffroom.come(desk, "Moss", MODERATOR)
    desk.clock.move(hours=11, minutes=59)
    assert staffroom.ask(desk, moss, "/staff").status_code == 200
    desk.clock.move(minutes=1)
    assert staffroom.ask(desk, moss, "/staff").status_code == 303


@pytest.mark.parametrize("sent", ["", "x", "AAAA", "A" * 5_000, "é", "=.=.="])
def test_a_cookie_of_nobody(desk: Desk, sent: str) -> None:
    """Made up, too long, half of one: as if there were none."""
    client = desk.app.test_client(use_cookies=False)
    assert staffroom.ask(desk, client, "/staff", headers={"Cookie": f"session={sent}"}).status_code == 303


def test_signing_out_ends_it_for_every_copy(desk: Desk) -> None:
    """The same cookie, kept by somebody, opens nothing any more; the other services are told, once."""
    moss = staffroom.come(desk, "Moss", MODERATOR)
    kept = moss.get_cookie("session")
    assert kept
    other, copy = desk.app.test_client(use_cookies=False), {"Cookie": f"session={kept.value}"}
    assert staffroom.ask(desk, other, "/staff", headers=copy).status_code == 200
    answer = staffroom.ask(desk, moss, "/sign-out", post={})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert "Max-Age=0" in staffroom.cookie(answer)
    assert staffroom.ask(desk, other, "/staff", headers=copy).status_code == 303
    assert staffroom.ask(desk, other, "/sign-out", post={}, headers=copy).status_code == 303
    assert len(staffroom.revoked(desk)) == 1


def test_signing_out_everywhere(desk: Desk) -> None:
    """Both of two machines; nobody else's."""
    moss = staffroom.add(desk, "Moss", MODERATOR)
    here, there = staffroom.sign_in(desk, moss), staffroom.sign_in(desk, moss)
    other = staffroom.come(desk, "Olive", OPERATOR)
    staffroom.ask(desk, here, "/sign-out", post={"everywhere": "yes"})
    assert [staffroom.ask(desk, one, "/staff").status_code for one in (here, there, other)] == [303, 303, 200]
    assert len(staffroom.revoked(desk)) == 2
    desk.clock.move(seconds=1)
    assert staffroom.ask(desk, staffroom.sign_in(desk, moss), "/staff").status_code == 200


@pytest.mark.parametrize("leave", [staff.remove, staff.sign_out_everywhere], ids=["removed", "signed out"])
def test_a_sign_in_under_way_is_ended_too(desk: Desk, leave: Callable[..., None]) -> None:
    """It had read the member before that, and stored its session after: it never counts here, and the clock tells the others."""
    moss, olive = staffroom.add(desk, "Moss", MODERATOR), staffroom.come(desk, "Olive", OPERATOR)
    staffroom.sign_in(desk, moss)
    desk.clock.move(seconds=1)
    began = desk.clock.now
    desk.clock.move(seconds=1)
    leave(desk.work, moss.id, by=staff.THE_COMMAND_LINE, now=desk.clock.now)
    assert len(staffroom.revoked(desk)) == 1
    late = {"_id": str(uuid.uuid4()), "member": moss.id, "issued_at": began, "expires_at": began + LASTS}
    desk.work.db["sessions"].insert_one(late)
    assert not sessions.is_live(str(late["_id"]), desk.clock.now)
    desk.clock.move(seconds=31)
    assert sessions.finish_ending(desk.work, desk.clock.now) == 1
    assert late["_id"] in staffroom.revoked(desk)
    assert len(staffroom.revoked(desk)) == 2
    assert sessions.finish_ending(desk.work, desk.clock.now) == 0
    assert staffroom.ask(desk, olive, "/staff").status_code == 200


def test_nothing_is_kept_in_clear(desk: Desk) -> None:
    """Neither the address, nor the name, nor a link lies in any stored document."""
    staffroom.add(desk, "Zephyrine", OPERATOR)
    desk.post("/sign-in", data={"email": "zephyrine@example.org"})
    desk.send()
    path = desk.link("sign-in")
    desk.clock.move(seconds=1)
    assert desk.post(path).status_code == 303
    everything = repr(desk.stored())
    assert "ephyrine" not in everything
    assert path.rpartition("/")[2] not in everything
    assert rows_of(Token).count_documents({"kind": "sign-in"}) == 1


def test_sessions_that_ran_out_are_forgotten(desk: Desk) -> None:
    """A day after their end, once the others have been told what there was to tell."""
    moss = staffroom.come(desk, "Moss", MODERATOR)
    staffroom.ask(desk, moss, "/sign-out", post={})
    staffroom.come(desk, "Olive", OPERATOR)
    desk.clock.set(desk.clock.now + LASTS + timedelta(days=1, seconds=1))
    let_time_work(desk)
    assert desk.work.db["sessions"].count_documents({}) == 1  # it still has something to tell
