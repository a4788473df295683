"""A note to one contact: sealed to notify, offered each day until notify says that it has it, then dropped.

events knows no address: it says whom by a contact_ref, what by the name of one of notify's templates (`STILL_ON`, …), and
notify writes and sends the mail.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from services.events.settings import Settings
from services.events.store.notes import arrived, given, notes
from shared.messaging import handover
from shared.messaging.outbox import first_messages, message
from shared.messaging.work import Work
from shared.privacy import retention
from shared.security.sealing import seal

STILL_ON, CARE_REPLY, CANCEL_NOTE = "still-on", "care-reply", "cancel-note"


def give(
    work: Work[Settings], id_: str, ref: str, template: str, values: Mapping[str, str], *, token: str | None = None, now: datetime
) -> bool:
    """Have notify send `template` to `ref`. `id_` names the occasion: a second note of the same id is not given.

    `values`: what the mail's words need, as text. `token`: of the link in it.
    """
    content = {"template": template, "values": dict(values)} | ({"token": token} if token else {})
    entry = message("contact.note.v1", ref, {"ref": ref, "sealed": seal(work.settings.notify_public_key, content)}, now=now)
    row = {"_id": id_, "ref": ref, "made_at": now, "offer": handover.kept(entry, now), "outbox_base": 0}
    try:
        notes().insert_one(row | first_messages([entry], now))
    except DuplicateKeyError:
        return False
    return True


def received(message_ids: Sequence[str]) -> None:
    """notify has it: drop our sealed copy."""
    handover.received(notes(), message_ids)


def offer_again(_work: Work[Settings], now: datetime) -> int:
    """Notes that notify has not said it holds, offered once more each day."""
    return handover.offer_again(notes(), now)


def forget(_work: Work[Settings], now: datetime) -> int:
    """What has arrived, and what nobody can be told any more: its contact is gone, or its link no longer good."""
    gone = notes().delete_many(arrived(now - retention.NOTE_ARRIVED.lasts)).deleted_count
    return gone + notes().delete_many(given(now - retention.NOTE_UNDER_WAY.lasts)).deleted_count
