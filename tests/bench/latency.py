"""How long a pledge and its mail are on the way: `python -m tests.bench.latency [RATE] [SECONDS]`, for the stack of PORT and DATA_DIR.

Sends pledges with an e-mail through the front door at RATE a second (0: one every two seconds), then reads the stages that the
processes wrote (WATCH, laptop only). Prints the median and the 99th of a hundred, in milliseconds since the pledge's time.
"""

import os
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import requests
from pymongo import MongoClient

from shared.laptop.places import Laptop
from shared.messaging.watch import COUNTED, HANDED_OVER, PUBLISHED
from tests.support.stack import new_address


def send(url: str) -> tuple[str, float]:
    """One pledge with a nudge; its id and how long the answer took."""
    body: dict[str, Any] = {"action": "check-in", "email": new_address(), "consents": {"reminders": True}}
    started = time.perf_counter()
    answer = requests.post(f"{url}/api/v1/pledges", json=body, timeout=30)
    answer.raise_for_status()
    return answer.json()["id"], (time.perf_counter() - started) * 1000


def drive(url: str, rate: float, seconds: float) -> dict[str, float]:
    pause = 1 / rate if rate else 2.0
    with ThreadPoolExecutor(16) as pool:
        sent = []
        for _ in range(int(seconds / pause)):
            sent.append(pool.submit(send, url))
            time.sleep(pause)
        return dict(each.result() for each in sent)


def stages(laptop: Laptop, ids: dict[str, float]) -> dict[str, list[float]]:
    """Milliseconds from the pledge's own time to each stage."""
    found: dict[str, list[float]] = {"answered": list(ids.values()), "on Kafka": [], "counted": [], "mail handed over": []}
    with closing(_client(laptop, "pledge")) as pledge, closing(_client(laptop, "notify")) as notify:
        rows = list(pledge.get_default_database()["watch"].find())
        mails = {row["message_id"]: row["ms"] for row in notify.get_default_database()["watch"].find({"stage": HANDED_OVER})}
        documents = pledge.get_default_database()["pledges"].find({"_id": {"$in": list(ids)}}, {"made_at": 1})
        made = {row["_id"]: row["made_at"].timestamp() * 1000 for row in documents}
    at = {(row["message_id"], row["stage"]): row["ms"] for row in rows}
    for row in rows:
        start = made.get(row.get("pledge", ""))
        if start is None:
            continue
        message = row["message_id"]
        if row.get("type") == "pledge.made.v1":
            found["on Kafka"].append(at.get((message, PUBLISHED), float("nan")) - start)
            found["counted"].append(at.get((message, COUNTED), float("nan")) - start)
        elif message in mails:
            found["mail handed over"].append(mails[message] - start)
    return found


def _client(laptop: Laptop, service: str) -> MongoClient[dict[str, Any]]:
    return MongoClient(laptop.mongo_uri(service), tz_aware=True)


def report(laptop: Laptop, rate: float, seconds: float) -> None:
    ids = drive(laptop.url, rate, seconds)
    time.sleep(5)
    print(f"{len(ids)} pledges with a mail, {f'{rate:g} a second' if rate else 'one every two seconds'}")
    for name, values in stages(laptop, ids).items():
        if len(values) > 1:
            cut = statistics.quantiles(values, n=100)
            print(f"{name:18} p50 {statistics.median(values):7.0f} ms   p99 {cut[98]:7.0f} ms   ({len(values)})")


if __name__ == "__main__":
    report(Laptop.load(os.environ), float(sys.argv[1]) if len(sys.argv) > 1 else 0, float(sys.argv[2]) if len(sys.argv) > 2 else 40)
