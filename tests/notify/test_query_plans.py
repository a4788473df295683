"""Everything that notify asks of its store in a contact's life uses an index: one that does not dominates all others."""

from datetime import timedelta

from services.notify.clock import DUE
from shared.messaging import dead_letters
from shared.security.sessions import MODERATOR, OPERATOR
from tests.notify import guild, staffroom
from tests.notify.desk import ADA, Desk
from tests.notify.test_checking import held, submitted
from tests.notify.test_erasing import answered
from tests.notify.test_my_data import link_to
from tests.notify.test_organiser_mails import note, said
from tests.notify.walk import CONSENT, walk
from tests.support.commands_seen import commands_seen
from tests.support.plans import scans
from tests.support.settings import A_MOMENT

THE_LAST_DECISIONS = ["paused_partitions: {}", "staff_log: {}"]  # read whole, or by the order of an index, with a limit


def test_a_contacts_life_scans_nothing(desk: Desk) -> None:
    """Offered, mailed, confirmed, nudged, answered, stopped, expired, forgotten: each filter that reached the store has an index."""
    for number in range(12):
        desk.offered(f"somebody.{number}@example.org")
    with commands_seen() as seen:
        ref = desk.nudged("ada.quill@example.org")
        not_now, stop = desk.link("not-now"), desk.link("stop")
        other = desk.confirmed("ada.quill@example.org", days=2)
        desk.clock.move(seconds=1)
        assert desk.post(not_now).status_code == 303
        desk.clock.set(desk.contact(other).nudge_due)
        desk.plan_nudges()
        desk.send()
        assert desk.contact(other).nudge_due > desk.clock.now, "it was moved"
        assert desk.post(not_now, data={"do": "start-again"}).status_code == 303
        assert desk.post(stop).status_code < 400
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


def test_staff_scan_nothing(desk: Desk) -> None:
    """Asked, mailed, signed in, looked at, invited, changed, removed, signed out, forgotten: each filter has an index."""
    for number in range(12):
        desk.offered(f"somebody.{number}@example.org")
        staffroom.add(desk, f"Person{number}", MODERATOR)
    with commands_seen() as seen:
        olive = staffroom.come(desk, "Olive", OPERATOR)
        desk.post("/sign-in", data={"email": "olive@example.org"})
        desk.post("/sign-in", data={"email": "nobody@example.org"})
        desk.send()
        invited = {"name": "Ruth", "email": "ruth@example.org", "role-moderator": "yes"}
        page = staffroom.id_of(staffroom.ask(desk, olive, "/staff/people/invite", post=invited))
        desk.send()
        for path in ("/staff", "/staff/people", f"/staff/people/{page}", "/staff/status/notify"):
            assert staffroom.ask(desk, olive, path).status_code == 200
        assert staffroom.ask(desk, olive, f"/staff/people/{page}", post={"role-operator": "yes"}).status_code == 303
        assert staffroom.ask(desk, olive, f"/staff/people/{page}/remove", post={}).status_code == 303
        staffroom.ask(desk, olive, "/sign-out", post={"everywhere": "yes"})
        for days in (0, 3, 31, 800):
            desk.clock.move(days=days)
            for due in DUE:
                due.step(desk.work, desk.clock())
    assert {"staff", "sign_in_requests", "sessions", "tokens", "notifications"} <= {name for name, _ in seen.queries}
    assert scans(desk.work.db, seen.queries) == THE_LAST_DECISIONS


def test_organisers_scan_nothing(desk: Desk) -> None:
    """Asked, mailed, signed in, invited, told, asked whether it is on, reminded, signed out, forgotten: each filter has an index."""
    for number in range(12):
        desk.offered(f"somebody.{number}@example.org")
        guild.come(desk, f"organiser.{number}@example.org")
    moss = staffroom.add(desk, "Moss", MODERATOR)
    staffroom.sign_in(desk, moss)
    with commands_seen() as seen:
        client = guild.come(desk)
        ref = guild.session(client, desk).refs[0]
        guild.invited(desk)
        desk.post(desk.link("confirm"))
        desk.hear(said(desk, "event.published", 1, ref), said(desk, "event.changes-asked", 2, ref, reasons=["access"]))
        desk.hear(said(desk, "group.paused", 1, ref, paused=True), said(desk, "group.paused", 2, ref, paused=False))
        desk.hear(submitted(desk), submitted(desk, changed=["starts"]), held(desk), held(desk), note(desk, ref, "care-reply"))
        desk.send()
        guild.invited(desk, "kit.lane@example.org")
        desk.post(desk.link("not-me"))
        staffroom.ask(desk, client, "/sign-out", post={"everywhere": "yes"})
        for days in (0, 3, 31, 800):
            desk.clock.move(days=days)
            for due in DUE:
                due.step(desk.work, desk.clock())
            desk.send()
    assert {"organisers", "posts", "groups", "notes"} <= {name for name, _ in seen.queries}
    assert scans(desk.work.db, seen.queries) == []


def test_ones_own_data_scans_nothing(desk: Desk) -> None:
    """Asked for, looked at, copied, sent again, stopped, erased, answered, dropped in late, forgotten: each filter has an index."""
    for number in range(12):
        desk.offered(f"somebody.{number}@example.org")
    with commands_seen() as seen:
        late = desk.offer()
        ref = desk.confirmed()
        guest = walk(desk).guest(ADA).signs_up(consents=[CONSENT])
        desk.send()
        path = link_to(desk)
        for page in ("", "/erase", "/download.json", "/download.html"):
            assert desk.get(path + page).status_code == 200
        desk.post(f"{path}/again", data={"ref": guest.ref})
        desk.post(f"{path}/take-back", data={"ref": guest.ref, "consent": CONSENT})
        desk.post(f"{path}/stop", data={"purpose": "evening-before"})
        desk.post(f"{path}/erase")
        answered(desk, ref, guest.ref)
        assert desk.get(path).status_code == 200
        desk.hear(late)
        for days in (0, 3, 31, 800):
            desk.clock.set(A_MOMENT + timedelta(days=days))
            for due in DUE:
                due.step(desk.work, desk.clock())
            desk.send()
    assert {"erasures", "data_requests", "contacts", "notifications"} <= {name for name, _ in seen.queries}
    assert scans(desk.work.db, seen.queries) == []
