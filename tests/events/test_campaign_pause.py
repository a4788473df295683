"""events' pages say that staff have paused the campaign, from events' own copy; what people do there goes on."""

import pytest

from services.events.consumers import HANDLERS
from shared.messaging.pauses import CAMPAIGN
from tests.support.builders import an_envelope
from tests.support.events_site import EventsSite

QUIET = "An election is near, so we are keeping quiet"


def hear(site: EventsSite, type_: str, sequence: int, **data: str) -> None:
    envelope = an_envelope(type_, {"kind": "election", **data}, subject=CAMPAIGN, sequence=sequence, time=site.clock.now)
    HANDLERS[type_](site.work, [envelope])
    site.clock.move(seconds=4)


@pytest.mark.parametrize("path", ["/whats-on", "/groups", "/event/none-there"])
def test_pages_say_so_while_it_lasts(site: EventsSite, path: str) -> None:
    """Also the page that says that there is nothing; and no longer once it goes on, in whatever order it was heard."""
    assert QUIET not in site.get(path).text
    hear(site, "campaign.paused.v1", 0)
    assert QUIET in site.get(path).text
    hear(site, "campaign.resumed.v1", 3)
    hear(site, "campaign.paused.v1", 2)
    assert QUIET not in site.get(path).text


def test_it_ends_with_its_day(site: EventsSite) -> None:
    """Without any message."""
    hear(site, "campaign.paused.v1", 0, until="2026-06-12T00:00:00+01:00")
    assert "From Friday 12 June on it is as usual again." in site.get("/whats-on").text
    site.clock.move(days=2)
    assert QUIET not in site.get("/whats-on").text


def test_a_kind_of_another_release(site: EventsSite) -> None:
    """Says nothing rather than something wrong."""
    hear(site, "campaign.paused.v1", 0, kind="coronation")
    page = site.get("/whats-on")
    assert page.status_code == 200
    assert 'class="hush"' not in page.text
