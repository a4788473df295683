"""Everything that finding asks of the store uses an index, and asks little: a list costs the same however much is posted."""

from services.events.store.posts import posts
from tests.support.commands_seen import commands_seen
from tests.support.events_site import EventsSite
from tests.support.plans import scans
from tests.support.posts import a_group, an_event, an_initiative, published


def asked_of(site: EventsSite) -> list[str]:
    """Every public address, with every filter."""
    group = a_group(site.work)
    walk = published(site.work, group, an_event(date="2026-06-12", joining="book", capacity=1))
    benches = published(site.work, group, an_initiative())
    every = "area=hackney&theme=1&alone=1&free=1&access=step-free&q=walk"
    paths = ["/whats-on", f"/whats-on?{every}", "/whats-on?area=bexley&weekend=1&q=nothing", "/whats-on/always?area=hackney"]
    paths += [
        "/whats-on.ics?area=hackney",
        "/whats-on.atom",
        f"/event/{walk.slug}",
        f"/event/{walk.slug}.ics",
        f"/initiative/{benches.slug}",
    ]
    paths += [f"/group/{group.slug}", "/api/v1/events?near=hackney&q=walk&theme=1&access=step-free&limit=1", f"/api/v1/events/{walk.id}"]
    return [*paths, "/api/v1/initiatives?borough=hackney&q=benches", f"/api/v1/initiatives/{benches.id}"]


def test_finding_scans_nothing(site: EventsSite) -> None:
    """Every page, list, feed and call, with every filter: each query that reached the store has an index."""
    paths = asked_of(site)
    for number in range(20):
        published(site.work, a_group(site.work), an_event(title=f"Walk {number}", date="2026-06-13"))
    with commands_seen() as seen:
        assert [site.get(path).status_code for path in paths] == [200] * len(paths)
    assert {"posts", "groups", "rosters", "campaign_pause"} == {name for name, _ in seen.queries}
    assert scans(site.work.db, seen.queries) == []


def test_a_list_is_bounded(site: EventsSite) -> None:
    """Each query for events names a first and a last moment; a page asks the store for five things at most, whatever it lists."""
    asked_of(site)
    with commands_seen() as seen:
        site.get("/whats-on")
    assert len(seen.queries) <= 5
    for _, query in seen.queries:
        if "listed.starts" in query:
            assert set(query["listed.starts"]) == {"$gte", "$lt"}
    assert posts().count_documents({}) == 2
