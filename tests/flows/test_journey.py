"""The first journey through the front door, the three services, the broker and the mail catcher; nothing is faked."""

import time
import uuid
from typing import Any

import pytest

from tests.support.stack import Stack, links, new_address
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


def grows(stack: Stack, before: dict[str, Any], counter: str, by: int, part: str = "value") -> None:
    until(lambda: stack.counters()[counter][part] == before[counter][part] + by, f"{counter}.{part} moves by {by}", 30)


def standing(stack: Stack) -> dict[str, Any]:
    """The counters, once what earlier tests left on its way is counted: they stay for longer than a page keeps a number."""
    before = stack.counters()
    while True:
        time.sleep(2)
        if (now := stack.counters()) == before:
            return now
        before = now


def test_an_anonymous_pledge_is_counted(stack: Stack) -> None:
    """A pledge without an address counts at once, as a pledge and as an interaction, and says so by its id."""
    before = standing(stack)
    made = stack.pledge(borough="E09000012", channel="posters")
    assert made["status"] == "anonymous"
    assert stack.status_of(made["id"]) == {
        "id": made["id"],
        "action": "walk-together",
        "theme": 1,
        "area": "hackney",
        "week": stack.status_of(made["id"])["week"],
        "status": "anonymous",
        "answer": None,
    }
    grows(stack, before, "pledge", 1)
    grows(stack, before, "interaction", 1)


def test_with_a_nudge_from_the_form_to_the_answer(stack: Stack) -> None:
    """Offered, mailed, confirmed, nudged, answered: each step moves what it should, and no more than two mails come."""
    address, before = new_address(), standing(stack)
    made = stack.pledge_with_nudge(address)
    assert made["status"] == "unconfirmed"
    link = links(stack.mail_to(address))
    assert link["not-me"]
    assert link["withdraw"]

    page = stack.get(link["confirm"])
    assert page.status_code == 200
    assert stack.status_of(made["id"])["status"] == "unconfirmed", "a link that is only looked at says yes to nothing"
    assert stack.post(link["confirm"]).status_code == 303
    until(lambda: stack.status_of(made["id"])["status"] == "confirmed", "pledge hears of it")
    grows(stack, before, "pledge", 1, "confirmed")

    assert stack.say("command", "notify", "send-due-nudges").returncode == 0
    nudge = stack.mail_to(address, 2)
    assert nudge["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    answer = links(nudge)["did-it"]
    assert made["reference"] in answer
    assert stack.post(answer, data={"answer": "yes"}).status_code == 303
    until(lambda: stack.status_of(made["id"])["answer"] == "yes", "the answer is stored")
    grows(stack, before, "kept", 1)
    assert len(stack.mails_to(address)) == 2


def test_withdrawn_by_the_mailed_link(stack: Stack) -> None:
    """Taking it back takes it out of the count, stops the mails, and twice is as once."""
    address, before = new_address(), standing(stack)
    made = stack.pledge_with_nudge(address)
    link = links(stack.mail_to(address))
    stack.post(link["confirm"])
    until(lambda: stack.status_of(made["id"])["status"] == "confirmed", "pledge hears of it")
    for _ in range(2):
        assert stack.post(link["withdraw"]).status_code == 303
    grows(stack, before, "interaction", 1)
    grows(stack, before, "pledge", 0)
    grows(stack, before, "pledge", 0, "confirmed")
    assert stack.status_of(made["id"])["status"] == "withdrawn"
    notify = stack.database("notify")
    until(lambda: notify.promises.count_documents({"state": "withdrawn"}) > 0, "notify hears of it")
    stack.say("command", "notify", "send-due-nudges")
    ref = stack.database("pledge").pledges.find_one({"_id": made["id"]})["ref"]  # type: ignore[index]  # it is there
    until(lambda: notify.notifications.count_documents({"ref": ref, "state": "suppressed"}) == 1, "the nudge is held back", 20)
    assert notify.notifications.find_one({"ref": ref, "state": "suppressed"})["reason"] == "withdrawn"  # type: ignore[index]
    assert len(stack.mails_to(address)) == 1


def test_stopped_by_the_mail_programs_own_button(stack: Stack) -> None:
    """RFC 8058: a POST without cookie or Origin stops these mails, the address is forgotten, the pledge stays confirmed."""
    address = new_address()
    made = stack.pledge_with_nudge(address)
    stack.post(links(stack.mail_to(address))["confirm"])
    until(lambda: stack.status_of(made["id"])["status"] == "confirmed", "pledge hears of it")
    stack.say("command", "notify", "send-due-nudges")
    nudge = stack.mail_to(address, 2)
    url = nudge["headers"]["List-Unsubscribe"].strip("<>").removeprefix(stack.url)
    for _ in range(2):
        answer = stack.post(url, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code in (200, 303)
    pledges = stack.database("pledge").pledges
    until(lambda: "ref" not in (pledges.find_one({"_id": made["id"]}) or {"ref": 1}), "the tie is gone")
    assert stack.status_of(made["id"])["status"] == "confirmed"


def test_this_was_not_me(stack: Stack) -> None:
    """The address goes, the pledge lapses to anonymous and stays counted, and the same address gets no first mail again."""
    address = new_address()
    made = stack.pledge_with_nudge(address)
    link = links(stack.mail_to(address))
    assert stack.post(link["not-me"]).status_code == 303
    until(lambda: stack.status_of(made["id"])["status"] == "anonymous", "it lapses")
    again = stack.pledge_with_nudge(address)
    until(lambda: stack.status_of(again["id"])["status"] == "anonymous", "the second one lapses unsent", 20)
    assert len(stack.mails_to(address)) == 1


def test_a_corrected_address_gets_the_mail(stack: Stack) -> None:
    """“I typed the wrong e-mail”: the new address is mailed, and the old link leads nowhere."""
    wrong, right = new_address(), new_address()
    made = stack.pledge_with_nudge(wrong)
    old = links(stack.mail_to(wrong))
    form = {"when": "saturday", "email": right, "consent": "nudge-2026-11", "key": str(uuid.uuid4())}
    answer = stack.post(f"/pledged/{made['reference']}/nudge", data=form)
    assert answer.status_code == 303, answer.text
    new = links(stack.mail_to(right))
    until(lambda: stack.get(old["confirm"]).status_code in (404, 410), "the old link has run out")
    assert stack.post(new["confirm"]).status_code == 303
    until(lambda: stack.status_of(made["id"])["status"] == "confirmed", "the new one is heard")


def test_rebuild_finds_the_same_numbers(stack: Stack) -> None:
    """Summing every counted message again changes nothing."""
    before = stack.counters()
    said = stack.say("command", "pledge", "rebuild")
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.strip().endswith("0 cells were different"), said.stdout
    assert stack.counters()["pledge"]["value"] >= before["pledge"]["value"]
