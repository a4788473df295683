"""What events hears: one function a kind of message. HANDLERS, last, is the table.

What becomes of contacts that are not its own, on the same topics, is read and done.
"""

from collections.abc import Mapping, Sequence

from services.events.operations import notes, organisers, sign_ups
from services.events.settings import Settings
from shared.messaging import pauses
from shared.messaging.consumer import Handler
from shared.messaging.envelope import Envelope
from shared.messaging.work import Work
from shared.privacy import erasure
from shared.security import revocations


def contact_received(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    """Whose the offer was is not said: each looks among its own."""
    offers = [envelope.data["message_id"] for envelope in envelopes]
    for owner in (notes, organisers, sign_ups):
        owner.received(offers)


def contact_confirmed(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        organisers.confirmed(envelope.data["ref"])


def contact_lost(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        organisers.lost(envelope.data["ref"])
        sign_ups.lost(envelope.data["ref"], work.clock())


def contact_unreachable(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        sign_ups.unreachable(envelope.data["ref"], work.clock())


def erasure_asked(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        erasure.hear(work, envelope)


def session_revoked(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    revocations.hear(work, envelopes)


def campaign_paused(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    pauses.hear(work, envelopes)


HANDLERS: Mapping[str, Handler[Work[Settings]]] = {
    "contact.received.v1": contact_received,
    "contact.confirmed.v1": contact_confirmed,
    "contact.expired.v1": contact_lost,
    "contact.suppressed.v1": contact_lost,
    "contact.unreachable.v1": contact_unreachable,
    "erasure.asked.v1": erasure_asked,
    "session.revoked.v1": session_revoked,
    "campaign.paused.v1": campaign_paused,
    "campaign.resumed.v1": campaign_paused,
}
