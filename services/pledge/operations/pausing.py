"""The staff's pause, in a major incident or before an election: the campaign keeps quiet until somebody says so, or until its day.

While it lasts banners say so, mails that were asked for wait (notify hears of it), and the published numbers stand as they were.
Everything that people do is taken, stored and counted as ever. Who paused it and why is in the history: a session's id, not a name.
"""

from datetime import datetime, timedelta
from typing import Any

from services.pledge.operations.counting import ALL
from services.pledge.rules import campaign as rules
from services.pledge.settings import Settings
from services.pledge.store import totals
from services.pledge.store.campaign import Campaign, campaign, campaigns
from shared.messaging.outbox import change_if, message
from shared.messaging.pauses import CAMPAIGN, Pause, read_pause
from shared.messaging.work import Work
from shared.runtime.errors import Conflict, Forbidden, InvalidInput
from shared.security.sessions import Session

PAUSED, CHANGED, RESUMED, ENDED = "paused", "changed", "resumed", "ended"  # what a line of the history says
LONGEST_WHY = 300
SOONEST = timedelta(minutes=5)


def standing_pause(now: datetime) -> Pause | None:
    """The pause that holds now."""
    found = campaign()
    return read_pause(found.pause if found else None, now)


def pause(work: Work[Settings], kind: str, until: datetime | None, why: str, *, by: Session, now: datetime) -> None:
    """Keep quiet from now on, or change for how long and why. The same again is nothing. Raises InvalidInput, Forbidden, Conflict."""
    _allow(by)
    wrong = _why_wrong(why)
    if kind not in rules.PAUSES:
        wrong["kind"] = ["Choose why people are told that we keep quiet"]
    if until is not None and not now + SOONEST <= until <= now + rules.LONGEST_PAUSE:
        wrong["until"] = [f"Choose a day from tomorrow to {rules.LONGEST_PAUSE.days} days ahead, or leave it empty"]
    if wrong:
        raise InvalidInput(wrong)
    found = _there()
    standing = read_pause(found.pause, now)
    if standing and (standing.kind, standing.until) == (kind, until):
        return
    since = standing.since if standing else now
    said: dict[str, Any] = {"kind": kind, **({"until": until} if until else {})}
    entry = message("campaign.paused.v1", CAMPAIGN, said | ({"until": until.isoformat()} if until else {}), now=now)
    line = {"at": now, "what": CHANGED if standing else PAUSED, **said, "by": by.id, "why": why}
    changes = {"pause": {**said, "since": since}}
    if not (standing and found.frozen):
        changes["frozen"] = {"as_at": now, "totals": totals(work.db, ALL).get("", {})}
    _turn(found, changes, line, entry, now)


def resume(why: str, *, by: Session, now: datetime) -> None:
    """Go on. Where nothing is paused that is nothing. Raises InvalidInput, Forbidden, Conflict."""
    _allow(by)
    if wrong := _why_wrong(why):
        raise InvalidInput(wrong)
    found = _there()
    if found.pause:
        _end(found, {"at": now, "what": RESUMED, "kind": found.pause["kind"], "by": by.id, "why": why}, now)


def end_by_itself(_work: Work[Settings], now: datetime) -> int:
    """A pause whose day has come."""
    found = campaign()
    if found is None or not found.pause or not rules.is_over(found.pause.get("until"), now):
        return 0
    _end(found, {"at": now, "what": ENDED, "kind": found.pause["kind"]}, now)
    return 1


def _end(found: Campaign, line: dict[str, Any], now: datetime) -> None:
    entry = message("campaign.resumed.v1", CAMPAIGN, {"kind": line["kind"]}, now=now)
    _turn(found, {"pause": None, "frozen": None}, line, entry, now)


def _turn(found: Campaign, changes: dict[str, Any], line: dict[str, Any], entry: dict[str, Any], now: datetime) -> None:
    """One update, if nobody has changed it since it was read."""
    turns = found.turns or 0
    changes = {**changes, "turns": turns + 1, "history": [*(found.history or []), line]}
    if not change_if(campaigns(), CAMPAIGN, {"turns": turns}, changes, [entry], now):
        raise Conflict("Somebody else has paused the campaign, or let it go on, this very second. Look at how it stands, then choose.")


def _there() -> Campaign:
    """The campaign's document; made the first time."""
    campaigns().update_one({"_id": CAMPAIGN}, {"$setOnInsert": {"turns": 0}}, upsert=True)
    found = campaign()
    assert found is not None  # noqa: S101 -- it was made just now
    return found


def _allow(by: Session) -> None:
    if not rules.acts_for_london(by.boroughs):
        raise Forbidden("Pausing concerns all of London. Ask somebody of the campaign team who looks after all of it.")


def _why_wrong(why: str) -> dict[str, list[str]]:
    if not why:
        return {"why": ["Say why, in a sentence. It stays in the history"]}
    return {"why": [f"Use {LONGEST_WHY} characters or fewer"]} if len(why) > LONGEST_WHY else {}
