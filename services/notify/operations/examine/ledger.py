"""The ledger's rows by themselves: each in a state of ours, with what that state needs, and none late without a reason."""

from collections.abc import Iterator
from datetime import timedelta

from services.notify import mails, rules
from services.notify.operations.examine.reading import OPEN, Reading
from services.notify.operations.ledger import notification_id
from shared.messaging.findings import AMISS, DOUBLED, LOST, Finding, note, spell
from shared.messaging.told import Row

CLOSED = (rules.UNKNOWN, rules.FAILED, rules.HELD_BACK, rules.OUTLIVED)
MAILS_LATE = timedelta(minutes=2)
TELLING_LATE = timedelta(minutes=5)
PAUSED_LONG = timedelta(days=1)


def examine_rows(read: Reading) -> Iterator[Finding]:
    for id_, row in read.ledger.items():
        yield from _row(id_, row)
    yield from _message_ids(read)
    yield from _contacts(read)
    yield from _tellings(read)
    yield from _pause(read) if read.paused else _late(read)
    yield from _held(read)
    if unknown := [row for row in read.ledger.values() if row["state"] == rules.UNKNOWN]:
        yield note(
            "mails-unknown", f"mails that went, or did not: {len(unknown)}; sender or server broke off between the question and the answer"
        )


def _row(id_: str, row: Row) -> Iterator[Finding]:
    state, what = row["state"], f"the {row['template']} mail {id_} to contact {row['ref']}"
    if id_ != notification_id(row["cause"], row["ref"], row["template"]):
        words = f"{what} is planned under an id that is not its own"
        yield Finding(DOUBLED, "planned-twice", row["ref"], words, "delete the row: what it stands for has one of its own", id_)
    if row["template"] not in mails.TEMPLATES:
        yield Finding(
            AMISS, "template-unknown", row["ref"], f"{what} is of a kind that this release does not write", "a newer release may", id_
        )
    if state in OPEN:
        if "next_attempt_at" not in row:
            words = f"{what} is {state}, and no sender will find it: its next_attempt_at is missing"
            yield Finding(LOST, "mail-unseen", row["ref"], words, "set its next_attempt_at to now", id_)
        return
    lacks = {rules.SENT: "sent_at", **dict.fromkeys(CLOSED, "reason")}.get(state)
    if lacks is None:
        yield Finding(AMISS, "state-unknown", row["ref"], f"{what} is in no state of ours: {state}", "a newer release may know it", id_)
    elif not row.get(lacks):
        yield Finding(AMISS, "ledger-row-lacks", row["ref"], f"{what} is {state}, and has no {lacks}", "look at the sender's log", id_)
    if "next_attempt_at" in row:
        words = f"{what} is {state}, and would be tried again"
        yield Finding(DOUBLED, "mail-open-again", row["ref"], words, "unset its next_attempt_at", id_)


def _message_ids(read: Reading) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for id_, row in read.ledger.items():
        other = first.setdefault(row["message_id"], id_)
        if other != id_:
            words = f"the mails {other} and {id_} have the same Message-ID {row['message_id']}"
            yield Finding(DOUBLED, "message-id-shared", row["ref"], words, "one is not its own: see which its contact's lookup shows", id_)


def _contacts(read: Reading) -> Iterator[Finding]:
    """A contact outlives its mails here."""
    for id_, row in read.ledger.items():
        template = mails.TEMPLATES.get(row["template"])
        if row["state"] == rules.SENT and template and template.to_contact and row["ref"] not in read.contacts:
            words = f"a {row['template']} mail was sent to contact {row['ref']}, and that contact is gone"
            yield Finding(LOST, "contact-gone", row["ref"], words, "restore it from a backup: its links lead nowhere now", id_)


def _late(read: Reading) -> Iterator[Finding]:
    due = [row for row in read.ledger.values() if row["state"] in OPEN and row.get("next_attempt_at", read.now) < read.now]
    if not due:
        return
    age = read.now - min(row["next_attempt_at"] for row in due)
    stale = sum(1 for row in due if row["state"] == rules.CLAIMED)
    words = f"mails due: {len(due)}, the oldest for {spell(age)}" + (f"; claimed by a sender that ended: {stale}" if stale else "")
    advice = "see that the sender runs, and whether it has more than it can do"
    yield Finding(AMISS, "mails-late", "ledger", words, advice) if age > MAILS_LATE else note("mails-due", words)


def _held(read: Reading) -> Iterator[Finding]:
    """What waits for the end of the staff's pause, or should have been let go after it."""
    held = [row for row in read.ledger.values() if "held_since" in row]
    if closed := [row for row in held if row["state"] not in OPEN]:
        words = f"mails that are over, and still marked as held: {len(closed)}"
        yield Finding(AMISS, "mail-held-for-ever", "ledger", words, "unset their held_since")
    waiting = len(held) - len(closed)
    if waiting and read.quiet:
        yield note(
            "mails-held", f"the campaign is paused since {spell(read.now - read.quiet.since)} ago; mails that wait for its end: {waiting}"
        )
    elif waiting:
        words = f"the campaign goes on, and mails that it held wait still: {waiting}"
        yield Finding(AMISS, "mails-held-late", "ledger", words, "see that notify's worker runs: it lets ten a second go")


def _tellings(read: Reading) -> Iterator[Finding]:
    """Messages that everybody of an event was to be told of, and not everybody is."""
    for row in read.tellings:
        if (age := read.now - row["open_since"]) > TELLING_LATE:
            words = f"not everybody of event {row['event']} is told ({row['template']}), {spell(age)} after its message"
            yield Finding(AMISS, "telling-late", row["event"], words, "see that notify's worker runs", row["_id"])


def _pause(read: Reading) -> Iterator[Finding]:
    assert read.paused  # noqa: S101 -- asked by the caller; this tells the type checker
    waiting = [row for row in read.ledger.values() if row["state"] in OPEN]
    age = read.now - read.paused.since
    words = f"mail is paused since {spell(age)} ago ({read.paused.reason or 'no reason given'}); mails that wait: {len(waiting)}"
    advice = "mail resume lets them go; each that outlives its shelf life expires unsent"
    yield Finding(AMISS, "mail-paused-long", "mail", words, advice) if age > PAUSED_LONG else note("mail-paused", words)
