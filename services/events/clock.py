"""What is due in events: one function a kind. DUE, last, is the table; the worker asks each in turn."""

from datetime import timedelta

from services.events.operations import (
    cancel_notes,
    carrying_out,
    changing,
    drafts,
    erasing,
    eve,
    forgetting,
    notes,
    organisers,
    pausing,
    places,
    sign_ups,
    still_on,
)
from services.events.settings import Settings
from shared.messaging.work import Work
from shared.privacy.messages import forget_messages
from shared.runtime.due import Due
from shared.security import revocations

DUE: tuple[Due[Work[Settings]], ...] = (
    Due("carry out reviewers’ choices", timedelta(seconds=2), carrying_out.carry_out),
    Due("show and hide what groups posted", timedelta(seconds=5), pausing.settle),
    Due("tell sign-ups what was decided", timedelta(seconds=0.5), places.settle),
    Due("bring rosters into line", timedelta(seconds=2), places.arrange),
    Due("call the next in the queue", timedelta(seconds=1), places.call),
    Due("finish what a crash left of sign-ups", timedelta(seconds=10), places.sweep),
    Due("erase what people want gone", timedelta(seconds=1), erasing.erase),
    Due("tell organisers who comes tomorrow", timedelta(seconds=5), eve.tell),
    Due("offer addresses again", timedelta(minutes=1), sign_ups.offer_again),
    Due("forget who came", timedelta(hours=1), sign_ups.forget),
    Due("finish what was cancelled", timedelta(seconds=2), changing.finish_closing),
    Due("tell what organisers add to a reason", timedelta(seconds=2), cancel_notes.give),
    Due("put away events that are over", timedelta(minutes=1), changing.pass_over),
    Due("offer invitations again", timedelta(minutes=1), organisers.offer_again),
    Due("forget the keys of forms", timedelta(minutes=10), drafts.forget_keys),
    Due("ask whether it is still on", timedelta(minutes=1), still_on.ask),
    Due("say what may be out of date", timedelta(minutes=1), still_on.age),
    Due("offer notes again", timedelta(minutes=1), notes.offer_again),
    Due("forget notes that have arrived", timedelta(hours=1), notes.forget),
    Due("forget what a review leaves behind", timedelta(hours=1), forgetting.forget),
    Due("forget drafts that nobody saves", timedelta(hours=1), forgetting.forget_drafts),
    Due("forget what was erased", timedelta(hours=1), forgetting.forget_erased),
    Due("forget old messages", timedelta(hours=1), forget_messages),
    Due("forget sessions that have run out", timedelta(hours=1), revocations.forget),
)
