"""The mail server is down, slow, rude or gone at the worst moment: every mail comes, or its row says why it does not."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.notify import mails, rules
from services.notify.store import Notification
from shared.laptop.places import REPOSITORY
from tests.notify.desk import MADE_UP, Desk, open_desk
from tests.support.benches import bench
from tests.support.engines import Store
from tests.support.settings import MovableClock
from tests.support.smtp import MailServer
from tests.support.waiting import free_ports

pytestmark = pytest.mark.proof

FEW, MANY = settings(max_examples=8), settings(max_examples=150)
LONG = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture
def desk(store: Store, database: str, clock: MovableClock) -> Iterator[Desk]:
    with bench("notify", store, database, clock, **MADE_UP):
        pass
    with MailServer() as server, open_desk(store, database, server, clock, BUILD_DIR=REPOSITORY / "build") as found:
        yield found


def test_a_server_that_is_down_for_an_hour(store: Store, database: str, clock: MovableClock) -> None:
    """Offered before and meanwhile, planned by the clock meanwhile: each is sent once when it is back, 72 minutes later at most."""
    (port,) = free_ports(1)
    with bench("notify", store, database, clock, **MADE_UP):
        pass
    with open_desk(store, database, MailServer(port=port), clock, BUILD_DIR=REPOSITORY / "build") as desk:
        with desk.server:
            nudged = [desk.confirmed(f"nudged{number}@example.org") for number in range(3)]
        clock.set(desk.contact(nudged[0]).nudge_due)
        waiting = [desk.offered(f"early{number}@example.org") for number in range(3)]
        desk.plan_nudges()
        for minute in range(60):
            desk.send()
            if minute % 20 == 10:
                waiting.append(desk.offered(f"late{minute}@example.org"))
            clock.move(minutes=1)
        rows = [desk.rows(ref, mails.CONFIRM)[0] for ref in waiting] + [desk.rows(ref, mails.NUDGE)[0] for ref in nudged]
        assert {(row.state, row.reason) for row in rows} == {(rules.PLANNED, "ConnectionRefusedError")}
        assert max(row.attempts for row in rows) < 10, "a server that is down is not asked every minute"
        with MailServer(port=port) as back:
            for _ in range(73):
                desk.send()
                clock.move(minutes=1)
            came = Counter(mail.to.partition("@")[0] for mail in back.taken)
        expected = [*(f"early{number}" for number in range(3)), "late10", "late30", "late50", *(f"nudged{number}" for number in range(3))]
        assert came == Counter(expected)
        assert {row.state for row in Notification.objects()} == {rules.SENT}


CONDUCTS: list[dict[str, Any]] = [
    {},
    {"mail": "451 4.3.0 Later"},
    {"rcpt": "450 4.2.1 Greylisted"},
    {"rcpt": "550 5.1.1 Nobody here"},
    {"data": "451 4.3.0 Later"},
    {"data": "554 5.6.0 No"},
    {"start": "451 4.3.0 Not now"},
    {"drop": "mail"},
    {"drop": "data"},
    {"drop": "body"},
    {"drop": "answer"},
    {"slow": 0.02},
]
FOR_GOOD = ({"rcpt": "550 5.1.1 Nobody here"}, {"data": "554 5.6.0 No"})
SILENT = {"drop": "answer"}  # it took the mail, and nobody hears of it


@pytest.mark.parametrize("examples", [FEW, pytest.param(MANY, marks=LONG)], ids=["few", "many"])
def test_whatever_the_server_does(desk: Desk, examples: settings) -> None:
    """Any run of refusals, delays and broken connections: a first mail comes, at most once more for each yes that was not heard.

    A nudge comes at most once. What does not come has its reason, and only a refusal for good, or a yes that was not heard, is one.
    """

    @examples
    @example([SILENT, SILENT], mails.CONFIRM)
    @example([SILENT], mails.NUDGE)
    @given(st.lists(st.sampled_from(CONDUCTS), max_size=5), st.sampled_from([mails.CONFIRM, mails.NUDGE]))
    def holds(conducts: list[dict[str, Any]], template: str) -> None:
        desk.server.behave()
        for name in desk.work.db.list_collection_names():
            desk.work.db[name].delete_many({})
        ref = desk.nudge_due() if template == mails.NUDGE else desk.offered()
        desk.mails.clear()
        for conduct in [*conducts, {}]:
            desk.server.behave(**conduct)
            desk.send()
            if (row := desk.rows(ref, template)[0]).state == rules.PLANNED:
                desk.clock.set(row.next_attempt_at)
        row, copies = desk.rows(ref, template)[0], [mail.message["Message-ID"] for mail in desk.mails]
        unheard = conducts.count(SILENT)
        assert len(set(copies)) <= 1
        if row.state == rules.SENT:
            assert 1 <= len(copies) <= 1 + (unheard if template == mails.CONFIRM else 0)
        elif row.state == rules.FAILED:
            assert any(conduct in FOR_GOOD for conduct in conducts)
            assert row.reason in ("smtp-550", "smtp-554")
        else:
            assert (row.state, template) == (rules.UNKNOWN, mails.NUDGE)
            assert len(copies) <= 1
            assert any("drop" in conduct for conduct in conducts)

    holds()
