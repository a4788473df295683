"""Is everything that pledge accepted still there, told, and counted once? Each station is compared with the next, by name.

documents ↔ archive ↔ counted rows ↔ totals ↔ documents, the campaign team's figures among them. Read in this order and by nobody
locked: what moves meanwhile is seen at one of its stations, or looked at again (shared/messaging/findings.py). Reads only.
"""

from datetime import datetime

from services.pledge.operations import erasing
from services.pledge.operations.examine.counts import compare_counted, compare_documents_and_totals, compare_totals
from services.pledge.operations.examine.documents import compare_documents, find_homeless
from services.pledge.operations.examine.figures import compare_figures
from services.pledge.operations.examine.reading import is_quiet, read_all
from services.pledge.settings import Settings
from shared.messaging.findings import DOUBLED, LOST, Finding, note
from shared.messaging.work import Work

__all__ = ["examine"]


def examine(work: Work[Settings], now: datetime) -> list[Finding]:
    """One look at everything."""
    read = read_all(work.db, now)
    found = [*compare_documents(read), *find_homeless(read), *compare_figures(read), *compare_counted(read), *compare_totals(read)]
    found += erasing.examine(work, now)
    if is_quiet(read) and not any(finding.effect in (LOST, DOUBLED) for finding in found):
        found += compare_documents_and_totals(read)
    documents = f"{len(read.documents)} pledges, {len(read.figures)} figures of the campaign team's"
    words = f"{documents}, {len(read.archived)} messages in the archive, {len(read.counted)} rows counted"
    return [*found, note("pledges", words)]
