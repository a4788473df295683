"""Report day of a member of the campaign team in a real browser: phone and desk, with and without JavaScript, by axe; what is printed."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from services.pledge.operations import pausing, publishing
from services.pledge.store.campaign import figures
from tests.support.campaigners import Campaigner
from tests.support.campaigning import carry_out, count_everything, member, paused
from tests.support.chromium import ARGUMENTS, find
from tests.support.pledge_site import PledgeSite
from tests.support.walking import is_sound, opened

pytestmark = pytest.mark.browser


def settle(site: PledgeSite) -> None:
    carry_out(site.work)
    count_everything(site.work)
    site.clock.move(seconds=4)


def fill_reach(page: Page, number: str) -> None:
    page.get_by_label("Channel").select_option(label="Social media")
    page.get_by_label("First day").fill("2026-06-08")
    page.get_by_label("Last day").fill("2026-06-10")
    page.get_by_label("How many people saw or heard it?").fill(number)
    page.get_by_label("Where is the figure from?").select_option(label="The platform’s own statistics")
    page.get_by_label(re.compile("^Medium")).check()


@pytest.mark.parametrize(("width", "script"), [(390, True), (390, False), (1280, True)], ids=["phone", "no script", "desk"])
def test_report_day(open_site: PledgeSite, browser: Browser, width: int, script: bool) -> None:
    """Types reach, is told what is wrong, corrects it, tallies, strikes out a batch, reads the table."""
    open_site.empty()
    for _ in range(3):
        open_site.pledge(area="hackney")
    settle(open_site)
    noor, home = Campaigner(open_site), open_site.origin
    with opened(browser, noor, width=width, script=script) as page:
        page.goto(f"{home}/staff/campaign")
        expect(page.get_by_role("heading", level=1)).to_have_text("The week in numbers")
        is_sound(page, "campaign/empty week", script)

        page.get_by_role("link", name="Add reach").click()
        page.get_by_role("button", name="Add this estimate").click()
        expect(page.get_by_role("link", name="Choose the channel")).to_be_visible()
        is_sound(page, "campaign/reach with errors", script)
        fill_reach(page, "9,000,000,000")
        page.get_by_role("button", name="Add this estimate").click()
        expect(page.get_by_role("link", name=re.compile("Are there too many zeros"))).to_be_visible()
        expect(page.get_by_label("How many people saw or heard it?")).to_have_value("9,000,000,000")
        page.get_by_label("How many people saw or heard it?").fill("90,000")
        page.get_by_role("button", name="Add this estimate").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Estimated reach: 90,000")
        is_sound(page, "campaign/a figure", script)

        page.get_by_role("button", name="Correct it").click()
        page.get_by_label("How many people saw or heard it?").fill("9,000")
        is_sound(page, "campaign/correction", script)
        page.get_by_role("button", name="Put this in its place").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Estimated reach: 9,000")
        page.get_by_role("link", name="The figure whose place it took").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Struck out")

        page.goto(f"{home}/staff/campaign/tally")
        is_sound(page, "campaign/tally", script)
        page.get_by_label(re.compile("^People who stopped")).check()
        page.get_by_label("How many?").fill("64")
        page.get_by_label("Which day?").fill("2026-06-09")
        page.get_by_label("Where?").select_option(label="Newham")
        page.get_by_role("button", name="Add this tally").click()
        page.locator("summary", has_text="Strike it out").click()
        page.get_by_role("button", name="Strike it out").click()
        expect(page.get_by_role("link", name="Choose why")).to_be_visible()
        is_sound(page, "campaign/void with an error", script)
        page.goto(f"{home}/staff/campaign/figures")
        is_sound(page, "campaign/figures", script)

        page.get_by_role("link", name="Struck out", exact=True).click()
        is_sound(page, "campaign/struck out", script)
        page.get_by_label("Week").select_option("2026-W24")
        page.get_by_label("Channel").select_option(label="Came straight here")
        page.get_by_label("Borough").select_option(label="Hackney")
        page.get_by_role("button", name="Look how many there are").click()
        expect(page.get_by_text("3 pledges fit this.")).to_be_visible()
        is_sound(page, "campaign/looked", script)
        page.get_by_label("Why are they struck out?").select_option(label="Our own tries")
        page.get_by_role("button", name="Strike them out").click()
        settle(open_site)
        page.reload()
        expect(page.get_by_text("3 pledges")).to_be_visible()

        page.get_by_role("link", name="The week", exact=True).click()
        expect(page.get_by_role("row", name="Estimated reach 9,000 0 9,000 2,000,000")).to_be_visible()
        expect(page.get_by_label("As text, to copy into a mail")).to_have_value(
            re.compile("Participants: 64 this week, 0 last week, 64 in all")
        )
        is_sound(page, "campaign/the week", script)
        page.goto(f"{home}/progress")
        expect(page.get_by_text("3 pledges · Our own tries")).to_be_visible()
        is_sound(page, "progress with what was struck out", script)


@pytest.mark.parametrize(("width", "script"), [(390, True), (390, False), (1280, True)], ids=["phone", "no script", "desk"])
def test_posters_and_a_pause(open_site: PledgeSite, browser: Browser, width: int, script: bool) -> None:
    """Makes a poster, prints its sheet, retires it; pauses the campaign, which every page says, and lets it go on."""
    open_site.empty()
    noor, home = Campaigner(open_site), open_site.origin
    with opened(browser, noor, width=width, script=script) as page:
        page.goto(f"{home}/staff/posters")
        page.get_by_role("button", name="Make a poster").click()
        page.get_by_label("Its code").fill("old street")
        page.get_by_role("button", name="Make it").click()
        expect(page.get_by_role("link", name=re.compile("Use 1 to 32 letters"))).to_be_visible()
        is_sound(page, "posters/with errors", script)
        page.get_by_label("Its code").fill("old-st-9")
        page.get_by_label("Where will it hang?").fill("Old Street, ticket hall")
        page.get_by_role("button", name="Make it").click()
        expect(page.get_by_role("img", name=re.compile("OLD-ST-9$"))).to_be_visible()
        is_sound(page, "posters/one", script)
        page.get_by_role("link", name="A sheet to print (A4)").click()
        is_sound(page, "posters/sheet", script)
        page.go_back()
        page.get_by_role("button", name="Retire it").click()
        expect(page.get_by_text("Whoever still scans it gets in")).to_be_visible()
        page.goto(f"{home}/staff/posters")
        is_sound(page, "posters", script)

        page.goto(f"{home}/staff/campaign/pause")
        page.get_by_role("button", name="Pause now").click()
        expect(page.get_by_role("link", name=re.compile("Say why"))).to_be_visible()
        is_sound(page, "campaign/pause with errors", script)
        page.get_by_label(re.compile("^Something serious")).check()
        page.get_by_label("Why, for the history").fill("Asked to by the Met.")
        page.get_by_role("button", name="Pause now").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("The campaign is paused")
        open_site.clock.move(seconds=4)
        page.reload()
        is_sound(page, "campaign/paused", script)
        for path in ("/", "/progress"):
            page.goto(f"{home}{path}")
            expect(page.get_by_role("region", name="Notice")).to_contain_text("Something serious has happened in London.")
            is_sound(page, f"paused {path}", script)
        page.goto(f"{home}/staff/campaign/pause")
        page.get_by_label("Why does it go on?").fill("It is over.")
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Pause the campaign")


def test_back_and_the_button_once_more(open_site: PledgeSite, browser: Browser) -> None:
    """Is the same figure, where the browser keeps the page for Back as browsers do (Playwright asks them not to)."""
    open_site.empty()
    keeping = browser.browser_type.launch(
        executable_path=find(os.environ), args=ARGUMENTS, ignore_default_args=["--disable-back-forward-cache"]
    )
    with keeping, opened(keeping, Campaigner(open_site)) as page:
        page.goto(f"{open_site.origin}/staff/campaign/reach")
        fill_reach(page, "90,000")
        page.get_by_role("button", name="Add this estimate").click()
        first = page.url
        why_not = page.context.new_cdp_session(page)
        why_not.send("Page.enable")
        not_kept: list[str] = []
        why_not.on("Page.backForwardCacheNotUsed", lambda said: not_kept.extend(one["reason"] for one in said["notRestoredExplanations"]))
        page.go_back(wait_until="commit")
        page.get_by_role("button", name="Add this estimate").wait_for()
        if "BackForwardCacheDisabledForDelegate" in not_kept:
            pytest.skip("this browser never keeps a page for Back")
        expect(page.get_by_label("How many people saw or heard it?")).to_have_value("90,000")
        page.wait_for_timeout(1_100)  # a second press within a second sends nothing, and the page slept meanwhile
        page.get_by_role("button", name="Add this estimate").click()
        page.wait_for_url(re.compile("done=added$"))
        assert page.url == first
    assert figures().count_documents({}) == 1


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def test_what_is_printed(open_site: PledgeSite, browser: Browser, tmp_path: Path) -> None:
    """The week's table, with estimates and what was struck out, and a poster's sheet: each on one side of A4, with no control on it."""
    open_site.empty()
    noor = Campaigner(open_site)
    for number in (10_000, 20_000, 30_000):
        given = {"channel": "press", "first": "2026-06-08", "last": "2026-06-10", "number": str(number), "source": "publisher"}
        assert noor.send("/staff/campaign/reach", **given, confidence="low", area="", note="").status_code == 303
    noor.post("/staff/posters/new", {"code": "OLD-ST-9", "place": "Old Street", "area": "", "channel": "posters"})
    settle(open_site)
    with opened(browser, noor, width=1280) as page:
        for path in ("/staff/campaign", "/staff/posters/OLD-ST-9/sheet"):
            page.goto(f"{open_site.origin}{path}")
            page.emulate_media(media="print")
            expect(page.locator("textarea, button, .staff-menu").locator("visible=true")).to_have_count(0)
            expect(page.get_by_text("116 123").first).to_be_visible()
            (tmp_path / "page.pdf").write_bytes(pdf := page.pdf(format="A4"))
            assert pages_of(pdf) == 1, path
            page.emulate_media(media="screen")


def test_at_320(open_site: PledgeSite, browser: Browser) -> None:
    """The smallest phone: nothing to scroll sideways, paused or not."""
    open_site.empty()
    noor = Campaigner(open_site)
    noor.post("/staff/posters/new", {"code": "X" * 32, "place": "Old Street", "area": "", "channel": "posters"})
    paused(open_site.work, "election", open_site.clock.now.replace(day=25), open_site.clock.now)
    open_site.clock.move(seconds=4)
    with opened(browser, noor, width=320) as page:
        for path in ("", "/figures", "/reach", "/tally", "/struck-out", "/pause"):
            page.goto(f"{open_site.origin}/staff/campaign{path}")
            is_sound(page, f"campaign{path}")
        for path in ("", "/new", f"/{'X' * 32}", f"/{'X' * 32}/sheet"):
            page.goto(f"{open_site.origin}/staff/posters{path}")
            is_sound(page, f"posters{path}")
    pausing.resume("It is over.", by=member(), now=open_site.clock.now)
    publishing.publish_breakdowns(open_site.work, open_site.clock.now)
