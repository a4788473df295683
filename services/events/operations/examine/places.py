"""Each roster against its own numbers, its event and its sign-ups, and each sign-up against what it told.

rosters ↔ sign-ups ↔ archive. What is on its way by a worker's next step is left alone; what is late by minutes is named.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from services.events.operations.examine.reading import Reading
from services.events.rules import places as rules
from services.events.rules.places import CANCELLING, LEFT, LIVE, PLACED, QUEUED, REFUSED, REPEAT, REQUESTED, SHUT
from services.events.rules.posts import PUBLISHED
from shared.messaging.findings import AMISS, DOUBLED, LOST, Finding, note, spell
from shared.messaging.told import Row, Told, missing_from_archive, repeated_or_beyond

LATE = timedelta(minutes=2)
WORKER = "see that events' worker runs, and what it logs"
LOOK = "look at its messages in the archive: one is missing, or not its own"
BY_HAND = "somebody changed it by hand: the entries say who has a place; put the number right by them"
# What a roster's worker has yet to do, by the field that says since when
DUE = {
    "unsettled_at": ("settle-late", "has decided and its sign-ups have not heard"),
    "call_due": ("call-late", "has a place to give, or may have, and nobody was called"),
    "turn_due": ("turn-late", "was to close its queue or the event"),
}
FOLLOW = {"places_due": ("places-late", "has changed and its roster has not followed")}
WAITS = {"requested_at": ("undecided-late", "asked for a place and nobody decided"), "cancelling_at": ("leave-late", "gave the place back")}
UNSEEN = {REQUESTED: "requested_at", CANCELLING: "cancelling_at"}
FIRST = ("sign-up.placed.v1", "sign-up.queued.v1")
LAST = {LEFT: "sign-up.left.v1", REFUSED: "sign-up.refused.v1"}
PROMOTED, REPEATED = "sign-up.promoted.v1", "sign-up.repeated.v1"


def compare_places(read: Reading) -> Iterator[Finding]:
    of_slot: dict[str, dict[str, Row]] = {}
    for id_, row in read.sign_ups.items():
        of_slot.setdefault(row["slot"], {})[id_] = row
        yield from _sign_up(id_, row, read)
    for slot, roster in read.rosters.items():
        yield from _numbers(slot, roster)
        yield from _late(f"the roster of slot {slot}", slot, roster, DUE, read.now)
        yield from _room(slot, roster, read.now)
        yield from _event(slot, roster, read)
        yield from _entries(slot, roster, of_slot.get(slot, {}))
        yield from _answers(slot, roster, of_slot.get(slot, {}), read.told)
    for slot in of_slot.keys() - read.rosters.keys():
        yield from _entries(slot, {}, of_slot[slot])


def notes_of_places(read: Reading) -> list[Finding]:
    states = Counter(row["state"] for row in read.sign_ups.values())
    parts = ", ".join(f"{state} {count}" for state, count in sorted(states.items()))
    taken = sum(roster["capacity"] - roster["free"] for roster in read.rosters.values())
    waiting = sum(roster["waiting"] for roster in read.rosters.values())
    return [
        note("sign-ups", f"{len(read.sign_ups)} sign-ups" + (f": {parts}" if parts else "")),
        note("rosters", f"{len(read.rosters)} rosters, {taken} places taken, {waiting} waiting"),
    ]


# A roster by itself


def _numbers(slot: str, roster: Row) -> Iterator[Finding]:
    entries = roster["entries"]
    free = roster["capacity"] - sum(one["party"] for one in entries if one["state"] == PLACED)
    if roster["free"] != free:
        words = f"the roster of slot {slot} says that {roster['free']} places are free, and by its entries {free} are"
        yield Finding(DOUBLED if roster["free"] > free else LOST, "free-differs", slot, words, BY_HAND)
    waiting = sum(one["state"] == QUEUED for one in entries)
    if roster["waiting"] != waiting:
        words = f"the roster of slot {slot} says that {roster['waiting']} wait, and by its entries {waiting} do"
        yield Finding(AMISS, "waiting-differs", slot, words, BY_HAND)
    for id_, count in Counter(one["id"] for one in entries).items():
        if count > 1:
            yield Finding(DOUBLED, "entry-twice", id_, f"sign-up {id_} is on the roster of slot {slot} {count} times", BY_HAND)
    if bad := [one["id"] for one in entries if one["state"] == QUEUED and "position" not in one]:
        yield Finding(AMISS, "position-missing", slot, f"sign-up {bad[0]} waits on the roster of slot {slot} without a position", BY_HAND)
    if roster["unsettled"] and "unsettled_at" not in roster:
        words = f"the roster of slot {slot} has {len(roster['unsettled'])} decisions to tell, and no worker will find it"
        yield Finding(LOST, "unsettled-unseen", slot, words, "set its unsettled_at")


def _late(what: str, about: str, row: Row, due: Mapping[str, tuple[str, str]], now: datetime) -> Iterator[Finding]:
    for field, (name, words) in due.items():
        if field in row and row[field] < now - LATE:
            yield Finding(AMISS, name, about, f"{what} {words}, since {spell(now - row[field])}", WORKER)


def _room(slot: str, roster: Row, now: datetime) -> Iterator[Finding]:
    """While anybody may still be called, whoever there is room for is, or the roster says that it is to be done."""
    room = [one["id"] for one in roster["entries"] if one["state"] == QUEUED and one["party"] <= roster["free"]]
    if room and "call_due" not in roster and now < rules.queue_closes(roster["starts"]):
        words = f"sign-up {room[0]} waits, there is room on the roster of slot {slot}, and nobody will be called"
        yield Finding(LOST, "uncalled", slot, words, "set its call_due")


def _event(slot: str, roster: Row, read: Reading) -> Iterator[Finding]:
    post = read.posts.get(roster["event"])
    if post is None:
        words = f"the roster of slot {slot} is of event {roster['event']}, and that is not there"
        yield Finding(LOST, "event-gone", slot, words, "restore it from a backup")
        return
    yield from _late(f"event {roster['event']}", roster["event"], post, FOLLOW, read.now)
    there = next((one for one in post.get("slots") or () if one["id"] == slot), None)
    if there is None or "places_due" in post:
        return
    shown = post["state"] == PUBLISHED and "listed" in post
    taking = rules.taking(read.now, there["starts"], shown=shown)
    turning = roster.get("turn_due", read.now + LATE) <= read.now  # and is late by itself
    wrong = [name for name in ("starts", "ends") if roster[name] != there[name]]
    wrong += ["capacity"] if there.get("capacity", roster["capacity"]) != roster["capacity"] else []
    wrong += ["taking"] if roster["taking"] != taking and not turning else []
    if wrong:
        words = f"the roster of slot {slot} has another {' and '.join(wrong)} than its event"
        yield Finding(AMISS, "roster-otherwise", slot, words, "set places_due of the event to now: the worker brings it into line")
    if roster["taking"] == SHUT and roster["waiting"] and not shown and post["state"] != PUBLISHED:
        words = f"{roster['waiting']} wait on the roster of slot {slot}, and its event is {post['state']}"
        yield Finding(LOST, "queue-unended", slot, words, "set places_due of the event to now: they are told")


# A roster and its sign-ups


def _entries(slot: str, roster: Row, signed: Mapping[str, Row]) -> Iterator[Finding]:
    entries = {one["id"]: one for one in roster.get("entries", ())}
    moving = {one["id"] for one in roster.get("unsettled", ())}
    for id_, one in entries.items():
        row = signed.get(id_)
        if row is None:
            words = f"the roster of slot {slot} has a place for sign-up {id_}, and that is not there"
            yield Finding(LOST, "sign-up-gone", id_, words, "restore it from a backup; its place is nobody's")
        elif id_ not in moving:
            yield from _states(id_, row, one)
    for id_, row in signed.items():
        if id_ not in entries and row["state"] in LIVE:
            words = f"sign-up {id_} is {row['state']}, and the roster of slot {slot} does not know of it"
            yield Finding(DOUBLED, "place-of-nobody", id_, words, "nobody decided that: the place may be somebody else's")


def _states(id_: str, row: Row, entry: Row) -> Iterator[Finding]:
    """A sign-up that is being given back, or was asked for again, is on its way to its roster."""
    state = row["state"]
    if state == entry["state"] or state in UNSEEN:
        return
    words = f"sign-up {id_} is {state}, and {entry['state']} on its roster"
    more = state == PLACED or (state in LIVE and entry["state"] not in LIVE)
    effect = DOUBLED if more else LOST
    yield Finding(effect, "states-differ", id_, words, "the roster decides: set an unsettled pair of its id and state, with unsettled_at")


def _answers(slot: str, roster: Row, signed: Mapping[str, Row], told: Mapping[str, Told]) -> Iterator[Finding]:
    """What each was told at once is what was decided. A repeat whose address was put right keeps a stranger's answer: not looked at."""
    for one in roster["entries"]:
        given = signed.get(one["id"], {}).get("given")
        if not given or told[one["id"]].count(REPEATED):
            continue
        if (given["state"], given.get("position")) != _told_at_first(one):
            words = f"sign-up {one['id']} was told {_spell(given['state'], given.get('position'))}, and slot {slot} decided otherwise"
            yield Finding(LOST, "answered-otherwise", one["id"], words, "the roster decides: whoever it is was told wrong")


def _told_at_first(entry: Row) -> tuple[str, int | None]:
    position = entry.get("position")
    return (QUEUED, position) if position else (PLACED, None)


def _spell(state: str, position: int | None) -> str:
    return f"{state} at {position}" if position else state


# A sign-up by itself


def _sign_up(id_: str, row: Row, read: Reading) -> Iterator[Finding]:
    told, what = read.told[id_], f"sign-up {id_}"
    yield from _late(what, id_, row, WAITS, read.now)
    if (field := UNSEEN.get(row["state"])) and field not in row:
        yield Finding(LOST, "sign-up-unseen", id_, f"{what} is {row['state']}, and no worker will find it", f"set its {field}")
    yield from _personal(what, id_, row, read.now)
    yield from repeated_or_beyond("sign-up", id_, told)
    if read.is_old(row):
        return
    if row.get("added") and told.missing:  # an address on its way is never archived, and takes a place in the sequence
        yield missing_from_archive("sign-up", id_, told.missing)
    elif differences := [*_differences(row, told)]:
        effect = DOUBLED if all(more for more, _ in differences) else LOST
        words = f"{what} is {row['state']}, and {'; '.join(words for _, words in differences)}"
        yield Finding(effect, "told-otherwise", id_, words, LOOK)


def _personal(what: str, id_: str, row: Row, now: datetime) -> Iterator[Finding]:
    over, kept = row["state"] in LAST, [name for name in ("person", "private", "needs") if name in row]
    if over and kept:
        words = f"{what} is {row['state']}, and still holds its {', '.join(kept)}"
        yield Finding(AMISS, "personal-kept", id_, words, f"unset its {', '.join(kept)}")
    elif kept and row.get("forget_at", now - 2 * LATE - timedelta(hours=2)) < now - LATE - timedelta(hours=2):
        words = f"{what} still holds its {', '.join(kept)}, and the week after the event is over"
        yield Finding(AMISS, "forget-late", id_, words, WORKER if "forget_at" in row else "set its forget_at")


def _differences(row: Row, told: Told) -> Iterator[tuple[bool, str]]:
    """How what it told differs from what it is: whether it told too much, and in words."""
    state = row["state"]
    said = Counter(type_ for _, type_, _ in told.entries)
    first = sum(said[type_] for type_ in FIRST)
    if first > 1 or (state in LIVE and not first) or (state in (REQUESTED, REPEAT) and first):
        yield first > int(state in LIVE), f"told {first} times that it has a place or waits for one"
    if said[PROMOTED] > said[FIRST[1]]:
        yield True, "told of a place that came free, without having waited" if not said[FIRST[1]] else "told of it more than once"
    if state in LIVE and (state == PLACED) != bool(said[FIRST[0]] + said[PROMOTED]):
        yield state == QUEUED, f"told that it has {'a' if state == QUEUED else 'no'} place"
    for over, type_ in LAST.items():
        if said[type_] != int(state == over):
            yield said[type_] > int(state == over), f"told {type_} {said[type_]} times"
    added = sum(data.get("deltas", {}).get("interaction", 0) for _, _, data in told.entries)
    if added != first:
        yield added > first, f"its messages add {added} to interactions, not {first}"
    if any(_counted_under(data) != _counted_under(row) for _, type_, data in told.entries if type_.startswith("sign-up.")):
        yield False, "its messages name another event, slot, theme, area, week or channel"


def _counted_under(of: Mapping[str, object]) -> Sequence[str]:
    return [str(of.get(name)) for name in ("event", "slot", "theme", "area", "week", "channel")]
