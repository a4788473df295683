"""What notify has heard of groups and what they post: small copies, in which the newer message wins, and the mails that follow from it.

The copy is written first, then the mails are planned: both are idempotent, so a message that is read twice does nothing more. Whether
a mail may go, and what it says, is decided when it would, by the copy as it then is.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.notify import mails, rules
from services.notify.operations import ledger, places
from services.notify.rules import ENDED, LIVE
from services.notify.settings import Settings
from services.notify.store.posts import GROUPS, POSTS
from shared.messaging.copies import keep_newer
from shared.messaging.envelope import Envelope
from shared.messaging.work import Work
from shared.reference.choices import codes

GROUP, EVENT = "group", "event"
WAITING = ("waiting_since",)
AFTER_ITS_END = ("reason", "end")


def published(work: Work[Settings], envelope: Envelope) -> None:
    """It can be found: its organisers are told."""
    changed(work, envelope)
    if _kind(envelope) == EVENT:
        places.event_published(work, envelope.subject)
    _tell(work, envelope, mails.PUBLISHED, _about(envelope, _kind(envelope)))


def changed(work: Work[Settings], envelope: Envelope) -> None:
    """What people see of it is this now, and has been read."""
    data = envelope.data
    kept = {name: data[name] for name in ("group", "group_name", "group_slug", "slug", "title")}
    kept |= {"kind": _kind(envelope), "state": LIVE, "areas": _areas(data)}
    if _kind(envelope) != EVENT:
        _keep(work, POSTS, envelope, kept, WAITING)
        return
    places.put_back(work, envelope)
    kept |= places.kept_of(data)
    left_out = [name for name in places.MAY_LACK if name not in kept]
    _keep(work, POSTS, envelope, kept, (*WAITING, *AFTER_ITS_END, *left_out))
    places.event_changed(work, envelope)


def submitted(work: Work[Settings], envelope: Envelope) -> None:
    """Somebody has to read it, or look at what changed at once; or nobody has to any more."""
    data = envelope.data
    said = {"kind": data["kind"], "areas": list(data["areas"])}
    if data.get("taken_back"):
        _keep(work, POSTS, envelope, said, WAITING)
    else:
        _keep(work, POSTS, envelope, said | {"changed_at" if data.get("changed") else WAITING[0]: envelope.time})


def changes_asked(work: Work[Settings], envelope: Envelope) -> None:
    """Its organisers are told what to change; what people see meanwhile stays."""
    _keep(work, POSTS, envelope, {"kind": envelope.data["kind"]}, WAITING)
    _tell(work, envelope, mails.CHANGES, _about(envelope, envelope.data["kind"], reasons=list(envelope.data["reasons"])))


def taken_down(work: Work[Settings], envelope: Envelope) -> None:
    """Nobody finds it any more: its organisers are told why, and mails about it that have not gone do not go.

    Where they ended it themselves, there is nothing to tell them.
    """
    data = envelope.data
    if data["reason"] in codes("end"):
        ended(work, envelope)
        return
    _end(work, envelope, rules.TAKEN_DOWN, mails.GONE)
    _tell(work, envelope, mails.TAKEN_DOWN, _about(envelope, data["kind"], reasons=[data["reason"]]))


def ended(work: Work[Settings], envelope: Envelope) -> None:
    """Its own group is about to cancel it; or what was always on is over."""
    _end(work, envelope, ENDED)


def cancelled(work: Work[Settings], envelope: Envelope) -> None:
    """Its own group cancelled it: everybody who had a place, or waited for one, is told."""
    _end(work, envelope, ENDED, mails.CANCELLED)


def _end(work: Work[Settings], envelope: Envelope, state: str, template: str = "") -> None:
    """`template`: what everybody is told; kept, for those whose address comes after this."""
    data = envelope.data
    kept = {"kind": data["kind"], "group": data["group"], "state": state, "reason": data["reason"]}
    if not template or data["kind"] != EVENT:
        _keep(work, POSTS, envelope, kept, WAITING)
        return
    _keep(work, POSTS, envelope, kept | {"end": {"template": template, "cause": envelope.id, "at": envelope.time}}, WAITING)
    places.tell_all(work, envelope, template)


def eve(work: Work[Settings], envelope: Envelope) -> None:
    """The evening before: its organisers hear how many come."""
    numbers = {name: envelope.data[name] for name in ("placed", "waiting", "access_needs")}
    _tell(work, envelope, mails.EVE, _about(envelope, EVENT) | numbers)


# Groups


def group_registered(work: Work[Settings], envelope: Envelope) -> None:
    """Somebody has to read what it says of itself; or nobody has to any more."""
    said = {"areas": list(envelope.data["areas"])}
    if envelope.data.get("taken_back"):
        _keep(work, GROUPS, envelope, said, WAITING)
    else:
        _keep(work, GROUPS, envelope, said | {"waiting_since": envelope.time})


def group_decided(work: Work[Settings], envelope: Envelope) -> None:
    """Approved: its post's mail says so. Changes asked for: that is told."""
    data = envelope.data
    _keep(work, GROUPS, envelope, {name: data[name] for name in ("name", "slug") if name in data}, WAITING)
    if not data["approved"]:
        _tell(work, envelope, mails.CHANGES, _about(envelope, GROUP, reasons=list(data.get("reasons", ()))))


def group_paused(work: Work[Settings], envelope: Envelope) -> None:
    """Nothing of it is shown, and mails about what it posts do not go; or it is shown again."""
    paused = envelope.data["paused"]
    _keep(work, GROUPS, envelope, {"paused": "yes"} if paused else {}, () if paused else ("paused",))
    if paused:
        _tell(work, envelope, mails.PAUSED, _about(envelope, GROUP))


def _keep(work: Work[Settings], name: str, envelope: Envelope, fields: Mapping[str, Any], forget: Sequence[str] = ()) -> None:
    keep_newer(work.db[name], envelope.subject, envelope.sequence or 0, {**fields, "heard_at": work.clock()}, forget)


def _tell(work: Work[Settings], envelope: Envelope, template: str, about: dict[str, Any]) -> None:
    """Each organiser once."""
    for ref in dict.fromkeys(map(str, envelope.data["refs"])):
        ledger.plan(work, ref, template, envelope.id, due_at=envelope.time, correlation=envelope.correlation_id, about=about)


def _about(envelope: Envelope, kind: str, *, reasons: Iterable[str] = ()) -> dict[str, Any]:
    found = list(reasons)
    return {"kind": kind, "id": envelope.subject} | ({"reasons": found} if found else {})


def _kind(envelope: Envelope) -> str:
    return envelope.type.partition(".")[0]


def _areas(data: Mapping[str, Any]) -> list[str]:
    return [data["area"]] if "area" in data else list(data["areas"])
