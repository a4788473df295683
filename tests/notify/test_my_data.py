"""/my-data: the same answer to every address, a link by mail, and behind it what we hold, what we sent, and how to end each."""

import json
from datetime import timedelta
from typing import Any

from services.notify import mails, rules
from services.notify.operations import keeping
from services.notify.operations.contacts import PERSONAL
from services.notify.store import Contact, DataRequest, Notification, Suppression, rows_of
from services.notify.web import my_data_words
from shared.reference.consents import EVENING_BEFORE, REMINDERS
from tests.notify.desk import ADA, REFERENCE, WITHDRAW, Desk
from tests.notify.walk import CONSENT, walk
from tests.pages.reading import words


def link_to(desk: Desk, address: str = ADA) -> str:
    """Asked for, mailed, found in the mail."""
    assert desk.post("/my-data", data={"email": address}).status_code == 303
    desk.send()
    assert desk.server.last().to == address
    return desk.link("my-data")


def test_the_same_answer_whoever_it_is(desk: Desk) -> None:
    """Status, page and what is stored are the same for an address that we know and for one that we do not; only one is mailed."""
    desk.offered()
    desk.send()
    desk.mails.clear()
    answers = [desk.post("/my-data", data={"email": address}) for address in (ADA, "nobody@example.org")]
    assert [(answer.status_code, answer.location, answer.data) for answer in answers] == [(303, "/my-data?asked=1", answers[0].data)] * 2
    kept = list(rows_of(DataRequest).find())
    assert len({frozenset(row) for row in kept}) == 1
    assert not any(ADA in str(value) for row in kept for value in row.values())
    desk.send()
    assert [mail.to for mail in desk.mails] == [ADA]
    outcomes = {(row.state, row.reason) for row in Notification.objects(template="my-data")}
    assert outcomes == {("sent", None), ("suppressed", "not-known")}
    assert "on its way" in words(desk.get("/my-data?asked=1").text)


def test_what_is_no_address_is_said_so(desk: Desk) -> None:
    """At the field, with what was typed; nothing is stored."""
    answer = desk.post("/my-data", data={"email": "ada at example"})
    assert answer.status_code == 422
    assert "Type an e-mail address" in words(answer.text)
    assert rows_of(DataRequest).count_documents({}) == 0


def test_five_links_a_day(desk: Desk) -> None:
    """A sixth comes tomorrow: whoever types somebody's address fills no inbox."""
    desk.offered()
    desk.send()
    desk.mails.clear()
    for _ in range(6):
        desk.post("/my-data", data={"email": ADA})
        desk.clock.move(minutes=1)
    desk.send()
    assert len(desk.mails) == 5
    assert Notification.objects(template="my-data", state="suppressed").first().reason == "daily-limit"
    desk.clock.move(days=1)
    link_to(desk)


def test_none_after_this_wasnt_me(desk: Desk) -> None:
    """Whoever told us to leave their address alone is left alone, for as long as we said."""
    desk.confirmed()
    desk.offered()
    desk.send()
    desk.post(desk.link("not-me"))
    walk(desk).guest(ADA).signs_up()
    desk.mails.clear()
    desk.post("/my-data", data={"email": ADA})
    desk.send()
    assert desk.mails == []


def test_what_we_hold(desk: Desk) -> None:
    """Of a pledge and of a place: what was given, since when, each yes with its words, each mail with its why, and their own pages."""
    desk.confirmed()
    guest = walk(desk).guest(ADA).signs_up(consents=[CONSENT])
    desk.send()
    page = desk.get(link_to(desk))
    assert page.status_code == 200
    text = words(page.text)
    for wanted in (ADA, REFERENCE, "Go for a walk", "Walk & talk", "Sam", "You have a place", "“Shall we nudge you?”", "sent."):
        assert wanted in text, wanted
    assert "this address was typed to sign up" in text
    assert "keep my e-mail and this pledge together" in text
    assert "Wording nudge-2026-11" in text
    assert "Not confirmed, so nothing is sent because of it" in text
    for way in (f"/pledged/{REFERENCE}", f"/withdraw/{WITHDRAW}", f"/place/{guest.token}"):
        assert f'href="{way}"' in page.text, way
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in page.headers["Cache-Control"]


def test_somebody_elses_things_are_not_there(desk: Desk) -> None:
    """Nor can they be ended by a link to one's own."""
    other = desk.confirmed("kit.lane@example.org")
    desk.offered()
    desk.send()
    path = link_to(desk)
    assert "kit.lane" not in desk.get(path).text
    assert desk.post(f"{path}/take-back", data={"ref": other, "consent": "nudge-2026-11"}).status_code == 404
    assert desk.post(f"{path}/again", data={"ref": other}).status_code == 404
    assert desk.contact(other).state == rules.CONFIRMED


def test_a_link_is_good_for_a_day(desk: Desk) -> None:
    """Afterwards it says so, kindly, and leads to another; one that is made up is none of ours."""
    desk.offered()
    desk.send()
    path = link_to(desk)
    desk.clock.move(hours=23, minutes=59)
    assert desk.get(path).status_code == 200
    desk.clock.move(minutes=2)
    for answer in (desk.get(path), desk.get(f"{path}/erase"), desk.post(f"{path}/erase"), desk.get(f"{path}/download.json")):
        assert answer.status_code == 410
        assert "has run out" in words(answer.text)
    assert rows_of(Contact).count_documents({"state": rules.OFFERED}) == 1
    assert desk.get("/my-data/" + "A" * 22).status_code == 404
    assert desk.get("/my-data/short").status_code == 404


def test_looking_changes_nothing(desk: Desk) -> None:
    """A mail scanner that follows every link answers nothing."""
    ref = desk.confirmed()
    path = link_to(desk)
    before = rows_of(Contact).find_one({"_id": ref})
    for page in ("", "/erase", "/download.json", "/download.html"):
        assert desk.get(path + page).status_code == 200
    assert rows_of(Contact).find_one({"_id": ref}) == before
    for page in ("/again", "/stop", "/take-back"):
        assert desk.get(path + page).status_code == 405


def test_that_mail_again(desk: Desk) -> None:
    """Once a link, however often the button is pressed: the question of a pledge that is open, and what is so now of a place."""
    for is_place in (False, True):
        ref = walk(desk).guest(ADA).signs_up().ref if is_place else desk.offered()
        desk.send()
        path = link_to(desk)
        desk.mails.clear()
        for _ in range(2):
            assert desk.post(f"{path}/again", data={"ref": ref}).location == f"{path}?done=sent"
            desk.send()
        assert [mail.message["Subject"] for mail in desk.mails] == ["Your place" if is_place else "Your pledge"]
        assert "once more" in words(desk.get(f"{path}?done=sent").text)
        desk.clock.move(hours=25)


def test_a_stop_for_each_purpose(desk: Desk) -> None:
    """Nudges stop and their addresses go; mails of the evening before stop and the place stays."""
    ref = desk.confirmed()
    guest = walk(desk).guest(ADA).signs_up(consents=[CONSENT])
    desk.send()
    path = link_to(desk)
    assert desk.post(f"{path}/stop", data={"purpose": REMINDERS}).location == f"{path}?done=stopped"
    assert (desk.contact(ref).state, desk.contact(ref).sealed) == (rules.SUPPRESSED, None)
    assert desk.said(ref)[-1] == "contact.suppressed: stop"
    desk.post(f"{path}/stop", data={"purpose": EVENING_BEFORE})
    assert desk.contact(guest.ref).state == rules.SERVING
    marks = {row["_id"].partition(":")[0] for row in rows_of(Suppression).find()}
    assert marks == {REMINDERS, EVENING_BEFORE}
    text = words(desk.get(path).text)
    assert text.count("you said stop") == 2
    assert "Stop these" not in text
    assert desk.post(f"{path}/stop", data={"purpose": "tea"}).status_code == 404


def test_a_yes_is_taken_back(desk: Desk) -> None:
    """One alone: another pledge's yes stands, and a place stands without its evening mail. Twice is once."""
    first, second = desk.confirmed(), desk.confirmed(days=9)
    guest = walk(desk).guest(ADA).signs_up(consents=[CONSENT])
    path = link_to(desk)
    for ref, yes in ((first, "nudge-2026-11"), (guest.ref, CONSENT)):
        assert desk.post(f"{path}/take-back", data={"ref": ref, "consent": yes}).location == f"{path}?done=taken-back"
    assert [desk.contact(ref).state for ref in (first, second, guest.ref)] == [rules.SUPPRESSED, rules.CONFIRMED, rules.SERVING]
    assert not desk.contact(guest.ref).consents
    assert desk.post(f"{path}/take-back", data={"ref": first, "consent": "nudge-2026-11"}).status_code == 404
    assert rows_of(Suppression).count_documents({}) == 0


def test_a_copy_to_keep(desk: Desk) -> None:
    """As JSON and as a page that stands by itself; neither holds a link's token."""
    desk.confirmed()
    desk.clock.move(minutes=1)
    guest = walk(desk).guest(ADA).signs_up(consents=[CONSENT])
    desk.send()
    path = link_to(desk)
    answer = desk.get(f"{path}/download.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    held: dict[str, Any] = json.loads(answer.text)
    assert [one["kind"] for one in held["what_we_hold"]] == ["place", "pledge"]
    pledge = held["what_we_hold"][1]
    assert (pledge["email"], pledge["reference"], pledge["consents"][0]["version"]) == (ADA, REFERENCE, "nudge-2026-11")
    assert [(mail["template"], mail["state"]) for mail in pledge["mails"]] == [("confirm", "sent")]
    page = desk.get(f"{path}/download.html")
    assert page.headers["Content-Disposition"] == 'attachment; filename="my-data.html"'
    assert ADA in page.text
    for copy in (answer.text, page.text):
        assert [secret for secret in (WITHDRAW, guest.token, path, "src=", "href=") if secret in copy] == []


def test_a_copy_asked_for_a_hundred_times(desk: Desk) -> None:
    """Twenty an hour; then it says when to come back, and nothing is lost by it."""
    desk.offered()
    desk.send()
    path = link_to(desk)
    answers = [desk.get(f"{path}/download.json") for _ in range(100)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429] * 80
    assert answers[-1].headers["Retry-After"] == "3600"
    assert "many times" in words(answers[-1].text)
    assert desk.get(path).status_code == 200


def test_many_ask_from_one_network(desk: Desk) -> None:
    """A mobile network is one address to us, so that is generous; past it, it says when to come back."""
    answers = [desk.post("/my-data", data={"email": f"somebody{number}@example.org"}).status_code for number in range(61)]
    assert answers == [303] * 60 + [429]


def test_every_mail_has_plain_words() -> None:
    """A template without a name would be shown by its code."""
    assert mails.TEMPLATES.keys() == my_data_words.MAIL_WORDS.keys() == my_data_words.WHY.keys()


def test_nothing_that_leads_to_a_person_is_kept_of_asking(desk: Desk) -> None:
    """Who asked is forgotten after two days, and with it the row of a mail that never went."""
    desk.post("/my-data", data={"email": "nobody@example.org"})
    desk.send()
    keeping.forget_rows(desk.work, desk.clock.now + timedelta(days=2, seconds=1))
    assert rows_of(DataRequest).count_documents({}) == 0
    assert Notification.objects(template="my-data").count() == 0


def test_a_box_that_cannot_be_opened(desk: Desk) -> None:
    """Sealed to a key that is gone: the page says so, and erasing goes on."""
    ref = desk.offered()
    desk.send()
    rows_of(Contact).update_one({"_id": ref}, {"$set": {"sealed": "AAAA"}})
    path = link_to(desk)
    assert "we cannot open it any more" in words(desk.get(path).text)
    assert desk.post(f"{path}/erase").status_code == 303
    assert not set(rows_of(Contact).find_one({"_id": ref}) or {}) & set(PERSONAL)
