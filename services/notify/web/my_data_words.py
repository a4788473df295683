"""The plain words for what the ledger and a contact say in codes: what a mail was, why it came, what became of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.notify import mails, rules
from services.notify.operations.my_data import Everything, Sent, Thing
from shared.reference.consents import EVENING_BEFORE, REMINDERS
from shared.runtime.clock import in_london
from shared.web.i18n import N_

KIND_WORDS = {
    rules.PLEDGE: N_("A pledge with a nudge"),
    rules.PLACE: N_("A place at an event"),
    rules.ORGANISER: N_("Posting for a group"),
}
STATE_WORDS = {
    (rules.PLEDGE, rules.OFFERED): N_("We asked you for a yes, and have not had it. After 7 days we forget your e-mail"),
    (rules.PLEDGE, rules.CONFIRMED): N_("You said yes to a nudge"),
    (rules.PLACE, rules.SERVING): N_("Your e-mail is for this place, until a week after the day"),
    (rules.ORGANISER, rules.OFFERED): N_("A group asked you to help run it, and you have not said yes"),
    (rules.ORGANISER, rules.CONFIRMED): N_("You sign in with this e-mail"),
}
STANDING_WORDS = {
    "placed": N_("You have a place"),
    "queued": N_("You are in the queue"),
    "left": N_("You gave it back"),
    "repeat": N_("You signed up once more"),
    "refused-full": N_("No place came free"),
    "refused-cancelled": N_("It was called off"),
    "refused-taken-down": N_("It isn’t on our site any more"),
}
PLEDGE_WORDS = {"answered": N_("You told us how it went"), "postponed": N_("You put it off"), "withdrawn": N_("You took it back")}
FACT_WORDS = {
    "action": N_("What you pledged"),
    "title": N_("What you signed up for"),
    "starts": N_("When"),
    "standing": N_("How it stands"),
    "pledge": N_("How it stands"),
    "first_name": N_("First name"),
    "party": N_("How many come"),
    "reference": N_("Reference"),
    "nudge_at": N_("Your nudge"),
    "confirmed_at": N_("You said yes"),
    "kept_until": N_("We forget your e-mail"),
}
PURPOSE_WORDS = {REMINDERS: N_("Nudges about what you pledged"), EVENING_BEFORE: N_("Mails the evening before an event")}
MAIL_WORDS = {
    mails.CONFIRM: N_("“Shall we nudge you?”"),
    mails.JOIN: N_("A group’s invitation"),
    mails.NUDGE: N_("Your nudge"),
    mails.PLACED: N_("“You’ve got a place”"),
    mails.QUEUED: N_("“You’re in the queue”"),
    mails.REPEAT: N_("“You have signed up already”"),
    mails.PROMOTED: N_("“A place came free”"),
    mails.CHANGED: N_("Something changed"),
    mails.CANCELLED: N_("It was called off"),
    mails.CANCEL_NOTE: N_("A word from whoever called it off"),
    mails.GONE: N_("It isn’t on our site any more"),
    mails.NO_PLACE: N_("No place came free"),
    mails.EVE: N_("How many come tomorrow"),
    mails.EVENING: N_("The evening before"),
    mails.PUBLISHED: N_("Your post is up"),
    mails.CHANGES: N_("What to change in your post"),
    mails.TAKEN_DOWN: N_("Your post was taken down"),
    mails.PAUSED: N_("Your group is paused"),
    mails.STILL_ON: N_("“Is it still on?”"),
    mails.CARE_REPLY: N_("A note to you"),
    mails.SIGN_IN: N_("A link to sign in"),
    mails.INVITATION: N_("An invitation to help run this site"),
    mails.HELD: N_("Something to read"),
    mails.TO_CHECK: N_("What waits to be read"),
    mails.MY_DATA: N_("The link to this page"),
}
WHY = {
    mails.CONFIRM: N_("this address was typed to ask for a nudge"),
    mails.JOIN: N_("a group asked this address to help run it"),
    mails.NUDGE: N_("you said yes to a nudge"),
    mails.EVENING: N_("you said yes to a mail the evening before"),
    **dict.fromkeys(mails.ABOUT_PLACES, N_("this address was typed to sign up")),
    **dict.fromkeys(mails.TO_ORGANISERS, N_("you post for a group")),
    mails.CARE_REPLY: N_("of something you wrote"),
    **dict.fromkeys((mails.SIGN_IN, mails.MY_DATA), N_("this address was typed to ask for a link")),
    **dict.fromkeys((mails.INVITATION, mails.HELD, mails.TO_CHECK), N_("you help run this site")),
}
BECAME = {
    rules.PLANNED: N_("on its way"),
    rules.CLAIMED: N_("on its way"),
    rules.SENT: N_("sent"),
    rules.UNKNOWN: N_("it may have gone: the mail server did not say"),
    rules.FAILED: N_("the mail server did not take it"),
    rules.HELD_BACK: N_("not sent: there was no use in it any more"),
    rules.OUTLIVED: N_("not sent: it was too late by then"),
}


def mail_words(sent: Sent) -> str:
    return MAIL_WORDS.get(sent.template, sent.template)


def why_words(sent: Sent) -> str:
    return WHY.get(sent.template, N_("of something asked for with this address"))


def became_words(sent: Sent) -> str:
    return BECAME.get(sent.state, sent.state)


def state_words(thing: Thing) -> str:
    return STATE_WORDS.get((thing.kind, thing.state), thing.state)


def fact_words(name: str, value: Any) -> Any:
    """A code in words; a time, a number or somebody's own word as it is."""
    return {"standing": STANDING_WORDS, "pledge": PLEDGE_WORDS}.get(name, {}).get(value, value)


def as_json(held: Everything, now: datetime) -> dict[str, Any]:
    """Everything, for a program to read: codes beside words, times with their zone, no link that would open anything."""
    return {
        "as_at": _plain(now),
        "what_we_hold": [_thing(thing) for thing in held.things],
        "stopped": [{"purpose": purpose, "since": _plain(at)} for purpose, at in held.stopped.items()],
        "nothing_sent_until": _plain(held.not_me_until),
        "not_now_until": _plain(held.rests_until),
        "staff": held.is_staff,
        "signed_in_at": [_plain(at) for at in held.sign_ins],
        "links_to_this_page_asked_for_at": [_plain(at) for at in held.asked],
    }


def _thing(thing: Thing) -> dict[str, Any]:
    return {
        "kind": thing.kind,
        "state": thing.state,
        "means": state_words(thing),
        "since": _plain(thing.since),
        "email": thing.address,
        **{name: _plain(value) for name, value in thing.facts.items()},
        "consents": [
            {
                "version": said.id,
                "purpose": said.purpose,
                "words": said.words,
                "given_at": _plain(said.given_at),
                "confirmed_at": _plain(said.confirmed_at),
            }
            for said in thing.consents
        ],
        "mails": [
            {
                "template": sent.template,
                "what": mail_words(sent),
                "why": why_words(sent),
                "at": _plain(sent.at),
                "state": sent.state,
                "became": became_words(sent),
                "reason": sent.reason,
            }
            for sent in thing.sent
        ],
    }


def _plain(value: Any) -> Any:
    return in_london(value).isoformat(timespec="seconds") if isinstance(value, datetime) else value


def of_templates(held: Everything) -> Mapping[str, Any]:
    """What the page and the download draw from."""
    return {
        "held": held,
        "kind_words": KIND_WORDS,
        "fact_names": FACT_WORDS,
        "purpose_words": PURPOSE_WORDS,
        "state_words": state_words,
        "fact_words": fact_words,
        "mail_words": mail_words,
        "why_words": why_words,
        "became_words": became_words,
        "is_time": lambda value: isinstance(value, datetime),
    }
