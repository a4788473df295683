"""Pictures of the product's pages, for people: `python -m tests.support.screens http://localhost:8000 docs/screens`.

Needs a stack with demo data (`make up`), of this PORT and DATA_DIR. Makes one pledge with a nudge, and signs in as the demo's
organiser and moderator, so that every page of a journey is drawn.
"""

import os
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import requests
from playwright.sync_api import Page, sync_playwright

from shared.laptop import demo_people
from shared.laptop.places import Laptop
from tests.support.chromium import ARGUMENTS, find
from tests.support.stack import new_address
from tests.support.waiting import until

WIDTHS = (390, 1280)
FULL_WALK = "Towpath at dusk"
LINK = re.compile(r"https?://\S+")
PAGES = {
    "home": "/",
    "actions": "/pledge",
    "action": "/pledge/walk-together",
    "progress": "/progress",
    "area": "/area/hackney",
    "data": "/data",
    "whats-on": "/whats-on",
    "for-groups": "/groups",
    "crisis": "/crisis",
    "watch": "/local/watch",
}


def draw(url: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(os.environ), args=list(ARGUMENTS))
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": 844})
            for name, path in PAGES.items():
                page.goto(url + path)
                _keep(page, folder, name, width)
            _first_of(page, url, "/whats-on", "/event/", folder, "event", width)
            _first_of(page, url, "/whats-on", "/initiative/", folder, "initiative", width)
            _journey(page, url, folder, width)
            _joining(page, url, folder, width)
            _signed_in(page, url, folder, width)
        browser.close()


def _journey(page: Page, url: str, folder: Path, width: int) -> None:
    page.goto(f"{url}/pledge/walk-together")
    page.get_by_role("button", name="nudge me by e-mail").click()
    page.get_by_role("button", name="Send my nudge").click()
    _keep(page, folder, "nudge-error", width)
    page.get_by_label("Your e-mail").fill(new_address())
    page.locator("#consent").check()
    page.get_by_role("button", name="Send my nudge").click()
    _keep(page, folder, "done-mail", width)
    page.goto(f"{url}/did-it/{page.url.rpartition('/')[2]}")
    _keep(page, folder, "did-it", width)
    page.goto(f"{url}/pledge/check-in")
    page.get_by_role("button", name="I’ll do it", exact=True).click()
    _keep(page, folder, "done", width)


def _joining(page: Page, url: str, folder: Path, width: int) -> None:
    """A queue, since the last place of the demo's other walk can be had once."""
    (walk,) = requests.get(f"{url}/api/v1/events", params={"q": FULL_WALK}, timeout=10).json()["items"]
    address = new_address()
    page.goto(f"{url}{urlsplit(walk['url']).path}/join")
    _keep(page, folder, "join", width)
    page.get_by_label("Your first name").fill("Sam")
    page.get_by_label("Your e-mail").fill(address)
    page.get_by_role("button", name="Join the queue").click()
    _keep(page, folder, "joined", width)
    page.goto(_mailed(url, address, "/place/"))
    _keep(page, folder, "place", width)


def _mailed(url: str, address: str, kind: str) -> str:
    """The link of this kind in the mail to this address, once it has come."""
    found: list[str] = []

    def look() -> bool:
        mails = requests.get(f"{url}/local/mail", headers={"Accept": "application/json"}, timeout=10).json()
        found.extend(link for mail in mails if mail["to"] == address for link in LINK.findall(mail["text"]) if kind in link)
        return bool(found)

    until(look, "the mail has come")
    return found[0]


def _signed_in(page: Page, url: str, folder: Path, width: int) -> None:
    links = dict(demo_people.links(Laptop.load(os.environ)))
    _sign_in(page, next(link for who, link in links.items() if who.endswith("organiser")))
    _first_of(page, url, "/groups", "/groups/", folder, "organiser", width)
    page.locator('main a[href$="/list"]').first.click()
    _keep(page, folder, "who-comes", width)
    page.context.clear_cookies()
    _sign_in(page, next(link for who, link in links.items() if who.endswith("moderator")))
    page.goto(f"{url}/staff/review")
    _keep(page, folder, "review-queue", width)
    _first_of(page, url, "/staff/review", "/staff/review/", folder, "review", width)
    page.context.clear_cookies()


def _sign_in(page: Page, link: str) -> None:
    page.goto(link)
    page.locator("main button[type=submit]").click()


def _first_of(page: Page, url: str, of: str, leads_to: str, folder: Path, name: str, width: int) -> None:
    """The page behind the first link of that kind."""
    page.goto(url + of)
    page.goto(url + str(page.locator(f'main a[href^="{leads_to}"]').first.get_attribute("href")))
    _keep(page, folder, name, width)


def _keep(page: Page, folder: Path, name: str, width: int) -> None:
    page.screenshot(path=folder / f"{name}-{width}.jpg", full_page=True, type="jpeg", quality=60)


if __name__ == "__main__":
    draw(sys.argv[1], Path(sys.argv[2]))
