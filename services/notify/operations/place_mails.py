"""The mails about a place: whether one is still true when it would go, its words, and what its going means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.notify import mails, rules
from services.notify.delivery import Attachment, Mail, Refused
from services.notify.mails import writing
from services.notify.operations import boxes, contacts, evenings, frequency, places
from services.notify.operations.contacts import CONFIRM, NOT_ME
from services.notify.operations.ledger import notification_id
from services.notify.rules import ENDED, LIVE, PLACED, QUEUED, REPEAT, TAKEN_DOWN, Decision, Needs, OfAPlace
from services.notify.settings import Settings
from services.notify.store import Contact, Notification, contact, notification, suppression
from services.notify.store.places import coming_in, is_proven, sign_up_copy, sign_up_of
from services.notify.store.posts import Copy, note, post_copy
from shared.messaging.work import Work
from shared.reference.areas import area_name
from shared.reference.choices import choice
from shared.reference.consents import consent
from shared.reference.neighbours import nearby
from shared.runtime.errors import Poison
from shared.security.addresses import read_address
from shared.security.sealing import unseal
from shared.web.calendar_files import CANCEL, PUBLISH, Entry, calendar, place_uid

FULL, CANCELLED_, TAKEN_DOWN_ = "refused-full", "refused-cancelled", "refused-taken-down"
_LIVE, _PLACED, _BOTH = (LIVE,), (PLACED,), (PLACED, QUEUED)
NEEDS: Mapping[str, Needs] = {
    mails.PLACED: Needs(_LIVE, _PLACED, limited=True),
    mails.QUEUED: Needs(_LIVE, (QUEUED,), limited=True),
    mails.REPEAT: Needs(_LIVE, _BOTH, limited=True),
    mails.PROMOTED: Needs(_LIVE, _PLACED),
    mails.CHANGED: Needs(_LIVE, _BOTH),
    mails.NO_PLACE: Needs((LIVE, ENDED), (FULL,), to_the_end=True),
    mails.CANCELLED: Needs((ENDED,), (*_BOTH, CANCELLED_), to_the_end=True),
    mails.CANCEL_NOTE: Needs((ENDED,), (*_BOTH, CANCELLED_), to_the_end=True),
    mails.GONE: Needs((TAKEN_DOWN,), (*_BOTH, TAKEN_DOWN_), to_the_end=True),
}
WITH_NOT_ME = (mails.PLACED, mails.QUEUED, mails.PROMOTED)
WITH_ENTRY = (mails.PLACED, mails.PROMOTED, mails.CHANGED, mails.CANCELLED)  # a calendar entry, for whom has a place
WITH_OTHERS = (mails.CANCELLED, mails.NO_PLACE)
TELL_ALL = (mails.PLACED, mails.QUEUED, mails.PROMOTED, mails.CHANGED, mails.EVENING)  # these say when and where as it is now
OTHERS = 2


@dataclass(frozen=True)
class Recipient:
    """Read once, so that what a mail says is what it is later said to have said. `contact`: None while it has not come."""

    contact: Contact | None
    event: Copy
    standing: str

    @property
    def slot(self) -> Mapping[str, Any]:
        """Empty while the event has not come."""
        wanted = self.contact.slot if self.contact else None
        return next((slot for slot in self.event.get("slots", ()) if slot["id"] == wanted), {})


def find(work: Work[Settings], row: Notification) -> Recipient:
    found = contact(row.ref)
    if found is None or found.event is None:
        return Recipient(found, {}, "")
    if found.outcome == REPEAT:  # the truth is of the sign-up that its person has; it may still be on its way
        known = sign_up_of(found.address_hash, found.slot, rules.SERVING, places.ASKED) if found.address_hash else None
        return Recipient(found, post_copy(work.db, found.event), places.standing_of(sign_up_copy(work.db, known)))
    return Recipient(found, post_copy(work.db, found.event), places.standing(work, found))


def decide(_work: Work[Settings], row: Notification, found: Recipient, now: datetime) -> Decision:
    needs = NEEDS[row.template]
    hashed = found.contact.address_hash if found.contact and needs.limited else None
    known = situation(
        found,
        first_mails=frequency.first_mails(hashed, now) if hashed else (),
        proven=is_proven(hashed) if hashed else False,
        news=row.template != mails.CHANGED or bool(_news(found)),
    )
    return rules.may_place_mail_go(now, known, needs)


def situation(found: Recipient, **more: Any) -> OfAPlace:
    """What is known of a place. `more`: of the mail."""
    hashed = found.contact.address_hash if found.contact else None
    refused = suppression(NOT_ME, hashed) if hashed else None
    return OfAPlace(
        contact=found.contact.state if found.contact else None,
        event=found.event.get("state"),
        starts=found.slot.get("starts"),
        ends=found.slot.get("ends"),
        standing=found.standing,
        not_me_until=refused.until if refused else None,
        **more,
    )


def _news(found: Recipient) -> list[str]:
    """What has changed since this person was last told. Whoever waits sees no place that only people with a place may see."""
    told = _told_edition(found.contact) if found.contact else None
    if told is None:  # nothing was told yet: the first mail says it all
        return []
    hidden = {"place"} if found.standing != PLACED and "sealed_place" in found.event else set()
    since = found.event.get("since", {})
    return [part for part in (places.BACK, *places.PARTS) if since.get(part, 0) > told and part not in hidden]


def _told_edition(found: Contact) -> int | None:
    """The event's edition that the last mail told of; None while none went."""
    first = notification(notification_id(found.offer_id, found.id, places.first_mail(found.outcome)))
    known = (found.told_edition, first.told_edition if first else None)
    return max((edition for edition in known if edition is not None), default=None)


# Words


def write(work: Work[Settings], row: Notification, found: Recipient, now: datetime) -> Mail:
    assert found.contact is not None  # noqa: S101 -- decided before; this tells the type checker
    box = boxes.open_booked(work, found.contact.sealed)
    address = read_address(box.address)
    if address is None:
        raise Refused("no-address")
    values = facts(work, found, box) | _particular(work, row, found, now) | _links(work, row, found.contact, now)
    words = writing.write(row.template, work.settings.brand_name, **values)
    attached = (_entry(work, row, found, values, now),) if _has_entry(row, found) else ()
    return Mail(address, words.subject, words.text, words.html, row.message_id, now, attachments=attached)


def facts(work: Work[Settings], found: Recipient, box: boxes.Booked) -> dict[str, Any]:
    """What every mail about a place may say."""
    event, url, has_place = found.event, work.settings.public_url, found.standing == PLACED
    return {
        "first_name": box.first_name,
        "title": event["title"],
        "group": event["group_name"],
        "starts": found.slot["starts"],
        "ends": found.slot["ends"],
        "capacity": found.slot.get("capacity", 0),
        "place": _place(work, event, has_place),
        "has_place": has_place,
        "party": box.party,
        "reference": box.reference,
        "position": found.contact.position if found.contact else None,
        "offered_at": found.contact.offered_at if found.contact else None,
        "place_url": f"{url}/place/{box.token}",
        "event_url": f"{url}/event/{event['slug']}",
        "whats_on_url": f"{url}/whats-on",
    }


def _place(work: Work[Settings], event: Copy, has_place: bool) -> str:
    """The meeting point, for whom may see it."""
    if "place" in event or not has_place or "sealed_place" not in event:
        return str(event.get("place", ""))
    return str(unseal(work.settings.notify_secret_key, event["sealed_place"]).get("place", ""))


def _particular(work: Work[Settings], row: Notification, found: Recipient, now: datetime) -> dict[str, Any]:
    """What one kind of mail says and another does not."""
    said: dict[str, Any] = {"news": _news(found)} if row.template == mails.CHANGED else {}
    if row.template == mails.CANCELLED:
        said["reason"] = _reason(found.event)
    if row.template == mails.CANCEL_NOTE:
        said["note"] = _note(work, row)
    if row.template in WITH_OTHERS:
        said["others"] = _others(work, found, now)
    return said


def _reason(event: Copy) -> str:
    known = choice("cancel", event.get("reason", ""))
    if known is None:
        raise Poison("a reason that is not in our tables")  # of a newer release: it waits for this one to follow
    return known.words


def _note(work: Work[Settings], row: Notification) -> str:
    heard = note(row.cause)
    if heard is None:
        raise Refused("note-gone")
    return boxes.open_note(work, heard.sealed).values.get("note", "")


def _others(work: Work[Settings], found: Recipient, now: datetime) -> list[dict[str, Any]]:
    """The next two events to come, in the same borough, then next door."""
    picked: list[Copy] = []
    for area in nearby(found.event["area"]) or (found.event["area"],):
        picked += [one for one in coming_in(work.db, area, LIVE, now) if one["_id"] != found.event["_id"]]
        if len(picked) >= OTHERS:
            break
    url = work.settings.public_url
    return [
        {
            "title": one["title"],
            "area": area_name(one["area"]),
            "starts": one["slots"][0]["starts"],
            "book": one["joining"] == "book",
            "url": f"{url}/event/{one['slug']}",
        }
        for one in picked[:OTHERS]
    ]


def _links(work: Work[Settings], row: Notification, found: Contact, now: datetime) -> dict[str, Any]:
    """Fresh tokens for this attempt; every earlier one stays good until one is used."""
    links: dict[str, Any] = {"not_me_url": "", "evening_url": "", "evening_words": ""}
    if row.template in WITH_NOT_ME:
        facts = {"address_hash": found.address_hash, "purpose": found.kind}
        links["not_me_url"] = contacts.new_link(work, NOT_ME, facts, now)
    unsaid = [one for one in evenings.asked_of(found) if "confirmed_at" not in one]
    if unsaid and row.template in (mails.PLACED, mails.PROMOTED) and (known := consent(unsaid[0]["id"])):
        links |= {"evening_url": contacts.new_link(work, CONFIRM, {"ref": found.id}, now), "evening_words": known.words}
    return links


def _has_entry(row: Notification, found: Recipient) -> bool:
    return row.template in WITH_ENTRY and found.standing == PLACED


def _entry(work: Work[Settings], row: Notification, found: Recipient, values: Mapping[str, Any], now: datetime) -> Attachment:
    """The same entry each time, so that a later one moves it, or takes it out. Its name says nothing to whoever sees the screen."""
    assert found.contact is not None  # noqa: S101 -- decided before; this tells the type checker
    cancelled = row.template == mails.CANCELLED
    method = CANCEL if cancelled else PUBLISH
    entry = Entry(
        uid=place_uid(found.event["_id"], found.contact.sign_up),
        name=found.event["calendar_name"],
        starts=values["starts"],
        ends=values["ends"],
        sequence=found.event["edition"] + cancelled,
        url=values["event_url"],
        where=values["place"],
        cancelled=cancelled,
    )
    content = calendar([entry], maker=work.settings.brand_name, public_url=work.settings.public_url, now=now, method=method)
    return Attachment("your-place.ics", "text/calendar", content, {"method": method, "charset": "utf-8"})


# What became of it


def went(row: Notification, found: Recipient, _now: datetime) -> dict[str, Any]:
    """The ledger keeps the hash under which a day's mails are counted.

    Which edition a mail told of stands with the contact; of the first one, which every sign-up has, with its row, which is written anyway.
    """
    if found.contact is None:
        return {}
    kept = {"address_hash": str(found.contact.address_hash)}
    if row.template not in TELL_ALL:
        return kept
    if row.cause == found.contact.offer_id:
        return {**kept, "told_edition": found.event["edition"]}
    places.told_of(row.ref, found.event["edition"])
    return kept


def gave_up(row: Notification, state: str, reason: str, now: datetime) -> None:
    """A server that refused for good is told to who runs the event. An address whose owner wants none of this is forgotten at once."""
    if state == rules.FAILED:
        places.unreachable(row.ref, reason, now)
    elif reason == NOT_ME:
        contacts.not_theirs(row.ref, now)
