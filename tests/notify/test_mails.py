"""The mails, read as they arrive: the same words in both bodies, help in both, nothing on a locked screen, nothing that watches."""

import re
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from services.notify.mails import writing
from services.notify.operations import evenings
from services.notify.rules.evenings import evening_before
from shared.reference.actions import Action, every_action
from shared.reference.crisis import crisis_lines
from shared.runtime.clock import LONDON
from shared.security.sessions import SAFEGUARDING
from tests.notify import staffroom
from tests.notify.desk import ADA, REFERENCE, WITHDRAW, Desk
from tests.notify.test_checking import held
from tests.notify.walk import CONSENT, walk
from tests.support.smtp import Received

OURS = "http://localhost:8000"
ACTIONS = every_action()
MOMENT = datetime(2026, 6, 13, 9, tzinfo=LONDON)


class Reading(HTMLParser):
    """The words of a mail's HTML, hidden ones left out, and what a mail program could fetch or follow."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._hidden or tag in ("head", "style") or "display: none" in given.get("style", ""):
            self._hidden += tag not in ("meta", "br", "link", "img")
        elif tag == "a":
            self.links.append(given["href"])
        self.fetched += [given[name] for name in ("src", "srcset", "background", "poster", "data") if name in given]
        if tag in ("script", "link", "iframe", "object", "form", "img"):
            self.fetched.append(tag)
        if tag in ("p", "li", "h1", "h2", "br"):
            self.words.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= bool(self._hidden)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)

    @property
    def paragraphs(self) -> str:
        return "".join(self.words)

    @property
    def text(self) -> str:
        return _spaced(self.paragraphs)


def _spaced(text: str) -> str:
    return " ".join(text.split())


def sentences(text: str) -> set[str]:
    """What is said, without the marks at the ends, in lower case; links are not said."""
    said = re.split(r"(?<=[.?!:])\s+|\n\s*\n", re.sub(r"\S+://\S+", "", text))
    return {_spaced(one).strip(" .:").lower() for one in said if _spaced(one).strip(" .:")}


def confirm_mail(desk: Desk, **more: Any) -> Received:
    desk.offered(**more)
    desk.send()
    return desk.server.last()


def nudge_mail(desk: Desk, **more: Any) -> Received:
    desk.nudged(**more)
    return desk.server.last()


def evening_mail(desk: Desk) -> Received:
    here = walk(desk)
    here.guest(ADA).signs_up(consents=[CONSENT], party=2)
    desk.send()
    desk.post(desk.link("confirm"))
    desk.clock.set(evening_before(here.starts))
    evenings.plan_due(desk.work, desk.clock.now)
    desk.send()
    return desk.server.last()


def held_mail(desk: Desk) -> Received:
    """The last of the day, of several texts."""
    who = staffroom.add(desk, "Ada", SAFEGUARDING)
    staffroom.sign_in(desk, who)
    for number in range(6):
        desk.hear(held(desk))
        if number != 4:
            desk.send()
        desk.clock.move(minutes=1)
    return desk.server.last()


SUBJECTS = {"confirm": "Your pledge", "nudge": "Your pledge", "evening": "Your place", "held": "Something to read"}


@pytest.fixture(params=SUBJECTS)
def mail(desk: Desk, request: pytest.FixtureRequest) -> Received:
    writers = {"confirm": confirm_mail, "nudge": nudge_mail, "evening": evening_mail, "held": held_mail}
    made: Received = writers[request.param](desk)
    assert made.message["Subject"] == SUBJECTS[request.param]
    return made


def test_both_bodies_say_the_same(mail: Received) -> None:
    """Who reads plain text misses nothing: the same words, and the same links of ours in the same order."""
    reading, text = Reading(mail.body("html")), mail.body("plain")
    words = _spaced(re.sub(r"\S+://\S+", "", text)).lower()
    for one in sentences(reading.paragraphs):
        assert one in words, f"the plain text does not say: {one}"
    spoken = reading.text.lower()
    for paragraph in re.split(r"\n\s*\n", text):
        for one in sentences(paragraph):
            assert one in spoken, f"the HTML does not say: {one}"
    assert [link for link in reading.links if link.startswith("http")] == re.findall(r"^  (http\S+)$", text, re.MULTILINE)


def test_help_is_in_both(mail: Received) -> None:
    """Each help line that is for mails is in both bodies, as it was checked with the helpline, and can be tapped."""
    lines = [line for line in crisis_lines() if line.in_mails]
    assert len(lines) >= 4
    reading, text = Reading(mail.body("html")), mail.body("plain")
    for line in lines:
        assert line.plain in text
        assert _spaced(line.plain) in reading.text
        assert line.href in reading.links


def test_nothing_on_a_locked_screen(mail: Received) -> None:
    """Sender, subject and the first words that a phone shows say nothing of what was pledged."""
    assert "walk" not in str(mail.message["From"]).lower()
    body = mail.body("html")
    preview = re.search(r'<body>\s*<div aria-hidden="true" style="display: none[^"]*">(.*?)</div>', body, re.DOTALL)
    assert preview, "the first thing in the mail is its preview"
    assert "walk" not in preview[1]
    assert preview[1].count("&nbsp;") >= 60, "what follows would be pulled into the preview"


def test_nothing_watches(mail: Received) -> None:
    """No pixel, no script, no font, no picture: nothing in a mail is fetched, and no link but to us, and none is unlike another's."""
    reading = Reading(mail.body("html"))
    assert reading.fetched == []
    assert "url(" not in mail.body("html")
    assert "@import" not in mail.body("html")
    assert all(link.startswith((f"{OURS}/", "tel:", "sms:")) for link in reading.links)
    assert ADA not in mail.body("html") + mail.body("plain")
    assert "ada" not in " ".join(reading.links).lower()
    assert len(mail.body("html")) < 15_000


def test_lines_are_short(mail: Received) -> None:
    """Plain text keeps under 73 signs a line, a link alone on its own line excepted."""
    for line in mail.body("plain").splitlines():
        assert len(line) <= 72 or line.strip().startswith("http"), line
        assert line == line.rstrip()
    assert "\n\n\n\n" not in mail.body("plain")


def test_why_and_the_way_out(desk: Desk) -> None:
    """Each mail says why it comes and how to end it; only the nudge, which was asked for, has a stop link and its header."""
    confirm = confirm_mail(desk)
    for body in (confirm.body("plain"), Reading(confirm.body("html")).text):
        assert "On Wednesday 10 June somebody asked us for one nudge to this address." in _spaced(body.replace("on Wed", "On Wed"))
        assert "If you do nothing, none comes, and we forget the address after 7 days." in _spaced(body)
        assert "We are not an emergency service." in body
    assert desk.link("not-me")
    assert desk.link("withdraw") == f"/withdraw/{WITHDRAW}"
    assert "/stop/" not in confirm.body("plain")
    assert confirm.message["List-Unsubscribe"] is None

    nudge_mail(desk, address="bo.fern@example.org")
    nudge = desk.server.last()
    for body in (nudge.body("plain"), Reading(nudge.body("html")).text):
        assert "you asked us for one nudge, and tapped the link to say yes." in _spaced(body)
        assert "We send nothing else, and we don’t see whether you open this." in _spaced(body)
    assert nudge.message["List-Unsubscribe"] == f"<{OURS}{desk.link('stop')}>"
    assert nudge.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert desk.link("withdraw") == f"/withdraw/{WITHDRAW}"
    assert desk.link("not-now")
    assert desk.link("did-it") == f"/did-it/{REFERENCE}"
    assert REFERENCE in nudge.body("plain")


def test_the_hour_is_greeted(desk: Desk) -> None:
    """A nudge that comes in the morning says good morning; one that the server put off until later does not."""
    nudge_mail(desk)
    assert desk.server.last().body("plain").startswith("Good morning. Here’s your nudge.\n")
    ref = desk.confirmed("bo.fern@example.org")
    desk.clock.set(desk.contact(ref).nudge_due)
    desk.plan_nudges()
    desk.server.behave(rcpt="451 Later", times=1)
    desk.send()
    desk.clock.move(hours=5)
    desk.send()
    assert desk.server.last().body("plain").startswith("Hello. Here’s your nudge.\n")


# The words of each action


def written(template: str, action: Action) -> writing.Words:
    links = {
        name: f"{OURS}/{name.removesuffix('_url')}/x"
        for name in ("confirm_url", "not_me_url", "stop_url", "not_now_url", "withdraw_url", "did_it_url")
    }
    given = {"reference": REFERENCE, "nudge_at": MOMENT, "offered_at": MOMENT, "again": False, "morning": True}
    return writing.write(template, "Collaboration with Londoners", action=action, **given, **links)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.slug)
def test_each_action_reads_well(action: Action) -> None:
    """Each action's words fit the sentences of both mails: no doubled stop, no capital inside, one or two short sentences of its own."""
    confirm, nudge = _spaced(written("confirm", action).text), _spaced(written("nudge", action).text)
    assert f"Did you pledge to {action.short}? Somebody did" in confirm
    assert f"You said you’d {action.short}. {action.nudge_line} " in nudge
    assert action.short[0].islower()
    assert action.short[-1].isalnum()
    assert action.nudge_line[-1] in ".?"
    assert all(len(one.split()) <= 20 for one in re.split(r"(?<=[.?!])\s+", action.nudge_line))
    assert not re.search(r"\b(committed|failed|sufferer|oops)\b", confirm + nudge, re.IGNORECASE)
    for html in (written("confirm", action).html, written("nudge", action).html):
        assert "{{" not in html
        assert "&amp;amp;" not in html
    if action.helpful_link:
        assert action.helpful_link.url in written("nudge", action).text


def test_what_is_typed_is_only_text() -> None:
    """Whatever stands in a name or a reference is shown as text in HTML, and as it is in plain text."""
    words = writing.write(
        "nudge",
        "Care & <b>Co</b>",
        action=ACTIONS[0],
        reference="<i>&",
        nudge_at=MOMENT,
        offered_at=MOMENT,
        again=False,
        morning=True,
        stop_url="s",
        not_now_url="n",
        withdraw_url="w",
        did_it_url="d",
    )
    assert "<i>" not in words.html
    assert "Care &amp; &lt;b&gt;Co" in words.html
    assert "Care & <b>Co</b>" in words.text


def test_a_missing_value_is_an_error() -> None:
    """A template that is not given all it needs writes nothing at all."""
    with pytest.raises(Exception, match="undefined"):
        writing.write("nudge", "Collaboration with Londoners", action=ACTIONS[0])
