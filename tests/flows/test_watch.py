"""/local/watch on the whole stack, pressed as a newcomer presses it: without JavaScript, on a phone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.support.browsers import faults
from tests.support.stack import Stack, links, new_address
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.timeout(300)]

STOP = re.compile("^Stop Kafka for 20 seconds and send 200 pledges$")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    yield context.new_page()
    context.close()


def tiles(page: Page) -> list[int]:
    """Accepted, waiting, counted, lost, twice."""
    words = " ".join(page.locator(".tiles3 .count").all_inner_texts())
    return [int(number) for number in re.findall(r"\d+", words.replace(",", ""))]


def settled(stack: Stack, page: Page) -> list[int]:
    """The tiles once nothing waits."""

    def nothing_waits() -> bool:
        page.goto(f"{stack.url}/local/watch")
        return tiles(page)[1] == 0

    until(nothing_waits, "nothing waits", 60)
    return tiles(page)


@pytest.mark.proof
def test_kafka_stops_and_nothing_is_lost(stack: Stack, page: Page, browser: Browser) -> None:
    """Pressed, 200 pledges are accepted at once and wait; then all are counted, none lost, none twice, while the page loads itself."""
    accepted = settled(stack, page)[0]
    page.get_by_role("button", name=STOP).click()
    assert page.url == f"{stack.url}/local/watch?follow=1"
    assert page.locator("#run-title").inner_text() == "Kafka stands still"
    assert stack.post("/local/stop-kafka").status_code == 409
    assert stack.get("/local/watch?follow=1").headers["Refresh"] == "2; url=/local/watch?follow=1"
    assert "Refresh" not in stack.get("/local/watch").headers

    seen = []

    def is_over() -> bool:
        try:
            seen.append(tiles(page))
            return "nothing was lost" in page.locator("#run-title").inner_text()
        except (Error, IndexError):  # the page is just loading itself again
            return False

    until(is_over, "the page tells by itself that it is over", 120)
    assert max((waiting for _, waiting, *_ in seen), default=0) >= 190
    assert {tuple(wrong) for *_, lost, twice in seen for wrong in [(lost, twice)]} == {(0, 0)}
    assert settled(stack, page) == [accepted + 200, 0, accepted + 200, 0, 0]
    assert stack.counters()["pledge"]["value"] is not None
    assert "Refresh" not in stack.get("/local/watch?follow=1").headers
    for width in (320, 390, 1280):
        _is_sound(browser, stack, width)


def _is_sound(browser: Browser, stack: Stack, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    looked = context.new_page()
    looked.goto(f"{stack.url}/local/watch")
    assert faults(looked) == []
    assert looked.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    context.close()


def test_a_row_tells_the_way_of_a_pledge_and_its_mail(stack: Stack, page: Page) -> None:
    """The newest row has a time for every stage, Kafka's partition and offset, and the mail's; a confirmed nudge goes at a press."""
    assert stack.say("command", "notify", "send-due-nudges").returncode == 0  # what other tests have left to plan
    address = new_address()
    stack.pledge_with_nudge(address, action="ask-twice")
    stack.post(links(stack.mail_to(address))["confirm"])
    settled(stack, page)
    whole = re.compile(r"[\d,]+ ask-twice [\d,]+ ms [\d,]+ ms \d / \d+ [\d,]+ ms [\d,]+ ms [\d,]+ ms")
    until(lambda: bool(page.goto(f"{stack.url}/local/watch")) and bool(whole.fullmatch(_row(page))), "every stage has its time")
    page.get_by_role("button", name="Send due nudges now").click()
    assert re.search(r"At \d\d:\d\d:\d\d one nudge was planned\.", page.locator("main").inner_text())
    assert "did-it" in links(stack.mail_to(address, 2))
    page.get_by_role("button", name="Send due nudges now").click()
    assert "no nudge was left to plan" in page.locator("main").inner_text()


def _row(page: Page) -> str:
    """The newest row's words."""
    return " ".join(page.locator("tbody tr").first.inner_text().split())
