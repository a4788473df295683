"""The ledger against what the mail server took: each mail that counts as sent came, and none came that nobody may explain."""

from collections import Counter
from collections.abc import Iterator, Mapping

from shared.laptop.audit.evidence import Evidence, Row
from shared.laptop.mailbox import CUT
from shared.messaging.findings import DOUBLED, LOST, NOTE, Finding, note

# A test compares this with notify's templates; every other is sent once or not at all.
RESEND = (
    "cancel-note",
    "cancelled",
    "care-reply",
    "changed",
    "changes-asked",
    "confirm",
    "eve",
    "group-paused",
    "held",
    "invitation",
    "join",
    "my-data",
    "no-place",
    "place-gone",
    "placed",
    "promoted",
    "published",
    "queued",
    "repeat",
    "sign-in",
    "still-on",
    "taken-down",
    "to-check",
)


def compare_mails(evidence: Evidence) -> Iterator[Finding]:
    if evidence.mails is None:
        yield note("mails", "no account of received mails was kept")
        return
    came = Counter(mail.message_id for mail in evidence.mails if mail.message_id != CUT)
    ledger = {row["message_id"]: row for row in evidence.ledger.values()}
    began = max((mail.received_at for mail in evidence.mails if mail.message_id == CUT), default="")
    for message_id, row in ledger.items():
        yield from _row(row, came[message_id], began)
    for message_id in came.keys() - ledger.keys():
        words = f"a mail {message_id} was received, and the ledger has no such mail"
        yield Finding(DOUBLED, "mail-of-nobody", message_id or "?", words, "its ledger row is gone, or somebody else sent it", message_id)
    sent = sum(1 for row in ledger.values() if row["state"] == "sent")
    yield note("mails", f"{len(ledger)} mails planned, {sent} sent, {sum(came.values())} received")


def _row(row: Row, copies: int, began: str) -> Iterator[Finding]:
    what = f"the {row['template']} mail {row['message_id']} to contact {row['ref']}"
    if copies == 0 and row["state"] == "sent" and row["sent_at"].isoformat() >= began:
        words = f"{what} counts as sent, and was never received"
        yield Finding(LOST, "mail-not-received", row["ref"], words, "look at the mail server's log", row["_id"])
    if copies > 1:
        yield _doubled(row, what, copies)
    if copies and not row["attempts"]:
        words = f"{what} is {row['state']} and was never tried, and it was received"
        yield Finding(DOUBLED, "mail-before-its-claim", row["ref"], words, "the ledger's row was changed by another hand", row["_id"])


def _doubled(row: Mapping[str, object], what: str, copies: int) -> Finding:
    """A mail that may be sent again says how often it was tried; each time but the last, its sender ended or heard no answer."""
    attempts, ref, id_ = row["attempts"], str(row["ref"]), str(row["_id"])
    if row["template"] in RESEND and isinstance(attempts, int) and copies <= attempts:
        words = f"{what} was received {copies} times under one Message-ID: it was tried {attempts} times, as its promise allows"
        return Finding(NOTE, "mail-resent", ref, words, "", id_)
    name = "mail-twice" if row["template"] not in RESEND else "mail-unexplained"
    words = f"{what} was received {copies} times, and tried {attempts} times"
    return Finding(DOUBLED, name, ref, words, "look at the sender's log", id_)
