"""/whats-on.ics and .atom: read back by icalendar, by ical.js as calendars on phones use it, and by an XML parser."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from icalendar import Calendar

from services.events.operations.changing import cancel, finish_closing
from services.events.rules import posts as rules
from services.events.store import Group
from services.events.store.posts import posts
from tests.support.events_site import EventsSite
from tests.support.posts import a_group, an_event, published, republished

ROOT = Path(__file__).parents[3]
ATOM = {"a": "http://www.w3.org/2005/Atom"}
READ = """
import ICAL from "ical.js";
let text = "";
for await (const part of process.stdin) text += part;
const calendar = new ICAL.Component(ICAL.parse(text));
const shown = calendar.getAllSubcomponents("vevent").map((one) => {
  const event = new ICAL.Event(one);
  return {
    uid: event.uid, summary: event.summary, location: event.location, sequence: event.sequence, description: event.description,
    start: event.startDate.toJSDate().toISOString(), end: event.endDate.toJSDate().toISOString(),
    status: one.getFirstPropertyValue("status"), url: one.getFirstPropertyValue("url"),
  };
});
console.log(JSON.stringify(shown));
"""


@pytest.fixture
def group(site: EventsSite) -> Group:
    return a_group(site.work)


def by_icalendar(content: bytes) -> list[dict[str, Any]]:
    events: Any = Calendar.from_ical(content).walk("VEVENT")
    return [
        {
            "uid": str(one["uid"]),
            "summary": str(one["summary"]),
            "sequence": int(one.get("sequence", 0)),
            "start": one["dtstart"].dt,
            "end": one["dtend"].dt,
            "status": str(one.get("status", "")) or None,
            "url": str(one["url"]),
        }
        for one in events
    ]


def by_ical_js(content: bytes) -> list[dict[str, Any]]:
    command = ["node", "--input-type=module", "--eval", READ]
    done = subprocess.run(command, cwd=ROOT, input=content, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return [{**one, "start": datetime.fromisoformat(one["start"]), "end": datetime.fromisoformat(one["end"])} for one in found]


def read_xml(content: bytes) -> Xml.Element:
    return Xml.fromstring(content)  # noqa: S314 -- our own


def test_one_event_read_by_both(site: EventsSite, group: Group) -> None:
    """Its neutral name, its borough, the right moment in summer and in winter, one id for all editions, and nothing of what it is."""
    june = published(
        site.work, group, an_event(title="A talk about suicide", calendar_name="Meet “Lea”, Side; \\ comma, and a long — ✓ name")
    )
    winter = published(site.work, group, an_event(date="2026-12-03", starts="18:00", ends="02:00"))
    first = site.get(f"/event/{june.slug}.ics")
    assert first.content_type.startswith("text/calendar")
    for read in (by_icalendar, by_ical_js):
        (one,) = read(first.data)
        assert one["summary"] == june.live["calendar_name"]
        assert one["start"] == datetime(2026, 6, 18, 17, tzinfo=UTC)
        assert one["url"] == f"http://localhost:8000/event/{june.slug}"
        (cold,) = read(site.get(f"/event/{winter.slug}.ics").data)
        assert (cold["start"], cold["end"]) == (datetime(2026, 12, 3, 18, tzinfo=UTC), datetime(2026, 12, 4, 2, tzinfo=UTC))
    (one,) = by_ical_js(first.data)
    assert one["location"] == "Hackney"
    assert one["description"] is None
    site.clock.move(hours=1)
    republished(site.work, group, june, starts="17:00")
    (again,) = by_icalendar(site.get(f"/event/{june.slug}.ics").data)
    assert again["uid"] == one["uid"]
    assert (one["sequence"], again["sequence"]) == (1, 2)
    assert again["start"] == datetime(2026, 6, 18, 16, tzinfo=UTC)


def test_cancelled_says_so(site: EventsSite, group: Group) -> None:
    """In its own file and in its borough's: the same id, a higher sequence, CANCELLED; taken down, it is only not there."""
    off = published(site.work, group, an_event(title="Off"))
    down = published(site.work, group, an_event(title="Down"))
    on = published(site.work, group, an_event(title="On"))
    cancel(off, group, "weather", now=site.clock())
    posts().update_one({"_id": down.id}, {"$set": {"state": rules.TAKEN_DOWN}, "$unset": {"listed": 1}})
    for carried_out in (False, True):
        assert not carried_out or finish_closing(site.work, site.clock()) == 1
        for content in (site.get("/whats-on.ics").data, site.get("/whats-on.ics?area=hackney").data):
            for read in (by_icalendar, by_ical_js):
                found = {one["uid"].partition("@")[0]: one for one in read(content)}
                assert set(found) == {off.id, on.id}
                assert found[off.id]["status"] == "CANCELLED"
                assert found[off.id]["sequence"] > off.edition
                assert found[on.id]["status"] is None
    (alone,) = by_ical_js(site.get(f"/event/{off.slug}.ics").data)
    assert alone["status"] == "CANCELLED"
    assert by_icalendar(site.get("/whats-on.ics?area=camden").data) == []
    site.clock.set(off.slots[0]["ends"])
    assert by_icalendar(site.get("/whats-on.ics").data) == []


def test_a_list_for_a_calendar(site: EventsSite, group: Group) -> None:
    """A borough's own, named, two months ahead; an unknown borough is an error that says so."""
    published(site.work, group, an_event(title="Soon", area="camden"))
    published(site.work, group, an_event(title="Elsewhere", area="barnet"))
    published(site.work, group, an_event(title="Far off", area="camden", date="2026-10-01"))
    calendar = Calendar.from_ical(site.get("/whats-on.ics?area=camden").data)
    assert str(calendar["x-wr-calname"]) == "What’s on: Camden"
    assert len(calendar.walk("VEVENT")) == 1
    assert site.get("/whats-on.ics?area=atlantis").status_code == 422
    assert site.get("/whats-on.atom?area=atlantis").status_code == 422


def test_atom(site: EventsSite, group: Group) -> None:
    """Well-formed whatever is in a title; ids stay the same; the feed is as new as its newest entry."""
    one = published(site.work, group, an_event(title="Tea & <b>cake</b> \x0b ]]> “✓”", date="2026-06-12"))
    site.clock.move(hours=2)
    two = published(site.work, group, an_event(title="Second", area="camden"))
    answer = site.get("/whats-on.atom")
    assert answer.content_type.startswith("application/atom+xml")
    feed = read_xml(answer.data)
    entries = feed.findall("a:entry", ATOM)
    assert [entry.findtext("a:id", "", ATOM) for entry in entries] == [f"urn:uuid:{two.id}", f"urn:uuid:{one.id}"]
    assert entries[1].findtext("a:title", "", ATOM) == "Tea & <b>cake</b>  ]]> “✓”"
    assert feed.findtext("a:updated", "", ATOM) == entries[0].findtext("a:updated", "", ATOM)
    assert feed.findtext("a:id", "", ATOM) == "http://localhost:8000/whats-on.atom"
    assert entries[0].find("a:link", ATOM).attrib["href"] == f"http://localhost:8000/event/{two.slug}"  # type: ignore[union-attr]
    camden = read_xml(site.get("/whats-on.atom?area=camden").data)
    assert len(camden.findall("a:entry", ATOM)) == 1
    empty = read_xml(site.get("/whats-on.atom?area=online").data)
    assert empty.findall("a:entry", ATOM) == []
    assert datetime.fromisoformat(empty.findtext("a:updated", "", ATOM)) <= site.clock()


def test_what_is_over_leaves_the_feeds(site: EventsSite, group: Group) -> None:
    """At its end."""
    post = published(site.work, group, an_event(date="2026-06-10", starts="18:00", ends="19:00"))
    site.clock.set(post.slots[0]["ends"] - timedelta(seconds=1))
    assert len(by_icalendar(site.get("/whats-on.ics").data)) == 1
    site.clock.move(seconds=1)
    assert by_icalendar(site.get("/whats-on.ics").data) == []
    assert b"<entry>" not in site.get("/whats-on.atom").data
