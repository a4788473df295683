"""Every message twice and more, batches cut in the middle, messages of one document out of order: each has its effect once.

Both services hear what the other tells, in whatever way a broker and a dying consumer may bring it; what is in their stores
afterwards is what one clean delivery leaves there. That counting holds in any order is tests/pledge/test_counting.py's.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notify.consumers import HANDLERS as NOTIFY_HANDLERS
from services.notify.operations import boxes, erasing
from services.notify.store import Notification
from services.pledge import rules
from services.pledge.consumers import HANDLERS as PLEDGE_HANDLERS
from services.pledge.operations import erasing as erasing_here
from services.pledge.operations import pledges
from services.pledge.store import pledges as pledge_rows
from shared.laptop.places import REPOSITORY
from shared.messaging.envelope import Envelope
from shared.messaging.work import Work
from tests.notify.desk import FACTS, MADE_UP, Desk, envelope, nine, open_desk
from tests.support.benches import bench
from tests.support.builders import a_nudge, a_promise
from tests.support.engines import Store
from tests.support.settings import A_MOMENT, MovableClock
from tests.support.smtp import MailServer

pytestmark = pytest.mark.proof

FEW, MANY = settings(max_examples=8), settings(max_examples=100)
EXAMPLES = pytest.mark.parametrize(
    "examples", [FEW, pytest.param(MANY, marks=[pytest.mark.long, pytest.mark.timeout(900)])], ids=["few", "many"]
)
Batches = list[list[Envelope]]
Rows = dict[str, list[dict[str, Any]]]
LATER = A_MOMENT + timedelta(minutes=1)


@st.composite
def in_any_order(draw: st.DrawFn, messages: Sequence[Envelope]) -> Batches:
    """Each at least once, some again, in any order, in batches of any size."""
    everything = [*messages, *draw(st.lists(st.sampled_from(list(messages)), max_size=len(messages)))]
    return _cut(draw, draw(st.permutations(everything)))


@st.composite
def read_again(draw: st.DrawFn, messages: Sequence[Envelope]) -> Batches:
    """Each document's messages in order, its topics interleaved; a consumer that dies begins again at what it had not committed."""
    turn = draw(st.permutations(messages))
    of_each = {subject: iter([m for m in messages if m.subject == subject]) for subject in {m.subject for m in messages}}
    log = [next(of_each[message.subject]) for message in turn]
    delivered: list[Envelope] = []
    committed = 0
    while committed < len(log):
        reached = draw(st.integers(committed + 1, len(log)))
        delivered += log[committed:reached]
        committed = draw(st.integers(committed, reached)) if draw(st.booleans()) and len(delivered) < 4 * len(log) else reached
    return _cut(draw, delivered)


def _cut(draw: st.DrawFn, messages: Sequence[Envelope]) -> Batches:
    cuts = sorted(draw(st.sets(st.integers(1, len(messages) - 1)))) if len(messages) > 1 else []
    return [list(messages[start:end]) for start, end in zip([0, *cuts], [*cuts, len(messages)], strict=True)]


def deliver(work: Work[Any], handlers: Mapping[str, Callable[..., None]], batches: Batches) -> None:
    """As the consumer hands them over: neighbours of one handler together."""
    for batch in batches:
        for handler, run in groupby(batch, key=lambda message: handlers[message.type]):
            handler(work, list(run))


def read(work: Work[Any]) -> Rows:
    return {name: list(work.db[name].find()) for name in work.db.list_collection_names()}


def put_back(work: Work[Any], rows: Rows) -> None:
    for name in work.db.list_collection_names():
        work.db[name].delete_many({})
        if rows.get(name):
            work.db[name].insert_many(rows[name])


# What notify hears


@pytest.fixture
def desk(store: Store, database: str, clock: MovableClock) -> Iterator[Desk]:
    with bench("notify", store, database, clock, **MADE_UP):
        pass
    with MailServer() as server, open_desk(store, database, server, clock, BUILD_DIR=REPOSITORY / "build") as found:
        yield found


def what_pledge_told(desk: Desk) -> list[Envelope]:
    """Seven people: one plain, one who asks again, two who take it back, one corrected twice, one who says "not yet" twice and then yes,
    and one who has had everything erased while what was given before is still on its way."""
    now = desk.clock.now
    told = {name: desk.offer(f"{name}@example.org") for name in ("plain", "again", "gone", "first", "erased")}
    erasing.erase(desk.work, boxes.hash_of(desk.work, "erased@example.org"), desk.clock.move(seconds=1))
    second = desk.offer("second@example.org", replaces=_ref(told["first"]))
    third = desk.offer("third@example.org", replaces=_ref(second))
    late, answered = desk.confirmed("late@example.org"), desk.confirmed("answered@example.org")
    withdrawn = desk.confirmed("withdrawn@example.org")
    desk.mails.clear()

    def said(what: str, ref: str, sequence: int, **more: Any) -> Envelope:
        return envelope(f"pledge.{what}.v1", f"pledge-of-{ref}", {**FACTS, "ref": ref, **more}, now, sequence)

    not_yet = {sequence: {"nudge_at": nine(now, days).isoformat()} for sequence, days in ((4, 7), (6, 14))}
    return [
        *told.values(),
        second,
        third,
        envelope("contact.again.v1", _ref(told["again"]), {"ref": _ref(told["again"])}, now, 2),
        envelope("contact.again.v1", _ref(told["erased"]), {"ref": _ref(told["erased"])}, now, 2),
        said("withdrawn", _ref(told["gone"]), 3),
        said("postponed", late, 4, **not_yet[4]),
        said("postponed", late, 6, **not_yet[6]),
        said("postponed", answered, 4, **not_yet[4]),
        said("kept", answered, 5, answer="yes"),
        said("withdrawn", withdrawn, 3),
    ]


def _ref(offer: Envelope) -> str:
    return str(offer.data["ref"])


def aftermath(desk: Desk, start: datetime) -> dict[str, Any]:
    """Everything sent that may be, until three weeks later; then the stores, without what is made anew each time, and the mails."""
    for days in (0, 3, 7, 14, 21):
        desk.clock.set(nine(start, days) if days else start + timedelta(minutes=2))
        desk.plan_nudges()
        desk.send()
    ledger = {(row.cause, row.ref, row.template): (row.state, row.reason) for row in Notification.objects()}
    contacts = {
        row["_id"]: {name: row.get(name) for name in ("state", "reason", "nudge_at", "nudge_round")} for row in desk.stored()["contacts"]
    }
    promises = {row["_id"]: (row["state"], row["sequence"]) for row in desk.stored()["promises"]}
    received = {
        entry["data"]["message_id"] for row in desk.stored()["contacts"] for entry in row.get("outbox", []) if "message_id" in entry["data"]
    }
    mails = Counter(mail.message["Message-ID"] for mail in desk.mails)
    return {"ledger": ledger, "contacts": contacts, "promises": promises, "received": received, "mails": mails}


@EXAMPLES
def test_what_notify_does_with_them(desk: Desk, examples: settings) -> None:
    """The same contacts, the same ledger, the same mails as after one clean delivery, and no mail twice."""
    told = what_pledge_told(desk)
    before, start = read(desk.work), desk.clock.now
    deliver(desk.work, NOTIFY_HANDLERS, [told])
    expected = aftermath(desk, start)
    assert set(expected["mails"].values()) == {1}
    assert sorted(mail.to.partition("@")[0] for mail in desk.mails) == ["again", "again", "late", "plain", "third"]

    @examples
    @given(in_any_order(told))
    def the_same(batches: Batches) -> None:
        put_back(desk.work, before)
        desk.clock.set(start)
        desk.mails.clear()
        deliver(desk.work, NOTIFY_HANDLERS, batches)
        assert aftermath(desk, start) == expected

    the_same()


# What pledge hears


@pytest.fixture
def work(store: Store, database: str, clock: MovableClock) -> Iterator[Work[Any]]:
    with bench("pledge", store, database, clock) as found:
        yield found


def what_notify_told(work: Work[Any]) -> list[Envelope]:
    """Five pledges with an address: confirmed and stopped, expired, corrected, taken back, confirmed and answered."""
    made = {
        name: pledges.make(work, a_promise(), now=A_MOMENT, nudge=a_nudge(address=f"{name}@example.org"))
        for name in ("stopped", "expired", "corrected", "back", "answered")
    }
    wrong = made["corrected"].ref
    right = pledges.ask_for_nudge(work, made["corrected"].reference, a_nudge(address="right@example.org"), now=A_MOMENT).ref
    pledges.withdraw(work, made["back"].reference, now=A_MOMENT)
    pledges.answer(work, made["answered"].reference, "yes", now=A_MOMENT)
    offers = {
        entry["subject"]: entry["id"] for row in pledge_rows().find() for entry in row["outbox"] if entry["type"] == "contact.offered.v1"
    }

    def said(ref: str, what: str, sequence: int, reason: str = "confirmed") -> Envelope:
        data = {"ref": ref, "message_id": offers[ref]} if what == "received" else {"ref": ref, "reason": reason}
        return envelope(f"contact.{what}.v1", ref, data, A_MOMENT, sequence, "notify")

    told = [said(ref, "received", 0) for ref in offers]
    told += [said(ref, "confirmed", 1) for ref in (made["stopped"].ref, right, made["back"].ref, made["answered"].ref)]
    told += [said(made["expired"].ref, "expired", 1, "not-confirmed"), said(made["stopped"].ref, "suppressed", 2, "stop")]
    return [*told, said(wrong, "expired", 1, "not-me")]


def erasures(made: Mapping[str, str]) -> list[Envelope]:
    """notify asks for each of these refs to be erased."""
    return [envelope("erasure.asked.v1", ref, {"ref": ref}, A_MOMENT, 3, "notify") for ref in made.values()]


def adds_up(row: Mapping[str, Any]) -> bool:
    """What a document has told, each once, is what it now stands for."""
    entries = row["outbox"]
    sums: Counter[str] = Counter()
    for entry in entries:
        sums.update(entry["data"].get("deltas", {}))
    told_once = all(count == 1 for count in Counter(entry["type"] for entry in entries if entry["type"] != "contact.offered.v1").values())
    return told_once and {name: value for name, value in sums.items() if value} == rules.stands_for(row["state"], row.get("answer"))


def as_they_stand(work: Work[Any]) -> dict[str, Any]:
    """Each pledge without the ids that are made anew: what it is, what is kept of its address, what it told."""
    return {
        row["_id"]: (row["state"], row.get("ref"), "offer" in row, row.get("drop_ref_at"), [entry["type"] for entry in row["outbox"]])
        for row in pledge_rows().find()
    }


@EXAMPLES
def test_what_pledge_does_with_them(work: Work[Any], examples: settings) -> None:
    """Read again from any place: the same documents as after one clean delivery. In any order: each tells what it stands for, once."""
    told = what_notify_told(work)
    before = read(work)
    deliver(work, PLEDGE_HANDLERS, [told])
    expected = as_they_stand(work)
    assert Counter(state for state, *_ in expected.values()) == {"confirmed": 3, "anonymous": 1, "withdrawn": 1}

    @examples
    @given(read_again(told))
    def the_same(batches: Batches) -> None:
        put_back(work, before)
        deliver(work, PLEDGE_HANDLERS, batches)
        assert as_they_stand(work) == expected

    @examples
    @given(in_any_order(told))
    def once(batches: Batches) -> None:
        put_back(work, before)
        deliver(work, PLEDGE_HANDLERS, batches)
        assert all(adds_up(row) for row in pledge_rows().find())
        assert not any("offer" in row for row in pledge_rows().find())

    the_same()
    once()


@EXAMPLES
def test_what_pledge_erases(work: Work[Any], examples: settings) -> None:
    """Asked in any order and more than once, while all else is on its way: once it is published nothing leads to anybody, each pledge still
    tells what it stands for, and each ref is answered."""
    told = what_notify_told(work)
    refs = {row["_id"]: row["ref"] for row in pledge_rows().find({"ref": {"$exists": True}})}
    before = read(work)

    @examples
    @given(in_any_order([*told, *erasures(refs)]))
    def erased(batches: Batches) -> None:
        put_back(work, before)
        deliver(work, PLEDGE_HANDLERS, batches)
        erasing_here.erase(work, LATER)
        assert all(adds_up(row) for row in pledge_rows().find())
        pledge_rows().update_many({}, {"$unset": {"outbox": 1, "pending_since": 1}})  # all of it has been published
        for seconds in range(3):
            erasing_here.erase(work, LATER + timedelta(seconds=seconds + 1))
        assert not [row for row in pledge_rows().find() if {"ref", "offer", "withdraw_hash"} & row.keys()]
        answers = [entry["data"]["ref"] for row in work.db["erasures"].find() for entry in row["outbox"]]
        assert sorted(answers) == sorted(refs.values())

    erased()
