"""Is every address and every mail where it should be? Each contact is compared with what it told and with the ledger, by name.

contacts ↔ archive, contacts ↔ ledger, and the ledger's rows by themselves. Reads only; no box is opened, no address is read.
"""

from collections import Counter
from datetime import datetime

from services.notify.operations.examine.contacts import compare_contacts, examine_erasures
from services.notify.operations.examine.ledger import examine_rows
from services.notify.operations.examine.reading import read_all
from services.notify.operations.examine.staff import examine_staff
from services.notify.settings import Settings
from shared.messaging.findings import Finding, note
from shared.messaging.work import Work

__all__ = ["examine"]


def examine(work: Work[Settings], now: datetime) -> list[Finding]:
    """One look at everything."""
    read = read_all(work.db, now)
    found = [*compare_contacts(read), *examine_erasures(read), *examine_rows(read), *examine_staff(read)]
    return [*found, _counts("contacts", read.contacts), _counts("mails", read.ledger)]


def _counts(name: str, rows: dict[str, dict[str, str]]) -> Finding:
    states = Counter(row["state"] for row in rows.values())
    parts = ", ".join(f"{state} {count}" for state, count in sorted(states.items()))
    return note(name, f"{len(rows)} {name}" + (f": {parts}" if parts else ""))
