"""Notes: what events has us tell one contact. The box lies here until its mail's shelf life is over; the owner of the ref drops its own."""

from services.notify import mails
from services.notify.operations import boxes, ledger
from services.notify.operations.contacts import ERASED
from services.notify.settings import Settings
from services.notify.store import Contact, contact, rows_of
from services.notify.store.posts import HeardNote
from shared.messaging.archive import insert_ignoring_duplicates
from shared.messaging.envelope import Envelope
from shared.messaging.outbox import message, pending
from shared.messaging.work import Work
from shared.runtime.errors import Poison

POST = "post"  # of a note's values: the id of the post that it is about


def heard(work: Work[Settings], envelope: Envelope) -> None:
    """Keep the box, plan the mail that it asks for, say that we have it. The same note again is answered again, and mailed once.

    A contact that has not come yet can say nothing: its note is offered again tomorrow. Raises Poison for a template that notes
    may not ask for.
    """
    ref, now = str(envelope.data["ref"]), work.clock()
    noted = boxes.open_note(work, envelope.data["sealed"])
    if noted.template not in mails.NOTES:
        raise Poison("a note that asks for a mail that notes may not ask for")
    found = contact(ref)
    if found is None or found.reason != ERASED:  # else nobody is mailed, and no box is kept
        insert_ignoring_duplicates(rows_of(HeardNote), [{"_id": envelope.id, "sealed": envelope.data["sealed"], "at": now}])
    about = {"kind": "initiative", "id": noted.values[POST]} if POST in noted.values else None
    ledger.plan(work, ref, noted.template, envelope.id, due_at=envelope.time, correlation=envelope.correlation_id, about=about)
    answer = message("contact.received.v1", ref, {"ref": ref, "message_id": envelope.id}, now=now)
    rows_of(Contact).update_one({"_id": ref}, pending([answer], now))
