"""What notify hears: one function a kind of message. HANDLERS, last, is the table."""

from collections.abc import Sequence

from services.notify import rules
from services.notify.operations import contacts, promises
from services.notify.settings import Settings
from shared.messaging.envelope import Envelope
from shared.messaging.work import Work


def contact_offered(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        contacts.offered(work, envelope, work.clock())


def contact_again(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        contacts.asked_again(work, envelope)


def pledge_withdrawn(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        promises.heard(work, envelope, rules.WITHDRAWN)


def pledge_kept(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        promises.heard(work, envelope, rules.ANSWERED)


def pledge_postponed(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        promises.postponed(work, envelope)


HANDLERS = {
    "contact.offered.v1": contact_offered,
    "contact.again.v1": contact_again,
    "pledge.withdrawn.v1": pledge_withdrawn,
    "pledge.kept.v1": pledge_kept,
    "pledge.postponed.v1": pledge_postponed,
}
