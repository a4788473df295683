"""Sessions and who they belong to: each that was ended early has told so once, and nobody's ending was left half done."""

from collections.abc import Iterator
from datetime import timedelta

from services.notify.operations.examine.reading import Reading
from shared.messaging.findings import AMISS, DOUBLED, LOST, Finding, note, spell
from shared.messaging.told import repeated_or_beyond

REVOKED = "session.revoked.v1"
ENDING_LONG = timedelta(minutes=5)


def examine_staff(read: Reading) -> Iterator[Finding]:
    for id_, row in read.sessions.items():
        told, due = read.told_by_sessions[id_], int("revoked_at" in row)
        yield from repeated_or_beyond("session", id_, told)
        if (count := told.count(REVOKED)) != due:
            words = f"session {id_} was {'ended early' if due else 'not ended'}, and told so {count} times"
            yield Finding(LOST if count < due else DOUBLED, "session-told-otherwise", id_, words, "look at its messages in the archive")
    for id_, row in read.staff.items():
        since = row.get("sign_out_due")
        if since and since < read.now - ENDING_LONG:
            words = f"the sessions of member {id_} were to end {spell(read.now - since)} ago, and nobody has finished that"
            yield Finding(AMISS, "sign-out-unfinished", id_, words, "see that notify's worker runs; here none of them counts any more")
    if read.staff:
        open_ = sum(1 for row in read.sessions.values() if "revoked_at" not in row and read.now < row["expires_at"])
        yield note("staff", f"{len(read.staff)} members of staff, {open_} signed in")
