"""What pledge hears: one function a kind of message. HANDLERS, last, is the table."""

from collections.abc import Sequence

from services.pledge.operations import contacts, counting, listings
from services.pledge.settings import Settings
from shared.messaging.envelope import Envelope
from shared.messaging.work import Work
from shared.privacy import erasure
from shared.security import revocations


def count(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    counting.count(work, envelopes)


def contact_received(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    contacts.received([envelope.data["message_id"] for envelope in envelopes])


def contact_confirmed(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        contacts.confirmed(work, envelope.data["ref"], now=work.clock())


def contact_lost(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        contacts.lost(work, envelope.data["ref"], now=work.clock())


def session_revoked(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    revocations.hear(work, envelopes)


def erasure_asked(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        erasure.hear(work, envelope)


def event_posted(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        listings.event_posted(work, envelope)


def initiative_posted(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        listings.initiative_posted(work, envelope)


def post_ended(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        listings.post_ended(work, envelope)


def group_paused(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        listings.group_paused(work, envelope)


HANDLERS = {
    "pledge.made.v1": count,
    "pledge.confirmed.v1": count,
    "pledge.lapsed.v1": count,
    "pledge.withdrawn.v1": count,
    "pledge.kept.v1": count,
    "pledge.postponed.v1": count,
    "pledge.voided.v1": count,
    "poster.used.v1": count,
    "sign-up.placed.v1": count,
    "sign-up.queued.v1": count,
    "sign-up.promoted.v1": count,
    "sign-up.left.v1": count,
    "sign-up.refused.v1": count,
    "sign-up.repeated.v1": count,
    "attendance.recorded.v1": count,
    "reach.recorded.v1": count,
    "tally.recorded.v1": count,
    "entry.voided.v1": count,
    "group.paused.v1": group_paused,
    "event.published.v1": event_posted,
    "event.changed.v1": event_posted,
    "event.closing.v1": post_ended,
    "event.cancelled.v1": post_ended,
    "event.taken-down.v1": post_ended,
    "initiative.published.v1": initiative_posted,
    "initiative.changed.v1": initiative_posted,
    "initiative.taken-down.v1": post_ended,
    "contact.received.v1": contact_received,
    "contact.confirmed.v1": contact_confirmed,
    "contact.expired.v1": contact_lost,
    "contact.suppressed.v1": contact_lost,
    "erasure.asked.v1": erasure_asked,
    "session.revoked.v1": session_revoked,
}
