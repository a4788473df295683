"""Each contact: what it told, its first mail, its nudge, and that nothing personal outlives its end."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from services.notify import mails, rules
from services.notify.operations import places
from services.notify.operations.contacts import PERSONAL
from services.notify.operations.examine.reading import Reading
from services.notify.operations.ledger import notification_id
from services.notify.operations.nudges import cause_of
from shared.messaging.findings import AMISS, DOUBLED, LOST, Finding, spell
from shared.messaging.told import Row, Told, missing_from_archive, repeated_or_beyond
from shared.privacy.erasure import ANSWERED_WITHIN

RECEIVED, CONFIRMED, EXPIRED, SUPPRESSED, UNREACHABLE = (
    "contact.received.v1",
    "contact.confirmed.v1",
    "contact.expired.v1",
    "contact.suppressed.v1",
    places.UNREACHABLE,
)
LIVE = (rules.OFFERED, rules.CONFIRMED, rules.SERVING)
NUDGE_LATE, EVENING_LATE = timedelta(minutes=1), timedelta(minutes=1)
FORGOTTEN_LATE = timedelta(days=1)
NEVER_ = datetime(1, 1, 1, tzinfo=UTC)
MANY = 1_000_000
NEVER = (0, 0)

# State → how often it told each, at least and at most. It answers every offer, so "received" has no upper end.
EXPECTED = {
    rules.OFFERED: {RECEIVED: (1, MANY), CONFIRMED: NEVER, EXPIRED: NEVER, SUPPRESSED: NEVER},
    rules.CONFIRMED: {RECEIVED: (1, MANY), CONFIRMED: (1, 1), EXPIRED: NEVER, SUPPRESSED: NEVER},
    rules.EXPIRED: {RECEIVED: (1, MANY), CONFIRMED: NEVER, EXPIRED: (1, 1), SUPPRESSED: NEVER},
    rules.SUPPRESSED: {RECEIVED: (1, MANY), CONFIRMED: (1, 1), EXPIRED: NEVER, SUPPRESSED: (1, 1)},
    rules.FORGOTTEN: {RECEIVED: (0, MANY), CONFIRMED: (0, 1), EXPIRED: NEVER, SUPPRESSED: NEVER},
}
# An organiser's, whose address goes by itself in the end; and one that notify made itself, at a first sign-in, which answers notes alone.
OF_ORGANISERS = EXPECTED | {rules.EXPIRED: {RECEIVED: (1, MANY), CONFIRMED: (0, 1), EXPIRED: (1, 1), SUPPRESSED: NEVER}}
MADE_HERE = {
    rules.CONFIRMED: {RECEIVED: (0, MANY), CONFIRMED: NEVER, EXPIRED: NEVER, SUPPRESSED: NEVER},
    rules.EXPIRED: {RECEIVED: (0, MANY), CONFIRMED: NEVER, EXPIRED: (1, 1), SUPPRESSED: NEVER},
    rules.SUPPRESSED: {RECEIVED: (0, MANY), CONFIRMED: NEVER, EXPIRED: NEVER, SUPPRESSED: (1, 1)},
}
_NEVER_OF_A_PLACE = {CONFIRMED: NEVER, EXPIRED: NEVER}
OF_PLACES = {
    rules.SERVING: {RECEIVED: (1, MANY), **_NEVER_OF_A_PLACE, SUPPRESSED: NEVER, UNREACHABLE: (0, 1)},
    rules.SUPPRESSED: {RECEIVED: (1, MANY), **_NEVER_OF_A_PLACE, SUPPRESSED: (1, 1), UNREACHABLE: (0, 1)},
    rules.FORGOTTEN: {RECEIVED: (0, MANY), **_NEVER_OF_A_PLACE, SUPPRESSED: NEVER, UNREACHABLE: (0, 1)},
}
STATES = EXPECTED.keys() | OF_PLACES.keys()


def _expected(row: Row) -> dict[str, tuple[int, int]]:
    table = EXPECTED
    if row.get("kind") == rules.ORGANISER:
        table = OF_ORGANISERS if row.get("offer_id") else MADE_HERE
    if row.get("kind") == rules.PLACE:
        table = OF_PLACES
    return table.get(row["state"], {})


def compare_contacts(read: Reading) -> Iterator[Finding]:
    for ref, row in read.contacts.items():
        yield from _life(read, ref, row)
        if read.is_old(row):
            continue
        yield from _telling(ref, row, read.told[ref])
        yield from _first_mail(read, ref, row)
        yield from _evening(read, ref, row)
        if row["state"] == rules.CONFIRMED and row.get("kind") != rules.ORGANISER:
            yield from _nudge(read, ref, row)


def _life(read: Reading, ref: str, row: Row) -> Iterator[Finding]:
    if row["state"] not in STATES:
        yield Finding(AMISS, "state-unknown", ref, f"contact {ref} is in no state of ours: {row['state']}", "a newer release may know it")
    elif row["state"] in LIVE:
        if "sealed" not in row:
            words = f"contact {ref} is {row['state']}, and its address is gone: no mail can be written"
            yield Finding(LOST, "address-gone", ref, words, "its pledge's owner can ask for another nudge")
        if row["state"] == rules.SERVING and row.get("forget_at", NEVER_) < read.now - FORGOTTEN_LATE:
            words = f"the address of place {ref} should have gone by itself, a week after its slot"
            yield Finding(AMISS, "address-kept", ref, words, "see that notify's worker runs; set its forget_at where it is missing")
    elif kept := [name for name in PERSONAL if name in row]:
        words = f"contact {ref} has ended ({row['state']}), and still holds {', '.join(kept)}"
        yield Finding(AMISS, "address-kept", ref, words, "unset these fields: an address that ended must be forgotten")


def examine_erasures(read: Reading) -> Iterator[Finding]:
    """What was to be erased is, and everybody who was asked to has answered."""
    for ref, row in read.contacts.items():
        since = row.get("erasing_since")
        if since and since < read.now - ANSWERED_WITHIN:
            words = f"contact {ref} was to be erased {spell(read.now - since)} ago, and {' and '.join(row['erasing'])} did not answer"
            yield Finding(AMISS, "erasure-unanswered", ref, words, "do its worker and its consumer run? `erasures ask` asks once more")
    for ref in read.erased_and_held:
        words = f"contact {ref} was given before its owner wanted everything erased, and its address is here"
        yield Finding(AMISS, "erased-and-held", ref, words, "see that notify's worker runs; have the mark's sure_due set to now")


def _telling(ref: str, row: Row, told: Told) -> Iterator[Finding]:
    yield from repeated_or_beyond("contact", ref, told)
    if told.missing:
        yield missing_from_archive("contact", ref, told.missing)
        return
    for type_, (least, most) in _expected(row).items():
        number = told.count(type_)
        if not least <= number <= most:
            reason = f" ({row['reason']})" if row.get("reason") else ""
            words = f"contact {ref} is {row['state']}{reason}, and told {type_} {number} times, not {least if number < least else most}"
            advice = "look at its messages in the archive: one is missing, or not its own"
            yield Finding(LOST if number < least else DOUBLED, "told-otherwise", ref, words, advice, type_)


def _first_mail(read: Reading, ref: str, row: Row) -> Iterator[Finding]:
    offer = row.get("offer_id")
    kind = row.get("kind", rules.PLEDGE)
    templates = places.FIRST_MAILS if kind == rules.PLACE else (mails.first_mail(kind),)
    if offer and not any(notification_id(offer, ref, template) in read.ledger for template in templates):
        words = f"contact {ref} was offered by message {offer}, and no {' or '.join(templates)} mail was ever planned for it"
        yield Finding(LOST, "mail-not-planned", ref, words, "have its owner's republish offer it again: that plans it")
    if row["state"] == rules.OFFERED and "expires_at" not in row and ref not in read.under_way:
        words = f"contact {ref} waits to be confirmed, no mail to it is under way, and nothing will ever end it"
        yield Finding(AMISS, "never-expires", ref, words, "set its expires_at to now: it then expires, and its pledge hears of it")


def _evening(read: Reading, ref: str, row: Row) -> Iterator[Finding]:
    due = row.get("evening_due")
    if due is not None and due < read.now - EVENING_LATE:
        words = f"the mail of the evening before to contact {ref} was due {spell(read.now - due)} ago, and is not planned"
        yield Finding(AMISS, "evening-late", ref, words, "see that notify's worker runs, and whether it has more than it can do")


def _nudge(read: Reading, ref: str, row: Row) -> Iterator[Finding]:
    due = row.get("nudge_due")
    if due is not None:
        if due < read.now - NUDGE_LATE:
            words = f"the nudge of contact {ref} was due {spell(read.now - due)} ago, and is not planned"
            yield Finding(AMISS, "nudge-late", ref, words, "see that notify's worker runs")
        return
    cause = cause_of(ref, rules.nudge_due(row["nudge_at"], row["confirmed_at"]), row.get("nudge_round"))
    if notification_id(cause, ref, mails.NUDGE) not in read.ledger:
        words = f"the nudge of contact {ref} counts as planned, and there is no such mail ({cause})"
        yield Finding(LOST, "nudge-not-planned", ref, words, "set its nudge_due to its nudge_at: the worker plans it")
