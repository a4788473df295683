"""Everything that an organiser's pages and the clock ask of the store uses an index."""

from datetime import timedelta

from services.events.clock import DUE
from tests.support.commands_seen import commands_seen
from tests.support.events_site import EventsSite
from tests.support.organisers import EVENT, Organiser
from tests.support.plans import scans
from tests.support.posts import a_group, an_event, published


def test_an_organisers_evening_scans_nothing(site: EventsSite) -> None:
    """Groups, drafts, sending, changing, cancelling, asking a second one, and what the clock does with it all over a year."""
    for _ in range(6):
        other = Organiser(site)
        other.sent(other.group())
    priya = Organiser(site)
    with commands_seen() as seen:
        post = priya.sent(group := priya.group())
        priya.post(f"/groups/{group.slug}/{post.id}/take-back")
        priya.post(f"/groups/{group.slug}/{post.id}/delete")
        known = a_group(site.work, organisers=list(priya.refs))
        live = published(site.work, known, an_event())
        at = f"/groups/{known.slug}/{live.id}"
        priya.post(f"{at}/what", {**EVENT["what"], "title": "Morning walk"})
        priya.post(f"{at}/send")
        priya.post(f"{at}/again")
        priya.post(f"{at}/cancel", {"reason": "ill"})
        priya.post(f"/groups/{known.slug}/organisers", {"email": "kim.pell@example.org"})
        for path in ("/groups", f"/groups/{known.slug}", f"/groups/{known.slug}/about", f"/groups/{known.slug}/organisers", at):
            assert priya.get(path).status_code == 200
        for days in (0, 2, 9, 20, 400):
            for due in DUE:
                due.step(site.work, site.clock.now + timedelta(days=days))
    assert {"groups", "posts", "invitations"} <= {name for name, _ in seen.queries}
    assert scans(site.work.db, seen.queries) == []
