"""The pages behind mailed links: GET shows, POST acts, each state says what is so and leads on, and nothing sent to them is a 5xx."""

import re
from typing import Any
from urllib.parse import quote

import pytest

from services.notify import rules
from services.notify.operations import contacts
from shared.security.tokens import new_token
from tests.notify.desk import REFERENCE, Desk
from tests.pages.reading import tags, words


def shown(answer: Any) -> str:
    """The words of a page's main part."""
    page = answer.get_data(as_text=True)
    found = re.search(r"<main.*</main>", page, re.DOTALL)
    assert found, page
    return words(found[0])


def heading(answer: Any) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.get_data(as_text=True), re.DOTALL)
    assert found, "the page has no heading"
    return words(found[1])


def ways_on(answer: Any) -> set[str]:
    """Where the main part leads, by link or by button."""
    page = answer.get_data(as_text=True)
    main = page[page.index("<main") : page.index("</main>")]
    return {tag["href"] for tag in tags(main, "a")} | {tag["method"] for tag in tags(main, "form")}


def every_link(desk: Desk) -> dict[str, str]:
    """A fresh link of each kind, of one contact that was nudged."""
    desk.nudged()
    return {
        "confirm": desk.link("confirm", desk.mails[0]),
        "not-me": desk.link("not-me", desk.mails[0]),
        "stop": desk.link("stop"),
        "not-now": desk.link("not-now"),
    }


def test_looking_changes_nothing(desk: Desk) -> None:
    """A mail scanner may follow every link, as often as it likes: no stored document changes, and no copy of a page is kept."""
    desk.offered()
    desk.send()
    fresh = [desk.link("confirm"), desk.link("not-me")]
    links = [*fresh, *every_link(desk).values()]
    before = desk.stored()
    for method in ("GET", "GET", "HEAD", "OPTIONS"):
        for path in links:
            answer = desk.browser.open(path, method=method, base_url=desk.work.settings.public_url)
            assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert desk.stored() == before


def test_confirm_page(desk: Desk) -> None:
    """It says what one says yes to, word for word, and when; after the yes what comes, and never asks twice."""
    desk.offered()
    desk.send()
    path = desk.link("confirm")
    page = desk.get(path)
    assert heading(page) == "Shall we nudge you?"
    assert "You pledged to go for a walk with someone. We can nudge you once, at 9am on Saturday 13 June." in shown(page)
    assert "Yes: keep my e-mail and this pledge together, to send me this one nudge and ask how it went. Nothing else." in shown(page)
    assert "post" in ways_on(page)
    answer = desk.post(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    for answer in (desk.get(path), desk.get(path)):
        assert heading(answer) == "Your nudge is set"
        assert "once, at 9am on Saturday 13 June" in shown(answer)
        assert {f"/did-it/{REFERENCE}", "/pledge"} <= ways_on(answer)
        assert "post" not in ways_on(answer)


def test_a_late_yes_is_told_its_day(desk: Desk) -> None:
    """Who opens the link after the hour that was asked for reads the day that a yes would mean now."""
    desk.offered()
    desk.send()
    desk.clock.move(days=5)
    assert "at 9am on Tuesday 16 June" in shown(desk.get(desk.link("confirm")))


def test_confirm_page_after_the_nudge(desk: Desk) -> None:
    """Once the nudge has gone the link says so, and does not promise another one."""
    path = every_link(desk)["confirm"]
    page = desk.get(path)
    assert (page.status_code, heading(page)) == (200, "Your nudge was for Saturday 13 June")
    assert f"/did-it/{REFERENCE}" in ways_on(page)


def test_confirm_page_after_an_answer(desk: Desk) -> None:
    """Who has said how it went is thanked, and told that no nudge comes."""
    ref = desk.confirmed()
    desk.promise("kept", ref, 3, answer="yes")
    assert heading(desk.get(desk.link("confirm"))) == "Thank you for telling us"


def test_a_confirm_link_that_is_over(desk: Desk) -> None:
    """A link with nothing left to do is 410, says why in plain words, and leads on; the pledge is never in doubt."""
    said = {}
    for name in ("week", "corrected", "not-me", "stopped", "withdrawn", "forgotten"):
        ref = desk.offered(f"{name}@example.org", days=30 if name == "forgotten" else 3)
        desk.send()
        said[name] = ref, desk.link("confirm"), desk.link("not-me")
    desk.post(said["not-me"][2])
    for name in ("stopped", "forgotten"):
        desk.post(said[name][1])
    desk.offered(replaces=said["corrected"][0])
    desk.promise("withdrawn", said["withdrawn"][0], 3)
    desk.clock.move(days=3)
    desk.plan_nudges()
    desk.send()
    desk.post(desk.link("stop", next(mail for mail in desk.mails if mail.to == "stopped@example.org" and "/stop/" in mail.body("plain"))))
    desk.clock.move(days=4)
    contacts.expire(desk.work, desk.clock.now)
    desk.clock.move(days=120)
    contacts.forget_old(desk.work, desk.clock.now)
    expected = {
        "week": "This link has run out",
        "corrected": "This pledge has another e-mail now",
        "not-me": "We send nothing to this address",
        "stopped": "We send nothing to this address",
        "withdrawn": "This pledge was taken back",
        "forgotten": "This was a while ago",
    }
    for name, (_, path, _) in said.items():
        for answer in (desk.get(path), desk.post(path)):
            assert (name, answer.status_code, heading(answer)) == (name, 410, expected[name])
            assert {"/pledge", "/did-it"} <= ways_on(answer)
            assert "post" not in ways_on(answer)
    assert "Your pledge still counts." in shown(desk.get(said["week"][1]))


def test_not_me_page(desk: Desk) -> None:
    """It asks once, forgets at once, and says what is kept; a link of an address that went by itself offers the 90 days."""
    desk.offered()
    desk.send()
    path = desk.link("not-me")
    assert heading(desk.get(path)) == "This wasn’t you?"
    assert desk.post(path).status_code == 303
    page = desk.get(path)
    assert (page.status_code, heading(page)) == (200, "We have forgotten this address")
    assert "For 90 days we send nothing to it, whoever types it." in shown(page)
    assert "post" not in ways_on(page)
    assert desk.post(path).status_code == 303

    lapsed = desk.offered("bo.fern@example.org")
    desk.send()
    late = desk.link("not-me")
    desk.clock.move(days=7)
    contacts.expire(desk.work, desk.clock.now)
    assert desk.contact(lapsed).state == rules.EXPIRED
    assert "You need do nothing: we hold it no more." in shown(desk.get(late))
    assert "post" in ways_on(desk.get(late))
    desk.post(late)
    assert "For 90 days we send nothing to it" in shown(desk.get(late))
    desk.clock.move(days=90)
    assert "post" in ways_on(desk.get(late))


def test_stop_page(desk: Desk) -> None:
    """It asks once, works at once, and says so however often and however late it is opened."""
    desk.nudged()
    path = desk.link("stop")
    assert heading(desk.get(path)) == "Stop these mails?"
    answer = desk.post(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    for days in (0, 1, 400):
        desk.clock.move(days=days)
        page = desk.get(path)
        assert (page.status_code, heading(page)) == (200, "These mails have stopped")
        assert "/pledge" in ways_on(page)
        assert desk.post(path).status_code == 303


@pytest.mark.parametrize(
    ("headers", "content_type"),
    [
        ({}, "application/x-www-form-urlencoded"),
        ({"Origin": "https://mail.example.net"}, "multipart/form-data"),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, "application/x-www-form-urlencoded"),
    ],
    ids=str,
)
def test_one_click(desk: Desk, headers: dict[str, str], content_type: str) -> None:
    """A mail program's own button (RFC 8058) works at once, with no cookie and from any origin, and is not sent on."""
    ref = desk.nudged()
    header = str(desk.server.last().message["List-Unsubscribe"])
    path = header.removeprefix("<http://localhost:8000").removesuffix(">")
    assert path == desk.link("stop")
    answer = desk.post(path, data={"List-Unsubscribe": "One-Click"}, content_type=content_type, headers=headers)
    assert (answer.status_code, heading(answer)) == (200, "These mails have stopped")
    assert "Set-Cookie" not in answer.headers
    assert desk.contact(ref).state == rules.SUPPRESSED


BODIES: list[tuple[bytes, str | None]] = [
    (b"", None),
    (b"{", "application/json"),
    (b"\xff\xfe=\x00&&&", "application/x-www-form-urlencoded"),
    (b"List-Unsubscribe=%FF%00", "application/x-www-form-urlencoded"),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    (b"no boundary", "multipart/form-data"),
    (b"a=" + b"x" * 60_000, "text/plain"),
]


def test_stop_minds_no_body(desk: Desk) -> None:
    """Whatever a mail program puts into the body, stop means stop."""
    ref = desk.nudged()
    path = desk.link("stop")
    for body, content_type in BODIES:
        now = desk.clock.move(minutes=1)
        answer = desk.post(path, data=body, content_type=content_type)
        assert answer.status_code in (200, 303), body[:40]
        assert [row["at"] for row in desk.stored()["suppressions"]] == [now], body[:40]
    assert desk.contact(ref).state == rules.SUPPRESSED


@pytest.mark.parametrize("kind", ["confirm", "not-me"])
def test_only_our_own_page_says_yes(desk: Desk, kind: str) -> None:
    """Another site cannot press a button for anybody; without an Origin (an old browser) it works."""
    refused: list[tuple[dict[str, str], int]] = [
        ({"Origin": "https://elsewhere.example.net"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "elsewhere.example.net"}, 421),
    ]
    ref = desk.offered()
    desk.send()
    before = desk.stored()
    for headers, status in refused:
        assert desk.post(desk.link(kind), headers=headers).status_code == status
    assert desk.stored() == before
    own = {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"}
    assert desk.post(desk.link(kind), headers=own if kind == "confirm" else {}).status_code == 303
    assert desk.contact(ref).state != rules.OFFERED


STRANGE = [
    "x",
    new_token(),
    "A" * 22 + "/",
    "A" * 5000,
    "%00" * 22,
    "%FF%FE",
    "%ED%A0%80",
    "..%2f..%2fetc",
    "{'$ne':1}",
    quote("ü" * 22),
    "'\"<script>",
]


@pytest.mark.parametrize("kind", ["confirm", "not-me", "stop", "not-now"])
def test_strange_links(desk: Desk, kind: str) -> None:
    """A link that is not ours, in whatever form, is kindly refused with a way on, and never repeated on the page."""
    before = desk.stored()
    for text in STRANGE:
        for answer in (desk.get(f"/{kind}/{text}"), desk.post(f"/{kind}/{text}")):
            assert answer.status_code in (400, 404, 405, 414), text
            page = answer.get_data(as_text=True)
            assert "Samaritans" in page
            assert "/" in ways_on(answer)
            assert text[:22] not in shown(answer) or len(text) < 3
    assert "Copy the whole link from our mail." in shown(desk.get(f"/{kind}/{new_token()}"))
    assert desk.stored() == before


def test_a_link_of_another_kind(desk: Desk) -> None:
    """A token opens the page that it was made for, and no other one."""
    links = every_link(desk)
    before = desk.stored()
    for kind, path in links.items():
        for other in links:
            if other != kind:
                moved = path.replace(f"/{kind}/", f"/{other}/")
                assert {desk.get(moved).status_code, desk.post(moved).status_code} == {404}
    assert desk.stored() == before


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods(desk: Desk, method: str) -> None:
    """What a page does not know it refuses."""
    answer = desk.browser.open(f"/stop/{new_token()}", method=method.upper(), base_url="http://localhost:8000")
    assert answer.status_code == 405


def test_probes_say_nothing_about_people(desk: Desk) -> None:
    """Ready means that the store answers; the numbers name routes, never paths."""
    path = every_link(desk)["confirm"]
    desk.get(path)
    assert desk.get("/readyz").status_code == 200
    numbers = desk.get("/metrics").get_data(as_text=True)
    assert 'route="/confirm/<token>"' in numbers
    assert path.rpartition("/")[2] not in numbers


def test_a_page_never_shows_the_address(desk: Desk) -> None:
    """A link may be forwarded: no page behind it shows the address, or leads anywhere outside this site."""
    links = every_link(desk)
    for path in links.values():
        page = desk.get(path).get_data(as_text=True)
        assert "ada.quill" not in page.lower()
        assert all(tag["href"].startswith(("/", "#", "tel:", "sms:")) for tag in tags(page, "a"))
