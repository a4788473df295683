"""Many people at once for few places: `python -m tests.bench.race [PEOPLE PLACES]`, on a stack of its own through the front door.

All connect together and ask by JSON, each with an address (500 for 50 unless told otherwise). Says how many had a place, whether the queue
has gaps, how long the last answer and the last mail took, and the CPU of each program a sign-up, with its mail. Then the same for the next
answers of a slot that 5,000 have signed up for, less those few. What the programs take anyway, while nobody asks, is taken off. Exit
code 1: somebody was not answered, or not rightly.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mongoengine

from services.events.rules.places import PLACED, QUEUED
from services.events.settings import Settings
from services.events.store import Post
from services.events.store.places import MOST_ENTRIES
from services.notify.operations.places import FIRST_MAILS
from shared.messaging.work import Work, start_work
from shared.runtime.clock import in_london, utc_now
from tests.bench.idle import programs, seconds_of
from tests.support.posts import an_event
from tests.support.reviewed import a_new_group, shown
from tests.support.rosters import fill
from tests.support.stack import Stack, laptop_stack, new_address
from tests.support.waiting import until

RAISED = {"POSTS_PER_MINUTE": "1000000", "SIGN_UPS_PER_NETWORK": "1000000"}
PATIENCE = 180.0
NEXT, IDLE = 40, 10.0


@dataclass(frozen=True)
class Answer:
    """`seconds`: since all began."""

    status: int
    body: dict[str, Any]
    seconds: float


async def _ask(stack: Stack, post: Post, began: float, at_once: asyncio.Event) -> Answer:
    body = json.dumps({"first_name": "Sam", "email": new_address()}).encode()
    head = (
        f"POST /api/v1/events/{post.id}/sign-ups HTTP/1.1\r\nHost: localhost:{stack.laptop.port}\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: {uuid.uuid4()}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.laptop.port)
    try:
        await at_once.wait()
        writer.write(head.encode() + body)
        said = await asyncio.wait_for(reader.read(), PATIENCE)
    finally:
        writer.close()
    top, _, rest = said.partition(b"\r\n\r\n")
    status = int(top.split(b" ", 2)[1]) if top else 0
    return Answer(status, json.loads(rest) if status == 201 else {}, time.monotonic() - began)


async def _together(stack: Stack, post: Post, people: int) -> list[Answer]:
    at_once, began = asyncio.Event(), time.monotonic()
    asked = [asyncio.create_task(_ask(stack, post, began, at_once)) for _ in range(people)]
    await asyncio.sleep(1.0)  # all are connected
    at_once.set()
    return [Answer(one.status, one.body, one.seconds - 1.0) for one in await asyncio.gather(*asked)]


def cpu(stack: Stack) -> Counter[str]:
    """Seconds by program."""
    found: Counter[str] = Counter()
    for pid, name in programs(stack.laptop).items():
        try:
            found[name] += seconds_of(pid)  # type: ignore[assignment]
        except OSError:  # a command that came and went
            continue
    return found


def spent_since(before: Counter[str], now: Counter[str], anyway: Counter[str], seconds: float) -> Counter[str]:
    return Counter({name: max(0, now[name] - before[name] - anyway[name] * seconds) for name in now})


def idle(stack: Stack) -> Counter[str]:
    """The same of one second in which nobody asks for anything."""
    before = cpu(stack)
    time.sleep(IDLE)
    spent = cpu(stack)
    spent.subtract(before)
    return Counter({name: value / IDLE for name, value in spent.items()})


def mails_sent(stack: Stack) -> int:
    """First mails about places that were handed over so far. Asked by state alone: for hundreds of contacts by name, the asking would cost
    notify's store as much as the mails do."""
    return int(stack.database("notify").notifications.count_documents({"state": "sent", "template": {"$in": list(FIRST_MAILS)}}))


def wait_for_mails(stack: Stack, count: int) -> bool:
    """Whether so many were handed over in time, all in all."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if mails_sent(stack) >= count:
            return True
        time.sleep(0.5)
    return False


def a_walk(stack: Stack, work: Work[Settings], places: int) -> Post:
    """Published, and known to notify as any event is by the time that people come to it."""
    day = in_london(utc_now()).date().replace(day=1, month=1)
    date = day.replace(year=day.year + 1).isoformat()
    post = shown(work, a_new_group(work, str(uuid.uuid4())), an_event(date=date, joining="book", capacity=places))
    until(lambda: bool(stack.database("notify").posts.find_one({"_id": post.id})), "notify knows it", PATIENCE)
    return post


def race(stack: Stack, work: Work[Settings], people: int, places: int) -> bool:
    """One race, printed; whether all were answered rightly."""
    post = a_walk(stack, work, places)
    anyway, mailed_before = idle(stack), mails_sent(stack)
    before, began = cpu(stack), time.monotonic()
    answers = asyncio.run(_together(stack, post, people))
    mailed = wait_for_mails(stack, mailed_before + people)
    spent, took = spent_since(before, cpu(stack), anyway, time.monotonic() - began), time.monotonic() - began - 1.0
    states = Counter(one.body.get("status", one.status) for one in answers)
    positions = sorted(one.body["position"] for one in answers if one.body.get("position"))
    whole = positions == list(range(1, people - places + 1))
    print(f"\n{people} at once for {places}: {dict(states)}; the queue {'has no gap' if whole else 'HAS GAPS'}")
    print(f"last answer {max(one.seconds for one in answers):.1f} s, median {statistics.median(one.seconds for one in answers):.1f} s")
    print(f"{'last mail' if mailed else 'NOT ALL MAILED after'} {took:.1f} s")
    _print_cpu(spent, people)
    return whole and mailed and states == Counter({PLACED: places, QUEUED: people - places})


def among_many(stack: Stack, work: Work[Settings]) -> bool:
    """The next answers of a slot that nearly as many have signed up for as can."""
    post = a_walk(stack, work, 50)
    fill(work, post, MOST_ENTRIES - NEXT - 1)
    anyway, mailed_before = idle(stack), mails_sent(stack)
    before, began = cpu(stack), time.monotonic()
    seconds = []
    for _ in range(NEXT):
        (answer,) = asyncio.run(_together(stack, post, 1))
        assert answer.status == 201, answer
        seconds.append(answer.seconds * 1000)
    wait_for_mails(stack, mailed_before + NEXT)
    spent = spent_since(before, cpu(stack), anyway, time.monotonic() - began)
    print(f"\nThe next {NEXT} of {MOST_ENTRIES}: an answer takes {statistics.median(seconds):.0f} ms, the slowest {max(seconds):.0f}")
    _print_cpu(spent, NEXT)
    return True


def _print_cpu(spent: Counter[str], people: int) -> None:
    print(f"CPU a sign-up with its mail: {sum(spent.values()) / people * 1000:.1f} ms")
    for name, value in spent.most_common(9):
        print(f"  {name[:28]:28} {value / people * 1000:6.1f} ms")


def main(numbers: Sequence[int]) -> int:
    people, places = (*numbers, *(500, 50)[len(numbers) :])
    with tempfile.TemporaryDirectory() as folder, laptop_stack(Path(folder), DEMO="0", **RAISED) as stack:
        work = start_work(Settings.load(json.loads(stack.laptop.environment_file("events").read_text())["set"]))
        try:
            good = [race(stack, work, 20, 5), race(stack, work, people, places), among_many(stack, work)]
        finally:
            mongoengine.disconnect(alias="events")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main([int(text) for text in sys.argv[1:]]))
