"""What a place's mails ask of the store uses an index, also where thousands are told of one event."""

from datetime import timedelta

from services.notify.clock import DUE
from services.notify.operations import evenings
from services.notify.rules.evenings import evening_before
from tests.notify.desk import Desk
from tests.notify.test_evenings import said_yes
from tests.notify.walk import CONSENT, KIT, LEE, SAM, walk
from tests.support.commands_seen import commands_seen
from tests.support.plans import scans
from tests.support.settings import A_MOMENT


def test_a_places_life_scans_nothing(desk: Desk) -> None:
    """Offered, mailed, confirmed, promoted, changed, reminded, stopped, left, called off, refused, forgotten: each filter has an index."""
    crowd = walk(desk, days=9)
    for number in range(12):
        crowd.guest(f"somebody.{number}@example.org").signs_up()
    desk.send()
    desk.mails.clear()
    here = walk(desk)
    with commands_seen() as seen:
        sam = here.guest(SAM).signs_up(consents=[CONSENT])
        kit = here.guest(KIT).signs_up("queued", position=1)
        desk.send()
        desk.again(sam.ref)
        assert desk.post(desk.link("confirm", desk.mails[0])).status_code == 303
        kit.hears("promoted")
        here.guest(SAM).signs_up("repeat")
        lee = here.guest(LEE)
        desk.hear(lee.offer(replaces=kit.ref))
        desk.send()
        here.starts += timedelta(hours=1)
        desk.hear(here.posted("changed", "starts"))
        here.tell()
        second = walk(desk, days=2)
        for address in (SAM, LEE):
            said_yes(second, address)
        desk.clock.set(evening_before(second.starts))
        evenings.plan_due(desk.work, desk.clock.now)
        desk.send()
        for kind in ("stop", "not-now"):
            assert desk.post(desk.link(kind)).status_code == 303
            assert desk.get(desk.link(kind)).status_code == 200
        sam.hears("left")
        lee.hears("refused", reason="full")
        desk.hear(here.ended())
        here.tell()
        for days in (0, 8, 100, 500):
            desk.clock.set(A_MOMENT + timedelta(days=days))
            for due in DUE:
                due.step(desk.work, desk.clock())
            desk.send()
    assert {"contacts", "tokens", "notifications", "sign_ups", "posts", "tellings"} <= {name for name, _ in seen.queries}
    assert scans(desk.work.db, seen.queries) == []
