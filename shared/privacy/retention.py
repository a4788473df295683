"""What is kept, how long, from when: one table. Each service's clock works it; the privacy page shows it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.messaging import archive, dead_letters
from shared.messaging.work import Work

CLOSED_LETTERS_KEPT = timedelta(days=30)
WATCH_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Kept:
    """One line of the table, in words for people."""

    what: str
    how_long: str
    from_when: str


RETENTION = (
    Kept("Your pledge: the action, the week, how you heard of us, and the borough if you gave one", "as a number, for good", "your pledge"),
    Kept("The exact time of your pledge", "24 hours", "your pledge"),
    Kept("What stops a double tap from making two pledges", "24 hours", "your pledge"),
    Kept("An e-mail address that was not confirmed", "7 days", "our mail to it"),
    Kept("An e-mail address that was confirmed, and its tie to your pledge", "90 days", "your nudge"),
    Kept("Your yes to a nudge, with the exact words you said yes to", "90 days", "your nudge"),
    Kept(
        "A place: your first name and what would make it easier for you, encrypted",
        "7 days; at once if you give it back",
        "the end of what you signed up for",
    ),
    Kept(
        "The link in our mails that shows your place and gives it back, scrambled",
        "7 days",
        "the end of what you signed up for",
    ),
    Kept(
        "A mark of who has a place already, made of the address, which we cannot read back",
        "7 days; at once if you give it back",
        "the end of what you signed up for",
    ),
    Kept(
        "That somebody signed up: for what, how many came along, the week and how you heard of us; nobody’s name",
        "as a number, for good",
        "your sign-up",
    ),
    Kept("What stops a double tap from asking for two places", "24 hours", "your sign-up"),
    Kept("How many came, as whoever runs it counted", "as a number, for good", "the day"),
    Kept(
        "An e-mail address that serves a place, with your yes to a mail the evening before", "7 days", "the end of what you signed up for"
    ),
    Kept(
        "A mark that an address said stop, “not now” or “this wasn’t me”, which we cannot read back",
        "two weeks for “not now”, 90 days for “this wasn’t me”; stop stays",
        "the stop",
    ),
    Kept("A mark by which we count the mails of a day to one address, which we cannot read back", "2 days", "the mail"),
    Kept("A note of each mail we sent: which kind, when, and whether the mail server took it; no address", "430 days", "the mail"),
    Kept(
        "The links in our mails, scrambled, so that an old one can say what became of it",
        "110 days; a Stop link works for good",
        "the mail",
    ),
    Kept(
        "Messages between our own services: codes and numbers, and what groups published; nobody’s name or address",
        "400 days",
        "the message",
    ),
    Kept("An address on its way between our services, sealed", "3 days, or until it has arrived", "your request"),
    Kept(
        "Staff: first name, e-mail address, roles and boroughs", "as long as they are staff; 30 days if they never answer", "the invitation"
    ),
    Kept("Staff and organisers: when somebody signed in", "a day", "the end of that sign-in"),
    Kept("A mark that somebody asked for a sign-in link, which we cannot read back", "2 days", "the request"),
    Kept("An address typed to sign in for a group, sealed", "2 days, or until the link is used", "the request"),
    Kept(
        "A group: what it says of itself; its phone numbers and who looks after safeguarding, encrypted",
        "as long as it posts; 12 months while nobody has read it",
        "it was last saved",
    ),
    Kept("What a group posts", "as long as the group posts", "its last change"),
    Kept("A draft, and what we sent back with a question", "12 months, or until its group deletes it", "it was last saved"),
    Kept("What stops a double tap from making two groups or two posts", "24 hours", "the form"),
    Kept("An address that a group asked to help run it, sealed", "until it has arrived; 7 days if nobody says yes", "the question"),
    Kept("Organisers: their e-mail address, sealed", "2 years, or until “this wasn’t me”", "they last signed in"),
    Kept(
        "For our first page: title, time and borough of an event, as its group published it",
        "30 days; that it was there, 435 days",
        "its end",
    ),
    Kept("Organisers: a note to one of them that is on its way, sealed", "8 days; 35 if it cannot arrive", "the note"),
    Kept("For our mails to organisers: title and link of what a group published", "430 days", "its last change"),
    Kept("Staff: who gave or took which role, without names once they have left", "2 years", "the decision"),
    Kept("Words in a form that may tell of danger, set apart for the safeguarding team, encrypted", "90 days", "their decision"),
    Kept("What you write when you report a page, encrypted; we do not ask who you are", "90 days", "our decision"),
    Kept("Staff: what a reviewer decided, without its secrets", "2 years, the first name 90 days", "the decision"),
    Kept("Your postcode", "not kept at all: we find the borough, then forget it", "your request"),
)


def forget_messages(work: Work[Any], now: datetime) -> int:
    """Archived messages past their life, correlation ids past a week, closed dead letters past a month."""
    db = work.db
    gone = db[archive.COLLECTION].delete_many({"expires": {"$lt": now}}).deleted_count
    tied = {"untie_at": {"$lt": now}}
    gone += db[archive.COLLECTION].update_many(tied, {"$unset": {"correlation": 1, "untie_at": 1}}).modified_count
    gone += db[dead_letters.COLLECTION].delete_many({"closed_at": {"$lt": now - CLOSED_LETTERS_KEPT}}).deleted_count
    if work.settings.watch:
        oldest = int((now - WATCH_KEPT).timestamp() * 1000)
        db["watch"].delete_many({"ms": {"$lt": oldest}})
    return gone
