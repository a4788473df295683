"""The payloads. Readers ignore unknown fields, and only optional fields may come or go: then versions run side by side.

No payload holds a person's name, address, need or words in clear; `sealed` opens with notify's key alone.
"""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields
from marshmallow.validate import Length, OneOf, Range, Regexp

_WEEK = r"\d{4}-W\d{2}"


class Payload(Schema):
    class Meta:
        unknown = EXCLUDE


class Deltas(Payload):
    """What this message changes in the counters; the names are fixed, so no field name is ever made from data."""

    pledge = fields.Integer(validate=Range(-1_000_000, 1_000_000))
    confirmed = fields.Integer(validate=Range(-1_000_000, 1_000_000))
    interaction = fields.Integer(validate=Range(-1_000_000, 1_000_000))
    kept = fields.Integer(validate=Range(-1_000_000, 1_000_000))
    partly = fields.Integer(validate=Range(-1_000_000, 1_000_000))
    poster = fields.Integer(validate=Range(-1_000_000, 1_000_000))
    participant = fields.Integer(validate=Range(-1_000_000, 1_000_000))
    reach = fields.Integer(validate=Range(-10_000_000_000, 10_000_000_000))


def _code(**kwargs: Any) -> fields.String:
    return fields.String(validate=[Length(1, 64), Regexp(r"[a-z0-9-]+\Z")], **kwargs)


def _identifier(**kwargs: Any) -> fields.UUID:
    return fields.UUID(**kwargs)


class PledgeCounted(Payload):
    action = _code(required=True)
    theme = fields.Integer(required=True, validate=Range(1, 99))
    area = _code(required=True)
    week = fields.String(required=True, validate=Regexp(_WEEK + r"\Z"))
    channel = _code(required=True)
    deltas = fields.Nested(Deltas, required=True)


class PledgeAnswered(PledgeCounted):
    ref = _identifier()
    answer = fields.String(validate=OneOf(["yes", "partly"]))


class PledgePostponed(PledgeAnswered):
    nudge_at = fields.AwareDateTime(required=True)


class PosterUsed(Payload):
    code = fields.String(required=True, validate=[Length(1, 32), Regexp(r"[A-Z0-9-]+\Z")])
    week = fields.String(required=True, validate=Regexp(_WEEK + r"\Z"))
    deltas = fields.Nested(Deltas, required=True)


class ContactRef(Payload):
    ref = _identifier(required=True)


class ContactOffered(ContactRef):
    """`sealed` holds {address, reference, token, consents} and, of a pledge, {action, nudge_at}; of a place {first_name, sign_up,
    event, slot, party}. `outcome`, `position`: of a place, which mail it asks for: placed, queued, or repeat for whom has one already."""

    kind = fields.String(required=True, validate=OneOf(["pledge", "place", "organiser"]))
    replaces = _identifier()
    outcome = fields.String()
    position = fields.Integer()
    sealed = fields.String(required=True, validate=Length(1, 4000))


class ContactReceived(ContactRef):
    message_id = _identifier(required=True)


class ContactOutcome(ContactRef):
    reason = _code(required=True)


class ErasureDone(ContactRef):
    """`service`: who says so; each that may hold something under a ref answers for itself."""

    service = fields.String(required=True, validate=OneOf(["pledge", "events"]))


class SessionRevoked(Payload):
    """`expires`: when it would have run out by itself, so that whoever keeps the id knows how long."""

    session = _identifier(required=True)
    expires = fields.AwareDateTime(required=True)


# What groups post. All of it was read by a person first, and is public; a place that only some may see travels sealed.


def _codes(**kwargs: Any) -> "fields.List[str]":
    return fields.List(_code(), validate=Length(max=40), **kwargs)


def _refs(**kwargs: Any) -> "fields.List[Any]":
    return fields.List(_identifier(), validate=Length(max=20), **kwargs)


def _words(most: int, **kwargs: Any) -> fields.String:
    return fields.String(validate=Length(1, most), **kwargs)


class GroupRegistered(Payload):
    """No name: nobody has read it yet. `taken_back`: nobody has to any more, for it took back what it had sent."""

    group = _identifier(required=True)
    refs = _refs(required=True)
    areas = _codes(required=True)
    taken_back = fields.Boolean()


class GroupDecided(Payload):
    """`name`, `slug`: once approved. `reasons`: where changes were asked for."""

    group = _identifier(required=True)
    refs = _refs(required=True)
    approved = fields.Boolean(required=True)
    name = _words(80)
    slug = _code()
    reasons = _codes()


class GroupPaused(Payload):
    """`paused` false: it is shown again."""

    group = _identifier(required=True)
    refs = _refs(required=True)
    paused = fields.Boolean(required=True)


class PostSubmitted(Payload):
    """Somebody has to read this. `changed`: it is published already, and these facts changed at once; nothing of that waits.

    `taken_back`: nobody has to any more, for its group took it back.
    """

    kind = _code(required=True)
    id = _identifier(required=True)
    areas = _codes(required=True)
    changed = _codes()
    taken_back = fields.Boolean()


class TextHeld(Payload):
    """Hard words wait for the safeguarding role. `kind`: of what they were written in."""

    kind = _code(required=True)
    id = _identifier(required=True)
    areas = _codes(required=True)


class Slot(Payload):
    id = _identifier(required=True)
    starts = fields.AwareDateTime(required=True)
    ends = fields.AwareDateTime(required=True)
    capacity = fields.Integer(validate=Range(1, 5_000))


class Post(Payload):
    """What is the same of an event and an initiative. `refs`: its organisers'. `changed`: what differs from the edition before."""

    id = _identifier(required=True)
    group = _identifier(required=True)
    group_name = _words(80, required=True)
    group_slug = _code(required=True)
    refs = _refs(required=True)
    slug = _code(required=True)
    title = _words(80, required=True)
    summary = _words(140)
    cost = _code(required=True)
    access = _codes(required=True)
    edition = fields.Integer(required=True, validate=Range(1, 1_000_000))
    changed = fields.List(fields.String(validate=Length(1, 40)), validate=Length(max=60))


class EventPosted(Post):
    """`place`: where everyone may see it; else `sealed_place`, opened by notify alone for people with a place."""

    calendar_name = _words(60, required=True)
    event_kind = _code(required=True)
    area = _code(required=True)
    theme = fields.Integer(required=True, validate=Range(1, 99))
    slots = fields.List(fields.Nested(Slot), required=True, validate=Length(1, 20))
    joining = _code(required=True)
    who_for = _code(required=True)
    alone = fields.Boolean(required=True)
    place = _words(200)
    sealed_place = fields.String(validate=Length(1, 4000))


class InitiativePosted(Post):
    """`areas`: empty for all of London. `days`: in words, as "Tuesdays and Fridays"."""

    areas = _codes(required=True)
    days = _words(80)
    has_room = _code(required=True)
    last_checked = fields.AwareDateTime(required=True)


class PostEnded(Payload):
    """Cancelled, taken down or over: `reason` is a code of our own tables. `id` of what, in `kind`."""

    id = _identifier(required=True)
    kind = _code(required=True)
    group = _identifier(required=True)
    refs = _refs(required=True)
    reason = _code(required=True)
    slots = fields.List(fields.Nested(Slot), validate=Length(max=20))


class ChangesAsked(Payload):
    id = _identifier(required=True)
    kind = _code(required=True)
    refs = _refs(required=True)
    reasons = _codes(required=True)


class InitiativeAgeing(Payload):
    """Its group has not said for 60 days that it still runs; people are told that it may be out of date."""

    id = _identifier(required=True)
    group = _identifier(required=True)
    refs = _refs(required=True)
    last_checked = fields.AwareDateTime(required=True)


class ContactNote(ContactRef):
    """Something to tell one contact that nobody else may read; `sealed` holds {template, token, values}."""

    sealed = fields.String(required=True, validate=Length(1, 4000))


# Who comes. Names, needs and addresses are never here: a sign-up is an id, and a ref where there is an address.


class SignUpTold(Payload):
    """`position`: in the queue, as it was told. `reason`: of one that was refused."""

    id = _identifier(required=True)
    event = _identifier(required=True)
    slot = _identifier(required=True)
    ref = _identifier()
    position = fields.Integer(validate=Range(1, 1_000_000))
    reason = _code()
    theme = fields.Integer(required=True, validate=Range(1, 99))
    area = _code(required=True)
    week = fields.String(required=True, validate=Regexp(_WEEK + r"\Z"))
    channel = _code(required=True)
    deltas = fields.Nested(Deltas, required=True)


class EventEve(Payload):
    """The evening before: how many come to a slot, as numbers. `placed`: people, those they bring included; `waiting`: sign-ups."""

    id = _identifier(required=True)
    slot = _identifier(required=True)
    refs = _refs(required=True)
    placed = fields.Integer(required=True, validate=Range(0, 100_000))
    waiting = fields.Integer(required=True, validate=Range(0, 100_000))
    access_needs = fields.Integer(required=True, validate=Range(0, 100_000))


class AttendanceRecorded(Payload):
    """How many came, as a count; recorded again, the deltas hold the difference. `conversations`: at a booth."""

    id = _identifier(required=True)
    slot = _identifier(required=True)
    people = fields.Integer(required=True, validate=Range(0, 100_000))
    conversations = fields.Integer(validate=Range(0, 100_000))
    theme = fields.Integer(required=True, validate=Range(1, 99))
    area = _code(required=True)
    week = fields.String(required=True, validate=Regexp(_WEEK + r"\Z"))
    channel = _code(required=True)
    deltas = fields.Nested(Deltas, required=True)


# The campaign's own figures, and its pause. What staff write in words stays in pledge's store: here are codes and numbers.


class CampaignFigure(Payload):
    """`id`: the entry. `corrects`: the one it takes the place of, which was voided with it."""

    id = _identifier(required=True)
    week = fields.String(required=True, validate=Regexp(_WEEK + r"\Z"))
    channel = _code(required=True)
    area = _code()
    theme = fields.Integer(validate=Range(1, 99))
    deltas = fields.Nested(Deltas, required=True)


class ReachRecorded(CampaignFigure):
    """An estimate of how many people a channel reached in a period that ended in `week`."""

    corrects = _identifier()
    source = _code(required=True)
    confidence = _code(required=True)


class TallyRecorded(CampaignFigure):
    """`what`: conversations or people at a booth, or pledges on paper; of these the theme, where one action was pledged."""

    corrects = _identifier()
    what = _code(required=True)


class EntryVoided(CampaignFigure):
    """A figure counts no more; its deltas take away what it had added."""

    reason = _code(required=True)


class CampaignPaused(Payload):
    """Staff have paused the campaign, or changed how. `until`: when it ends by itself."""

    kind = _code(required=True)
    until = fields.AwareDateTime()


class CampaignResumed(Payload):
    """It goes on. `kind`: of the pause that is over."""

    kind = _code(required=True)
