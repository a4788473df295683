"""Each group and each held text: what it told against what it is."""

from collections.abc import Iterator

from services.events.operations.examine.posts import LOOK
from services.events.operations.examine.reading import Reading
from services.events.operations.held import WAITING
from shared.messaging.findings import AMISS, DOUBLED, LOST, Finding
from shared.messaging.told import Row, Told, missing_from_archive, repeated_or_beyond

REGISTERED, DECIDED, PAUSED, HELD = "group.registered.v1", "group.decided.v1", "group.paused.v1", "text.held.v1"


def compare_groups(read: Reading) -> Iterator[Finding]:
    for id_, row in read.groups.items():
        told = read.told[id_]
        yield from repeated_or_beyond("group", id_, told)
        if read.is_old(row):
            continue
        if told.missing:
            yield missing_from_archive("group", id_, told.missing)
        elif differences := [*_differences(row, told)]:
            effect = DOUBLED if all(more for more, _ in differences) else LOST
            yield Finding(effect, "told-otherwise", id_, f"group {id_}: {'; '.join(words for _, words in differences)}", LOOK)


def _differences(row: Row, told: Told) -> Iterator[tuple[bool, str]]:
    """Whether it told too much, and in words."""
    waits, name, paused = False, "", False
    for _, type_, data in told.entries:
        if type_ == REGISTERED:
            waits = not data.get("taken_back")
        elif type_ == DECIDED:
            waits, name = False, data.get("name") or name
        elif type_ == PAUSED:
            paused = data["paused"]
    approved = (row.get("approved") or {}).get("name", "")
    if waits != ("submitted_at" in row):
        yield waits, "it told that it waits to be read, and it does not" if waits else "it waits to be read, and has not told so"
    if name != approved:
        yield not approved, "the name that it told is not the one that was approved" if approved else "it told that it is approved"
    if paused != ("paused_at" in row):
        yield False, "it told that it is paused, and is shown" if paused else "it is paused, and has not told so"


def compare_held(read: Reading) -> Iterator[Finding]:
    for id_, row in read.held.items():
        told = read.told[id_]
        yield from repeated_or_beyond("a held text", id_, told)
        if not read.is_old(row) and (count := told.count(HELD)) != 1:
            words = f"the held text {id_} told {'nobody' if not count else f'{count} times'} that it waits"
            yield Finding(
                DOUBLED if count else LOST, "held-untold", id_, words, "it is on /staff/held all the same: see who answers for it"
            )
        if (row["state"] == WAITING) != ("waiting_since" in row):
            words = f"the held text {id_} is {row['state']}, and {'not on' if row['state'] == WAITING else 'still on'} the list"
            yield Finding(LOST if row["state"] == WAITING else AMISS, "held-unseen", id_, words, "set or unset its waiting_since")
