"""The mails to organisers: what became of what they posted, and what events asks us to tell one of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.notify import mails, rules
from services.notify.delivery import Mail, Refused
from services.notify.mails import writing
from services.notify.operations import boxes, frequency
from services.notify.operations.posts import GROUP
from services.notify.rules import Decision, OfAGroup
from services.notify.settings import Settings
from services.notify.store import Contact, Notification, contact
from services.notify.store.posts import Copy, group_copy, note, post_copy
from shared.messaging.work import Work
from shared.reference.choices import choice
from shared.runtime.errors import Poison
from shared.security.addresses import read_address

NEEDS = {**dict.fromkeys((mails.PUBLISHED, mails.STILL_ON, mails.EVE), rules.LIVE), mails.TAKEN_DOWN: rules.TAKEN_DOWN}
REASONS = {mails.CHANGES: "changes", mails.TAKEN_DOWN: "take-down"}  # the table that a template's reasons are of


@dataclass(frozen=True)
class Recipient:
    """`contact`: None while it has not come."""

    contact: Contact | None


def find(row: Notification) -> Recipient:
    return Recipient(contact(row.ref))


def decide(work: Work[Settings], row: Notification, found: Recipient, now: datetime) -> Decision:
    post, group = _copies(work, row)
    situation = OfAGroup(
        contact=found.contact.state if found.contact else None,
        post=post.get("state"),
        paused="paused" in group,
        needs=NEEDS.get(row.template),
        tells_of_pause=row.template == mails.PAUSED,
        went=frequency.in_its_day(found.contact.address_hash if found.contact else None, row.template, now),
    )
    return rules.may_organiser_mail_go(now, situation)


def write(work: Work[Settings], row: Notification, found: Recipient, now: datetime) -> Mail:
    sealed = found.contact.sealed if found.contact else None
    address = read_address(boxes.address_in(work, sealed)) if sealed else None
    if address is None:
        raise Refused("no-address")
    values = _WRITERS[row.template](work, row)
    last = frequency.fills_the_day(found.contact.address_hash if found.contact else None, row.template, now)
    words = writing.write(row.template, work.settings.brand_name, last=last, **values)
    return Mail(address, words.subject, words.text, words.html, row.message_id, now, "")


def _about_a_post(work: Work[Settings], row: Notification) -> dict[str, Any]:
    """What people may read of it, if they ever could; and what a reviewer chose, in our own words."""
    post, group = _copies(work, row)
    url, about = work.settings.public_url, row.about
    slug = group.get("slug") or post.get("group_slug")
    return {
        "kind": about["kind"],
        "title": post.get("title", ""),
        "group": group.get("name") or post.get("group_name", ""),
        "group_url": f"{url}/groups/{slug}" if slug else f"{url}/groups",
        "post_url": f"{url}/{about['kind']}/{post.get('slug', '')}",
        "contact_url": f"{url}/contact",
        "reasons": [_sentence(REASONS[row.template], code) for code in about.get("reasons", ())],
    }


def _sentence(table: str, code: str) -> str:
    found = choice(table, code)
    if found is None:
        raise Poison("a reason that is not in our tables")  # of a newer release: it waits for this one to follow
    return found.words or found.name


def _still_on(work: Work[Settings], row: Notification) -> dict[str, Any]:
    noted = _noted(work, row)
    values = _about_a_post(work, row)
    return values | {
        "title": values["title"] or noted.values.get("title", ""),
        "still_on_url": f"{work.settings.public_url}/still-on/{noted.token}",
    }


def _eve(work: Work[Settings], row: Notification) -> dict[str, Any]:
    """Numbers, and the way to the list; no name is in a mail."""
    values, about = _about_a_post(work, row), row.about
    numbers = {name: about[name] for name in ("placed", "waiting", "access_needs")}
    return values | numbers | {"list_url": f"{values['group_url']}/{about['id']}/list"}


def _care_reply(work: Work[Settings], row: Notification) -> dict[str, Any]:
    """To whoever wrote it: signed in for a group, or when they signed up for something."""
    _noted(work, row)
    found = contact(row.ref)
    return {"help_url": f"{work.settings.public_url}/crisis", "signed_up": found is not None and found.kind == rules.PLACE}


def _noted(work: Work[Settings], row: Notification) -> boxes.Noted:
    found = note(row.cause)
    if found is None:
        raise Refused("note-gone")
    return boxes.open_note(work, found.sealed)


_WRITERS: dict[str, Callable[[Work[Settings], Notification], dict[str, Any]]] = {
    **dict.fromkeys((mails.PUBLISHED, mails.CHANGES, mails.TAKEN_DOWN, mails.PAUSED), _about_a_post),
    mails.STILL_ON: _still_on,
    mails.EVE: _eve,
    mails.CARE_REPLY: _care_reply,
}


def _copies(work: Work[Settings], row: Notification) -> tuple[Copy, Copy]:
    """Of the post and of the group that a mail is about; empty where nothing was heard, or it is about neither."""
    about = row.about or {}
    if about.get("kind") == GROUP:
        return {}, group_copy(work.db, about["id"])
    post = post_copy(work.db, about["id"]) if about else {}
    return post, group_copy(work.db, post["group"]) if "group" in post else {}
