"""Everything that notify asks of its store in a contact's life uses an index: one that does not dominates all others."""

from datetime import timedelta

from services.notify.clock import DUE
from shared.messaging import dead_letters
from tests.notify.desk import Desk
from tests.support.commands_seen import commands_seen
from tests.support.plans import scans
from tests.support.settings import A_MOMENT


def test_a_contacts_life_scans_nothing(desk: Desk) -> None:
    """Offered, mailed, confirmed, nudged, answered, stopped, expired, forgotten: each filter that reached the store has an index."""
    for number in range(12):
        desk.offered(f"somebody.{number}@example.org")
    with commands_seen() as seen:
        ref = desk.nudged("ada.quill@example.org")
        assert desk.post(desk.link("stop")).status_code < 400
        desk.promise("kept", ref, 1, answer="yes")
        desk.promise("withdrawn", ref, 2)
        waiting = desk.offered("bea.marsh@example.org")
        desk.again(waiting)
        desk.send()
        desk.offered("bea.marsh@example.org", replaces=waiting)
        for days in (0, 8, 100, 500):
            desk.clock.set(A_MOMENT + timedelta(days=days))
            for due in DUE:
                due.step(desk.work, desk.clock())
            desk.send()
        list(dead_letters.letters(desk.work.db))
    assert {"contacts", "tokens", "suppressions", "notifications", "promises"} <= {name for name, _ in seen.queries}
    assert scans(desk.work.db, seen.queries) == []
