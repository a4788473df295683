"""The truth about messages: every type with its topic, owner, hearers, lifetime, one sentence and payload schema.

From it come the topics, the golden samples, the compatibility test and the graph of who hears whom. Nothing else may
name a topic.
"""

from dataclasses import dataclass
from datetime import timedelta

from marshmallow import Schema

from shared.messaging import schemas

PARTITIONS = 4
ARCHIVE_LIFETIME = timedelta(days=400)


@dataclass(frozen=True)
class Topic:
    """`owner`: the service whose `prepare` makes it. `settings`: Kafka's own, beside the lifetime."""

    name: str
    key: str
    owner: str
    lifetime: timedelta
    settings: tuple[tuple[str, str], ...] = ()
    hourly: bool = False  # its messages carry `time` cut to the hour

    @property
    def configuration(self) -> dict[str, str]:
        return {"retention.ms": str(int(self.lifetime.total_seconds() * 1000)), **dict(self.settings)}


@dataclass(frozen=True)
class MessageType:
    """`archived`: how long the emitter keeps its own copy for `republish`; None means never (a sealed box).

    `apart`: it says nothing of the document it was written with: no sequence, no correlation.
    """

    name: str
    topic: str
    emitters: tuple[str, ...]
    hearers: tuple[str, ...]
    about: str
    schema: type[Schema]
    archived: timedelta | None = ARCHIVE_LIFETIME
    apart: bool = False


_MONTH = timedelta(days=35)
TOPICS = {
    topic.name: topic
    for topic in (
        Topic("pledges.v1", "pledge id, or the poster's code", "pledge", _MONTH, hourly=True),
        Topic("events.v1", "group, initiative, event or sign-up id", "events", _MONTH),
        Topic("contacts.v1", "contact_ref", "notify", timedelta(hours=72), (("segment.ms", "3600000"),)),
        Topic("notifications.v1", "contact_ref, or session id", "notify", _MONTH),
        Topic("privacy.v1", "contact_ref", "notify", _MONTH),
        Topic("campaign.v1", "a figure's id, or the campaign", "pledge", _MONTH),
    )
}

_P, _E, _N = "pledge", "events", "notify"
CATALOGUE = {
    entry.name: entry
    for entry in (
        MessageType("pledge.made.v1", "pledges.v1", (_P,), (_P,), "Someone pledged an action; it counts at once.", schemas.PledgeCounted),
        MessageType(
            "pledge.confirmed.v1", "pledges.v1", (_P,), (_P,), "The address given with a pledge was confirmed.", schemas.PledgeCounted
        ),
        MessageType(
            "pledge.lapsed.v1",
            "pledges.v1",
            (_P,),
            (_P,),
            "The address went unconfirmed; the pledge stays, anonymous.",
            schemas.PledgeCounted,
        ),
        MessageType(
            "pledge.withdrawn.v1", "pledges.v1", (_P,), (_P, _N), "A pledge was taken back; its mails stop.", schemas.PledgeAnswered
        ),
        MessageType("pledge.kept.v1", "pledges.v1", (_P,), (_P, _N), "Someone said how it went: yes or partly.", schemas.PledgeAnswered),
        MessageType("pledge.postponed.v1", "pledges.v1", (_P,), (_P, _N), "Someone asked to be nudged later.", schemas.PledgePostponed),
        MessageType("pledge.voided.v1", "pledges.v1", (_P,), (_P,), "A pledge was struck out as abuse.", schemas.PledgeCounted),
        MessageType(
            "poster.used.v1",
            "pledges.v1",
            (_P,),
            (_P,),
            "A pledge came from a poster; said apart from the pledge.",
            schemas.PosterUsed,
            apart=True,
        ),
        MessageType(
            "group.registered.v1", "events.v1", (_E,), (_N,), "A group asks to post; a person will read it.", schemas.GroupRegistered
        ),
        MessageType(
            "group.decided.v1", "events.v1", (_E,), (_N,), "A group was approved, or changes were asked for.", schemas.GroupDecided
        ),
        MessageType("group.paused.v1", "events.v1", (_E,), (_P, _N), "Nothing of a group is shown, or it is again.", schemas.GroupPaused),
        MessageType("post.submitted.v1", "events.v1", (_E,), (_N,), "Something waits for a reviewer.", schemas.PostSubmitted),
        MessageType("text.held.v1", "events.v1", (_E,), (_N,), "Hard words wait for the safeguarding role.", schemas.TextHeld),
        MessageType("event.published.v1", "events.v1", (_E,), (_P, _N), "An event can be found.", schemas.EventPosted),
        MessageType("event.changed.v1", "events.v1", (_E,), (_P, _N), "What people see of an event has changed.", schemas.EventPosted),
        MessageType("event.cancelled.v1", "events.v1", (_E,), (_P, _N), "An event does not take place.", schemas.PostEnded),
        MessageType("event.taken-down.v1", "events.v1", (_E,), (_P, _N), "Staff took an event down.", schemas.PostEnded),
        MessageType("event.closing.v1", "events.v1", (_E,), (_P, _N), "An event takes nobody any more.", schemas.PostEnded),
        MessageType(
            "event.changes-asked.v1", "events.v1", (_E,), (_N,), "A reviewer asks a group to change what it posted.", schemas.ChangesAsked
        ),
        MessageType("event.eve.v1", "events.v1", (_E,), (_N,), "How many come tomorrow, for those who run it.", schemas.EventEve),
        MessageType("sign-up.placed.v1", "events.v1", (_E,), (_P, _N), "Somebody has a place.", schemas.SignUpTold),
        MessageType("sign-up.queued.v1", "events.v1", (_E,), (_P, _N), "Somebody waits for a place.", schemas.SignUpTold),
        MessageType("sign-up.promoted.v1", "events.v1", (_E,), (_P, _N), "A place came free for whoever was next.", schemas.SignUpTold),
        MessageType("sign-up.left.v1", "events.v1", (_E,), (_P, _N), "Somebody gave their place back.", schemas.SignUpTold),
        MessageType("sign-up.refused.v1", "events.v1", (_E,), (_P, _N), "No place came free, or none was to be had.", schemas.SignUpTold),
        MessageType("sign-up.repeated.v1", "events.v1", (_E,), (_P, _N), "Somebody asked again who had asked before.", schemas.SignUpTold),
        MessageType(
            "attendance.recorded.v1", "events.v1", (_E,), (_P,), "How many came, as those who ran it counted.", schemas.AttendanceRecorded
        ),
        MessageType("initiative.published.v1", "events.v1", (_E,), (_P, _N), "An initiative can be found.", schemas.InitiativePosted),
        MessageType(
            "initiative.changed.v1", "events.v1", (_E,), (_P, _N), "What people see of an initiative has changed.", schemas.InitiativePosted
        ),
        MessageType("initiative.ageing.v1", "events.v1", (_E,), (), "An initiative may be out of date.", schemas.InitiativeAgeing),
        MessageType(
            "initiative.taken-down.v1",
            "events.v1",
            (_E,),
            (_P, _N),
            "Staff took an initiative down, or its group says that it is over.",
            schemas.PostEnded,
        ),
        MessageType(
            "contact.offered.v1",
            "contacts.v1",
            (_P, _E),
            (_N,),
            "An address, sealed to notify, to be confirmed.",
            schemas.ContactOffered,
            None,
        ),
        MessageType("contact.again.v1", "contacts.v1", (_P, _E), (_N,), "Send the confirm mail once more.", schemas.ContactRef, None),
        MessageType("contact.note.v1", "contacts.v1", (_E,), (_N,), "Something to tell one contact, sealed.", schemas.ContactNote, None),
        MessageType(
            "contact.received.v1", "notifications.v1", (_N,), (_P, _E), "notify holds the offered address now.", schemas.ContactReceived
        ),
        MessageType(
            "contact.confirmed.v1", "notifications.v1", (_N,), (_P, _E), "The owner of the address said yes.", schemas.ContactOutcome
        ),
        MessageType(
            "contact.expired.v1",
            "notifications.v1",
            (_N,),
            (_P, _E),
            "Nobody confirmed in time, or no mail could reach it.",
            schemas.ContactOutcome,
        ),
        MessageType(
            "contact.suppressed.v1", "notifications.v1", (_N,), (_P, _E), "The owner of the address said stop.", schemas.ContactOutcome
        ),
        MessageType(
            "contact.unreachable.v1",
            "notifications.v1",
            (_N,),
            (_E,),
            "A mail server refused for good what was sent about a place.",
            schemas.ContactOutcome,
        ),
        MessageType(
            "erasure.asked.v1", "privacy.v1", (_N,), (_P, _E), "A person wants nothing of theirs to be held any more.", schemas.ContactRef
        ),
        MessageType("erasure.done.v1", "privacy.v1", (_P, _E), (_N,), "Nothing is held under this ref any more.", schemas.ErasureDone),
        MessageType("session.revoked.v1", "notifications.v1", (_N,), (_P, _E), "Somebody was signed out early.", schemas.SessionRevoked),
        MessageType(
            "reach.recorded.v1", "campaign.v1", (_P,), (_P,), "The campaign team estimates how many it reached.", schemas.ReachRecorded
        ),
        MessageType("tally.recorded.v1", "campaign.v1", (_P,), (_P,), "The campaign team counted people or paper.", schemas.TallyRecorded),
        MessageType("entry.voided.v1", "campaign.v1", (_P,), (_P,), "A figure of the team's counts no more.", schemas.EntryVoided),
        MessageType("campaign.paused.v1", "campaign.v1", (_P,), (_E, _N), "The campaign keeps quiet.", schemas.CampaignPaused),
        MessageType("campaign.resumed.v1", "campaign.v1", (_P,), (_E, _N), "The campaign goes on.", schemas.CampaignResumed),
    )
}


def types_of(topic: str) -> tuple[str, ...]:
    return tuple(name for name, entry in CATALOGUE.items() if entry.topic == topic)


def topics_of(owner: str) -> tuple[Topic, ...]:
    """The topics that this service's `prepare` makes."""
    return tuple(topic for topic in TOPICS.values() if topic.owner == owner)


def topics_heard_by(service: str) -> tuple[str, ...]:
    """The topics that carry at least one type for this service."""
    return tuple(sorted({entry.topic for entry in CATALOGUE.values() if service in entry.hearers}))
