"""Whether staff have paused the campaign, as events and notify know it: a small copy of what pledge tells.

pledge itself looks into its own document. A copy also knows when a pause ends by itself, so nobody waits for a message to end it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.database import Database

from shared.messaging.copies import keep_newer
from shared.messaging.envelope import Envelope
from shared.messaging.work import Work

COLLECTION = "campaign_pause"
CAMPAIGN = "campaign"  # the one there is: what its messages are about
PAUSED = "campaign.paused.v1"


@dataclass(frozen=True)
class Pause:
    """`kind`: a code of the table `pauses`. `until`: None where somebody has to end it."""

    kind: str
    since: datetime
    until: datetime | None

    def holds(self, now: datetime) -> bool:
        return self.until is None or now < self.until


def hear(work: Work[Any], envelopes: Sequence[Envelope]) -> None:
    """Keep the newest. The same message again, or an older one, changes nothing."""
    for envelope in envelopes:
        if envelope.type == PAUSED:
            fields, forget = _paused(envelope)
        else:
            fields, forget = {"ended": envelope.time}, ("kind", "since", "until")
        keep_newer(work.db[COLLECTION], envelope.subject, envelope.sequence or 0, fields, forget)


def _paused(envelope: Envelope) -> tuple[dict[str, Any], tuple[str, ...]]:
    fields: dict[str, Any] = {"kind": envelope.data["kind"], "since": envelope.time}
    until = envelope.data.get("until")
    if until is None:
        return fields, ("until", "ended")
    return {**fields, "until": datetime.fromisoformat(until)}, ("ended",)


def read_pause(said: Mapping[str, Any] | None, now: datetime) -> Pause | None:
    """The pause that a document says, if it still holds."""
    if not said or "kind" not in said:
        return None
    found = Pause(said["kind"], said["since"], said.get("until"))
    return found if found.holds(now) else None


def heard_pause(db: Database[dict[str, Any]], subject: str, now: datetime) -> Pause | None:
    """What was heard last of this campaign, if it still holds."""
    return read_pause(db[COLLECTION].find_one({"_id": subject}), now)
