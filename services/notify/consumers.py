"""What notify hears, one message after another. HANDLERS, last, is the table."""

from collections.abc import Callable, Sequence

from services.notify import rules
from services.notify.operations import checking, contacts, erasing, notes, places, posts, promises
from services.notify.settings import Settings
from shared.messaging import pauses
from shared.messaging.envelope import Envelope
from shared.messaging.work import Work


def _each(hear: Callable[[Work[Settings], Envelope], None]) -> Callable[[Work[Settings], Sequence[Envelope]], None]:
    """A handler that hears one message after another."""

    def handler(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            hear(work, envelope)

    return handler


def campaign_paused(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    pauses.hear(work, envelopes)


HANDLERS = {
    "contact.offered.v1": _each(lambda work, envelope: contacts.offered(work, envelope, work.clock())),
    "contact.again.v1": _each(contacts.asked_again),
    "contact.note.v1": _each(notes.heard),
    "erasure.done.v1": _each(erasing.answered),
    "pledge.withdrawn.v1": _each(lambda work, envelope: promises.heard(work, envelope, rules.WITHDRAWN)),
    "pledge.kept.v1": _each(lambda work, envelope: promises.heard(work, envelope, rules.ANSWERED)),
    "pledge.postponed.v1": _each(promises.postponed),
    "group.registered.v1": _each(posts.group_registered),
    "group.decided.v1": _each(posts.group_decided),
    "group.paused.v1": _each(posts.group_paused),
    "post.submitted.v1": _each(posts.submitted),
    "text.held.v1": _each(checking.held),
    "event.published.v1": _each(posts.published),
    "event.changed.v1": _each(posts.changed),
    "event.closing.v1": _each(posts.ended),
    "event.cancelled.v1": _each(posts.cancelled),
    "event.eve.v1": _each(posts.eve),
    "event.taken-down.v1": _each(posts.taken_down),
    "event.changes-asked.v1": _each(posts.changes_asked),
    "sign-up.placed.v1": _each(lambda work, envelope: places.heard(work, envelope, rules.PLACED)),
    "sign-up.queued.v1": _each(lambda work, envelope: places.heard(work, envelope, rules.QUEUED)),
    "sign-up.promoted.v1": _each(places.promoted),
    "sign-up.left.v1": _each(lambda work, envelope: places.heard(work, envelope, rules.LEFT)),
    "sign-up.refused.v1": _each(places.refused),
    "sign-up.repeated.v1": _each(lambda work, envelope: places.heard(work, envelope, rules.REPEAT)),
    "initiative.published.v1": _each(posts.published),
    "initiative.changed.v1": _each(posts.changed),
    "initiative.taken-down.v1": _each(posts.taken_down),
    "campaign.paused.v1": campaign_paused,
    "campaign.resumed.v1": campaign_paused,
}
