"""Each post by itself: what it told against what it is, whether people find it exactly while they should, and who decided so."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.events.operations.examine.reading import Reading
from services.events.rules.posts import CANCELLED, CLOSING, INITIATIVE, PAST, PUBLISHED, TAKEN_DOWN
from services.events.store.posts import with_time_before
from shared.messaging.findings import AMISS, DOUBLED, LOST, Finding, spell
from shared.messaging.told import Row, Told, missing_from_archive, repeated_or_beyond
from shared.privacy import retention

LATE, LATE_TO_PASS = timedelta(minutes=1), timedelta(minutes=10)
SUBMITTED, ASKED = "post.submitted.v1", "event.changes-asked.v1"
BESIDE = (SUBMITTED, ASKED, "initiative.ageing.v1", "event.eve.v1", "attendance.recorded.v1")  # nothing of how it stands
SHOWN = ("published", "changed")
# state → the last that such a post told of how it stands; nothing of it, in the states that are not here
LAST = {PUBLISHED: SHOWN, CLOSING: ("closing",), CANCELLED: ("cancelled",), PAST: SHOWN, TAKEN_DOWN: ("taken-down",)}
MOST_OVERDUE = 20
WORKER = "see that events' worker runs, and what it logs"
LOOK = "look at its messages in the archive: one is missing, or not its own"


def compare_posts(read: Reading) -> Iterator[Finding]:
    for id_, row in read.posts.items():
        what = f"{row['kind']} {id_}"
        yield from _telling(what, id_, row, read)
        yield from _shown(what, id_, row, read)
        yield from _late(what, id_, row, read)
    yield from _gone(read)


def _telling(what: str, id_: str, row: Row, read: Reading) -> Iterator[Finding]:
    told = read.told[id_]
    yield from repeated_or_beyond(what, id_, told)
    if read.is_old(row):
        return
    if told.missing:
        yield missing_from_archive(what, id_, told.missing)
    elif differences := [*_differences(row, told)]:
        effect = DOUBLED if all(more for more, _ in differences) else LOST
        yield Finding(effect, "told-otherwise", id_, f"{what} is {row['state']}, and {'; '.join(words for _, words in differences)}", LOOK)


def _differences(row: Row, told: Told) -> Iterator[tuple[bool, str]]:
    """How what it told differs from what it is: whether it told too much, and in words."""
    said = [(type_.split(".")[1], data) for _, type_, data in told.entries if type_ not in BESIDE]
    wanted: Sequence[str] = LAST.get(row["state"], ())
    if (row["kind"], row["state"]) == (INITIATIVE, PAST):  # its own group ended it, and that is told
        wanted = LAST[TAKEN_DOWN]
    last, data = said[-1] if said else ("", {})
    if bool(wanted) != bool(last) or (wanted and last not in wanted):
        yield not wanted, f"the last it told of that was {last or 'nothing'}, not {' or '.join(wanted) or 'nothing'}"
    elif last in SHOWN and (data["edition"] != row["edition"] or data["title"] != row["live"]["title"]):
        yield False, f"it told edition {data['edition']}, and people see edition {row['edition']}"
    if (count := sum(kind == "published" for kind, _ in said)) != int("live" in row):
        yield (
            count > int("live" in row),
            f"it was published and told so {count} times" if "live" in row else "it told that it was published",
        )
    if (waits := _waits(told)) != ("submitted_at" in row):
        yield waits, "it told that it waits to be read, and it does not" if waits else "it waits to be read, and has not told so"


def _waits(told: Told) -> bool:
    """Whether, by what it told, somebody has to read it: as notify's copy understands it."""
    waits = False
    for _, type_, data in told.entries:
        if type_ == SUBMITTED and not data.get("changed"):
            waits = not data.get("taken_back")
        elif type_ == ASKED or type_ not in BESIDE:
            waits = False
    return waits


def _shown(what: str, id_: str, row: Row, read: Reading) -> Iterator[Finding]:
    group = read.groups.get(row["group"])
    if group is None:
        yield Finding(LOST, "group-gone", id_, f"{what} is of group {row['group']}, and that is not there", "restore it from a backup")
    paused = bool((group or {}).get("paused_at"))
    if (should := row["state"] == PUBLISHED and not paused) != ("listed" in row):
        why = f"its state is {row['state']}" + (" and its group is paused" if paused else "")
        words = f"{what} {'cannot be found' if should else 'stands in the lists'}, and {why}"
        yield Finding(AMISS, "listed-otherwise", id_, words, "set or unset `listed`; pause its group and show it again, which does so")
    if "live" in row and id_ not in read.read_by_somebody and _published(row) > read.now - retention.DECISION.lasts:
        words = f"{what} is or was shown, and no decision in the log published it"
        yield Finding(AMISS, "published-by-nobody", id_, words, "take it down, and look at who can write into the store")


def _published(row: Row) -> Any:
    return row.get("published_at") or row["made_at"]


def overdue(now: datetime) -> Iterator[Finding]:
    """The choices that nobody carries out: the part that an index answers, so that a page may ask for it."""
    for post in with_time_before("decision_due", now - LATE, MOST_OVERDUE):
        yield _not_carried_out(f"{post.kind} {post.id}", post.id, now - post.decision_due)


def _not_carried_out(what: str, id_: str, since: timedelta) -> Finding:
    words = f"what was chosen for {what} was due {spell(since)} ago, and is not carried out"
    return Finding(AMISS, "decision-late", id_, words, WORKER)


def _late(what: str, id_: str, row: Row, read: Reading) -> Iterator[Finding]:
    due = row.get("decision_due")
    if bool(due) != ("decision" in row):
        words = f"{what} holds {'a time for a choice and no choice' if due else 'a choice that no worker will find'}"
        yield Finding(LOST, "decision-unseen", id_, words, "unset its decision and decision_due; it can then be decided on again")
    elif due and due < read.now - LATE:
        yield _not_carried_out(what, id_, read.now - due)
    closing, ends = row.get("closing_at"), row.get("ends_at")
    if closing and closing < read.now - LATE:
        yield Finding(AMISS, "closing-late", id_, f"{what} takes nobody since {spell(read.now - closing)}, and is not cancelled", WORKER)
    if row["state"] == CLOSING and not closing:
        yield Finding(LOST, "closing-unseen", id_, f"{what} is being cancelled, and no worker will find it", "set its closing_at")
    if row["state"] == PUBLISHED and ends and ends < read.now - LATE_TO_PASS:
        yield Finding(AMISS, "past-late", id_, f"{what} ended {spell(read.now - ends)} ago, and is not put away", WORKER)


def _gone(read: Reading) -> Iterator[Finding]:
    for id_, rows in read.gone.items():
        last = max(rows, key=lambda row: row.get("sequence") or 0)
        if not _may_go(last):
            words = f"{last['type']} was the last that {id_} told, and its document is gone"
            yield Finding(LOST, "document-gone", id_, words, "restore it from a backup; elsewhere it stands as it was told")


def _may_go(last: Row) -> bool:
    """A draft, of a post or a group, may be deleted or forgotten; nothing that waits or was ever shown may."""
    said: dict[str, Any] = last["data"]
    return last["type"] == ASKED or bool(said.get("taken_back")) or said.get("approved") is False
